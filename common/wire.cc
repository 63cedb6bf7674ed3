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

#include "wire.h"

void
WireWriter::string(std::string_view value)
{
	integer(static_cast<std::uint32_t>(value.size()));
	out.append(value);
}

const char *
WireReader::take(std::size_t n)
{
	if (!good || in.size() < n) {
		good = false;
		return (nullptr);
	}
	const char *at = in.data();
	in.remove_prefix(n);
	return (at);
}

bool
WireReader::boolean()
{
	return (at_most<std::uint8_t>(1) == 1);
}

std::string_view
WireReader::string(std::size_t max)
{
	std::uint32_t length = integer<std::uint32_t>();

	if (length > max)
		good = false;
	const char *from = take(length);
	if (from == nullptr)
		return (std::string_view());
	return (std::string_view(from, length));
}

std::string_view
WireReader::rest()
{
	std::string_view left = good ? in : std::string_view();

	in = std::string_view();
	return (left);
}
