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

TEST_CASE("ids grow, also within one millisecond")
{
	RequestIdSource source;
	RequestId last = source.next();

	for (int i = 0; i < 100000; i++) {
		RequestId id = source.next();
		REQUIRE(id.text() > last.text());
		last = id;
	}
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
	std::string time;

	for (std::size_t milliseconds = 0; milliseconds < 150;) {
		std::string id(source.next().text());
		if (id.substr(4, 10) == time)
			continue;
		time = id.substr(4, 10);
		milliseconds++;
		REQUIRE(halves.insert(id.substr(14, 8)).second);
		REQUIRE(halves.insert(id.substr(22, 8)).second);
	}
}
