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
 * Events, input and output of a connection; what is done with a request is in
 * connection_request.cc.
 */

#include <algorithm>

#include "connection.h"

namespace {

/* Of requests that wait for the answer to the one before them. */
constexpr std::size_t input_max = 16384;
/* Answers to pipelined requests leave together, up to about so much. */
constexpr std::size_t output_batch = 16384;
/* The room for them that is kept. */
constexpr std::size_t output_kept = 262144;
constexpr std::size_t body_read_max = 262144;
/* RFC 9112 9.6: so that the client can read the answer. */
constexpr std::size_t linger_max = 1048576;

/* At most the empty line that may come before a request. */
bool
is_nothing(std::string_view in)
{
	return (in.empty() || in == "\r" || in == "\r\n");
}

} /* namespace */

Connection::Connection(ConnectionOwner &connection_owner,
    Service &http_service, Workspace &workspace, Fd fd,
    const IpAddress &peer_is, const ListenerUse &listener_use)
    : owner(connection_owner), service(http_service), work(workspace),
      use(listener_use), stream(std::move(fd)), peer_address(peer_is),
      source_address(peer_is), state(use.proxy ? State::proxy : begin()),
      since(Clock::now()), deadline(this, calls<&Connection::deadline_passed>)
{
	read_event.set<&Connection::readable>(
	    stream.descriptor(), EV_READ, this);
	write_event.set<&Connection::writable>(
	    stream.descriptor(), EV_WRITE, this);
	watch();
}

Connection::~Connection()
{
	close();
}

void
Connection::close()
{
	if (state == State::closed)
		return;
	if ((state == State::waiting && !cancelled) || exchange != nullptr)
		service.counts().count(Counter::clients_gone);
	if (state == State::waiting)
		service.forget(*this);
	if (state == State::handshake && stream.has_tls())
		owner.handshake_ended(false);
	service.recycle(std::move(exchange));
	state = State::closed;
	read_event.remove();
	write_event.remove();
	deadline.clear();
	count_idle(false);
	owner.connection_closed(*this);
}

void
Connection::look()
{
	State was = state;

	/* What has arrived is a request that deserves its answer. */
	if (counted_idle)
		readable();
	/* It may have come behind the end of the handshake. */
	if (counted_idle && state != was)
		readable();
}

void
Connection::close_if_idle()
{
	look();
	if (counted_idle)
		close();
}

void
Connection::readable()
{
	if (state == State::proxy) {
		read_proxy_header();
		return;
	}
	if (state == State::handshake) {
		shake_hands();
		return;
	}
	if (write_wants_read) {
		write_wants_read = false;
		writable();
	}
	if (read_event.added())
		read_input();
}

void
Connection::read_input()
{
	if (state == State::body && framing == HttpBody::length &&
	    input.empty()) {
		read_body();
		return;
	}
	Stream::Transfer transfer =
	    stream.read(work.input.get(), Workspace::input_size);
	if (take_status(transfer.status))
		take_input({work.input.get(), transfer.count});
}

/* Straight to its place. */
void
Connection::read_body()
{
	char *room = body.room(static_cast<std::size_t>(body_left));
	Stream::Transfer transfer = stream.read(room,
	    static_cast<std::size_t>(
		std::min<std::uint64_t>(body_left, body_read_max)));

	if (!take_status(transfer.status))
		return;
	body.grew(transfer.count);
	body_left -= transfer.count;
	if (body_left == 0)
		finish_body(body.view());
	settle();
}

/* Whether there are octets; what else a read may say is dealt with. */
bool
Connection::take_status(Stream::Status status)
{
	switch (status) {
	case Stream::Status::done:
		return (true);
	case Stream::Status::closed:
		input_ended = true;
		input_end = Clock::now();
		settle();
		return (false);
	case Stream::Status::failed:
		close();
		return (false);
	case Stream::Status::want_write:
		read_wants_write = true;
		watch_for_room();
		return (false);
	default:
		return (false);
	}
}

void
Connection::take_input(std::string_view arrived)
{
	std::string_view in = arrived;
	bool kept = !input.empty();

	if (kept) {
		input.append(arrived);
		in = input.view();
	}
	advance(in);
	if (state == State::closed)
		return;
	if (kept)
		input.consume(input.size() - in.size());
	else
		input.append(in);
	settle();
}

/* With what had to wait. */
void
Connection::resume()
{
	std::string_view in = input.view();
	std::size_t size = in.size();

	advance(in);
	if (state == State::closed)
		return;
	input.consume(size - in.size());
	settle();
}

void
Connection::advance(std::string_view &in)
{
	while (step(in))
		if (work.output.size() >= output_batch)
			flush();
}

