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

#include <algorithm>
#include <array>
#include <cstdint>

#include "base64.h"
#include "line_break.h"

namespace {

constexpr std::size_t line_characters = 76;
/* Octets that are encoded before it is asked whether they are enough. */
constexpr std::size_t run_max = 4096;
constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* What a character stands for, or no_value. */
constexpr std::uint8_t no_value = 0x80;
constexpr std::array<std::uint8_t, 256>
make_values()
{
	std::array<std::uint8_t, 256> value{};

	value.fill(no_value);
	for (std::size_t i = 0; i < alphabet.size(); i++)
		value[static_cast<std::uint8_t>(alphabet[i])] =
		    static_cast<std::uint8_t>(i);
	return (value);
}
constexpr std::array<std::uint8_t, 256> values = make_values();

std::uint8_t
value_of(char c)
{
	return (values[static_cast<std::uint8_t>(c)]);
}

/* Eight at a time: attachments are large, and this looks at all of them. */
bool
is_alphabet_only(std::string_view text)
{
	std::uint8_t all = 0;

	for (; text.size() >= 8; text.remove_prefix(8)) {
		const char *c = text.data();
		all |= value_of(c[0]) | value_of(c[1]) | value_of(c[2]) |
		    value_of(c[3]) | value_of(c[4]) | value_of(c[5]) |
		    value_of(c[6]) | value_of(c[7]);
	}
	for (char c : text)
		all |= value_of(c);
	return ((all & no_value) == 0);
}

} /* namespace */

std::optional<std::size_t>
base64_decoded_size(std::string_view text)
{
	std::size_t size = text.size() / 4 * 3;
	std::size_t padding = 0;

	if (text.size() % 4 != 0)
		return (std::nullopt);
	while (padding < 2 && !text.empty() && text.back() == '=') {
		text.remove_suffix(1);
		padding++;
	}
	if (!is_alphabet_only(text))
		return (std::nullopt);
	/* One octet has four bits to spare, two have two. */
	std::uint8_t spare = padding == 2 ? 0xf : padding == 1 ? 0x3 : 0;
	if (spare != 0 && (value_of(text.back()) & spare) != 0)
		return (std::nullopt);
	return (size - padding);
}

void
append_base64_lines(
    std::string &out, std::string_view &text, std::size_t target)
{
	while (!text.empty() && out.size() < target) {
		std::string_view line = text.substr(0, line_characters);
		out += line;
		out += "\r\n";
		text.remove_prefix(line.size());
	}
}

void
append_base64_text(std::string &out, std::string_view text)
{
	Base64Text(text).fill(out, SIZE_MAX);
}

/* The line's end is added with its last octets. */
void
Base64Text::fill(std::string &out, std::size_t target)
{
	while (out.size() < target) {
		if (line.text.empty() && !line.ended) {
			if (lines.done()) {
				flush(out);
				return;
			}
			line = lines.next();
		}
		add(out, line.text.substr(0, run_max));
		line.text.remove_prefix(std::min(line.text.size(), run_max));
		if (line.text.empty() && line.ended) {
			add(out, "\r\n");
			line.ended = false;
		}
	}
}

/* Appends a line when there are octets enough for one. */
void
Base64Text::add(std::string &out, std::string_view octets)
{
	while (!octets.empty()) {
		std::size_t part = octets.copy(
		    pending.data() + filled, pending.size() - filled);
		filled += part;
		octets.remove_prefix(part);
		if (filled == pending.size())
			flush(out);
	}
}

void
Base64Text::flush(std::string &out)
{
	char encoded[line_characters + 2];
	char *end = encoded;

	if (filled == 0)
		return;
	for (std::size_t i = 0; i < filled; i += 3)
		end = encode_group(i, end);
	*end++ = '\r';
	*end++ = '\n';
	out.append(encoded, static_cast<std::size_t>(end - encoded));
	filled = 0;
}

std::uint32_t
Base64Text::octet(std::size_t i) const
{
	return (i < filled ? static_cast<std::uint8_t>(pending[i]) : 0);
}

/* Up to three octets become four characters. */
char *
Base64Text::encode_group(std::size_t i, char *to) const
{
	std::uint32_t bits = octet(i) << 16 | octet(i + 1) << 8 | octet(i + 2);

	to[0] = alphabet[bits >> 18];
	to[1] = alphabet[bits >> 12 & 0x3f];
	to[2] = i + 1 < filled ? alphabet[bits >> 6 & 0x3f] : '=';
	to[3] = i + 2 < filled ? alphabet[bits & 0x3f] : '=';
	return (to + 4);
}
