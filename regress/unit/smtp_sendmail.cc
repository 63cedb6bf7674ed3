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

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "catch.h"
#include "smtp_world.h"

using namespace fixture;

namespace {

/* The engine with a relay that is a sendmail; the test is the program. */
class Pipes : public World {
public:
	Pipes()
	{
		SmtpRelay &relay = config.relays[0];

		relay.kind = RelayKind::sendmail;
		relay.host = "/usr/sbin/sendmail";
		relay.connections = 2;
		commit();
		peer = &add_peer();
	}

	/* The nth program that was asked for. */
	std::uint64_t id(std::size_t n)
	{
		runner.until([&] { return (servers.runs.size() > n); });
		return (servers.runs[n].first);
	}
	void start(std::size_t n)
	{
		int pair[2];

		REQUIRE(pipe2(pair, O_NONBLOCK | O_CLOEXEC) == 0);
		input = Fd(pair[0]);
		engine.program_running({id(n), 0}, Fd(pair[1]));
		REQUIRE(pipe2(pair, O_NONBLOCK | O_CLOEXEC) == 0);
		output = Fd(pair[1]);
		engine.program_output({id(n), 0}, Fd(pair[0]));
	}
	/* What the program reads until its input ends. */
	std::string take_all()
	{
		bool ended = false;

		runner.until([&] {
			char buffer[65536];
			ssize_t got;
			while ((got = read(input.get(), buffer,
				    sizeof(buffer))) > 0)
				mail.append(buffer,
				    static_cast<std::size_t>(got));
			ended = got == 0;
			return (ended);
		});
		return (mail);
	}
	void exit(std::size_t n, RunEnd how, int number)
	{
		engine.program_exited({id(n), how, number});
	}
	/* The time of what was just submitted is over, and not before. */
	void overdue()
	{
		Clock::duration time = config.relays[0].timeout_submission;

		runner.run_for(time - std::chrono::nanoseconds(1));
		CHECK(peer->results.empty());
		runner.run_for(std::chrono::nanoseconds(1));
		CHECK(peer->results.size() == 1);
	}
	SubmissionResult result(std::uint64_t submission)
	{
		runner.until(
		    [&] { return (peer->results.count(submission) != 0); });
		return (peer->results[submission]);
	}

	Web *peer;
	Fd input, output;
	std::string mail;
};

} /* namespace */

TEST_CASE("a program gets the whole message with LF, and its dots as they are")
{
	Pipes world;
	Submission submission = world.next({"a@example.org", "b@example.org"});
	submission.content = "Content-Type: text/plain\r\n\r\n.\r\n..x\nlast";

	world.peer->submit(1, submission);
	world.start(0);
	const RunRequest &run = world.servers.runs[0].second;
	CHECK(run.generation == world.config.generation);
	CHECK(run.relay == 0);
	CHECK(run.key == "billing");
	CHECK(run.recipients ==
	    std::vector<std::string>{"a@example.org", "b@example.org"});

	std::string mail = world.take_all();
	CHECK(mail.find('\r') == std::string::npos);
	CHECK(mail.substr(0, 6) == "Date: ");
	CHECK(mail.find("\nMIME-Version: 1.0\nContent-Type: text/plain\n\n"
	    ".\n..x\nlast\n") != std::string::npos);
	REQUIRE(world.servers.finishes.size() == 1);
	CHECK(world.servers.finishes[0].id == world.id(0));
	CHECK_FALSE(world.servers.finishes[0].kill);
	CHECK(world.peer->results.empty());

	world.exit(0, RunEnd::exited, 0);
	SubmissionResult result = world.result(1);
	CHECK(result.outcome == Outcome::accepted);
	CHECK(result.code == 0);
	CHECK(result.relay == "/usr/sbin/sendmail");
	CHECK(world.look_up(*world.peer, submission.request_id).entry.status ==
	    LedgerStatus::smtp_accepted);
}

TEST_CASE("a program that takes too long is killed before its input ends")
{
	Pipes world;
	Submission submission = world.next();
	std::string lines;
	for (int i = 0; i < 5000; i++)
		lines += std::string(60, 'x') + "\r\n";
	submission.content = std::string(content) + lines;

	world.peer->submit(1, submission);
	world.start(0);
	world.overdue();
	SubmissionResult result = world.result(1);
	CHECK(result.outcome == Outcome::unknown);
	REQUIRE(world.servers.finishes.size() == 1);
	CHECK(world.servers.finishes[0].kill);
	/* Its end comes later, and changes nothing. */
	world.exit(0, RunEnd::signaled, SIGKILL);
	world.peer->submit(2, world.next());
	world.start(1);
	world.take_all();
	world.exit(1, RunEnd::exited, 0);
	CHECK(world.result(2).outcome == Outcome::accepted);
}

TEST_CASE("a program that does not come in time has sent nothing")
{
	Pipes world;
	world.peer->submit(1, world.next());
	world.overdue();
	CHECK(world.result(1).outcome == Outcome::unavailable);
	/* ... and is not wanted when it comes. */
	world.start(0);
	CHECK(world.servers.finishes.back().kill);
	CHECK(world.take_all().empty());
}

TEST_CASE("what the parent refuses goes to the next relay, or is said")
{
	Pipes world;
	world.peer->submit(1, world.next());
	world.engine.program_running({world.id(0), EAGAIN}, Fd());
	SubmissionResult result = world.result(1);
	CHECK(result.outcome == Outcome::unavailable);
	CHECK(result.stage == Stage::connect);

	/* Of another generation: it is asked again. */
	world.peer->submit(2, world.next());
	world.engine.program_running({world.id(1), ESTALE}, Fd());
	world.start(2);
	world.take_all();
	world.exit(2, RunEnd::exited, 0);
	CHECK(world.result(2).outcome == Outcome::accepted);

	world.config.relays.push_back(make_relay("mx.example"));
	world.commit();
	world.peer->submit(3, world.next());
	world.engine.program_running({world.id(3), EMFILE}, Fd());
	CHECK(world.result(3).outcome == Outcome::accepted);
	CHECK(world.servers.delivered() == 1);
}

TEST_CASE("a cancel counts until the program runs")
{
	Pipes world;
	world.peer->submit(1, world.next());
	world.id(0);
	world.peer->cancel(1);
	world.runner.settle();
	world.start(0);
	CHECK(world.result(1).outcome == Outcome::canceled);
	CHECK(world.servers.finishes.back().kill);
	CHECK(world.take_all().empty());

	world.peer->submit(2, world.next());
	std::uint64_t asked = world.id(1);
	world.peer->cancel(2);
	world.runner.settle();
	world.engine.program_running({asked, ESTALE}, Fd());
	CHECK(world.result(2).outcome == Outcome::canceled);
}

TEST_CASE("a sendmail that is no longer configured finishes what it has")
{
	Pipes world;
	for (std::uint64_t i = 1; i <= 3; i++)
		world.peer->submit(i, world.next());
	world.id(1);
	world.start(0);
	world.config.relays[0] = make_relay("mx.example");
	world.commit();
	/* The one that waited goes the new way. */
	CHECK(world.result(3).outcome == Outcome::accepted);
	world.take_all();
	world.exit(0, RunEnd::exited, 0);
	CHECK(world.result(1).outcome == Outcome::accepted);
	world.exit(1, RunEnd::not_started, ENOENT);
	CHECK(world.result(2).outcome == Outcome::accepted);
	world.runner.settle();
	CHECK(world.servers.delivered() == 2);
}
