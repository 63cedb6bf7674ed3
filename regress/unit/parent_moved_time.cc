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

/* The time that unit tests move does what the program's own does. */

#include "loop_conformance.h"
#include "runner.h"

using namespace std::chrono_literals;

namespace {

class MovedLoop final : public conformance::Loop {
public:
	void run() override
	{
		finished = false;
		runner.until([this] { return (finished); });
	}

private:
	fixture::Runner runner{loop};
};

} /* namespace */

TEST_CASE("timers in moved time")
{
	MovedLoop loop;

	conformance::check_timers(loop);
}

TEST_CASE("deadlines in moved time")
{
	MovedLoop loop;

	conformance::check_deadlines(loop);
}

TEST_CASE("descriptors in moved time")
{
	MovedLoop loop;

	conformance::check_descriptors(loop);
}

TEST_CASE("time passes when it is moved, and not otherwise")
{
	MovedLoop l;
	fixture::Runner runner(l.loop);
	conformance::Named timer(l, 'a');
	Clock::time_point begun = Clock::now();

	for (int i = 0; i < 3; i++)
		runner.turn();
	CHECK(Clock::now() == begun);
	timer.timer.arm(10s);
	runner.run_for(10s - 1ns);
	CHECK(l.order.empty());
	CHECK(timer.timer.armed());
	runner.run_for(1ns);
	CHECK(l.order == conformance::Order{'a'});
	CHECK(timer.fired_at == begun + 10s);
	/* Nothing is left to happen in this one. */
	CHECK_FALSE(runner.reaches([] { return (false); }, 1h));
	CHECK(Clock::now() == begun + 10s + 1h);
}

TEST_CASE("what happens on the way has the time that it has")
{
	MovedLoop l;
	fixture::Runner runner(l.loop);
	conformance::Named second(l, 'b');
	conformance::Named first(l, 'a', [&] { second.timer.arm(10ms); });
	Clock::time_point begun = Clock::now();

	first.timer.arm(10ms);
	runner.run_for(1s);
	CHECK(first.fired_at == begun + 10ms);
	CHECK(second.fired_at == begun + 20ms);
	CHECK(Clock::now() == begun + 1s);
}

TEST_CASE("timers fire in the order of their times, not of their arming")
{
	MovedLoop l;
	fixture::Runner runner(l.loop);
	conformance::Named last(l, 'c'), middle(l, 'b'), first(l, 'a');

	last.timer.arm(3ms);
	middle.timer.arm(2ms);
	first.timer.arm(1ms);
	SECTION("one after the other")
	{
		runner.run_for(3ms);
	}
	SECTION("when they are late, too")
	{
		moved_time::set_cost_of_look(5ms);
		Clock::now();
		moved_time::set_cost_of_look(0ms);
		runner.run_for(0ms);
	}
	CHECK(l.order == conformance::Order{'a', 'b', 'c'});
}

TEST_CASE("no time passes while a descriptor is ready")
{
	MovedLoop l;
	fixture::Runner runner(l.loop);
	int fds[2];
	REQUIRE(pipe(fds) == 0);
	Fd in(fds[0]), out(fds[1]);
	conformance::Watcher reader(l, 'r', in.get(), EV_READ);
	conformance::Named timer(l, 't');
	int turns = 0;

	REQUIRE(write(out.get(), "x", 1) == 1);
	reader.then = [&] {
		if (++turns == 100)
			reader.event.remove();
	};
	reader.event.add();
	timer.timer.arm(1ms);
	runner.run_for(1ms);
	CHECK(turns == 100);
	CHECK(l.order.back() == 't');
}

TEST_CASE("a look at the clock can be made to cost time")
{
	EventLoop loop;
	Clock::time_point begun = Clock::now();

	moved_time::set_cost_of_look(1ms);
	CHECK(Clock::now() == begun + 1ms);
	CHECK(Clock::now() == begun + 2ms);
	moved_time::set_cost_of_look(0ms);
	CHECK(Clock::now() == begun + 2ms);
}
