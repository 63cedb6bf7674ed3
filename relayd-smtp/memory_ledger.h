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
 * The ledger in memory: bounded by number, the oldest entry goes first, and
 * by age.  It dies with the process.
 */

#ifndef RELAYD_SMTP_MEMORY_LEDGER_H
#define RELAYD_SMTP_MEMORY_LEDGER_H

#include <cstdint>
#include <deque>
#include <string>
#include <unordered_map>

#include "ledger.h"

class MemoryLedger final : public Ledger {
public:
	/* Milliseconds since 1970. */
	using Now = std::int64_t (*)();

	explicit MemoryLedger(const SmtpStore &store);
	MemoryLedger(const SmtpStore &store, Now clock);

	void configure(const SmtpStore &store) override;
	bool open(const std::string &key, LedgerEntry entry) override;
	void update(const std::string &key, const RequestId &id,
	    const LedgerChange &change) override;
	void look_up(const std::string &key, const RequestId &id,
	    Found found) override;
	void commit() override
	{
	}

	std::size_t size() const
	{
		return (entries.size());
	}

private:
	/* An id under a key: another key's entry is another name. */
	static std::string name_of(const std::string &key,
	    const RequestId &id);
	void push_out(std::int64_t now_ms);

	Now now;
	std::int64_t ttl_ms = 0;
	std::uint64_t records = 0;
	std::unordered_map<std::string, LedgerEntry> entries;
	/* In the order of opening; points at the map's names. */
	std::deque<const std::string *> order;
};

/* The time of day in milliseconds since 1970. */
std::int64_t time_of_day_ms();

#endif
