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

#include <sys/types.h>
#include <sys/socket.h>
#include <net/if.h>
#include <netinet/in.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <tuple>

#include "address.h"

namespace {

using Octets = std::array<std::uint8_t, 16>;

constexpr std::array<std::uint8_t, 12> mapped_prefix = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

/* A decimal number without sign or leading zeros, at most max. */
std::optional<std::uint32_t>
parse_decimal(std::string_view text, std::uint32_t max)
{
	std::uint32_t value = 0;

	if (text.empty() || (text.size() > 1 && text[0] == '0'))
		return (std::nullopt);
	auto [end, error] =
	    std::from_chars(text.data(), text.data() + text.size(), value);
	if (error != std::errc() || end != text.data() + text.size() ||
	    value > max)
		return (std::nullopt);
	return (value);
}

/*
 * A dotted quad.  Not left to inet_pton(3): some take leading zeros, which
 * are octal to others, so that 010.0.0.1 would be another host to each.
 */
bool
parse_quad(std::string_view text, std::uint8_t octets[4])
{
	for (int i = 0; i < 4; i++) {
		auto dot = i < 3 ? text.find('.') : text.size();
		if (dot == std::string_view::npos)
			return (false);
		auto number = parse_decimal(text.substr(0, dot), UINT8_MAX);
		if (!number)
			return (false);
		octets[i] = static_cast<std::uint8_t>(*number);
		text.remove_prefix(std::min(dot + 1, text.size()));
	}
	return (true);
}

std::optional<Octets>
parse_octets(std::string_view text)
{
	char literal[INET6_ADDRSTRLEN];
	std::uint8_t quad[4];
	Octets octets{};
	auto colon = text.rfind(':');

	if (colon == std::string_view::npos) {
		if (!parse_quad(text, octets.data() + 12))
			return (std::nullopt);
		std::copy(mapped_prefix.begin(), mapped_prefix.end(),
		    octets.begin());
		return (octets);
	}
	/* inet_pton(3) wants a string; a NUL in text would cut it short. */
	if (text.size() >= sizeof(literal) ||
	    text.find('\0') != std::string_view::npos)
		return (std::nullopt);
	literal[text.copy(literal, sizeof(literal) - 1)] = '\0';
	/* RFC 4291 2.2: a quad may stand for the last 32 bits. */
	auto last = text.substr(colon + 1);
	if (last.find('.') != std::string_view::npos) {
		if (!parse_quad(last, quad))
			return (std::nullopt);
		snprintf(literal + colon + 1, sizeof(literal) - colon - 1,
		    "%x:%x", quad[0] << 8 | quad[1], quad[2] << 8 | quad[3]);
	}
	if (inet_pton(AF_INET6, literal, octets.data()) != 1)
		return (std::nullopt);
	return (octets);
}

std::optional<std::uint32_t>
parse_scope(std::string_view text)
{
	if (auto number = parse_decimal(text, UINT32_MAX))
		return (*number == 0 ? std::nullopt : number);
	if (text.empty() || text.size() >= IF_NAMESIZE ||
	    text.find('\0') != std::string_view::npos)
		return (std::nullopt);
	unsigned int index = if_nametoindex(std::string(text).c_str());
	if (index == 0)
		return (std::nullopt);
	return (index);
}

/* fe80::/10 (RFC 4291 2.4): the same address means a node on every link. */
bool
is_link_local(const Octets &octets)
{
	return (octets[0] == 0xfe && (octets[1] & 0xc0) == 0x80);
}

/* Clears every bit after the first `bits'. */
Octets
mask(Octets octets, unsigned int bits)
{
	for (unsigned int i = 0; i < octets.size(); i++) {
		if (bits >= 8 * (i + 1))
			continue;
		unsigned int kept = bits > 8 * i ? bits - 8 * i : 0;
		octets[i] &= static_cast<std::uint8_t>(0xff00u >> kept);
	}
	return (octets);
}

/* Those of one scope and family together, a prefix before what it holds. */
bool
stands_before(const Prefix &one, const Prefix &other)
{
	auto place = [](const Prefix &prefix) {
		const IpAddress &network = prefix.network();

		return (std::tuple(network.scope(), network.is_v4(),
		    network.octets(), prefix.bits()));
	};

	return (place(one) < place(other));
}

} /* namespace */

std::optional<IpAddress>
IpAddress::parse(std::string_view text)
{
	auto octets = parse_octets(text);
	if (!octets)
		return (std::nullopt);
	return (from_octets(*octets));
}

std::optional<IpAddress>
IpAddress::parse_scoped(std::string_view text)
{
	auto percent = text.find('%');
	auto address = parse(text.substr(0, percent));
	if (!address || percent == std::string_view::npos)
		return (address);
	auto scope = parse_scope(text.substr(percent + 1));
	if (!scope || !is_link_local(address->bytes))
		return (std::nullopt);
	address->scope_id = *scope;
	return (address);
}

std::optional<IpAddress>
IpAddress::from_sockaddr(const struct sockaddr *address)
{
	IpAddress result;

	/* Copied out: what is given need not be aligned for its family. */
	if (address->sa_family == AF_INET) {
		struct sockaddr_in in;
		memcpy(&in, address, sizeof(in));
		std::copy(mapped_prefix.begin(), mapped_prefix.end(),
		    result.bytes.begin());
		memcpy(result.bytes.data() + 12, &in.sin_addr, 4);
		return (result);
	}
	if (address->sa_family == AF_INET6) {
		struct sockaddr_in6 in6;
		memcpy(&in6, address, sizeof(in6));
		memcpy(result.bytes.data(), &in6.sin6_addr, 16);
		if (is_link_local(result.bytes))
			result.scope_id = in6.sin6_scope_id;
		return (result);
	}
	return (std::nullopt);
}

