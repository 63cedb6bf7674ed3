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

#include <string>

#include "catch.h"
#include "wire.h"

namespace {

enum class Colour : std::uint8_t { red, green };

} /* namespace */

TEST_CASE("values come back as they were written")
{
	std::string buffer;
	WireWriter out(buffer);
	out.integer<std::uint8_t>(200);
	out.integer<std::int64_t>(-5);
	out.boolean(true);
	out.string("text");
	out.enumerator(Colour::green);
	out.octets(std::array<std::uint8_t, 3>{1, 2, 3});

	WireReader in(buffer);
	CHECK(in.integer<std::uint8_t>() == 200);
	CHECK(in.integer<std::int64_t>() == -5);
	CHECK(in.boolean());
	CHECK(in.string(4) == "text");
	CHECK(in.enumerator(Colour::green) == Colour::green);
	CHECK(in.octets<3>() == std::array<std::uint8_t, 3>{1, 2, 3});
	CHECK(in.done());
}

TEST_CASE("a reader says no to what is short, long or out of range")
{
	std::string buffer;
	WireWriter(buffer).string("text");

	SECTION("every truncation")
	{
		for (std::size_t n = 0; n < buffer.size(); n++) {
			WireReader in(std::string_view(buffer).substr(0, n));
			in.string(100);
			CHECK_FALSE(in.ok());
			CHECK_FALSE(in.done());
		}
	}
	SECTION("a string over its bound")
	{
		WireReader in(buffer);
		CHECK(in.string(3).empty());
		CHECK_FALSE(in.ok());
	}
	SECTION("octets left over")
	{
		buffer.push_back('x');
		WireReader in(buffer);
		in.string(100);
		CHECK(in.ok());
		CHECK_FALSE(in.done());
	}
	SECTION("a boolean of 2, an unknown enumerator")
	{
		CHECK_FALSE(WireReader("\x02").boolean());
		WireReader in("\x02");
		in.enumerator(Colour::green);
		CHECK_FALSE(in.ok());
	}
	SECTION("what failed once stays failed")
	{
		WireReader in(buffer);
		in.string(3);
		CHECK(in.integer<std::uint8_t>() == 0);
		CHECK(in.rest().empty());
		CHECK_FALSE(in.done());
	}
	SECTION("a length that would wrap around")
	{
		std::string huge(4, '\xff');
		WireReader in(huge);
		CHECK(in.string(SIZE_MAX).empty());
		CHECK_FALSE(in.ok());
	}
}
