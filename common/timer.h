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
 * The time, and what happens after some of it.  Unit tests link a time of their
 * own that they move by hand, regress/unit/moved_time.cc, in place of timer.cc.
 */

#ifndef COMMON_TIMER_H
#define COMMON_TIMER_H

#include <sys/types.h>
#include <sys/time.h>

#include <event.h>

#include <chrono>
#include <cstdint>
#include <type_traits>

/* CLOCK_MONOTONIC, the same for all processes of a machine. */
class Clock {
public:
	using duration = std::chrono::nanoseconds;
	using rep = duration::rep;
	using period = duration::period;
	using time_point = std::chrono::time_point<Clock>;
	static constexpr bool is_steady = true;

	static time_point now();
};

/* The time of day in milliseconds since 1970. */
std::int64_t time_of_day_ms();

/* Names a method in a constructor: Timer timer{this, calls<&Owner::tick>}; */
template <auto method>
inline constexpr std::integral_constant<decltype(method), method> calls{};

/* Runs a method once after a time. */
class Timer {
public:
	template <auto method, typename Owner>
	Timer(Owner *owner, std::integral_constant<decltype(method), method>)
	{
		event_set(&ev, -1, 0,
		    [](int, short, void *o) {
			    (static_cast<Owner *>(o)->*method)();
		    },
		    owner);
	}
	~Timer()
	{
		disarm();
	}
	Timer(const Timer &) = delete;
	Timer &operator=(const Timer &) = delete;

	void arm(Clock::duration after); /* replaces an earlier arm() */
	void disarm();
	bool armed() const;

private:
	mutable struct event ev;
};

#endif
