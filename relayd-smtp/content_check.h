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
 * What relayd-http hands over as a message's content is taken for nothing
 * but octets until this has looked at it: one MIME entity whose own header
 * holds Content-* fields and nothing else, 7-bit, in lines that any mail
 * server takes.  Line ends may be CRLF or LF; ContentWriter makes CRLF of
 * both.
 */

#ifndef RELAYD_SMTP_CONTENT_CHECK_H
#define RELAYD_SMTP_CONTENT_CHECK_H

#include <cstddef>
#include <string_view>

#include "result.h"

constexpr std::size_t content_line_max = 998; /* RFC 5322 2.1.1 */
constexpr std::size_t content_fields_max = 16;
constexpr std::size_t content_header_max = 8192; /* octets */
constexpr std::size_t content_name_max = 64;

/*
 * The octets that the content has as a message: line ends CRLF, the last
 * line ended, without dot-stuffing (what RFC 1870 5 counts).  The error says
 * what is wrong and quotes nothing.
 */
Result<std::size_t> check_content(std::string_view content);

#endif
