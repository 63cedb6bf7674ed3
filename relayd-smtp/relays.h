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
 * All relays of the configuration, in the order in which they are tried: a
 * transaction goes to the first that is not down, and on to the next one when
 * no connection to that can be made.
 */

#ifndef RELAYD_SMTP_RELAYS_H
#define RELAYD_SMTP_RELAYS_H

#include <array>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "event_loop.h"
#include "fd.h"
#include "messages.h"
#include "pool.h"
#include "sendmail_pipe.h"
#include "smtp_config.h"

/* Who opens connections and runs programs: the parent, by way of main(). */
class Connector {
public:
	/* Relays::connection() follows, with the same id. */
	virtual void connect(const ConnectRequest &request) = 0;
	/* Relays::program_...() follow, with the same id. */
	virtual void run(std::uint64_t id, const RunRequest &request) = 0;
	virtual void finish(const RunFinish &finish) = 0;
	/* What comes now may wait for the ledger's disk. */
	virtual void before_disk() = 0;

protected:
	~Connector() = default;
};

/* Who asked whether mail can be submitted. */
class ReadinessWatcher {
public:
	/* What readiness() said was being checked is known now. */
	virtual void readiness_known() = 0;

protected:
	~ReadinessWatcher() = default;
};

class Relays final : private TransportOwner {
public:
	Relays(EventLoop &loop, Connector &connection_maker,
	    TransactionOwner &transaction_owner,
	    ReadinessWatcher &readiness_watcher);
	~Relays();
	Relays(const Relays &) = delete;
	Relays &operator=(const Relays &) = delete;

	/* Where relays count from the next configure() on; outlives this. */
	void use_statistics(Statistics &statistics)
	{
		cells = &statistics.relays;
	}
	/* All relays' gauges there, as they are now. */
	void show_state();
	/* Relays that stay keep their connections. */
	void configure(const SmtpConfig &config);
	/* transaction_ended() may be called before this returns. */
	void submit(Transaction &transaction);
	/* False: it waits nowhere, a session has it. */
	bool withdraw(Transaction &transaction);
	void connection(const ConnectResult &result, Fd fd);
	void program_running(const RunResult &result, Fd input);
	void program_output(const RunResult &result, Fd output);
	void program_exited(const RunStatus &status);

	/* The best of all relays. */
	Readiness readiness();
	/* QUIT on all idle connections. */
	void farewell();

private:
	std::uint64_t ask_connection(RelayPool &pool,
	    std::uint32_t address_index) override;
	std::uint64_t ask_program(SendmailPipe &pipe,
	    const Transaction &transaction) override;
	void finish_program(const RunFinish &finish) override;
	void try_next_relay(Transport &transport, Transaction &transaction,
	    const SetupFailure &failure) override;
	void relay_state_known() override;
	void transport_empty(Transport &transport) override;

	std::unique_ptr<Transport> make_transport(const SmtpRelay &relay);
	std::unique_ptr<Transport> take_transport(const SmtpRelay &relay);
	/* transports.size() when it is retired. */
	std::size_t position(const Transport &transport) const;
	void assign_cells();
	void submit_from(std::size_t first, Transaction &transaction,
	    const SetupFailure &failure);
	void unreachable(Transaction &transaction,
	    const SetupFailure &failure);

	EventLoop &event_loop;
	Connector &connector;
	TransactionOwner &transactions;
	ReadinessWatcher &watcher;

	std::array<RelayStatistics, relays_max> *cells = nullptr;
	RelayStatistics nowhere{}; /* for relays that are not shown */

	std::uint64_t generation = 0;
	std::vector<std::unique_ptr<Transport>> transports; /* as configured */
	std::vector<std::unique_ptr<Transport>> retired;
	/* Connections and programs that were asked for. */
	std::uint64_t last_id = 0;
	std::unordered_map<std::uint64_t, RelayPool *> connecting;
	std::unordered_map<std::uint64_t, SendmailPipe *> programs;
};

#endif
