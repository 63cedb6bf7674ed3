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

#include "base64.h"
#include "line_break.h"

namespace {

constexpr std::size_t line_octets = 57; /* 76 characters */
constexpr char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Collects octets and appends a line when there are enough for one. */
class LineWriter {
public:
	explicit LineWriter(std::string &output) : out(output)
	{
	}

	void add(std::string_view octets)
	{
		while (!octets.empty()) {
			std::size_t part = octets.copy(
			    pending + filled, line_octets - filled);
			filled += part;
			octets.remove_prefix(part);
			if (filled == line_octets)
				flush();
		}
	}
	void flush()
	{
		char line[line_octets / 3 * 4 + 2];
		char *end = line;

		if (filled == 0)
			return;
		for (std::size_t i = 0; i < filled; i += 3)
			end = encode_group(i, end);
		*end++ = '\r';
		*end++ = '\n';
		out.append(line, static_cast<std::size_t>(end - line));
		filled = 0;
	}

private:
	std::uint32_t octet(std::size_t i) const
	{
		return (i < filled ? static_cast<std::uint8_t>(pending[i]) : 0);
	}
	/* Up to three octets become four characters. */
	char *encode_group(std::size_t i, char *to) const
	{
		std::uint32_t bits =
		    octet(i) << 16 | octet(i + 1) << 8 | octet(i + 2);

		to[0] = alphabet[bits >> 18];
		to[1] = alphabet[bits >> 12 & 0x3f];
		to[2] = i + 1 < filled ? alphabet[bits >> 6 & 0x3f] : '=';
		to[3] = i + 2 < filled ? alphabet[bits & 0x3f] : '=';
		return (to + 4);
	}

	std::string &out;
	char pending[line_octets];
	std::size_t filled = 0;
};

} /* namespace */

void
append_base64_text(std::string &out, std::string_view text)
{
	LineWriter writer(out);
	TextLines lines(text);

	while (!lines.done()) {
		TextLines::Line line = lines.next();
		writer.add(line.text);
		if (line.ended)
			writer.add("\r\n");
	}
	writer.flush();
}
