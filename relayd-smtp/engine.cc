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

#include "engine.h"
#include "header.h"
#include "log.h"
#include "masked_text.h"
#include "outcome.h"

namespace {

/* How often GET /metrics hears of states. */
constexpr std::chrono::seconds state_interval{1};
/* Storage of submissions is used again: so much of each, so many. */
constexpr std::size_t spare_max = 4096;
constexpr std::size_t spares_max = 64;

/*
 * The content of a request of max octets: text in an encoding that is at
 * most 4/3 of it and its line ends, or less, and the headers of its parts.
 */
std::size_t
submission_max(const SmtpConfig &config)
{
	return (config.max_request + config.max_request / 2 + 1048576);
}

} /* namespace */

Engine::Engine(EventLoop &event_loop, Connector &connection_maker)
    : loop(event_loop), connector(connection_maker),
      commit_task(event_loop, this, calls<&Engine::commit_ledger>),
      relays(event_loop, connection_maker, *this, *this),
      state_timer(this, calls<&Engine::show_state>),
      ready_timer(this, calls<&Engine::readiness_overdue>)
{
}

Engine::~Engine() = default;

void
Engine::use_segment(Segment shared, std::uint32_t process_slot)
{
	segment.emplace(std::move(shared));
	slot = process_slot;
	segment->own_slot(slot);
	meter.emplace(segment->statistics(slot), *segment);
	log_limit.emplace(segment->lines_left_out(slot));
	tally.use(segment->statistics(slot));
	relays.use_statistics(segment->statistics(slot));
}

void
Engine::show_state()
{
	state_timer.arm(state_interval);
	tally.submissions_in_hand(transactions.size());
	tally.ledger(ledger->figures());
	if (shared_limits)
		tally.limits_unanswered(shared_limits->unavailable());
	relays.show_state();
}

void
Engine::configure(std::shared_ptr<const SmtpConfig> config)
{
	log_configure(config->log);
	/* Another store is another process's, and this one is about to end. */
	if (ledger == nullptr) {
		ledger_store = config->store;
		store_generation = config->generation;
		if (ledger_store.kind == StoreKind::sqlite)
			before_disk();
		ledger = make_ledger(loop, *config, *this);
		make_shared_limits();
	} else if (is_same_store(ledger_store, config->store)) {
		store_generation = config->generation;
		ledger->configure(*config);
	}
	policy.configure(config, monotonic_ns());
	relays.configure(*config);
	show_state();
	for (auto &[instance, peer] : peers)
		peer->configure(
		    submission_max(*config), config->timeout_request);
	std::vector<std::pair<Fd, std::uint64_t>> early;
	early.swap(early_peers);
	for (auto &[socket, instance] : early)
		add_peer(std::move(socket), instance);
}

void
Engine::add_peer(Fd socket, std::uint64_t instance)
{
	const auto &config = policy.config();

	if (!config) {
		early_peers.emplace_back(std::move(socket), instance);
		return;
	}
	PeerRequests &self = *this;
	auto peer = std::make_unique<HttpPeer>(
	    loop, std::move(socket), instance, self);
	peer->configure(submission_max(*config), config->timeout_request);
	peers[instance] = std::move(peer);
}

void
Engine::peer_lost()
{
	log_warnx("out of descriptors: a relayd-http waits for its link "
	    "(allow more open files, or fewer connections to relays)");
	relays.farewell();
}

void
Engine::connection(const ConnectResult &result, Fd fd)
{
	if (result.target == ConnectTarget::relay)
		relays.connection(result, std::move(fd));
	else if (ledger)
		ledger->connection(result, std::move(fd));
}

void
Engine::connect_store(std::uint64_t id, std::uint32_t attempt, bool failing)
{
	ConnectRequest request;

	request.id = id;
	request.generation = store_generation;
	request.target = ConnectTarget::store;
	request.attempt = attempt;
	request.failing = failing;
	connector.connect(request);
}

void
Engine::program_running(const RunResult &result, Fd input)
{
	relays.program_running(result, std::move(input));
}

void
Engine::program_output(const RunResult &result, Fd output)
{
	relays.program_output(result, std::move(output));
}

