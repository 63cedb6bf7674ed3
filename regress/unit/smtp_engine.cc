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

#include <sys/types.h>
#include <sys/socket.h>

#include <errno.h>

#include <string>
#include <vector>

#include "catch.h"
#include "smtp_world.h"

using namespace fixture;
using Replies = Script::Replies;
using std::chrono::milliseconds;

TEST_CASE("a captured relayd-http can send what the policy allows, no more")
{
	World world;
	world.config.recipients = RecipientPolicy();
	REQUIRE(world.config.recipients.add("example.org"));
	REQUIRE(world.config.recipients.add("example.net"));
	world.config.keys[0].recipients = RecipientPolicy();
	REQUIRE(world.config.keys[0].recipients->add("example.org"));
	world.config.keys[0].max_recipients = 3;
	world.config.keys.push_back(make_key("off", "secret of off"));
	world.config.keys.back().enabled = false;
	world.commit();
	Web &peer = world.add_peer();

	auto refused = [&](Submission s, Outcome outcome,
			   std::string_view field) {
		RequestId id = s.request_id;
		KeyProof proof = s.proof;
		SubmissionResult result = world.send(peer, std::move(s));
		CHECK(result.outcome == outcome);
		CHECK(result.field == field);
		LedgerAnswer found = world.look_up(peer, id);
		if (proof == proof_of("secret of billing")) {
			REQUIRE(found.kind == LedgerAnswer::Kind::found);
			CHECK(found.entry.status == LedgerStatus::rejected);
		} else
			CHECK(found.kind == LedgerAnswer::Kind::not_found);
	};

	Submission s = world.next();
	s.proof = proof_of("guess");
	refused(s, Outcome::forbidden, "");
	/* The digests that it does not know would have to be known. */
	s = world.next();
	s.proof = world.config.keys[1].digests[0];
	refused(s, Outcome::forbidden, "");
	s = world.next();
	s.proof = proof_of("secret of off");
	refused(s, Outcome::forbidden, "");

	refused(world.next({"a@example.net"}), Outcome::invalid, "to[0]");
	refused(world.next({"a@example.org", "b@evil.example"}),
	    Outcome::invalid, "to[1]");
	s = world.next();
	s.cc = {"a@sub.example.org"};
	refused(s, Outcome::invalid, "cc[0]");
	refused(world.next({"a@example.org", "b@example.org", "c@example.org",
		    "d@example.org"}), Outcome::invalid, "to");
	for (const char *bad : {"a@example.org>\r\nRCPT TO:<x@example.net",
		 "a@example.org\r\nDATA", "<a@example.org>", "", "a",
		 "@example.org:b@example.org", "a@example.org\n"})
		refused(world.next({bad}), Outcome::invalid, "to[0]");
	s = world.next();
	s.reply_to = {"a@example.org\r\nBcc: x@example.net"};
	refused(s, Outcome::invalid, "reply_to[0]");
	s.reply_to = {"a@example.net", "a@[192.0.2.1]"};
	s.request_id = world.next().request_id;
	refused(s, Outcome::invalid, "reply_to[1]");

	for (const char *bad : {"x\r\nBcc: y@example.net", "x\ny", "x\ry",
		 "\x01", "\x7f", "\xff", "x\xe2\x80\xa8y"}) {
		s = world.next();
		s.subject = bad;
		refused(s, Outcome::invalid, "subject");
		s = world.next();
		s.from_name = bad;
		refused(s, Outcome::invalid, "from_name");
	}
	s = world.next();
	s.subject = std::string(256, 'x');
	refused(s, Outcome::invalid, "subject");
	s = world.next();
	s.from_name = std::string(129, 'x');
	refused(s, Outcome::invalid, "from_name");

	for (const char *bad : {"Bcc: a@example.net\r\n\r\nx",
		 "Content-Type: a\r\nFrom: a@example.net\r\n\r\nx",
		 "Content-Type: a\r\n\r\nx\xff", "no header",
		 "Content-Type: a\r\n\r\nx\r.\r\n"}) {
		s = world.next();
		s.content = bad;
		refused(s, Outcome::invalid, "");
	}
	CHECK(world.servers.requests.empty());

	/* An id of its own, used twice, overwrites nothing. */
	s = world.next();
	CHECK(world.send(peer, s).outcome == Outcome::accepted);
	std::int64_t first = world.look_up(peer, s.request_id).entry.created_ms;
	world.runner.run_for(milliseconds(5));
	CHECK(world.send(peer, s).outcome == Outcome::accepted);
	CHECK(world.look_up(peer, s.request_id).entry.created_ms == first);
	/* Nor does another key's. */
	s.proof = proof_of("secret of other");
	CHECK(world.send(peer, s).outcome == Outcome::accepted);
	CHECK(world.servers.delivered() == 3);
}

