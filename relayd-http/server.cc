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

#include <algorithm>

#include "log.h"
#include "server.h"

namespace {

/* Until so many, nobody has too many. */
constexpr std::uint64_t share_slack = 8;
/* How often a process without connections looks whether it may stop. */
constexpr std::chrono::milliseconds stop_interval{20};

} /* namespace */

Server::Server(EventLoop &event_loop, ServerOwner &server_owner,
    Segment &shared, std::uint32_t process_slot, std::uint64_t descriptors)
    : loop(event_loop), owner(server_owner), segment(shared),
      slot(process_slot), descriptors_max(descriptors),
      service(event_loop, server_owner, shared, process_slot),
      acceptor(*this),
      burial(event_loop, this, calls<&Server::bury>),
      stop_check(this, calls<&Server::stop_when_done>)
{
}

Server::~Server()
{
	while (!connections.empty())
		connections.back()->close();
}

void
Server::use(SharedConfig config, std::vector<ListeningSocket> sockets)
{
	bound_connections(config->config);
	service.use(std::move(config));
	full = false;
	if (!stopping && !work.draining)
		acceptor.listen(std::move(sockets));
}

void
Server::replace_listener(std::uint32_t index, Fd fd, std::uint64_t number)
{
	acceptor.replace(index, std::move(fd), number);
}

void
Server::listener_failed(std::uint32_t index, std::uint64_t socket, int error)
{
	owner.listener_failed(index, socket, error);
}

/* The parent has judged by the same limit, unless it could not raise it. */
void
Server::bound_connections(const HttpConfig &config)
{
	std::uint64_t besides =
	    http_descriptors_besides(config.listeners.size());

	connections_max =
	    descriptors_max > besides ? descriptors_max - besides : 1;
	if (config.max_connections > connections_max)
		log_warnx("max connections is lowered to %llu in this process: "
		    "there are only %llu descriptors",
		    static_cast<unsigned long long>(connections_max),
		    static_cast<unsigned long long>(descriptors_max));
}

std::size_t
Server::most() const
{
	return (std::min<std::size_t>(
	    service.current()->config.max_connections, connections_max));
}

/* One that is idle, and not only not looked at yet, would give way. */
bool
Server::has_room()
{
	for (std::size_t n = connections.size();
	     n-- > 0 && connections.size() >= most() &&
	     idle_first != nullptr;) {
		Connection *first = idle_first;

		first->look();
		if (first == idle_first)
			return (true);
	}
	if (connections.size() < most())
		return (true);
	full = true;
	return (false);
}

/* It may have something to say after all. */
void
Server::displace(Connection &idle)
{
	std::size_t before = connections.size();

	idle.close_if_idle();
	if (connections.size() < before)
		service.counts().count(Counter::connections_displaced);
}

void
Server::room_again()
{
	if (!full)
		return;
	full = false;
	acceptor.go_on();
}

bool
Server::holds_many()
{
	const HttpConfig &config = service.current()->config;
	std::uint64_t mine = connections.size();

	if (config.prefork < 2 || mine < share_slack)
		return (false);
	std::uint64_t share =
	    segment.connections(config.max_connections) / config.prefork;
	return (mine > share + share / 8 + share_slack);
}

void
Server::accepted(Fd fd, const IpAddress &peer, const ListenerUse &use)
{
	if (use.proxy &&
	    !service.current()->config.trusted_proxies.from.contains(peer)) {
		proxy_refused(peer, "it is no trusted proxy");
		return;
	}
	/* Closed without a word: an answer would cost what is saved here. */
	if (!has_room_for(peer)) {
		connection_refused(peer);
		return;
	}
	/* Who says nothing gives way to who may have something to say. */
	while (connections.size() >= most() && idle_first != nullptr)
		displace(*idle_first);
	if (connections.size() >= most()) {
		service.counts().count(Counter::connections_refused);
		return;
	}
	addresses[peer.rate_limit_unit()]++;
	connections.push_back(std::make_unique<Connection>(*this, service, work,
	    std::move(fd), peer, use));
	connections.back()->owner_index = connections.size() - 1;
	service.counts().count(Counter::connections_made);
	count_connections();
}