IpAddress
IpAddress::from_octets(const Octets &octets, std::uint32_t scope)
{
	IpAddress result;

	result.bytes = octets;
	result.scope_id = is_link_local(octets) ? scope : 0;
	return (result);
}

struct sockaddr_storage
IpAddress::to_sockaddr(std::uint16_t port, socklen_t &length) const
{
	struct sockaddr_storage storage;
	struct sockaddr_in6 in6 = {};
	struct sockaddr_in in = {};

	memset(&storage, 0, sizeof(storage));
	if (is_v4()) {
		in.sin_family = AF_INET;
		in.sin_port = htons(port);
		memcpy(&in.sin_addr, bytes.data() + 12, 4);
		memcpy(&storage, &in, sizeof(in));
		length = sizeof(in);
	} else {
		in6.sin6_family = AF_INET6;
		in6.sin6_port = htons(port);
		in6.sin6_scope_id = scope_id;
		memcpy(&in6.sin6_addr, bytes.data(), 16);
		memcpy(&storage, &in6, sizeof(in6));
		length = sizeof(in6);
	}
	return (storage);
}

bool
IpAddress::is_v4() const
{
	return (std::equal(
	    mapped_prefix.begin(), mapped_prefix.end(), bytes.begin()));
}

bool
IpAddress::is_loopback() const
{
	constexpr Octets v6_loopback = {
	    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};

	return (is_v4() ? bytes[12] == 127 : bytes == v6_loopback);
}

std::string
IpAddress::text() const
{
	char buffer[INET6_ADDRSTRLEN];

	if (is_v4())
		inet_ntop(AF_INET, bytes.data() + 12, buffer, sizeof(buffer));
	else
		inet_ntop(AF_INET6, bytes.data(), buffer, sizeof(buffer));
	std::string result = buffer;
	if (scope_id != 0)
		result += "%" + std::to_string(scope_id);
	return (result);
}

IpAddress
IpAddress::rate_limit_unit() const
{
	if (is_v4())
		return (*this);
	return (from_octets(mask(bytes, 64), scope_id));
}

Prefix::Prefix(const IpAddress &network, unsigned int bits)
    : length(std::clamp(bits, network.is_v4() ? 96u : 0u, 128u))
{
	base = IpAddress::from_octets(
	    mask(network.octets(), length), network.scope());
}

Result<Prefix>
Prefix::parse(std::string_view text)
{
	auto slash = text.find('/');
	auto literal = text.substr(0, slash);
	auto address = IpAddress::parse_scoped(literal);
	if (!address)
		return (Error{"not an IP address, nor a prefix such as "
			      "192.0.2.0/24 or 2001:db8::/32"});
	if (address->is_v4() && literal.find(':') != std::string_view::npos)
		return (Error{"IPv4-mapped IPv6 is matched as IPv4: write " +
		    address->text()});

	unsigned int width = address->is_v4() ? 32 : 128;
	unsigned int bits = width;
	if (slash != std::string_view::npos) {
		auto written = parse_decimal(text.substr(slash + 1), width);
		if (!written)
			return (Error{"a prefix length of 0 to " +
			    std::to_string(width) + " must follow the /"});
		bits = *written;
	}
	Prefix prefix(*address, bits + 128 - width);
	if (prefix.base != *address)
		return (Error{"host bits are set: write " + prefix.text() +
		    ", or the address alone"});
	return (prefix);
}

bool
Prefix::contains(const IpAddress &address) const
{
	/* ::/0 is all of IPv6, and none of IPv4, mapped as that may be. */
	if (base.is_v4() != address.is_v4())
		return (false);
	if (base.scope() != 0 && base.scope() != address.scope())
		return (false);
	return (mask(address.octets(), length) == base.octets());
}

std::string
Prefix::text() const
{
	unsigned int bits = base.is_v4() ? length - 96 : length;

	return (base.text() + "/" + std::to_string(bits));
}

PrefixList::PrefixList(std::vector<Prefix> list) : prefixes(std::move(list))
{
	std::vector<Prefix> sorted = prefixes;

	std::sort(sorted.begin(), sorted.end(), stands_before);
	/* Two prefixes have nothing in common, or one holds the other. */
	for (const Prefix &prefix : sorted)
		if (outermost.empty() ||
		    !outermost.back().contains(prefix.network()))
			outermost.push_back(prefix);
}

/* Only the last one that does not begin behind an address may hold it. */
bool
PrefixList::contains_in(std::uint32_t scope, const IpAddress &address) const
{
	Prefix place(IpAddress::from_octets(address.octets(), scope), 128);
	auto behind = std::upper_bound(
	    outermost.begin(), outermost.end(), place, stands_before);

	return (behind != outermost.begin() &&
	    std::prev(behind)->contains(address));
}

bool
PrefixList::contains(const IpAddress &address) const
{
	return (contains_in(0, address) ||
	    (address.scope() != 0 && contains_in(address.scope(), address)));
}
