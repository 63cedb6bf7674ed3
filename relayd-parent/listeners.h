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
 * The listening sockets.  The parent binds them, keeps them over reloads, and
 * hands duplicates to every relayd-http.
 */

#ifndef RELAYD_PARENT_LISTENERS_H
#define RELAYD_PARENT_LISTENERS_H

#include <memory>
#include <string>
#include <vector>

#include "config.h"
#include "fd.h"

struct BoundSocket {
	IpAddress address;
	std::uint16_t port;
	Fd fd; /* listening, non-blocking, close-on-exec */
	std::uint64_t number; /* grows with every one that is bound */
	bool is_broken = false; /* another has to take its place */
};

/* A generation's sockets, in the order of its `listen' lines. */
using ListenerSet = std::vector<std::shared_ptr<BoundSocket>>;

/*
 * Binds what bound does not hold already.  Every one that fails is said to
 * the sink with its file and line; then nullopt, and nothing has changed.
 */
std::optional<ListenerSet> bind_listeners(const std::vector<Listen> &listen,
    const ListenerSet &bound, const ConfigSink &sink);

/*
 * Another socket takes the place of one that no longer works for everybody
 * who has it, or may not; they still hold it.  False, and errno: it is as it
 * was.
 */
bool rebind(BoundSocket &socket, const ListenerSet &bound);

#endif
