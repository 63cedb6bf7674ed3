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

#include <sys/types.h>
#include <sys/socket.h>

#include <errno.h>

#include <iterator>

#include "acceptor.h"
#include "log.h"

namespace {

constexpr unsigned int accepts_a_turn = 8;
constexpr std::chrono::milliseconds rest_time{10};
constexpr std::chrono::seconds shortage_pause{1};
/* A socket that was replaced is not closed before: clients are under way. */
constexpr std::chrono::seconds leave_time{1};
constexpr std::chrono::minutes warning_interval{1};

} /* namespace */

Acceptor::Acceptor(AcceptorOwner &acceptor_owner)
    : owner(acceptor_owner), pause_timer(this, calls<&Acceptor::go_on>),
      leave_timer(this, calls<&Acceptor::leave>)
{
}

void
Acceptor::listen(std::vector<ListeningSocket> sockets)
{
	listeners.clear();
	leaving.clear();
	for (ListeningSocket &socket : sockets)
		listeners.emplace_back(*this, std::move(socket));
	go_on();
}

void
Acceptor::replace(std::uint32_t index, Fd fd, std::uint64_t number)
{
	if (index >= listeners.size())
		return;
	auto before = std::next(listeners.begin(), index);
	auto next = listeners.emplace(
	    before, *this, ListeningSocket{std::move(fd), before->use, number});

	if (before->failed)
		listeners.erase(before);
	else {
		leaving.splice(leaving.end(), listeners, before);
		leave_timer.arm(leave_time);
	}
	if (!pause_timer.armed())
		next->event.add();
}

/* Who has come that far since is taken, and what comes now is reset. */
void
Acceptor::leave()
{
	for (Listener &listener : leaving) {
		while (!listener.failed && owner.has_room() &&
		    take_one(listener))
			continue;
	}
	leaving.clear();
}

void
Acceptor::go_on()
{
	pause_timer.disarm();
	watch(true);
}

void
Acceptor::watch(bool on)
{
	for (std::list<Listener> *list : {&listeners, &leaving}) {
		for (Listener &listener : *list) {
			if (on && !listener.failed)
				listener.event.add();
			else
				listener.event.remove();
		}
	}
}

void
Acceptor::pause(Clock::duration time)
{
	watch(false);
	pause_timer.arm(time);
}

void
Acceptor::take_some(Listener &listener)
{
	/* The others get a chance, but no connection waits for long. */
	if (!rested && owner.holds_many()) {
		rested = true;
		pause(rest_time);
		return;
	}
	unsigned int most = rested ? 1 : accepts_a_turn;
	rested = false;
	for (unsigned int i = 0; i < most; i++) {
		if (!owner.has_room()) {
			watch(false);
			return;
		}
		if (!take_one(listener))
			return;
	}
}

/* False when there is no other to be taken now. */
bool
Acceptor::take_one(Listener &listener)
{
	struct sockaddr_storage storage;
	struct sockaddr *address =
	    reinterpret_cast<struct sockaddr *>(&storage);
	socklen_t length = sizeof(storage);
	Fd fd(accept4(listener.fd.get(), address, &length,
	    SOCK_NONBLOCK | SOCK_CLOEXEC));

	if (!fd.valid()) {
		switch (errno) {
		case EMFILE:
		case ENFILE:
		case ENOBUFS:
		case ENOMEM:
			out_of_descriptors();
			return (false);
		case EAGAIN:
			return (false);
		case EBADF:
		case EFAULT:
		case EINVAL:
		case ENOTSOCK:
			fail(listener, errno);
			return (false);
		default: /* ECONNABORTED and what the network had to say */
			return (true);
		}
	}
	if (auto peer = IpAddress::from_sockaddr(address))
		owner.accepted(std::move(fd), *peer, listener.use);
	return (true);
}

/* Somebody shut it down: it would be readable for ever. */
void
Acceptor::fail(Listener &failing, int error)
{
	std::uint32_t index = 0;

	failing.failed = true;
	failing.event.remove();
	for (const Listener &listener : listeners) {
		if (&listener == &failing)
			owner.listener_failed(index, failing.number, error);
		index++;
	}
}

void
Acceptor::out_of_descriptors()
{
	Clock::time_point now = Clock::now();

	if (warned == Clock::time_point() || now - warned > warning_interval) {
		warned = now;
		log_warnx("out of descriptors: no connections are taken for "
		    "a second");
	}
	pause(shortage_pause);
}
