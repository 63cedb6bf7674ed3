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

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catch.h"
#include "certificates.h"
#include "smtp_fixture.h"
#include "smtp_session.h"

using namespace fixture;
using Replies = Script::Replies;
using State = SmtpSession::State;
using std::chrono::milliseconds;

namespace {

/* Writes down what a session says. */
class Recorder final : public SessionOwner {
public:
	void session_ready(SmtpSession &) override
	{
		ready++;
	}
	Transaction *next_transaction(SmtpSession &) override
	{
		return (std::exchange(waiting, nullptr));
	}
	void session_unused(SmtpSession &session) override
	{
		unused++;
		session.quit();
	}
	void session_failed(SmtpSession &, const SetupFailure &why) override
	{
		failed++;
		failure = why;
	}
	void content_wanted(Transaction &transaction) override
	{
		wanted++;
		if (!hold_content)
			transaction.held_by->send_content();
	}
	void transaction_ended(SmtpSession &, Transaction &) override
	{
		ended++;
	}
	void transaction_lost(SmtpSession &, Transaction &) override
	{
		lost++;
	}
	void transaction_unknown(SmtpSession &, Transaction &) override
	{
		unknown++;
	}
	void late_reply(SmtpSession &, Transaction &,
	    const SmtpReply &reply) override
	{
		late_code = reply.code;
	}
	void late_reply_given_up(SmtpSession &, Transaction &) override
	{
		given_up++;
	}
	void session_closed(SmtpSession &) override
	{
		closed++;
	}

	int ready = 0, unused = 0, failed = 0, wanted = 0, ended = 0, lost = 0;
	int unknown = 0, given_up = 0, closed = 0;
	unsigned int late_code = 0;
	bool hold_content = false;
	Transaction *waiting = nullptr;
	SetupFailure failure;
};

/* A session with its server, and one message at a time. */
class Talk {
public:
	explicit Talk(Script script, std::size_t step = 0,
	    std::function<void(SmtpRelay &)> edit = {})
	    : config(make_config()), runner(loop), server(script)
	{
		server.step = step;
		if (edit)
			edit(config.relays[0]);
		make_session();
	}

	void make_session()
	{
		ConnectResult made;

		made.id = 7;
		made.own = *IpAddress::parse("192.0.2.1");
		session = std::make_unique<SmtpSession>(
		    server.take_client(), made, config.relays[0], tls, owner);
	}
	bool set_up()
	{
		runner.until([&] { return (owner.ready + owner.failed != 0); });
		return (owner.failed == 0);
	}
	/* Starts a message; false when the connection is not to be had. */
	bool start(std::size_t count = 1, std::string_view body = content)
	{
		Submission submission = make_submission(++number,
		    recipients(count));
		submission.content = body;
		message = make_transaction(config, std::move(submission));
		if (session->state() != State::idle)
			return (false);
		session->start(*message);
		return (true);
	}
	/* Until its outcome is there. */
	const SubmissionResult &send(std::size_t count = 1,
	    std::string_view body = content)
	{
		int before = ends();
		REQUIRE(start(count, body));
		runner.until([&] { return (ends() != before); });
		return (message->result);
	}
	/* That it has no outcome before its time is over. */
	const SubmissionResult &send_until_overdue()
	{
		int before = ends();
		REQUIRE(start());
		only_after(message->deadline - Clock::now(),
		    [&] { return (ends() != before); });
		return (message->result);
	}
	/* It is so when that time has passed, and not a moment before. */
	void only_after(Clock::duration time, const std::function<bool()> &is_so)
	{
		runner.run_for(time - std::chrono::nanoseconds(1));
		CHECK_FALSE(is_so());
		runner.run_for(std::chrono::nanoseconds(1));
		CHECK(is_so());
	}
	int ends() const
	{
		return (owner.ended + owner.lost + owner.unknown);
	}
	void settle()
	{
		runner.until([&] {
			return (session->state() == State::idle ||
			    session->state() == State::closed);
		});
	}

	EventLoop loop;
	SmtpConfig config;
	TlsClient tls;
	Runner runner;
	Recorder owner;
	Server server;
	std::unique_ptr<SmtpSession> session;
	std::unique_ptr<Transaction> message;
	unsigned int number = 0;
};

const std::string plain_ehlo = "250 mx.example\r\n";

} /* namespace */

