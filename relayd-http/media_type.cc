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

#include "http_characters.h"
#include "media_type.h"

namespace {

/* 1*tchar off the front; empty when there is none. */
std::string_view
take_token(std::string_view &text)
{
	std::size_t size = 0;

	while (size < text.size() && is_character(text[size], CHAR_TOKEN))
		size++;
	std::string_view token = text.substr(0, size);
	text.remove_prefix(size);
	return (token);
}

/*
 * A quoted-string off the front, its marks left out; false when it has no
 * end.  An escape is not undone: no charset that we know needs one.
 */
bool
take_quoted(std::string_view &text, std::string_view &value)
{
	for (std::size_t i = 1; i < text.size(); i++) {
		if (text[i] == '"') {
			value = text.substr(1, i - 1);
			text.remove_prefix(i + 1);
			return (true);
		}
		if (text[i] == '\\')
			i++;
	}
	return (false);
}

void
skip_space(std::string_view &text)
{
	while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
		text.remove_prefix(1);
}

/* RFC 9110 5.6.6: *( OWS ";" OWS [ name "=" value ] ) */
bool
are_good_parameters(std::string_view text)
{
	for (skip_space(text); !text.empty(); skip_space(text)) {
		std::string_view name, value;

		if (text.front() != ';')
			return (false);
		text.remove_prefix(1);
		skip_space(text);
		if (text.empty() || text.front() == ';')
			continue;
		name = take_token(text);
		if (name.empty() || text.empty() || text.front() != '=')
			return (false);
		text.remove_prefix(1);
		if (!text.empty() && text.front() == '"') {
			if (!take_quoted(text, value))
				return (false);
		} else if ((value = take_token(text)).empty())
			return (false);
		if (equals_ignoring_case(name, "charset") &&
		    !equals_ignoring_case(value, "utf-8"))
			return (false);
	}
	return (true);
}

} /* namespace */

bool
is_json_media_type(std::string_view content_type)
{
	std::string_view rest = content_type;
	std::string_view type = take_token(rest);

	if (!equals_ignoring_case(type, "application") || rest.empty() ||
	    rest.front() != '/')
		return (false);
	rest.remove_prefix(1);
	return (equals_ignoring_case(take_token(rest), "json") &&
	    are_good_parameters(rest));
}

const char *
refused_media_type(const HttpHead &head)
{
	const HttpHead::Field &type = head.field(HttpField::content_type);

	if (head.field(HttpField::content_encoding).count != 0)
		return ("a Content-Encoding is not taken");
	if (type.count == 0)
		return ("Content-Type is missing; it must be "
			"application/json");
	if (type.count > 1)
		return ("Content-Type is there more than once");
	if (!is_json_media_type(type.value))
		return ("Content-Type must be application/json, in utf-8");
	return (nullptr);
}
