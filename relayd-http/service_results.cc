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

/* The part of the service that hears from relayd-smtp, or does not. */

#include <algorithm>

#include "answer_body.h"
#include "audit.h"
#include "service.h"

namespace {

/* relayd-smtp has a count of its own, which an honest process hardly meets. */
RateLimitReport
refused_by_mail(const Exchange &exchange, const SubmissionResult &result)
{
	RateLimitReport report;

	report.policy = limit_bucket_name(result.limited_by);
	report.limit = result.limited_by == LimitBucket::global
	    ? exchange.config().global_limit
	    : exchange.key->limit;
	report.decision.allowed = false;
	report.decision.next_unit_ns = result.retry_after_ns;
	return (report);
}

} /* namespace */

Service::Pending
Service::take(std::uint64_t id, Resource resource)
{
	auto found = pending.find(id);
	Pending entry;

	/* An answer that comes after its deadline finds nothing. */
	if (found == pending.end() || found->second.deferred != nullptr ||
	    found->second.exchange->resource != resource)
		return (entry);
	entry = std::move(found->second);
	pending.erase(found);
	return (entry);
}

/* The answer is in late. */
void
Service::deliver(Pending entry)
{
	if (entry.waiter == nullptr) {
		recycle(std::move(entry.exchange));
		return;
	}
	entry.waiter->waiting_for = 0;
	entry.waiter->answered(std::move(entry.exchange), late);
}

void
Service::mail_result(const SubmissionResult &result)
{
	Pending entry = take(result.id, Resource::send);

	if (entry.exchange == nullptr)
		return;
	if (entry.bulk != nullptr)
		entry.bulk->ended(
		    result.id, std::move(entry.exchange), result);
	else
		settle(std::move(entry), result);
}

void
Service::note_result(const Exchange &exchange, int status,
    const ApiError *error, const SubmissionResult &result)
{
	audit_log(exchange, status, error, &result);
	/* Nothing came of it now. */
	if (result.replay_of) {
		tally.count(Counter::replays);
		return;
	}
	if (error == nullptr) {
		tally.accepted_message();
		return;
	}
	/* It was not read there, so the ledger has not heard of it. */
	if (result.outcome == Outcome::overloaded)
		tell_ledger(exchange, *error);
	tally.refused_message(error->code);
	tally.invalid_document(*error);
	if (result.outcome == Outcome::rate_limited)
		tally.count(LimitTier::relayd_smtp);
}

/* Its messages were counted one by one. */
void
Service::bulk_done(const Bulk &bulk)
{
	Pending entry;
	auto found = std::find_if(bulks.begin(), bulks.end(),
	    [&](const auto &one) { return (one.second.get() == &bulk); });

	std::unique_ptr<Bulk> done = std::move(found->second);
	bulks.erase(found);
	late.clear();
	done->make_answer(late);
	entry.waiter = done->asker();
	entry.exchange = done->take_exchange();
	done.reset();
	deliver(std::move(entry));
	/* That may have been thousands of results. */
	std::string().swap(late.body);
}

void
Service::settle(Pending entry, const SubmissionResult &result)
{
	const Exchange &exchange = *entry.exchange;
	const RequestId &id =
	    result.replay_of ? *result.replay_of : exchange.id;

	late.clear();
	late.replayed = result.replay_of.has_value();
	if (result.outcome == Outcome::accepted) {
		late.status = 202;
		late.rate_limit = exchange.key_limit;
		append_accepted(late.body, id.text(), result);
		note_result(exchange, 202, nullptr, result);
	} else {
		ApiError error =
		    submission_error(result, exchange.posted_lists);

		late.status = error.status;
		if (error.status == 503)
			late.retry_after = retry_after_s;
		if (result.outcome == Outcome::rate_limited) {
			late.rate_limit = refused_by_mail(exchange, result);
			late.retry_after =
			    seconds_to_next_unit(result.retry_after_ns);
		}
		append_submission_error(late.body, id.text(), error, result,
		    exchange.posted_lists);
		note_result(exchange, error.status, &error, result);
	}
	deliver(std::move(entry));
}

void
Service::mail_found(const LedgerAnswer &answer)
{
	lookups.answered(answer.id);
	show_found(answer);
}

