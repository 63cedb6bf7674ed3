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

/* The engine's part for messages that must not be sent a second time. */

#include "engine.h"
#include "outcome.h"

/* What has an Idempotency-Key is sent when the ledger says that it is new. */
void
Engine::claim(Transaction &transaction)
{
	commit_task.schedule();
	ledger->claim(transaction.permit.key->name, transaction.entry,
	    [this, name = name_of(transaction)](
		Ledger::Claim claim, const LedgerEntry &settled) {
		    claimed(name, claim, settled);
	    });
}

void
Engine::claimed(
    const Name &name, Ledger::Claim claim, const LedgerEntry &settled)
{
	auto found = transactions.find(name);
	if (found == transactions.end())
		return;
	Transaction &transaction = *found->second;
	SubmissionResult &result = transaction.result;

	if (claim == Ledger::Claim::taken)
		note_transition(transaction.entry);
	if (claim == Ledger::Claim::taken && !transaction.canceled) {
		relays.submit(transaction);
		return;
	}
	if (claim != Ledger::Claim::taken)
		transaction.entry.idempotency.reset();
	switch (claim) {
	case Ledger::Claim::taken:
		result.outcome = Outcome::canceled;
		break;
	case Ledger::Claim::in_progress:
		result.outcome = Outcome::in_progress;
		break;
	case Ledger::Claim::other_content:
		result.outcome = Outcome::other_content;
		break;
	case Ledger::Claim::settled:
		replay(transaction, settled);
		return;
	case Ledger::Claim::unavailable:
		result.outcome = Outcome::store_unavailable;
		break;
	}
	transaction_ended(transaction);
}

/* Nothing is sent: the client is told what it was, or should have been. */
void
Engine::replay(Transaction &transaction, const LedgerEntry &settled)
{
	SubmissionResult result = result_of(settled);
	auto peer = peers.find(transaction.client);

	result.id = transaction.result.id;
	result.generation = transaction.result.generation;
	if (peer != peers.end())
		peer->second->send_result(result);
	forget(transaction);
}

/*
 * A message with an Idempotency-Key is not written before the ledger has it
 * that it may have been: else a repeat could send it again.
 */
void
Engine::content_wanted(Transaction &transaction)
{
	bool is_new = transaction.entry.status == LedgerStatus::received;
	transaction.entry.status = LedgerStatus::smtp_submission_started;
	transaction.entry.updated_ms = time_of_day_ms();
	if (is_new)
		note_transition(transaction.entry);
	if (!transaction.entry.idempotency) {
		record(transaction);
		transaction.held_by->send_content();
	} else if (transaction.is_marked)
		transaction.held_by->send_content();
	else
		record(transaction,
		    [this, name = name_of(transaction)](bool stored) {
			    marked(name, stored);
		    });
}

void
Engine::marked(const Name &name, bool stored)
{
	auto found = transactions.find(name);
	if (found == transactions.end())
		return;
	Transaction &transaction = *found->second;

	transaction.is_marked = stored;
	/* Its connection may be gone: the next one is marked already. */
	if (transaction.held_by == nullptr)
		return;
	transaction.store_failed = !stored;
	if (stored)
		transaction.held_by->send_content();
	else
		transaction.held_by->drop_content();
}
