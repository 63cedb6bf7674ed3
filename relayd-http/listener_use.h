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
 * What a listening socket is for: every connection that is taken from it
 * keeps this, also when a reload changes or closes the listener.
 */

#ifndef RELAYD_HTTP_LISTENER_USE_H
#define RELAYD_HTTP_LISTENER_USE_H

#include <memory>

#include "tls_server.h"

struct ListenerUse {
	bool monitor = false; /* serves the monitoring routes only */
	bool proxy = false; /* connections begin with a PROXY header */
	std::shared_ptr<TlsServer> tls; /* nullptr: plain HTTP */
};

#endif
