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
 * Quoted-printable (RFC 2045 6.7) for text: lines of at most 76 octets, line
 * breaks CRLF.
 */

#ifndef RELAYD_HTTP_QUOTED_PRINTABLE_H
#define RELAYD_HTTP_QUOTED_PRINTABLE_H

#include <cstddef>
#include <string>
#include <string_view>

#include "line_break.h"

/*
 * CRLF and LF are line breaks, a bare CR is =0D.  A soft line break never
 * parts the octets of one character.  A line that would begin with "From " is
 * protected from mbox files.  The last line is ended as it was posted:
 * without a line break where it had none.
 */
void append_quoted_printable(std::string &out, std::string_view text);
/* The octets that append_quoted_printable() appends. */
std::size_t quoted_printable_size(std::string_view text);

/* The same, piece by piece. */
class QuotedPrintable {
public:
	/* How far a text has been encoded. */
	struct Progress {
		TextLines lines;
		TextLines::Line line; /* the one at hand */
		std::size_t place = 0; /* in it */
		std::size_t column = 0; /* of the encoded line */
		bool line_done = true;
	};

	explicit QuotedPrintable(std::string_view text)
	    : progress{TextLines(text), {}}
	{
	}

	/* Until out has grown to about target octets, or all is there. */
	void fill(std::string &out, std::size_t target);
	bool done() const
	{
		return (progress.lines.done() && progress.line_done);
	}

private:
	Progress progress;
};

#endif
