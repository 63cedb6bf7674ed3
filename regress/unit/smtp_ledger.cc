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

#include <optional>
#include <string>

#include "catch.h"
#include "ledger.h"
#include "memory_ledger.h"
#include "smtp_fixture.h"

using namespace fixture;
using Kind = LedgerAnswer::Kind;

namespace {

std::int64_t clock_ms;

std::int64_t
test_clock()
{
	return (clock_ms);
}

SmtpStore
store(std::uint64_t records, std::chrono::seconds ttl)
{
	SmtpStore made;

	made.kind = StoreKind::memory;
	made.records = records;
	made.ttl = ttl;
	return (made);
}

LedgerEntry
entry(unsigned int number)
{
	LedgerEntry made;

	made.request_id = request_id(number);
	made.created_ms = clock_ms;
	made.recipient_count = number;
	return (made);
}

std::optional<LedgerEntry>
find(Ledger &ledger, const std::string &key, unsigned int number)
{
	std::optional<LedgerEntry> found;
	int calls = 0;

	ledger.look_up(key, request_id(number),
	    [&](Kind kind, LedgerEntry e) {
		    calls++;
		    if (kind == Kind::found)
			    found = std::move(e);
	    });
	REQUIRE(calls == 1);
	return (found);
}

} /* namespace */

TEST_CASE("an entry is opened, changed and found by its key")
{
	clock_ms = 1000000;
	MemoryLedger ledger(store(10, std::chrono::seconds(60)), test_clock);
	REQUIRE(ledger.open("a", entry(1)));
	CHECK(find(ledger, "a", 1)->status == LedgerStatus::received);
	CHECK(find(ledger, "a", 1)->expires_ms == clock_ms + 60000);
	CHECK_FALSE(find(ledger, "b", 1));
	CHECK_FALSE(find(ledger, "a", 2));
	CHECK_FALSE(find(ledger, "", 1));

	clock_ms += 5;
	LedgerChange change;
	change.status = LedgerStatus::smtp_failed;
	change.code = "smtp_rejected";
	change.message = "the mail server rejected the message";
	change.smtp_code = 550;
	change.smtp_enhanced = "5.1.1";
	change.smtp_reply = "no";
	change.show_reply = true;
	ledger.update("b", request_id(1), change);
	CHECK(find(ledger, "a", 1)->status == LedgerStatus::received);
	ledger.update("a", request_id(1), change);
	ledger.commit();
	auto found = find(ledger, "a", 1);
	CHECK(found->status == LedgerStatus::smtp_failed);
	CHECK(found->code == "smtp_rejected");
	CHECK(found->smtp_code == 550);
	CHECK(found->smtp_enhanced == "5.1.1");
	CHECK(found->smtp_reply == "no");
	CHECK(found->show_reply);
	CHECK(found->updated_ms == found->created_ms + 5);
	CHECK(found->recipient_count == 1);
}

TEST_CASE("an id is used once by a key, and keys do not meet")
{
	clock_ms = 1000000;
	MemoryLedger ledger(store(10, std::chrono::seconds(60)), test_clock);
	REQUIRE(ledger.open("a", entry(1)));
	LedgerEntry other = entry(1);
	other.status = LedgerStatus::rejected;
	CHECK_FALSE(ledger.open("a", other));
	CHECK(find(ledger, "a", 1)->status == LedgerStatus::received);
	REQUIRE(ledger.open("b", other));
	CHECK(find(ledger, "a", 1)->status == LedgerStatus::received);
	CHECK(find(ledger, "b", 1)->status == LedgerStatus::rejected);
}

TEST_CASE("entries go by number and by age, the oldest first")
{
	clock_ms = 1000000;
	MemoryLedger ledger(store(3, std::chrono::seconds(60)), test_clock);
	for (unsigned int i = 1; i <= 5; i++) {
		clock_ms++;
		REQUIRE(ledger.open("a", entry(i)));
		CHECK(ledger.size() <= 3);
	}
	CHECK_FALSE(find(ledger, "a", 2));
	CHECK(find(ledger, "a", 3));
	ledger.update("a", request_id(2), LedgerChange());
	CHECK_FALSE(find(ledger, "a", 2));

	clock_ms = 1000000 + 60003;
	CHECK_FALSE(find(ledger, "a", 3)); /* though nobody swept */
	CHECK(find(ledger, "a", 4));
	clock_ms += 60000;
	REQUIRE(ledger.open("a", entry(6)));
	CHECK(ledger.size() == 1);

	for (unsigned int i = 7; i <= 8; i++)
		REQUIRE(ledger.open("a", entry(i)));
	ledger.configure(store(1, std::chrono::seconds(60)));
	CHECK(ledger.size() == 1);
	CHECK(find(ledger, "a", 8));
}

TEST_CASE("a ledger of none keeps nothing and stops nothing")
{
	SmtpStore none;
	none.kind = StoreKind::none;
	auto ledger = make_ledger(none);
	CHECK(ledger->open("a", entry(1)));
	CHECK(ledger->open("a", entry(1)));
	CHECK_FALSE(find(*ledger, "a", 1));
	CHECK(is_same_store(none, none));
	CHECK_FALSE(is_same_store(none, store(1, std::chrono::seconds(1))));
}
