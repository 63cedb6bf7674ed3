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
 * A way out for messages: the connections to a mail server (RelayPool), or a
 * program that takes them (SendmailPipe).
 */

#ifndef RELAYD_SMTP_TRANSPORT_H
#define RELAYD_SMTP_TRANSPORT_H

#include <list>
#include <optional>
#include <string>

#include "messages.h"
#include "smtp_config.h"
#include "smtp_reply.h"
#include "statistics.h"
#include "transaction.h"

/* Why no message can be handed over. */
struct SetupFailure {
	Stage stage = Stage::connect;
	std::string reason;
	/* nullopt: there was no reply. */
	std::optional<SmtpReply> reply;
};

/* Connections that were made for one do for the other. */
bool is_same_setup(const SmtpRelay &a, const SmtpRelay &b);

enum class Readiness { ready, not_ready, being_checked };

class Transport {
public:
	virtual ~Transport() = default;

	virtual const SmtpRelay &relay() const = 0;
	/* The same relay with other numbers. */
	virtual void configure(const SmtpRelay &relay_config) = 0;
	/*
	 * No longer configured: what is under way ends, then its owner hears
	 * transport_empty(); what waits is the caller's.
	 */
	virtual std::list<Transaction *> retire() = 0;

	/* Not while is_down(). */
	virtual void submit(Transaction &transaction) = 0;
	/* Of a transaction that waits: it is the caller's again. */
	virtual void withdraw(Transaction &transaction) = 0;

	virtual bool is_down() const = 0;
	virtual const SetupFailure &why_down() const = 0;
	/*
	 * Can it take a message now?  When that is being checked, its owner
	 * hears relay_state_known().
	 */
	virtual Readiness readiness() = 0;
	/* For the end of the process. */
	virtual void farewell() = 0;

	/* Where it counts for GET /metrics from now on; outlives it. */
	void count_in_cell(RelayStatistics &cell)
	{
		counts = &cell;
	}
	bool counts_in(const RelayStatistics &cell) const
	{
		return (counts == &cell);
	}
	/* Its gauges there, as they are now. */
	virtual void show_state() = 0;

protected:
	/* A message was handed over, and that came of it. */
	void count_result(Outcome outcome);

	RelayStatistics *counts = nullptr; /* set before configure() */
};

class RelayPool;
class SendmailPipe;

/* Who knows the other relays, and asks the parent. */
class TransportOwner {
public:
	/* Returns the id under which the connection will come. */
	virtual std::uint64_t ask_connection(RelayPool &pool,
	    std::uint32_t address_index) = 0;
	/* The same for a program's input, output and end. */
	virtual std::uint64_t ask_program(SendmailPipe &pipe,
	    const Transaction &transaction) = 0;
	virtual void finish_program(const RunFinish &finish) = 0;
	/* This relay cannot be reached: another one, or the end. */
	virtual void try_next_relay(Transport &transport,
	    Transaction &transaction, const SetupFailure &failure) = 0;
	/* Up, down, or found to be what it was. */
	virtual void relay_state_known() = 0;
	/* A retired one has nothing under way any more. */
	virtual void transport_empty(Transport &transport) = 0;

protected:
	~TransportOwner() = default;
};

#endif
