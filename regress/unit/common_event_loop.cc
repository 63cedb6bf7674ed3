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
#include <sys/resource.h>
#include <sys/socket.h>

#include <limits.h>
#include <unistd.h>

#include <vector>

#include "catch.h"
#include "event_loop.h"
#include "imsg.h"
#include "log.h"
#include "loop_conformance.h"

namespace {

using namespace std::chrono_literals;

struct Recorder {
	EventLoop loop;
	std::vector<int> order;
	TurnEndTask first{loop, this, calls<&Recorder::run_first>};
	TurnEndTask second{loop, this, calls<&Recorder::run_second>};
	Timer start{this, calls<&Recorder::begin>};
	Timer end{this, calls<&Recorder::finish>};

	void begin()
	{
		order.push_back(0);
		first.schedule();
		first.schedule();
	}
	void run_first()
	{
		order.push_back(1);
		second.schedule();
	}
	void run_second()
	{
		order.push_back(2);
		end.arm(0ms);
	}
	void finish()
	{
		order.push_back(3);
		loop.stop();
	}
};

} /* namespace */

TEST_CASE("what was put off runs once, at the end of the same turn")
{
	Recorder r;

	r.start.arm(0ms);
	r.loop.run();
	CHECK(r.order == std::vector<int>{0, 1, 2, 3});
}

TEST_CASE("a cancelled task does not run")
{
	Recorder r;

	r.second.schedule();
	r.second.cancel();
	r.end.arm(0ms);
	r.loop.run();
	CHECK(r.order == std::vector<int>{3});
}

namespace {

class RealLoop final : public conformance::Loop {
public:
	void run() override
	{
		loop.run();
	}
};

} /* namespace */

TEST_CASE("timers")
{
	RealLoop loop;

	conformance::check_timers(loop);
}

TEST_CASE("deadlines")
{
	RealLoop loop;

	conformance::check_deadlines(loop);
}

TEST_CASE("descriptors")
{
	RealLoop loop;

	conformance::check_descriptors(loop);
}

namespace {

struct Ends : ChannelHandler {
	EventLoop loop;
	std::unique_ptr<Channel> a, b;
	std::vector<std::string> got;
	int closed = 0;
	TurnEndTask pause{loop, this, calls<&Ends::stop>};

	Ends()
	{
		int fds[2];
		REQUIRE(socketpair(AF_UNIX,
			    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
			    fds) == 0);
		a = std::make_unique<Channel>(loop, Fd(fds[0]),
		    ImsgSocket::Descriptors::refused, *this);
		b = std::make_unique<Channel>(loop, Fd(fds[1]),
		    ImsgSocket::Descriptors::received, *this);
	}
	bool channel_message(Channel &, Imsg &message) override
	{
		got.emplace_back(message.data);
		if (message.type == 2)
			a.reset();
		if (message.type == 4)
			loop.stop();
		return (message.type != 3);
	}
	void channel_closed(Channel &channel) override
	{
		closed++;
		if (&channel == b.get())
			b.reset();
		loop.stop();
	}
	void stop()
	{
		loop.stop();
	}
};

/* One descriptor may be in flight, and no other beside it. */
struct OneInFlight {
	OneInFlight()
	{
		REQUIRE(getrlimit(RLIMIT_NOFILE, &before) == 0);
		struct rlimit none = {0, before.rlim_max};
		REQUIRE(setrlimit(RLIMIT_NOFILE, &none) == 0);
		REQUIRE((user != 0 || seteuid(65534) == 0));
	}
	~OneInFlight()
	{
		if (seteuid(user) == -1 ||
		    setrlimit(RLIMIT_NOFILE, &before) == -1)
			fatal("cannot be root again");
	}
	uid_t user = geteuid();
	struct rlimit before;
};

} /* namespace */

TEST_CASE("what was said before the end of a channel is heard")
{
	Ends ends;

	ends.a->compose(1, "one");
	ends.a->compose(2, "two");
	ends.loop.run();
	CHECK(ends.got == std::vector<std::string>{"one", "two"});
	CHECK(ends.closed == 1);
	CHECK(ends.b == nullptr);
}

TEST_CASE("a message that the handler refuses ends the channel")
{
	Ends ends;

	ends.a->compose(3, "nonsense");
	ends.a->compose(1, "not heard");
	ends.loop.run();
	CHECK(ends.got == std::vector<std::string>{"nonsense"});
	CHECK(ends.closed == 1);
}

#ifdef __linux__ /* where RLIMIT_NOFILE bounds descriptors in flight */
TEST_CASE("what the kernel has no room for now is sent later")
{
	Ends ends;

	ends.a->compose(1, "one", Fd(dup(STDERR_FILENO)));
	ends.a->compose(4, "two", Fd(dup(STDERR_FILENO)));
	ends.pause.schedule();
	{
		OneInFlight one;
		ends.loop.run();
		REQUIRE(ends.a->queued_fds() > 0);
	}
	ends.loop.run();
	CHECK(ends.got == std::vector<std::string>{"one", "two"});
	CHECK(ends.closed == 0);
}
#endif

TEST_CASE("a channel that can never send ends, though its peer is there")
{
	Ends ends;

	ends.a->compose(1, "one", Fd(INT_MAX));
	ends.loop.run();
	CHECK(ends.got.empty());
	CHECK(ends.closed == 1);
	CHECK_FALSE(ends.a->alive());
}
