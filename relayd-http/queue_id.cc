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

#include "queue_id.h"

namespace {

constexpr std::size_t queue_id_max = 64;

bool
is_id_character(char c)
{
	return ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	    (c >= 'a' && c <= 'z') || c == '-' || c == '_' || c == '.');
}

/* A word that is too long is no id, rather than half of one. */
std::string_view
bounded(std::string_view word)
{
	return (word.size() <= queue_id_max ? word : std::string_view());
}

std::string_view
word_at_begin(std::string_view text)
{
	auto end = std::find_if_not(text.begin(), text.end(), is_id_character);

	return (bounded(
	    text.substr(0, static_cast<std::size_t>(end - text.begin()))));
}

std::string_view
word_at_end(std::string_view text)
{
	auto begin =
	    std::find_if_not(text.rbegin(), text.rend(), is_id_character);

	return (bounded(text.substr(
	    text.size() - static_cast<std::size_t>(begin - text.rbegin()))));
}

} /* namespace */

std::string_view
queue_id(std::string_view reply)
{
	constexpr std::string_view postfix = "queued as ";
	constexpr std::string_view exim = "id=";
	constexpr std::string_view opensmtpd = " Message accepted";
	std::size_t at;

	if ((at = reply.find(postfix)) != std::string_view::npos)
		return (word_at_begin(reply.substr(at + postfix.size())));
	/* Not the end of another word. */
	if ((at = reply.find(exim)) != std::string_view::npos &&
	    (at == 0 || reply[at - 1] == ' '))
		return (word_at_begin(reply.substr(at + exim.size())));
	if ((at = reply.find(opensmtpd)) != std::string_view::npos)
		return (word_at_end(reply.substr(0, at)));
	return (std::string_view());
}
