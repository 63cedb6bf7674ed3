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
 * The PROXY protocol's header, version 2 (HAProxy's proxy-protocol.txt 2.2):
 * what a proxy sends before a connection's first octet, to say whose it is.
 */

#ifndef RELAYD_HTTP_PROXY_PROTOCOL_H
#define RELAYD_HTTP_PROXY_PROTOCOL_H

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "address.h"

/* Of the whole header.  The longest in use carry a client's certificate. */
constexpr std::size_t proxy_header_max = 16 + 4096;

struct ProxyHeader {
	enum class Status : std::uint8_t { incomplete, complete, failed };

	Status status = Status::failed;
	/* incomplete: octets that the header has at least; complete: has. */
	std::size_t size = 0;
	/*
	 * complete: the client.  nullopt: none but the proxy itself, whose
	 * health check it is, or none that has an address here.
	 */
	std::optional<IpAddress> source;
	const char *reason = ""; /* failed; quotes nothing of what was sent */
};

/*
 * octets: all that has been read of it; never more than the size that was
 * asked for, so that what follows stays where it is.  At first, that is of
 * parse_proxy_header({}).  What cannot become a header fails at once.
 */
ProxyHeader parse_proxy_header(std::string_view octets);

#endif
