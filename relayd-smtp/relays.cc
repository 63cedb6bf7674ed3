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

#include <algorithm>

#include "outcome.h"
#include "relays.h"

Relays::Relays(EventLoop &loop, Connector &connection_maker,
    TransactionOwner &transaction_owner, ReadinessWatcher &readiness_watcher)
    : event_loop(loop), connector(connection_maker),
      transactions(transaction_owner), watcher(readiness_watcher)
{
}

Relays::~Relays() = default;

void
Relays::configure(const SmtpConfig &config)
{
	std::vector<std::unique_ptr<Transport>> next;

	generation = config.generation;
	for (const SmtpRelay &relay : config.relays) {
		std::unique_ptr<Transport> transport = take_transport(relay);
		if (!transport)
			transport = make_transport(relay);
		next.push_back(std::move(transport));
	}
	transports.swap(next);
	for (auto &old : next) {
		if (old)
			old->count_in_cell(nowhere);
	}
	for (auto &transport : transports)
		transport->count_in_cell(nowhere);
	if (cells != nullptr)
		assign_cells();
	for (std::size_t i = 0; i < transports.size(); i++)
		transports[i]->configure(config.relays[i]);
	for (auto &old : next) {
		if (!old)
			continue;
		std::list<Transaction *> homeless = old->retire();
		retired.push_back(std::move(old));
		for (Transaction *transaction : homeless)
			submit(*transaction);
	}
}

/*
 * A relay keeps the cell that has its tag, and with it what was counted, also
 * by a process before this one; a new relay takes one that no other needs.
 */
void
Relays::assign_cells()
{
	std::vector<std::uint64_t> tags;

	for (const auto &transport : transports) {
		const SmtpRelay &relay = transport->relay();
		tags.push_back(relay_tag(
		    relay_name(relay.kind, relay.host, relay.port)));
	}
	for (RelayStatistics &cell : *cells) {
		std::uint64_t tag = cell.tag.load(std::memory_order_relaxed);
		auto owner = std::find(tags.begin(), tags.end(), tag);
		cell.clear_gauges();
		if (tag == 0 || owner == tags.end())
			continue;
		transports[static_cast<std::size_t>(owner - tags.begin())]
		    ->count_in_cell(cell);
		*owner = 0;
	}
	auto is_free = [&](const RelayStatistics &cell) {
		return (std::none_of(transports.begin(), transports.end(),
		    [&](const auto &t) { return (t->counts_in(cell)); }));
	};
	for (std::size_t i = 0; i < tags.size(); i++) {
		if (tags[i] == 0)
			continue;
		auto cell = std::find_if(cells->begin(), cells->end(), is_free);
		if (cell == cells->end())
			break;
		cell->clear();
		set_to(cell->tag, tags[i]);
		transports[i]->count_in_cell(*cell);
	}
}

void
Relays::show_state()
{
	for (auto &transport : transports)
		transport->show_state();
}

std::unique_ptr<Transport>
Relays::make_transport(const SmtpRelay &relay)
{
	TransportOwner &self = *this;

	if (relay.kind == RelayKind::sendmail)
		return (std::make_unique<SendmailPipe>(
		    event_loop, relay, self, transactions));
	return (std::make_unique<RelayPool>(
	    event_loop, relay, self, transactions));
}

/* The one whose connections are as the relay wants them already. */
std::unique_ptr<Transport>
Relays::take_transport(const SmtpRelay &relay)
{
	for (auto &transport : transports) {
		if (transport && is_same_setup(transport->relay(), relay))
			return (std::move(transport));
	}
	return (nullptr);
}

void
Relays::submit(Transaction &transaction)
{
	submit_from(0, transaction,
	    transports.empty() ? SetupFailure()
			       : transports.back()->why_down());
}

/* failure: why none was reached, if no relay is left. */
void
Relays::submit_from(std::size_t first, Transaction &transaction,
    const SetupFailure &failure)
{
	/* While a transport had it, it could not be withdrawn. */
	if (transaction.canceled) {
		transaction.result.outcome = Outcome::canceled;
		transactions.transaction_ended(transaction);
		return;
	}
	for (std::size_t i = first; i < transports.size(); i++) {
		if (!transports[i]->is_down()) {
			transports[i]->submit(transaction);
			return;
		}
	}
	unreachable(transaction, failure);
}

