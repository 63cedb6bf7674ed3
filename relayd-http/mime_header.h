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

/* The header lines of MIME entities, folded at 78 where that is possible. */

#ifndef RELAYD_HTTP_MIME_HEADER_H
#define RELAYD_HTTP_MIME_HEADER_H

#include <string>
#include <string_view>

#include "attachment.h"

/* subtype: mixed, alternative or related (to an HTML text). */
std::string multipart_header(
    std::string_view subtype, std::string_view boundary);

/*
 * Content-Type as posted, base64, Content-ID and inline if it has one, and
 * the file name: a quoted-string where it fits on a line and every reader
 * understands it, else encoded (RFC 2231).
 */
std::string attachment_header(const Attachment &attachment);

#endif
