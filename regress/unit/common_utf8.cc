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
#include "utf8.h"

TEST_CASE("characters are taken one at a time")
{
	struct {
		std::string_view octets;
		char32_t character;
	} cases[] = {
	    {std::string_view("\0", 1), 0},
	    {"a", 'a'},
	    {"\x7f", 0x7f},
	    {"\xc2\x80", 0x80},
	    {"\xdf\xbf", 0x7ff},
	    {"\xe0\xa0\x80", 0x800},
	    {"\xed\x9f\xbf", 0xd7ff},
	    {"\xee\x80\x80", 0xe000},
	    {"\xef\xbf\xbf", 0xffff},
	    {"\xf0\x90\x80\x80", 0x10000},
	    {"\xf4\x8f\xbf\xbf", 0x10ffff},
	};

	for (const auto &one : cases) {
		std::string text(one.octets);
		text += "rest";
		std::string_view left = text;
		auto taken = utf8_take(left);
		REQUIRE(taken);
		CHECK(*taken == one.character);
		CHECK(left == "rest");
		CHECK(utf8_length(one.octets) == 1);
	}
}

TEST_CASE("malformed UTF-8 is refused and left where it is")
{
	for (std::string_view octets : {"", "\x80", "\xbf", "\xc0\x80",
		 "\xc1\xbf", "\xc2", "\xc2\x41", "\xe0\x9f\xbf", "\xe1\x80",
		 "\xe1\x80\x41", "\xed\xa0\x80", "\xed\xbf\xbf",
		 "\xf0\x8f\xbf\xbf", "\xf1\x80\x80", "\xf4\x90\x80\x80",
		 "\xf5\x80\x80\x80", "\xf8\x88\x80\x80\x80", "\xfe", "\xff"}) {
		std::string_view left = octets;
		CHECK_FALSE(utf8_take(left));
		CHECK(left == octets);
	}
	CHECK(utf8_length("") == 0);
	CHECK_FALSE(utf8_length("abc\xc2"));
}

TEST_CASE("line controls are C0, DEL, C1 and the separators")
{
	for (char32_t c : {0x00, 0x09, 0x0a, 0x0d, 0x1f, 0x7f, 0x80, 0x85, 0x9f,
		 0x2028, 0x2029})
		CHECK(is_line_control(c));
	for (char32_t c : {0x20, 0x7e, 0xa0, 0x2027, 0x202a, 0x10ffff})
		CHECK_FALSE(is_line_control(c));
}
