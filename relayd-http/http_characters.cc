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

#include "http_characters.h"

namespace {

constexpr std::string_view token_marks = "!#$%&'*+-.^_`|~";
constexpr std::string_view unreserved_marks = "-._~";
constexpr std::string_view sub_delims = "!$&'()*+,;=";

constexpr bool
holds(std::string_view set, char c)
{
	return (set.find(c) != std::string_view::npos);
}

constexpr std::uint8_t
classes_of(unsigned int octet)
{
	char c = static_cast<char>(octet);
	bool digit = c >= '0' && c <= '9';
	bool alpha = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
	bool visible = octet > 0x20 && octet < 0x7f;
	std::uint8_t classes = 0;

	if (digit)
		classes |= CHAR_DIGIT;
	if (alpha)
		classes |= CHAR_ALPHA;
	if (digit || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f'))
		classes |= CHAR_HEX;
	if (digit || alpha || holds(token_marks, c))
		classes |= CHAR_TOKEN;
	if (digit || alpha || holds(unreserved_marks, c) ||
	    holds(sub_delims, c))
		classes |= CHAR_REGNAME | CHAR_PATH;
	if (c == ':' || c == '@' || c == '/')
		classes |= CHAR_PATH;
	/* VCHAR, obs-text, SP and HTAB. */
	if (visible || octet >= 0x80 || c == ' ' || c == '\t') {
		classes |= CHAR_FIELD;
		if (c != '"' && c != '\\')
			classes |= CHAR_QUOTED;
	}
	return (classes);
}

constexpr std::array<std::uint8_t, 256>
make_classes()
{
	std::array<std::uint8_t, 256> classes{};

	for (unsigned int octet = 0; octet < 256; octet++)
		classes[octet] = classes_of(octet);
	return (classes);
}

} /* namespace */

constexpr std::array<std::uint8_t, 256> character_classes = make_classes();

bool
all_characters(std::string_view text, std::uint8_t classes)
{
	for (char c : text)
		if (!is_character(c, classes))
			return (false);
	return (true);
}

bool
is_token(std::string_view text)
{
	return (!text.empty() && all_characters(text, CHAR_TOKEN));
}

bool
equals_ignoring_case(std::string_view text, std::string_view lower)
{
	if (text.size() != lower.size())
		return (false);
	for (std::size_t i = 0; i < text.size(); i++)
		if (ascii_lower(text[i]) != lower[i])
			return (false);
	return (true);
}

std::string_view
without_outer_space(std::string_view text)
{
	while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
		text.remove_prefix(1);
	while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
		text.remove_suffix(1);
	return (text);
}
