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
 * One message on its way: what relayd-http handed over, what the policy
 * permitted, and what is known of its outcome.  The engine owns it; pools
 * and sessions borrow it until they say how it ended.
 */

#ifndef RELAYD_SMTP_TRANSACTION_H
#define RELAYD_SMTP_TRANSACTION_H

#include <chrono>
#include <cstdint>
#include <list>
#include <string>

#include "event_loop.h"
#include "messages.h"
#include "policy.h"
#include "smtp_reply.h"

class Transport;

/* Who waits to send the content of a transaction, at its end. */
class ContentSender {
public:
	virtual void send_content() = 0;
	/* It is not to be sent: the transaction ends, unavailable. */
	virtual void drop_content() = 0;

protected:
	~ContentSender() = default;
};

struct Transaction {
	Transaction() = default;
	Transaction(const Transaction &) = delete;
	Transaction &operator=(const Transaction &) = delete;

	/* Octets of the message as RFC 1870 5 counts them. */
	std::size_t size() const
	{
		return (header.size() + permit.content_size);
	}

	std::uint64_t client = 0; /* the link to who handed it over */
	RequestId request_id;
	std::string octets; /* what submission points into */
	ReceivedSubmission submission;
	Permit permit;
	std::string header;
	std::uint64_t held = 0; /* octets that `max memory' has for it */

	/* Its relay must have said the last word by then. */
	Clock::time_point deadline;
	Clock::time_point queued_at;
	bool replaced = false; /* had a pooled connection, and lost it */
	bool canceled = false;

	LedgerEntry entry; /* as the ledger has it, or is about to */
	/* Waits to send its content, until the ledger has it; or nullptr. */
	ContentSender *held_by = nullptr;
	/* The ledger says that it may have been sent. */
	bool is_marked = false;
	bool store_failed = false; /* it must not be sent: see engine.cc */

	SubmissionResult result;

	/* The transport's: where it waits for its turn, or nullptr. */
	Transport *waits_in = nullptr;
	std::list<Transaction *>::iterator place;
};

/* Who answers for the transactions: the engine. */
class TransactionOwner {
public:
	/*
	 * All that can be checked was: transaction.held_by->send_content(),
	 * now or later, if it is still there then.
	 */
	virtual void content_wanted(Transaction &transaction) = 0;
	/* For good: transaction.result says how.  It may be destroyed. */
	virtual void transaction_ended(Transaction &transaction) = 0;
	/* The outcome is unknown, but a late reply may come. */
	virtual void transaction_unknown(Transaction &transaction) = 0;
	/* Ends that: reply, or nullptr when there will be none. */
	virtual void late_reply(Transaction &transaction,
	    const SmtpReply *reply) = 0;

protected:
	~TransactionOwner() = default;
};

/*
 * Octets of memory that it takes, with all that its outcome may add to it:
 * what `max memory' counts.
 */
std::size_t memory_of(const Transaction &transaction);
/* The header of its message, from the permit and the configuration. */
std::string transaction_header(const Transaction &transaction);
/* What the ledger is told first; ttl: how long it keeps it. */
LedgerEntry ledger_entry(
    const Transaction &transaction, std::chrono::seconds ttl);
/* For the times in a result. */
std::uint32_t microseconds(Clock::duration time);

#endif