TEST_CASE("a message goes out in two writes and arrives whole")
{
	Talk talk{Script()};
	REQUIRE(talk.set_up());
	std::size_t reads = talk.server.reads;
	const SubmissionResult &result = talk.send();
	CHECK(result.outcome == Outcome::accepted);
	CHECK(result.code == 250);
	CHECK(result.enhanced == "2.0.0");
	CHECK(result.reply == "Ok: queued as 4WqX");
	CHECK(result.stage == Stage::reply);
	CHECK(result.relay == "mx.example");
	CHECK(result.connection == 7);
	CHECK(result.connection_use == 1);
	CHECK(result.show_reply);
	CHECK(talk.server.reads == reads + 2);
	CHECK(talk.server.commands ==
	    "EHLO client.example\nMAIL FROM:<bounces@example.com> SIZE=" +
		std::to_string(talk.message->size()) +
		"\nRCPT TO:<r0@example.org>\nDATA\n");
	REQUIRE(talk.server.messages.size() == 1);
	CHECK(talk.server.messages[0] ==
	    talk.message->header + std::string(content));
	CHECK(talk.server.messages[0].size() == talk.message->size());

	talk.settle();
	CHECK(talk.send().connection_use == 2);
	CHECK(talk.owner.ready >= 2);
	CHECK(talk.server.messages.size() == 2);
}

TEST_CASE("several recipients: DATA only after all were accepted")
{
	Talk talk{Script(Replies{{"RCPT", "250 a\r\n"}, {"RCPT", "251 b\r\n"},
	    {"RCPT", "252 c\r\n"}})};
	REQUIRE(talk.set_up());
	std::size_t reads = talk.server.reads;
	CHECK(talk.send(3).outcome == Outcome::accepted);
	CHECK(talk.server.reads == reads + 3);
	CHECK(talk.server.messages.size() == 1);
}

TEST_CASE("without PIPELINING each command waits for its reply")
{
	Talk talk{Script({}, plain_ehlo)};
	REQUIRE(talk.set_up());
	std::size_t reads = talk.server.reads;
	CHECK(talk.send(2).outcome == Outcome::accepted);
	CHECK(talk.server.reads == reads + 5);
	CHECK(talk.server.commands.find("MAIL FROM:<bounces@example.com>\n") !=
	    std::string::npos);
}

TEST_CASE("the null sender, and EHLO's name where none is configured")
{
	Talk talk{Script()};
	talk.config.keys[0].sender.envelope_from.reset();
	talk.config.relays[0].hostname.clear();
	REQUIRE(talk.set_up());
	CHECK(talk.send().outcome == Outcome::accepted);
	CHECK(talk.server.commands.find("MAIL FROM:<> ") != std::string::npos);
	CHECK(talk.server.commands.substr(0, 17) == "EHLO [192.0.2.1]\n");
}

TEST_CASE("HELO where EHLO is refused")
{
	Talk talk{Script(Replies{{"EHLO", "502 what\r\n"}})};
	REQUIRE(talk.set_up());
	CHECK(talk.server.commands ==
	    "EHLO client.example\nHELO client.example\n");
	CHECK(talk.send().outcome == Outcome::accepted);
}

TEST_CASE("setting up fails truthfully")
{
	struct Case {
		Script::Replies replies;
		Stage stage;
		unsigned int code; /* 0: no reply */
	};
	std::string closes(Server::hang_up);
	for (const Case &c : {
		 Case{{{"CONNECT", "554 no\r\n"}}, Stage::greeting, 554},
		 Case{{{"CONNECT", "421 busy\r\n"}}, Stage::greeting, 421},
		 Case{{{"CONNECT", "354 eh\r\n"}}, Stage::greeting, 354},
		 Case{{{"CONNECT", closes}}, Stage::greeting, 0},
		 Case{{{"CONNECT", "HTTP/1.1 400\r\n"}}, Stage::greeting, 0},
		 Case{{{"CONNECT", "220 a\r\n250 b\r\n"}}, Stage::greeting, 250},
		 Case{{{"EHLO", "421 busy\r\n"}}, Stage::ehlo, 421},
		 Case{{{"EHLO", "450 later\r\n"}}, Stage::ehlo, 450},
		 Case{{{"EHLO", closes}}, Stage::ehlo, 0},
		 Case{{{"EHLO", "250-a\r\n251 b\r\n"}}, Stage::ehlo, 0},
		 Case{{{"EHLO", "500 a\r\n"}, {"HELO", "500 b\r\n"}},
		     Stage::ehlo, 500}}) {
		for (std::size_t step : {0, 1, 3}) {
			INFO(c.replies[0].verb << " " << c.replies[0].reply);
			Talk talk(Script(c.replies), step);
			REQUIRE_FALSE(talk.set_up());
			CHECK(talk.owner.failure.stage == c.stage);
			CHECK((talk.owner.failure.reply
				  ? talk.owner.failure.reply->code
				  : 0) == c.code);
			CHECK(talk.owner.closed == 1);
			CHECK_FALSE(talk.owner.failure.reason.empty());
		}
	}
}

