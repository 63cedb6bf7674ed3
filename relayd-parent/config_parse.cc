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
#include <set>

#include "config_input.h"
#include "config_parse.h"
#include "config_values.h"

namespace {

constexpr std::size_t max_prefixes = 1024;
constexpr std::size_t max_recipient_entries = 10000;

} /* namespace */

std::string
Location::prefix() const
{
	if (line == 0)
		return ("");
	return (file + ":" + std::to_string(line) + ": ");
}

const Location &
Block::location(std::string_view item) const
{
	auto found = written.find(item);

	return (found == written.end() ? where : found->second);
}

ConfigParse::ConfigParse(const ConfigOptions &options_, const ConfigSink &sink_,
    const ConfigSystem &system_)
    : options(options_),
      system(system_),
      sink(sink_)
{
	here.file = options.path;
	here.line = 1;
	blocks.emplace_back();
	blocks.front().where = here;
	shared["mail"];
	shared["log"];
}

void
ConfigParse::complain(
    ConfigMessage kind, const Location &where, const std::string &what)
{
	sink(kind,
	    where.prefix() +
		(kind == ConfigMessage::warning ? "warning: " : "") + what);
}

std::string
ConfigParse::titled(const std::string &what) const
{
	const std::string &title = blocks.back().title;

	return (title.empty() ? what : title + ": " + what);
}

void
ConfigParse::error(const Location &where, const std::string &what)
{
	errors++;
	complain(ConfigMessage::error, where, titled(what));
}

void
ConfigParse::warn(const Location &where, const std::string &what)
{
	complain(ConfigMessage::warning, where, titled(what));
}

void
ConfigParse::syntax_error(const std::string &what)
{
	errors++;
	complain(ConfigMessage::error, here, what);
	blocks.back().damaged = true;
}

void
ConfigParse::hide_blocks()
{
	blocks.front().damaged = true;
}

const Text *
ConfigParse::keep(std::string_view value)
{
	texts.push_back({Secret(value), here});
	return (&texts.back());
}

TextList *
ConfigParse::new_list()
{
	lists.emplace_back();
	return (&lists.back());
}

const Text *
ConfigParse::keep_file(const Text *path)
{
	auto checked = parse_path(path->view());
	if (!checked) {
		error(path->where, "password file: " + checked.error());
		return (nullptr);
	}
	auto contents = system.read_file(*checked, FileCheck::owner_and_mode);
	if (!contents) {
		error(path->where,
		    "password file " + *checked + ": " + contents.error());
		return (nullptr);
	}
	std::string_view line = contents->view();
	if (!line.empty() && line.back() == '\n')
		line.remove_suffix(1);
	if (line.empty() ||
	    std::any_of(line.begin(), line.end(),
		[](unsigned char c) { return (c < 0x20 || c == 0x7f); })) {
		error(path->where,
		    "password file " + *checked +
			": must hold the password, in one line, and nothing "
			"else");
		return (nullptr);
	}
	if (line.size() > max_text) {
		error(path->where, "password file " + *checked +
			": a password has at most " +
			std::to_string(max_text) + " octets");
		return (nullptr);
	}
	texts.push_back({Secret(line), path->where});
	return (&texts.back());
}

void
ConfigParse::enter(const char *keyword, const std::string &title)
{
	auto found = shared.find(keyword);

	blocks.push_back(
	    found == shared.end() ? Block() : std::move(found->second));
	block().keyword = keyword;
	block().title = title;
	block().where = here;
}

Block
ConfigParse::leave()
{
	Block left = std::move(block());

	blocks.pop_back();
	auto found = shared.find(left.keyword);
	if (found != shared.end())
		found->second = left;
	return (left);
}

void
ConfigParse::unwind()
{
	while (blocks.size() > 1)
		leave();
}

const Block &
ConfigParse::shared_block(std::string_view keyword) const
{
	return (shared.find(keyword)->second);
}

void
ConfigParse::note(const char *item, const Location &where)
{
	Block &current = block();

	auto [known, is_new] = current.written.try_emplace(item, where);
	if (!is_new) {
		std::string before = known->second.file == where.file
		    ? "line " + std::to_string(known->second.line)
		    : known->second.file + ":" +
			std::to_string(known->second.line);
		warn(where,
		    std::string(item) + " is written again: " + before +
			" has no effect");
		known->second = where;
	}
}

void
ConfigParse::forget(std::initializer_list<std::string_view> parts)
{
	for (std::string_view part : parts) {
		auto known = block().written.find(part);
		if (known != block().written.end())
			block().written.erase(known);
	}
}

