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
 * Takes connections from the listening sockets that all relayd-http share: a
 * few a turn, so that none of them takes all; none while this process holds
 * clearly more than its share; none for a second when descriptors are short;
 * none from a socket that fails, of which the parent makes another.
 */

#ifndef RELAYD_HTTP_ACCEPTOR_H
#define RELAYD_HTTP_ACCEPTOR_H

#include <cstdint>
#include <list>
#include <vector>

#include "address.h"
#include "event_loop.h"
#include "fd.h"
#include "listener_use.h"

class AcceptorOwner {
public:
	/* May another one be taken now?  If not, call Acceptor::go_on(). */
	virtual bool has_room() = 0;
	/* It holds clearly more than its share. */
	virtual bool holds_many() = 0;
	virtual void accepted(
	    Fd fd, const IpAddress &peer, const ListenerUse &use) = 0;
	/* For no client's sake: nothing is taken there till replace(). */
	virtual void listener_failed(
	    std::uint32_t index, std::uint64_t socket, int error) = 0;

protected:
	~AcceptorOwner() = default;
};

/* A listening socket, non-blocking, from the parent. */
struct ListeningSocket {
	Fd fd;
	ListenerUse use;
	std::uint64_t number = 0; /* the parent's */
};

class Acceptor {
public:
	explicit Acceptor(AcceptorOwner &acceptor_owner);

	/* Replaces the sockets; with none of them, accepting has ended. */
	void listen(std::vector<ListeningSocket> sockets);
	/* One of them; what waits at the one before is taken first. */
	void replace(std::uint32_t index, Fd fd, std::uint64_t number);
	/* There is room again. */
	void go_on();

private:
	struct Listener {
		Listener(Acceptor &acceptor_is, ListeningSocket &&socket)
		    : acceptor(acceptor_is), fd(std::move(socket.fd)),
		      use(std::move(socket.use)), number(socket.number)
		{
			event.set<&Listener::readable>(fd.get(), EV_READ, this);
		}
		void readable()
		{
			acceptor.take_some(*this);
		}

		Acceptor &acceptor;
		Fd fd;
		ListenerUse use;
		std::uint64_t number;
		bool failed = false;
		FdEvent event;
	};

	void take_some(Listener &listener);
	bool take_one(Listener &listener);
	void fail(Listener &listener, int error);
	void leave();
	void out_of_descriptors();
	void pause(Clock::duration time);
	void watch(bool on);

	AcceptorOwner &owner;
	std::list<Listener> listeners;
	std::list<Listener> leaving; /* that others replace */
	Timer pause_timer;
	Timer leave_timer;
	bool rested = false; /* so this time at least one is taken */
	Clock::time_point warned;
};

#endif
