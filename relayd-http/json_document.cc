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

#include "json_document.h"

#include <cstdint>
#include <cstring>

namespace {

/*
 * From behind a string's opening quotation mark to behind its closing one;
 * end when it has none.
 */
const char *
skip_string(const char *at, const char *end)
{
	const char *begin = at;

	for (;;) {
		at = static_cast<const char *>(
		    std::memchr(at, '"', static_cast<std::size_t>(end - at)));
		if (at == nullptr)
			return (end);
		const char *escape = at;
		while (escape > begin && escape[-1] == '\\')
			escape--;
		begin = ++at;
		if ((at - escape) % 2 == 1)
			return (at);
	}
}

/*
 * What must be refused before jansson allocates memory for it.  Looks at
 * brackets and commas only: whether they are in their places is jansson's.
 */
const char *
excess_in(std::string_view text)
{
	const char *at = text.data();
	const char *end = at + text.size();
	std::size_t level = 0;
	std::size_t values = 0;

	while (at < end) {
		switch (*at++) {
		case '"':
			at = skip_string(at, end);
			break;
		case '{':
		case '[':
			if (++level > json_levels_max)
				return ("nesting is over 32 levels");
			values++;
			break;
		case '}':
		case ']':
			if (level > 0)
				level--;
			break;
		case ',':
			values++;
			break;
		}
		if (values > json_values_max)
			return ("has over 100000 values");
	}
	return (nullptr);
}

/* jansson's own texts quote what they found. */
const char *
reason_of(const json_error_t &error)
{
	switch (json_error_code(&error)) {
	case json_error_out_of_memory:
		return ("needs too much memory");
	case json_error_premature_end_of_input:
		return ("ends too early");
	case json_error_end_of_input_expected:
		return ("something follows the document");
	case json_error_invalid_utf8:
		return ("invalid UTF-8");
	case json_error_null_character:
	case json_error_null_byte_in_key:
		return ("a NUL character");
	case json_error_duplicate_key:
		return ("a member is there twice");
	case json_error_numeric_overflow:
		return ("a number is out of range");
	default:
		return ("a syntax error");
	}
}

Error
refused(const json_error_t &error)
{
	std::string text = "the body is not valid JSON: ";

	text += reason_of(error);
	if (error.line > 0)
		text += ", line " + std::to_string(error.line) + " column " +
		    std::to_string(error.column);
	return {std::move(text)};
}

} /* namespace */

Result<JsonDocument>
parse_json_object(std::string_view text)
{
	if (const char *excess = excess_in(text); excess != nullptr)
		return (Error{std::string("the body is refused: ") + excess});

	json_error_t error;
	JsonDocument document(json_loadb(
	    text.data(), text.size(), JSON_REJECT_DUPLICATES, &error));
	if (document == nullptr)
		return (refused(error));
	if (!json_is_object(document.get()))
		return (Error{"the body is not a JSON object"});
	return (document);
}