void
Server::connection_idle(Connection &connection, bool idle)
{
	if (idle) {
		connection.idle_previous = idle_last;
		connection.idle_next = nullptr;
		if (idle_last != nullptr)
			idle_last->idle_next = &connection;
		else
			idle_first = &connection;
		idle_last = &connection;
		room_again();
		return;
	}
	if (connection.idle_previous != nullptr)
		connection.idle_previous->idle_next = connection.idle_next;
	else
		idle_first = connection.idle_next;
	if (connection.idle_next != nullptr)
		connection.idle_next->idle_previous = connection.idle_previous;
	else
		idle_last = connection.idle_previous;
}

/* Trusted proxies bring many clients. */
bool
Server::has_room_for(const IpAddress &source) const
{
	const HttpConfig &config = service.current()->config;
	auto counted = addresses.find(source.rate_limit_unit());

	return (counted == addresses.end() ||
	    counted->second < config.max_connections_per_address ||
	    config.trusted_proxies.from.contains(source));
}

void
Server::uncount(const IpAddress &source)
{
	auto counted = addresses.find(source.rate_limit_unit());

	if (counted != addresses.end() && --counted->second == 0)
		addresses.erase(counted);
}

bool
Server::connection_named(Connection &connection, const IpAddress &source)
{
	if (!has_room_for(source)) {
		connection_refused(source);
		return (false);
	}
	uncount(connection.source());
	addresses[source.rate_limit_unit()]++;
	return (true);
}

void
Server::connection_refused(const IpAddress &source)
{
	constexpr LogEvent event = LogEvent::connection_refusal;

	service.counts().count(Counter::connections_refused);
	if (service.limited_log().allows(event, LogLevel::warning))
		LogRecord(LogLevel::warning, "connection refused")
		    .field("event", log_event_name(event))
		    .field("client", source.text())
		    .field("reason", "max connections per address")
		    .write();
}

/* Whoever may connect can cause any number of them. */
void
Server::proxy_refused(const IpAddress &peer, const char *reason)
{
	constexpr LogEvent event = LogEvent::connection_refusal;

	if (service.limited_log().allows(event, LogLevel::warning))
		LogRecord(LogLevel::warning,
		    "connection closed for its PROXY header")
		    .field("event", log_event_name(event))
		    .field("peer", peer.text())
		    .field("reason", reason)
		    .write();
}

void
Server::handshake_ended(bool done)
{
	segment.count(slot, done ? Counter::tls_handshakes
				 : Counter::tls_handshakes_failed);
}

/* It is in the middle of its own event: it goes at the turn's end. */
void
Server::connection_closed(Connection &connection)
{
	std::size_t index = connection.owner_index;

	uncount(connection.source());
	graveyard.push_back(std::move(connections[index]));
	if (index + 1 != connections.size()) {
		connections[index] = std::move(connections.back());
		connections[index]->owner_index = index;
	}
	connections.pop_back();
	burial.schedule();
	count_connections();
	room_again();
	if (work.draining)
		stop_check.arm(Clock::duration::zero());
}

void
Server::bury()
{
	graveyard.clear();
}

void
Server::count_connections()
{
	segment.set_connections(slot, connections.size());
}

void
Server::drain()
{
	work.draining = true;
	acceptor.listen({});
	stop_when_done();
}

void
Server::shutdown()
{
	if (stopping) {
		service.give_up();
		return;
	}
	stopping = true;
	service.stop();
	drain();
	/* Closing one changes the list. */
	std::vector<Connection *> idle;
	for (Connection *c = idle_first; c != nullptr; c = c->idle_next)
		idle.push_back(c);
	for (Connection *connection : idle)
		connection->close_if_idle();
}

/* Results of clients that are gone are waited for too: they are logged. */
void
Server::stop_when_done()
{
	if (!connections.empty())
		return;
	if (service.idle())
		loop.stop();
	else
		stop_check.arm(stop_interval);
}
