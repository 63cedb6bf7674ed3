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

/* A request's way through a connection, from its head to its answer. */

#include <algorithm>
#include <ctime>

#include "connection.h"

namespace {

/* A refused body that is worth reading to its end (api.md). */
constexpr std::uint64_t discard_max = 65536;
/* relayd-smtp keeps its own time; these are for when it does not. */
constexpr std::chrono::seconds question_time{7};
constexpr std::chrono::seconds submission_grace{10};
/* A chunked body's memory is counted in steps of so much. */
constexpr std::uint64_t hold_step = 65536;

} /* namespace */

bool
Connection::step_head(std::string_view &in)
{
	HttpHead head;

	if (begun == Clock::time_point())
		begun = Clock::now();
	switch (parser.parse(in)) {
	case HttpParser::Status::incomplete:
		return (false);
	case HttpParser::Status::failed:
		refuse_head(ApiError::framing(parser.error().status,
		    parser.error().reason), in);
		return (true);
	case HttpParser::Status::complete:
		break;
	}
	head = parser.head(in);
	in.remove_prefix(parser.length());
	begin_request(head, !in.empty());
	return (true);
}

void
Connection::begin_request(const HttpHead &head, bool has_octets)
{
	exchange = service.make_exchange(peer_address, source_address);
	exchange->begun = begun;
	exchange->certificate_subject = certificate_subject;
	framing = head.body;
	body_left = head.content_length;
	if (framing == HttpBody::length && body_left == 0)
		framing = HttpBody::none;
	expect_continue = head.expect_continue && framing != HttpBody::none;
	work.answer.clear();
	switch (service.take_head(
	    exchange, head, use.monitor, *this, work.answer)) {
	case Next::answer:
		send_answer(work.answer);
		break;
	case Next::body:
		begin_body(has_octets);
		break;
	case Next::wait:
		wait_for_mail(question_time);
		break;
	}
}

/* has_octets: some of it is there, or what follows it. */
void
Connection::begin_body(bool has_octets)
{
	exchange->admitted = Clock::now();
	state = State::body;
	if (framing == HttpBody::none)
		finish_body(std::string_view());
	else if (framing == HttpBody::chunked)
		decoder = std::make_unique<ChunkedDecoder>();
	else if (!exchange->memory.grow_to(
		     body_left, exchange->config().max_memory))
		refuse(Refusal(ErrorCode::overloaded,
		    "there is no memory for the request at the moment"));
	/* RFC 9110 10.1.1: who has begun to send needs no invitation. */
	if (state == State::body && expect_continue && !has_octets)
		work.output += continue_answer;
}

bool
Connection::step_length(std::string_view &in)
{
	std::size_t taken = static_cast<std::size_t>(
	    std::min<std::uint64_t>(in.size(), body_left));
	std::string_view octets = in.substr(0, taken);

	if (taken == 0)
		return (false);
	in.remove_prefix(taken);
	/* All of it is here: no copy. */
	if (taken == body_left && body.empty()) {
		finish_body(octets);
		return (true);
	}
	body.room(static_cast<std::size_t>(body_left));
	body.append(octets);
	body_left -= taken;
	if (body_left != 0)
		return (false);
	finish_body(body.view());
	return (true);
}

bool
Connection::step_chunked(std::string_view &in)
{
	const HttpConfig &config = exchange->config();
	std::string_view content;
	ChunkedDecoder::Status status;
	/* A chunk's size is believed before the chunk is there. */
	auto too_large = [&](std::uint64_t arrived) {
		std::uint64_t left = config.max_request - body.size();

		return (arrived > left ||
		    decoder->announced() > left - arrived);
	};

	while ((status = decoder->decode(in, content)) ==
	    ChunkedDecoder::Status::content) {
		std::uint64_t size = body.size() + content.size();

		if (too_large(content.size())) {
			refuse_size();
			return (true);
		}
		if (!exchange->memory.grow_to(
			(size + hold_step - 1) / hold_step * hold_step,
			config.max_memory)) {
			refuse(Refusal(ErrorCode::overloaded,
			    "there is no memory for the request at the "
			    "moment"));
			return (true);
		}
		body.append(content);
	}
	switch (status) {
	case ChunkedDecoder::Status::failed:
		refuse_for_good(ApiError::framing(
		    decoder->error().status, decoder->error().reason));
		return (true);
	case ChunkedDecoder::Status::complete:
		finish_body(body.view());
		return (true);
	default:
		if (!too_large(0))
			return (false);
		refuse_size();
		return (true);
	}
}