TEST_CASE("limits are counted again, and generously")
{
	World world;
	world.config.timeout_request = std::chrono::seconds(2);
	/* One a second, two at once: with what two seconds give, five. */
	world.config.keys[0].limit = {1, 1000000000, 2};
	world.commit();
	Web &peer = world.add_peer();

	for (int i = 0; i < 5; i++)
		CHECK(world.send(peer).outcome == Outcome::accepted);
	SubmissionResult result = world.send(peer);
	CHECK(result.outcome == Outcome::rate_limited);
	CHECK(result.retry_after_ns > 0);
	CHECK(result.retry_after_ns <= 1000000000);

	/* After a commit the larger limit counts for a while. */
	world.config.keys[0].limit = {1, 1000000000, 100};
	world.commit();
	CHECK(world.send(peer).outcome == Outcome::accepted);
	world.config.keys[0].limit = {1, 1000000000, 1};
	world.commit();
	CHECK(world.send(peer).outcome == Outcome::accepted);
}

TEST_CASE("the next relay is tried, and the first one when it is back")
{
	World world;
	world.config.relays.push_back(make_relay("backup.example"));
	world.servers.errors[0] = ECONNREFUSED;
	world.commit();
	Web &peer = world.add_peer();

	SubmissionResult result = world.send(peer);
	CHECK(result.outcome == Outcome::accepted);
	CHECK(result.relay == "backup.example");
	REQUIRE(world.servers.requests.size() == 2);
	CHECK(world.servers.requests[0].relay == 0);
	CHECK(world.servers.requests[0].generation == world.config.generation);
	CHECK(world.servers.requests[1].relay == 1);
	/* Down: nobody waits for it any more. */
	CHECK(world.send(peer).relay == "backup.example");
	CHECK(world.servers.requests.size() == 2);
	CHECK(world.ready(peer));

	/* Once a second it is looked for. */
	world.servers.errors[0] = 0;
	world.runner.run_for(probe_interval - milliseconds(1));
	CHECK(world.send(peer).relay == "backup.example");
	CHECK(world.servers.requests.size() == 2);
	world.runner.run_for(milliseconds(1));
	CHECK(world.send(peer).relay == "mx.example");
	CHECK(world.servers.requests.size() == 3);
}

TEST_CASE("every address of a relay is tried")
{
	World world;
	world.servers.addresses = 3;
	int made = 0;
	world.servers.scripts[0] = [&made] {
		return (++made < 3 ? Script(Replies{{"CONNECT", "554 no\r\n"}})
		                   : Script());
	};
	world.commit();
	Web &peer = world.add_peer();
	CHECK(world.send(peer).outcome == Outcome::accepted);
	REQUIRE(world.servers.requests.size() == 3);
	CHECK(world.servers.requests[2].attempt == 2);
}

TEST_CASE("no relay at all")
{
	World world;
	world.servers.scripts[0] = [] {
		return (Script(Replies{{"CONNECT", "554 5.3.2 no\r\n"}}));
	};
	world.commit();
	Web &peer = world.add_peer();
	Submission submission = world.next();
	RequestId id = submission.request_id;

	SubmissionResult result = world.send(peer, submission);
	/* Not of the message: it may go out later. */
	CHECK(result.outcome == Outcome::unavailable);
	CHECK(result.stage == Stage::greeting);
	CHECK(result.code == 554);
	CHECK(result.enhanced == "5.3.2");
	CHECK(result.relay == "mx.example");
	LedgerAnswer found = world.look_up(peer, id);
	CHECK(found.entry.status == LedgerStatus::smtp_failed);
	CHECK(found.entry.code == "smtp_unavailable");
	CHECK_FALSE(world.ready(peer));

	/* At once, and with one probe a second at most. */
	for (int i = 0; i < 20; i++)
		CHECK(world.send(peer).outcome == Outcome::unavailable);
	CHECK(world.servers.requests.size() == 1);
	world.runner.run_for(3 * probe_interval);
	CHECK(world.servers.requests.size() == 4);
}

