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

#include <strings.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <vector>

#include "content_check.h"

namespace {

bool
is_token_character(char c)
{
	return ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '-');
}

/* In a field's body: printable, space or TAB. */
bool
is_field_text(std::string_view text)
{
	return (std::all_of(text.begin(), text.end(),
	    [](char c) { return (c == '\t' || (c >= ' ' && c <= '~')); }));
}

/* The first line without its end, taken off text; unended: nothing is. */
bool
take_line(std::string_view &text, std::string_view &line)
{
	std::size_t end = text.find('\n');

	if (end == std::string_view::npos)
		return (false);
	line = text.substr(0, end);
	if (!line.empty() && line.back() == '\r')
		line.remove_suffix(1);
	text.remove_prefix(end + 1);
	return (true);
}

/* "Content-Type", for the line that begins a field; empty: it is none. */
std::string_view
content_field_name(std::string_view line)
{
	static constexpr std::string_view prefix = "Content-";
	std::string_view name = line.substr(0, line.find(':'));

	if (name.size() == line.size() || name.size() <= prefix.size() ||
	    name.size() > content_name_max ||
	    strncasecmp(name.data(), prefix.data(), prefix.size()) != 0 ||
	    !std::all_of(name.begin(), name.end(), is_token_character))
		return (std::string_view());
	return (name);
}

bool
same_name(std::string_view a, std::string_view b)
{
	return (a.size() == b.size() &&
	    strncasecmp(a.data(), b.data(), a.size()) == 0);
}

/* The header's checks, one field line after another. */
class EntityHeader {
public:
	/* nullptr, or what is wrong with the line. */
	const char *add(std::string_view line)
	{
		octets += line.size() + 2;
		if (octets > content_header_max)
			return ("the content's header is too large");
		if (!is_field_text(line))
			return ("the content's header has an octet that no "
			    "field may have");
		if (line[0] == ' ' || line[0] == '\t')
			return (add_continuation(line));
		return (add_field(line));
	}

private:
	const char *add_continuation(std::string_view line)
	{
		/*
		 * A line of white space only can be taken for the end of the
		 * header (RFC 5322 3.2.2 forbids it too).
		 */
		if (names.empty() ||
		    line.find_first_not_of(" \t") == std::string_view::npos)
			return ("the content's header is folded wrongly");
		return (nullptr);
	}

	const char *add_field(std::string_view line)
	{
		std::string_view name = content_field_name(line);
		if (name.empty())
			return ("the content's header has a field that is "
			    "not Content-*");
		for (std::string_view other : names)
			if (same_name(name, other))
				return ("the content's header has a field "
				    "twice");
		if (names.size() == content_fields_max)
			return ("the content's header has too many fields");
		names.push_back(name);
		return (nullptr);
	}

	std::size_t octets = 0;
	std::vector<std::string_view> names;
};

/* Takes the header and the empty line behind it off content. */
const char *
check_header(std::string_view &content)
{
	EntityHeader header;
	std::string_view line;

	while (take_line(content, line)) {
		if (line.empty())
			return (nullptr);
		if (const char *wrong = header.add(line))
			return (wrong);
	}
	return ("the content's header does not end");
}

/* One sweep, eight octets a step: not every compiler makes that of a loop. */
bool
is_seven_bit(std::string_view text)
{
	std::uint64_t all = 0;
	std::uint64_t eight;

	for (; text.size() >= sizeof(eight);
	     text.remove_prefix(sizeof(eight))) {
		std::memcpy(&eight, text.data(), sizeof(eight));
		all |= eight;
	}
	for (unsigned char c : text)
		all |= c;
	return ((all & 0x8080808080808080) == 0);
}

/* Adds the line ends' octets that are missing to size. */
const char *
check_lines(std::string_view body, std::size_t &size)
{
	while (!body.empty()) {
		std::size_t end = body.find('\n');
		bool ended = end != std::string_view::npos;
		std::string_view line = body.substr(0, end);
		body.remove_prefix(ended ? end + 1 : body.size());
		if (ended && !line.empty() && line.back() == '\r')
			line.remove_suffix(1);
		else
			size += ended ? 1 : 2;
		if (line.size() > content_line_max)
			return ("the content has a line that is too long");
		if (line.find('\r') != std::string_view::npos)
			return ("the content has a CR that ends no line");
	}
	return (nullptr);
}

} /* namespace */

Result<std::size_t>
check_content(std::string_view content)
{
	std::size_t size = content.size();
	std::string_view body = content;

	if (!is_seven_bit(content))
		return (Error{"the content is not 7-bit"});
	if (content.find('\0') != std::string_view::npos)
		return (Error{"the content has a NUL"});
	if (const char *wrong = check_header(body))
		return (Error{wrong});
	/* From the start: the header's lines are lines too. */
	if (const char *wrong = check_lines(content, size))
		return (Error{wrong});
	return (size);
}