/* False when there is nothing to be done until something happens. */
bool
Connection::step(std::string_view &in)
{
	std::size_t taken;

	switch (state) {
	case State::head:
		return (!blocked() && !is_nothing(in) && step_head(in));
	case State::body:
		return (framing == HttpBody::chunked ? step_chunked(in)
						     : step_length(in));
	case State::discarding:
		taken = static_cast<std::size_t>(
		    std::min<std::uint64_t>(in.size(), body_left));
		in.remove_prefix(taken);
		body_left -= taken;
		if (body_left == 0)
			next_request(Clock::now());
		return (body_left == 0);
	case State::lingering:
		linger_needed = linger_needed || !in.empty();
		lingered += in.size();
		in = std::string_view();
		return (false);
	default:
		return (false);
	}
}

/* At the end of every event: what was said leaves, and what is next. */
void
Connection::settle()
{
	flush();
	if (input_ended) {
		end_of_input();
		flush();
	}
	if (state == State::lingering && !blocked())
		output_done();
	if (state != State::closed)
		watch();
}

/* The client sends no more; it may be gone, or wait for its answers. */
void
Connection::end_of_input()
{
	/* What was sent before may still hold requests. */
	if (blocked())
		return;
	switch (state) {
	case State::head:
		if (is_nothing(input.view()))
			close();
		else
			refuse_head(ApiError::framing(400,
			    "the head is incomplete"), input.view());
		break;
	case State::body:
		refuse_for_good(ApiError::framing(
		    400, "the body is incomplete"));
		break;
	case State::proxy:
	case State::discarding:
		close();
		break;
	default:
		break;
	}
}

/*
 * Sends what this event has to say.  What the socket does not take is kept,
 * and no request is looked at before it has left.
 */
void
Connection::flush()
{
	if (work.output.empty())
		return;
	if (blocked())
		unsent += work.output;
	else if (state != State::closed)
		write_all(work.output);
	work.output.clear();
	if (work.output.capacity() > output_kept)
		work.output.shrink_to_fit();
}

/* out: what is new, or all that is unsent. */
void
Connection::write_all(std::string_view out)
{
	bool was_blocked = blocked();

	write_wants_read = false;
	while (!out.empty()) {
		struct iovec piece = {
		    const_cast<char *>(out.data()), out.size()};
		Stream::Transfer transfer = stream.write(&piece, 1);

		if (transfer.status == Stream::Status::failed) {
			close();
			return;
		}
		if (transfer.status != Stream::Status::done) {
			write_wants_read =
			    transfer.status == Stream::Status::want_read;
			break;
		}
		out.remove_prefix(transfer.count);
	}
	if (out.empty()) {
		unsent.clear();
		unsent_begin = 0;
		answer_memory.release();
	} else if (was_blocked)
		unsent_begin = unsent.size() - out.size();
	else {
		stuck = Clock::now();
		unsent = out;
	}
	watch_for_room();
}

void
Connection::writable()
{
	if (state == State::handshake) {
		shake_hands();
		return;
	}
	if (read_wants_write) {
		read_wants_write = false;
		watch_for_room();
		read_input();
	}
	if (state == State::closed || !blocked())
		return;
	write_all(std::string_view(unsent).substr(unsent_begin));
	if (state == State::closed || blocked())
		return;
	unsent.shrink_to_fit();
	resume();
}

/* The last answer has left. */
void
Connection::output_done()
{
	if (!linger_needed || input_ended || lingered > linger_max) {
		close();
		return;
	}
	if (!shut) {
		stream.shutdown_write();
		shut = true;
		since = Clock::now();
	}
}

bool
Connection::between_requests() const
{
	return ((state == State::head || state == State::proxy) &&
	    !blocked() && is_nothing(input.view()));
}

/* It may be closed without any request having been lost. */
bool
Connection::nothing_begun() const
{
	return (state == State::handshake || between_requests());
}

void
Connection::watch_for_room()
{
	if (read_wants_write || (blocked() && !write_wants_read))
		write_event.add();
	else
		write_event.remove();
	if (write_wants_read)
		read_event.add();
}

void
Connection::watch()
{
	bool held_up = blocked() || state == State::waiting;

	if (input_ended ||
	    (held_up && input.size() >= input_max && !write_wants_read))
		read_event.remove();
	else {
		read_event.add();
		/* Of what TLS holds no event tells. */
		if (stream.holds_input())
			read_event.activate();
	}
	deadline.set(next_deadline());
	count_idle(nothing_begun());
}

void
Connection::count_idle(bool now_idle)
{
	if (now_idle == counted_idle)
		return;
	counted_idle = now_idle;
	owner.connection_idle(*this, now_idle);
}
