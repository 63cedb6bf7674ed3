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

#include "answer_body.h"
#include "audit.h"
#include "composition.h"
#include "idempotency.h"
#include "metrics.h"
#include "openapi.h"
#include "pathnames.h"
#include "send_request.h"
#include "service.h"

namespace {

constexpr std::size_t spare_max = 1024;
/* A request that is handed over piece by piece. */
constexpr std::size_t large_request = 262144;

std::optional<IdempotencyMark>
mark_of(const Exchange &exchange, const SendRequest &request)
{
	if (exchange.idempotency_key.empty())
		return (std::nullopt);
	return (idempotency_mark(exchange.idempotency_key, request));
}

/*
 * The submission as it is sent; empty when `max memory' does not allow it
 * beside the body that it is made of.  What stays held of that then is the
 * submission twice: while it crosses, relayd-smtp has a copy of what it has
 * received, and counts it for itself only when it has all of it.
 */
std::string
make_submission(Exchange &exchange, const SendRequest &request,
    std::size_t body_size)
{
	Composition message(exchange.id, exchange.proof, request,
	    mark_of(exchange, request));
	std::size_t size = message.size();
	std::size_t copies = body_size + request.document.copied();

	if (!exchange.memory.grow_to(size + std::max(size, copies),
		exchange.config().max_memory))
		return (std::string());
	std::string octets = message.write();
	exchange.memory.shrink_to(2 * size);
	return (octets);
}

/*
 * The same of a large one: what it is made of is kept, and held, until all of
 * it was written, beside what relayd-smtp has by then.
 */
std::unique_ptr<BlobSource>
make_large_submission(
    Exchange &exchange, SendRequest &request, ByteBuffer &storage)
{
	std::optional<IdempotencyMark> mark = mark_of(exchange, request);
	auto message = std::make_unique<LargeComposition>(std::move(storage),
	    std::move(request), exchange.id, exchange.proof, mark);

	if (!exchange.memory.grow_to(message->kept() + message->size(),
		exchange.config().max_memory))
		return (nullptr);
	return (message);
}

} /* namespace */

Service::Service(EventLoop &loop, ServerOwner &server_owner, Segment &shared,
    std::uint32_t process_slot)
    : owner(server_owner), segment(shared), slot(process_slot),
      tally(shared, process_slot),
      admission(shared, tally), link(loop, *this), limit_questions(link),
      log_limit(shared.lines_left_out(process_slot))
{
}

std::unique_ptr<Exchange>
Service::make_exchange(const IpAddress &peer, const IpAddress &source)
{
	std::unique_ptr<Exchange> exchange = blank_exchange();

	exchange->serving = serving;
	exchange->peer = peer;
	exchange->client = source;
	exchange->memory = MemoryHold(segment, slot);
	exchange->in_flight = tally.begin_request();
	return (exchange);
}

/* But for its id. */
std::unique_ptr<Exchange>
Service::blank_exchange()
{
	std::unique_ptr<Exchange> exchange;

	if (spare.empty())
		exchange = std::make_unique<Exchange>();
	else {
		exchange = std::move(spare.back());
		spare.pop_back();
	}
	exchange->id = ids.next();
	return (exchange);
}

void
Service::recycle(std::unique_ptr<Exchange> exchange)
{
	if (exchange == nullptr || spare.size() >= spare_max)
		return;
	*exchange = Exchange();
	spare.push_back(std::move(exchange));
}

Next
Service::take_head(std::unique_ptr<Exchange> &exchange, const HttpHead &head,
    bool monitor, Waiter &waiter, Answer &answer)
{
	Route route = find_route(head, monitor);

	exchange->head_only = route.head;
	exchange->version_1_0 = head.version_1_0;
	exchange->keep_alive = head.keep_alive;
	std::optional<Refusal> refusal =
	    admission.judge_origin(*exchange, head, route);
	if (!refusal && exchange->posted)
		if (auto error = ending())
			refusal.emplace(std::move(*error));
	if (!refusal && exchange->versioned && shares_limits(*exchange)) {
		Deferred deferred = admission.defer(*exchange, head);
		if (exchange->posted || deferred.key_refusal)
			return (ask_limits(
			    exchange, std::move(deferred), waiter));
		exchange->key = deferred.key;
		refusal = admission.take_lookup(*exchange);
	} else if (!refusal)
		refusal = admission.judge_rest(*exchange, head);
	if (refusal) {
		refuse(*exchange, *refusal, answer);
		return (Next::answer);
	}
	switch (exchange->resource) {
	case Resource::send:
	case Resource::send_bulk:
		return (Next::body);
	case Resource::submission:
		return (look_up(exchange, waiter, answer));
	case Resource::readiness:
		return (ask_ready(exchange, waiter, answer));
	case Resource::key_self:
		append_key(answer.body, *exchange->key);
		return (Next::answer);
	case Resource::openapi:
		answer.body = openapi_document();
		return (Next::answer);
	case Resource::metrics:
		show_metrics(*exchange, answer);
		return (Next::answer);
	default: /* health */
		append_health(answer.body, release_version);
		return (Next::answer);
	}
}

