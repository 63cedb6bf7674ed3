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

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <errno.h>
#include <string.h>

#include "interface.h"
#include "listeners.h"

namespace {

constexpr int backlog = 1024;
/*
 * For the answers that a client does not read.  Left to itself the kernel
 * keeps megabytes of them for each connection.
 */
constexpr int send_buffer = 65536;

std::uint64_t last_number = 0;

bool
set_option(int fd, int level, int option, int value)
{
	return (setsockopt(fd, level, option, &value, sizeof(value)) == 0);
}

/* Not valid: errno says why. */
Fd
make_socket(int family)
{
	Fd fd(socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));

	if (!fd.valid())
		return (Fd());
	/* `*' is all of IPv4 and `::' all of IPv6, side by side. */
	if (family == AF_INET6 &&
	    !set_option(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, 1))
		return (Fd());
	/* Accepted connections inherit them; an answer leaves at once. */
	if (!set_option(fd.get(), IPPROTO_TCP, TCP_NODELAY, 1) ||
	    !set_option(fd.get(), SOL_SOCKET, SO_SNDBUF, send_buffer))
		return (Fd());
	return (fd);
}

/*
 * Linux takes `*' and one of its addresses for the same, so a reload could
 * not go from one to the other while the old one is open.  Sockets that share
 * their port can; ours do while the new one is bound (Linux remembers that for
 * the port, but lets in sockets of our own user alone).  False: none of ours
 * has the port.
 */
bool
share_port(int fd, const ListenerSet &bound, std::uint16_t port, int on)
{
	int error = errno;
	bool is_ours = false;

	for (const auto &socket : bound)
		if (socket->port == port) {
			is_ours = true;
			set_option(socket->fd.get(), SOL_SOCKET, SO_REUSEPORT,
			    on);
		}
	set_option(fd, SOL_SOCKET, SO_REUSEPORT, on);
	errno = error;
	return (is_ours);
}

bool
bind_to(int fd, const IpAddress &address, std::uint16_t port)
{
	socklen_t length;
	struct sockaddr_storage ss = address.to_sockaddr(port, length);

	return (bind(fd, reinterpret_cast<struct sockaddr *>(&ss), length) == 0);
}

int
family_of(const IpAddress &address)
{
	return (address.is_v4() ? AF_INET : AF_INET6);
}

bool
is_wildcard(const IpAddress &address)
{
	return (address == IpAddress() ||
	    address == *IpAddress::parse("0.0.0.0"));
}

std::shared_ptr<BoundSocket>
find_bound(
    const ListenerSet &bound, const IpAddress &address, std::uint16_t port)
{
	for (const auto &socket : bound) {
		if (socket->address == address && socket->port == port)
			return (socket);
	}
	return (nullptr);
}

/*
 * Another process has one of the machine's addresses of the port.  With
 * SO_REUSEADDR, OpenBSD would let us have `*' all the same, and that process
 * what is sent to its address.  bound and made are ours.
 */
bool
is_held_in_part(const IpAddress &wildcard, std::uint16_t port,
    const ListenerSet &bound, const ListenerSet &made)
{
	for (const IpAddress &address : local_addresses()) {
		if (address.is_v4() != wildcard.is_v4() ||
		    find_bound(bound, address, port) != nullptr ||
		    find_bound(made, address, port) != nullptr)
			continue;
		Fd probe = make_socket(family_of(address));
		if (probe.valid() &&
		    set_option(probe.get(), SOL_SOCKET, SO_REUSEADDR, 1) &&
		    !bind_to(probe.get(), address, port) && errno == EADDRINUSE)
			return (true);
	}
	errno = EADDRINUSE;
	return (false);
}

Fd
bind_socket(const IpAddress &address, std::uint16_t port,
    const ListenerSet &bound, const ListenerSet &made)
{
	Fd fd = make_socket(family_of(address));

	if (!fd.valid())
		return (Fd());
	bool is_alone = bind_to(fd.get(), address, port);
	if (!is_alone && errno != EADDRINUSE)
		return (Fd());
	/*
	 * Connections that linger (TIME_WAIT) keep nobody from the port who
	 * shares it, if their listener did so, too.
	 */
	if (!set_option(fd.get(), SOL_SOCKET, SO_REUSEADDR, 1))
		return (Fd());
	if (is_alone && listen(fd.get(), backlog) == 0)
		return (fd);
	if (is_alone ||
	    (is_wildcard(address) &&
		find_bound(bound, address, port) == nullptr &&
		is_held_in_part(address, port, bound, made)))
		return (Fd());
	auto listens = [&] {
		return (bind_to(fd.get(), address, port) &&
		    listen(fd.get(), backlog) == 0);
	};
	if (listens())
		return (fd);
	/* Never with another's socket, who may share as well. */
	if (errno != EADDRINUSE || !share_port(fd.get(), bound, port, 1))
		return (Fd());
	bool listening = listens();
	share_port(fd.get(), bound, port, 0);
	return (listening ? std::move(fd) : Fd());
}

} /* namespace */

std::optional<ListenerSet>
bind_listeners(const std::vector<Listen> &listen, const ListenerSet &bound,
    const ConfigSink &sink)
{
	ListenerSet set;
	bool failed = false;

	for (const Listen &wanted : listen) {
		std::shared_ptr<BoundSocket> socket =
		    find_bound(bound, wanted.address, wanted.port);
		if (socket == nullptr) {
			socket = std::make_shared<BoundSocket>(
			    BoundSocket{wanted.address, wanted.port,
				bind_socket(wanted.address, wanted.port, bound,
				    set),
				++last_number});
		}
		if (!socket->fd.valid()) {
			sink(ConfigMessage::error,
			    wanted.where.prefix() + "cannot listen on " +
				wanted.address.text() + " port " +
				std::to_string(wanted.port) + ": " +
				strerror(errno));
			failed = true;
		}
		set.push_back(std::move(socket));
	}
	if (failed)
		return (std::nullopt);
	return (set);
}

/*
 * OpenBSD lets the old one have what comes until nobody holds it any more,
 * Linux shares it out: whoever takes the new one empties the old.
 */
bool
rebind(BoundSocket &socket, const ListenerSet &bound)
{
	Fd fd = bind_socket(socket.address, socket.port, bound, bound);

	if (!fd.valid())
		return (false);
	socket.fd = std::move(fd);
	socket.number = ++last_number;
	socket.is_broken = false;
	return (true);
}
