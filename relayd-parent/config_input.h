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
 * What the lexer reads from: the files of the configuration, one within the
 * other, and the macros that are replaced in them.  It knows characters,
 * words and strings, but no keywords.
 */

#ifndef RELAYD_PARENT_CONFIG_INPUT_H
#define RELAYD_PARENT_CONFIG_INPUT_H

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "config.h"
#include "result.h"
#include "secret.h"

constexpr std::size_t max_text = 4095; /* octets of a string or word */

struct Macro {
	Secret value;
	Location where; /* line 0: -D */
	bool used = false;
};

bool is_word_character(int c);
bool is_control_character(int c);
/* Empty, or why a macro can have no such name, keywords aside, or value. */
std::string macro_name_error(std::string_view name);
std::string macro_value_error(std::string_view value);

class ConfigInput {
public:
	static constexpr int end = -1; /* of the innermost file */

	explicit ConfigInput(const std::vector<ConfigMacro> &given);
	~ConfigInput();
	ConfigInput(const ConfigInput &) = delete;
	ConfigInput &operator=(const ConfigInput &) = delete;

	/* braces: how many are open around the file's contents. */
	void push(const std::string &name, Secret &&contents,
	    std::size_t braces);
	void pop();
	std::size_t files() const
	{
		return (sources.size());
	}
	std::size_t outer_braces() const
	{
		return (sources.back().braces);
	}
	const std::string &file_name() const
	{
		return (sources.back().name);
	}
	unsigned int line() const
	{
		return (sources.back().line);
	}

	/* The next character, or end. */
	int peek();
	void skip();
	void skip_newline();
	/* True once for each file. */
	bool take_last_newline();
	bool take_carriage_return();

	/*
	 * What begins at peek().  A word is empty when it was a macro without
	 * text.  The text is good until the next call.  An error repeats
	 * nothing of what is not showable.
	 */
	Result<std::string_view> read_word(bool showable);
	Result<std::string_view> read_string();
	/* Do only blanks stand before a =? */
	bool before_equals() const;

	/* One that -D gave stays as it is. */
	void define(const std::string &name, const Secret &value,
	    const Location &where);
	const std::map<std::string, Macro, std::less<>> &macros() const
	{
		return (known);
	}

private:
	struct Source {
		std::string name;
		Secret contents;
		std::size_t at = 0;
		unsigned int line = 1;
		std::size_t braces = 0;
		bool ended = false;
		bool carriage_return = false;
	};

	int peek_raw() const;
	std::string expand(bool showable);

	std::vector<Source> sources;
	std::map<std::string, Macro, std::less<>> known;
	std::string expansion; /* a macro's text, of which is left... */
	std::size_t expansion_at = 0; /* ...what begins here */
	std::string text;
};

#endif
