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

/* The part of the service that asks relayd-smtp for units of the limits. */

#include "service.h"

/* Without relayd-smtp the buckets of this relay are asked at once. */
bool
Service::shares_limits(const Exchange &request) const
{
	return (request.config().limit_shared && link.available());
}

/* For who is refused for its key, the address alone is to be counted. */
Next
Service::ask_limits(std::unique_ptr<Exchange> &exchange,
    Deferred deferred, Waiter &waiter)
{
	LimitQuestion question;

	question.client = exchange->client;
	if (!deferred.key_refusal)
		question.proof = exchange->proof;
	Next next = wait(exchange, ++last_id, Handover(), waiter);
	pending[last_id].deferred =
	    std::make_unique<Deferred>(std::move(deferred));
	limit_questions.ask(question,
	    [this, id = last_id](const LimitAnswer &answer) {
		    admit(id, answer);
	    });
	return (next);
}

/* The client may be gone by now: then there is no such entry. */
void
Service::admit(std::uint64_t id, const LimitAnswer &answer)
{
	auto found = pending.find(id);

	if (found == pending.end() || found->second.deferred == nullptr)
		return;
	count_unanswered(answer);
	Pending entry = std::move(found->second);
	pending.erase(found);
	Exchange &exchange = *entry.exchange;
	if (auto refusal =
		admission.settle(exchange, *entry.deferred, answer)) {
		late.clear();
		refuse(exchange, *refusal, late);
		deliver(std::move(entry));
		return;
	}
	entry.waiter->waiting_for = 0;
	entry.waiter->admitted(std::move(entry.exchange));
}

/* A bulk request does not end while it waits for this. */
void
Service::ask_units(const Exchange &request, Bulk &bulk)
{
	LimitQuestion question;

	question.client = request.client;
	question.proof = request.proof;
	limit_questions.ask(question, [this, &bulk](const LimitAnswer &answer) {
		count_unanswered(answer);
		bulk.units_answered(answer);
	});
}

/* relayd-smtp, whose answers have an id, has counted its own. */
void
Service::count_unanswered(const LimitAnswer &answer)
{
	if (answer.id == 0)
		counts().count(Counter::limits_unanswered);
}

std::optional<Refusal>
Service::note_units(Exchange &request, const LimitAnswer &answer)
{
	return (admission.note_units(request, answer));
}

void
Service::mail_taken(const LimitAnswer &answer)
{
	limit_questions.answered(answer);
}
