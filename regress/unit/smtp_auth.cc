/*
 * Copyright (c) 2026 The http-smtp-rele authors
 *
 * Permission to use, copy, modify, and distribute this software for any
 * purpose with or without fee is hereby granted, provided that the above
 * copyright notice and this permission notice appear in all copies.
 *
 * THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
 * WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
 * MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
 * ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
 * WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
 * ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
 * OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.
 */


#include "catch.h"
#include "smtp_auth.h"

namespace {

const std::string user = "user@example.com";
const Secret password(std::string("p\xc3\xa4ss"));

Extensions
offering(bool plain, bool login)
{
	Extensions extensions;

	extensions.auth_plain = plain;
	extensions.auth_login = login;
	return (extensions);
}

} /* namespace */

TEST_CASE("AUTH PLAIN goes in one command")
{
	SmtpAuth auth(user, password);
	std::string out;

	REQUIRE(auth.begin(offering(true, true), out));
	/* printf '\0user@example.com\0päss' | base64 */
	CHECK(out == "AUTH PLAIN AHVzZXJAZXhhbXBsZS5jb20AcMOkc3M=");
	/* The line's end moves no secret to another place. */
	CHECK(out.capacity() >= out.size() + 2);
	CHECK_FALSE(auth.answer(out));
}

TEST_CASE("AUTH PLAIN waits to be asked for what is too long for a command")
{
	for (std::size_t length : {369, 370}) {
		Secret secret(std::string(length, 'x'));
		std::string name = "u";
		SmtpAuth auth(name, secret);
		std::string out;

		REQUIRE(auth.begin(offering(true, false), out));
		INFO(out.size());
		bool whole = out != "AUTH PLAIN";
		CHECK(out.size() <= 510);
		CHECK(whole == (length == 369));
		out.clear();
		CHECK(auth.answer(out) == !whole);
		CHECK(out.empty() == whole);
		CHECK_FALSE(auth.answer(out));
	}
}

TEST_CASE("AUTH LOGIN answers twice")
{
	SmtpAuth auth(user, password);
	std::string out;

	REQUIRE(auth.begin(offering(false, true), out));
	CHECK(out == "AUTH LOGIN");
	out.clear();
	REQUIRE(auth.answer(out));
	CHECK(out == "dXNlckBleGFtcGxlLmNvbQ==");
	out.clear();
	REQUIRE(auth.answer(out));
	CHECK(out == "cMOkc3M=");
	out.clear();
	CHECK_FALSE(auth.answer(out));
	CHECK(out.empty());
}

TEST_CASE("without a mechanism that is known there is no AUTH")
{
	SmtpAuth auth(user, password);
	std::string out;

	CHECK_FALSE(auth.begin(offering(false, false), out));
	CHECK(out.empty());
}
