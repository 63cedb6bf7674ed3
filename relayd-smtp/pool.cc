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

#include <errno.h>
#include <string.h>

#include <algorithm>

#include "log.h"
#include "pool.h"

namespace {

/* What the log says of a relay. */
void
log_relay(LogLevel level, const char *message, const char *event,
    const SmtpRelay &relay, const SetupFailure *failure)
{
	LogRecord record(level, message);

	record.field("event", event);
	record.field("relay", relay.host);
	record.field("port", relay.port);
	if (failure != nullptr) {
		record.field("stage", stage_name(failure->stage));
		record.field("reason", failure->reason);
		if (failure->reply) {
			record.field("smtp_code", failure->reply->code);
			record.field("reply", printable_text(*failure->reply));
		}
	}
	record.write();
}

} /* namespace */

RelayPool::RelayPool(EventLoop &loop, const SmtpRelay &relay_config,
    TransportOwner &transport_owner, TransactionOwner &transaction_owner)
    : config(relay_config), owner(transport_owner),
      transactions(transaction_owner),
      waiting(*this, transaction_owner,
	  "no connection to the mail server became free in time"),
      burial(loop, this, calls<&RelayPool::bury>),
      probe_timer(this, calls<&RelayPool::probe>)
{
	Result<TlsClient> made = TlsClient::make(config.tls);

	if (made)
		tls = std::move(*made);
	else
		tls_failure = made.error();
}

RelayPool::~RelayPool() = default;

void
RelayPool::configure(const SmtpRelay &relay_config)
{
	config = relay_config;
	open_connections();
}

std::list<Transaction *>
RelayPool::retire()
{
	retired = true;
	probe_timer.disarm();
	attempts.clear();
	farewell();
	burial.schedule();
	return (waiting.release());
}

void
RelayPool::farewell()
{
	while (!idle.empty())
		dismiss(*idle.back());
}

void
RelayPool::show_state()
{
	set_to(counts->is_up, !down);
	set_to(counts->connections, members);
	set_to(counts->connections_max, config.connections);
	set_to(counts->in_use, members - setting_up - idle.size());
	set_to(counts->waiting, waiting.size());
}

/*
 * Waiting
 */

void
RelayPool::submit(Transaction &transaction)
{
	transaction.queued_at = Clock::now();
	transaction.deadline =
	    transaction.queued_at + config.timeout_submission;
	transaction.result.stage = Stage::connect;
	transaction.result.relay = config.host;
	waiting.add(transaction);
	while (!waiting.empty() && !idle.empty()) {
		SmtpSession &session = *idle.back();
		idle.pop_back();
		if (!give_work(session)) {
			idle.push_back(&session);
			break;
		}
	}
	open_connections();
}

void
RelayPool::withdraw(Transaction &transaction)
{
	waiting.remove(transaction);
}

/*
 * Who lost a connection that had been used before gets a new one: another
 * old one may be as dead.
 */
Transaction *
RelayPool::next_for(const SmtpSession &session)
{
	for (Transaction *transaction : waiting)
		if (session.uses() == 0 || !transaction->replaced)
			return (transaction);
	return (nullptr);
}

/* nullptr: there is nothing that this session could do. */
Transaction *
RelayPool::take_work(const SmtpSession &session)
{
	while (Transaction *transaction = next_for(session)) {
		withdraw(*transaction);
		auto objection = session.objection(*transaction);
		if (!objection)
			return (transaction);
		transaction->result.stage = Stage::ehlo;
		transaction->result.outcome = *objection;
		if (*objection == Outcome::rejected)
			transaction->result.message = "an address needs "
			    "SMTPUTF8, which the mail server does not offer";
		transactions.transaction_ended(*transaction);
	}
	return (nullptr);
}

bool
RelayPool::give_work(SmtpSession &session)
{
	Transaction *transaction = take_work(session);

	if (transaction != nullptr)
		session.start(*transaction);
	return (transaction != nullptr);
}

/*
 * Connecting
 */

void
RelayPool::open_connections()
{
	if (retired || down || paused)
		return;
	while (waiting.size() > opening() && total() < config.connections)
		ask(0);
	/* An idle one that nobody who waits may use makes room. */
	if (waiting.empty() || opening() != 0 || idle.empty())
		return;
	dismiss(*idle.front());
	if (opening() == 0 && total() < config.connections)
		ask(0);
}

void
RelayPool::ask(std::uint32_t address_index)
{
	attempts.push_back(
	    {owner.ask_connection(*this, address_index), address_index});
}

void
RelayPool::connection(const ConnectResult &result, Fd fd)
{
	auto attempt = std::find_if(attempts.begin(), attempts.end(),
	    [&](const Attempt &a) { return (a.id == result.id); });
	if (attempt == attempts.end())
		return;
	std::uint32_t address_index = attempt->address_index;
	attempts.erase(attempt);

	if (result.error == ESTALE) {
		ask(address_index);
		return;
	}
	if (result.error != 0 || !fd.valid()) {
		SetupFailure failure;
		if (result.addresses == 0 && result.error == EHOSTUNREACH)
			failure.reason = "no such host";
		else
			failure.reason = strerror(
			    result.error != 0 ? result.error : EMFILE);
		attempt_failed(address_index, result.addresses, failure);
		return;
	}
	if (!tls_failure.empty()) {
		attempt_failed(address_index, result.addresses,
		    {Stage::tls, tls_failure, std::nullopt});
		return;
	}
	SessionOwner &self = *this;
	auto session = std::make_unique<SmtpSession>(
	    std::move(fd), result, config, tls, self);
	session->address_index = address_index;
	session->address_count = result.addresses;
	sessions.push_back(std::move(session));
	members++;
	setting_up++;
}

void
RelayPool::attempt_failed(std::uint32_t address_index,
    std::uint32_t address_count, const SetupFailure &failure)
{
	if (retired)
		return;
	count_in(counts->connections_failed);
	if (address_index + 1 < address_count)
		ask(address_index + 1);
	else
		relay_failed(failure);
}

void
RelayPool::relay_failed(const SetupFailure &failure)
{
	bool was_down = down;

	last_failure = failure;
	failing = true;
	paused = true;
	probe_timer.arm(probe_interval);
	/* While others work, or may yet, this is a limit and no failure. */
	down = total() == 0;
	if (down && !was_down)
		log_relay(LogLevel::warning, "relay is down", "relay_down",
		    config, &failure);
	std::vector<Transaction *> hopeless;
	for (Transaction *transaction : waiting)
		if (down || (transaction->replaced && opening() == 0))
			hopeless.push_back(transaction);
	for (Transaction *transaction : hopeless) {
		withdraw(*transaction);
		owner.try_next_relay(*this, *transaction, failure);
	}
	owner.relay_state_known();
}

void
RelayPool::probe()
{
	paused = false;
	if (down && attempts.empty() && setting_up == 0) {
		count_in(counts->probes);
		ask(0);
	} else
		open_connections();
}

void
RelayPool::relay_works()
{
	if (down)
		log_relay(LogLevel::info, "relay is up again", "relay_up",
		    config, nullptr);
	down = failing = false;
	has_been_good = true;
	last_good = Clock::now();
}

Readiness
RelayPool::readiness()
{
	if (members > setting_up)
		return (Readiness::ready);
	if (down)
		return (Readiness::not_ready);
	if (has_been_good && Clock::now() < last_good + state_fresh)
		return (Readiness::ready);
	if (opening() == 0) {
		if (paused)
			return (Readiness::not_ready);
		ask(0);
	}
	return (Readiness::being_checked);
}
