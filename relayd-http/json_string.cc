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

#include <cstdint>
#include <optional>

#include "json_string.h"
#include "plain_text.h"
#include "utf8.h"

namespace {

void
append_utf8(std::string &out, char32_t character)
{
	auto put = [&out](char32_t octet) {
		out += static_cast<char>(octet);
	};

	if (character < 0x80)
		put(character);
	else if (character < 0x800) {
		put(0xc0 | character >> 6);
		put(0x80 | (character & 0x3f));
	} else if (character < 0x10000) {
		put(0xe0 | character >> 12);
		put(0x80 | (character >> 6 & 0x3f));
		put(0x80 | (character & 0x3f));
	} else {
		put(0xf0 | character >> 18);
		put(0x80 | (character >> 12 & 0x3f));
		put(0x80 | (character >> 6 & 0x3f));
		put(0x80 | (character & 0x3f));
	}
}

int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return (c - '0');
	if (c >= 'a' && c <= 'f')
		return (c - 'a' + 10);
	if (c >= 'A' && c <= 'F')
		return (c - 'A' + 10);
	return (-1);
}

/* The XXXX of \uXXXX, taken off the front. */
std::optional<char32_t>
take_code_unit(std::string_view &text)
{
	char32_t unit = 0;

	if (text.size() < 4)
		return (std::nullopt);
	for (std::size_t i = 0; i < 4; i++) {
		int digit = hex_value(text[i]);
		if (digit == -1)
			return (std::nullopt);
		unit = unit << 4 | static_cast<char32_t>(digit);
	}
	text.remove_prefix(4);
	return (unit);
}

/* What is behind \u, with the second half of a surrogate pair. */
std::optional<char32_t>
take_code_point(std::string_view &text)
{
	auto first = take_code_unit(text);

	if (!first || *first < 0xd800 || *first > 0xdfff)
		return (first);
	if (*first > 0xdbff || text.substr(0, 2) != "\\u")
		return (std::nullopt);
	text.remove_prefix(2);
	auto second = take_code_unit(text);
	if (!second || *second < 0xdc00 || *second > 0xdfff)
		return (std::nullopt);
	return (0x10000 + ((*first & 0x3ff) << 10) + (*second & 0x3ff));
}

/* What is behind a backslash, taken off the front. */
bool
take_escape(std::string &out, std::string_view &text)
{
	constexpr std::string_view names = "\"\\/bfnrt";
	constexpr std::string_view values = "\"\\/\b\f\n\r\t";

	if (text.empty())
		return (false);
	char name = text[0];
	text.remove_prefix(1);
	if (name == 'u') {
		auto character = take_code_point(text);
		if (!character || *character == 0)
			return (false);
		append_utf8(out, *character);
		return (true);
	}
	std::size_t which = names.find(name);
	if (which == std::string_view::npos)
		return (false);
	out += values[which];
	return (true);
}

} /* namespace */

JsonStringForm
inspect_json_string(std::string_view literal)
{
	bool escaped = false;

	for (;;) {
		literal.remove_prefix(plain_length<'\\'>(literal));
		if (literal.empty())
			break;
		if (literal[0] == '\\') {
			escaped = true;
			literal.remove_prefix(1);
		} else if (static_cast<std::uint8_t>(literal[0]) < 0x20 ||
		    !utf8_take(literal))
			return (JsonStringForm::malformed);
	}
	return (escaped ? JsonStringForm::escaped : JsonStringForm::verbatim);
}

bool
decode_json_string(std::string &out, std::string_view literal)
{
	out.reserve(out.size() + literal.size());
	for (;;) {
		std::size_t plain = literal.find('\\');
		out += literal.substr(0, plain);
		if (plain == std::string_view::npos)
			return (true);
		literal.remove_prefix(plain + 1);
		if (!take_escape(out, literal))
			return (false);
	}
}
