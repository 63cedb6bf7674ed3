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
 * Text in header fields: folding, and encoded words (RFC 2047) where text
 * cannot stand in a header as it is.  What is written here reads back as
 * exactly the text that was given.
 */

#ifndef RELAYD_SMTP_ENCODED_WORD_H
#define RELAYD_SMTP_ENCODED_WORD_H

#include <cstddef>
#include <string_view>

#include "header_field.h"

constexpr std::size_t encoded_word_max = 75; /* RFC 2047 2 */

/*
 * Appends text, UTF-8 without control characters (TAB excepted), as it is
 * where that reads back unchanged, else as encoded words, all of it.
 */
void append_unstructured(HeaderField &field, std::string_view text);
/*
 * Appends a display name (RFC 5322 phrase): an atom, a quoted string or
 * encoded words.
 */
void append_phrase(HeaderField &field, std::string_view text);

#endif