void
Relays::try_next_relay(Transport &transport, Transaction &transaction,
    const SetupFailure &failure)
{
	std::size_t tried = position(transport);

	submit_from(tried == transports.size() ? 0 : tried + 1, transaction,
	    failure);
}

std::size_t
Relays::position(const Transport &transport) const
{
	auto place = std::find_if(transports.begin(), transports.end(),
	    [&](const auto &t) { return (t.get() == &transport); });

	return (static_cast<std::size_t>(place - transports.begin()));
}

void
Relays::unreachable(Transaction &transaction, const SetupFailure &failure)
{
	SubmissionResult &result = transaction.result;

	forget_reply(result);
	if (failure.reply)
		note_reply(result, *failure.reply);
	if (result.relay.empty() && !transports.empty())
		result.relay = transports.back()->relay().host;
	result.stage = failure.stage;
	result.outcome = Outcome::unavailable;
	result.message = "the mail server cannot be reached";
	transactions.transaction_ended(transaction);
}

bool
Relays::withdraw(Transaction &transaction)
{
	if (transaction.waits_in == nullptr)
		return (false);
	transaction.waits_in->withdraw(transaction);
	return (true);
}

std::uint64_t
Relays::ask_connection(RelayPool &pool, std::uint32_t address_index)
{
	ConnectRequest request;

	request.id = ++last_id;
	request.generation = generation;
	request.relay = static_cast<std::uint32_t>(position(pool));
	request.attempt = address_index;
	request.failing = pool.is_failing();
	connecting[request.id] = &pool;
	connector.connect(request);
	return (request.id);
}

void
Relays::connection(const ConnectResult &result, Fd fd)
{
	auto found = connecting.find(result.id);
	if (found == connecting.end())
		return;
	RelayPool &pool = *found->second;

	connecting.erase(found);
	pool.connection(result, std::move(fd));
}

std::uint64_t
Relays::ask_program(SendmailPipe &pipe, const Transaction &transaction)
{
	RunRequest request;

	request.generation = generation;
	request.relay = static_cast<std::uint32_t>(position(pipe));
	request.key = transaction.permit.key->name;
	for (const Recipient &recipient : transaction.permit.recipients)
		request.recipients.push_back(recipient.mailbox);
	programs[++last_id] = &pipe;
	connector.run(last_id, request);
	return (last_id);
}

void
Relays::finish_program(const RunFinish &finish)
{
	connector.finish(finish);
}

void
Relays::program_running(const RunResult &result, Fd input)
{
	auto found = programs.find(result.id);

	if (found != programs.end())
		found->second->running(result, std::move(input));
}

void
Relays::program_output(const RunResult &result, Fd output)
{
	auto found = programs.find(result.id);

	if (found != programs.end())
		found->second->output(result.id, std::move(output));
}

void
Relays::program_exited(const RunStatus &status)
{
	auto found = programs.find(status.id);
	if (found == programs.end())
		return;
	SendmailPipe &pipe = *found->second;

	programs.erase(found);
	pipe.exited(status);
}

Readiness
Relays::readiness()
{
	Readiness best = Readiness::not_ready;

	for (auto &transport : transports) {
		Readiness readiness = transport->readiness();
		if (readiness == Readiness::ready)
			return (readiness);
		if (readiness == Readiness::being_checked)
			best = readiness;
	}
	return (best);
}

void
Relays::relay_state_known()
{
	watcher.readiness_known();
}

void
Relays::farewell()
{
	for (auto &transport : transports)
		transport->farewell();
}

void
Relays::transport_empty(Transport &transport)
{
	std::erase_if(connecting, [&](const auto &asked) {
		return (asked.second == &transport);
	});
	std::erase_if(programs, [&](const auto &asked) {
		return (asked.second == &transport);
	});
	auto place = std::find_if(retired.begin(), retired.end(),
	    [&](const auto &t) { return (t.get() == &transport); });
	if (place != retired.end())
		retired.erase(place);
}
