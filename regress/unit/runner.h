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
 * Runs an event loop in moved time: turn after turn while anything is ready,
 * then on to the next timer, until what a test waits for is there.
 */

#ifndef REGRESS_UNIT_RUNNER_H
#define REGRESS_UNIT_RUNNER_H

#include <unistd.h>

#include <cstdlib>
#include <functional>

#include "catch.h"
#include "event_loop.h"
#include "fd.h"
#include "moved_time.h"

namespace fixture {

class Runner {
public:
	/*
	 * beside_others: other processes or threads have a part in it.  Then
	 * what they do is waited for, and only run_for() moves the time.
	 */
	enum class World { closed, beside_others };

	explicit Runner(EventLoop &event_loop, World its_world = World::closed)
	    : loop(event_loop), world(its_world)
	{
		int pair[2];

		if (pipe(pair) == -1)
			abort();
		awake = Fd(pair[0]);
		filled = Fd(pair[1]);
		if (write(filled.get(), "x", 1) != 1)
			abort();
		event.set<&Runner::end_turn>(awake.get(), EV_READ, this);
	}

	/* Whether it comes to be so within limit. */
	bool reaches(const std::function<bool()> &is_so,
	    Clock::duration limit = std::chrono::seconds(5))
	{
		Clock::time_point end = Clock::now() + limit;
		int moments = moments_max;

		for (;;) {
			turn();
			if (is_so())
				return (true);
			if (!moved_time::is_quiet())
				continue;
			if (world == World::beside_others) {
				if (moved_time::advance(Clock::now()))
					continue; /* it was due */
				if (!moved_time::wait_outside() &&
				    --moments == 0)
					return (false);
			} else if (!moved_time::advance(end)) {
				turn();
				return (is_so());
			}
		}
	}
	/* The same, and the test fails when it does not. */
	void until(const std::function<bool()> &is_so,
	    Clock::duration limit = std::chrono::seconds(5))
	{
		REQUIRE(reaches(is_so, limit));
	}
	/* All that happens in a time. */
	void run_for(Clock::duration time)
	{
		Clock::time_point end = Clock::now() + time;

		do
			settle();
		while (moved_time::advance(end));
		settle();
	}
	/* All that happens before any time passes. */
	void settle()
	{
		do
			turn();
		while (!moved_time::is_quiet() ||
		    moved_time::advance(Clock::now()));
	}
	/* One turn, which waits for nothing. */
	void turn()
	{
		event.add();
		loop.run();
		event.remove();
	}

private:
	/* Of 10 ms each in which nothing happened: what hangs ends at last. */
	static constexpr int moments_max = 30000;

	void end_turn()
	{
		loop.stop();
	}

	EventLoop &loop;
	const World world;
	Fd awake, filled;
	FdEvent event;
};

} /* namespace fixture */

#endif
