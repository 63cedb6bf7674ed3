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

/* Octets that nobody may read afterwards: cleared when their owner goes. */

#ifndef COMMON_SECRET_H
#define COMMON_SECRET_H

#include <string.h>

#include <string>
#include <string_view>
#include <utility>

class Secret {
public:
	Secret() = default;
	explicit Secret(std::string_view octets) : text(octets)
	{
	}
	/* Takes the string over; what the move leaves behind is cleared. */
	explicit Secret(std::string &&octets) : text(std::move(octets))
	{
		clear(octets);
	}
	Secret(const Secret &) = default;
	Secret(Secret &&other) noexcept : text(std::move(other.text))
	{
		clear(other.text);
	}
	Secret &operator=(const Secret &other)
	{
		if (this != &other) {
			clear(text);
			text = other.text;
		}
		return (*this);
	}
	Secret &operator=(Secret &&other) noexcept
	{
		if (this != &other) {
			clear(text);
			text = std::move(other.text);
			clear(other.text);
		}
		return (*this);
	}
	~Secret()
	{
		clear(text);
	}

	std::string_view view() const
	{
		return (text);
	}
	bool empty() const
	{
		return (text.empty());
	}
	bool operator==(const Secret &) const = default;

private:
	/* To the capacity: a longer text may have been there before. */
	static void clear(std::string &octets)
	{
		octets.resize(octets.capacity());
		explicit_bzero(octets.data(), octets.size());
		octets.clear();
	}

	std::string text;
};

#endif
