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
 * A configuration in force, with what is made from it.  Every request holds
 * the one under which it started until it is answered.
 */

#ifndef RELAYD_HTTP_SERVING_CONFIG_H
#define RELAYD_HTTP_SERVING_CONFIG_H

#include <memory>
#include <vector>

#include "api_keys.h"
#include "http_config.h"
#include "tls_server.h"

/* Of each listener; nullptr for plain HTTP. */
using TlsServers = std::vector<std::shared_ptr<TlsServer>>;

struct ServingConfig {
	explicit ServingConfig(HttpConfig parsed, TlsServers servers = {})
	    : config(std::move(parsed)), keys(config.keys),
	      tls(std::move(servers))
	{
	}
	ServingConfig(const ServingConfig &) = delete;
	ServingConfig &operator=(const ServingConfig &) = delete;

	const HttpConfig config;
	const KeyTable keys; /* points into config */
	const TlsServers tls;
};

using SharedConfig = std::shared_ptr<const ServingConfig>;

#endif
