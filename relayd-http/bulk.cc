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
#include <array>

#include "answer_body.h"
#include "audit.h"
#include "bulk.h"
#include "composition.h"
#include "idempotency.h"
#include "json_members.h"
#include "service.h"

namespace {

/* Of one request, in one turn of the loop: what others wait for at most. */
constexpr int messages_a_turn = 8;
/* What a result takes up until it is answered; more only where it is long. */
constexpr std::size_t result_octets = 512;

constexpr std::array<JsonMember, 1> members = {{{"messages", true}}};

} /* namespace */

Bulk::Bulk(Service &its_service, Waiter &who_asks)
    : service(its_service), waiter(&who_asks), turn(this, calls<&Bulk::step>)
{
}

/*
 * The body is there twice until the caller lets go of it.  What is held then
 * stays held: the copy, what was read from it, and the results.
 */
std::optional<Refusal>
Bulk::read(Exchange &request, std::string_view octets)
{
	const HttpConfig &config = request.config();
	Refusal no_memory(ErrorCode::overloaded,
	    "there is no memory for the request at the moment");

	if (!request.memory.grow_to(2 * octets.size(), config.max_memory))
		return (no_memory);
	posted = octets;
	limits = SendLimits::of(config, *request.key);
	auto parsed = JsonDocument::parse(posted,
	    std::min(json_values_max,
		1 + config.bulk->messages * (limits.values() + 1)));
	if (!parsed)
		return (Refusal(ApiError::make(
		    ErrorCode::bad_request, parsed.error())));
	document = std::move(*parsed);
	if (auto error = find_messages(config.bulk->messages))
		return (Refusal(std::move(*error)));
	total = static_cast<std::uint32_t>(json_array_size(messages));
	own_memory =
	    posted.size() + document.footprint() + total * result_octets;
	if (!request.memory.grow_to(
		own_memory + octets.size(), config.max_memory))
		return (no_memory);
	request.memory.shrink_to(own_memory);
	results.resize(total);
	return (std::nullopt);
}

std::optional<ApiError>
Bulk::find_messages(std::uint32_t max)
{
	JsonMembers<members.size()> values;
	const char *unknown = values.find(document.root(), members);

	if (unknown != nullptr)
		return (unknown_field(unknown));
	messages = values[0];
	if (messages == nullptr)
		return (ApiError::of_field(ErrorCode::validation_failed,
		    "messages", "is required"));
	if (!json_is_array(messages))
		return (ApiError::of_field(ErrorCode::validation_failed,
		    "messages", "must be an array of messages"));
	std::size_t count = json_array_size(messages);
	if (count == 0)
		return (ApiError::of_field(ErrorCode::bad_request, "messages",
		    "at least one message is required"));
	if (count > max)
		return (ApiError::of_field(ErrorCode::payload_too_large,
		    "messages", "must not have more than " +
		    std::to_string(max) + " messages"));
	return (std::nullopt);
}

void
Bulk::begin(std::unique_ptr<Exchange> request)
{
	exchange = std::move(request);
	turn.arm(Clock::duration::zero());
}

bool
Bulk::may_go_on() const
{
	return (next < total && asking == nullptr &&
	    (ending ||
	    in_flight.size() < exchange->config().bulk->concurrency));
}

void
Bulk::step()
{
	Step step = Step::done;

	for (int i = 0; i < messages_a_turn && step == Step::done; i++) {
		if (!may_go_on())
			break;
		step = take_next();
	}
	if (next == total && in_flight.empty())
		service.bulk_done(*this); /* this is gone */
	else if (step == Step::done && may_go_on())
		turn.arm(Clock::duration::zero());
}

Bulk::Step
Bulk::take_next()
{
	std::optional<Refusal> refusal;

	if (!ending)
		ending = service.ending();
	std::unique_ptr<Exchange> message =
	    service.make_message(*exchange, next);
	if (ending) {
		refuse(std::move(message), *ending);
		return (Step::done);
	}
	SendRequestResult request = read_send_request(
	    document, json_array_get(messages, next), limits);
	if (!request) {
		refuse(std::move(message), request.error());
		return (Step::done);
	}
	audit_remember(*message, *request);
	message->posted_lists = request->posted_lists;
	Step step = hand_over(message, *request, refusal);
	if (refusal)
		refuse(std::move(message), refusal->error);
	return (step);
}

