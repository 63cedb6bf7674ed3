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
 * The event loop over libevent, in the subset that 1.4 and 2.1 share.  One
 * turn of the loop runs everything that is ready, and then what was put off
 * to the turn's end: messages go out in one system call, the ledger commits
 * once.
 *
 * An object that holds one of these classes is neither copied nor moved.
 * With libevent 1.4 a time-out removes a persistent event, so descriptors and
 * timers are separate events here.
 */

#ifndef COMMON_EVENT_LOOP_H
#define COMMON_EVENT_LOOP_H

#include <sys/types.h>
#include <sys/time.h>

#include <event.h>

#include <type_traits>
#include <vector>

#include "deadline.h"
#include "fd_event.h"
#include "timer.h"

class TurnEndTask;

/* One a process, made before any event. */
class EventLoop {
public:
	EventLoop();
	~EventLoop();
	EventLoop(const EventLoop &) = delete;
	EventLoop &operator=(const EventLoop &) = delete;

	/* Until stop(). */
	void run();
	/* After the current turn, its end included. */
	void stop()
	{
		running = false;
	}

private:
	friend class TurnEndTask;
	void run_turn_end();

	struct event_base *base;
	bool running = false;
	std::vector<TurnEndTask *> at_turn_end;
};

/* Runs a method once at the end of the turn in which it was scheduled. */
class TurnEndTask {
public:
	template <auto method, typename Owner>
	TurnEndTask(EventLoop &event_loop, Owner *task_owner,
	    std::integral_constant<decltype(method), method>)
	    : loop(event_loop), owner(task_owner),
	      call([](void *o) { (static_cast<Owner *>(o)->*method)(); })
	{
	}
	~TurnEndTask()
	{
		cancel();
	}
	TurnEndTask(const TurnEndTask &) = delete;
	TurnEndTask &operator=(const TurnEndTask &) = delete;

	void schedule();
	void cancel();

private:
	friend class EventLoop;
	EventLoop &loop;
	void *owner;
	void (*call)(void *);
	bool scheduled = false;
};

/* A signal, delivered in the loop. */
class SignalEvent {
public:
	template <auto method, typename Owner>
	SignalEvent(int number, Owner *owner,
	    std::integral_constant<decltype(method), method>)
	{
		signal_set(&ev, number,
		    [](int, short, void *o) {
			    (static_cast<Owner *>(o)->*method)();
		    },
		    owner);
		add();
	}
	~SignalEvent()
	{
		signal_del(&ev);
	}
	SignalEvent(const SignalEvent &) = delete;
	SignalEvent &operator=(const SignalEvent &) = delete;

private:
	void add();

	struct event ev;
};

#endif