/* Also when relayd-smtp, which still looks, did not say it in time. */
void
Service::show_found(const LedgerAnswer &answer)
{
	Pending entry = take(answer.id, Resource::submission);

	if (entry.exchange == nullptr)
		return;
	late.clear();
	switch (answer.kind) {
	case LedgerAnswer::Kind::found:
		append_submission(late.body, answer.entry);
		break;
	case LedgerAnswer::Kind::not_found:
		no_such_submission(*entry.exchange, late);
		break;
	case LedgerAnswer::Kind::unavailable:
		late.status = 503;
		late.retry_after = retry_after_s;
		append_error(late.body, entry.exchange->id.text(),
		    ApiError::make(ErrorCode::status_store_unavailable,
			"the store of submissions does not answer"));
		break;
	}
	deliver(std::move(entry));
}

void
Service::mail_ready(const ReadyAnswer &answer)
{
	Pending entry = take(answer.id, Resource::readiness);

	if (entry.exchange == nullptr)
		return;
	late.clear();
	late.status = answer.ready ? 200 : 503;
	append_readiness(late.body, answer.ready);
	deliver(std::move(entry));
}

void
Service::mail_lost(std::uint64_t instance, bool newest)
{
	if (newest)
		owner.mail_unlinked(instance);
	limit_questions.lost(instance);
	lookups.lost(instance);
	lose_all(instance);
}

void
Service::give_up()
{
	lose_all(std::nullopt);
}

/* Of one relayd-smtp, or of any. */
void
Service::lose_all(std::optional<std::uint64_t> instance)
{
	std::vector<std::uint64_t> lost;

	/* An answer may start the next request, so the table is not walked. */
	for (const auto &[id, entry] : pending)
		/* What waits for the limits has its own end. */
		if (entry.deferred == nullptr &&
		    (!instance || entry.handover.instance == *instance))
			lost.push_back(id);
	for (std::uint64_t id : lost) {
		auto found = pending.find(id);

		if (found != pending.end())
			lose(id, link.handed_over(found->second.handover));
	}
}

/* What was handed over may have been sent: nobody knows. */
void
Service::lose(std::uint64_t id, bool handed_over)
{
	auto found = pending.find(id);

	if (found == pending.end())
		return;
	const Exchange &exchange = *found->second.exchange;
	if (exchange.resource == Resource::readiness) {
		mail_ready({id, false});
		return;
	}
	if (exchange.resource == Resource::submission) {
		LedgerAnswer answer;

		answer.id = id;
		answer.kind = LedgerAnswer::Kind::unavailable;
		show_found(answer);
		return;
	}
	SubmissionResult result;
	result.id = id;
	if (handed_over) {
		result.outcome = Outcome::unknown;
		result.message = "whether the message was sent is not known";
		result.message_id = "<" + std::string(exchange.id.text()) +
		    "@" + exchange.key->message_id_domain + ">";
	} else {
		result.outcome = Outcome::overloaded;
		result.message = "the message could not be handed over";
	}
	mail_result(result);
}

Bulk *
Service::bulk_of(const Waiter &waiter)
{
	auto found = bulks.find(waiter.waiting_for);

	return (found == bulks.end() ? nullptr : found->second.get());
}

void
Service::cancel(const Waiter &waiter)
{
	if (Bulk *bulk = bulk_of(waiter))
		bulk->cancel();
	else
		cancel(waiter.waiting_for);
}

void
Service::cancel(std::uint64_t submission)
{
	auto found = pending.find(submission);

	if (found != pending.end() && found->second.deferred == nullptr &&
	    found->second.exchange->resource == Resource::send)
		link.cancel(found->second.handover, found->first);
}

void
Service::forget(Waiter &waiter)
{
	auto found = pending.find(waiter.waiting_for);

	if (Bulk *bulk = bulk_of(waiter))
		bulk->forget();
	else
		cancel(waiter.waiting_for);
	waiter.waiting_for = 0;
	/* A submission's result is still to be logged. */
	if (found == pending.end())
		return;
	found->second.waiter = nullptr;
	if (found->second.deferred == nullptr &&
	    found->second.exchange->resource == Resource::send)
		return;
	recycle(std::move(found->second.exchange));
	pending.erase(found);
}

void
Service::overdue(Waiter &waiter)
{
	if (Bulk *bulk = bulk_of(waiter)) {
		bulk->overdue();
		return;
	}
	auto found = pending.find(waiter.waiting_for);
	if (found != pending.end() && found->second.deferred != nullptr) {
		admit(waiter.waiting_for, LimitAnswer());
		return;
	}
	cancel(waiter.waiting_for);
	lose(waiter.waiting_for, true);
}