TEST_CASE("a greeting that does not come is waited for, but not for ever")
{
	Talk talk{Script(Replies{{"CONNECT", ""}})};

	/* A tenth is left for another relay. */
	talk.only_after(talk.config.relays[0].timeout_submission * 9 / 10,
	    [&] { return (talk.owner.failed == 1); });
	CHECK(talk.owner.failure.stage == Stage::greeting);
}

/*
 * design.md, `SMTP, truthfully': every code at every stage, however the
 * replies are cut, with one recipient and with two, pipelined and not.
 */
TEST_CASE("reply codes decide")
{
	for (const char *verb : {"MAIL", "RCPT", "DATA", "."})
	for (unsigned int code = 200; code < 600; code += 7)
	for (int variant = 0; variant < 6; variant++) {
		std::size_t count = variant % 2 == 0 ? 1 : 2;
		bool pipelining = variant < 4;
		std::size_t step = variant / 2 == 1 ? 1 : 0;
		std::string at = verb;
		unsigned int kind = code / 100;
		if (code == 421 || (at == "DATA" && kind == 3))
			continue;
		if (step != 0 && code % 100 >= 14)
			continue; /* cut alike, whatever the code */
		INFO(at << " " << code << " variant " << variant);

		std::string reply = std::to_string(code) + " text\r\n";
		Script::Replies replies{{at, reply}};
		Talk talk(pipelining ? Script(replies)
		                     : Script(replies, plain_ehlo), step);
		REQUIRE(talk.set_up());
		const SubmissionResult &result = talk.send(count);
		bool success = kind == 2 && at != "DATA";
		Outcome expected = success ? Outcome::accepted
		    : kind == 5            ? Outcome::rejected
		    : at == "." && kind == 3 ? Outcome::unknown
		                             : Outcome::unavailable;
		CHECK(result.outcome == expected);
		if (at == "." || !success)
			CHECK(result.code == code);
		/* Delivered exactly when a client may believe so. */
		CHECK(talk.server.messages.size() ==
		    (at == "." || success ? 1 : 0));
		bool names = at == "RCPT" && !success;
		REQUIRE(result.refused.size() == (names ? 1 : 0));
		if (names) {
			CHECK(result.refused[0].index == 0);
			CHECK(result.refused[0].code == code);
		}
		/* The connection goes on where it may. */
		talk.settle();
		if (talk.session->state() == State::idle) {
			CHECK(talk.send().outcome == Outcome::accepted);
			CHECK(talk.server.messages.back() ==
			    talk.message->header + std::string(content));
		} else
			CHECK(kind == 3);
	}
}

TEST_CASE("421 and a lost connection at every stage")
{
	struct Case {
		std::string reply;
		unsigned int code;
	};
	for (const char *verb : {"MAIL", "RCPT", "DATA", "."})
	for (const Case &c : {Case{"421 4.3.2 closing\r\n", 421},
		 Case{std::string(Server::hang_up), 0},
		 Case{"nonsense\r\n", 0}, Case{"250-a\r\n550 b\r\n", 0}})
	for (int used = 0; used < 2; used++) {
		std::string at = verb;
		bool nonsense = c.code == 0 && c.reply != Server::hang_up;
		INFO(at << " " << c.reply << " used " << used);
		Script::Replies replies;
		if (used)
			replies = {{at, std::string(at == "DATA"
				   ? "354 go\r\n" : "250 ok\r\n")}};
		replies.push_back({at, c.reply});
		Talk talk{Script(replies)};
		REQUIRE(talk.set_up());
		if (used) {
			CHECK(talk.send().outcome == Outcome::accepted);
			talk.settle();
		}
		const SubmissionResult &result = talk.send();
		CHECK(result.code == c.code);
		if (at == ".") {
			CHECK(talk.owner.lost == 0);
			CHECK(result.outcome == (c.code == 421
				? Outcome::unavailable : Outcome::unknown));
		} else if (used && !nonsense) {
			/* Nothing was sent: another connection may do it. */
			CHECK(talk.owner.lost == 1);
			CHECK(talk.server.messages.size() == 1);
		} else {
			CHECK(talk.owner.lost == 0);
			CHECK(result.outcome == Outcome::unavailable);
			CHECK(talk.server.messages.size() ==
			    static_cast<std::size_t>(used));
		}
		CHECK(talk.session->state() == State::closed);
		CHECK(talk.owner.closed == 1);
	}
}

