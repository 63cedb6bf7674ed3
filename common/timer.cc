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

#include <ctime>

#include "log.h"
#include "timer.h"

Clock::time_point
Clock::now()
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (time_point(std::chrono::seconds(now.tv_sec) +
	    std::chrono::nanoseconds(now.tv_nsec)));
}

std::int64_t
time_of_day_ms()
{
	using std::chrono::milliseconds;
	auto now = std::chrono::system_clock::now().time_since_epoch();

	return (std::chrono::duration_cast<milliseconds>(now).count());
}

void
Timer::arm(Clock::duration after)
{
	if (after < Clock::duration::zero())
		after = Clock::duration::zero();
	/*
	 * Rounded up; yet libevent's own clock may be some milliseconds
	 * behind.  Who must not be early looks at ours, as Deadline does.
	 */
	auto us = std::chrono::ceil<std::chrono::microseconds>(after).count();
	struct timeval tv;
	tv.tv_sec = static_cast<time_t>(us / 1000000);
	tv.tv_usec = static_cast<suseconds_t>(us % 1000000);
	evtimer_del(&ev);
	if (evtimer_add(&ev, &tv) == -1)
		fatal("evtimer_add");
}

void
Timer::disarm()
{
	evtimer_del(&ev);
}

bool
Timer::armed() const
{
	return (evtimer_pending(&ev, nullptr) != 0);
}
