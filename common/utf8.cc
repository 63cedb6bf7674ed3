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

#include "utf8.h"

namespace {

/* The length that a first octet announces, and the bits that it brings. */
struct Lead {
	std::size_t length;
	char32_t bits;
	char32_t lowest; /* the smallest character that needs this length */
};

std::optional<Lead>
lead_of(unsigned char octet)
{
	if (octet < 0x80)
		return (Lead{1, octet, 0});
	if ((octet & 0xe0) == 0xc0)
		return (Lead{2, octet & 0x1fu, 0x80});
	if ((octet & 0xf0) == 0xe0)
		return (Lead{3, octet & 0x0fu, 0x800});
	if ((octet & 0xf8) == 0xf0)
		return (Lead{4, octet & 0x07u, 0x10000});
	return (std::nullopt);
}

} /* namespace */

std::optional<char32_t>
utf8_take(std::string_view &text)
{
	if (text.empty())
		return (std::nullopt);
	auto lead = lead_of(static_cast<unsigned char>(text[0]));
	if (!lead || text.size() < lead->length)
		return (std::nullopt);

	char32_t character = lead->bits;
	for (std::size_t i = 1; i < lead->length; i++) {
		auto octet = static_cast<unsigned char>(text[i]);
		if ((octet & 0xc0) != 0x80)
			return (std::nullopt);
		character = character << 6 | (octet & 0x3fu);
	}
	if (character < lead->lowest || character > 0x10ffff ||
	    (character >= 0xd800 && character <= 0xdfff))
		return (std::nullopt);
	text.remove_prefix(lead->length);
	return (character);
}

std::optional<std::size_t>
utf8_length(std::string_view text)
{
	std::size_t length = 0;

	while (!text.empty()) {
		if (!utf8_take(text))
			return (std::nullopt);
		length++;
	}
	return (length);
}

bool
is_line_control(char32_t character)
{
	return (character < 0x20 || (character >= 0x7f && character < 0xa0) ||
	    character == 0x2028 || character == 0x2029);
}
