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
 * Internet addresses and prefixes: what a peer, a listener and the lists of
 * the configuration are made of.  No names are resolved here.
 */

#ifndef COMMON_ADDRESS_H
#define COMMON_ADDRESS_H

#include <sys/socket.h>

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "result.h"

/*
 * An IPv4 or IPv6 address without a port.  IPv4 is held, and compares equal,
 * as IPv4-mapped IPv6 (::ffff:0:0/96, RFC 4291 2.5.5.2): a mapped peer is an
 * IPv4 peer everywhere.
 */
class IpAddress {
public:
	/* The unspecified address, "::". */
	IpAddress() = default;

	/*
	 * A literal: dotted quad without leading zeros, or IPv6 without
	 * brackets or scope, which alone has a colon.  Asks nobody, so it is
	 * fit for what a client wrote.  Every address that somebody wrote is
	 * read here: what judges it and what uses it read the same.
	 */
	static std::optional<IpAddress> parse(std::string_view text);
	/*
	 * With "%scope" too (interface name or index) when it is link-local.
	 * Asks the kernel for the interface, which no child may: for the
	 * configuration only.
	 */
	static std::optional<IpAddress> parse_scoped(std::string_view text);
	/* nullopt unless AF_INET or AF_INET6. */
	static std::optional<IpAddress> from_sockaddr(
	    const struct sockaddr *address);

	/* For connect(2), bind(2); port in host order. length is set. */
	struct sockaddr_storage to_sockaddr(
	    std::uint16_t port, socklen_t &length) const;

	bool is_v4() const;
	bool is_loopback() const; /* 127.0.0.0/8 or ::1 */
	/* RFC 5952 text; a dotted quad for IPv4; a scope as its index. */
	std::string text() const;
	/* What `limit address' counts: the address, for IPv6 its /64. */
	IpAddress rate_limit_unit() const;

	const std::array<std::uint8_t, 16> &octets() const
	{
		return (bytes);
	}
	std::uint32_t scope() const
	{
		return (scope_id);
	}
	static IpAddress from_octets(const std::array<std::uint8_t, 16> &octets,
	    std::uint32_t scope = 0);

	bool operator==(const IpAddress &) const = default;
	/* Not defaulted: libc++ 16 has no <=> for std::array. */
	std::strong_ordering operator<=>(const IpAddress &other) const
	{
		int order = std::memcmp(
		    bytes.data(), other.bytes.data(), bytes.size());

		return (order != 0 ? order <=> 0 : scope_id <=> other.scope_id);
	}

private:
	std::array<std::uint8_t, 16> bytes{};
	std::uint32_t scope_id = 0;
};

/* An address and a prefix length (RFC 4632, RFC 4291 2.3). */
class Prefix {
public:
	Prefix() = default;
	/*
	 * "192.0.2.0/24", "2001:db8::/32" or a bare address, with a scope as
	 * parse_scoped() has it.  Host bits that are set and IPv4-mapped IPv6
	 * are errors.
	 */
	static Result<Prefix> parse(std::string_view text);
	/*
	 * bits counts in the 128-bit form: an IPv4 /24 is 120, and IPv4 has 96
	 * at least.  Bits of network beyond them are cleared.
	 */
	Prefix(const IpAddress &network, unsigned int bits);

	/* IPv6 prefixes hold no IPv4; one without a scope holds any scope. */
	bool contains(const IpAddress &address) const;
	std::string text() const;
	const IpAddress &network() const
	{
		return (base);
	}
	unsigned int bits() const
	{
		return (length);
	}

	auto operator<=>(const Prefix &) const = default;

private:
	IpAddress base;
	unsigned int length = 0;
};

/* Prefixes that are asked often: what a client wrote may name thousands. */
class PrefixList {
public:
	PrefixList() = default;
	explicit PrefixList(std::vector<Prefix> list);

	/* In a time that hardly grows with their number. */
	bool contains(const IpAddress &address) const;
	bool empty() const
	{
		return (prefixes.empty());
	}
	/* As they were given. */
	const std::vector<Prefix> &all() const
	{
		return (prefixes);
	}

private:
	bool contains_in(std::uint32_t scope, const IpAddress &address) const;

	std::vector<Prefix> prefixes;
	/* Without those that another one holds, by scope and family. */
	std::vector<Prefix> outermost;
};

#endif
