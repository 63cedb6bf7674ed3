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
 * The character classes of HTTP's and URI's grammars (RFC 9110 5.6,
 * RFC 3986 2), as bits in one table.
 */

#ifndef RELAYD_HTTP_HTTP_CHARACTERS_H
#define RELAYD_HTTP_HTTP_CHARACTERS_H

#include <array>
#include <cstdint>
#include <string_view>

constexpr std::uint8_t CHAR_TOKEN = 0x01;   /* tchar, RFC 9110 5.6.2 */
constexpr std::uint8_t CHAR_FIELD = 0x02;   /* in a field value, RFC 9110 5.5 */
constexpr std::uint8_t CHAR_REGNAME = 0x04; /* unreserved, sub-delims */
constexpr std::uint8_t CHAR_PATH = 0x08;    /* pchar but "%", and "/" */
constexpr std::uint8_t CHAR_DIGIT = 0x10;
constexpr std::uint8_t CHAR_HEX = 0x20;
constexpr std::uint8_t CHAR_ALPHA = 0x40;
constexpr std::uint8_t CHAR_QUOTED = 0x80; /* qdtext, RFC 9110 5.6.4 */

extern const std::array<std::uint8_t, 256> character_classes;

inline bool
is_character(char c, std::uint8_t classes)
{
	return ((character_classes[static_cast<unsigned char>(c)] & classes) !=
	    0);
}

/* Every octet of the text is of one of the classes; true when empty. */
bool all_characters(std::string_view text, std::uint8_t classes);

/* 1*tchar. */
bool is_token(std::string_view text);

/* A to Z only, whatever the locale. */
inline char
ascii_lower(char c)
{
	return (c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c);
}

/* c is of CHAR_HEX. */
inline unsigned int
hex_value(char c)
{
	if (c <= '9')
		return (static_cast<unsigned int>(c - '0'));
	return (static_cast<unsigned int>(ascii_lower(c) - 'a') + 10);
}

/* lower is already in lower case. */
bool equals_ignoring_case(std::string_view text, std::string_view lower);

/* Without the SP and HTAB at both ends (OWS, RFC 9110 5.6.3). */
std::string_view without_outer_space(std::string_view text);

/*
 * Calls visit with each element of a comma-separated list (RFC 9110 5.6.1),
 * OWS removed; an element may be empty.  Not for lists that may hold quoted
 * strings.
 */
template <typename Visitor>
void
for_each_element(std::string_view list, Visitor visit)
{
	for (;;) {
		std::size_t comma = list.find(',');

		visit(without_outer_space(list.substr(0, comma)));
		if (comma == std::string_view::npos)
			return;
		list.remove_prefix(comma + 1);
	}
}

#endif
