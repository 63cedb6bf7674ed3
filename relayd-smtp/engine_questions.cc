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
 * The engine's answers to questions: what became of a submission, and whether
 * mail can be submitted now; and what relayd-http refused, for the first.
 */

#include "engine.h"
#include "header.h"

namespace {

/* How long a question for readiness may wait for a server's greeting. */
constexpr std::chrono::seconds readiness_time{5};
constexpr std::size_t ready_queries_max = 10000;

/* As relayd-http makes it: others, who look it up, must be able to read it. */
bool
is_sound(const Rejection &rejection)
{
	std::size_t code = result_code_index(rejection.code);

	return (code != 0 && code != result_codes.size() - 1 &&
	    is_header_text(rejection.message, SIZE_MAX, Tab::refused));
}

/* What is ours to know is left out. */
LedgerEntry
for_client(LedgerEntry entry)
{
	entry.idempotency.reset();
	entry.refused.clear();
	return (entry);
}

} /* namespace */

void
Engine::look_up(HttpPeer &peer, const LedgerQuery &query)
{
	const SmtpKey *key = policy.find_key(query.proof);
	LedgerAnswer answer;

	answer.id = query.id;
	if (key == nullptr) {
		peer.send_found(answer);
		return;
	}
	ledger->look_up(key->name, query.request_id,
	    [this, instance = peer.instance(), id = query.id](
		LedgerAnswer::Kind kind, LedgerEntry entry) {
		    auto asker = peers.find(instance);
		    if (asker != peers.end())
			    asker->second->send_found(
				{id, kind, for_client(std::move(entry))});
	    });
}

void
Engine::note_rejection(const Rejection &rejection)
{
	const SmtpKey *key = policy.find_key(rejection.proof);
	LedgerEntry entry;

	if (key == nullptr || !is_sound(rejection))
		return;
	entry.request_id = rejection.request_id;
	entry.serial = ++last_serial;
	entry.status = LedgerStatus::rejected;
	entry.code = rejection.code;
	entry.message = rejection.message;
	entry.created_ms = time_of_day_ms();
	entry.updated_ms = entry.created_ms;
	entry.expires_ms = entry.created_ms +
	    std::chrono::milliseconds(policy.config()->store.ttl).count();
	note_transition(entry);
	commit_task.schedule();
	ledger->put(key->name, entry);
}

void
Engine::ask_ready(HttpPeer &peer, std::uint64_t id)
{
	if (ready_queries.size() >= ready_queries_max) {
		peer.send_ready({id, false});
		return;
	}
	ready_queries.push_back({peer.instance(), id});
	if (!ready_timer.armed())
		ready_timer.arm(readiness_time);
	readiness_known();
}

void
Engine::readiness_known()
{
	if (ready_queries.empty())
		return;
	Readiness readiness = relays.readiness();
	if (readiness != Readiness::being_checked)
		answer_readiness(readiness == Readiness::ready);
}

void
Engine::readiness_overdue()
{
	answer_readiness(false);
}

void
Engine::answer_readiness(bool ready)
{
	std::vector<ReadyQuery> queries;

	queries.swap(ready_queries);
	ready_timer.disarm();
	for (const ReadyQuery &query : queries) {
		auto asker = peers.find(query.client);
		if (asker != peers.end())
			asker->second->send_ready({query.id, ready});
	}
}
