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

#include <algorithm>
#include <string>

#include "attachment.h"
#include "http_characters.h"
#include "line_text.h"

namespace {

bool
is_printable(char c)
{
	return (c >= ' ' && c <= '~');
}

/* RFC 2045 5.1: another set than HTTP's. */
bool
is_type_character(char c)
{
	constexpr std::string_view specials = "()<>@,;:\\\"/[]?=";

	return (is_printable(c) && c != ' ' &&
	    specials.find(c) == std::string_view::npos);
}

std::string_view
take_token(std::string_view &text)
{
	std::size_t size = 0;

	while (size < text.size() && is_type_character(text[size]))
		size++;
	std::string_view token = text.substr(0, size);
	text.remove_prefix(size);
	return (token);
}

/* Its length with the marks; 0: it has no end. */
std::size_t
quoted_length(std::string_view text)
{
	for (std::size_t i = 1; i < text.size(); i++) {
		if (text[i] == '"')
			return (i + 1);
		if (text[i] == '\\')
			i++;
	}
	return (0);
}

/* type "/" subtype off the front. */
bool
take_type(std::string_view &text)
{
	if (take_token(text).empty() || text.empty() || text.front() != '/')
		return (false);
	text.remove_prefix(1);
	return (!take_token(text).empty());
}

/* attribute "=" value off the front. */
bool
take_parameter(std::string_view &text)
{
	if (take_token(text).empty() || text.empty() || text.front() != '=')
		return (false);
	text.remove_prefix(1);
	if (text.empty() || text.front() != '"')
		return (!take_token(text).empty());
	std::size_t size = quoted_length(text);
	text.remove_prefix(size);
	return (size != 0);
}

void
skip_space(std::string_view &text)
{
	text.remove_prefix(
	    std::min(text.find_first_not_of(' '), text.size()));
}

/* *SP ";" *SP off the front. */
bool
take_semicolon(std::string_view &text)
{
	skip_space(text);
	if (text.empty() || text.front() != ';')
		return (false);
	text.remove_prefix(1);
	skip_space(text);
	return (true);
}

/* What is before the mark, in lower case. */
std::string
name_before(std::string_view text, char mark)
{
	std::string name(text.substr(0, text.find(mark)));

	std::transform(name.begin(), name.end(), name.begin(), ascii_lower);
	return (name);
}

bool
has_parameter_twice(const std::vector<std::string_view> &parts)
{
	std::vector<std::string> names;

	for (std::size_t i = 1; i < parts.size(); i++)
		names.push_back(name_before(parts[i], '='));
	std::sort(names.begin(), names.end());
	return (std::adjacent_find(names.begin(), names.end()) != names.end());
}

/* Parts of one character at least, with dots between them. */
template <typename Predicate>
bool
is_dotted(std::string_view text, Predicate is_part)
{
	for (;;) {
		std::size_t dot = text.find('.');
		if (!is_part(text.substr(0, dot)))
			return (false);
		if (dot == std::string_view::npos)
			return (true);
		text.remove_prefix(dot + 1);
	}
}

bool
is_alphanumeric(char c)
{
	return ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	    (c >= 'A' && c <= 'Z'));
}

bool
is_atom(std::string_view text)
{
	constexpr std::string_view others = "!#$%&'*+-/=?^_`{|}~";

	return (!text.empty() &&
	    std::all_of(text.begin(), text.end(), [&](char c) {
		    return (is_alphanumeric(c) ||
			others.find(c) != std::string_view::npos);
	    }));
}

/* Letters, digits and hyphens, no hyphen at an end. */
bool
is_label(std::string_view text)
{
	return (!text.empty() && text.size() <= 63 && text.front() != '-' &&
	    text.back() != '-' &&
	    std::all_of(text.begin(), text.end(), [](char c) {
		    return (is_alphanumeric(c) || c == '-');
	    }));
}

} /* namespace */

const char *
wrong_filename(std::string_view name)
{
	if (name.empty())
		return ("must not be empty");
	if (name.size() > filename_max)
		return ("must not have more than 255 octets");
	LineText line = inspect_line(name);
	if (line.has_control || line.has_tab)
		return ("must not contain a control character");
	if (name.find_first_of("/\\") != std::string_view::npos)
		return ("must not contain a path separator");
	return (nullptr);
}

std::vector<std::string_view>
split_content_type(std::string_view type)
{
	std::string_view rest = type;
	std::vector<std::string_view> parts;

	if (!take_type(rest))
		return {};
	parts.push_back(type.substr(0, type.size() - rest.size()));
	while (!rest.empty()) {
		if (!take_semicolon(rest))
			return {};
		std::string_view parameter = rest;
		if (!take_parameter(rest))
			return {};
		parts.push_back(
		    parameter.substr(0, parameter.size() - rest.size()));
	}
	return (parts);
}

const char *
wrong_content_type(std::string_view type)
{
	if (type.size() > content_type_max)
		return ("must not have more than 255 octets");
	if (!std::all_of(type.begin(), type.end(), is_printable))
		return ("must be printable ASCII");
	std::vector<std::string_view> parts = split_content_type(type);
	if (parts.empty())
		return ("must be a type and a subtype, and parameters if any: "
			"text/csv; charset=utf-8");
	std::string top = name_before(parts[0], '/');
	if (top == "multipart" || top == "message")
		return ("must not be of type multipart or message");
	if (has_parameter_twice(parts))
		return ("must not have a parameter twice");
	return (nullptr);
}

const char *
wrong_content_id(std::string_view id)
{
	std::size_t at = id.find('@');

	if (id.size() > content_id_max)
		return ("must not have more than 255 octets");
	if (!is_dotted(id.substr(0, at), is_atom) ||
	    (at != std::string_view::npos &&
	    !is_dotted(id.substr(at + 1), is_label)))
		return ("must be like logo or logo@example.com, without "
			"brackets");
	return (nullptr);
}
