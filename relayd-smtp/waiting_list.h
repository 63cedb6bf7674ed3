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
 * The transactions that wait for their turn at a transport, in order.  Those
 * whose time runs out meanwhile end: nothing of them was sent.
 */

#ifndef RELAYD_SMTP_WAITING_LIST_H
#define RELAYD_SMTP_WAITING_LIST_H

#include <list>

#include "event_loop.h"
#include "transaction.h"

class WaitingList {
public:
	/* overdue: what their clients are told, one sentence. */
	WaitingList(Transport &waited_for, TransactionOwner &owner,
	    const char *overdue);

	void add(Transaction &transaction);
	/* Before all others. */
	void add_first(Transaction &transaction);
	void remove(Transaction &transaction);
	/* All of them are the caller's. */
	std::list<Transaction *> release();

	bool empty() const
	{
		return (list.empty());
	}
	std::size_t size() const
	{
		return (list.size());
	}
	auto begin() const
	{
		return (list.begin());
	}
	auto end() const
	{
		return (list.end());
	}

private:
	void insert(std::list<Transaction *>::iterator before,
	    Transaction &transaction);
	void expire();

	Transport &transport;
	TransactionOwner &transactions;
	const char *message;
	std::list<Transaction *> list;
	Deadline deadline;
};

#endif
