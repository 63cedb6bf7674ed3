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
 * X-Forwarded-For and Forwarded, as a trusted proxy passes them on.  The first
 * octet chooses the field, the rest are its lines.  What a client has written
 * to the left of itself must not change who it is, and neither must the way
 * in which a list is spread over lines.
 */

#include <cstdint>
#include <cstdlib>
#include <string>

#include "client_address.h"

namespace {

std::string
field_lines(const std::string &name, const std::string &values)
{
	std::string lines = name + ": ";

	for (char c : values) {
		if (c == '\n')
			lines += "\r\n" + name + ": ";
		else if (static_cast<unsigned char>(c) >= 0x20 || c == '\t')
			lines += c;
	}
	return (lines + "\r\n");
}

std::string
spread(std::string values)
{
	for (char &c : values)
		if (c == ',')
			c = '\n';
	return (values);
}

} /* namespace */

extern "C" int
LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
	static const IpAddress peer = *IpAddress::parse("10.0.0.1");
	TrustedProxies proxies;
	std::string name, values;

	if (size == 0)
		return (0);
	proxies.from = PrefixList({*Prefix::parse("10.0.0.0/8"),
	    *Prefix::parse("2001:db8::/32"), *Prefix::parse("::1")});
	proxies.forwarded = data[0] % 2 != 0;
	name = proxies.forwarded ? "Forwarded" : "X-Forwarded-For";
	values.assign(reinterpret_cast<const char *>(data) + 1, size - 1);
	std::optional<IpAddress> client =
	    client_address(peer, proxies, field_lines(name, values));

	/* Nobody else's words count. */
	if (client_address(*IpAddress::parse("192.0.2.1"), proxies,
		field_lines(name, values)) != IpAddress::parse("192.0.2.1"))
		abort();
	if (!proxies.forwarded &&
	    client_address(peer, proxies,
		field_lines(name, spread(values))) != client)
		abort();
	if (!client || proxies.from.contains(*client))
		return (0);
	for (const char *words : {"", "192.0.2.99, ", "for=192.0.2.99, ",
		 "x, ", "for=\"192.0.2.99\";x=\", ", "\\, ", "\"\\, ",
		 "for=192.0.2.99\n"})
		if (client_address(peer, proxies,
			field_lines(name, words + values)) != client)
			abort();
	return (0);
}
