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
 * The connections to one relay, and the transactions that wait for one of
 * them.  Connections are opened as they are needed, up to `connections',
 * kept `idle' seconds and for `messages' messages.
 *
 * A relay to which no connection can be made, while none is there, is down:
 * what waits goes to the next relay, and one attempt a second looks whether
 * it is back.
 */

#ifndef RELAYD_SMTP_POOL_H
#define RELAYD_SMTP_POOL_H

#include <chrono>
#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <vector>

#include "event_loop.h"
#include "fd.h"
#include "messages.h"
#include "smtp_config.h"
#include "smtp_session.h"
#include "transaction.h"

constexpr std::chrono::seconds probe_interval{1};
/* What a server said this long ago still counts as its state. */
constexpr std::chrono::seconds state_fresh{5};

/* Who answers for the transactions: the engine. */
class TransactionOwner {
public:
	/* The server waits for the content: session.send_content(). */
	virtual void content_wanted(SmtpSession &session,
	    Transaction &transaction) = 0;
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

class RelayPool;

/* Who knows the other relays and can ask for connections. */
class PoolOwner {
public:
	/* Returns the id under which the connection will come. */
	virtual std::uint64_t ask_connection(RelayPool &pool,
	    std::uint32_t address_index) = 0;
	/* This relay cannot be reached: another one, or the end. */
	virtual void try_next_relay(RelayPool &pool, Transaction &transaction,
	    const SetupFailure &failure) = 0;
	/* Up, down, or found to be what it was. */
	virtual void relay_state_known(RelayPool &pool) = 0;
	/* A retired pool has no connection any more. */
	virtual void pool_empty(RelayPool &pool) = 0;

protected:
	~PoolOwner() = default;
};

class RelayPool final : private SessionOwner {
public:
	RelayPool(EventLoop &loop, const SmtpRelay &relay_config,
	    PoolOwner &pool_owner, TransactionOwner &transaction_owner);
	~RelayPool();
	RelayPool(const RelayPool &) = delete;
	RelayPool &operator=(const RelayPool &) = delete;

	const SmtpRelay &relay() const
	{
		return (config);
	}
	/* The same relay with other numbers. */
	void configure(const SmtpRelay &relay_config);
	/* No longer configured: what is under way ends, what waits returns. */
	std::list<Transaction *> retire();

	/* Not while is_down(). */
	void submit(Transaction &transaction);
	/* Of a transaction that waits: it is the caller's again. */
	void withdraw(Transaction &transaction);
	/* The answer to ask_connection(). */
	void connection(const ConnectResult &result, Fd fd);

	bool is_down() const
	{
		return (down);
	}
	const SetupFailure &why_down() const
	{
		return (last_failure);
	}
	enum class Readiness { ready, not_ready, being_checked };
	/*
	 * Can it take a message now?  When that is not known, a connection is
	 * opened, and relay_state_known() follows.
	 */
	Readiness readiness();

	/* Nothing waits and nothing is under way. */
	bool at_rest() const;
	/* QUIT on every idle connection; for the end of the process. */
	void farewell();

private:
	struct Attempt {
		std::uint64_t id;
		std::uint32_t address_index;
	};

	/* SessionOwner */
	void session_ready(SmtpSession &session) override;
	void session_unused(SmtpSession &session) override;
	void session_failed(SmtpSession &session,
	    const SetupFailure &failure) override;
	void content_wanted(SmtpSession &session,
	    Transaction &transaction) override;
	void transaction_ended(SmtpSession &session,
	    Transaction &transaction) override;
	void transaction_lost(SmtpSession &session,
	    Transaction &transaction) override;
	void transaction_unknown(SmtpSession &session,
	    Transaction &transaction) override;
	void late_reply(SmtpSession &session, Transaction &transaction,
	    const SmtpReply &reply) override;
	void late_reply_given_up(SmtpSession &session,
	    Transaction &transaction) override;
	void session_closed(SmtpSession &session) override;

	/* Waiting */
	void enqueue(Transaction &transaction, bool at_front);
	Transaction *next_for(const SmtpSession &session);
	bool give_work(SmtpSession &session);
	void waited_too_long();

	/* Connecting */
	std::size_t total() const
	{
		return (attempts.size() + members);
	}
	std::size_t opening() const
	{
		return (attempts.size() + setting_up);
	}
	void open_connections();
	void ask(std::uint32_t address_index);
	void attempt_failed(std::uint32_t address_index,
	    std::uint32_t address_count, const SetupFailure &failure);
	void relay_failed(const SetupFailure &failure);
	void relay_works();
	void probe();

	void leave(SmtpSession &session);
	void dismiss(SmtpSession &session);
	void bury();

	SmtpRelay config;
	PoolOwner &owner;
	TransactionOwner &transactions;
	bool retired = false;

	std::list<Transaction *> waiting;
	Deadline wait_deadline;

	std::vector<Attempt> attempts; /* asked for, not there yet */
	std::vector<std::unique_ptr<SmtpSession>> sessions; /* all */
	std::vector<SmtpSession *> idle; /* the one used last at the end */
	std::deque<SmtpSession *> late; /* the oldest first */
	std::size_t members = 0; /* sessions with in_pool */
	std::size_t setting_up = 0; /* members that were not ready yet */
	std::vector<std::unique_ptr<SmtpSession>> closed;
	TurnEndTask burial;

	bool down = false;
	bool paused = false; /* no attempts for now */
	Timer probe_timer;
	SetupFailure last_failure;
	Clock::time_point last_good;
	bool has_been_good = false;
};

#endif
