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

/* Writing a header field: where its lines are folded (RFC 5322 2.2.3). */

#ifndef COMMON_HEADER_FIELD_H
#define COMMON_HEADER_FIELD_H

#include <cstddef>
#include <string>
#include <string_view>

constexpr std::size_t header_line_max = 78; /* RFC 5322 2.1.1, a SHOULD */
/* A line that holds an encoded word (RFC 2047 2). */
constexpr std::size_t encoded_line_max = 76;

/* A header field under construction: knows how far its last line reaches. */
class HeaderField {
public:
	/* Appends `Name:' to header. */
	HeaderField(std::string &header, std::string_view name);

	/* A space, or a line end and a space when token would not fit. */
	void add_token(std::string_view token);
	/* Behind what stands there, without a space: a comma. */
	void append(std::string_view octets);
	/* Always a new line: for an encoded word behind another. */
	void fold();
	/* The line holds an encoded word: RFC 2047 2 allows it less. */
	void shorten_line()
	{
		line_max = encoded_line_max;
	}
	std::size_t column() const
	{
		return (out.size() - line_start);
	}
	/* Nothing but the name and its colon yet: no folding before this. */
	bool at_name() const
	{
		return (out.size() == name_end);
	}
	void end(); /* CRLF */

private:
	std::string &out;
	std::size_t line_start;
	std::size_t name_end;
	std::size_t line_max = header_line_max;
};

#endif