TEST_CASE("a message that lost one pooled connection does not lose another")
{
	Talk talk{Script(Replies{{"MAIL", "250 ok\r\n"}, {"MAIL", "421 bye\r\n"}})};
	REQUIRE(talk.set_up());
	talk.send();
	talk.settle();
	REQUIRE(talk.start());
	talk.message->replaced = true;
	talk.runner.until([&] { return (talk.owner.ended == 2); });
	CHECK(talk.message->result.outcome == Outcome::unavailable);
	CHECK(talk.message->result.code == 421);
}

TEST_CASE("refused, yet 354: nothing is sent and the connection closed")
{
	for (const char *verb : {"MAIL", "RCPT"}) {
		Talk talk{Script(Replies{{verb, "550 5.7.1 no\r\n"},
		    {"DATA", "354 go\r\n"}})};
		REQUIRE(talk.set_up());
		CHECK(talk.send().outcome == Outcome::rejected);
		talk.settle();
		CHECK(talk.session->state() == State::closed);
		talk.runner.until([&] { return (talk.server.saw_end ||
			talk.session->state() == State::closed); });
		CHECK(talk.server.messages.empty());
		CHECK(talk.server.data.empty());
	}
	/* A good server refuses DATA too, and the connection goes on. */
	Talk talk{Script(Replies{{"RCPT", "550 no\r\n"}, {"DATA", "554 none\r\n"}})};
	REQUIRE(talk.set_up());
	const SubmissionResult &result = talk.send();
	CHECK(result.code == 550);
	CHECK(result.stage == Stage::rcpt);
	talk.settle();
	CHECK(talk.session->state() == State::idle);
	CHECK(talk.send().outcome == Outcome::accepted);
}

TEST_CASE("RSET that is not answered well ends the connection")
{
	Talk talk{Script(Replies{{"MAIL", "450 no\r\n"}, {"DATA", "503 no\r\n"},
	    {"RSET", "500 what\r\n"}})};
	REQUIRE(talk.set_up());
	CHECK(talk.send().outcome == Outcome::unavailable);
	talk.settle();
	CHECK(talk.session->state() == State::closed);
}

TEST_CASE("a reply that came before its command is no answer to it")
{
	/* With the 354 comes what a lenient client would take for the end. */
	Talk talk{Script(Replies{{"DATA", "354 go\r\n250 ok\r\n"}})};
	REQUIRE(talk.set_up());
	CHECK(talk.send().outcome == Outcome::unavailable);
	CHECK(talk.server.messages.empty());

	/* After the final reply there is one too many. */
	Talk more{Script(Replies{{".", "250 ok\r\n250 ok\r\n"}})};
	REQUIRE(more.set_up());
	CHECK(more.send().outcome == Outcome::accepted);
	more.settle();
	CHECK(more.session->state() == State::closed);

	/* Or a part of one. */
	Talk part{Script(Replies{{".", "250 ok\r\n25"}})};
	REQUIRE(part.set_up());
	CHECK(part.send().outcome == Outcome::accepted);
	part.settle();
	CHECK(part.session->state() == State::closed);
}

TEST_CASE("what a server says while it is being sent content")
{
	std::string body(content);
	while (body.size() < 40 * write_size)
		body += "0123456789012345678901234567890123456789\r\n";
	struct Case {
		std::string reply;
		Outcome outcome;
		unsigned int code;
	};
	for (const Case &c : {Case{"552 5.3.4 too big\r\n",
		     Outcome::rejected, 552},
		 Case{"451 disk\r\n", Outcome::unavailable, 451},
		 Case{"421 closing\r\n", Outcome::unavailable, 421},
		 Case{"250 ok\r\n", Outcome::unavailable, 250},
		 Case{std::string(Server::hang_up), Outcome::unavailable, 0},
		 Case{"what\r\n", Outcome::unavailable, 0}}) {
		INFO(c.reply);
		Talk talk{Script(Replies{{"PART", c.reply}},
		    "250-mx.example\r\n250 PIPELINING\r\n")};
		talk.server.data_limit = 100000;
		talk.config.max_request = 1 << 30;
		REQUIRE(talk.set_up());
		const SubmissionResult &result = talk.send(1, body);
		CHECK(result.outcome == c.outcome);
		CHECK(result.code == c.code);
		CHECK(talk.session->state() == State::closed);
		CHECK(talk.server.messages.empty());
	}
}

