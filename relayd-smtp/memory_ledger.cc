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

#include <chrono>

#include "memory_ledger.h"

std::int64_t
time_of_day_ms()
{
	using std::chrono::milliseconds;
	auto now = std::chrono::system_clock::now().time_since_epoch();

	return (std::chrono::duration_cast<milliseconds>(now).count());
}

MemoryLedger::MemoryLedger(const SmtpStore &store)
    : MemoryLedger(store, time_of_day_ms)
{
}

MemoryLedger::MemoryLedger(const SmtpStore &store, Now clock) : now(clock)
{
	configure(store);
}

void
MemoryLedger::configure(const SmtpStore &store)
{
	ttl_ms = std::chrono::milliseconds(store.ttl).count();
	records = store.records;
	push_out(now());
}

std::string
MemoryLedger::name_of(const std::string &key, const RequestId &id)
{
	std::string name(id.text()); /* of one length, so key needs no end */

	name += key;
	return (name);
}

bool
MemoryLedger::open(const std::string &key, LedgerEntry entry)
{
	std::int64_t now_ms = now();

	push_out(now_ms);
	auto [place, is_new] =
	    entries.try_emplace(name_of(key, entry.request_id));
	if (!is_new)
		return (false);
	entry.updated_ms = now_ms;
	entry.expires_ms = now_ms + ttl_ms;
	place->second = std::move(entry);
	order.push_back(&place->first);
	while (entries.size() > records) {
		entries.erase(*order.front());
		order.pop_front();
	}
	return (true);
}

/* What has expired, or is too much since the bounds changed. */
void
MemoryLedger::push_out(std::int64_t now_ms)
{
	while (!order.empty()) {
		auto oldest = entries.find(*order.front());
		if (oldest->second.expires_ms > now_ms &&
		    entries.size() <= records)
			return;
		order.pop_front();
		entries.erase(oldest);
	}
}

void
MemoryLedger::update(const std::string &key, const RequestId &id,
    const LedgerChange &change)
{
	auto found = entries.find(name_of(key, id));
	if (found == entries.end())
		return;

	LedgerEntry &entry = found->second;
	entry.status = change.status;
	entry.code = change.code;
	entry.message = change.message;
	entry.updated_ms = now();
	entry.smtp_code = change.smtp_code;
	entry.smtp_enhanced = change.smtp_enhanced;
	entry.smtp_reply = change.smtp_reply;
	entry.show_reply = change.show_reply;
}

void
MemoryLedger::look_up(const std::string &key, const RequestId &id,
    Found found)
{
	auto place = entries.find(name_of(key, id));

	if (place == entries.end() || place->second.expires_ms <= now())
		found(LedgerAnswer::Kind::not_found, LedgerEntry());
	else
		found(LedgerAnswer::Kind::found, place->second);
}
