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
 * The HTTP server of one process: its connections, how many there may be,
 * and how they end.
 */

#ifndef RELAYD_HTTP_SERVER_H
#define RELAYD_HTTP_SERVER_H

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "acceptor.h"
#include "connection.h"
#include "segment.h"
#include "server_owner.h"
#include "service.h"

class Server final : public AcceptorOwner, public ConnectionOwner {
public:
	/* descriptors: RLIMIT_NOFILE; some are left for other uses. */
	Server(EventLoop &event_loop, ServerOwner &server_owner,
	    Segment &shared, std::uint32_t process_slot,
	    std::uint64_t descriptors);
	~Server();

	/* Switches; requests that have begun keep their configuration. */
	void use(SharedConfig config, std::vector<ListeningSocket> sockets);
	/* Of the configuration in force, one is another socket from now on. */
	void replace_listener(
	    std::uint32_t index, Fd fd, std::uint64_t number);
	MailLink &mail()
	{
		return (service.mail());
	}
	/*
	 * Takes no new connection, and the loop stops when the last one has
	 * ended, each after its next answer.
	 */
	void drain();
	/*
	 * The same, but what is not in flight is refused or closed; called
	 * again, what is in flight is answered with what is known of it.
	 */
	void shutdown();

	bool has_room() override;
	bool holds_many() override;
	void accepted(
	    Fd fd, const IpAddress &peer, const ListenerUse &use) override;
	void listener_failed(std::uint32_t index, std::uint64_t socket,
	    int error) override;
	void connection_idle(Connection &connection, bool idle) override;
	bool connection_named(
	    Connection &connection, const IpAddress &source) override;
	void proxy_refused(const IpAddress &peer, const char *reason) override;
	void handshake_ended(bool done) override;
	void connection_closed(Connection &connection) override;

private:
	bool has_room_for(const IpAddress &source) const;
	void connection_refused(const IpAddress &source);
	void uncount(const IpAddress &source);
	void bound_connections(const HttpConfig &config);
	std::size_t most() const; /* connections that there may be */
	void displace(Connection &idle);
	void room_again();
	void count_connections();
	void bury();
	void stop_when_done();

	EventLoop &loop;
	ServerOwner &owner;
	Segment &segment;
	std::uint32_t slot;
	std::uint64_t descriptors_max;
	std::uint64_t connections_max = 0; /* whatever is configured */
	Service service;
	Workspace work;
	Acceptor acceptor;
	std::vector<std::unique_ptr<Connection>> connections;
	/* Of their sources, as `limit address' counts: IPv6 by /64. */
	std::map<IpAddress, std::uint32_t> addresses;
	/* Closed in this turn. */
	std::vector<std::unique_ptr<Connection>> graveyard;
	TurnEndTask burial;
	Timer stop_check;
	/* Those between requests; the first has been so for the longest. */
	Connection *idle_first = nullptr;
	Connection *idle_last = nullptr;
	bool full = false;
	bool stopping = false;
};

#endif
