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
 * Whom a request is from when trusted proxies have passed it on: what they
 * say in X-Forwarded-For, or in Forwarded (RFC 7239), read from the right.
 */

#ifndef RELAYD_HTTP_CLIENT_ADDRESS_H
#define RELAYD_HTTP_CLIENT_ADDRESS_H

#include <optional>
#include <string_view>

#include "address.h"
#include "http_config.h"

/*
 * peer itself unless it is trusted and the field is there.  Else the last
 * address in the field that is not trusted, or, when all are, the first one.
 * What stands before that may be anybody's words and is not looked at.
 * nullopt: what had to be read does not name an address.
 *
 * field_lines: those of a head (HttpHead).
 */
std::optional<IpAddress> client_address(const IpAddress &peer,
    const TrustedProxies &proxies, std::string_view field_lines);

#endif
