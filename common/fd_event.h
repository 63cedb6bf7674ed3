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
 * A descriptor in the event loop.  Unit tests, which must know when nothing is
 * left to happen, link regress/unit/moved_time.cc in place of fd_event.cc.
 */

#ifndef COMMON_FD_EVENT_H
#define COMMON_FD_EVENT_H

#include <sys/types.h>
#include <sys/time.h>

#include <event.h>

/* A descriptor that is watched; it belongs to somebody else. */
class FdEvent {
public:
	FdEvent() = default;
	~FdEvent()
	{
		remove();
	}
	FdEvent(const FdEvent &) = delete;
	FdEvent &operator=(const FdEvent &) = delete;

	/* what: EV_READ or EV_WRITE; stays added until remove(). */
	template <auto method, typename Owner>
	void set(int fd, short what, Owner *owner)
	{
		remove();
		event_set(&ev, fd, static_cast<short>(what | EV_PERSIST),
		    [](int, short, void *o) {
			    (static_cast<Owner *>(o)->*method)();
		    },
		    owner);
	}
	void add();
	void remove();
	/* Calls the method once more in the next turn, if it is added. */
	void activate();
	bool added() const
	{
		return (is_added);
	}

private:
	struct event ev;
	bool is_added = false;
};

#endif
