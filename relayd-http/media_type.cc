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
#include "http_parameter.h"
#include "media_type.h"

namespace {

/* RFC 9110 5.6.6: *( OWS ";" OWS [ name "=" value ] ) */
bool
are_good_parameters(std::string_view text)
{
	skip_space(text);
	if (!text.empty() && text.front() != ';')
		return (false);
	/* An escape is not undone: no charset that we know needs one. */
	return (for_each_parameter(text, [](const HttpParameter &parameter) {
		return (!equals_ignoring_case(parameter.name, "charset") ||
		    equals_ignoring_case(parameter.value, "utf-8"));
	}));
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
