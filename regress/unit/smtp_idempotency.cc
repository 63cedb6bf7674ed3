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

TEST_CASE("a repeat is told what became of the first")
{
	struct Case {
		Script::Replies replies;
		Outcome outcome;
	};
	for (const Case &c : {Case{{}, Outcome::accepted},
		 Case{{{"RCPT", "550 5.1.1 no\r\n"}}, Outcome::rejected},
		 Case{{{".", "554 5.7.1 no\r\n"}}, Outcome::rejected},
		 Case{{{".", std::string(Server::hang_up)}},
		     Outcome::unknown}}) {
		INFO((c.replies.empty() ? "" : c.replies[0].reply));
		World world;
		answers(world, c.replies);
		world.commit();
		Web &peer = world.add_peer();
		Submission first = keyed(world.next());
		SubmissionResult was = world.send(peer, first);
		CHECK(was.outcome == c.outcome);
		CHECK_FALSE(was.replay_of);
		std::size_t delivered = world.servers.delivered();

		SubmissionResult again =
		    world.send(peer, keyed(world.next()));
		CHECK(again.outcome == c.outcome);
		REQUIRE(again.replay_of);
		CHECK(*again.replay_of == first.request_id);
		CHECK(again.message_id == was.message_id);
		CHECK(again.message == was.message);
		CHECK(again.code == was.code);
		CHECK(again.enhanced == was.enhanced);
		CHECK(again.reply == was.reply);
		CHECK(again.show_reply == was.show_reply);
		CHECK(again.refused.size() == was.refused.size());
		CHECK(world.servers.delivered() == delivered);
		CHECK(world.engine.at_rest());

		CHECK(world.send(peer, keyed(world.next(), "k", "x")).outcome ==
		    Outcome::other_content);
		CHECK(world.servers.delivered() == delivered);
	}
}

TEST_CASE("another API key's Idempotency-Key is another one")
{
	World world;
	world.commit();
	Web &peer = world.add_peer();
	CHECK(world.send(peer, keyed(world.next())).outcome ==
	    Outcome::accepted);
	Submission other = keyed(world.next());
	other.proof = proof_of("secret of other");
	CHECK_FALSE(world.send(peer, other).replay_of);
	CHECK(world.servers.delivered() == 2);
}

TEST_CASE("what was not sent lets go of its Idempotency-Key")
{
	for (const std::string &reply : {std::string("450 4.2.0 later\r\n"),
		 std::string("421 4.3.2 bye\r\n"),
		 std::string(Server::hang_up)}) {
		INFO(reply);
		World world;
		answers(world, {{"MAIL", reply}});
		world.commit();
		Web &peer = world.add_peer();
		CHECK(world.send(peer, keyed(world.next())).outcome ==
		    Outcome::unavailable);
		answers(world, {});
		world.runner.settle();
		SubmissionResult again =
		    world.send(peer, keyed(world.next(), "k", "changed"));
		CHECK(again.outcome == Outcome::accepted);
		CHECK_FALSE(again.replay_of);
		CHECK(world.servers.delivered() == 1);
	}
}

TEST_CASE("while the first is under way, a repeat is told so")
{
	World world;
	answers(world, {{".", ""}});
	world.commit();
	Web &peer = world.add_peer();
	Submission first = keyed(world.next());
	peer.submit(100, first);
	world.runner.until([&] {
		return (!world.servers.servers.empty() &&
		    world.servers.servers[0]->messages.size() == 1);
	});
	SubmissionResult again = world.send(peer, keyed(world.next()));
	CHECK(again.outcome == Outcome::in_progress);
	CHECK(world.look_up(peer, first.request_id).entry.status ==
	    LedgerStatus::smtp_submission_started);

	world.servers.servers[0]->say("250 2.0.0 ok\r\n");
	world.runner.until([&] { return (peer.results.count(100) != 0); });
	CHECK(world.send(peer, keyed(world.next())).replay_of);
	CHECK(world.servers.delivered() == 1);
}

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

TEST_CASE("a keyed message that is canceled before DATA can be sent again")
{
	World world;
	world.servers.mute = true;
	world.commit();
	Web &peer = world.add_peer();
	peer.submit(100, keyed(world.next()));
	world.runner.until([&] { return (!world.servers.requests.empty()); });
	peer.cancel(100);
	world.runner.until([&] { return (peer.results.count(100) != 0); });
	CHECK(peer.results[100].outcome == Outcome::canceled);
	world.servers.mute = false;
	world.servers.deliver();
	CHECK(world.send(peer, keyed(world.next())).outcome ==
	    Outcome::accepted);
	CHECK(world.servers.delivered() == 1);
}

TEST_CASE("a ledger that is full of keys takes no other, and unkeyed mail goes")
{
	World world;
	world.config.store.records = 2;
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
