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
 * Which of the API's resources a target names, and which methods it has
 * (api.md's table).
 */

#ifndef RELAYD_HTTP_ROUTES_H
#define RELAYD_HTTP_ROUTES_H

#include <cstdint>
#include <string_view>

#include "http_parser.h"

enum class Resource : std::uint8_t {
	none, /* 404 */
	health,
	readiness,
	key_self,
	send,
	send_bulk,
	submission,
	openapi,
	metrics,
	last
};

/* "/v1/send"; of none: "other". */
const char *resource_name(Resource resource);

struct Route {
	Resource resource = Resource::none;
	/* For 405 when method_allowed is not set: "GET, HEAD" or "POST". */
	std::string_view allow;
	bool method_allowed = false;
	bool head = false; /* the answer goes without its body */
	bool versioned = false; /* below /v1/: source list, limits, key */
	std::string_view id; /* of a submission, as it stands in the path */
};

/* monitor: the listener serves the monitoring resources only. */
Route find_route(const HttpHead &head, bool monitor);

/* The query's dry_run (api.md): `another value', or repeated, is invalid. */
enum class DryRun : std::uint8_t { no, yes, invalid };
DryRun dry_run_of(std::string_view query);

#endif
