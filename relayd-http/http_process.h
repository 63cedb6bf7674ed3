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
 * The process relayd-http as its parent sees it: it is told of the shared
 * segment, of configurations, which it stages and switches to, of sockets to
 * relayd-smtp, and of its end.
 */

#ifndef RELAYD_HTTP_HTTP_PROCESS_H
#define RELAYD_HTTP_HTTP_PROCESS_H

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "event_loop.h"
#include "imsg.h"
#include "messages.h"
#include "process_meter.h"
#include "segment.h"
#include "server.h"
#include "server_owner.h"

class HttpProcess final : public ChannelHandler, private ServerOwner {
public:
	/* descriptors: RLIMIT_NOFILE. */
	HttpProcess(EventLoop &event_loop, Fd parent_socket,
	    std::uint32_t process_slot, std::uint64_t descriptors);

	bool channel_message(Channel &channel, Imsg &message) override;
	void channel_closed(Channel &channel) override;

private:
	/* ServerOwner */
	void listener_failed(std::uint32_t index, std::uint64_t socket,
	    int error) override;
	void mail_unlinked(std::uint64_t link) override;

	/* A configuration that is not in force yet. */
	struct Staged {
		std::uint64_t generation = 0;
		SharedConfig config;
		std::vector<ListeningSocket> sockets;
		bool failed = false; /* it was logged why */
	};

	bool take_segment(Imsg &message);
	bool take_config(Imsg &message);
	bool take_listener(Imsg &message);
	bool stage_listener(const ListenerPlace &place, Fd fd);
	void replace_listener(const ListenerPlace &place, Fd fd);
	bool take_ticket_keys(Imsg &message);
	bool take_commit(Imsg &message);
	bool take_peer(Imsg &message);
	bool take_syslog(Imsg &message);
	bool end(bool at_once);
	void report_staged();
	std::shared_ptr<TlsServer> make_tls(HttpListener &listener);
	void syslog_lost();

	EventLoop &loop;
	Channel parent; /* when it closes, we are killed: it does so last */
	std::uint32_t slot;
	std::uint64_t descriptors_max;
	BlobAssembler configs;
	TicketKeys ticket_keys; /* the newest that were heard of */
	std::optional<Segment> segment;
	std::optional<ProcessMeter> meter;
	std::unique_ptr<Server> server;
	std::optional<Staged> staged;
	SharedConfig current;
};

#endif
