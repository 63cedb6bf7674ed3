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
#include <sys/un.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <errno.h>

#include "connector.h"
#include "log.h"

namespace {

constexpr std::size_t waiting_max = 1024;

/* A connection from `source' can only be to its own family. */
std::vector<IpAddress>
reachable(const std::vector<IpAddress> &addresses,
    const std::optional<IpAddress> &source)
{
	std::vector<IpAddress> list = addresses;

	if (source)
		std::erase_if(list, [&source](const IpAddress &address) {
			return (address.is_v4() != source->is_v4());
		});
	return (list);
}

} /* namespace */

Connector::Endpoint
Connector::endpoint_of(const Relay &relay)
{
	Endpoint endpoint;

	if (relay.kind != RelayKind::smtp)
		return (endpoint);
	endpoint.address = relay.address;
	endpoint.host = relay.host;
	endpoint.port = relay.port;
	endpoint.source = relay.source;
	return (endpoint);
}

Connector::Endpoint
Connector::endpoint_of(const Store &store)
{
	Endpoint endpoint;

	if (store.type != StoreKind::redis)
		return (endpoint);
	endpoint.path = store.path;
	endpoint.address = IpAddress::parse_scoped(store.host);
	endpoint.host = store.host;
	endpoint.port = store.port;
	return (endpoint);
}

void
Connector::use(const Config &config, std::uint64_t new_generation)
{
	std::vector<std::string> names;

	generation = new_generation;
	relays.clear();
	for (const Relay &relay : config.relays) {
		relays.push_back(endpoint_of(relay));
		if (relays.back().has_name())
			names.push_back(relay.host);
	}
	store = endpoint_of(config.store);
	if (store.has_name())
		names.push_back(store.host);
	name_resolver.use_names(names);
	/* Who waits for a name of before asks again. */
	std::deque<Waiting> stale;
	stale.swap(waiting);
	for (const Waiting &one : stale)
		connect(*one.child, one.request);
}

void
Connector::connect(ChildProcess &child, const ConnectRequest &request)
{
	ConnectResult result;

	result.id = request.id;
	result.target = request.target;
	if (request.generation != generation) {
		result.error = ESTALE;
		answer(child, result, Fd());
		return;
	}
	const Endpoint *endpoint = find(request);
	if (endpoint == nullptr) {
		result.error = EINVAL;
		answer(child, result, Fd());
		return;
	}
	if (!endpoint->path.empty()) {
		Fd fd = open_local(endpoint->path, request, result);
		answer(child, result, std::move(fd));
		return;
	}

	std::vector<IpAddress> literal;
	const std::vector<IpAddress> *addresses = &literal;
	if (endpoint->address)
		literal.push_back(*endpoint->address);
	else
		addresses = name_resolver.addresses(endpoint->host,
		    request.failing || request.attempt > 0);
	if (addresses == nullptr && waiting.size() < waiting_max) {
		waiting.push_back({&child, request});
		return;
	}
	if (addresses == nullptr)
		addresses = &literal;
	Fd fd = open_socket(*endpoint,
	    reachable(*addresses, endpoint->source), request, result);
	answer(child, result, std::move(fd));
}

const Connector::Endpoint *
Connector::find(const ConnectRequest &request) const
{
	const Endpoint *endpoint = &store;

	if (request.target == ConnectTarget::relay) {
		if (request.relay >= relays.size())
			return (nullptr);
		endpoint = &relays[request.relay];
	}
	return (endpoint->path.empty() && endpoint->host.empty() ? nullptr
								 : endpoint);
}

/* It connects at once, or not at all: EAGAIN is a full backlog. */
Fd
Connector::open_local(const std::string &path, const ConnectRequest &request,
    ConnectResult &result)
{
	struct sockaddr_un sun = {};

	result.addresses = 1;
	if (request.attempt > 0) {
		result.error = EHOSTUNREACH;
		return (Fd());
	}
	/* The configuration was refused if it does not fit. */
	sun.sun_family = AF_UNIX;
	path.copy(sun.sun_path, sizeof(sun.sun_path) - 1);
	Fd fd(socket(
	    AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
	if (!fd.valid() ||
	    ::connect(fd.get(), reinterpret_cast<struct sockaddr *>(&sun),
		sizeof(sun)) == -1) {
		result.error = errno;
		return (Fd());
	}
	return (fd);
}

Fd
Connector::open_socket(const Endpoint &endpoint,
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
	    result.address.to_sockaddr(endpoint.port, length);
	Fd fd(socket(ss.ss_family,
	    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
	if (!fd.valid()) {
		result.error = errno;
		return (Fd());
	}
	/* A command leaves at once: no waiting for an acknowledgement. */
	setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (endpoint.source) {
		socklen_t own_length;
		struct sockaddr_storage own =
		    endpoint.source->to_sockaddr(0, own_length);
		if (bind(fd.get(), reinterpret_cast<struct sockaddr *>(&own),
			own_length) == -1) {
			result.error = errno;
			log_warn("cannot connect from %s",
			    endpoint.source->text().c_str());
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
