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
	std::vector<std::unique_ptr<RelayPool>> next;
	PoolOwner &self = *this;

	generation = config.generation;
	for (const SmtpRelay &relay : config.relays) {
		std::unique_ptr<RelayPool> pool = take_pool(relay);
		if (!pool)
			pool = std::make_unique<RelayPool>(
			    event_loop, relay, self, transactions);
		next.push_back(std::move(pool));
	}
	pools.swap(next);
	for (std::size_t i = 0; i < pools.size(); i++)
		pools[i]->configure(config.relays[i]);
	for (auto &old : next) {
		if (!old)
			continue;
		std::list<Transaction *> homeless = old->retire();
		retired.push_back(std::move(old));
		for (Transaction *transaction : homeless)
			submit(*transaction);
	}
}

/* The pool that has connections to that server already. */
std::unique_ptr<RelayPool>
Relays::take_pool(const SmtpRelay &relay)
{
	for (auto &pool : pools) {
		if (pool && pool->relay().host == relay.host &&
		    pool->relay().port == relay.port)
			return (std::move(pool));
	}
	return (nullptr);
}

void
Relays::submit(Transaction &transaction)
{
	submit_from(0, transaction,
	    pools.empty() ? SetupFailure() : pools.back()->why_down());
}

/* failure: why none was reached, if no relay is left. */
void
Relays::submit_from(std::size_t first, Transaction &transaction,
    const SetupFailure &failure)
{
	for (std::size_t i = first; i < pools.size(); i++) {
		if (!pools[i]->is_down()) {
			pools[i]->submit(transaction);
			return;
		}
	}
	unreachable(transaction, failure);
}

void
Relays::try_next_relay(RelayPool &pool, Transaction &transaction,
    const SetupFailure &failure)
{
	std::size_t tried = position(pool);

	submit_from(tried == pools.size() ? 0 : tried + 1, transaction,
	    failure);
}

std::size_t
Relays::position(const RelayPool &pool) const
{
	auto place = std::find_if(pools.begin(), pools.end(),
	    [&](const auto &p) { return (p.get() == &pool); });

	return (static_cast<std::size_t>(place - pools.begin()));
}

void
Relays::unreachable(Transaction &transaction, const SetupFailure &failure)
{
	SubmissionResult &result = transaction.result;

	forget_reply(result);
	if (failure.reply)
		note_reply(result, *failure.reply);
	if (result.relay.empty() && !pools.empty())
		result.relay = pools.back()->relay().host;
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
	asked[request.id] = &pool;
	connector.connect(request);
	return (request.id);
}

void
Relays::connection(const ConnectResult &result, Fd fd)
{
	auto found = asked.find(result.id);
	if (found == asked.end())
		return;
	RelayPool &pool = *found->second;

	asked.erase(found);
	pool.connection(result, std::move(fd));
}

RelayPool::Readiness
Relays::readiness()
{
	using Readiness = RelayPool::Readiness;
	Readiness best = Readiness::not_ready;

	for (auto &pool : pools) {
		Readiness readiness = pool->readiness();
		if (readiness == Readiness::ready)
			return (readiness);
		if (readiness == Readiness::being_checked)
			best = readiness;
	}
	return (best);
}

void
Relays::relay_state_known(RelayPool &)
{
	watcher.readiness_known();
}

void
Relays::farewell()
{
	for (auto &pool : pools)
		pool->farewell();
}

void
Relays::pool_empty(RelayPool &pool)
{
	for (auto it = asked.begin(); it != asked.end();)
		it = it->second == &pool ? asked.erase(it) : std::next(it);
	auto place = std::find_if(retired.begin(), retired.end(),
	    [&](const auto &p) { return (p.get() == &pool); });
	if (place != retired.end())
		retired.erase(place);
}
