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


#include "catch.h"
#include "ledger_conformance.h"
#include "memory_ledger.h"

using namespace conformance;

namespace {

SmtpStore
store(std::uint64_t records)
{
	SmtpStore made;

	made.kind = StoreKind::memory;
	made.records = records;
	made.ttl = std::chrono::seconds(60);
	return (made);
}

class MemorySubject final : public Subject {
public:
	Ledger &ledger() override
	{
		return (memory);
	}
	void settle(const std::function<bool()> &done) override
	{
		memory.commit();
		REQUIRE(done());
	}
	bool lasts() const override
	{
		return (false);
	}
	void restart() override
	{
	}

	EventLoop loop;
	MemoryLedger memory{store(100)};
};

/* An entry that lives for a minute. */
LedgerEntry
timed(unsigned int number)
{
	LedgerEntry made = entry(number);

	made.expires_ms = made.created_ms + 60000;
	return (made);
}

/* No store here is a server. */
class Unasked final : public StoreConnector {
	void connect_store(std::uint64_t, std::uint32_t, bool) override
	{
		FAIL("a connection was asked for");
	}
};

bool
has(Ledger &ledger, unsigned int number)
{
	bool found = false;

	ledger.look_up("a", fixture::request_id(number),
	    [&](LedgerAnswer::Kind kind, LedgerEntry) {
		    found = kind == LedgerAnswer::Kind::found;
	    });
	return (found);
}

} /* namespace */

TEST_CASE("the ledger in memory conforms")
{
	MemorySubject subject;

	ledger_conforms(subject);
}

TEST_CASE("an id is used once by a key")
{
	MemorySubject subject;
	Tester test(subject);
	LedgerEntry first = entry(1);
	LedgerEntry other = entry(1, LedgerStatus::rejected);

	test.put("a", first);
	other.created_ms++;
	test.put("a", other);
	CHECK_FALSE(test.was_stored);
	CHECK(test.find("a", 1)->status == LedgerStatus::received);
}

TEST_CASE("entries go by number and by age, the oldest first")
{
	using std::chrono::milliseconds;

	EventLoop loop;
	MemoryLedger ledger(store(3));
	LedgerEntry second;
	for (unsigned int i = 1; i <= 5; i++) {
		moved_time::pass(milliseconds(1));
		if (i == 2)
			second = timed(i);
		ledger.put("a", i == 2 ? second : timed(i), nullptr);
		CHECK(ledger.size() <= 3);
	}
	CHECK_FALSE(has(ledger, 2));
	CHECK(has(ledger, 3));
	second.status = LedgerStatus::smtp_accepted;
	ledger.put("a", second, nullptr);
	CHECK_FALSE(has(ledger, 2)); /* it does not come back */

	moved_time::pass(milliseconds(60000 - 3)); /* 3 was made 2 ago */
	CHECK(has(ledger, 3));
	moved_time::pass(milliseconds(1));
	CHECK_FALSE(has(ledger, 3)); /* though nobody swept */
	CHECK(has(ledger, 4));
	moved_time::pass(milliseconds(60000));
	ledger.put("a", timed(6), nullptr);
	CHECK(ledger.size() == 1);

	for (unsigned int i = 7; i <= 8; i++)
		ledger.put("a", timed(i), nullptr);
	SmtpConfig fewer;
	fewer.store = store(1);
	ledger.configure(fewer);
	CHECK(ledger.size() == 1);
	CHECK(has(ledger, 8));
}

TEST_CASE("what holds an Idempotency-Key is not pushed out")
{
	EventLoop loop;
	MemoryLedger ledger(store(3));
	std::vector<Ledger::Claim> claims;
	auto claim = [&](unsigned int number) {
		ledger.claim("a", keyed(number, std::to_string(number), "x"),
		    [&](Ledger::Claim what, const LedgerEntry &) {
			    claims.push_back(what);
		    });
		return (claims.back());
	};

	CHECK(claim(1) == Ledger::Claim::taken);
	for (unsigned int i = 10; i < 20; i++)
		ledger.put("a", entry(i), nullptr);
	CHECK(has(ledger, 1));
	CHECK(claim(2) == Ledger::Claim::taken);
	CHECK(claim(3) == Ledger::Claim::taken);
	CHECK_FALSE(has(ledger, 19));
	/* Full: no other key, and no other entry. */
	CHECK(claim(4) == Ledger::Claim::unavailable);
	CHECK_FALSE(has(ledger, 4));
	ledger.put("a", entry(20), nullptr);
	CHECK_FALSE(has(ledger, 20));
	CHECK(ledger.size() == 3);
	/* One lets go. */
	LedgerEntry failed = keyed(2, "2", "x");
	failed.status = LedgerStatus::smtp_failed;
	failed.code = "smtp_unavailable";
	ledger.look_up("a", failed.request_id,
	    [&](LedgerAnswer::Kind, const LedgerEntry &e) {
		    failed.created_ms = e.created_ms;
	    });
	ledger.put("a", failed, nullptr);
	CHECK(claim(5) == Ledger::Claim::taken);
	CHECK(ledger.size() == 3);
}

TEST_CASE("a ledger of none keeps nothing and stops nothing")
{
	EventLoop loop;
	SmtpConfig config;
	SmtpStore &none = config.store;
	none.kind = StoreKind::none;
	Unasked connector;
	auto ledger = make_ledger(loop, config, connector);
	bool stored = true;

	ledger->put("a", entry(1), [&](bool ok) { stored = ok; });
	CHECK_FALSE(stored);
	CHECK_FALSE(has(*ledger, 1));
	CHECK(is_same_store(none, none));
	CHECK_FALSE(is_same_store(none, store(1)));
}
