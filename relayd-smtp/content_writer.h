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
 * Content on its way to the server: line ends become CRLF, dots at the
 * beginning of a line are doubled (RFC 5321 4.5.2), and the lone dot ends it.
 * It is made in the pieces that the connection takes, from the octets that
 * relayd-http sent: a large message is never copied as a whole.
 */

#ifndef RELAYD_SMTP_CONTENT_WRITER_H
#define RELAYD_SMTP_CONTENT_WRITER_H

#include <cstddef>
#include <string>
#include <string_view>

/*
 * For a program on this machine: the same octets with LF line ends and no
 * dot-stuffing.  Takes lines off the front of text until out has grown to
 * about target octets.
 */
void append_local(std::string &out, std::string_view &text,
    std::size_t target);

class ContentWriter {
public:
	/* Nothing to write. */
	ContentWriter() = default;
	/* The content must have passed check_content(), and outlive this. */
	explicit ContentWriter(std::string_view checked)
	    : rest(checked), ended(false)
	{
	}

	/*
	 * Appends lines until out has grown to about target octets (a line
	 * more at most), or all is there, the final dot included.
	 */
	void fill(std::string &out, std::size_t target);
	/* The final dot has been appended. */
	bool done() const
	{
		return (ended);
	}

private:
	std::string_view rest;
	bool ended = true;
};

#endif
