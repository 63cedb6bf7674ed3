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
 * Whether a request's content is JSON in UTF-8 as it stands (RFC 9110 8.3,
 * 8.4; api.md).
 */

#ifndef RELAYD_HTTP_MEDIA_TYPE_H
#define RELAYD_HTTP_MEDIA_TYPE_H

#include <string_view>

#include "http_parser.h"

/* application/json, any parameters, charset if any utf-8. */
bool is_json_media_type(std::string_view content_type);

/* nullptr, or why the answer is 415. */
const char *refused_media_type(const HttpHead &head);

#endif