void
Engine::program_exited(const RunStatus &status)
{
	relays.program_exited(status);
}

void
Engine::farewell()
{
	relays.farewell();
	if (ledger) {
		ledger->commit();
		show_state();
	}
	for (auto &[instance, peer] : peers)
		peer->flush();
}

/*
 * From submission to answer
 */

/* One alone is always taken, whatever its size. */
std::size_t
Engine::submission_room() const
{
	std::uint64_t used = held;
	std::uint64_t max = policy.config()->max_memory;

	for (const auto &[instance, peer] : peers)
		used += peer->held() + peer->unread();
	if (used == 0)
		return (SIZE_MAX);
	return (used < max ? max - used : 0);
}

std::string
Engine::storage()
{
	std::string storage;

	if (!spares.empty()) {
		storage = std::move(spares.back());
		spares.pop_back();
	}
	return (storage);
}

bool
Engine::submit(HttpPeer &peer, std::uint64_t id, std::string octets)
{
	auto transaction = std::make_unique<Transaction>();

	transaction->octets = std::move(octets);
	auto submission = read_submission(transaction->octets);
	if (!submission || transactions.count({peer.instance(), id}) != 0)
		return (false);
	transaction->submission = *submission;
	transaction->request_id = submission->request_id;
	transaction->client = peer.instance();
	transaction->result.id = id;
	transaction->result.generation = policy.config()->generation;
	if (stopping) {
		refuse(peer, *transaction,
		    {Outcome::shutting_down, "", "", {}, 0});
		return (true);
	}
	auto verdict = policy.judge(*submission, monotonic_ns());
	if (auto *refusal = std::get_if<Refusal>(&verdict)) {
		refuse(peer, *transaction, *refusal);
		return (true);
	}
	transaction->permit = std::move(std::get<Permit>(verdict));
	accept(std::move(transaction));
	return (true);
}

void
Engine::accept(std::unique_ptr<Transaction> transaction)
{
	const Permit &permit = transaction->permit;

	transaction->result.message_id =
	    message_id(transaction->request_id, *permit.key->sender.from);
	transaction->header = transaction_header(*transaction);
	transaction->entry =
	    ledger_entry(*transaction, permit.config->store.ttl);
	transaction->entry.serial = ++last_serial;
	hold(*transaction);
	Transaction &accepted = *transaction;
	transactions[name_of(accepted)] = std::move(transaction);
	if (accepted.entry.idempotency) {
		claim(accepted);
		return;
	}
	note_transition(accepted.entry);
	record(accepted);
	relays.submit(accepted);
}

/*
 * An honest relayd-http meets this after a reload, and when the limits here
 * are reached.
 */
void
Engine::refuse(HttpPeer &peer, const Transaction &transaction,
    const Refusal &refusal)
{
	SubmissionResult result = transaction.result;

	result.outcome = refusal.outcome;
	result.field = refusal.field;
	result.limited_by = refusal.limited_by;
	result.retry_after_ns = refusal.retry_after_ns;
	result.message = refusal.message.empty()
	    ? outcome_message(refusal.outcome)
	    : refusal.message;
	if (!log_limit || log_limit->allows(
	    LogEvent::submission_refusal, LogLevel::warning))
		LogRecord(LogLevel::warning, "submission refused")
		    .field("event", "submission_refusal")
		    .field("request_id", transaction.request_id.text())
		    .field("code", outcome_code(refusal.outcome))
		    .field("reason", result.message)
		    .write();
	if (!transaction.permit.key)
		note_rejection({transaction.request_id,
		    transaction.submission.proof,
		    outcome_code(refusal.outcome), result.message});
	peer.send_result(result);
}

void
Engine::refuse_unread(HttpPeer &peer, std::uint64_t id)
{
	SubmissionResult result;

	result.id = id;
	result.outcome = Outcome::overloaded;
	result.message = outcome_message(Outcome::overloaded);
	peer.send_result(result);
}

void
Engine::cancel(HttpPeer &peer, std::uint64_t id)
{
	auto found = transactions.find({peer.instance(), id});

	if (found != transactions.end())
		cancel(*found->second);
}

