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

/* JSON strings (RFC 8259 7) for answers and for the log. */

#ifndef COMMON_JSON_TEXT_H
#define COMMON_JSON_TEXT_H

#include <string>
#include <string_view>

/*
 * Appends text with its quotation marks.  What a line must not hold (C0, DEL,
 * C1, U+2028, U+2029) is escaped, so that the result is one line anywhere;
 * an octet that is not part of well-formed UTF-8 becomes U+FFFD.
 */
void append_json_string(std::string &out, std::string_view utf8);

#endif