TEST_CASE("the time for a submission runs out")
{
	for (std::string verb : {"MAIL", "RCPT", "DATA"})
	for (std::size_t used : {0, 1}) {
		INFO(verb << " used " << used);
		Replies replies;
		if (used)
			replies = {{verb, verb == "DATA" ? "354 go\r\n"
							 : "250 ok\r\n"}};
		replies.push_back({verb, ""});
		Talk talk{Script(replies)};
		REQUIRE(talk.set_up());
		if (used) {
			CHECK(talk.send().outcome == Outcome::accepted);
			talk.settle();
		}
		CHECK(talk.send_until_overdue().outcome ==
		    Outcome::unavailable);
		/* No time is left to try another connection in. */
		CHECK(talk.owner.lost == 0);
		CHECK(talk.session->state() == State::closed);
		CHECK(talk.server.messages.size() == used);
	}
	/* After the dot nobody knows; a late reply does. */
	for (unsigned int code : {250, 451, 550}) {
		Talk talk{Script(Replies{{".", ""}})};
		REQUIRE(talk.set_up());
		CHECK(talk.send_until_overdue().outcome == Outcome::unknown);
		CHECK(talk.owner.unknown == 1);
		CHECK(talk.session->state() == State::late_reply);
		talk.runner.run_for(late_reply_time - milliseconds(1));
		talk.server.say(std::to_string(code) + " done\r\n");
		talk.runner.until([&] { return (talk.owner.closed == 1); });
		CHECK(talk.owner.late_code == code);
		CHECK(talk.owner.given_up == 0);
		CHECK(talk.server.commands.find("QUIT") != std::string::npos);
	}
	for (bool closes : {true, false}) {
		Talk talk{Script(Replies{{".", ""}})};
		REQUIRE(talk.set_up());
		talk.send_until_overdue();
		auto is_given_up = [&] {
			return (talk.owner.given_up == 1);
		};
		if (closes) {
			talk.server.close();
			talk.runner.until(is_given_up);
		} else
			talk.only_after(late_reply_time, is_given_up);
		CHECK(talk.owner.closed == 1);
		CHECK(talk.owner.ended == 0);
	}
}

TEST_CASE("replies to RSET and QUIT are not waited for long")
{
	Talk reset{Script(Replies{{"MAIL", "450 no\r\n"},
	    {"DATA", "503 no\r\n"}, {"RSET", ""}})};
	REQUIRE(reset.set_up());
	CHECK(reset.send().outcome == Outcome::unavailable);
	reset.only_after(
	    courtesy_time, [&] { return (reset.owner.closed == 1); });

	Talk quit{Script(Replies{{"QUIT", ""}})};
	REQUIRE(quit.set_up());
	quit.session->quit();
	quit.only_after(
	    courtesy_time, [&] { return (quit.owner.closed == 1); });
}

TEST_CASE("a cancel counts until DATA")
{
	Talk talk{Script(Replies{{"RCPT", ""}})};
	REQUIRE(talk.set_up());
	REQUIRE(talk.start(2));
	talk.runner.settle();
	talk.message->canceled = true;
	talk.server.say("250 ok\r\n");
	talk.runner.until([&] { return (talk.owner.ended == 1); });
	CHECK(talk.message->result.outcome == Outcome::canceled);
	talk.settle();
	CHECK(talk.session->state() == State::idle);
	CHECK(talk.server.messages.empty());

	/* DATA went with the envelope: it is too late. */
	Talk late{Script()};
	REQUIRE(late.set_up());
	REQUIRE(late.start(1));
	late.message->canceled = true;
	late.runner.until([&] { return (late.owner.ended == 1); });
	CHECK(late.message->result.outcome == Outcome::accepted);
}

namespace {

/* A session that has been used, and a message that waits behind the next. */
class Line : public Talk {
public:
	explicit Line(Script script, std::size_t count = 1,
	    std::size_t step = 0)
	    : Talk(std::move(script), step)
	{
		REQUIRE(set_up());
		REQUIRE(send().outcome == Outcome::accepted);
		settle();
		Submission submission =
		    make_submission(++number, recipients(count));
		submission.content = content;
		behind = make_transaction(config, std::move(submission));
		owner.waiting = behind.get();
	}

	std::unique_ptr<Transaction> behind;
};

} /* namespace */

