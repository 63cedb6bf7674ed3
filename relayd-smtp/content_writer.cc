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

#include "content_writer.h"

namespace {

/*
 * How many octets at the front can go out as they are: whole lines that end
 * with CRLF and do not begin with a dot, about max of them.
 */
std::size_t
plain_run(std::string_view text, std::size_t max)
{
	std::size_t run = 0;

	while (run < text.size() && run < max && text[run] != '.') {
		std::size_t end = text.find('\n', run);
		if (end == std::string_view::npos || end == run ||
		    text[end - 1] != '\r')
			break;
		run = end + 1;
	}
	return (run);
}

} /* namespace */

void
ContentWriter::fill(std::string &out, std::size_t target)
{
	while (!rest.empty() && out.size() < target) {
		std::size_t run = plain_run(rest, target - out.size());
		out += rest.substr(0, run);
		rest.remove_prefix(run);
		if (rest.empty() || out.size() >= target)
			break;

		if (rest[0] == '.')
			out += '.';
		std::size_t end = std::min(rest.find('\n'), rest.size());
		std::size_t length = end;
		if (length > 0 && rest[length - 1] == '\r')
			length--;
		out += rest.substr(0, length);
		out += "\r\n";
		rest.remove_prefix(std::min(end + 1, rest.size()));
	}
	if (rest.empty() && !ended) {
		out += ".\r\n";
		ended = true;
	}
}

void
append_local(std::string &out, std::string_view &text, std::size_t target)
{
	while (!text.empty() && out.size() < target) {
		std::size_t end = std::min(text.find('\n'), text.size());
		std::size_t length = end;
		if (length > 0 && text[length - 1] == '\r')
			length--;
		out += text.substr(0, length);
		out += '\n';
		text.remove_prefix(std::min(end + 1, text.size()));
	}
}
