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

/* How entries go out, and again when they could not be stored. */

#include <algorithm>
#include <utility>

#include "redis_ledger.h"

namespace {

/* How much is kept for a store that fails. */
constexpr std::size_t kept_max = 10000;
/* So much of it is sent at a time, for others have to have their turn. */
constexpr std::size_t repeats_max = 256;
/* After one that failed again. */
constexpr std::chrono::seconds repeat_pause{1};

/* An entry's first state; relayd-http's rejections have no Message-ID. */
bool
begins(const LedgerEntry &entry)
{
	return (entry.status == LedgerStatus::received ||
	    (entry.status == LedgerStatus::rejected &&
		entry.message_id.empty()));
}

const char *
claim_state(const LedgerEntry &entry)
{
	if (!holds_key(entry))
		return ("free");
	switch (entry.status) {
	case LedgerStatus::received:
		return ("received");
	case LedgerStatus::smtp_submission_started:
		return ("started");
	default:
		return ("settled");
	}
}

} /* namespace */

void
RedisLedger::put(
    const std::string &key, const LedgerEntry &entry, Stored stored)
{
	std::string name = entry_name(key, entry.request_id.text());
	WriteOut write;

	if (entry.expires_ms > time_of_day_ms())
		write = write_of(name, entry);
	if (write == nullptr) {
		if (stored)
			stored(false);
		return;
	}
	encode(write->octets, entry);
	write->expires_ms = entry.expires_ms;
	write->number = ++last_number;
	if (entry.idempotency) {
		write->id = entry.request_id.text();
		write->mark = entry.idempotency;
		write->state = claim_state(entry);
	}
	if (!client.is_down()) {
		if (stored)
			write->stored.push_back(std::move(stored));
		return;
	}
	keep(write);
	complain("no connection");
	if (stored)
		stored(false);
}

/*
 * This turn's of that name, or what is kept of it, or a new one.  nullptr: it
 * is another entry's name.
 */
RedisLedger::WriteOut
RedisLedger::write_of(const std::string &name, const LedgerEntry &entry)
{
	auto is_others = [&](const WriteOut &known) {
		return (begins(entry) ||
		    known->identity() != identity_of(entry));
	};
	auto place = places.find(name);
	if (place != places.end())
		return (is_others(place->second) ? nullptr : place->second);
	WriteOut write = kept.empty() ? nullptr : take_kept(name);
	if (write != nullptr && is_others(write)) {
		keep(write);
		return (nullptr);
	}
	if (write == nullptr) {
		write = std::make_shared<Write>();
		write->name = name;
		write->begins = begins(entry);
	} else if (write->was_sent)
		write->begins = false;
	if (!client.is_down()) {
		writes.push_back(write);
		places.emplace(write->name, write);
	}
	return (write);
}

RedisLedger::WriteOut
RedisLedger::take_kept(const std::string &name)
{
	auto node = kept.extract(name);

	return (node.empty() ? nullptr : std::move(node.mapped()));
}

/* It may have been taken, though nobody heard of it: nothing was sent. */
void
RedisLedger::release_claim(const Question &asked)
{
	LedgerEntry entry = asked.entry;

	entry.status = LedgerStatus::rejected;
	auto write = std::make_shared<Write>();
	write->name = entry_name(asked.key, entry.request_id.text());
	encode(write->octets, entry);
	write->expires_ms = entry.expires_ms;
	write->number = ++last_number;
	write->id = entry.request_id.text();
	write->mark = entry.idempotency;
	write->state = claim_state(entry);
	keep(write);
}

void
RedisLedger::write_out()
{
	std::vector<WriteOut> all;

	/* What fails at once may bring about another one, of any name. */
	places.clear();
	all.swap(writes);
	for (const WriteOut &write : all)
		send(write);
	if (writes.empty()) {
		all.clear();
		all.swap(writes); /* its room is used again */
	}
}

void
RedisLedger::send(const WriteOut &write)
{
	std::int64_t left =
	    std::max<std::int64_t>(1, write->expires_ms - time_of_day_ms());
	std::string life = std::to_string(left); /* milliseconds */
	bool by_set = !write->mark && write->begins;
	auto done = [this, write, by_set](const redisReply *reply) {
		written(write, reply, by_set);
	};

	write->was_sent = true;
	if (write->mark) {
		mark_script.run(client,
		    {claim_name(*write->mark), write->name, write->id,
			std::string(octets_of(write->mark->content)), daemon,
			instance, std::to_string(lease.count()),
			std::move(life), write->octets, write->state},
		    done);
		return;
	}
	if (!write->begins) {
		write_script.run(client,
		    {write->name, write->octets, std::move(life)}, done);
		return;
	}
	std::string_view command[] = {
	    "SET", write->name, write->octets, "PX", life, "NX"};
	client.send(command, done);
}

/* SET says OK or, with NX, nothing; a script 1 or 0. */
void
RedisLedger::written(
    const WriteOut &write, const redisReply *reply, bool by_set)
{
	bool refused = reply != nullptr &&
	    (by_set ? reply->type == REDIS_REPLY_NIL
		    : reply->type == REDIS_REPLY_INTEGER &&
			reply->integer == 0);
	bool answered = refused ||
	    expect(writing, reply,
		by_set ? REDIS_REPLY_STATUS : REDIS_REPLY_INTEGER);
	bool was_repeat = std::exchange(write->is_repeat, false);
	std::vector<Stored> calls;

	calls.swap(write->stored);
	if (!answered)
		keep(write);
	else if (auto older = kept.find(write->name);
	    older != kept.end() && older->second->number < write->number)
		kept.erase(older);
	if (was_repeat)
		repeat_ended(!answered);
	for (const Stored &call : calls)
		call(answered && !refused);
}

void
RedisLedger::commit()
{
	write_out();
	client.flush();
}

/*
 * What is kept for later
 */

void
RedisLedger::keep(const WriteOut &write)
{
	auto known = kept.find(write->name);

	if (known != kept.end()) {
		if (known->second->number < write->number)
			known->second = write;
	} else if (kept.size() >= kept_max) {
		lost++;
		return;
	} else
		kept.emplace(write->name, write);
	if (repeats == 0 && !repeat_timer.armed())
		repeat_timer.arm(repeat_pause);
}

/* Some of it. */
void
RedisLedger::repeat_kept()
{
	std::int64_t now_ms = time_of_day_ms();
	std::vector<WriteOut> some;

	if (client.is_down())
		return; /* redis_works() will be called */
	while (!kept.empty() && some.size() < repeats_max) {
		auto node = kept.extract(kept.begin());
		if (node.mapped()->expires_ms > now_ms)
			some.push_back(std::move(node.mapped()));
	}
	repeat_failed = false;
	repeats = some.size();
	for (const WriteOut &write : some) {
		write->is_repeat = true;
		send(write);
	}
	if (!some.empty())
		client.flush();
}

void
RedisLedger::repeat_ended(bool failed)
{
	repeat_failed = repeat_failed || failed;
	if (--repeats == 0 && !kept.empty())
		repeat_timer.arm(repeat_failed ? Clock::duration(repeat_pause)
					       : Clock::duration::zero());
}
