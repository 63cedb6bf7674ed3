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

#include <tls.h>

/* How keys share a ledger that is bounded: in memory and in a file alike. */

#include <stdlib.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "catch.h"
#include "event_loop.h"
#include "ledger_conformance.h"
#include "memory_ledger.h"
#include "sqlite_ledger.h"

using namespace conformance;

namespace {

using Claim = Ledger::Claim;
using Kind = LedgerAnswer::Kind;

class Shared {
public:
	Shared(StoreKind kind, std::uint64_t records,
	    const std::vector<std::string> &names)
	{
		char name[] = "/tmp/shares-XXXXXX";

		REQUIRE(mkdtemp(name) != nullptr);
		directory = name;
		config.store.kind = kind;
		config.store.path = config.store.place =
		    directory + "/ledger.db";
		config.store.records = records;
		for (const std::string &key : names)
			config.keys.push_back(fixture::make_key(key, key));
		if (kind == StoreKind::sqlite)
			ledger = std::make_unique<SqliteLedger>(config.store);
		else
			ledger = std::make_unique<MemoryLedger>(config.store);
		ledger->configure(config);
	}
	~Shared()
	{
		ledger.reset();
		std::filesystem::remove_all(directory);
	}
	/* All that a turn, and then a while, bring about. */
	void settle()
	{
		ledger->commit();
		if (auto *sqlite = dynamic_cast<SqliteLedger *>(ledger.get()))
			for (int i = 0; i < 10; i++)
				sqlite->look_after();
	}
	/* Its next entries: 429s. */
	void put(const std::string &key, unsigned int count)
	{
		for (; count > 0; count--) {
			ledger->put(key,
			    entry(++number, LedgerStatus::rejected), nullptr);
			put_by[key].push_back(number);
			settle();
		}
	}
	bool claim(const std::string &key)
	{
		bool taken = false;
		LedgerEntry wanted =
		    keyed(number + 1, key + std::to_string(number), "text");
		number++;

		ledger->claim(key, wanted,
		    [&](Claim what, const LedgerEntry &) {
			    taken = what == Claim::taken;
		    });
		if (taken)
			put_by[key].push_back(number);
		settle();
		return (taken);
	}
	/* How many it could have. */
	unsigned int claim_all(const std::string &key)
	{
		unsigned int count = 0;

		while (claim(key))
			count++;
		return (count);
	}
	/* Of those that a key put, how many are there. */
	unsigned int kept(const std::string &key)
	{
		unsigned int count = 0;

		for (unsigned int one : put_by[key])
			ledger->look_up(key, fixture::request_id(one),
			    [&](Kind kind, const LedgerEntry &) {
				    count += kind == Kind::found;
			    });
		return (count);
	}

	EventLoop loop;
	std::string directory;
	SmtpConfig config;
	std::unique_ptr<Ledger> ledger;
	std::map<std::string, std::vector<unsigned int>> put_by;
	unsigned int number = 0;
};

/* Of forty, four keys are owed five each. */
const std::vector<std::string> four = {"a", "b", "c", "d"};
constexpr StoreKind kinds[] = {StoreKind::memory, StoreKind::sqlite};

} /* namespace */

TEST_CASE("shares: nobody's entries push out what another is owed")
{
	for (StoreKind kind : kinds) {
		INFO("sqlite: " << (kind == StoreKind::sqlite));
		Shared shared(kind, 40, four);
		shared.put("b", 5);
		CHECK(shared.claim("c"));
		shared.put("c", 4);
		/* One uses what others are not owed, and no more. */
		shared.put("a", 100);
		CHECK(shared.kept("b") == 5);
		CHECK(shared.kept("c") == 5);
		CHECK(shared.kept("a") == 25);
		/* What the last is owed is there for it. */
		shared.put("d", 5);
		CHECK(shared.kept("d") == 5);
		CHECK(shared.kept("a") == 25);
		/* Beyond that the one that has most loses first. */
		shared.put("b", 5);
		CHECK(shared.kept("b") == 10);
		CHECK(shared.kept("a") == 20);
		shared.put("b", 30);
		CHECK(shared.kept("a") + shared.kept("b") == 30);
		CHECK(shared.kept("a") >= 14);
		CHECK(shared.kept("b") >= 14);
		CHECK(shared.kept("c") == 5);
		CHECK(shared.kept("d") == 5);
	}
}