Next
Service::take_body(std::unique_ptr<Exchange> &exchange,
    std::string_view octets, ByteBuffer &storage, Waiter &waiter,
    Answer &answer)
{
	exchange->octets = octets.size();
	exchange->received = Clock::now();
	return (exchange->resource == Resource::send_bulk
	    ? send_bulk(exchange, octets, waiter, answer)
	    : send(exchange, octets, storage, waiter, answer));
}

Next
Service::send(std::unique_ptr<Exchange> &exchange, std::string_view octets,
    ByteBuffer &storage, Waiter &waiter, Answer &answer)
{
	SendRequestResult request = parse_send_request(
	    octets, SendLimits::of(exchange->config(), *exchange->key));

	if (!request) {
		refuse(*exchange, Refusal(request.error()), answer);
		return (Next::answer);
	}
	audit_remember(*exchange, *request);
	exchange->posted_lists = request->posted_lists;
	if (exchange->dry_run) {
		append_valid(answer.body, exchange->id.text());
		audit_log(*exchange, answer.status, nullptr, nullptr);
		return (Next::answer);
	}
	if (auto refusal = obstacle()) {
		refuse(*exchange, *refusal, answer);
		return (Next::answer);
	}
	if (storage.size() >= large_request) {
		auto submission =
		    make_large_submission(*exchange, *request, storage);
		if (submission == nullptr)
			return (refuse_memory(*exchange, answer));
		waiter.waiting_for = submit(
		    std::move(exchange), std::move(submission), &waiter);
		return (Next::wait);
	}
	std::string submission =
	    make_submission(*exchange, *request, octets.size());
	if (submission.empty())
		return (refuse_memory(*exchange, answer));
	waiter.waiting_for = submit(
	    std::move(exchange), std::move(submission), &waiter, nullptr);
	return (Next::wait);
}

Next
Service::refuse_memory(const Exchange &exchange, Answer &answer)
{
	refuse(exchange, Refusal(ErrorCode::overloaded,
	    "there is no memory for the message at the moment"), answer);
	return (Next::answer);
}

std::uint64_t
Service::submit(std::unique_ptr<Exchange> exchange, std::string submission,
    Waiter *waiter, Bulk *bulk)
{
	Pending &entry = pending[++last_id];

	entry.handover = link.submit(last_id, std::move(submission),
	    std::move(exchange->memory));
	entry.exchange = std::move(exchange);
	entry.waiter = waiter;
	entry.bulk = bulk;
	return (last_id);
}

std::uint64_t
Service::submit(std::unique_ptr<Exchange> exchange,
    std::unique_ptr<BlobSource> submission, Waiter *waiter)
{
	Pending &entry = pending[++last_id];

	entry.handover = link.submit(last_id, std::move(submission),
	    std::move(exchange->memory));
	entry.exchange = std::move(exchange);
	entry.waiter = waiter;
	return (last_id);
}

std::optional<Refusal>
Service::obstacle() const
{
	if (link.available())
		return (std::nullopt);
	return (Refusal(
	    ErrorCode::overloaded, "no mail can be taken at the moment"));
}

std::optional<ApiError>
Service::ending() const
{
	if (!stopping)
		return (std::nullopt);
	return (ApiError::make(
	    ErrorCode::shutting_down, "the relay is shutting down"));
}

Next
Service::send_bulk(std::unique_ptr<Exchange> &exchange,
    std::string_view octets, Waiter &waiter, Answer &answer)
{
	auto bulk = std::make_unique<Bulk>(*this, waiter);

	if (auto refusal = bulk->read(*exchange, octets)) {
		refuse(*exchange, *refusal, answer);
		return (Next::answer);
	}
	tally.count(Counter::bulk_requests);
	tally.count(Counter::bulk_messages, bulk->size());
	bulk->begin(std::move(exchange));
	waiter.waiting_for = ++last_id;
	bulks[last_id] = std::move(bulk);
	return (Next::wait);
}

