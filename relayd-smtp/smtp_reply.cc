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

#include "messages.h"
#include "smtp_reply.h"

namespace {

bool
is_digit(char c)
{
	return (c >= '0' && c <= '9');
}

/* How many octets 1*3DIGIT takes at the front; 0: there are none. */
std::size_t
short_number(std::string_view text)
{
	std::size_t n = 0;

	while (n < text.size() && n < 3 && is_digit(text[n]))
		n++;
	return (n);
}

/* Length of an enhanced code of that class at the front of text, or 0. */
std::size_t
enhanced_length(std::string_view text, unsigned int kind)
{
	if (text.size() < 5 || text[0] != static_cast<char>('0' + kind) ||
	    text[1] != '.' || (kind != 2 && kind != 4 && kind != 5))
		return (0);
	std::size_t n = 2;
	std::size_t digits = short_number(text.substr(n));
	n += digits;
	if (digits == 0 || n >= text.size() || text[n] != '.')
		return (0);
	digits = short_number(text.substr(++n));
	n += digits;
	if (digits == 0 || (n < text.size() && text[n] != ' '))
		return (0);
	return (n);
}

/* The first line of text, which is taken off with its LF. */
std::string_view
take_line(std::string_view &text)
{
	std::size_t end = text.find('\n');
	std::string_view line = text.substr(0, end);

	text.remove_prefix(end == std::string_view::npos ? text.size()
	                                                 : end + 1);
	return (line);
}

/* The first word of line, which is taken off with the blanks behind it. */
std::string_view
take_word(std::string_view &line)
{
	std::size_t end = std::min(line.find_first_of(" \t="), line.size());
	std::string_view word = line.substr(0, end);

	line.remove_prefix(end);
	std::size_t next = line.find_first_not_of(" \t=");
	line.remove_prefix(std::min(next, line.size()));
	return (word);
}

bool
equal_ignoring_case(std::string_view a, std::string_view upper)
{
	return (a.size() == upper.size() &&
	    std::equal(a.begin(), a.end(), upper.begin(), [](char x, char y) {
		    return ((x >= 'a' && x <= 'z' ? x - 'a' + 'A' : x) == y);
	    }));
}

/* A number of octets; what is too large to count is no limit at all. */
std::uint64_t
parse_size(std::string_view text)
{
	std::uint64_t size = 0;

	for (char c : text) {
		if (!is_digit(c) || size > (UINT64_MAX - 9) / 10)
			return (0);
		size = size * 10 + static_cast<std::uint64_t>(c - '0');
	}
	return (size);
}

void
parse_mechanisms(std::string_view line, Extensions &extensions)
{
	while (!line.empty()) {
		std::string_view word = take_word(line);
		if (equal_ignoring_case(word, "PLAIN"))
			extensions.auth_plain = true;
		else if (equal_ignoring_case(word, "LOGIN"))
			extensions.auth_login = true;
	}
}

void
parse_keyword(std::string_view line, Extensions &extensions)
{
	std::string_view keyword = take_word(line);

	if (equal_ignoring_case(keyword, "PIPELINING"))
		extensions.pipelining = true;
	else if (equal_ignoring_case(keyword, "8BITMIME"))
		extensions.eight_bit_mime = true;
	else if (equal_ignoring_case(keyword, "SMTPUTF8"))
		extensions.smtputf8 = true;
	else if (equal_ignoring_case(keyword, "ENHANCEDSTATUSCODES"))
		extensions.enhanced_codes = true;
	else if (equal_ignoring_case(keyword, "STARTTLS"))
		extensions.starttls = true;
	else if (equal_ignoring_case(keyword, "SIZE"))
		extensions.size = parse_size(take_word(line));
	else if (equal_ignoring_case(keyword, "AUTH"))
		parse_mechanisms(line, extensions);
}

} /* namespace */

std::string_view
enhanced_code(const SmtpReply &reply)
{
	std::string_view text = reply.lines;

	return (text.substr(0, enhanced_length(
	    text.substr(0, text.find('\n')), reply.kind())));
}

std::string
printable_text(const SmtpReply &reply)
{
	std::string text;
	std::string_view rest = reply.lines;

	text.reserve(std::min(rest.size(), reply_text_max));
	while (!rest.empty() && text.size() < reply_text_max) {
		std::string_view line = take_line(rest);
		line.remove_prefix(enhanced_length(line, reply.kind()));
		while (!line.empty() && line[0] == ' ')
			line.remove_prefix(1);
		if (!text.empty() && !line.empty())
			text += ' ';
		line = line.substr(0, reply_text_max - text.size());
		for (char c : line)
			text += c == '\t' ? ' ' : c < ' ' || c > '~' ? '?' : c;
	}
	while (!text.empty() && text.back() == ' ')
		text.pop_back();
	return (text);
}

void
ReplyParser::reset()
{
	current.code = 0;
	current.lines.clear();
	line.clear();
	total = 0;
	finished = false;
}

ReplyParser::Status
ReplyParser::feed(std::string_view &octets)
{
	if (finished)
		reset();
	while (!octets.empty()) {
		std::size_t end = octets.find('\n');
		std::string_view part = octets.substr(0, end);
		if (!add_to_line(part))
			return (Status::invalid);
		if (end == std::string_view::npos) {
			octets = {};
			break;
		}
		octets.remove_prefix(end + 1);
		Status status = end_line();
		if (status != Status::incomplete)
			return (status);
	}
	return (Status::incomplete);
}

bool
ReplyParser::add_to_line(std::string_view part)
{
	total += part.size() + 1;
	/* One more than the bound: it may be the CR of the line's end. */
	if (total > reply_octets_max ||
	    line.size() + part.size() > reply_line_max + 1)
		return (false);
	line += part;
	return (true);
}

/* A line is complete: is it one of a reply, and the last of it? */
ReplyParser::Status
ReplyParser::end_line()
{
	std::string_view text = line;

	if (!text.empty() && text.back() == '\r')
		text.remove_suffix(1);
	if (text.size() < 3 || text.size() > reply_line_max || text[0] < '2' ||
	    text[0] > '5' || !is_digit(text[1]) || !is_digit(text[2]) ||
	    (text.size() > 3 && text[3] != ' ' && text[3] != '-'))
		return (Status::invalid);
	auto code = static_cast<std::uint16_t>((text[0] - '0') * 100 +
	    (text[1] - '0') * 10 + (text[2] - '0'));
	if (current.code != 0 && current.code != code)
		return (Status::invalid);
	bool last = text.size() == 3 || text[3] == ' ';

	if (current.code != 0)
		current.lines += '\n';
	current.code = code;
	current.lines += text.substr(std::min<std::size_t>(text.size(), 4));
	line.clear();
	finished = last;
	return (last ? Status::complete : Status::incomplete);
}

Extensions
parse_ehlo(const SmtpReply &reply)
{
	Extensions extensions;
	std::string_view rest = reply.lines;

	take_line(rest); /* the server's name and greeting */
	while (!rest.empty())
		parse_keyword(take_line(rest), extensions);
	return (extensions);
}
