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
#include <sys/wait.h>

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>

#include "captured_log.h"
#include "catch.h"
#include "child_process.h"
#include "event_loop.h"
#include "no_descriptors.h"

namespace {

/* It hears nothing: the processes have no time to speak. */
class DeafOwner final : public ChildOwner {
public:
	bool child_message(ChildProcess &, Imsg &) override
	{
		return (true);
	}
	void child_died(ChildProcess &) override
	{
	}
};

void
reap(const ChildProcess &child)
{
	kill(child.pid(), SIGKILL);
	REQUIRE(waitpid(child.pid(), nullptr, 0) == child.pid());
}

/* False if it has ended before. */
bool
is_stopped(const ChildProcess &child)
{
	siginfo_t info;

	kill(child.pid(), SIGSTOP);
	REQUIRE(waitid(P_PID, static_cast<id_t>(child.pid()), &info,
	    WEXITED | WSTOPPED) == 0);
	return (info.si_code == CLD_STOPPED);
}

/* By itself, or because of what was done to it. */
bool
ends(const ChildProcess &child)
{
	for (int i = 0; i < 500; i++) {
		if (waitpid(child.pid(), nullptr, WNOHANG) == child.pid())
			return (true);
		usleep(10000);
	}
	reap(child);
	return (false);
}

std::size_t
lines_of(const CapturedLog &log)
{
	std::string said = log.text();

	return (static_cast<std::size_t>(
	    std::count(said.begin(), said.end(), '\n')));
}

} /* namespace */

TEST_CASE("a child that cannot be started is tried ever less often")
{
	EventLoop loop;
	DeafOwner owner;
	CapturedLog log(log_as_text);
	ChildProcess child(loop, owner, ChildKind::http, 1, {});
	struct Stop {
		EventLoop &loop;
		void stop()
		{
			loop.stop();
		}
	} stop{loop};
	Timer end(&stop, calls<&Stop::stop>);

	{
		NoDescriptors none;
		child.start();
		/* After 10, 20, 40, 80 and 160 ms. */
		end.arm(std::chrono::milliseconds(400));
		loop.run();
	}
	std::size_t tries = lines_of(log);
	CHECK(tries >= 2);
	CHECK(tries <= 6);
}

TEST_CASE("a child that takes nothing is ended, and its queue is bounded")
{
	EventLoop loop;
	DeafOwner owner;
	CapturedLog log(log_as_text);
	ChildProcess child(loop, owner, ChildKind::smtp, 1, {});
	const std::string page(16000, 'x');
	const std::size_t pages =
	    ChildProcess::untaken_octets_max / (page.size() + imsg_header_size);

	/* It may end before, for its program may be missing. */
	do
		child.start();
	while (!is_stopped(child));
	/* The loop does not run: nothing is written. */
	for (std::size_t i = 0; i < pages; i++)
		child.send(1, page);
	/* A configuration is as large as it is; behind it all begins anew. */
	child.send_config(1, std::string(8 * 1024 * 1024, 'x'));
	for (std::size_t i = 0; i < pages; i++)
		child.send(1, page);
	CHECK(log.text() == "");
	child.send(1, page);
	std::string said = log.text();
	CHECK(said.find("relayd-smtp " + std::to_string(child.pid()) +
	    " does not take what it asked for") != std::string::npos);
	/* It is said once, and nothing more is queued. */
	child.send(1, "", Fd(open("/dev/null", O_RDONLY | O_CLOEXEC)));
	CHECK(child.queued_fds() == 0);
	CHECK(log.text() == "");
	CHECK(ends(child));
}

TEST_CASE("descriptors that a child does not take are bounded")
{
	EventLoop loop;
	DeafOwner owner;
	CapturedLog log(log_as_text);
	ChildProcess child(loop, owner, ChildKind::smtp, 1, {});

	child.start();
	child.may_ask_for(20);
	child.may_ask_for(10);
	for (std::size_t i = 0; i < ChildProcess::untaken_fds_max + 20; i++)
		child.send(1, "", Fd(open("/dev/null", O_RDONLY | O_CLOEXEC)));
	REQUIRE(child.queued_fds() == ChildProcess::untaken_fds_max + 20);
	CHECK(log.text() == "");
	for (int i = 0; i < 100; i++)
		child.send(1, "", Fd(open("/dev/null", O_RDONLY | O_CLOEXEC)));
	CHECK(child.queued_fds() == ChildProcess::untaken_fds_max + 21);
	CHECK(lines_of(log) == 1);
	reap(child);
}