TEST_CASE("a limit on connections is no failure while one works")
{
	World world;
	world.config.relays[0].connections = 5;
	int made = 0;
	world.servers.scripts[0] = [&made] {
		return (++made == 1 ? Script()
		    : Script(Replies{{"CONNECT", "421 too many\r\n"}}));
	};
	world.commit();
	Web &peer = world.add_peer();
	for (std::uint64_t i = 100; i < 120; i++)
		peer.submit(i, world.next());
	world.runner.until([&] { return (peer.results.size() == 20); });
	for (const auto &[id, result] : peer.results)
		CHECK(result.outcome == Outcome::accepted);
	CHECK(world.servers.delivered() == 20);
}

TEST_CASE("servers that close idle connections lose nothing")
{
	World world;
	world.commit();
	Web &peer = world.add_peer();
	for (int i = 0; i < 10; i++) {
		CHECK(world.send(peer).outcome == Outcome::accepted);
		/* In the same turn as the next message, or before it. */
		world.servers.servers.back()->close();
		if (i % 2 == 0)
			world.runner.settle();
	}
	CHECK(world.servers.delivered() == 10);
}

TEST_CASE("an unknown outcome, and the late reply that corrects it")
{
	struct Case {
		std::string reply;
		LedgerStatus status;
		std::string code;
	};
	for (const Case &c : {Case{"250 2.0.0 done\r\n",
		     LedgerStatus::smtp_accepted, ""},
		 Case{"550 5.7.1 spam\r\n", LedgerStatus::smtp_failed,
		     "smtp_rejected"},
		 Case{"451 4.3.0 later\r\n", LedgerStatus::smtp_failed,
		     "smtp_unavailable"},
		 Case{"354 what\r\n", LedgerStatus::smtp_outcome_unknown,
		     "smtp_outcome_unknown"},
		 Case{"\x01", LedgerStatus::smtp_outcome_unknown,
		     "smtp_outcome_unknown"}}) {
		World world;
		world.config.relays[0].timeout_submission = milliseconds(30);
		world.servers.scripts[0] = [] {
			return (Script(Replies{{".", ""}}));
		};
		world.commit();
		Web &peer = world.add_peer();
		Submission submission = world.next();
		RequestId id = submission.request_id;
		SubmissionResult result = world.send(peer, submission);
		CHECK(result.outcome == Outcome::unknown);
		CHECK_FALSE(result.message_id.empty());
		CHECK(result.stage == Stage::reply);
		LedgerEntry entry = world.look_up(peer, id).entry;
		CHECK(entry.status == LedgerStatus::smtp_outcome_unknown);
		CHECK(entry.code == "smtp_outcome_unknown");

		world.servers.servers[0]->say(c.reply);
		world.runner.settle();
		entry = world.look_up(peer, id).entry;
		CHECK(entry.status == c.status);
		CHECK(entry.code == c.code);
		CHECK(peer.results.size() == 1);
		/* It no longer counts in the pool. */
		CHECK(world.send(peer).connection == 2);
	}
}

TEST_CASE("the oldest that waits for a late reply makes room")
{
	World world;
	world.config.relays[0].timeout_submission = milliseconds(20);
	world.servers.scripts[0] = [] {
		return (Script(Replies{{".", ""}}));
	};
	world.commit();
	Web &peer = world.add_peer();
	for (int i = 0; i < 4; i++)
		CHECK(world.send(peer).outcome == Outcome::unknown);
	world.runner.until([&] {
		return (world.servers.servers[1]->saw_end);
	});
	CHECK(world.servers.servers[0]->saw_end);
	CHECK_FALSE(world.servers.servers[2]->saw_end);
	CHECK_FALSE(world.servers.servers[3]->saw_end);
}

TEST_CASE("who waits too long for a connection is told so")
{
	World world;
	world.servers.mute = true;
	world.commit();
	Web &peer = world.add_peer();
	peer.submit(1, world.next());
	world.runner.run_for(
	    world.config.relays[0].timeout_submission - milliseconds(1));
	CHECK(peer.results.empty());
	world.runner.run_for(milliseconds(1));
	REQUIRE(peer.results.size() == 1);
	const SubmissionResult &result = peer.results[1];
	CHECK(result.outcome == Outcome::unavailable);
	CHECK(result.stage == Stage::connect);
	CHECK(result.code == 0);
}

