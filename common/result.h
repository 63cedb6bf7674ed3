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

/* A value, or the reason why there is none. */

#ifndef COMMON_RESULT_H
#define COMMON_RESULT_H

#include <string>
#include <utility>
#include <variant>

struct Error {
	std::string text; /* one line, no trailing full stop or newline */
};

template <typename T> class Result {
public:
	Result(T value) : state(std::in_place_index<0>, std::move(value))
	{
	}
	Result(Error error) : state(std::in_place_index<1>, std::move(error))
	{
	}

	explicit operator bool() const
	{
		return (state.index() == 0);
	}
	T &operator*()
	{
		return (*std::get_if<0>(&state));
	}
	const T &operator*() const
	{
		return (*std::get_if<0>(&state));
	}
	T *operator->()
	{
		return (std::get_if<0>(&state));
	}
	const T *operator->() const
	{
		return (std::get_if<0>(&state));
	}
	const std::string &error() const
	{
		return (std::get_if<1>(&state)->text);
	}

private:
	std::variant<T, Error> state;
};

#endif