void
Engine::cancel(Transaction &transaction)
{
	transaction.canceled = true;
	if (!relays.withdraw(transaction))
		return;
	transaction.result.outcome = Outcome::canceled;
	transaction_ended(transaction);
}

void
Engine::peer_closed(HttpPeer &peer)
{
	std::uint64_t instance = peer.instance();
	std::vector<Transaction *> its;

	/* What is past DATA goes on; there is nobody to be told of it. */
	for (auto &[name, transaction] : transactions)
		if (name.client == instance)
			its.push_back(transaction.get());
	for (Transaction *transaction : its)
		cancel(*transaction);
	peers.erase(instance);
}

void
Engine::transaction_ended(Transaction &transaction)
{
	answer(transaction);
	forget(transaction);
}

void
Engine::forget(Transaction &transaction)
{
	std::string &octets = transaction.octets;

	release(transaction);
	if (octets.capacity() <= spare_max && spares.size() < spares_max) {
		octets.clear();
		spares.push_back(std::move(octets));
	}
	transactions.erase(name_of(transaction));
}

void
Engine::transaction_unknown(Transaction &transaction)
{
	auto found = transactions.find(name_of(transaction));

	answer(transaction);
	release(transaction);
	/* All that is needed is the name of its entry. */
	std::string().swap(transaction.octets);
	std::string().swap(transaction.header);
	transaction.submission = ReceivedSubmission();
	transaction.permit.forget_addresses();
	late[&transaction] = std::move(found->second);
	transactions.erase(found);
}

void
Engine::late_reply(Transaction &transaction, const SmtpReply *reply)
{
	if (reply != nullptr) {
		SubmissionResult &result = transaction.result;
		tally.late_reply();
		note_reply(result, *reply);
		result.outcome = outcome_of_final(*reply);
		result.message = outcome_message(result.outcome);
		record_result(transaction);
		LogRecord(LogLevel::warning, "late reply")
		    .field("event", "late_reply")
		    .field("request_id", transaction.request_id.text())
		    .field("relay", result.relay)
		    .field("smtp_code", result.code)
		    .field("smtp_enhanced", result.enhanced)
		    .field("reply", mask_addresses(result.reply))
		    .write();
	}
	late.erase(&transaction);
}

/* Ledger, log and client are told the same. */
void
Engine::answer(Transaction &transaction)
{
	SubmissionResult &result = transaction.result;

	if (transaction.store_failed)
		result.outcome = Outcome::store_unavailable;
	if (result.message.empty())
		result.message = result.refused.empty()
		    ? outcome_message(result.outcome)
		    : "the mail server refused a recipient";
	tally.submission(result);
	record_result(transaction);
	if (result.outcome == Outcome::unknown)
		LogRecord(LogLevel::warning, "outcome is unknown")
		    .field("event", "unknown_outcome")
		    .field("request_id", transaction.request_id.text())
		    .field("relay", result.relay)
		    .field("message_id", result.message_id)
		    .write();
	auto peer = peers.find(transaction.client);
	if (peer != peers.end())
		peer->second->send_result(result);
}

void
Engine::record_result(Transaction &transaction)
{
	note_result(transaction.entry, transaction.result);
	note_transition(transaction.entry);
	transaction.entry.updated_ms = time_of_day_ms();
	record(transaction);
}

void
Engine::record(const Transaction &transaction, Ledger::Stored stored)
{
	commit_task.schedule();
	ledger->put(transaction.permit.key->name, transaction.entry,
	    std::move(stored));
}

/* Of an entry that the ledger is about to be given. */
void
Engine::note_transition(const LedgerEntry &entry)
{
	if (ledger_store.kind != StoreKind::none)
		tally.transition(entry.status, entry.code);
}

void
Engine::commit_ledger()
{
	ledger->commit();
}

void
Engine::before_disk()
{
	connector.before_disk();
}

void
Engine::hold(Transaction &transaction)
{
	transaction.held = memory_of(transaction);
	held += transaction.held;
	if (segment)
		segment->hold_memory(slot, transaction.held, UINT64_MAX);
}

void
Engine::release(Transaction &transaction)
{
	held -= transaction.held;
	if (segment)
		segment->release_memory(slot, transaction.held);
	transaction.held = 0;
}
