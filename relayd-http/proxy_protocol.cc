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
#include <array>

#include "proxy_protocol.h"

namespace {

constexpr std::string_view signature("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr std::size_t fixed_size = 16; /* up to the length, with it */
constexpr std::uint8_t version_2 = 0x20;
constexpr std::uint8_t command_local = 0x0;
constexpr std::uint8_t command_proxy = 0x1;
constexpr std::uint8_t tcp_over_ipv4 = 0x11;
constexpr std::uint8_t tcp_over_ipv6 = 0x21;
/* Two addresses and two ports. */
constexpr std::size_t ipv4_size = 12;
constexpr std::size_t ipv6_size = 36;

std::uint8_t
octet(std::string_view octets, std::size_t at)
{
	return (static_cast<std::uint8_t>(octets[at]));
}

ProxyHeader
failed(const char *reason)
{
	ProxyHeader header;

	header.reason = reason;
	return (header);
}

ProxyHeader
incomplete(std::size_t size)
{
	ProxyHeader header;

	header.status = ProxyHeader::Status::incomplete;
	header.size = size;
	return (header);
}

ProxyHeader
complete(std::size_t size, std::optional<IpAddress> source)
{
	ProxyHeader header;

	header.status = ProxyHeader::Status::complete;
	header.size = size;
	header.source = source;
	return (header);
}

/* The first of the addresses, of so many octets. */
IpAddress
source_address(std::string_view addresses, std::size_t size)
{
	/* IPv4 is held as ::ffff:0:0/96. */
	std::array<std::uint8_t, 16> octets = {
	    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

	std::copy_n(addresses.begin(), size, octets.end() - size);
	return (IpAddress::from_octets(octets));
}

/* The family and the transport are known ones, if not to us. */
bool
is_assigned(std::uint8_t family)
{
	return ((family >> 4) <= 0x3 && (family & 0x0f) <= 0x2);
}

/* What the address block says, once all of it is there. */
ProxyHeader
parse_addresses(std::uint8_t family, std::string_view block, std::size_t size)
{
	switch (family) {
	case tcp_over_ipv4:
		if (block.size() < ipv4_size)
			return (failed("it has no room for its addresses"));
		return (complete(size, source_address(block, 4)));
	case tcp_over_ipv6:
		if (block.size() < ipv6_size)
			return (failed("it has no room for its addresses"));
		return (complete(size, source_address(block, 16)));
	default:
		/* UNSPEC, and as UNSPEC what cannot be a client of ours. */
		if (!is_assigned(family))
			return (failed("its family or transport is unknown"));
		return (complete(size, std::nullopt));
	}
}

} /* namespace */

ProxyHeader
parse_proxy_header(std::string_view octets)
{
	std::string_view begin = octets.substr(0, signature.size());

	if (begin != signature.substr(0, begin.size()))
		return (failed(begin.substr(0, 5) == "PROXY"
			? "it is of version 1, and version 2 is needed"
			: "there is none"));
	if (octets.size() < fixed_size)
		return (incomplete(fixed_size));

	std::uint8_t command = octet(octets, 12) & 0x0f;
	std::size_t size = fixed_size + static_cast<std::size_t>(
	    octet(octets, 14) << 8 | octet(octets, 15));
	if ((octet(octets, 12) & 0xf0) != version_2)
		return (failed("its version is not 2"));
	if (command != command_local && command != command_proxy)
		return (failed("its command is unknown"));
	if (size > proxy_header_max)
		return (failed("it is longer than 4112 octets"));
	if (octets.size() < size)
		return (incomplete(size));
	/* Of a health check nothing else counts, not even the family. */
	if (command == command_local)
		return (complete(size, std::nullopt));
	/* What stands behind the addresses (TLVs) tells us nothing. */
	return (parse_addresses(octet(octets, 13),
	    octets.substr(fixed_size, size - fixed_size), size));
}
