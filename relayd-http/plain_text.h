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

/*
 * Finding what is out of the ordinary in a text, eight octets at a time: most
 * of a request is looked at here, more than once.
 */

#ifndef RELAYD_HTTP_PLAIN_TEXT_H
#define RELAYD_HTTP_PLAIN_TEXT_H

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

/* How many octets at the front are in 0x20..0x7f, and none is except. */
template <char except>
inline std::size_t
plain_length(std::string_view text)
{
	static_assert(except >= 0x20);
	constexpr std::uint64_t ones = 0x0101010101010101;
	constexpr std::uint64_t tops = ones * 0x80;
	std::size_t length = 0;

	while (length + sizeof(ones) <= text.size()) {
		std::uint64_t octets;
		std::memcpy(&octets, text.data() + length, sizeof(octets));
		std::uint64_t difference = octets ^ ones * except;
		/* A top bit: not ASCII, below 0x20, or no difference. */
		std::uint64_t special =
		    octets | (octets - ones * 0x20) | (difference - ones);
		if ((special & tops) != 0)
			break;
		length += sizeof(octets);
	}
	while (length < text.size()) {
		auto octet = static_cast<unsigned char>(text[length]);
		if (octet < 0x20 || octet > 0x7f || octet == except)
			break;
		length++;
	}
	return (length);
}

#endif
