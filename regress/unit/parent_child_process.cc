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
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>

#include "captured_log.h"
#include "catch.h"
#include "child_process.h"
#include "event_loop.h"
#include "no_descriptors.h"
#include "runner.h"

namespace {

/* It hears nothing: the processes are stopped before they can speak. */
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

bool forked_stop = false;

void
stop_if_wanted()
{
	if (forked_stop)
		raise(SIGSTOP);
}

/* Starts it, and it stops before it does anything. */
void
start_stopped(ChildProcess &child)
{
	static const int registered =
	    pthread_atfork(nullptr, nullptr, stop_if_wanted);
	int status;

	REQUIRE(registered == 0);
	forked_stop = true;
	child.start();
	forked_stop = false;
	REQUIRE(waitpid(child.pid(), &status, WUNTRACED) == child.pid());
	REQUIRE(WIFSTOPPED(status));
}

/* SIGKILL if it was sent before; else what this sends, which is weaker. */
int
ending_signal(const ChildProcess &child)
{
	int status = 0;

	kill(child.pid(), SIGALRM);
	kill(child.pid(), SIGCONT);
	REQUIRE(waitpid(child.pid(), &status, 0) == child.pid());
	return (WIFSIGNALED(status) ? WTERMSIG(status) : 0);
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
	using std::chrono::milliseconds;

	EventLoop loop;
	fixture::Runner runner(loop);
	DeafOwner owner;
	CapturedLog log(log_as_text);
	ChildProcess child(loop, owner, ChildKind::http, 1, {});
	NoDescriptors none;

	child.start();
	CHECK(lines_of(log) == 1);
	for (int pause : {10, 20, 40, 80, 160, 320, 500, 500}) {
		CAPTURE(pause);
		runner.run_for(milliseconds(pause - 1));
		CHECK(lines_of(log) == 0);
		runner.run_for(milliseconds(1));
		CHECK(lines_of(log) == 1);
	}
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

	start_stopped(child);
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
	CHECK(ending_signal(child) == SIGKILL);
}

TEST_CASE("descriptors that a child does not take are bounded")
{
	EventLoop loop;
	DeafOwner owner;
	CapturedLog log(log_as_text);
	ChildProcess child(loop, owner, ChildKind::smtp, 1, {});

	start_stopped(child);
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
	CHECK(ending_signal(child) == SIGKILL);
}