TEST_CASE("a cancel ends what is not sent")
{
	World world;
	world.servers.mute = true;
	world.commit();
	Web &peer = world.add_peer();
	peer.submit(1, world.next());
	peer.submit(2, world.next());
	peer.cancel(1);
	peer.cancel(77);
	world.runner.until([&] { return (peer.results.count(1) != 0); });
	CHECK(peer.results[1].outcome == Outcome::canceled);
	world.servers.deliver();
	world.runner.until([&] { return (peer.results.count(2) != 0); });
	CHECK(peer.results[2].outcome == Outcome::accepted);
	CHECK(world.servers.delivered() == 1);
}

TEST_CASE("who lost its connection is not sent when its client has gone")
{
	for (std::uint32_t relays : {1, 2}) {
		World world;
		world.servers.scripts[0] = [] {
			return (Script(Replies{{"MAIL", "250 ok\r\n"},
			    {"MAIL", ""}}));
		};
		if (relays == 2)
			world.config.relays.push_back(make_relay("mx2.example"));
		world.commit();
		Web &peer = world.add_peer();
		CHECK(world.send(peer).outcome == Outcome::accepted);
		peer.submit(100, world.next());
		world.runner.settle();
		peer.cancel(100);
		world.runner.settle();
		CHECK(peer.results.empty() == false);
		world.servers.errors[0] = relays == 2 ? ECONNREFUSED : 0;
		world.servers.servers[0]->say(Server::hang_up);
		world.runner.until(
		    [&] { return (peer.results.count(100) != 0); });
		CHECK(peer.results[100].outcome == Outcome::canceled);
		CHECK(world.servers.delivered() == 1);
	}
}

TEST_CASE("a relayd-http that dies takes along what was not sent")
{
	World world;
	world.servers.scripts[0] = [] {
		return (Script(Replies{{".", ""}}));
	};
	world.config.relays[0].connections = 1;
	world.commit();
	Web &dying = world.add_peer();
	Web &other = world.add_peer();
	Submission sent = world.next(), unsent = world.next();
	RequestId sent_id = sent.request_id, unsent_id = unsent.request_id;
	dying.submit(1, sent);
	world.runner.until([&] { return (world.servers.delivered() == 1); });
	dying.submit(2, unsent);
	world.runner.settle();
	dying.die();
	world.runner.settle();
	CHECK(world.look_up(other, unsent_id).entry.status ==
	    LedgerStatus::smtp_failed);
	CHECK(world.look_up(other, sent_id).entry.status ==
	    LedgerStatus::smtp_submission_started);
	world.servers.servers[0]->say("250 ok\r\n");
	world.runner.settle();
	CHECK(world.look_up(other, sent_id).entry.status ==
	    LedgerStatus::smtp_accepted);
	CHECK(world.servers.delivered() == 1);
	CHECK(world.engine.at_rest());
}

TEST_CASE("memory is bounded, and one alone is always taken")
{
	World world;
	world.servers.mute = true;
	world.config.max_request = 200000;
	world.config.max_memory = 100000;
	world.commit();
	Web &peer = world.add_peer();
	std::string body(content);
	while (body.size() < 150000)
		body += "0123456789012345678901234567890123456789\r\n";
	Submission large = world.next();
	large.content = body;
	peer.submit(1, large);
	peer.submit(2, world.next());
	world.runner.until([&] { return (peer.results.count(2) != 0); });
	CHECK(peer.results[2].outcome == Outcome::overloaded);
	CHECK(peer.results.count(1) == 0);
	world.servers.deliver();
	world.runner.until([&] { return (peer.results.count(1) != 0); });
	CHECK(peer.results[1].outcome == Outcome::accepted);
	CHECK(world.servers.messages()[0].size() > 150000);
	CHECK(world.send(peer).outcome == Outcome::accepted);

	Submission huge = world.next();
	huge.content.assign(3000000, 'x');
	CHECK(world.send(peer, huge).outcome == Outcome::overloaded);
}

