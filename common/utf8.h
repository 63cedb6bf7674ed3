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
 * UTF-8 (RFC 3629) taken apart one character at a time: what counts
 * characters, and what refuses malformed text, is built on this.
 */

#ifndef COMMON_UTF8_H
#define COMMON_UTF8_H

#include <cstddef>
#include <optional>
#include <string_view>

/*
 * The first character of text, which is taken off its front.  nullopt, and
 * text as it was, when it is empty or does not begin with well-formed UTF-8:
 * overlong forms, surrogates and what lies beyond U+10FFFF are not.
 */
std::optional<char32_t> utf8_take(std::string_view &text);

/* How many characters; nullopt when any part is not well-formed. */
std::optional<std::size_t> utf8_length(std::string_view text);

/*
 * What never belongs in a line of text: C0 controls, DEL, C1 controls, and
 * the separators U+2028 and U+2029.
 */
bool is_line_control(char32_t character);

#endif
