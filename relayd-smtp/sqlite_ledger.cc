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

#include "sqlite_ledger.h"

namespace {

/* How long an entry in flight may wait for its settlement. */
constexpr std::chrono::milliseconds wait_max{20};
/* A turn is held no longer than that by what can be put off. */
constexpr std::chrono::milliseconds work_max{8};
/* What is left then goes on as soon as others had their turn. */
constexpr std::chrono::milliseconds write_pause{2};
constexpr std::chrono::seconds between_looks{1};
/* Rows that are removed by one statement. */
constexpr std::uint64_t removed_max = 128;
/* How much is kept for a store that fails. */
constexpr std::size_t kept_max = 10000;

bool
is_holder(const LedgerEntry &entry)
{
	return (entry.idempotency && holds_key(entry));
}

} /* namespace */

SqliteLedger::SqliteLedger(const SmtpStore &store)
    : settings(store),
      write_timer(this, calls<&SqliteLedger::write_now>),
      second_timer(this, calls<&SqliteLedger::look_after>)
{
	shares.configure(settings.records);
	open();
	second_timer.arm(between_looks);
}

SqliteLedger::~SqliteLedger()
{
	/* Who would be called may be gone. */
	for (Queue *queue : {&ready, &waiting})
		for (Pending &one : *queue)
			one.stored.clear();
	for (std::size_t left = SIZE_MAX; works() && !pending.empty() &&
	    pending.size() < left;) {
		left = pending.size();
		write(Clock::duration::zero());
	}
	close();
}

void
SqliteLedger::configure(const SmtpStore &store)
{
	bool durable_changed = store.durable != settings.durable;

	settings = store;
	shares.configure(settings.records);
	if (works() && durable_changed) {
		file->database().set_durable(settings.durable);
		if (file->failed())
			failed();
	}
	write_timer.arm(write_pause); /* there may be too many now */
}

std::string
SqliteLedger::name_of(const std::string &key, const RequestId &id)
{
	std::string name(id.text()); /* of one length, so key needs no end */

	name += key;
	return (name);
}

SqliteLedger::Pending *
SqliteLedger::find_pending(const std::string &key, const RequestId &id)
{
	auto found = pending.find(name_of(key, id));

	return (found == pending.end() ? nullptr : &*found->second);
}

/* nullptr: the store fails, and as much is kept for it as can be. */
SqliteLedger::Pending *
SqliteLedger::add_pending(const std::string &key, const LedgerEntry &entry)
{
	/* What had its key before it failed is kept: they are few. */
	if (!works() && pending.size() >= kept_max && !entry.idempotency) {
		lost = true;
		removed.lost++;
		return (nullptr);
	}
	Pending &added = waiting.emplace_back();
	added.name = name_of(key, entry.request_id);
	added.key = key;
	added.is_new = entry.status == LedgerStatus::received ||
	    entry.status == LedgerStatus::rejected;
	added.since = Clock::now();
	pending[added.name] = std::prev(waiting.end());
	return (&added);
}

void
SqliteLedger::set_entry(Pending &changed, const LedgerEntry &entry)
{
	if (is_holder(changed.entry) || is_holder(entry)) {
		const Sha256Digest &digest = entry.idempotency
		    ? entry.idempotency->key
		    : changed.entry.idempotency->key;
		if (is_holder(entry))
			holders[digest] = &changed;
		else if (auto held = holders.find(digest);
		    held != holders.end() && held->second == &changed)
			holders.erase(held);
	}
	changed.entry = entry;
	if (changed.waits && (entry.idempotency || !is_in_flight(entry))) {
		changed.waits = false;
		ready.splice(ready.end(), waiting, pending[changed.name]);
	}
}

/* It was written, or will not be. */
void
SqliteLedger::forget(Queue::iterator written)
{
	if (is_holder(written->entry)) {
		auto held = holders.find(written->entry.idempotency->key);
		if (held != holders.end() && held->second == &*written)
			holders.erase(held);
	}
	if (written->is_claim) {
		claims--;
		auto own = claims_of.find(written->key);
		if (--own->second == 0)
			claims_of.erase(own);
	}
	pending.erase(written->name);
	(written->waits ? waiting : ready).erase(written);
}

void
SqliteLedger::claim(const std::string &key, const LedgerEntry &entry,
    Claimed claimed)
{
	if (!works()) {
		claimed(Claim::unavailable, LedgerEntry());
		return;
	}
	const Sha256Digest &digest = entry.idempotency->key;
	std::optional<SqliteFile::Holder> holder;
	std::uint64_t unsound = file->unsound();
	if (auto held = holders.find(digest); held != holders.end())
		holder = {held->second->key, held->second->entry};
	else {
		holder = file->find_holder(digest);
		if (file->failed()) {
			failed();
			claimed(Claim::unavailable, LedgerEntry());
			return;
		}
		/* In this turn it let go of it. */
		if (holder && find_pending(holder->key,
		    holder->entry.request_id) != nullptr)
			holder.reset();
	}
	if (holder && holder->entry.expires_ms <= time_of_day_ms())
		holder.reset();
	if (holder) {
		LedgerEntry &first = holder->entry;
		if (first.idempotency->content != entry.idempotency->content)
			claimed(Claim::other_content, LedgerEntry());
		else if (is_in_flight(first))
			claimed(Claim::in_progress, LedgerEntry());
		else
			claimed(Claim::settled, std::move(first));
		return;
	}
	/* Whoever holds it and cannot be read may have sent the message. */
	bool is_free = find_pending(key, entry.request_id) == nullptr &&
	    !file->find(key, entry.request_id) && file->unsound() == unsound;
	if (file->failed())
		failed();
	else
		note_unsound();
	auto own = claims_of.find(key);
	if (!is_free || !works() ||
	    !shares.may_hold(
		key, own == claims_of.end() ? 0 : own->second, claims)) {
		claimed(Claim::unavailable, LedgerEntry());
		return;
	}
	Pending *added = add_pending(key, entry);
	added->is_claim = true;
	claims++;
	claims_of[key]++;
	set_entry(*added, entry);
	claimed(Claim::taken, LedgerEntry());
}

