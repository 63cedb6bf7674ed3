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

#include <set>
#include <string>

#include "catch.h"
#include "request_id.h"

namespace {

constexpr std::uint64_t some_ms = 1800000000000;

} /* namespace */

/* So many that two octets of the random part carry for certain. */
TEST_CASE("ids grow, within one millisecond and when the clock steps back")
{
	RequestIdSource source;
	RequestId last = source.next(some_ms);
	int grown = 0;

	for (int i = 0; i < 70000; i++) {
		RequestId id = source.next(some_ms);
		grown += id.text() > last.text();
		last = id;
	}
	CHECK(grown == 70000);
	for (std::uint64_t ms : {some_ms - 3600000, some_ms, some_ms + 1}) {
		RequestId id = source.next(ms);
		CHECK(id.text() > last.text());
		last = id;
	}
}

TEST_CASE("an id of this moment stands between those before and after it")
{
	RequestIdSource source;
	RequestId early = source.next(some_ms / 2);
	RequestId now = source.next();

	CHECK(now.text() > early.text());
	CHECK(now.text() < RequestIdSource().next(some_ms * 2).text());
}

TEST_CASE("an id is req_ and 26 characters of the alphabet")
{
	RequestIdSource source;
	std::string id(source.next().text());

	CHECK(id.size() == 30);
	CHECK(RequestId::parse(id)->text() == id);
	for (std::string wrong : {id + "0", id.substr(0, 29), "Req_" +
		 id.substr(4), "req_8" + id.substr(5), id.substr(0, 29) + "I",
		 id.substr(0, 29) + "a", id.substr(0, 29) + " ",
		 id.substr(0, 29) + std::string(1, '\0'), std::string()})
		CHECK_FALSE(RequestId::parse(wrong));
}

TEST_CASE("ids of two processes do not meet")
{
	RequestIdSource a, b;

	CHECK(a.next().text() != b.next().text());
	CHECK(a.next().text().substr(14) != b.next().text().substr(14));
}

/* So that the octets that several ids share a draw of serve none twice. */
TEST_CASE("ids of different milliseconds have nothing random in common")
{
	RequestIdSource source;
	std::set<std::string> halves;

	for (std::uint64_t ms = some_ms; ms < some_ms + 150; ms++) {
		std::string id(source.next(ms).text());
		REQUIRE(halves.insert(id.substr(14, 8)).second);
		REQUIRE(halves.insert(id.substr(22, 8)).second);
	}
}
