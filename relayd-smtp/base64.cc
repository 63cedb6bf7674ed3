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
#include <cstdint>

#include "base64.h"

std::array<char, 4>
base64_take(std::string_view &octets)
{
	static constexpr char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	std::size_t n = std::min<std::size_t>(octets.size(), 3);
	std::uint8_t in[3] = {0, 0, 0};

	for (std::size_t i = 0; i < n; i++)
		in[i] = static_cast<std::uint8_t>(octets[i]);
	octets.remove_prefix(n);
	return {digits[in[0] >> 2], digits[(in[0] & 3) << 4 | in[1] >> 4],
	    n > 1 ? digits[(in[1] & 15) << 2 | in[2] >> 6] : '=',
	    n > 2 ? digits[in[2] & 63] : '='};
}

void
append_base64(std::string &out, std::string_view octets)
{
	out.reserve(out.size() + base64_size(octets.size()));
	while (!octets.empty()) {
		std::array<char, 4> group = base64_take(octets);
		out.append(group.data(), group.size());
	}
}
