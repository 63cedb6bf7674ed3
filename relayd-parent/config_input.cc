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

#include <string.h>

#include <algorithm>

#include "config_input.h"

namespace {

constexpr const char *not_closed = "the string is not closed on its line";

bool
is_name_character(int c)
{
	return ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
	    (c >= '0' && c <= '9'));
}

void
wipe(std::string &buffer)
{
	buffer.resize(buffer.capacity());
	explicit_bzero(buffer.data(), buffer.size());
	buffer.clear();
}

} /* namespace */

bool
is_word_character(int c)
{
	return (is_name_character(c) ||
	    (c > 0 && strchr(".:/%+-@*[]", c) != nullptr));
}

bool
is_control_character(int c)
{
	return ((c >= 0 && c < 0x20) || c == 0x7f);
}

std::string
macro_name_error(std::string_view name)
{
	if (name.empty() || (name[0] >= '0' && name[0] <= '9') ||
	    !std::all_of(name.begin(), name.end(), is_name_character))
		return ("the name of a macro is letters, digits and "
			"underscores, not beginning with a digit");
	return ("");
}

std::string
macro_value_error(std::string_view value)
{
	if (value.find('$') != std::string_view::npos)
		return ("the value of a macro must not hold a $: macros are "
			"replaced once");
	if (value.size() > max_text ||
	    std::any_of(value.begin(), value.end(), is_control_character))
		return ("the value of a macro is one line of at most 4095 "
			"octets");
	return ("");
}

ConfigInput::ConfigInput(const std::vector<ConfigMacro> &given)
{
	for (const ConfigMacro &macro : given)
		known[macro.name].value = Secret(macro.value);
}

ConfigInput::~ConfigInput()
{
	wipe(expansion);
	wipe(text);
}

void
ConfigInput::push(
    const std::string &name, Secret &&contents, std::size_t braces)
{
	sources.emplace_back();
	sources.back().name = name;
	sources.back().contents = std::move(contents);
	sources.back().braces = braces;
}

void
ConfigInput::pop()
{
	sources.pop_back();
}

int
ConfigInput::peek_raw() const
{
	if (expansion_at < expansion.size())
		return (static_cast<unsigned char>(expansion[expansion_at]));
	const Source &file = sources.back();
	if (file.at == file.contents.view().size())
		return (end);
	return (static_cast<unsigned char>(file.contents.view()[file.at]));
}

/* A backslash before the line's end joins two lines, outside of strings. */
int
ConfigInput::peek()
{
	while (expansion_at == expansion.size()) {
		Source &file = sources.back();
		if (file.contents.view().substr(file.at, 2) != "\\\n")
			break;
		file.at += 2;
		file.line++;
	}
	return (peek_raw());
}

void
ConfigInput::skip()
{
	if (expansion_at < expansion.size())
		expansion_at++;
	else
		sources.back().at++;
}

void
ConfigInput::skip_newline()
{
	skip();
	sources.back().line++;
}

bool
ConfigInput::take_last_newline()
{
	return (!std::exchange(sources.back().ended, true));
}

bool
ConfigInput::take_carriage_return()
{
	return (!std::exchange(sources.back().carriage_return, true));
}

bool
ConfigInput::before_equals() const
{
	if (expansion_at < expansion.size())
		return (false);
	auto contents = sources.back().contents.view();
	auto at = contents.find_first_not_of(" \t", sources.back().at);
	return (at != std::string_view::npos && contents[at] == '=');
}

/* Puts a macro's text in the place of $name.  Empty, or what is wrong. */
std::string
ConfigInput::expand(bool showable)
{
	std::string name;

	for (skip(); is_name_character(peek()); skip())
		name += static_cast<char>(peek());
	auto macro = known.find(name);
	if (macro == known.end()) {
		if (name.empty())
			return ("the name of a macro must follow the $");
		if (!showable) /* the name may be a part of the secret */
			return ("a macro is not defined (a $ that begins none "
				"stands in quotes)");
		return ("macro \"" + name + "\" is not defined");
	}
	macro->second.used = true;
	expansion = macro->second.value.view();
	expansion_at = 0;
	return ("");
}

Result<std::string_view>
ConfigInput::read_word(bool showable)
{
	text.clear();
	for (;;) {
		int c = peek();
		if (c == '$') {
			if (auto error = expand(showable); !error.empty())
				return (Error{error});
			continue;
		}
		if (!is_word_character(c))
			break;
		text += static_cast<char>(c);
		skip();
	}
	if (text.size() > max_text)
		return (Error{"a word has more than 4095 octets"});
	return (std::string_view(text));
}

Result<std::string_view>
ConfigInput::read_string()
{
	int quote = peek_raw();
	bool control = false;

	text.clear();
	for (skip(); peek_raw() != quote; skip()) {
		int c = peek_raw();
		if (c == '\\') {
			skip();
			c = peek_raw();
			if (c != '"' && c != '\\' && c != '\n' && c != end)
				return (Error{"\\\" and \\\\ are the only "
					      "escapes in a string"});
		}
		if (c == '\n' || c == end)
			return (Error{not_closed});
		control = control || is_control_character(c);
		text += static_cast<char>(c);
	}
	skip();
	if (control)
		return (Error{"a string must not hold control characters"});
	if (text.size() > max_text)
		return (Error{"a string has more than 4095 octets"});
	return (std::string_view(text));
}

void
ConfigInput::define(
    const std::string &name, const Secret &value, const Location &where)
{
	auto [macro, is_new] = known.try_emplace(name);

	if (!is_new && macro->second.where.line == 0)
		return;
	macro->second.value = value;
	macro->second.where = where;
}
