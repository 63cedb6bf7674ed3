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

#include "http_peer.h"

namespace {

/*
 * Submissions whose pieces are under way at once, from one peer: an honest one
 * sends a submission to its end before it begins the next.
 */
constexpr std::size_t pending_max = 16;
/* Octets of answers that the peer has not read: it may ask no more then. */
constexpr std::size_t unread_max = 1024 * 1024;
/* Nor when so many look-ups wait for the store; api.md allows no more. */
constexpr std::size_t lookups_max = 256;
constexpr std::chrono::seconds overdue_interval{1};

} /* namespace */

HttpPeer::HttpPeer(EventLoop &loop, Fd socket, std::uint64_t process_instance,
    PeerRequests &peer_requests)
    : number(process_instance), requests(peer_requests),
      channel(loop, std::move(socket), ImsgSocket::Descriptors::refused,
	  *this),
      assembler(0, pending_max),
      overdue_timer(this, calls<&HttpPeer::drop_overdue>)
{
	channel.set_queued_max(unread_max);
}

void
HttpPeer::configure(std::size_t submission_max,
    std::chrono::milliseconds timeout_request)
{
	assembler.set_max(submission_max);
	piece_time = timeout_request;
}

bool
HttpPeer::channel_message(Channel &, Imsg &message)
{
	switch (static_cast<MessageType>(message.type)) {
	case MessageType::submit:
		return (submission_piece(message.data));
	case MessageType::cancel:
		if (auto id = read_cancel(message.data)) {
			requests.cancel(*this, *id);
			return (true);
		}
		return (false);
	case MessageType::lookup:
		return (look_up(message.data));
	case MessageType::rejected:
		if (auto rejection = read_rejected(message.data)) {
			requests.note_rejection(*rejection);
			return (true);
		}
		return (false);
	case MessageType::ready_query:
		if (auto id = read_ready_query(message.data)) {
			requests.ask_ready(*this, *id);
			return (true);
		}
		return (false);
	case MessageType::take:
		if (auto question = read_take(message.data)) {
			requests.take_units(*this, *question);
			return (true);
		}
		return (false);
	default:
		return (false);
	}
}

void
HttpPeer::channel_closed(Channel &)
{
	requests.peer_closed(*this);
}

bool
HttpPeer::look_up(std::string_view payload)
{
	std::optional<LedgerQuery> query = read_lookup(payload);

	if (!query)
		return (false);
	lookups++;
	requests.look_up(*this, *query);
	if (lookups >= lookups_max)
		channel.pause();
	return (true);
}

bool
HttpPeer::submission_piece(std::string_view payload)
{
	std::uint64_t id = 0;
	std::string_view blob;
	std::string storage;

	switch (assembler.add(
	    payload, requests.submission_room(), id, blob, storage)) {
	case BlobAssembler::State::more:
		if (!overdue_timer.armed())
			overdue_timer.arm(overdue_interval);
		return (true);
	case BlobAssembler::State::complete:
		/* A small one is still in the socket's buffer. */
		if (storage.empty())
			storage = requests.storage().assign(blob);
		return (requests.submit(*this, id, std::move(storage)));
	case BlobAssembler::State::refused:
		requests.refuse_unread(*this, id);
		return (true);
	case BlobAssembler::State::malformed:
		return (false);
	}
	return (false);
}

void
HttpPeer::drop_overdue()
{
	Clock::time_point begun = Clock::now() - piece_time;

	for (std::uint64_t id : assembler.drop_begun_before(begun))
		requests.refuse_unread(*this, id);
	if (assembler.held() != 0)
		overdue_timer.arm(overdue_interval);
}

void
HttpPeer::send_result(const SubmissionResult &result)
{
	channel.compose_blob(
	    type_of(MessageType::result), result.id, write_result(result));
}

void
HttpPeer::send_found(const LedgerAnswer &answer)
{
	channel.compose_blob(
	    type_of(MessageType::found), answer.id, write_found(answer));
	if (lookups-- == lookups_max)
		channel.resume();
}

void
HttpPeer::send_ready(const ReadyAnswer &answer)
{
	channel.compose(type_of(MessageType::ready), write_ready(answer));
}

void
HttpPeer::send_taken(const LimitAnswer &answer)
{
	channel.compose(type_of(MessageType::taken), write_taken(answer));
}
