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

#include <chrono>
#include <type_traits>
#include <vector>

using Clock = std::chrono::steady_clock; /* CLOCK_MONOTONIC */

/* Names a method in a constructor: Timer timer{this, calls<&Owner::tick>}; */
template <auto method>
inline constexpr std::integral_constant<decltype(method), method> calls{};

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
	bool armed() const
	{
		return (evtimer_pending(&ev, nullptr) != 0);
	}

private:
	mutable struct event ev;
};

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
