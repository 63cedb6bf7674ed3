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
 * What is posted beside the text: its rules (api.md, `attachments'), each a
 * function that returns nullptr, or what the field has to be told.
 */

#ifndef RELAYD_HTTP_ATTACHMENT_H
#define RELAYD_HTTP_ATTACHMENT_H

#include <cstddef>
#include <string_view>
#include <vector>

constexpr std::size_t filename_max = 255; /* octets */
constexpr std::size_t content_type_max = 255;
constexpr std::size_t content_id_max = 255;

/*
 * Invariants: each field has passed its rule, data is base64 that
 * base64_decoded_size() takes.  They point to where they were posted.
 */
struct Attachment {
	std::string_view filename;
	std::string_view content_type;
	std::string_view data;
	std::string_view content_id; /* empty: it has none, so is not inline */
};

const char *wrong_filename(std::string_view name);
/* RFC 2045 5.1, ASCII; neither multipart nor message. */
const char *wrong_content_type(std::string_view type);
/* dot-atom [ "@" domain ] */
const char *wrong_content_id(std::string_view id);

/*
 * `type/subtype', then each parameter as it was posted, without the
 * semicolons and spaces between them; empty when that is not what it is.
 */
std::vector<std::string_view> split_content_type(std::string_view type);

#endif