void
ConfigParse::value_error(
    const char *item, const Text *value, const std::string &what)
{
	error(value->where, std::string(item) + ": " + what);
}

void
ConfigParse::number(std::uint32_t &out, const char *item, const Text *value,
    std::uint32_t min, std::uint32_t max)
{
	note(item, value->where);
	auto parsed = parse_number(value->view(), min, max);
	if (!parsed)
		return (value_error(item, value, parsed.error()));
	out = static_cast<std::uint32_t>(*parsed);
}

void
ConfigParse::size(std::uint64_t &out, const char *item, const Text *value,
    std::uint64_t min, std::uint64_t max)
{
	note(item, value->where);
	auto parsed = parse_size(value->view(), min, max);
	if (!parsed)
		return (value_error(item, value, parsed.error()));
	out = *parsed;
}

void
ConfigParse::time(std::chrono::seconds &out, const char *item,
    const Text *value, std::chrono::seconds min, std::chrono::seconds max)
{
	note(item, value->where);
	auto parsed = parse_time(value->view(), min, max);
	if (!parsed)
		return (value_error(item, value, parsed.error()));
	out = *parsed;
}

void
ConfigParse::phrase(
    std::string &out, const char *item, const Text *value, std::size_t max)
{
	note(item, value->where);
	auto parsed = parse_phrase(value->view(), max);
	if (!parsed)
		return (value_error(item, value, parsed.error()));
	out = *parsed;
}

void
ConfigParse::path(std::string &out, const char *item, const Text *value)
{
	note(item, value->where);
	auto parsed = parse_path(value->view());
	if (!parsed)
		return (value_error(item, value, parsed.error()));
	out = *parsed;
}

void
ConfigParse::port(std::uint16_t &out, const char *item, const Text *value)
{
	note(item, value->where);
	auto parsed = parse_port(value->view());
	out = parsed ? *parsed : 0; /* 0: it is compared with no other */
	if (!parsed)
		value_error(item, value, parsed.error());
}

void
ConfigParse::ehlo_name(std::string &out, const char *item, const Text *value)
{
	note(item, value->where);
	auto parsed = parse_ehlo_name(value->view());
	if (!parsed)
		return (value_error(item, value, parsed.error()));
	out = *parsed;
}

void
ConfigParse::flag(bool &out, const char *item, bool value)
{
	note(item, here);
	out = value;
}

std::optional<RateLimit>
ConfigParse::bucket(const char *item, const Text *rate, const Text *burst)
{
	std::optional<std::string_view> written;

	note(item, rate == nullptr ? here : rate->where);
	if (rate == nullptr)
		return (RateLimit{});
	if (burst != nullptr)
		written = burst->view();
	auto parsed = parse_rate(rate->view(), written);
	if (!parsed) {
		value_error(item, rate, parsed.error());
		return (std::nullopt);
	}
	return (*parsed);
}

PrefixList
ConfigParse::prefixes(const char *item, const TextList &list)
{
	std::vector<Prefix> result;
	std::set<Prefix> seen;

	note(item, list.empty() ? here : list.front()->where);
	for (const Text *element : list) {
		auto prefix = Prefix::parse(element->view());
		if (!prefix) {
			value_error(item, element, prefix.error());
			continue;
		}
		if (seen.insert(*prefix).second)
			result.push_back(*prefix);
		else
			warn(element->where,
			    std::string(item) + ": " + prefix->text() +
				" is listed twice");
	}
	if (result.size() > max_prefixes)
		value_error(item, list.front(),
		    "has " + std::to_string(result.size()) +
			" entries, at most 1024 are allowed");
	return (PrefixList(std::move(result)));
}

RecipientPolicy
ConfigParse::recipients(const char *item, const TextList &list)
{
	RecipientPolicy policy;

	note(item, list.empty() ? here : list.front()->where);
	for (const Text *element : list) {
		auto added = policy.add(element->view());
		if (!added)
			value_error(item, element,
			    quoted_text(element->view()) + ": " +
				added.error());
		else if (!*added)
			warn(element->where,
			    std::string(item) + ": " +
				quoted_text(element->view()) +
				" is listed twice");
	}
	if (policy.entries().size() > max_recipient_entries)
		value_error(item, list.front(),
		    "has " + std::to_string(policy.entries().size()) +
			" entries, at most 10000 are allowed");
	return (policy);
}

std::optional<MailAddress>
ConfigParse::address(const char *item, const Text *value)
{
	note(item, value->where);
	auto parsed = MailAddress::parse(value->view());
	if (!parsed) {
		value_error(item, value, "the address " + parsed.error());
		return (std::nullopt);
	}
	return (*parsed);
}
