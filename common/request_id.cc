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

#include <stdlib.h>
#include <time.h>

#include <algorithm>
#include <cstring>

#include "request_id.h"

namespace {

constexpr char base32[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::string_view prefix = "req_";

std::uint64_t
now_ms()
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (static_cast<std::uint64_t>(now.tv_sec) * 1000 +
	    static_cast<std::uint64_t>(now.tv_nsec) / 1000000);
}

} /* namespace */

std::optional<RequestId>
RequestId::parse(std::string_view text)
{
	RequestId id;

	if (text.size() != length || !text.starts_with(prefix))
		return (std::nullopt);
	/* 26 characters hold 130 bits: the first may not pass 7. */
	if (text[prefix.size()] > '7')
		return (std::nullopt);
	for (char c : text.substr(prefix.size())) {
		if (std::memchr(base32, c, sizeof(base32) - 1) == nullptr)
			return (std::nullopt);
	}
	std::copy(text.begin(), text.end(), id.characters.begin());
	return (id);
}

/* On Linux arc4random(3) is a system call: many ids share one. */
void
RequestIdSource::draw()
{
	if (unused + random.size() > reserve.size()) {
		arc4random_buf(reserve.data(), reserve.size());
		unused = 0;
	}
	std::copy_n(reserve.begin() + unused, random.size(), random.begin());
	unused += random.size();
}

RequestId
RequestIdSource::next()
{
	return (next(now_ms()));
}

RequestId
RequestIdSource::next(std::uint64_t ms)
{
	if (ms > last_ms) {
		last_ms = ms;
		draw();
		/* Room to count up without a carry into the time. */
		random[0] &= 0x7f;
	} else {
		for (std::size_t i = random.size(); i-- > 0;) {
			if (++random[i] != 0)
				break;
		}
	}

	RequestId id;
	std::copy(prefix.begin(), prefix.end(), id.characters.begin());
	char *out = id.characters.data() + prefix.size();
	for (int i = 0; i < 10; i++)
		out[i] = base32[last_ms >> (45 - 5 * i) & 31];
	out += 10;
	/* 80 bits: two groups of five octets, eight characters each. */
	for (std::size_t group = 0; group < 2; group++) {
		std::uint64_t bits = 0;
		for (std::size_t i = 0; i < 5; i++)
			bits = bits << 8 | random[5 * group + i];
		for (int i = 0; i < 8; i++)
			*out++ = base32[bits >> (35 - 5 * i) & 31];
	}
	return (id);
}