TEST_CASE("shares: Idempotency-Keys take half of that")
{
	for (StoreKind kind : kinds) {
		INFO("sqlite: " << (kind == StoreKind::sqlite));
		Shared shared(kind, 40, four);
		CHECK(shared.claim_all("a") == 12);
		shared.put("a", 100);
		CHECK(shared.kept("a") == 25);
		/* However many do so, each has what it is owed. */
		CHECK(shared.claim_all("b") == 12);
		shared.claim_all("c");
		shared.put("c", 100);
		shared.put("b", 100);
		CHECK(shared.claim_all("d") == 5);
		CHECK(shared.kept("d") == 5);
		CHECK(shared.kept("c") >= 5);
		for (const char *key : {"a", "b", "c"})
			CHECK_FALSE(shared.claim(key));
		CHECK(shared.kept("d") == 5);
	}
}

TEST_CASE("shares: in one turn, too")
{
	for (StoreKind kind : kinds) {
		INFO("sqlite: " << (kind == StoreKind::sqlite));
		Shared shared(kind, 40, four);
		unsigned int taken = 0;
		for (unsigned int i = 1; i <= 40; i++)
			for (const char *key : {"a", "b"})
				shared.ledger->claim(key,
				    keyed(i, key + std::to_string(i), "x"),
				    [&](Claim what, const LedgerEntry &) {
					    taken += what == Claim::taken;
				    });
		/* In a file, what is pending counts as beyond what is owed. */
		CHECK(taken >= 20);
		CHECK(taken <= 24);
		shared.settle();
		CHECK(shared.claim_all("d") >= 5);
	}
}

TEST_CASE("shares: a key alone has all, and one that is gone is owed nothing")
{
	for (StoreKind kind : kinds) {
		INFO("sqlite: " << (kind == StoreKind::sqlite));
		Shared shared(kind, 40, {"a"});
		CHECK(shared.claim_all("a") == 20);
		shared.put("a", 100);
		CHECK(shared.kept("a") == 40);

		Shared gone(kind, 40, four);
		gone.put("b", 5);
		gone.put("a", 100);
		gone.config.keys.erase(gone.config.keys.begin() + 1);
		gone.config.keys[1].enabled = false;
		gone.ledger->configure(gone.config);
		/* Two are left, and each is owed ten. */
		gone.put("a", 1);
		CHECK(gone.kept("a") == 26);
		gone.put("d", 30);
		CHECK(gone.kept("d") + gone.kept("a") + gone.kept("b") == 40);
		CHECK(gone.kept("a") >= 10);
		gone.put("a", 30);
		gone.put("d", 30);
		CHECK(gone.kept("d") >= 10);
	}
}

TEST_CASE("shares: many keys that fill it leave each what it is owed")
{
	std::vector<std::string> names;
	for (unsigned int i = 0; i < 10; i++)
		names.push_back("k" + std::to_string(i));
	for (StoreKind kind : kinds) {
		INFO("sqlite: " << (kind == StoreKind::sqlite));
		Shared shared(kind, 100, names);
		for (unsigned int i = 0; i < 9; i++)
			shared.claim_all(names[i]);
		shared.put(names[0], 200);
		CHECK(shared.claim_all(names[9]) == 5);
		CHECK(shared.kept(names[9]) == 5);
		shared.put(names[9], 5);
		for (const std::string &name : names)
			CHECK(shared.kept(name) >= 5);
	}
}
