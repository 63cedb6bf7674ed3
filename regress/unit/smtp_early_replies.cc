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

/*
 * A mail server that answers what has not been written yet, because its
 * client's socket takes no more: no such reply is one.
 */

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "catch.h"
#include "smtp_fixture.h"
#include "smtp_session.h"

using namespace fixture;
using State = SmtpSession::State;

namespace {

/* What a session says, in short. */
class Owner final : public SessionOwner {
public:
	void session_ready(SmtpSession &) override
	{
	}
	Transaction *next_transaction(SmtpSession &) override
	{
		return (std::exchange(waiting, nullptr));
	}
	void session_unused(SmtpSession &) override
	{
	}
	void session_failed(SmtpSession &, const SetupFailure &) override
	{
		failed++;
	}
	void content_wanted(Transaction &transaction) override
	{
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
	void late_reply(
	    SmtpSession &, Transaction &, const SmtpReply &) override
	{
	}
	void late_reply_given_up(SmtpSession &, Transaction &) override
	{
	}
	void session_closed(SmtpSession &) override
	{
	}

	int failed = 0, ended = 0, lost = 0, unknown = 0;
	Transaction *waiting = nullptr;
};

/* A session whose socket holds little, and the server's end of it. */
class Narrow {
public:
	explicit Narrow(bool with_user = false) : runner(loop)
	{
		int pair[2], size = 4096;

		REQUIRE(socketpair(AF_UNIX,
			    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
			    pair) == 0);
		own = Fd(pair[0]);
		REQUIRE(setsockopt(pair[1], SOL_SOCKET, SO_SNDBUF, &size,
			    sizeof(size)) == 0);
		side_door = Fd(dup(pair[1]));
		config.keys[0].max_recipients = recipients_limit;
		if (with_user) {
			config.relays[0].user = "user";
			config.relays[0].password =
			    Secret(std::string("pass"));
			config.relays[0].insecure = true;
		}
		session = std::make_unique<SmtpSession>(Fd(pair[1]),
		    ConnectResult(), config.relays[0], tls, owner);
		runner.settle();
	}

	/* The server speaks, and reads nothing. */
	void say(std::string_view text)
	{
		REQUIRE(send(own.get(), text.data(), text.size(),
			    MSG_NOSIGNAL) == static_cast<ssize_t>(text.size()));
		runner.settle();
	}
	/* All that has come so far. */
	const std::string &hear()
	{
		char buffer[65536];
		ssize_t n;

		while ((n = read(own.get(), buffer, sizeof(buffer))) > 0) {
			heard.append(buffer, static_cast<std::size_t>(n));
			runner.settle();
		}
		return (heard);
	}
	/* The socket takes no more until hear() is called. */
	void block()
	{
		hear();
		while (write(side_door.get(), "x", 1) == 1)
			;
	}
	void start(std::size_t count)
	{
		message = make(count);
		session->start(*message);
		runner.settle();
	}
	std::unique_ptr<Transaction> make(std::size_t count)
	{
		std::vector<std::string> to;

		for (std::size_t i = 0; i < count; i++)
			to.push_back("r" + std::to_string(1000 + i) + "@" +
			    label('a') + "." + label('b') + "." + label('c') +
			    "." + std::string(32, 'd') + ".example");
		return (make_transaction(
		    config, make_submission(++number, to)));
	}

