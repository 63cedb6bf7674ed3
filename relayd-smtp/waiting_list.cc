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


#include <vector>

#include "waiting_list.h"

WaitingList::WaitingList(
    Transport &waited_for, TransactionOwner &owner, const char *overdue)
    : transport(waited_for), transactions(owner), message(overdue),
      deadline(this, calls<&WaitingList::expire>)
{
}

void
WaitingList::add(Transaction &transaction)
{
	insert(list.end(), transaction);
}

void
WaitingList::add_first(Transaction &transaction)
{
	insert(list.begin(), transaction);
}

void
WaitingList::insert(
    std::list<Transaction *>::iterator before, Transaction &transaction)
{
	transaction.place = list.insert(before, &transaction);
	transaction.waits_in = &transport;
	if (transaction.place == list.begin())
		deadline.set(transaction.deadline);
}

void
WaitingList::remove(Transaction &transaction)
{
	list.erase(transaction.place);
	transaction.waits_in = nullptr;
}

std::list<Transaction *>
WaitingList::release()
{
	std::list<Transaction *> all;

	all.swap(list);
	for (Transaction *transaction : all)
		transaction->waits_in = nullptr;
	return (all);
}

void
WaitingList::expire()
{
	Clock::time_point now = Clock::now();
	std::vector<Transaction *> expired;

	for (Transaction *transaction : list)
		if (transaction->deadline <= now)
			expired.push_back(transaction);
	for (Transaction *transaction : expired) {
		remove(*transaction);
		transaction->result.outcome = Outcome::unavailable;
		transaction->result.message = message;
		transactions.transaction_ended(*transaction);
	}
	if (!list.empty())
		deadline.set(list.front()->deadline);
}
