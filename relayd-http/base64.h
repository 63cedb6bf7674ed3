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
 * Base64 as mail has it (RFC 2045 6.8): lines of 76 octets, CRLF; and as it
 * is posted (RFC 4648 4): one line, with padding.
 */

#ifndef RELAYD_HTTP_BASE64_H
#define RELAYD_HTTP_BASE64_H

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "line_break.h"

/*
 * The text in its canonical form: CRLF and LF are line breaks and become
 * CRLF, a bare CR stays.  Every line is ended, the last one too.
 */
void append_base64_text(std::string &out, std::string_view text);

/* The same, piece by piece. */
class Base64Text {
public:
	explicit Base64Text(std::string_view text) : lines(text)
	{
	}

	/* Until out has grown to about target octets, or all is there. */
	void fill(std::string &out, std::size_t target);
	bool done() const
	{
		return (lines.done() && line.text.empty() && !line.ended &&
		    filled == 0);
	}

private:
	void add(std::string &out, std::string_view octets);
	void flush(std::string &out);
	std::uint32_t octet(std::size_t i) const;
	char *encode_group(std::size_t i, char *to) const;

	TextLines lines;
	TextLines::Line line; /* what is left of the one at hand */
	/* The octets of an encoded line that is not full yet. */
	std::array<char, 57> pending;
	std::size_t filled = 0;
};

/*
 * How many octets the text is the encoding of; nullopt when it is none:
 * another character, white space too, padding missing or not at the end, or
 * bits that no octet has and that are not zero.
 */
std::optional<std::size_t> base64_decoded_size(std::string_view text);

/*
 * Such a text in lines, every one ended; nothing is decoded for it.  Takes
 * lines off the front of text until out has grown to about target octets.
 */
void append_base64_lines(std::string &out, std::string_view &text,
    std::size_t target);

/* The octets of so many characters in lines, line ends included. */
constexpr std::size_t
base64_lines_of(std::size_t characters)
{
	return (characters + (characters + 75) / 76 * 2);
}

/* The octets that the encoding of so many octets has, line ends included. */
constexpr std::size_t
base64_lines_size(std::size_t octets)
{
	return (base64_lines_of((octets + 2) / 3 * 4));
}

#endif
