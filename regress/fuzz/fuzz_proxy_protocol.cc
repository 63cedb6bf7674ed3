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
 * The PROXY header, read as a connection reads it: never more is asked for
 * than it has, and in pieces it says the same as in one.
 */

#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "proxy_protocol.h"

extern "C" int
LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
	std::string_view text(reinterpret_cast<const char *>(data), size);
	ProxyHeader whole = parse_proxy_header(text);
	ProxyHeader read = parse_proxy_header({});
	std::size_t have = 0;

	if (whole.size > proxy_header_max)
		abort();
	if (whole.status == ProxyHeader::Status::complete &&
	    (whole.size > size ||
		whole.size != 16u + (data[14] << 8 | data[15])))
		abort();
	while (read.status == ProxyHeader::Status::incomplete && have < size) {
		if (read.size <= have || read.size > proxy_header_max)
			abort();
		/* An octet at a time in the beginning, then what there is. */
		have = std::min(have < 20 ? have + 1 : read.size, size);
		read = parse_proxy_header(text.substr(0, have));
	}
	if (read.status != whole.status || read.source != whole.source)
		abort();
	if (read.status == ProxyHeader::Status::complete && read.size != have)
		abort();
	return (0);
}
