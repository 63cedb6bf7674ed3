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

#include <stdlib.h>

#include "compat/compat.h"
#include "ticket_keys.h"

TicketKeyring::TicketKeyring(std::time_t now)
{
	arc4random_buf(ring.session_id.data(), ring.session_id.size());
	rotate(now);
}

bool
TicketKeyring::due(std::time_t now) const
{
	return (now < made_at || now - made_at >= rotation.count());
}

void
TicketKeyring::rotate(std::time_t now)
{
	std::string octets(ticket_key_size, '\0');
	TicketKey fresh;

	arc4random_buf(octets.data(), octets.size());
	fresh.revision = ring.keys.empty() ? 1 : ring.keys.back().revision + 1;
	fresh.key = Secret(std::move(octets));
	if (ring.keys.size() == ticket_keys_max)
		ring.keys.erase(ring.keys.begin());
	ring.keys.push_back(std::move(fresh));
	made_at = now;
}