TEST_CASE("the next envelope goes with the final dot")
{
	for (std::size_t count : {1, 3}) {
		for (std::size_t step : {0, 1}) {
			INFO(count << " " << step);
			Line line(Script(), count, step);
			std::size_t reads = line.server.reads;
			REQUIRE(line.send().outcome == Outcome::accepted);
			line.runner.until(
			    [&] { return (line.owner.ended == 3); });
			CHECK(line.behind->result.outcome ==
			    Outcome::accepted);
			CHECK(line.behind->result.connection_use == 3);
			REQUIRE(line.server.messages.size() == 3);
			CHECK(line.server.messages[2] ==
			    line.behind->header + std::string(content));
			if (step == 0)
				CHECK(line.server.reads ==
				    reads + (count == 1 ? 3u : 4u));
		}
	}
}

TEST_CASE("what follows the final dot is refused, canceled or held alone")
{
	Line refused{Script(Replies{{"RCPT", "250 a\r\n"}, {"RCPT", "250 b\r\n"},
	    {"RCPT", "550 5.1.1 no\r\n"}})};
	CHECK(refused.send().outcome == Outcome::accepted);
	refused.runner.until([&] { return (refused.owner.ended == 3); });
	CHECK(refused.behind->result.outcome == Outcome::rejected);
	CHECK(refused.behind->result.refused.size() == 1);
	CHECK(refused.server.messages.size() == 2);

	Line canceled(Script(), 2);
	canceled.behind->canceled = true;
	CHECK(canceled.send().outcome == Outcome::accepted);
	canceled.runner.until([&] { return (canceled.owner.ended == 3); });
	CHECK(canceled.behind->result.outcome == Outcome::canceled);
	CHECK(canceled.server.messages.size() == 2);

	/* The message before it was rejected. */
	Line rejected{Script(Replies{{".", "250 a\r\n"}, {".", "554 spam\r\n"}})};
	CHECK(rejected.send().outcome == Outcome::rejected);
	rejected.runner.until([&] { return (rejected.owner.ended == 3); });
	CHECK(rejected.behind->result.outcome == Outcome::accepted);
	CHECK(rejected.server.messages.size() == 3);
}

TEST_CASE("a connection that ends with the final dot loses what follows it")
{
	for (const std::string &reply : {std::string("421 bye\r\n"),
		 std::string(Server::hang_up), std::string("354 what\r\n"),
		 std::string("hello\r\n"), std::string("250-a\r\n421 b\r\n")}) {
		INFO(reply);
		Line line{Script(Replies{{".", "250 a\r\n"}, {".", reply}})};
		line.send();
		line.runner.until([&] { return (line.owner.closed == 1); });
		CHECK(line.owner.ended == 2);
		CHECK(line.owner.lost == 1);
		CHECK(line.server.messages.size() == 2);
	}

	/* What the server says to the envelope before all of it was sent. */
	Line early{Script(Replies{{".", "250 a\r\n"}, {".", "250 b\r\n250 c\r\n"
	    "250 d\r\n354 e\r\n250 f\r\n"}})};
	early.send();
	early.runner.until([&] { return (early.owner.closed == 1); });
	CHECK(early.message->result.outcome == Outcome::accepted);
	CHECK(early.owner.ended + early.owner.lost == 3);
	CHECK(early.behind->result.outcome != Outcome::accepted);
}

TEST_CASE("what follows a reply that is long in coming goes elsewhere")
{
	/* A server that is busy with the dot reads nothing more. */
	Replies replies;
	for (const char *verb : {"MAIL", "RCPT", "DATA", "."}) {
		const char *usual =
		    verb[0] == 'D' ? "354 go\r\n" : "250 ok\r\n";
		replies.push_back({verb, usual});
		if (verb[0] != '.')
			replies.push_back({verb, usual});
		replies.push_back({verb, ""});
	}
	for (bool overdue : {false, true}) {
		Line line{Script(replies)};
		REQUIRE(line.start());
		line.only_after(
		    behind_time, [&] { return (line.owner.lost == 1); });
		CHECK(line.owner.ended == 1);
		if (overdue)
			line.only_after(
			    line.message->deadline - Clock::now(),
			    [&] { return (line.owner.unknown == 1); });
		/* Its reply counts; those to the envelope do not. */
		line.server.say(
		    "250 late\r\n250 a\r\n250 b\r\n354 c\r\n");
		line.runner.until([&] { return (line.owner.closed == 1); });
		CHECK(line.owner.late_code == (overdue ? 250 : 0));
		CHECK(line.owner.ended == (overdue ? 1 : 2));
		CHECK(line.owner.lost == 1);
		CHECK(line.message->result.outcome ==
		    (overdue ? Outcome::unknown : Outcome::accepted));
		CHECK(line.server.messages.size() == 2);
	}
}

