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

#include "ledger.h"
#include "memory_ledger.h"

namespace {

/* `store none': nothing is kept. */
class NoLedger final : public Ledger {
public:
	void configure(const SmtpStore &) override
	{
	}
	bool open(const std::string &, LedgerEntry) override
	{
		return (true);
	}
	void update(const std::string &, const RequestId &,
	    const LedgerChange &) override
	{
	}
	void look_up(const std::string &, const RequestId &,
	    Found found) override
	{
		found(LedgerAnswer::Kind::not_found, LedgerEntry());
	}
	void commit() override
	{
	}
};

} /* namespace */

std::unique_ptr<Ledger>
make_ledger(const SmtpStore &store)
{
	if (store.kind == StoreKind::none)
		return (std::make_unique<NoLedger>());
	return (std::make_unique<MemoryLedger>(store));
}

bool
is_same_store(const SmtpStore &a, const SmtpStore &b)
{
	return (a.kind == b.kind);
}
