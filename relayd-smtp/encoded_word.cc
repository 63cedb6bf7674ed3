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
#include <cstring>

#include "base64.h"
#include "encoded_word.h"
#include "utf8.h"

namespace {

constexpr std::string_view word_prefix = "=?utf-8?";
/* "=?utf-8?q?" and "?=" */
constexpr std::size_t word_overhead = word_prefix.size() + 2 + 2;
/* A word with less room than this goes to a line of its own. */
constexpr std::size_t least_room = word_overhead + 12;

/* May stand for itself in a Q word in a phrase too (RFC 2047 5 (3)). */
bool
is_q_safe(unsigned char c)
{
	return ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || (c != 0 && strchr("!*+-/", c)));
}

bool
is_atext(unsigned char c)
{
	return ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') ||
	    (c != 0 && strchr("!#$%&'*+-/=?^_`{|}~", c)));
}

std::size_t
q_length(std::string_view text)
{
	std::size_t n = 0;

	for (unsigned char c : text)
		n += c == ' ' || is_q_safe(c) ? 1 : 3;
	return (n);
}

void
append_q(HeaderField &field, std::string_view text)
{
	static constexpr char hex[] = "0123456789ABCDEF";

	for (unsigned char c : text) {
		if (c == ' ') {
			field.append("_");
		} else if (is_q_safe(c)) {
			char octet = static_cast<char>(c);
			field.append({&octet, 1});
		} else {
			char octets[3] = {'=', hex[c >> 4], hex[c & 15]};
			field.append({octets, sizeof(octets)});
		}
	}
}

void
append_b(HeaderField &field, std::string_view text)
{
	while (!text.empty()) {
		std::array<char, 4> group = base64_take(text);
		field.append({group.data(), group.size()});
	}
}

/* As many whole characters of text as fit a word with room octets. */
std::size_t
fitting(std::string_view text, bool use_q, std::size_t room)
{
	std::string_view rest = text;
	std::size_t taken = 0, length = 0;

	while (!rest.empty()) {
		std::size_t before = rest.size();
		if (!utf8_take(rest))
			rest.remove_prefix(1); /* callers checked: not met */
		std::size_t octets = before - rest.size();
		length += q_length(text.substr(taken, octets));
		if ((use_q ? length : base64_size(taken + octets)) > room)
			break;
		taken += octets;
	}
	return (taken);
}

void
append_encoded(HeaderField &field, std::string_view text)
{
	bool use_q = q_length(text) <= base64_size(text.size());

	while (!text.empty()) {
		if (!field.at_name() &&
		    field.column() + 1 + least_room > encoded_line_max)
			field.fold();
		std::size_t room = std::min(encoded_word_max,
		    encoded_line_max - field.column() - 1) - word_overhead;
		std::size_t n = fitting(text, use_q, room);
		field.shorten_line();
		field.append(" ");
		field.append(word_prefix);
		field.append(use_q ? "q?" : "b?");
		if (use_q)
			append_q(field, text.substr(0, n));
		else
			append_b(field, text.substr(0, n));
		field.append("?=");
		text.remove_prefix(n);
		if (!text.empty())
			field.fold();
	}
}

bool
has_only_printable(std::string_view text)
{
	return (std::all_of(text.begin(), text.end(),
	    [](char c) { return (c >= ' ' && c <= '~'); }));
}

/* Reads back with every space where it was, however it is folded. */
bool
spaces_survive(std::string_view text)
{
	return (text.empty() || (text.front() != ' ' && text.back() != ' ' &&
	    text.find("  ") == std::string_view::npos));
}

/* No word is longer than a line, nor the first than what the name leaves. */
bool
words_fit(const HeaderField &field, std::string_view text)
{
	std::size_t room = header_line_max - field.column() - 1;

	while (!text.empty()) {
		std::size_t end = std::min(text.find(' '), text.size());
		if (end > room)
			return (false);
		text.remove_prefix(std::min(end + 1, text.size()));
		room = header_line_max - 1;
	}
	return (true);
}

/* Those between the spaces; folded where there is one. */
void
add_words(HeaderField &field, std::string_view text)
{
	while (!text.empty()) {
		std::size_t end = std::min(text.find(' '), text.size());
		field.add_token(text.substr(0, end));
		text.remove_prefix(std::min(end + 1, text.size()));
	}
}

bool
may_stand(std::string_view text)
{
	return (has_only_printable(text) && spaces_survive(text) &&
	    text.find("=?") == std::string_view::npos);
}

} /* namespace */

void
append_unstructured(HeaderField &field, std::string_view text)
{
	if (!may_stand(text) || !words_fit(field, text)) {
		append_encoded(field, text);
		return;
	}
	add_words(field, text);
}

void
append_phrase(HeaderField &field, std::string_view text)
{
	bool atoms = may_stand(text) && words_fit(field, text) &&
	    std::all_of(text.begin(), text.end(),
		[](char c) { return (c == ' ' || is_atext(c)); });
	std::string quoted = '"' + std::string(text) + '"';

	/*
	 * Never folded inside, and never with a quoted-pair: OpenSMTPD takes
	 * the name apart at a quote, whatever is before it.
	 */
	if (may_stand(text) && text.find_first_of("\"\\") == text.npos &&
	    (!atoms || text.find(' ') != text.npos) &&
	    field.column() + 1 + quoted.size() <= header_line_max)
		field.add_token(quoted);
	else if (atoms)
		add_words(field, text);
	else
		append_encoded(field, text);
}