/* Either it is on its way, or there is a refusal, or it waits. */
Bulk::Step
Bulk::hand_over(std::unique_ptr<Exchange> &message, const SendRequest &request,
    std::optional<Refusal> &refusal)
{
	std::optional<IdempotencyMark> mark;

	if ((refusal = service.obstacle()))
		return (Step::done);
	if (!exchange->idempotency_key.empty())
		mark = idempotency_mark(
		    exchange->idempotency_key, next, request);
	Composition composition(message->id, message->proof, request, mark);
	/* Twice: while it crosses, relayd-smtp has a copy. */
	std::uint64_t octets = 2 * composition.size();
	if (!exchange->memory.grow_to(
		own_memory + octets, exchange->config().max_memory)) {
		if (!in_flight.empty()) {
			service.recycle(std::move(message));
			return (Step::wait);
		}
		refusal.emplace(ErrorCode::overloaded,
		    "there is no memory for the message at the moment");
		return (Step::done);
	}
	message->memory = exchange->memory.split(octets);
	if (unit_left)
		unit_left = false;
	else if (service.shares_limits(*exchange)) {
		asking = std::move(message);
		asking_submission = composition.write();
		service.ask_units(*exchange, *this);
		return (Step::wait);
	} else if ((refusal = service.take_units(*exchange))) {
		message->memory.release();
		ending = refusal->error;
		return (Step::done);
	}
	submit(std::move(message), composition.write());
	return (Step::done);
}

void
Bulk::submit(std::unique_ptr<Exchange> message, std::string submission)
{
	std::uint64_t id = service.submit(
	    std::move(message), std::move(submission), nullptr, this);

	in_flight[id] = next++;
}

void
Bulk::units_answered(const LimitAnswer &answer)
{
	std::unique_ptr<Exchange> message = std::move(asking);
	std::string submission = std::move(asking_submission);
	std::optional<Refusal> refusal = service.note_units(*exchange, answer);

	if (refusal && !ending)
		ending = refusal->error;
	/* The client, or relayd-smtp, may be gone by now. */
	if (ending)
		refusal.emplace(*ending);
	else
		refusal = service.obstacle();
	if (refusal) {
		message->memory.release();
		refuse(std::move(message), refusal->error);
	} else
		submit(std::move(message), std::move(submission));
	turn.arm(Clock::duration::zero());
}

/* The next message, by us: it never was on its way. */
void
Bulk::refuse(std::unique_ptr<Exchange> message, const ApiError &error)
{
	service.note_refusal(*message, error);
	keep(*message, message->id.text(), &error, nullptr);
	service.recycle(std::move(message));
	next++;
}

void
Bulk::ended(std::uint64_t id, std::unique_ptr<Exchange> message,
    const SubmissionResult &result)
{
	const RequestId &request_id =
	    result.replay_of ? *result.replay_of : message->id;

	in_flight.erase(id);
	if (result.outcome == Outcome::accepted) {
		service.note_result(*message, 202, nullptr, result);
		keep(*message, request_id.text(), nullptr, &result);
	} else {
		ApiError error =
		    submission_error(result, message->posted_lists);

		service.note_result(*message, error.status, &error, result);
		keep(*message, request_id.text(), &error, &result);
		if (result.outcome == Outcome::rate_limited && !ending)
			ending = std::move(error);
	}
	service.recycle(std::move(message));
	if (waiter != nullptr)
		waiter->progressed();
	turn.arm(Clock::duration::zero());
}

void
Bulk::keep(const Exchange &message, std::string_view request_id,
    const ApiError *error, const SubmissionResult *result)
{
	BulkResult told;

	told.index = message.bulk_index;
	told.request_id = request_id;
	told.error = error;
	if (result != nullptr) {
		told.message_id = result->message_id;
		told.replayed = result->replay_of.has_value();
	}
	if (error == nullptr)
		accepted++;
	else if (error->code != ErrorCode::smtp_outcome_unknown)
		rejected++;
	append_bulk_result(results[message.bulk_index], told);
}

/* Settling one changes the table. */
std::vector<std::uint64_t>
Bulk::flights() const
{
	std::vector<std::uint64_t> ids;

	ids.reserve(in_flight.size());
	for (const auto &[id, index] : in_flight)
		ids.push_back(id);
	return (ids);
}

void
Bulk::cancel()
{
	/* As what is in flight is told when it could be asked back. */
	if (!ending)
		ending = ApiError::make(ErrorCode::overloaded,
		    "the client went away before the message was sent");
	cancel_flights();
	turn.arm(Clock::duration::zero());
}

void
Bulk::cancel_flights()
{
	for (std::uint64_t id : flights())
		service.cancel(id);
}

void
Bulk::forget()
{
	waiter = nullptr;
	cancel();
}

void
Bulk::overdue()
{
	if (!ending)
		ending = ApiError::make(ErrorCode::overloaded,
		    "no mail can be taken at the moment");
	cancel_flights();
	for (std::uint64_t id : flights())
		service.lose(id, true);
	turn.arm(Clock::duration::zero());
}

void
Bulk::make_answer(Answer &answer) const
{
	answer.status = 202;
	answer.rate_limit = exchange->key_limit;
	append_bulk(answer.body, exchange->id.text(), accepted, rejected,
	    results);
}
