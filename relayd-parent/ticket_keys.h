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
 * The keys that TLS session tickets are sealed with: made here, and given to
 * every relayd-http, so that a session goes on with whichever of them accepts
 * the next connection.
 */

#ifndef RELAYD_PARENT_TICKET_KEYS_H
#define RELAYD_PARENT_TICKET_KEYS_H

#include <ctime>

#include "messages.h"

class TicketKeyring {
public:
	/* The newest seals for so long; it opens for ticket_lifetime. */
	static constexpr std::chrono::seconds rotation = ticket_lifetime / 2;
	/* How often due() is to be asked. */
	static constexpr std::chrono::minutes check_interval{1};

	/* Has a session id, and one key, made now. */
	explicit TicketKeyring(std::time_t now);
	/*
	 * The newest has sealed for long enough.  libtls ages keys by the
	 * wall clock too, and fails handshakes without one that seals: so a
	 * clock that jumps makes a new one due.
	 */
	bool due(std::time_t now) const;
	/* A new key; the one before it opens yet, older ones are cleared. */
	void rotate(std::time_t now);
	const TicketKeys &keys() const
	{
		return (ring);
	}

private:
	TicketKeys ring;
	std::time_t made_at = 0; /* the newest */
};

#endif
