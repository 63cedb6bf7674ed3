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
 * How long a turn is held: processor time, so that neither the disk nor what
 * else the machine does is counted.
 */

#ifndef REGRESS_UNIT_TURN_TIME_H
#define REGRESS_UNIT_TURN_TIME_H

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <ctime>

namespace fixture {

class LongestTurn {
public:
	/* One turn. */
	template <typename What>
	void time(What &&what)
	{
		begin();
		what();
		lap();
	}
	void begin()
	{
		last = now();
	}
	/* One turn ends, and the next begins. */
	void lap()
	{
		std::chrono::nanoseconds at = now();

		longest = std::max(longest, at - last);
		last = at;
	}
	double milliseconds() const
	{
		return (std::chrono::duration<double, std::milli>(longest)
			    .count());
	}

	/* In milliseconds; what watches every access is slow. */
	static double bound()
	{
		const char *preload = getenv("LD_PRELOAD");
		double slower = 1;

#if defined(__SANITIZE_ADDRESS__)
		slower = 10;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
		slower = 10;
#endif
#endif
		if (preload != nullptr && strstr(preload, "vgpreload") != nullptr)
			slower = 100;
		return (50 * slower);
	}

private:
	static std::chrono::nanoseconds now()
	{
		struct timespec ts;

		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
		return (std::chrono::seconds(ts.tv_sec) +
		    std::chrono::nanoseconds(ts.tv_nsec));
	}

	std::chrono::nanoseconds last{0}, longest{0};
};

} /* namespace fixture */

#endif