void
SqliteLedger::put(const std::string &key, const LedgerEntry &entry,
    Stored stored)
{
	Pending *known = find_pending(key, entry.request_id);
	bool other_one =
	    known != nullptr && !is_same_submission(known->entry, entry);

	if (known == nullptr)
		known = add_pending(key, entry);
	if (known != nullptr && !other_one)
		set_entry(*known, entry);
	if (!stored)
		return;
	if (!works() || other_one || known == nullptr) {
		stored(false);
		return;
	}
	known->stored.push_back(std::move(stored));
	if (known->waits) {
		known->waits = false;
		ready.splice(ready.end(), waiting, pending[known->name]);
	}
}

void
SqliteLedger::look_up(const std::string &key, const RequestId &id,
    Found found)
{
	using Kind = LedgerAnswer::Kind;

	if (!works()) {
		found(Kind::unavailable, LedgerEntry());
		return;
	}
	std::optional<LedgerEntry> entry;
	if (const Pending *known = find_pending(key, id))
		entry = known->entry;
	else
		entry = file->find(key, id);
	if (file->failed()) {
		failed();
		found(Kind::unavailable, LedgerEntry());
		return;
	}
	note_unsound();
	if (!entry || entry->expires_ms <= time_of_day_ms())
		found(Kind::not_found, LedgerEntry());
	else
		found(Kind::found, std::move(*entry));
}

LedgerFigures
SqliteLedger::figures() const
{
	LedgerFigures figures = removed;

	figures.works = works();
	if (works())
		figures.entries = file->entries();
	return (figures);
}

void
SqliteLedger::commit()
{
	write_now();
}

void
SqliteLedger::write_now()
{
	std::vector<Call> calls;

	if (works())
		write(wait_max);
	calls.swap(to_call);
	for (Call &call : calls)
		call.stored(call.ok);
}

/* What has waited for that long goes in as well. */
void
SqliteLedger::write(Clock::duration delay)
{
	Clock::time_point due = Clock::now() - delay;

	while (!waiting.empty() && waiting.front().since <= due) {
		waiting.front().waits = false;
		ready.splice(ready.end(), waiting, waiting.begin());
	}
	if (!ready.empty() || more_expired || shares.loss().key != nullptr)
		write_ready();
	arm_write();
}

void
SqliteLedger::before_disk()
{
	if (warned != nullptr)
		warned->before_disk();
}

/* One transaction. */
void
SqliteLedger::write_ready()
{
	Clock::time_point until = Clock::now() + work_max;
	std::int64_t now_ms = time_of_day_ms();
	std::vector<bool> kept;

	if (file->database().is_moved()) {
		moved();
		if (!works())
			return;
	}
	before_disk();
	file->begin();
	for (const Pending &one : ready) {
		kept.push_back(
		    file->write(one.key, one.entry, one.is_new, now_ms));
		if (file->failed() ||
		    (kept.size() % 16 == 0 && Clock::now() >= until))
			break;
	}
	more_expired = sweep(until);
	if (!file->commit()) {
		failed();
		return;
	}
	transaction_count++;
	for (bool was_kept : kept) {
		for (Stored &stored : ready.front().stored)
			to_call.push_back({std::move(stored), was_kept});
		forget(ready.begin());
	}
}

/* True: there is more to be removed. */
bool
SqliteLedger::sweep(Clock::time_point until)
{
	std::int64_t now_ms = time_of_day_ms();
	bool expired_left = more_expired;

	while (expired_left && !file->failed()) {
		std::uint64_t expired = file->expire(now_ms, removed_max);
		removed.expired += expired;
		expired_left = expired >= removed_max;
		if (Clock::now() >= until)
			return (expired_left);
	}
	while (!file->failed()) {
		LedgerShares::Loss loss = shares.loss();
		if (loss.key == nullptr)
			break;
		/* Some more, so that not every commit has to. */
		std::uint64_t more = std::min(settings.records / 1000, removed_max);
		removed.evicted += file->push_out(std::string(*loss.key),
		    std::min({loss.needed + more, loss.possible, removed_max}));
		if (Clock::now() >= until)
			break;
	}
	return (expired_left);
}

void
SqliteLedger::arm_write()
{
	bool over = works() && shares.loss().key != nullptr;

	if (!to_call.empty())
		write_timer.arm(Clock::duration::zero());
	else if (!works() || (pending.empty() && !more_expired && !over))
		write_timer.disarm();
	else if (!ready.empty() || more_expired || over)
		write_timer.arm(write_pause);
	else if (!write_timer.armed())
		write_timer.arm(wait_max);
}

/* Once a second. */
void
SqliteLedger::look_after()
{
	second_timer.arm(between_looks);
	if (!works()) {
		open();
		if (works())
			write(Clock::duration::zero());
		return;
	}
	if (file->database().is_moved()) {
		moved();
		return;
	}
	more_expired = file->has_expired(time_of_day_ms());
	if (file->failed())
		failed();
	else
		write_now();
}
