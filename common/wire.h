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
 * Values in the messages between processes: integers in host order, strings
 * with a length before them.  Reading checks every bound; what is wrong once
 * stays wrong, so that a reader is asked only at the end.
 */

#ifndef COMMON_WIRE_H
#define COMMON_WIRE_H

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

class WireWriter {
public:
	explicit WireWriter(std::string &buffer) : out(buffer)
	{
	}

	template <typename T> void integer(T value)
	{
		static_assert(
		    std::is_integral_v<T> && !std::is_same_v<T, bool>);
		out.append(reinterpret_cast<const char *>(&value),
		    sizeof(value));
	}
	void boolean(bool value)
	{
		out.push_back(value ? 1 : 0);
	}
	template <typename E> void enumerator(E value)
	{
		integer(static_cast<std::underlying_type_t<E>>(value));
	}
	void string(std::string_view value);
	template <std::size_t n>
	void octets(const std::array<std::uint8_t, n> &value)
	{
		out.append(reinterpret_cast<const char *>(value.data()), n);
	}

private:
	std::string &out;
};

class WireReader {
public:
	explicit WireReader(std::string_view buffer) : in(buffer)
	{
	}

	template <typename T> T integer()
	{
		static_assert(
		    std::is_integral_v<T> && !std::is_same_v<T, bool>);
		T value = 0;
		const char *from = take(sizeof(value));
		if (from != nullptr)
			std::memcpy(&value, from, sizeof(value));
		return (value);
	}
	/* An integer of at most max. */
	template <typename T> T at_most(T max)
	{
		T value = integer<T>();
		if (value > max)
			fail();
		return (good ? value : T{});
	}
	bool boolean();
	/* last: the enumerator with the greatest value. */
	template <typename E> E enumerator(E last)
	{
		using U = std::underlying_type_t<E>;
		return (static_cast<E>(at_most<U>(static_cast<U>(last))));
	}
	/* Points into the buffer; empty when longer than max. */
	std::string_view string(std::size_t max);
	template <std::size_t n> std::array<std::uint8_t, n> octets()
	{
		std::array<std::uint8_t, n> value{};
		const char *from = take(n);
		if (from != nullptr)
			std::memcpy(value.data(), from, n);
		return (value);
	}
	/* All that is left. */
	std::string_view rest();

	/* A value that parsed and cannot be meant. */
	void fail()
	{
		good = false;
	}
	bool ok() const
	{
		return (good);
	}
	/* Everything was read, and all of it was right. */
	bool done() const
	{
		return (good && in.empty());
	}

private:
	const char *take(std::size_t n);

	std::string_view in;
	bool good = true;
};

#endif
