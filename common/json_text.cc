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

#include "json_text.h"

#include "utf8.h"

namespace {

constexpr char hex_digits[] = "0123456789abcdef";
constexpr std::string_view replacement = "\xef\xbf\xbd"; /* U+FFFD */

bool
stands_for_itself(char c)
{
	return (c >= 0x20 && c < 0x7f && c != '"' && c != '\\');
}

/* Only for what has four hexadecimal digits. */
void
append_escape(std::string &out, char32_t character)
{
	out += "\\u";
	for (int shift = 12; shift >= 0; shift -= 4)
		out += hex_digits[character >> shift & 0xf];
}

void
append_control(std::string &out, char32_t character)
{
	switch (character) {
	case '\b':
		out += "\\b";
		break;
	case '\t':
		out += "\\t";
		break;
	case '\n':
		out += "\\n";
		break;
	case '\f':
		out += "\\f";
		break;
	case '\r':
		out += "\\r";
		break;
	default:
		append_escape(out, character);
	}
}

/* The first character, which does not stand for itself, is taken off. */
void
append_special(std::string &out, std::string_view &text)
{
	std::string_view before = text;
	auto character = utf8_take(text);

	if (!character) {
		out += replacement;
		text.remove_prefix(1);
	} else if (*character == '"' || *character == '\\') {
		out += '\\';
		out += before[0];
	} else if (is_line_control(*character))
		append_control(out, *character);
	else
		out += before.substr(0, before.size() - text.size());
}

} /* namespace */

void
append_json_string(std::string &out, std::string_view utf8)
{
	out += '"';
	while (!utf8.empty()) {
		std::size_t plain = 0;
		while (plain < utf8.size() && stands_for_itself(utf8[plain]))
			plain++;
		out += utf8.substr(0, plain);
		utf8.remove_prefix(plain);
		if (!utf8.empty())
			append_special(out, utf8);
	}
	out += '"';
}
