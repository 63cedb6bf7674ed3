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

#ifndef COMMON_DEADLINE_H
#define COMMON_DEADLINE_H

#include "timer.h"

/*
 * A deadline that is moved often: the timer behind it is only touched when
 * the deadline comes earlier than it would fire.
 */
class Deadline {
public:
	template <auto method, typename Owner>
	Deadline(Owner *deadline_owner,
	    std::integral_constant<decltype(method), method>)
	    : timer(this, calls<&Deadline::fire>), owner(deadline_owner),
	      call([](void *o) { (static_cast<Owner *>(o)->*method)(); })
	{
	}

	void set(Clock::time_point at);
	void clear()
	{
		due = Clock::time_point::max();
	}

private:
	void fire();

	Timer timer;
	Clock::time_point due = Clock::time_point::max();
	Clock::time_point fires = Clock::time_point::max();
	void *owner;
	void (*call)(void *);
};

#endif
