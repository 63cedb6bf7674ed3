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

/*
 * What Timer, Deadline and FdEvent promise, whichever time they live in: the
 * program's own, or the one that unit tests move.  A file that includes this
 * says how a loop is run until one of its events calls finish().
 */

#ifndef REGRESS_UNIT_LOOP_CONFORMANCE_H
#define REGRESS_UNIT_LOOP_CONFORMANCE_H

#include <unistd.h>

#include <functional>
#include <memory>
#include <vector>

#include "catch.h"
#include "event_loop.h"
#include "fd.h"

namespace conformance {

using namespace std::chrono_literals;

/* One whose events are noted, each by its name. */
class Loop {
public:
	virtual ~Loop() = default;
	/* Until finish(). */
	virtual void run() = 0;

	void finish()
	{
		finished = true;
		loop.stop();
	}

	EventLoop loop;
	std::vector<char> order;

protected:
	bool finished = false;
};

/* A timer that notes its name, and then does something. */
struct Named {
	Named(Loop &its_loop, char its_name, std::function<void()> what = {})
	    : l(its_loop), name(its_name), then(std::move(what))
	{
	}
	void fire()
	{
		l.order.push_back(name);
		fired_at = Clock::now();
		was_armed = timer.armed();
		if (then)
			then();
	}

	Loop &l;
	char name;
	std::function<void()> then;
	Clock::time_point fired_at;
	bool was_armed = false;
	Timer timer{this, calls<&Named::fire>};
};

using Order = std::vector<char>;

inline void
check_timers(Loop &l)
{
	/* Each is armed after those that are due before it, however late. */
	SECTION("they fire once, in the order of their times")
	{
		Named far(l, 'd'), first(l, 'a'), middle(l, 'b');
		Named last(l, 'c', [&] { l.finish(); });

		far.timer.arm(1h);
		first.timer.arm(10ms);
		middle.timer.arm(20ms);
		last.timer.arm(30ms);
		CHECK(last.timer.armed());
		l.run();
		CHECK(l.order == Order{'a', 'b', 'c'});
		CHECK(far.timer.armed());
		CHECK_FALSE(first.timer.armed());
	}
	SECTION("one that fires is not armed, until it arms itself")
	{
		int left = 2;
		Named again(l, 'a', [&] {
			if (left-- > 0) {
				again.timer.arm(5ms);
				CHECK(again.timer.armed());
			} else
				l.finish();
		});

		CHECK_FALSE(again.timer.armed());
		again.timer.arm(5ms);
		l.run();
		CHECK(l.order == Order{'a', 'a', 'a'});
		CHECK_FALSE(again.was_armed);
		CHECK_FALSE(again.timer.armed());
	}
	SECTION("arming replaces what was armed")
	{
		Named sooner(l, 'a'), later(l, 'b');
		Named end(l, 'c', [&] { l.finish(); });

		later.timer.arm(1ms);
		sooner.timer.arm(1h);
		sooner.timer.arm(10ms);
		later.timer.arm(20ms);
		end.timer.arm(30ms);
		l.run();
		CHECK(l.order == Order{'a', 'b', 'c'});
	}
	SECTION("a time that has passed is now")
	{
		Named past(l, 'a'), end(l, 'b', [&] { l.finish(); });

		past.timer.arm(-1h);
		end.timer.arm(1ms);
		l.run();
		CHECK(l.order == Order{'a', 'b'});
	}
	SECTION("one that is disarmed, or gone, does not fire")
	{
		auto gone = std::make_unique<Named>(l, 'b');
		Named disarmed(l, 'c'), never(l, 'd');
		/* The times of the others may have come by then. */
		Named first(l, 'a', [&] {
			gone.reset();
			disarmed.timer.disarm();
			CHECK_FALSE(disarmed.timer.armed());
		});
		Named end(l, 'e', [&] { l.finish(); });

		first.timer.arm(0ms);
		gone->timer.arm(2us);
		disarmed.timer.arm(2us);
		never.timer.arm(5ms);
		never.timer.disarm();
		CHECK_FALSE(never.timer.armed());
		end.timer.arm(10ms);
		l.run();
		CHECK(l.order == Order{'a', 'e'});
	}
}

inline void
check_deadlines(Loop &l)
{
	struct Due {
		explicit Due(Loop &its_loop) : l(its_loop)
		{
		}
		void fire()
		{
			fired++;
			at = Clock::now();
			l.finish();
		}

		Loop &l;
		int fired = 0;
		Clock::time_point at;
		Deadline deadline{this, calls<&Due::fire>};
	} due(l);
	Clock::time_point now = Clock::now();

	SECTION("one that is moved back fires once, at its last time")
	{
		due.deadline.set(now + 5ms);
		due.deadline.set(now + 20ms);
		l.run();
		CHECK(due.fired == 1);
		CHECK(due.at >= now + 20ms);
	}
	SECTION("one that is moved forward does not wait for the old time")
	{
		due.deadline.set(now + 1h);
		due.deadline.set(now + 5ms);
		l.run();
		CHECK(due.fired == 1);
		CHECK(due.at >= now + 5ms);
		CHECK(due.at < now + 1h);
	}
	SECTION("one that is cleared does not fire")
	{
		Named end(l, 'a', [&] { l.finish(); });

		due.deadline.set(now + 5ms);
		due.deadline.clear();
		end.timer.arm(10ms);
		l.run();
		CHECK(due.fired == 0);
	}
}

/* One end of a pipe that is watched. */
struct Watcher {
	Watcher(Loop &its_loop, char its_name, int fd, short what)
	    : l(its_loop), name(its_name)
	{
		event.set<&Watcher::ready>(fd, what, this);
	}
	void ready()
	{
		l.order.push_back(name);
		if (then)
			then();
	}

