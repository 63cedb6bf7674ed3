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

#include "connector.h"
#include "log.h"

namespace {

constexpr std::size_t waiting_max = 1024;

/* A connection from `source' can only be to its own family. */
std::vector<IpAddress>
reachable(const std::vector<IpAddress> &addresses, const Relay &relay)
{
	std::vector<IpAddress> list = addresses;

	if (relay.source)
		std::erase_if(list, [&relay](const IpAddress &address) {
			return (address.is_v4() != relay.source->is_v4());
		});
	return (list);
}

} /* namespace */

void
Connector::use_relays(const std::vector<Relay> &list,
    std::uint64_t new_generation)
{
	std::vector<std::string> names;

	relays = list;
	generation = new_generation;
	untaken_max = 16;
	for (const Relay &relay : relays) {
		untaken_max += 2 * relay.connections;
		if (relay.kind == RelayKind::smtp && !relay.address)
			names.push_back(relay.host);
	}
	name_resolver.use_names(names);
	/* Who waits for a name of before asks again. */
	std::deque<Waiting> stale;
	stale.swap(waiting);
	for (const Waiting &one : stale)
		connect(*one.child, one.request);
}

bool
Connector::connect(ChildProcess &child, const ConnectRequest &request)
{
	ConnectResult result;

	if (child.queued_fds() > untaken_max)
		return (false);

	result.id = request.id;
	if (request.generation != generation) {
		result.error = ESTALE;
		answer(child, result, Fd());
		return (true);
	}
	if (request.relay >= relays.size() ||
	    relays[request.relay].kind != RelayKind::smtp) {
		result.error = EINVAL;
		answer(child, result, Fd());
		return (true);
	}

	const Relay &relay = relays[request.relay];
	std::vector<IpAddress> literal;
	const std::vector<IpAddress> *addresses = &literal;
	if (relay.address)
		literal.push_back(*relay.address);
	else
		addresses = name_resolver.addresses(relay.host,
		    request.failing || request.attempt > 0);
	if (addresses == nullptr && waiting.size() < waiting_max) {
		waiting.push_back({&child, request});
		return (true);
	}
	if (addresses == nullptr)
		addresses = &literal;
	Fd fd = open_socket(relay, reachable(*addresses, relay), request,
	    result);
	answer(child, result, std::move(fd));
	return (true);
}

Fd
Connector::open_socket(const Relay &relay,
    const std::vector<IpAddress> &addresses, const ConnectRequest &request,
    ConnectResult &result)
{
	socklen_t length;
	int on = 1;

	result.addresses = static_cast<std::uint32_t>(addresses.size());
	if (request.attempt >= addresses.size()) {
		result.error = EHOSTUNREACH;
		return (Fd());
	}
	result.address = addresses[request.attempt];
	struct sockaddr_storage ss =
	    result.address.to_sockaddr(relay.port, length);
	Fd fd(socket(ss.ss_family,
	    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
	if (!fd.valid()) {
		result.error = errno;
		return (Fd());
	}
	/* A command leaves at once: no waiting for an acknowledgement. */
	setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (relay.source) {
		socklen_t own_length;
		struct sockaddr_storage own =
		    relay.source->to_sockaddr(0, own_length);
		if (bind(fd.get(), reinterpret_cast<struct sockaddr *>(&own),
			own_length) == -1) {
			result.error = errno;
			log_warn("cannot connect from %s",
			    relay.source->text().c_str());
			return (Fd());
		}
	}
	if (::connect(fd.get(), reinterpret_cast<struct sockaddr *>(&ss),
		length) == -1 && errno != EINPROGRESS) {
		result.error = errno;
		return (Fd());
	}
	length = sizeof(ss);
	if (getsockname(fd.get(), reinterpret_cast<struct sockaddr *>(&ss),
		&length) == 0)
		result.own = IpAddress::from_sockaddr(
		    reinterpret_cast<struct sockaddr *>(&ss))
				 .value_or(IpAddress());
	return (fd);
}

void
Connector::answer(ChildProcess &child, const ConnectResult &result, Fd fd)
{
	child.send(type_of(MessageType::connected), write_connected(result),
	    std::move(fd));
}

void
Connector::forget(const ChildProcess &child)
{
	std::erase_if(waiting,
	    [&child](const Waiting &one) { return (one.child == &child); });
}

/* Those that still wait for another name go to the queue's end again. */
void
Connector::name_resolved(const std::string &)
{
	std::deque<Waiting> retry;

	retry.swap(waiting);
	for (const Waiting &one : retry)
		connect(*one.child, one.request);
}