std::unique_ptr<Exchange>
Service::make_message(const Exchange &request, std::uint32_t index)
{
	std::unique_ptr<Exchange> message = blank_exchange();

	message->serving = request.serving;
	message->peer = request.peer;
	message->certificate_subject = request.certificate_subject;
	message->client = request.client;
	message->resource = Resource::send;
	message->posted = true;
	message->bulk_id = request.id;
	message->bulk_index = index;
	message->key = request.key;
	message->proof = request.proof;
	message->begun = request.begun;
	message->admitted = request.admitted;
	message->received = request.received;
	return (message);
}

Next
Service::look_up(
    std::unique_ptr<Exchange> &exchange, Waiter &waiter, Answer &answer)
{
	std::optional<RequestId> wanted =
	    RequestId::parse(exchange->target_id);

	if (!wanted || exchange->config().store_none) {
		no_such_submission(*exchange, answer);
		return (Next::answer);
	}
	if (auto refusal = lookup_obstacle(*exchange)) {
		refuse(*exchange, *refusal, answer);
		return (Next::answer);
	}
	Handover handover =
	    link.lookup({++last_id, *wanted, exchange->proof});
	lookups.asked(last_id, handover.instance, exchange->key->slot);
	return (wait(exchange, last_id, handover, waiter));
}

std::optional<Refusal>
Service::lookup_obstacle(const Exchange &exchange)
{
	if (!link.available())
		return (Refusal(ErrorCode::status_store_unavailable,
		    "the store of submissions cannot be asked"));
	if (lookups.key_full(exchange.key->slot)) {
		Refusal refusal(ErrorCode::rate_limited,
		    "too many look-ups at once", LogEvent::limit_refusal,
		    "in flight");

		tally.count(LimitTier::lookup);
		refusal.retry_after = retry_after_s;
		return (refusal);
	}
	if (lookups.full())
		return (Refusal(ErrorCode::overloaded,
		    "no more can be looked up at the moment"));
	return (std::nullopt);
}

Next
Service::ask_ready(
    std::unique_ptr<Exchange> &exchange, Waiter &waiter, Answer &answer)
{
	if (stopping || !link.available()) {
		answer.status = 503;
		append_readiness(answer.body, false);
		return (Next::answer);
	}
	Handover handover = link.ask_ready(++last_id);
	return (wait(exchange, last_id, handover, waiter));
}

void
Service::show_metrics(const Exchange &exchange, Answer &answer)
{
	answer.content_type = metrics_type;
	append_metrics(
	    answer.body, take_snapshot(segment, exchange.config()));
}

Next
Service::wait(std::unique_ptr<Exchange> &exchange, std::uint64_t id,
    const Handover &handover, Waiter &waiter)
{
	Pending &entry = pending[id];

	entry.exchange = std::move(exchange);
	entry.waiter = &waiter;
	entry.handover = handover;
	waiter.waiting_for = id;
	return (Next::wait);
}

void
Service::no_such_submission(const Exchange &exchange, Answer &answer)
{
	answer.status = 404;
	append_submission_not_found(
	    answer.body, exchange.id.text(), exchange.target_id);
}

void
Service::refuse(
    const Exchange &exchange, const Refusal &refusal, Answer &answer)
{
	const ApiError &error = refusal.error;

	answer.status = error.status;
	answer.allow = refusal.allow;
	answer.authenticate = error.code == ErrorCode::unauthorized;
	answer.retry_after =
	    error.status == 503 ? retry_after_s : refusal.retry_after;
	answer.rate_limit = refusal.rate_limit;
	append_error(answer.body, exchange.id.text(), error);
	if (refusal.auth_failure)
		tally.count(*refusal.auth_failure);
	note_refusal(exchange, error);
}

void
Service::note_refusal(const Exchange &exchange, const ApiError &error)
{
	if (exchange.posted && exchange.key != nullptr && !exchange.dry_run)
		tell_ledger(exchange, error);
	audit_refusal(exchange, error, log_limit);
	if (exchange.posted && exchange.resource == Resource::send &&
	    !exchange.dry_run)
		tally.refused_message(error.code);
	if (exchange.received != Clock::time_point())
		tally.invalid_document(error);
}

void
Service::tell_ledger(const Exchange &exchange, const ApiError &error)
{
	link.reject({exchange.id, exchange.proof, error_code_name(error.code),
	    error.message});
}