TEST_CASE("memory counts what is known of a submission besides its octets")
{
	World world;
	world.servers.mute = true;
	world.config.max_memory = 100000;
	world.commit();
	Web &peer = world.add_peer();
	const std::size_t octets = write_submission(world.next()).size();

	for (std::uint64_t id = 1; id <= 1000; id++)
		peer.submit(id, world.next());
	world.runner.until([&] { return (!peer.results.empty()); });
	/* They are taken in order. */
	auto [refused, result] = *peer.results.begin();
	CHECK(result.outcome == Outcome::overloaded);
	CHECK(refused <= 1 + 100000 / (sizeof(Transaction) + octets));
}

TEST_CASE("what does not parse ends that relayd-http's connection alone")
{
	World world;
	world.commit();
	Web &good = world.add_peer();
	struct Case {
		MessageType type;
		std::string payload;
	};
	for (const Case &c : {Case{MessageType::submit, "x"},
		 Case{MessageType::cancel, "x"}, Case{MessageType::lookup, "x"},
		 Case{MessageType::rejected, ""},
		 Case{MessageType::ready_query, ""},
		 Case{MessageType::hello, ""}, Case{MessageType::commit, ""},
		 Case{MessageType::result, ""}, Case{MessageType::none, ""},
		 Case{static_cast<MessageType>(12345), ""}}) {
		Web &bad = world.add_peer();
		bad.send(c.type, c.payload);
		world.runner.until([&] { return (bad.closed); });
	}
	CHECK(world.send(good).outcome == Outcome::accepted);
}

TEST_CASE("one id for two submissions at once is nonsense")
{
	World world;
	world.servers.mute = true;
	world.commit();
	Web &peer = world.add_peer();
	peer.submit(1, world.next());
	peer.submit(1, world.next());
	world.runner.until([&] { return (peer.closed); });
}

TEST_CASE("one request_id used twice in a turn has the first one's entry")
{
	World world;
	world.config.relays[0].connections = 1;
	world.servers.scripts[0] = [] {
		return (Script(Replies{{"RCPT", "250 ok\r\n"},
		    {"RCPT", "550 5.1.1 no\r\n"}}));
	};
	world.commit();
	Web &peer = world.add_peer();
	Submission submission = world.next();
	peer.submit(1, submission);
	peer.submit(2, submission);
	world.runner.until([&] { return (peer.results.size() == 2); });
	CHECK(peer.results[1].outcome == Outcome::accepted);
	CHECK(peer.results[2].outcome == Outcome::rejected);
	CHECK(world.look_up(peer, submission.request_id).entry.status ==
	    LedgerStatus::smtp_accepted);
}

TEST_CASE("a revoked key is revoked at once")
{
	World world;
	world.commit();
	Web &peer = world.add_peer();
	Submission submission = world.next();
	RequestId id = submission.request_id;
	CHECK(world.send(peer, submission).outcome == Outcome::accepted);
	world.config.keys[0].enabled = false;
	world.commit();
	CHECK(world.send(peer).outcome == Outcome::forbidden);
	CHECK(world.look_up(peer, id).kind == LedgerAnswer::Kind::not_found);
	world.config.keys[0].enabled = true;
	world.commit();
	CHECK(world.look_up(peer, id).kind == LedgerAnswer::Kind::found);
}

TEST_CASE("relays change in place")
{
	World world;
	world.config.relays.push_back(make_relay("second.example"));
	world.commit();
	Web &peer = world.add_peer();
	CHECK(world.send(peer).relay == "mx.example");

	/* In another order: the connection stays where it belongs. */
	std::swap(world.config.relays[0], world.config.relays[1]);
	world.commit();
	CHECK(world.send(peer).relay == "second.example");
	std::swap(world.config.relays[0], world.config.relays[1]);
	world.commit();
	CHECK(world.send(peer).connection == 1);

	/* What waits for a relay that goes is sent over another. */
	world.servers.mute = true;
	world.config.relays = {make_relay("gone.example")};
	world.commit();
	peer.submit(50, world.next());
	world.runner.settle();
	CHECK(world.servers.servers[0]->commands.find("QUIT") !=
	    std::string::npos);
	world.servers.mute = false;
	world.config.relays = {make_relay("new.example")};
	world.commit();
	world.runner.until([&] { return (peer.results.count(50) != 0); });
	CHECK(peer.results[50].outcome == Outcome::accepted);
	CHECK(peer.results[50].relay == "new.example");
}

