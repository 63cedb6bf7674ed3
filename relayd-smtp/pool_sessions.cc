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

/* What a relay's sessions tell their pool, and how they come out of it. */

#include <algorithm>

#include "pool.h"

void
RelayPool::session_ready(SmtpSession &session)
{
	bool is_first = !session.was_ready;

	if (is_first) {
		session.was_ready = true;
		setting_up--;
		count_in(counts->connections_made);
		relay_works();
	}
	if (retired || session.uses() >= config.messages ||
	    total() > config.connections)
		dismiss(session);
	else if (!give_work(session))
		idle.push_back(&session);
	open_connections();
	if (is_first)
		owner.relay_state_known();
}

/*
 * Only when all connections are there, for a new one would take it sooner;
 * and not behind a message that the server may take its time over.
 */
Transaction *
RelayPool::next_transaction(SmtpSession &session)
{
	if (retired || opening() != 0 || total() != config.connections ||
	    session.uses() >= config.messages ||
	    !session.answered_promptly())
		return (nullptr);
	return (take_work(session));
}

void
RelayPool::session_unused(SmtpSession &session)
{
	dismiss(session);
}

void
RelayPool::session_failed(SmtpSession &session, const SetupFailure &failure)
{
	leave(session);
	attempt_failed(session.address_index, session.address_count, failure);
}

void
RelayPool::content_wanted(Transaction &transaction)
{
	transactions.content_wanted(transaction);
}

void
RelayPool::transaction_ended(SmtpSession &, Transaction &transaction)
{
	count_result(transaction.result.outcome);
	transactions.transaction_ended(transaction);
}

void
RelayPool::transaction_lost(SmtpSession &session, Transaction &transaction)
{
	leave(session);
	transaction.replaced = true;
	/* What was canceled is not sent, and ends there. */
	if (retired || transaction.canceled) {
		SetupFailure failure;
		failure.reason = "the relay is no longer configured";
		owner.try_next_relay(*this, transaction, failure);
		return;
	}
	waiting.add_first(transaction);
	open_connections();
}

void
RelayPool::transaction_unknown(SmtpSession &session, Transaction &transaction)
{
	leave(session);
	late.push_back(&session);
	count_result(Outcome::unknown);
	transactions.transaction_unknown(transaction);
	while (late.size() > config.connections)
		late.front()->abandon();
	open_connections();
}

void
RelayPool::late_reply(SmtpSession &, Transaction &transaction,
    const SmtpReply &reply)
{
	transactions.late_reply(transaction, &reply);
}

void
RelayPool::late_reply_given_up(SmtpSession &, Transaction &transaction)
{
	transactions.late_reply(transaction, nullptr);
}

/* No longer counted among the connections that the relay allows. */
void
RelayPool::leave(SmtpSession &session)
{
	if (!session.in_pool)
		return;
	session.in_pool = false;
	members--;
	if (!session.was_ready)
		setting_up--;
	auto found = std::find(idle.rbegin(), idle.rend(), &session);
	if (found != idle.rend())
		idle.erase(std::next(found).base());
}

void
RelayPool::dismiss(SmtpSession &session)
{
	leave(session);
	session.quit();
}

void
RelayPool::session_closed(SmtpSession &session)
{
	/* That an idle one was closed may mean that the server went away. */
	if (session.in_pool && members == 1)
		has_been_good = false;
	leave(session);
	auto is_late = std::find(late.begin(), late.end(), &session);
	if (is_late != late.end())
		late.erase(is_late);
	auto found = std::find_if(sessions.begin(), sessions.end(),
	    [&](const auto &s) { return (s.get() == &session); });
	closed.push_back(std::move(*found));
	*found = std::move(sessions.back());
	sessions.pop_back();
	burial.schedule();
	open_connections();
}

/* At the end of the turn, when none of them is on the stack. */
void
RelayPool::bury()
{
	closed.clear();
	if (retired && sessions.empty())
		owner.transport_empty(*this);
}
