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
 * A JSON text read by jansson, strictly: what api.md calls "what JSON itself
 * does not allow or the parser refuses" is an error here.
 */

#ifndef RELAYD_HTTP_JSON_DOCUMENT_H
#define RELAYD_HTTP_JSON_DOCUMENT_H

#include <jansson.h>

#include <cstddef>
#include <memory>
#include <string_view>

#include "result.h"

struct JsonRelease {
	void operator()(json_t *value) const
	{
		json_decref(value);
	}
};
using JsonDocument = std::unique_ptr<json_t, JsonRelease>;

/* Objects and arrays within each other, the outermost counted. */
constexpr std::size_t json_levels_max = 32;
/*
 * Values in one document.  jansson takes up to 60 octets of memory for one
 * octet of `[[],[],...]', so `max memory' would bound nothing without this.
 */
constexpr std::size_t json_values_max = 100000;

/*
 * One object, UTF-8, with nothing behind it.  The error says what is wrong
 * and where (line and column), and quotes nothing of the text.
 */
Result<JsonDocument> parse_json_object(std::string_view text);

/* The string's octets, which live as long as the value. */
inline std::string_view
json_text_of(const json_t *string)
{
	return (std::string_view(
	    json_string_value(string), json_string_length(string)));
}

#endif