TEST_CASE("readiness is what the relay said last, or is asked for")
{
	World world;
	world.commit();
	Web &peer = world.add_peer();
	CHECK(world.ready(peer));
	for (int i = 0; i < 50; i++)
		CHECK(world.ready(peer));
	CHECK(world.servers.requests.size() == 1);
	CHECK(world.send(peer).connection == 1);

	/* The server goes away: that is noticed, and seen to be so. */
	world.servers.errors[0] = ECONNREFUSED;
	world.servers.servers[0]->close();
	world.runner.settle();
	CHECK_FALSE(world.ready(peer));
	for (int i = 0; i < 50; i++)
		CHECK_FALSE(world.ready(peer));
	CHECK(world.servers.requests.size() == 2);
	world.servers.errors[0] = 0;
	world.runner.run_for(probe_interval);
	CHECK(world.ready(peer));
	CHECK(world.servers.requests.size() == 3);
}

TEST_CASE("a parent that does not answer makes nobody ready, in five seconds")
{
	World world;
	world.servers.mute = true;
	world.commit();
	Web &peer = world.add_peer();
	peer.ask_ready(1);
	world.runner.run_for(std::chrono::seconds(5) - milliseconds(1));
	CHECK(peer.ready.empty());
	world.runner.run_for(milliseconds(1));
	REQUIRE(peer.ready.size() == 1);
	CHECK_FALSE(peer.ready[1]);
}

TEST_CASE("what relayd-http refused is entered for a key that is known")
{
	World world;
	world.commit();
	Web &peer = world.add_peer();
	Rejection rejection;
	rejection.request_id = request_id(5);
	rejection.proof = proof_of("secret of billing");
	rejection.code = "validation_failed";
	rejection.message = "subject: must not be blank";
	peer.send(MessageType::rejected, write_rejected(rejection));
	LedgerAnswer found = world.look_up(peer, request_id(5));
	REQUIRE(found.kind == LedgerAnswer::Kind::found);
	CHECK(found.entry.status == LedgerStatus::rejected);
	CHECK(found.entry.code == "validation_failed");
	CHECK(found.entry.message == "subject: must not be blank");

	rejection.request_id = request_id(7);
	for (auto [code, message] : {std::pair("", "why"),
		 std::pair("smtp_accepted", "why"), std::pair("other", "why"),
		 std::pair("bad_request", "\xff"),
		 std::pair("bad_request", "a\nb")}) {
		rejection.code = code;
		rejection.message = message;
		peer.send(MessageType::rejected, write_rejected(rejection));
	}
	CHECK(world.look_up(peer, request_id(7)).kind ==
	    LedgerAnswer::Kind::not_found);

	rejection.code = "bad_request";
	rejection.message = "why";
	rejection.request_id = request_id(6);
	rejection.proof = proof_of("guess");
	peer.send(MessageType::rejected, write_rejected(rejection));
	CHECK(world.look_up(peer, request_id(6)).kind ==
	    LedgerAnswer::Kind::not_found);
}

TEST_CASE("peers that come before the configuration are heard after it")
{
	World world;
	Web &peer = world.add_peer();
	peer.submit(1, world.next());
	world.runner.settle();
	CHECK(peer.results.empty());
	CHECK(world.engine.has_peers());
	world.commit();
	world.runner.until([&] { return (peer.results.count(1) != 0); });
	CHECK(peer.results[1].outcome == Outcome::accepted);
}

TEST_CASE("at the end nothing new is taken and what is under way finishes")
{
	World world;
	world.servers.scripts[0] = [] {
		return (Script(Replies{{".", ""}}));
	};
	world.commit();
	Web &peer = world.add_peer();
	peer.submit(1, world.next());
	world.runner.until([&] { return (world.servers.delivered() == 1); });
	world.engine.stop_taking();
	CHECK_FALSE(world.engine.at_rest());
	peer.submit(2, world.next());
	world.runner.until([&] { return (peer.results.count(2) != 0); });
	CHECK(peer.results[2].outcome == Outcome::shutting_down);
	world.servers.servers[0]->say("250 ok\r\n");
	world.runner.until([&] { return (peer.results.count(1) != 0); });
	CHECK(peer.results[1].outcome == Outcome::accepted);
	CHECK(world.engine.at_rest());
	world.engine.farewell();
	world.runner.until([&] {
		return (world.servers.servers[0]->commands.find("QUIT") !=
		    std::string::npos);
	});
}
