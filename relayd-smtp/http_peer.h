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
 * One relayd-http, as relayd-smtp sees it: the socket between the two, and
 * what comes over it.  Nothing of that is believed; what is malformed ends
 * the connection.
 */

#ifndef RELAYD_SMTP_HTTP_PEER_H
#define RELAYD_SMTP_HTTP_PEER_H

#include <chrono>
#include <cstdint>
#include <string>

#include "event_loop.h"
#include "imsg.h"
#include "messages.h"

class HttpPeer;

/* What a peer asks for: the engine. */
class PeerRequests {
public:
	/* Octets that a submission may have now. */
	virtual std::size_t submission_room() const = 0;
	/* Empty, with room for a submission that is not large. */
	virtual std::string storage() = 0;
	/* octets: a whole submission.  False: malformed. */
	virtual bool submit(HttpPeer &peer, std::uint64_t id,
	    std::string octets) = 0;
	/* One that was not taken, or did not arrive in time. */
	virtual void refuse_unread(HttpPeer &peer, std::uint64_t id) = 0;
	virtual void cancel(HttpPeer &peer, std::uint64_t id) = 0;
	virtual void look_up(HttpPeer &peer, const LedgerQuery &query) = 0;
	virtual void note_rejection(const Rejection &rejection) = 0;
	virtual void ask_ready(HttpPeer &peer, std::uint64_t id) = 0;
	virtual void take_units(
	    HttpPeer &peer, const LimitQuestion &question) = 0;
	/* Destroys the peer. */
	virtual void peer_closed(HttpPeer &peer) = 0;

protected:
	~PeerRequests() = default;
};

class HttpPeer final : private ChannelHandler {
public:
	HttpPeer(EventLoop &loop, Fd socket, std::uint64_t process_instance,
	    PeerRequests &peer_requests);

	std::uint64_t instance() const
	{
		return (number);
	}
	/* submission_max: octets of a whole one, on the socket. */
	void configure(std::size_t submission_max,
	    std::chrono::milliseconds timeout_request);
	/* Octets of submissions that are under way. */
	std::size_t held() const
	{
		return (assembler.held());
	}
	/* Octets of answers that the peer has not read. */
	std::size_t unread() const
	{
		return (channel.queued());
	}

	void send_result(const SubmissionResult &result);
	void send_found(const LedgerAnswer &answer);
	void send_ready(const ReadyAnswer &answer);
	void send_taken(const LimitAnswer &answer);
	void flush()
	{
		channel.flush();
	}

private:
	bool channel_message(Channel &channel, Imsg &message) override;
	void channel_closed(Channel &channel) override;
	bool look_up(std::string_view payload);
	bool submission_piece(std::string_view payload);
	void drop_overdue();

	std::uint64_t number;
	PeerRequests &requests;
	Channel channel;
	BlobAssembler assembler;
	std::size_t lookups = 0; /* that have no answer yet */
	std::chrono::milliseconds piece_time{0};
	Timer overdue_timer;
};

#endif