	EventLoop loop;
	SmtpConfig config = make_config();
	TlsClient tls;
	Runner runner;
	Owner owner;
	Fd own, side_door;
	std::unique_ptr<SmtpSession> session;
	std::unique_ptr<Transaction> message;
	std::string heard;
	unsigned int number = 0;

private:
	static std::string label(char letter)
	{
		return (std::string(60, letter));
	}
};

std::string
repeated(std::string_view text, std::size_t count)
{
	std::string all;

	while (count-- > 0)
		all += text;
	return (all);
}

std::size_t
count_of(std::string_view what, std::string_view text)
{
	std::size_t count = 0;

	for (std::size_t at = text.find(what); at != text.npos;
	     at = text.find(what, at + 1))
		count++;
	return (count);
}

const std::string pipelines = "250-mx.example\r\n250 PIPELINING\r\n";

void
set_up(Narrow &t)
{
	t.say("220 mx.example\r\n");
	t.say(pipelines);
	REQUIRE(t.session->state() == State::idle);
}

constexpr std::size_t many = recipients_limit;

} /* namespace */

TEST_CASE("replies to recipients that were not written are none")
{
	Narrow t;
	set_up(t);
	t.start(many);
	REQUIRE(t.message->permit.recipients[0].mailbox.size() == 229);
	t.say(repeated("250 ok\r\n", 1 + many));
	t.runner.settle();
	if (t.session->state() != State::closed)
		t.say("354 go ahead\r\n");
	t.hear();
	CHECK(t.session->state() == State::closed);
	CHECK(t.owner.ended == 1);
	CHECK(t.message->result.outcome == Outcome::unavailable);
	CHECK(t.message->result.code == 0);
	CHECK(count_of("Subject:", t.heard) == 0);
}

TEST_CASE("a server that answers as it reads is served to the end")
{
	Narrow t;
	set_up(t);
	std::size_t read_to = t.hear().size();
	t.start(many);
	std::size_t answered = 0;
	while (t.session->state() == State::envelope) {
		std::size_t commands =
		    count_of("\r\n", std::string_view(t.hear()).substr(read_to));
		REQUIRE(commands > answered);
		bool data = t.heard.ends_with("DATA\r\n");
		t.say(repeated("250 ok\r\n",
			  commands - answered - (data ? 1 : 0)) +
		    (data ? "354 go ahead\r\n" : ""));
		answered = commands;
	}
	CHECK(count_of("RCPT TO:", t.hear()) == many);
	CHECK(t.heard.ends_with("\r\n.\r\n"));
	t.say("250 ok\r\n");
	CHECK(t.message->result.outcome == Outcome::accepted);
}

TEST_CASE("a server may answer the commands that it has, and not the next")
{
	Narrow t;
	set_up(t);
	t.start(many);
	/* It has read nothing, and what it answers is in its socket. */
	t.say("250 mail\r\n250 first\r\n");
	REQUIRE(t.session->state() == State::envelope);
	std::size_t complete = count_of("\r\n",
	    std::string_view(t.hear()).substr(t.heard.find("MAIL")));
	/* hear() made room for all of it. */
	REQUIRE(complete == 1 + many);
	t.say(repeated("250 ok\r\n", complete - 2));
	CHECK(t.session->state() == State::envelope);
	t.block();
	CHECK(t.heard.find("DATA\r\n") != std::string::npos);
}

namespace {

/*
 * A whole conversation, one command a step: what the server says at each.
 * A message begins at the steps of MAIL.
 */
const std::vector<std::string> steps = {"220 mx.example\r\n",
    "250-mx.example\r\n250 AUTH LOGIN\r\n", "334 VXNlcm5hbWU6\r\n",
    "334 UGFzc3dvcmQ6\r\n", "235 ok\r\n", "250 mail\r\n", "250 rcpt\r\n",
    "354 go ahead\r\n", "250 dot\r\n", "250 mail\r\n", "550 rcpt\r\n",
    "250 reset\r\n", "250 mail\r\n"};
constexpr std::size_t first_mail = 5, dot = 8, second_mail = 9, reset = 11,
		      third_mail = 12;

bool
is_mail(std::size_t step)
{
	return (step == first_mail || step == second_mail ||
	    step == third_mail);
}

/* Up to the step whose command cannot be written. */
std::unique_ptr<Narrow>
blocked_at(std::size_t step)
{
	auto t = std::make_unique<Narrow>(true);

	for (std::size_t i = 0; i < step; i++) {
		t->hear();
		if (i == step - 1)
			t->block();
		t->say(steps[i]);
		if (is_mail(i + 1))
			t->start(1);
	}
	return (t);
}

} /* namespace */

TEST_CASE("in no state is a reply taken for what was not written")
{
	for (std::size_t step = 1; step < steps.size(); step++) {
		INFO("step " << step);
		auto t = blocked_at(step);
		int ended = t->owner.ended;
		t->say(steps[step]);
		CHECK(t->session->state() == State::closed);
		std::string after = t->hear().substr(t->heard.rfind('x') + 1);
		CHECK(after.find("\r\n") == std::string::npos);
		if (step < first_mail) {
			CHECK(t->owner.failed == 1);
			continue;
		}
		/* The message before RSET has ended; that connection does. */
		CHECK(t->owner.ended == ended + (step == reset ? 0 : 1));
		CHECK(t->message->result.outcome ==
		    (step == reset ? Outcome::rejected : Outcome::unavailable));
		CHECK(t->owner.lost == 0);
	}
}

TEST_CASE("421 may be said at any time, in pieces too")
{
	for (std::size_t step : {std::size_t{1}, std::size_t{3}, first_mail,
		 first_mail + 1, first_mail + 2, dot, second_mail,
		 second_mail + 1, third_mail})
	for (bool in_pieces : {false, true}) {
		INFO("step " << step << " in pieces " << in_pieces);
		if (in_pieces && step < first_mail)
			continue; /* what comes too soon ends that at once */
		auto t = blocked_at(step);
		std::string text = "421 4.3.2 shutting down\r\n";
		while (in_pieces && text.size() > 1) {
			t->say(text.substr(0, 1));
			text.erase(0, 1);
		}
		t->say(text);
		CHECK(t->session->state() == State::closed);
		if (step < first_mail) {
			CHECK(t->owner.failed == 1);
			continue;
		}
		CHECK(t->message->result.code == 421);
		/* Another connection may do it, if this one was in use. */
		bool was_used = step > dot;
		CHECK(t->owner.lost == (was_used ? 1 : 0));
		if (!was_used)
			CHECK(t->message->result.outcome ==
			    Outcome::unavailable);
	}
}

TEST_CASE("a reply that began too soon is none when it ends in time")
{
	for (std::size_t step : {first_mail, first_mail + 2, dot}) {
		INFO("step " << step);
		auto t = blocked_at(step);
		t->say(steps[step].substr(0, 5));
		t->hear(); /* now it is written */
		if (t->session->state() != State::closed)
			t->say(steps[step].substr(5));
		CHECK(t->session->state() == State::closed);
		/* Of a dot that was written, nobody knows. */
		CHECK(t->message->result.outcome ==
		    (step == dot ? Outcome::unknown : Outcome::unavailable));
	}
}

TEST_CASE("what follows the final dot is answered when it was written")
{
	for (bool too_soon : {false, true}) {
		Narrow t;
		set_up(t);
		t.start(1);
		t.say("250 a\r\n250 b\r\n354 c\r\n");
		auto behind = t.make(many);
		t.owner.waiting = behind.get();
		t.say("250 dot\r\n");
		REQUIRE(t.owner.ended == 1);
		t.start(1);
		t.say("250 a\r\n250 b\r\n354 c\r\n");
		REQUIRE(t.owner.waiting == nullptr);
		t.say("250 dot\r\n");
		REQUIRE(t.owner.ended == 2);
		CHECK(t.message->result.outcome == Outcome::accepted);
		if (!too_soon)
			t.hear();
		t.say(repeated("250 ok\r\n", 1 + many));
		if (too_soon) {
			CHECK(t.session->state() == State::closed);
			CHECK(behind->result.outcome == Outcome::unavailable);
			continue;
		}
		CHECK(t.hear().ends_with("DATA\r\n"));
		t.say("354 go ahead\r\n");
		CHECK(t.hear().ends_with("\r\n.\r\n"));
		CHECK(count_of("RCPT TO:", t.heard) == 2 + many);
		t.say("250 ok\r\n");
		CHECK(behind->result.outcome == Outcome::accepted);
	}
}
