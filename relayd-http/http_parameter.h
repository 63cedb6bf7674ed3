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
 * Reading tokens, quoted strings and parameters off the front of a field's
 * value (RFC 9110 5.6), whose characters the parser has checked.
 */

#ifndef RELAYD_HTTP_HTTP_PARAMETER_H
#define RELAYD_HTTP_HTTP_PARAMETER_H

#include <string>
#include <string_view>

/* 1*tchar; empty when there is none. */
std::string_view take_token(std::string_view &text);

void skip_space(std::string_view &text);

struct HttpParameter {
	std::string_view name;
	/* Of a quoted string: what is within the marks, escapes and all. */
	std::string_view value;
	bool quoted = false;

	/* The value without escapes. */
	std::string text() const;
};

/* token "=" ( token / quoted-string ); false when it is malformed. */
bool take_parameter(std::string_view &text, HttpParameter &parameter);

/*
 * Calls visit with each of parameters that are separated by ";", which may
 * have OWS around it and nothing behind it.  False when one is malformed, or
 * visit said so.
 */
template <typename Visitor>
bool
for_each_parameter(std::string_view text, Visitor visit)
{
	for (;;) {
		skip_space(text);
		if (!text.empty() && text.front() != ';') {
			HttpParameter parameter;

			if (!take_parameter(text, parameter) ||
			    !visit(parameter))
				return (false);
			skip_space(text);
		}
		if (text.empty())
			return (true);
		if (text.front() != ';')
			return (false);
		text.remove_prefix(1);
	}
}

#endif
