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

/* Idempotency-Keys, from relayd-http's question to relayd-smtp's answer. */

#include "catch.h"
#include "smtp_world.h"

using namespace fixture;
using std::chrono::milliseconds;

namespace {

Submission
keyed(Submission submission, const std::string &key = "k",
    const std::string &text = "text")
{
	submission.idempotency = IdempotencyMark{sha256(key), sha256(text)};
	return (submission);
}

/* A server that answers a command as the replies say. */
void
answers(World &world, Script::Replies replies)
{
	world.servers.scripts[0] = [replies] { return (Script(replies)); };
}

} /* namespace */

TEST_CASE("a late reply is what repeats are told then")
{
	struct Case {
		const char *reply;
		Outcome outcome;
		bool replayed;
	};
	for (const Case &c : {Case{"250 2.0.0 ok\r\n", Outcome::accepted, true},
		 Case{"550 5.7.1 no\r\n", Outcome::rejected, true},
		 Case{"451 4.3.0 no\r\n", Outcome::accepted, false}}) {
		INFO(c.reply);
		World world;
		world.config.relays[0].timeout_submission = milliseconds(50);
		answers(world, {{".", ""}});
		world.commit();
		Web &peer = world.add_peer();
		CHECK(world.send(peer, keyed(world.next())).outcome ==
		    Outcome::unknown);
		CHECK(world.send(peer, keyed(world.next())).outcome ==
		    Outcome::unknown);
		answers(world, {});
		world.servers.servers[0]->say(c.reply);
		world.runner.settle();
		SubmissionResult now = world.send(peer, keyed(world.next()));
		CHECK(now.outcome == c.outcome);
		CHECK(now.replay_of.has_value() == c.replayed);
	}
}

TEST_CASE("a ledger that is full of keys takes no other, and unkeyed mail goes")
{
	World world;
	/* Half of what there is, for one key. */
	world.config.keys.resize(1);
	world.config.store.records = 4;
	world.commit();
	Web &peer = world.add_peer();
	for (const char *key : {"a", "b"})
		CHECK(world.send(peer, keyed(world.next(), key)).outcome ==
		    Outcome::accepted);
	CHECK(world.send(peer, keyed(world.next(), "c")).outcome ==
	    Outcome::store_unavailable);
	CHECK(world.send(peer, keyed(world.next(), "a")).replay_of);
	CHECK(world.send(peer).outcome == Outcome::accepted);
	CHECK(world.servers.delivered() == 3);
}
