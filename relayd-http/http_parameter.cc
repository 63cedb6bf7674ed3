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

/* A quoted-string; false when it has no end. */
static bool
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

void
skip_space(std::string_view &text)
{
	while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
		text.remove_prefix(1);
}

bool
take_parameter(std::string_view &text, HttpParameter &parameter)
{
	parameter.name = take_token(text);
	if (parameter.name.empty() || text.empty() || text.front() != '=')
		return (false);
	text.remove_prefix(1);
	parameter.quoted = !text.empty() && text.front() == '"';
	if (parameter.quoted)
		return (take_quoted(text, parameter.value));
	parameter.value = take_token(text);
	return (!parameter.value.empty());
}

std::string
HttpParameter::text() const
{
	std::string plain;

	for (std::size_t i = 0; i < value.size(); i++) {
		if (quoted && value[i] == '\\' && i + 1 < value.size())
			i++;
		plain += value[i];
	}
	return (plain);
}
