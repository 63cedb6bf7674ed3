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
 * Request ids: "req_" and a ULID, 26 characters of Crockford's base32: 48
 * bits of milliseconds since 1970 and 80 random bits.
 */

#ifndef COMMON_REQUEST_ID_H
#define COMMON_REQUEST_ID_H

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

class RequestId {
public:
	static constexpr std::size_t length = 30;

	/* "req_" and 26 upper-case characters of the alphabet, else nullopt. */
	static std::optional<RequestId> parse(std::string_view text);

	std::string_view text() const
	{
		return (std::string_view(characters.data(), length));
	}
	bool operator==(const RequestId &) const = default;
	/* Not defaulted: libc++ 16 has no <=> for std::array. */
	std::strong_ordering operator<=>(const RequestId &other) const
	{
		return (text() <=> other.text());
	}

private:
	friend class RequestIdSource;
	std::array<char, length> characters{};
};

/*
 * Makes ids that grow: within one millisecond, or when the clock steps back,
 * the random part of the last one is incremented.
 */
class RequestIdSource {
public:
	RequestId next(); /* of this moment */
	RequestId next(std::uint64_t ms_since_1970);

private:
	void draw();

	std::uint64_t last_ms = 0;
	std::array<std::uint8_t, 10> random{};
	std::array<std::uint8_t, 640> reserve{}; /* random octets */
	std::size_t unused = reserve.size(); /* from here on */
};

#endif
