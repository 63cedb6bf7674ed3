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
 * One client's connection: after the TLS handshake, if it begins with one,
 * requests in, answers out, in order (RFC 9112 9).
 *
 * What arrived is parsed where it was read; only what is incomplete is kept.
 * A request that arrives in one piece costs one read and its answer one
 * write.  Every wait has a deadline that nothing the client sends moves.
 */

#ifndef RELAYD_HTTP_CONNECTION_H
#define RELAYD_HTTP_CONNECTION_H

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "address.h"
#include "byte_buffer.h"
#include "chunked.h"
#include "event_loop.h"
#include "http_parser.h"
#include "listener_use.h"
#include "memory_hold.h"
#include "proxy_protocol.h"
#include "service.h"
#include "stream.h"

class Connection;

class ConnectionOwner {
public:
	/* It waits for a request of which nothing is there, or no longer. */
	virtual void connection_idle(Connection &connection, bool idle) = 0;
	/*
	 * Its PROXY header names another source than its peer.  False: that
	 * one has too many connections.
	 */
	virtual bool connection_named(
	    Connection &connection, const IpAddress &source) = 0;
	/* It is closed for its PROXY header. */
	virtual void proxy_refused(
	    const IpAddress &peer, const char *reason) = 0;
	/* Of TLS: its client may send requests, or did not come so far. */
	virtual void handshake_ended(bool done) = 0;
	/* It may be destroyed once the current event has been handled. */
	virtual void connection_closed(Connection &connection) = 0;

protected:
	~ConnectionOwner() = default;
};

/* What the connections of a process share: used within one event only. */
struct Workspace {
	static constexpr std::size_t input_size = 16384;

	std::unique_ptr<char[]> input = std::make_unique<char[]>(input_size);
	std::string output;
	Answer answer;
	HttpDate date;
	/* Answers end their connections, which then go away. */
	bool draining = false;
};

class Connection final : public Waiter {
public:
	Connection(ConnectionOwner &connection_owner, Service &http_service,
	    Workspace &workspace, Fd fd, const IpAddress &peer_address,
	    const ListenerUse &listener_use);
	Connection(const Connection &) = delete;
	Connection &operator=(const Connection &) = delete;
	~Connection();

	/* The peer, or whom its PROXY header names instead. */
	const IpAddress &source() const
	{
		return (source_address);
	}
	bool idle() const
	{
		return (counted_idle);
	}
	/* Without another word, whatever it was doing. */
	void close();
	/* At an idle one: it may not be so any longer. */
	void look();
	/* The last look at an idle connection: then it is closed. */
	void close_if_idle();

	void answered(std::unique_ptr<Exchange> done,
	    const Answer &answer) override;
	void admitted(std::unique_ptr<Exchange> allowed) override;
	void progressed() override
	{
		heard = Clock::now();
	}

	/* Those of the owner's idle list; its alone. */
	Connection *idle_previous = nullptr;
	Connection *idle_next = nullptr;
	std::size_t owner_index = 0;

private:
	enum class State : std::uint8_t {
		proxy,      /* its PROXY header is not complete */
		handshake,  /* of TLS, from its first octet */
		head,       /* between requests, or within a head */
		body,       /* of a request that was admitted */
		waiting,    /* for relayd-smtp */
		discarding, /* a small body that nobody wants: it is kept */
		lingering,  /* the last answer is out or on its way */
		closed,
	};

	/* Events. */
	void readable();
	void writable();
	void deadline_passed();

	/* The TLS handshake. */
	State begin() const
	{
		return (use.tls != nullptr ? State::handshake : State::head);
	}
	void shake_hands();
	void handshake_done();
	void handshake_failed(const std::string &why);
	void log_handshake(const std::string &why);

	/* Input. */
	void read_input();
	void take_input(std::string_view arrived);
	void resume();
	void advance(std::string_view &in);
	bool step(std::string_view &in);
	bool step_head(std::string_view &in);
	bool step_body(std::string_view &in);
	bool step_length(std::string_view &in);
	bool step_chunked(std::string_view &in);
	void read_body();
	void read_proxy_header();
	void finish_proxy_header(const ProxyHeader &header);
	bool take_status(Stream::Status status);
	void end_of_input();
	void settle();

	/* A request's way. */
	void begin_request(const HttpHead &head, bool has_octets);
	void begin_body(bool has_octets);
	void wait_for_mail(Clock::duration at_most);
	void finish_body(std::string_view octets);
	void next_request(Clock::time_point now);
	void refuse(const Refusal &refusal);
	void refuse_size();
	void refuse_head(ApiError error, std::string_view in);
	void refuse_for_good(ApiError error);
	void send_answer(const Answer &answer);
	bool body_can_be_discarded() const;

	/* Output. */
	void flush();
	void write_all(std::string_view out);
	bool blocked() const
	{
		return (!unsent.empty());
	}
	void output_done();

	void watch();
	void watch_for_room();
	void count_idle(bool now_idle);
	bool between_requests() const;
	bool nothing_begun() const;
	Clock::time_point next_deadline() const;

	ConnectionOwner &owner;
	Service &service;
	Workspace &work;
	ListenerUse use; /* its TlsServer outlives stream */
	Stream stream;
	IpAddress peer_address;
	IpAddress source_address;

	State state;
	bool first_request = true;
	bool counted_idle = false;
	bool input_ended = false;
	bool cancelled = false;
	bool linger_needed = false; /* else it ends with the last answer */
	bool shut = false; /* the client was told that no more comes */
	/* TLS may have to do the one before it can do the other. */
	bool read_wants_write = false;
	bool write_wants_read = false;
	Clock::time_point since; /* accepted, or entered this state */
	Clock::time_point heard; /* of relayd-smtp, while waiting */
	Clock::duration patience; /* with it, since then */
	Clock::time_point begun; /* first octet of this request, or none */
	Clock::time_point stuck; /* unsent since */
	Clock::time_point input_end; /* when the client sent its last octet */

	/* Of the client's certificate, or nullptr; requests outlive us. */
	std::shared_ptr<const std::string> certificate_subject;

	HttpParser parser{"http"};
	std::unique_ptr<Exchange> exchange;

	/* Of the request at hand: what of its body has not been read. */
	HttpBody framing = HttpBody::none;
	bool expect_continue = false;
	std::uint64_t body_left = 0;
	std::uint64_t lingered = 0;
	std::unique_ptr<ChunkedDecoder> decoder;

	ByteBuffer input; /* arrived, and not parsed to its end */
	ByteBuffer body;  /* of a request that is not complete */
	std::string unsent; /* until all of it has left */
	std::size_t unsent_begin = 0; /* of what has not */
	MemoryHold answer_memory; /* what of it counts against `max memory' */

	FdEvent read_event;
	FdEvent write_event;
	Deadline deadline;
};

#endif
