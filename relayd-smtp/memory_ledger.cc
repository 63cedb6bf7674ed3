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


#include "memory_ledger.h"

namespace {

/* That go at a time. */
constexpr int pushed_out_max = 1000;
constexpr std::chrono::seconds between_looks{1};
constexpr std::chrono::milliseconds between_steps{2};

} /* namespace */

MemoryLedger::MemoryLedger(const SmtpStore &store)
    : look_timer(this, calls<&MemoryLedger::look_after>)
{
	shares.configure(store.records);
	/* Tables that grow would hold a turn up when they are large. */
	records.reserve(store.records + 1);
	claims.reserve(store.records);
	look_after();
}

void
MemoryLedger::configure(const SmtpConfig &config)
{
	shares.configure(config.store.records, config.keys);
	records.reserve(config.store.records + 1);
	claims.reserve(config.store.records);
	look_after();
}

void
MemoryLedger::look_after()
{
	look_timer.arm(push_out() ? Clock::duration(between_steps)
				  : Clock::duration(between_looks));
}

std::string
MemoryLedger::name_of(const std::string &key, const RequestId &id)
{
	std::string name(id.text()); /* of one length, so key needs no end */

	name += key;
	return (name);
}

void
MemoryLedger::claim(const std::string &key, const LedgerEntry &entry,
    Claimed claimed)
{
	auto held = claims.find(entry.idempotency->key);
	if (held != claims.end()) {
		auto holder = records.find(*held->second);
		if (holder->second.entry.expires_ms <= time_of_day_ms()) {
			removed.expired++;
			erase(holder);
			held = claims.end();
		}
	}
	if (held == claims.end()) {
		if (!shares.may_hold(key))
			push_out(); /* what has expired */
		bool taken = shares.may_hold(key) &&
		    records.count(name_of(key, entry.request_id)) == 0 &&
		    write(key, entry);
		claimed(taken ? Claim::taken : Claim::unavailable,
		    LedgerEntry());
		return;
	}
	const LedgerEntry &holder = records.find(*held->second)->second.entry;
	if (holder.idempotency->content != entry.idempotency->content)
		claimed(Claim::other_content, LedgerEntry());
	else if (is_in_flight(holder))
		claimed(Claim::in_progress, LedgerEntry());
	else
		claimed(Claim::settled, holder);
}

void
MemoryLedger::put(const std::string &key, const LedgerEntry &entry,
    Stored stored)
{
	bool written = write(key, entry);

	if (stored)
		stored(written);
}

bool
MemoryLedger::write(const std::string &key, const LedgerEntry &entry)
{
	std::string name = name_of(key, entry.request_id);
	auto place = records.find(name);
	bool is_new = place == records.end();

	if (is_new) {
		bool begins = entry.status == LedgerStatus::received ||
		    entry.status == LedgerStatus::rejected;
		if (shares.all_keyed())
			push_out();
		if (!begins || shares.all_keyed())
			return (false);
		place = records.try_emplace(std::move(name)).first;
		place->second.owner = &*owners.try_emplace(key).first;
		place->second.place = plain.insert(plain.end(), &place->first);
		append(place->second, place->first);
		shares.add(key, false);
	} else if (!is_same_submission(place->second.entry, entry))
		return (false);
	Record &record = place->second;
	record.entry = entry;
	bool holds = entry.idempotency && holds_key(entry);
	if (holds && !record.keyed)
		hold(record, place->first);
	else if (!holds && record.keyed)
		let_go(record, place->first);
	if (!is_new)
		return (true);
	/* It is the newest of its owner's, which the oldest go before. */
	const Order &owned = record.owner->second;
	push_out();
	return (holds || !owned.empty());
}

/* Where there are far too many, they become fewer. */
bool
MemoryLedger::push_out()
{
	std::int64_t now_ms = time_of_day_ms();
	int left = pushed_out_max;

	for (Order *order : {&plain, &keyed}) {
		for (; !order->empty() && left > 0; left--) {
			auto oldest = records.find(*order->front());
			if (oldest->second.entry.expires_ms > now_ms)
				break;
			removed.expired++;
			erase(oldest);
		}
	}
	for (; left > 0; left--) {
		LedgerShares::Loss loss = shares.loss();
		if (loss.key == nullptr)
			break;
		removed.evicted++;
		erase(records.find(*owners.find(*loss.key)->second.front()));
	}
	return (left == 0);
}

/* To those that may be pushed out. */
void
MemoryLedger::append(Record &record, const std::string &name)
{
	Order &owned = record.owner->second;

	record.place_of_owner = owned.insert(owned.end(), &name);
}

void
MemoryLedger::hold(Record &record, const std::string &name)
{
	record.keyed = true;
	keyed.splice(keyed.end(), plain, record.place);
	record.owner->second.erase(record.place_of_owner);
	shares.change(record.owner->first, false, true);
	claims[record.entry.idempotency->key] = &name;
}

void
MemoryLedger::let_go(Record &record, const std::string &name)
{
	auto held = claims.find(record.entry.idempotency->key);

	record.keyed = false;
	plain.splice(plain.end(), keyed, record.place);
	append(record, name);
	shares.change(record.owner->first, true, false);
	if (held != claims.end() && held->second == &name)
		claims.erase(held);
}

void
MemoryLedger::erase(Records::iterator record)
{
	if (record->second.keyed)
		let_go(record->second, record->first);
	record->second.owner->second.erase(record->second.place_of_owner);
	shares.remove(record->second.owner->first, false);
	plain.erase(record->second.place);
	records.erase(record);
}

void
MemoryLedger::look_up(const std::string &key, const RequestId &id,
    Found found)
{
	auto place = records.find(name_of(key, id));

	if (place == records.end() ||
	    place->second.entry.expires_ms <= time_of_day_ms())
		found(LedgerAnswer::Kind::not_found, LedgerEntry());
	else
		found(LedgerAnswer::Kind::found, place->second.entry);
}
