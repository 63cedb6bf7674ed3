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
 * The content of a message as relayd-smtp takes it: one MIME entity, 7-bit
 * clean, whose own header lines are Content-* fields and nothing else
 * (RFC 2045), all line ends CRLF.
 *
 * How exactly a text arrives.  CRLF and LF in it are line breaks and arrive
 * as line breaks; everything else, a bare CR too, arrives octet by octet.
 * What SMTP sends is whole lines, so a last line that was posted without a
 * line break gets one in 7bit, as every mail has it; in quoted-printable (by
 * a soft line break behind it) and base64 it arrives without one.
 *
 * 7bit is chosen only for what no mail server on the way changes: ASCII in
 * lines of at most 998 octets without controls (TAB excepted), bare CR, white
 * space at the end of a line, or "From " at the beginning of one, which mbox
 * files do not keep.  Else it is the shorter of quoted-printable and base64.
 */

#ifndef RELAYD_HTTP_CONTENT_H
#define RELAYD_HTTP_CONTENT_H

#include <cstddef>
#include <string>
#include <string_view>

enum class TransferEncoding { seven_bit, quoted_printable, base64 };

/* "7bit", "quoted-printable", "base64" */
const char *transfer_encoding_name(TransferEncoding encoding);

/* How a text is encoded best, and the octets that it has then. */
struct EncodedSize {
	TransferEncoding encoding = TransferEncoding::seven_bit;
	std::size_t octets = 0;
};
EncodedSize measure_text(std::string_view utf8);

/*
 * A message that is this text alone: header lines, empty line, encoded text.
 * Allocates once.
 */
std::string make_text_content(std::string_view utf8);

#endif
