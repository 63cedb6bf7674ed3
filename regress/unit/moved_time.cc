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

#include <errno.h>
#include <poll.h>

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "fd_event.h"
#include "moved_time.h"

namespace {

struct Armed {
	struct event *ev;
	Clock::time_point due;
};

/* In the order of their arming, which those that are due together keep. */
std::vector<Armed> timers;

struct Watched {
	struct event *ev;
	struct pollfd what;
};

std::vector<Watched> watched;
bool was_activated = false;

/* An hour after the machine's start. */
Clock::time_point the_time{std::chrono::hours(1)};
Clock::duration cost_of_look{0};

void
forget(struct event *ev)
{
	std::erase_if(timers, [ev](const Armed &t) { return (t.ev == ev); });
}

bool
any_is_ready(int wait_ms)
{
	std::vector<struct pollfd> set;
	int ready;

	for (const Watched &w : watched)
		set.push_back(w.what);
	do
		ready = poll(
		    set.data(), static_cast<nfds_t>(set.size()), wait_ms);
	while (ready == -1 && errno == EINTR);
	/* It was closed, and is watched yet: nothing could be quiet again. */
	if (std::ranges::any_of(set, [](const struct pollfd &fd) {
		    return ((fd.revents & POLLNVAL) != 0);
	    }))
		abort();
	return (ready > 0);
}

} /* namespace */

bool
moved_time::advance(Clock::time_point end)
{
	auto next = std::ranges::min_element(timers, {}, &Armed::due);

	if (next == timers.end() || next->due > end) {
		the_time = std::max(the_time, end);
		return (false);
	}
	the_time = std::max(the_time, next->due);

	std::ranges::stable_sort(timers, {}, &Armed::due);
	while (!timers.empty() && timers.front().due <= the_time) {
		event_active(timers.front().ev, EV_TIMEOUT, 1);
		timers.erase(timers.begin());
	}
	return (true);
}

void
moved_time::pass(Clock::duration time)
{
	Clock::time_point end = the_time + time;

	while (advance(end))
		;
}

void
moved_time::set_cost_of_look(Clock::duration cost)
{
	cost_of_look = cost;
}

bool
moved_time::is_quiet()
{
	if (was_activated) {
		was_activated = false;
		return (false);
	}
	return (!any_is_ready(0));
}

bool
moved_time::wait_outside()
{
	return (any_is_ready(10));
}

Clock::time_point
Clock::now()
{
	the_time += cost_of_look;
	return (the_time);
}

std::int64_t
time_of_day_ms()
{
	constexpr std::chrono::milliseconds start{1800000000000}; /* 2027 */
	auto since = the_time.time_since_epoch();

	return ((start + std::chrono::floor<std::chrono::milliseconds>(since))
		    .count());
}

void
Timer::arm(Clock::duration after)
{
	disarm();
	timers.push_back(
	    {&ev, the_time + std::max(after, Clock::duration::zero())});
}

void
Timer::disarm()
{
	forget(&ev);
	event_del(&ev);
}

bool
Timer::armed() const
{
	auto is_it = [this](const Armed &timer) { return (timer.ev == &ev); };

	return (std::ranges::any_of(timers, is_it) ||
	    evtimer_pending(&ev, nullptr) != 0);
}

void
FdEvent::add()
{
	if (is_added)
		return;
	if (event_add(&ev, nullptr) == -1)
		abort();
	is_added = true;

	struct pollfd what = {EVENT_FD(&ev), 0, 0};
	what.events = static_cast<short>(
	    ((ev.ev_events & EV_READ) != 0 ? POLLIN : 0) |
	    ((ev.ev_events & EV_WRITE) != 0 ? POLLOUT : 0));
	watched.push_back({&ev, what});
}

void
FdEvent::remove()
{
	if (!is_added)
		return;
	event_del(&ev);
	is_added = false;
	std::erase_if(
	    watched, [this](const Watched &w) { return (w.ev == &ev); });
}

void
FdEvent::activate()
{
	if (!is_added)
		return;
	event_active(&ev, EV_READ, 1);
	was_activated = true;
}
