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
 * A text as a MIME entity (RFC 2045), 7-bit clean, all line ends CRLF: the
 * content of a message that is this text alone, or one part of it.
 *
 * How exactly a text arrives.  CRLF and LF in it are line breaks and arrive
 * as line breaks; everything else, a bare CR too, arrives octet by octet.
 * What SMTP sends is whole lines, so a message's last line that was posted
 * without a line break gets one in 7bit, as every mail has it; in
 * quoted-printable (by a soft line break behind it) and base64 it arrives
 * without one.  A part arrives without one in any encoding: the line end
 * before a boundary is the boundary's (RFC 2046 5.1.1).
 *
 * 7bit is chosen only for what no mail server on the way changes: ASCII in
 * lines of at most 998 octets on the wire without controls (TAB excepted),
 * bare CR, white space at the end of a line, or "From " at the beginning of
 * one, which mbox files do not keep; and in a part without what could be a
 * boundary.  Else it is the shorter of quoted-printable and base64.
 */

#ifndef RELAYD_HTTP_CONTENT_H
#define RELAYD_HTTP_CONTENT_H

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>

#include "base64.h"
#include "line_break.h"
#include "quoted_printable.h"

enum class TransferEncoding { seven_bit, quoted_printable, base64 };

/* "7bit", "quoted-printable", "base64" */
const char *transfer_encoding_name(TransferEncoding encoding);

/*
 * What each of our boundaries begins with: neither quoted-printable nor
 * base64 has this anywhere.
 */
constexpr std::string_view boundary_prefix = "=_";

enum class TextPlace { message, part };
enum class TextType { plain, html };

/* Header lines, empty line, encoded text; measured before it is written. */
class TextEntity {
public:
	/* utf8 must stay where it is, unchanged. */
	TextEntity(std::string_view utf8, TextType type, TextPlace place);

	TransferEncoding encoding() const
	{
		return (transfer_encoding);
	}
	/* The octets that append_to() appends, and those of its text. */
	std::size_t size() const;
	std::size_t text_size() const
	{
		return (encoded_size);
	}
	void append_to(std::string &out) const;

private:
	friend class TextWriter;

	std::string_view text;
	TextType text_type;
	TransferEncoding transfer_encoding = TransferEncoding::seven_bit;
	/* A message's last line is ended even if it has no line break. */
	bool to_be_ended = false;
	std::size_t encoded_size = 0;
};

/* Appends a TextEntity piece by piece. */
class TextWriter {
public:
	/* entity must stay where it is. */
	explicit TextWriter(const TextEntity &entity);

	/* Until out has grown to about target octets, or all is there. */
	void fill(std::string &out, std::size_t target);
	bool done() const
	{
		return (ended);
	}

private:
	/* What is left of the text: lines are for 7bit. */
	using Rest = std::variant<TextLines, QuotedPrintable, Base64Text>;
	static Rest rest_of(const TextEntity &entity);
	bool fill_text(std::string &out, std::size_t target);

	const TextEntity &entity;
	Rest rest;
	bool begun = false;
	bool ended = false;
};

#endif