void
Connection::finish_body(std::string_view octets)
{
	framing = HttpBody::none;
	body_left = 0;
	work.answer.clear();
	Next next =
	    service.take_body(exchange, octets, body, *this, work.answer);
	body.clear();
	decoder.reset();
	if (next == Next::answer) {
		send_answer(work.answer);
		return;
	}
	wait_for_mail(service.current()->config.timeout_submission +
	    submission_grace);
}

void
Connection::wait_for_mail(Clock::duration at_most)
{
	state = State::waiting;
	since = Clock::now();
	heard = since;
	patience = at_most;
}

void
Connection::answered(std::unique_ptr<Exchange> done, const Answer &answer)
{
	exchange = std::move(done);
	send_answer(answer);
	resume();
}

void
Connection::admitted(std::unique_ptr<Exchange> allowed)
{
	exchange = std::move(allowed);
	if (cancelled)
		refuse(Refusal(ErrorCode::overloaded,
		    "the client went away before the message was sent"));
	else
		begin_body(!input.empty());
	resume();
}

void
Connection::refuse(const Refusal &refusal)
{
	work.answer.clear();
	service.refuse(*exchange, refusal, work.answer);
	send_answer(work.answer);
}

void
Connection::refuse_size()
{
	refuse(Refusal(ErrorCode::payload_too_large,
	    "the request is larger than is allowed here"));
}

/* Where the next request begins is not known, or will never be reached. */
void
Connection::refuse_for_good(ApiError error)
{
	exchange->keep_alive = false;
	linger_needed = true;
	refuse(Refusal(std::move(error)));
}

void
Connection::refuse_head(ApiError error, std::string_view in)
{
	exchange = service.make_exchange(peer_address, source_address);
	exchange->begun = begun;
	if (in.substr(0, 2) == "\r\n") /* one empty line is ignored */
		in.remove_prefix(2);
	exchange->head_only = in.substr(0, 5) == "HEAD ";
	refuse_for_good(std::move(error));
}

bool
Connection::body_can_be_discarded() const
{
	return (framing == HttpBody::length && !expect_continue &&
	    body_left <= discard_max);
}

void
Connection::send_answer(const Answer &answer)
{
	bool unread = framing != HttpBody::none;
	bool keep = exchange->keep_alive && !work.draining &&
	    (!unread || body_can_be_discarded());
	AnswerHead head;

	head.status = answer.status;
	head.content_type = answer.content_type;
	head.request_id = exchange->id.text();
	head.date = work.date.at(std::time(nullptr));
	head.body_omitted = exchange->head_only;
	head.allow = answer.allow;
	head.authenticate = answer.authenticate;
	head.retry_after = answer.retry_after;
	head.replayed = answer.replayed;
	if (answer.rate_limit.policy != nullptr)
		head.rate_limit = &answer.rate_limit;
	if (!keep)
		head.persistence = Persistence::close;
	else if (exchange->version_1_0)
		head.persistence = Persistence::keep_alive;
	append_answer(work.output, head, answer.body);

	Clock::time_point now = Clock::now();
	service.counts().answer(exchange->resource, answer.status,
	    exchange->begun, now);
	/* A bulk request's answer may be larger than what was posted. */
	exchange->memory.shrink_to(answer.body.size());
	answer_memory = std::move(exchange->memory);
	service.recycle(std::move(exchange));
	body.clear();
	decoder.reset();
	if (!keep) {
		state = State::lingering;
		linger_needed = linger_needed || unread;
		since = now;
	} else if (unread)
		state = State::discarding;
	else
		next_request(now);
}

void
Connection::next_request(Clock::time_point now)
{
	parser.reset();
	begun = Clock::time_point();
	framing = HttpBody::none;
	body_left = 0;
	expect_continue = false;
	first_request = false;
	cancelled = false;
	state = State::head;
	since = now;
	/* Counted again, it is the last one to be closed for others. */
	count_idle(false);
}
