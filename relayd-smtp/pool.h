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
#include "tls_client.h"
#include "transaction.h"
#include "transport.h"
#include "waiting_list.h"

constexpr std::chrono::seconds probe_interval{1};
/* What a server said this long ago still counts as its state. */
constexpr std::chrono::seconds state_fresh{5};

class RelayPool final : public Transport, private SessionOwner {
public:
	RelayPool(EventLoop &loop, const SmtpRelay &relay_config,
	    TransportOwner &transport_owner,
	    TransactionOwner &transaction_owner);
	~RelayPool() override;
	RelayPool(const RelayPool &) = delete;
	RelayPool &operator=(const RelayPool &) = delete;

	const SmtpRelay &relay() const override
	{
		return (config);
	}
	void configure(const SmtpRelay &relay_config) override;
	std::list<Transaction *> retire() override;
	void submit(Transaction &transaction) override;
	void withdraw(Transaction &transaction) override;
	bool is_down() const override
	{
		return (down);
	}
	const SetupFailure &why_down() const override
	{
		return (last_failure);
	}
	/* Opens a connection when that is not known. */
	Readiness readiness() override;
	/* QUIT on every idle connection. */
	void farewell() override;
	void show_state() override;

	/* The last connection that was tried did not work. */
	bool is_failing() const
	{
		return (failing);
	}
	/* The answer to ask_connection(). */
	void connection(const ConnectResult &result, Fd fd);

private:
	struct Attempt {
		std::uint64_t id;
		std::uint32_t address_index;
	};

	/* SessionOwner */
	void session_ready(SmtpSession &session) override;
	Transaction *next_transaction(SmtpSession &session) override;
	void session_unused(SmtpSession &session) override;
	void session_failed(SmtpSession &session,
	    const SetupFailure &failure) override;
	void content_wanted(Transaction &transaction) override;
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
	Transaction *next_for(const SmtpSession &session);
	Transaction *take_work(const SmtpSession &session);
	bool give_work(SmtpSession &session);

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
	TlsClient tls;
	std::string tls_failure; /* why there is none */
	TransportOwner &owner;
	TransactionOwner &transactions;
	bool retired = false;

	WaitingList waiting;

	std::vector<Attempt> attempts; /* asked for, not there yet */
	std::vector<std::unique_ptr<SmtpSession>> sessions; /* all */
	std::vector<SmtpSession *> idle; /* the one used last at the end */
	std::deque<SmtpSession *> late; /* the oldest first */
	std::size_t members = 0; /* sessions with in_pool */
	std::size_t setting_up = 0; /* members that were not ready yet */
	std::vector<std::unique_ptr<SmtpSession>> closed;
	TurnEndTask burial;

	bool down = false;
	bool failing = false;
	bool paused = false; /* no attempts for now */
	Timer probe_timer;
	SetupFailure last_failure;
	Clock::time_point last_good;
	bool has_been_good = false;
};

#endif
