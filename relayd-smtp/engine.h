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
 * relayd-smtp's work: submissions come from the relayd-https, are judged,
 * entered into the ledger, handed to a relay, and answered.  It owns all of
 * them; main() owns it.
 */

#ifndef RELAYD_SMTP_ENGINE_H
#define RELAYD_SMTP_ENGINE_H

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "event_loop.h"
#include "fd.h"
#include "http_peer.h"
#include "ledger.h"
#include "log_limit.h"
#include "messages.h"
#include "policy.h"
#include "process_meter.h"
#include "relays.h"
#include "segment.h"
#include "shared_limits.h"
#include "smtp_config.h"
#include "tally.h"
#include "transaction.h"

class Engine final : private PeerRequests,
		     private TransactionOwner,
		     private ReadinessWatcher,
		     private StoreConnector {
public:
	Engine(EventLoop &event_loop, Connector &connection_maker);
	~Engine();
	Engine(const Engine &) = delete;
	Engine &operator=(const Engine &) = delete;

	/* Held memory is counted there too, under the process's slot. */
	void use_segment(Segment shared, std::uint32_t process_slot);
	/* From now on everything is judged by this one. */
	void configure(std::shared_ptr<const SmtpConfig> config);
	/* Before configure(), what a peer sends is left unread. */
	void add_peer(Fd socket, std::uint64_t instance);
	/*
	 * There was no descriptor for one: idle connections to relays make
	 * room, for it will be sent again.
	 */
	void peer_lost();
	/* The answer to Connector::connect(). */
	void connection(const ConnectResult &result, Fd fd);
	/* The answers to Connector::run(). */
	void program_running(const RunResult &result, Fd input);
	void program_output(const RunResult &result, Fd output);
	void program_exited(const RunStatus &status);

	/* Takes nothing new any more. */
	void stop_taking()
	{
		stopping = true;
	}
	bool has_peers() const
	{
		return (!peers.empty() || !early_peers.empty());
	}
	/* No submission waits for its outcome. */
	bool at_rest() const
	{
		return (transactions.empty());
	}
	/* Last words to servers and peers; nothing works after it. */
	void farewell();

private:
	struct Name {
		std::uint64_t client; /* the link to the peer */
		std::uint64_t id; /* chosen by it */
		bool operator==(const Name &) const = default;
	};
	struct NameHash {
		std::size_t operator()(const Name &name) const
		{
			return (std::hash<std::uint64_t>()(
			    name.client * 0x9e3779b97f4a7c15 ^ name.id));
		}
	};

	static Name name_of(const Transaction &transaction)
	{
		return {transaction.client, transaction.result.id};
	}

	/* PeerRequests */
	std::size_t submission_room() const override;
	std::string storage() override;
	bool submit(HttpPeer &peer, std::uint64_t id,
	    std::string octets) override;
	void refuse_unread(HttpPeer &peer, std::uint64_t id) override;
	void cancel(HttpPeer &peer, std::uint64_t id) override;
	void look_up(HttpPeer &peer, const LedgerQuery &query) override;
	void note_rejection(const Rejection &rejection) override;
	void ask_ready(HttpPeer &peer, std::uint64_t id) override;
	void take_units(
	    HttpPeer &peer, const LimitQuestion &question) override;
	void peer_closed(HttpPeer &peer) override;

	/* TransactionOwner */
	void content_wanted(Transaction &transaction) override;
	void transaction_ended(Transaction &transaction) override;
	void transaction_unknown(Transaction &transaction) override;
	void late_reply(Transaction &transaction,
	    const SmtpReply *reply) override;

	/* ReadinessWatcher */
	void readiness_known() override;
	void answer_readiness(bool ready);
	void readiness_overdue();

	/* StoreConnector */
	void connect_store(std::uint64_t id, std::uint32_t attempt,
	    bool failing) override;
	void before_disk() override;

	void make_shared_limits();
	void refuse(HttpPeer &peer, const Transaction &transaction,
	    const Refusal &refusal);
	void accept(std::unique_ptr<Transaction> transaction);
	void cancel(Transaction &transaction);
	void claim(Transaction &transaction);
	void claimed(const Name &name, Ledger::Claim claim,
	    const LedgerEntry &settled);
	void replay(Transaction &transaction, const LedgerEntry &settled);
	void marked(const Name &name, bool stored);
	void forget(Transaction &transaction);
	void answer(Transaction &transaction);
	void hold(Transaction &transaction);
	void release(Transaction &transaction);
	void record_result(Transaction &transaction);
	void record(const Transaction &transaction,
	    Ledger::Stored stored = nullptr);
	void note_transition(const LedgerEntry &entry);
	void commit_ledger();
	void show_state();

	EventLoop &loop;
	Connector &connector;
	TurnEndTask commit_task;
	Policy policy;
	std::unique_ptr<Ledger> ledger;
	SmtpStore ledger_store; /* as it was made for */
	std::uint64_t last_serial = 0; /* of its entries */
	/* Over the ledger's connection, when that is to Redis. */
	std::unique_ptr<SharedLimits> shared_limits;
	/* The newest configuration that has it. */
	std::uint64_t store_generation = 0;
	Relays relays;
	std::optional<Segment> segment;
	std::uint32_t slot = 0;
	std::optional<ProcessMeter> meter;
	std::optional<LogLimit> log_limit;
	Tally tally;
	Timer state_timer;
	bool stopping = false;

	std::unordered_map<std::uint64_t, std::unique_ptr<HttpPeer>> peers;
	std::vector<std::pair<Fd, std::uint64_t>> early_peers;
	std::unordered_map<Name, std::unique_ptr<Transaction>, NameHash>
	    transactions;
	/* Answered with `unknown'; a late reply would correct the ledger. */
	std::unordered_map<Transaction *, std::unique_ptr<Transaction>> late;
	std::uint64_t held = 0; /* octets of transactions */
	std::vector<std::string> spares; /* of transactions that ended */

	struct ReadyQuery {
		std::uint64_t client;
		std::uint64_t id;
	};
	std::vector<ReadyQuery> ready_queries;
	Timer ready_timer;
};

#endif
