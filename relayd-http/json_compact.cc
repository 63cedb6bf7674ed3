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

#include <charconv>

#include "json_compact.h"
#include "json_text.h"

namespace {

/* Recursion is bounded: no document has more than json_levels_max levels. */
class CompactWriter {
public:
	CompactWriter(std::string &output, const JsonDocument &of,
	    std::size_t more)
	    : out(output), document(of), max(output.size() + more)
	{
	}

	bool value(json_t *value);

private:
	bool array(json_t *array);
	bool object(json_t *object);
	template <typename Number> void number(Number number);
	bool fits() const
	{
		return (out.size() <= max);
	}

	std::string &out;
	const JsonDocument &document;
	std::size_t max;
};

/* In as few digits as give the same number back. */
template <typename Number>
void
CompactWriter::number(Number number)
{
	char digits[64];
	auto result = std::to_chars(digits, digits + sizeof(digits), number);

	out.append(digits, static_cast<std::size_t>(result.ptr - digits));
}

bool
CompactWriter::array(json_t *array)
{
	out += '[';
	for (std::size_t i = 0; i < json_array_size(array); i++) {
		if (i > 0)
			out += ',';
		if (!value(json_array_get(array, i)))
			return (false);
	}
	out += ']';
	return (fits());
}

bool
CompactWriter::object(json_t *object)
{
	bool first = true;

	out += '{';
	for (void *at = json_object_iter(object); at != nullptr;
	    at = json_object_iter_next(object, at)) {
		if (!first)
			out += ',';
		first = false;
		append_json_string(out, json_object_iter_key(at));
		out += ':';
		if (!value(json_object_iter_value(at)))
			return (false);
	}
	out += '}';
	return (fits());
}

bool
CompactWriter::value(json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		return (object(value));
	case JSON_ARRAY:
		return (array(value));
	case JSON_STRING:
		append_json_string(out, document.text_of(value));
		break;
	case JSON_INTEGER:
		number(json_integer_value(value));
		break;
	case JSON_REAL:
		number(json_real_value(value));
		break;
	case JSON_TRUE:
		out += "true";
		break;
	case JSON_FALSE:
		out += "false";
		break;
	case JSON_NULL:
		out += "null";
		break;
	}
	return (fits());
}

} /* namespace */

bool
append_compact_json(std::string &out, const JsonDocument &document,
    json_t *value, std::size_t max)
{
	return (CompactWriter(out, document, max).value(value));
}