TEST_CASE("a server that took its time did not answer promptly")
{
	for (bool promptly : {true, false}) {
		Talk talk{Script(Replies{{".", ""}})};
		REQUIRE(talk.set_up());
		CHECK_FALSE(talk.session->answered_promptly());
		REQUIRE(talk.start());
		talk.runner.run_for(
		    prompt_time - std::chrono::nanoseconds(promptly ? 1 : 0));
		talk.server.say("250 at last\r\n");
		talk.runner.until([&] { return (talk.owner.ended == 1); });
		CHECK(talk.session->answered_promptly() == promptly);
	}
}

TEST_CASE("content waits until the ledger says so")
{
	Talk talk{Script()};
	talk.owner.hold_content = true;
	REQUIRE(talk.set_up());
	REQUIRE(talk.start());
	talk.runner.until([&] { return (talk.owner.wanted == 1); });
	CHECK(talk.session->state() == State::holding);
	talk.runner.run_for(milliseconds(100));
	CHECK(talk.server.data.empty());
	talk.session->send_content();
	talk.runner.until([&] { return (talk.owner.ended == 1); });
	CHECK(talk.message->result.outcome == Outcome::accepted);

	Talk gone{Script()};
	gone.owner.hold_content = true;
	REQUIRE(gone.set_up());
	REQUIRE(gone.start());
	gone.runner.until([&] { return (gone.owner.wanted == 1); });
	gone.server.close();
	gone.runner.until([&] { return (gone.owner.ended == 1); });
	CHECK(gone.message->result.outcome == Outcome::unavailable);
}

TEST_CASE("an idle connection ends with a farewell, or when it is closed")
{
	Talk talk{Script()};
	REQUIRE(talk.set_up());
	talk.only_after(talk.config.relays[0].idle,
	    [&] { return (talk.owner.closed == 1); });
	CHECK(talk.owner.unused == 1);
	CHECK(talk.server.commands == "EHLO client.example\nQUIT\n");

	for (std::string_view words : {Server::hang_up,
		 std::string_view("421 timeout\r\n"),
		 std::string_view("250 hello?\r\n"), std::string_view("x\r\n"),
		 std::string_view("4")}) {
		Talk closes{Script()};
		REQUIRE(closes.set_up());
		closes.server.say(words);
		closes.runner.until([&] { return (closes.owner.closed == 1); });
		CHECK(closes.owner.ended + closes.owner.failed == 0);
	}
}

TEST_CASE("SIZE and SMTPUTF8 are judged by what EHLO offered")
{
	Talk small{Script({}, "250-mx.example\r\n250 SIZE 100\r\n")};
	REQUIRE(small.set_up());
	auto tx = make_transaction(small.config,
	    make_submission(1, recipients(1)));
	CHECK(small.session->objection(*tx) == Outcome::too_large);

	Submission submission = make_submission(2, {"ü@example.org"});
	for (const char *offer : {"250 SIZE 0\r\n", "250-8BITMIME\r\n"
		 "250 PIPELINING\r\n", "250 SMTPUTF8\r\n"}) {
		Talk talk{Script({}, std::string("250-x\r\n") + offer)};
		REQUIRE(talk.set_up());
		tx = make_transaction(talk.config, submission);
		CHECK(talk.session->objection(*tx) == Outcome::rejected);
	}
	Talk talk{Script({}, "250-x\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n")};
	REQUIRE(talk.set_up());
	talk.message = make_transaction(talk.config, submission);
	REQUIRE_FALSE(talk.session->objection(*talk.message));
	talk.session->start(*talk.message);
	talk.runner.until([&] { return (talk.owner.ended == 1); });
	CHECK(talk.message->result.outcome == Outcome::accepted);
	CHECK(talk.server.commands.find("MAIL FROM:<bounces@example.com> "
	    "BODY=8BITMIME SMTPUTF8\nRCPT TO:<ü@example.org>\n") !=
	    std::string::npos);
}

TEST_CASE("abandoned in the middle of it, the truth is told")
{
	Talk before{Script(Replies{{"MAIL", ""}})};
	REQUIRE(before.set_up());
	before.start();
	before.session->abandon();
	CHECK(before.message->result.outcome == Outcome::unavailable);

	Talk after{Script(Replies{{".", ""}})};
	REQUIRE(after.set_up());
	after.start();
	after.runner.until([&] {
		return (after.session->state() == State::final_reply);
	});
	after.session->abandon();
	CHECK(after.message->result.outcome == Outcome::unknown);
	CHECK(after.owner.closed == 1);
}

