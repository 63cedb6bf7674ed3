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
 * The state of one parse: the Config as far as it was read, what was
 * complained of, and the functions with which the grammar's actions convert
 * one value each.  All of it goes when the parse ends.
 */

#ifndef RELAYD_PARENT_CONFIG_PARSE_H
#define RELAYD_PARENT_CONFIG_PARSE_H

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config.h"
#include "secret.h"

/* A word or a string of the file. */
struct Text {
	Secret value; /* it may be one */
	Location where;

	std::string_view view() const
	{
		return (value.view());
	}
};

using TextList = std::vector<const Text *>;

/* An item's name, and where it was written last. */
using Written = std::map<std::string, Location, std::less<>>;

/* The block that is being read; the outermost is the file itself. */
struct Block {
	std::string keyword; /* "", "mail", "relay", ... */
	std::string title; /* `key "billing"', for errors */
	Location where; /* of the keyword */
	Written written;
	/* A syntax error in it may hide an item: none is said to be missing. */
	bool damaged = false;

	bool has(std::string_view item) const
	{
		return (written.find(item) != written.end());
	}
	/* Of an item, else of the block. */
	const Location &location(std::string_view item) const;
};

/* What a key's block says of what it otherwise has from elsewhere. */
struct KeyItems {
	Block block;
	std::optional<MailAddress> from;
	std::string name;
	std::optional<Sender> envelope; /* its envelope_from only */
	std::optional<std::uint32_t> max_recipients;
	std::optional<bool> mask_recipients;
	bool complete = false; /* its end was found */
};

class ConfigParse {
public:
	ConfigParse(const ConfigOptions &options, const ConfigSink &sink,
	    const ConfigSystem &system);

	const ConfigOptions &options;
	const ConfigSystem &system;
	Config config;
	std::vector<KeyItems> key_items; /* one for each of config.keys */
	std::size_t first_listener = 0; /* of the `listen on' being read */

	/* Complaints.  The block's title precedes what concerns it. */
	void error(const Location &where, const std::string &what);
	void warn(const Location &where, const std::string &what);
	void syntax_error(const std::string &what);
	/* It may hide whole blocks. */
	void hide_blocks();
	bool failed() const
	{
		return (errors != 0);
	}

	/* Where the lexer is. */
	Location here;
	const Text *keep(std::string_view value);
	TextList *new_list();
	/* The first line of a file that holds a secret, or nullptr. */
	const Text *keep_file(const Text *path);

	/* Blocks; what was written at the top stays to the end. */
	void enter(const char *keyword, const std::string &title);
	Block leave();
	/* Out of all blocks: an error's line ended within some. */
	void unwind();
	Block &block()
	{
		return (blocks.back());
	}
	Block &top()
	{
		return (blocks.front());
	}
	/* What `mail' and `log' wrote, in however many parts. */
	const Block &shared_block(std::string_view keyword) const;

	/* An item was written: warns if it was before. */
	void note(const char *item, const Location &where);
	/*
	 * The optional parts of an item that is read again, of which the
	 * caller puts back the defaults: the item replaces its earlier whole.
	 */
	void forget(std::initializer_list<std::string_view> parts);

	/* One item with one value; min and max are inclusive. */
	void number(std::uint32_t &out, const char *item, const Text *value,
	    std::uint32_t min, std::uint32_t max);
	void size(std::uint64_t &out, const char *item, const Text *value,
	    std::uint64_t min, std::uint64_t max);
	void time(std::chrono::seconds &out, const char *item,
	    const Text *value, std::chrono::seconds min,
	    std::chrono::seconds max);
	void phrase(std::string &out, const char *item, const Text *value,
	    std::size_t max);
	void path(std::string &out, const char *item, const Text *value);
	void port(std::uint16_t &out, const char *item, const Text *value);
	void ehlo_name(std::string &out, const char *item, const Text *value);
	void flag(bool &out, const char *item, bool value);

	/* rate nullptr: none; burst nullptr: as the rate. */
	std::optional<RateLimit> bucket(
	    const char *item, const Text *rate, const Text *burst);
	PrefixList prefixes(const char *item, const TextList &list);
	RecipientPolicy recipients(const char *item, const TextList &list);
	std::optional<MailAddress> address(const char *item, const Text *value);

private:
	void value_error(
	    const char *item, const Text *value, const std::string &what);
	std::string titled(const std::string &what) const;
	void complain(ConfigMessage kind, const Location &where,
	    const std::string &what);

	const ConfigSink &sink;
	unsigned int errors = 0;
	std::deque<Text> texts; /* deques: their elements stay where they are */
	std::deque<TextList> lists;
	std::vector<Block> blocks;
	std::map<std::string, Block, std::less<>> shared;
};

#endif