	Loop &l;
	char name;
	std::function<void()> then;
	FdEvent event;
};

inline void
check_descriptors(Loop &l)
{
	int fds[2];
	REQUIRE(pipe(fds) == 0);
	Fd in(fds[0]), out(fds[1]);
	Watcher reader(l, 'r', in.get(), EV_READ);
	Watcher writer(l, 'w', out.get(), EV_WRITE);
	auto write_one = [&] { REQUIRE(write(out.get(), "x", 1) == 1); };

	SECTION("one is told of in every turn until it is taken away")
	{
		int left = 3;

		write_one();
		reader.then = [&] {
			if (--left == 0) {
				reader.event.remove();
				CHECK_FALSE(reader.event.added());
				writer.event.add();
			}
		};
		writer.then = [&] { l.finish(); };
		reader.event.add();
		reader.event.add(); /* nothing more */
		CHECK(reader.event.added());
		l.run();
		CHECK(l.order == Order{'r', 'r', 'r', 'w'});
	}
	SECTION("one that is not ready is told of when it is activated, once")
	{
		Named end(l, 'e', [&] { l.finish(); });

		reader.event.activate(); /* it is not added */
		end.timer.arm(5ms);
		l.run();
		CHECK(l.order == Order{'e'});

		reader.event.add();
		reader.event.activate();
		reader.then = [&] { end.timer.arm(5ms); };
		l.run();
		CHECK(l.order == Order{'e', 'r', 'e'});
	}
	SECTION("what is taken away before its turn is not told of")
	{
		Named end(l, 'e', [&] { l.finish(); });

		write_one();
		reader.event.add();
		reader.event.activate();
		reader.event.remove();
		end.timer.arm(5ms);
		l.run();
		CHECK(l.order == Order{'e'});
	}
	SECTION("the end of the other side is told of")
	{
		reader.then = [&] { l.finish(); };
		reader.event.add();
		out.reset();
		l.run();
		CHECK(l.order == Order{'r'});
	}
	SECTION("one that is set anew is no longer added")
	{
		Named end(l, 'e', [&] { l.finish(); });

		write_one();
		reader.event.add();
		reader.event.set<&Watcher::ready>(in.get(), EV_READ, &reader);
		CHECK_FALSE(reader.event.added());
		end.timer.arm(5ms);
		l.run();
		CHECK(l.order == Order{'e'});
	}
}

} /* namespace conformance */

#endif