namespace {

/* The other end of TLS: greets, and answers 250 to whatever comes. */
class SecureServer {
public:
	explicit SecureServer(Fd socket, const char *ciphers = nullptr)
	    : config(tls_config_new()), server(tls_server()),
	      stream(std::move(socket))
	{
		auto octets = [](const char *pem) {
			return (reinterpret_cast<const std::uint8_t *>(pem));
		};
		REQUIRE(tls_config_set_keypair_mem(config,
			    octets(certificate_pem), strlen(certificate_pem),
			    octets(certificate_key_pem),
			    strlen(certificate_key_pem)) == 0);
		if (ciphers != nullptr) {
			REQUIRE(tls_config_set_protocols(config,
				    TLS_PROTOCOL_TLSv1_2) == 0);
			REQUIRE(tls_config_set_ciphers(config, ciphers) == 0);
		}
		REQUIRE(tls_configure(server, config) == 0);
		REQUIRE(stream.accept_tls(server));
		event.set<&SecureServer::readable>(
		    stream.descriptor(), EV_READ, this);
		event.add();
	}
	~SecureServer()
	{
		tls_free(server);
		tls_config_free(config);
	}

private:
	void readable()
	{
		char buffer[1024];

		if (!is_up) {
			is_up = stream.handshake() == Stream::Status::done;
			if (is_up)
				say("220 mx.example\r\n");
			return;
		}
		for (;;) {
			Stream::Status status =
			    stream.read(buffer, sizeof(buffer)).status;
			if (status == Stream::Status::closed ||
			    status == Stream::Status::failed)
				event.remove();
			if (status != Stream::Status::done)
				return;
			say("250 mx.example\r\n");
		}
	}
	void say(std::string text)
	{
		struct iovec piece = {text.data(), text.size()};

		CHECK(stream.write(&piece, 1).status == Stream::Status::done);
	}

	struct tls_config *config;
	struct tls *server;
	Stream stream;
	FdEvent event;
	bool is_up = false;
};

/* A session with such a server, which says who it is to nobody. */
struct SecureSession {
	explicit SecureSession(
	    const char *configured = "secure", const char *offered = nullptr)
	{
		SmtpTls &tls = config.relays[0].tls;
		int pair[2];

		tls.mode = RelayTls::implicit;
		tls.verify = false;
		tls.name = "mail.example.com";
		tls.protocols = "secure";
		tls.ciphers = configured;
		Result<TlsClient> client = TlsClient::make(tls);
		REQUIRE(client);
		REQUIRE(socketpair(AF_UNIX,
			    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
			    pair) == 0);
		client_side = pair[0];
		server.emplace(Fd(pair[1]), offered);
		session.emplace(Fd(pair[0]), ConnectResult(),
		    config.relays[0], *client, owner);
		runner.until([&] { return (owner.ready + owner.failed != 0); });
	}

	EventLoop loop;
	Runner runner{loop};
	SmtpConfig config = make_config();
	Recorder owner;
	int client_side = -1; /* the session's descriptor */
	std::optional<SecureServer> server;
	std::optional<SmtpSession> session;
};

} /* namespace */

TEST_CASE("`secure' ciphers authenticate, and `compat' lets others in")
{
	struct Case {
		const char *offered, *configured;
		int works;
	};
	for (const Case &c : {
		 Case{"ECDHE-ECDSA-AES128-GCM-SHA256", "secure", 1},
		 Case{"ECDHE-ECDSA-AES128-SHA256", "secure", 0},
		 Case{"ECDHE-ECDSA-AES128-SHA256", "compat", 1}}) {
		INFO(c.offered << " " << c.configured);
		SecureSession t(c.configured, c.offered);
		CHECK(t.owner.ready == c.works);
	}
}

TEST_CASE("TLS that cannot be written to, yet has nothing to be read, is lost")
{
	SecureSession t;

	INFO(t.owner.failure.reason);
	REQUIRE(t.owner.ready == 1);
	auto message =
	    make_transaction(t.config, make_submission(1, recipients(1)));
	REQUIRE(shutdown(t.client_side, SHUT_WR) == 0);
	t.session->start(*message);
	t.runner.until([&] { return (t.owner.closed == 1); });
	CHECK(message->result.outcome == Outcome::unavailable);
}
