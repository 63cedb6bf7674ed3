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

/* The strings of a JSON text (RFC 8259 7), between their quotation marks. */

#ifndef RELAYD_HTTP_JSON_STRING_H
#define RELAYD_HTTP_JSON_STRING_H

#include <string>
#include <string_view>

enum class JsonStringForm {
	malformed, /* control character, UTF-8, escape, surrogate, or NUL */
	verbatim,  /* stands for itself */
	escaped    /* holds escapes, not yet looked at */
};
JsonStringForm inspect_json_string(std::string_view literal);

/*
 * Appends what an escaped literal stands for.  false: an escape is malformed,
 * an unpaired surrogate, or NUL.
 */
bool decode_json_string(std::string &out, std::string_view literal);

#endif
