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
 * The ledger in memory: bounded by number, the oldest entry of the key that
 * uses most goes first (ledger_shares.h), and by age.  Entries that hold an
 * Idempotency-Key are not pushed out: when they are as many as may be, no more
 * of them are taken.  It dies with the process.
 *
 * Entries go some at a time, when others come and now and then, so that
 * nobody waits while a million of them do.
 */

#ifndef RELAYD_SMTP_MEMORY_LEDGER_H
#define RELAYD_SMTP_MEMORY_LEDGER_H

#include <cstdint>
#include <cstring>
#include <list>
#include <string>
#include <unordered_map>

#include "event_loop.h"
#include "ledger.h"
#include "ledger_shares.h"

class MemoryLedger final : public Ledger {
public:
	explicit MemoryLedger(const SmtpStore &store);

	void configure(const SmtpConfig &config) override;
	void claim(const std::string &key, const LedgerEntry &entry,
	    Claimed claimed) override;
	void put(const std::string &key, const LedgerEntry &entry,
	    Stored stored) override;
	void look_up(const std::string &key, const RequestId &id,
	    Found found) override;
	void commit() override
	{
	}
	LedgerFigures figures() const override
	{
		LedgerFigures figures = removed;

		figures.entries = records.size();
		return (figures);
	}

	/* What the timer calls; tests do so as well. */
	void look_after();

	std::size_t size() const
	{
		return (records.size());
	}

private:
	/* Any octets of a digest are as good as a hash. */
	struct DigestHash {
		std::size_t operator()(const Sha256Digest &digest) const
		{
			std::size_t hash;
			std::memcpy(&hash, digest.data(), sizeof(hash));
			return (hash);
		}
	};
	using Order = std::list<const std::string *>; /* the oldest first */
	/* By API key: its entries that hold no Idempotency-Key. */
	using Owners = std::unordered_map<std::string, Order>;
	struct Record {
		LedgerEntry entry;
		bool keyed = false;
		Order::iterator place;
		Owners::value_type *owner = nullptr;
		Order::iterator place_of_owner; /* unless keyed */
	};
	using Records = std::unordered_map<std::string, Record>;

	/* An id under a key: another key's entry is another name. */
	static std::string name_of(const std::string &key,
	    const RequestId &id);
	/* False: the entry was pushed out, or there is no room for it. */
	bool write(const std::string &key, const LedgerEntry &entry);
	/* What is too old or too much; true: it is not done. */
	bool push_out();
	void append(Record &record, const std::string &name);
	void hold(Record &record, const std::string &name);
	void let_go(Record &record, const std::string &name);
	void erase(Records::iterator record);

	LedgerShares shares;
	LedgerFigures removed; /* so far */
	Records records;
	Owners owners;
	/* They point at the map's names. */
	Order plain;
	Order keyed; /* what holds an Idempotency-Key goes when it expires */
	std::unordered_map<Sha256Digest, const std::string *, DigestHash>
	    claims;
	Timer look_timer;
};

#endif
