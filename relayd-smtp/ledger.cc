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

#include "ledger.h"
#include "memory_ledger.h"
#include "outcome.h"
#include "redis_ledger.h"
#include "sqlite_ledger.h"

namespace {

/* `store none': nothing is kept, and relayd-http lets no key come here. */
class NoLedger final : public Ledger {
public:
	void configure(const SmtpConfig &) override
	{
	}
	void claim(const std::string &, const LedgerEntry &,
	    Claimed claimed) override
	{
		claimed(Claim::unavailable, LedgerEntry());
	}
	void put(const std::string &, const LedgerEntry &,
	    Stored stored) override
	{
		if (stored)
			stored(false);
	}
	void look_up(const std::string &, const RequestId &,
	    Found found) override
	{
		found(LedgerAnswer::Kind::not_found, LedgerEntry());
	}
	void commit() override
	{
	}
	LedgerFigures figures() const override
	{
		LedgerFigures figures;

		figures.entries = 0;
		return (figures);
	}
};

} /* namespace */

bool
is_in_flight(const LedgerEntry &entry)
{
	return (entry.status == LedgerStatus::received ||
	    entry.status == LedgerStatus::smtp_submission_started);
}

bool
holds_key(const LedgerEntry &entry)
{
	switch (entry.status) {
	case LedgerStatus::smtp_failed:
		return (entry.code == outcome_code(Outcome::rejected));
	case LedgerStatus::rejected:
		return (false);
	default:
		return (true);
	}
}

bool
is_same_submission(const LedgerEntry &a, const LedgerEntry &b)
{
	return (a.created_ms == b.created_ms && a.serial == b.serial);
}

void
settle_abandoned(LedgerEntry &entry, std::int64_t now_ms)
{
	Outcome outcome = Outcome::unknown;

	if (entry.status == LedgerStatus::received)
		outcome = Outcome::unavailable;
	else if (entry.status != LedgerStatus::smtp_submission_started)
		return;
	entry.status = outcome_status(outcome);
	entry.code = outcome_code(outcome);
	entry.message = outcome == Outcome::unknown
	    ? "the relay ended while the message was being sent"
	    : "the relay ended before the message was sent";
	entry.updated_ms = now_ms;
}

std::unique_ptr<Ledger>
make_ledger(EventLoop &loop, const SmtpConfig &config,
    StoreConnector &connector)
{
	const SmtpStore &store = config.store;

	if (store.kind == StoreKind::none)
		return (std::make_unique<NoLedger>());
	if (store.kind == StoreKind::redis)
		return (std::make_unique<RedisLedger>(loop, connector, config));
	std::unique_ptr<Ledger> ledger;
	if (store.kind == StoreKind::sqlite) {
		auto in_file = std::make_unique<SqliteLedger>(store);
		in_file->warn_before_disk(connector);
		ledger = std::move(in_file);
	} else
		ledger = std::make_unique<MemoryLedger>(store);
	ledger->configure(config); /* whose keys share it */
	return (ledger);
}
