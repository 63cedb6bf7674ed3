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

#include "catch.h"
#include "ticket_keys.h"

TEST_CASE("the ticket key before the newest opens yet")
{
	TicketKeyring ring(0);
	TicketKeyring other(0);

	REQUIRE(ring.keys().keys.size() == 1);
	CHECK(ring.keys().keys[0].revision == 1);
	CHECK(ring.keys().keys[0].key.view().size() == ticket_key_size);
	CHECK(ring.keys().session_id != other.keys().session_id);
	CHECK(!(ring.keys().keys[0].key == other.keys().keys[0].key));

	Secret first = ring.keys().keys[0].key;
	auto session_id = ring.keys().session_id;
	ring.rotate(1);
	REQUIRE(ring.keys().keys.size() == 2);
	CHECK(ring.keys().keys[0].key == first);
	CHECK(ring.keys().keys[1].revision == 2);
	CHECK(!(ring.keys().keys[1].key == first));
	ring.rotate(2);
	REQUIRE(ring.keys().keys.size() == 2);
	CHECK(ring.keys().keys[0].revision == 2);
	CHECK(ring.keys().keys[1].revision == 3);
	CHECK(ring.keys().session_id == session_id);
	CHECK(read_ticket_keys(write_ticket_keys(ring.keys())));
}

TEST_CASE("a ticket key is due by the wall clock")
{
	constexpr std::time_t made = 1'800'000'000;
	constexpr std::time_t rotation = TicketKeyring::rotation.count();
	TicketKeyring ring(made);

	CHECK_FALSE(ring.due(made));
	CHECK_FALSE(ring.due(made + rotation - 1));
	CHECK(ring.due(made + rotation));
	/* The clock was set: far ahead, or back. */
	CHECK(ring.due(made + 86400));
	CHECK(ring.due(made - 1));
	CHECK(ring.due(0));
	ring.rotate(made - 86400);
	CHECK_FALSE(ring.due(made - 86400));
	CHECK(ring.due(made));
	/* Before libtls would give the newest up. */
	CHECK(TicketKeyring::rotation + TicketKeyring::check_interval <
	    ticket_lifetime);
}
