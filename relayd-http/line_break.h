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

/* What a line break in a posted text is: CRLF or LF; a bare CR is none. */

#ifndef RELAYD_HTTP_LINE_BREAK_H
#define RELAYD_HTTP_LINE_BREAK_H

#include <cstddef>
#include <string_view>

/*
 * The text taken line by line.  ended is false for a last line without a line
 * break; a text that ends with one has no empty line behind it.
 */
class TextLines {
public:
	struct Line {
		std::string_view text;
		bool ended = false;
	};

	explicit TextLines(std::string_view whole) : left(whole)
	{
	}

	bool done() const
	{
		return (left.empty());
	}
	/* Unless done(). */
	Line next()
	{
		std::size_t line_feed = left.find('\n');
		if (line_feed == std::string_view::npos) {
			Line last = {left, false};
			left = {};
			return (last);
		}
		std::string_view line = left.substr(0, line_feed);
		left.remove_prefix(line_feed + 1);
		if (!line.empty() && line.back() == '\r')
			line.remove_suffix(1);
		return (Line{line, true});
	}

private:
	std::string_view left;
};

#endif
