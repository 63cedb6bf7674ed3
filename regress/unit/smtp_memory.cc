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

#include <tls.h>

/* `max memory' counts what a submission takes, not only what was sent of it. */

#include <string>
#include <vector>

#include "catch.h"
#include "smtp_world.h"

using namespace fixture;

namespace {

constexpr std::size_t memory = 4 * 1024 * 1024;

/* How many submissions are held before one is refused. */
std::size_t
held(std::size_t recipients_of_each)
{
	World world;
	world.config.max_memory = memory;
	world.config.keys[0].max_recipients = recipients_limit;
	world.servers.mute = true; /* no connection: all of them wait */
	world.commit();
	Web &web = world.add_peer();
	for (std::uint64_t id = 1;; id++) {
		web.submit(id, world.next(recipients(recipients_of_each)));
		world.runner.settle();
		if (web.results.count(id) != 0) {
			CHECK(web.results[id].outcome == Outcome::overloaded);
			return (id - 1);
		}
		REQUIRE(id < 100000);
	}
}

} /* namespace */

TEST_CASE("recipients count against memory as what they take")
{
	/* In the permit as an address and a recipient, and in the result. */
	std::size_t of_each = recipients_limit *
	    (sizeof(MailAddress) + sizeof(Recipient) +
		sizeof(RefusedRecipient) + sizeof(std::string_view));
	std::size_t count = held(recipients_limit);
	/* One that comes when there is any room may go beyond it. */
	CHECK((count - 1) * of_each < memory);
	CHECK(count >= 8);
}

TEST_CASE("what has one recipient counts little more than what it is")
{
	std::size_t count = held(1);
	CHECK(count * sizeof(Transaction) < memory);
	CHECK(count * 2 * sizeof(Transaction) > memory);
}

TEST_CASE("what is counted is what is taken")
{
	SmtpConfig config = make_config();
	config.keys[0].max_recipients = recipients_limit;
	for (std::size_t count : {std::size_t{1}, std::size_t{100},
		 recipients_limit}) {
		auto message = make_transaction(
		    config, make_submission(1, recipients(count)));
		std::size_t size = memory_of(*message);
		std::size_t addresses =
		    count * (sizeof(MailAddress) + sizeof(Recipient));
		CHECK(size > sizeof(Transaction) + addresses +
			message->octets.size());
		CHECK(size < sizeof(Transaction) + 8192 +
			4 * (addresses + message->octets.size()));
	}
}
