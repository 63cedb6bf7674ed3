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
 * No store holds a turn of the event loop, however much there is to do: what
 * is counted is how much of it a turn does.
 */

#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "catch.h"
#include "event_loop.h"
#include "ledger_conformance.h"
#include "memory_ledger.h"
#include "redis_ledger.h"
#include "redis_server.h"
#include "skip.h"
#include "sqlite_ledger.h"

using namespace conformance;
using namespace fixture;
using std::chrono::milliseconds;

namespace {

/* As small as they come. */
LedgerEntry
small(unsigned int number, bool is_keyed = false)
{
	LedgerEntry made;

	made.request_id = fixture::request_id(number);
	made.created_ms = made.updated_ms = time_of_day_ms();
	made.expires_ms = made.created_ms + hour_ms;
	made.status = LedgerStatus::received;
	if (is_keyed) {
		std::string key = std::to_string(number);
		made.idempotency = IdempotencyMark{sha256(key), sha256("x")};
	}
	return (made);
}

SmtpConfig
of_store(StoreKind kind, std::uint64_t records)
{
	SmtpConfig made;

	made.store.kind = kind;
	made.store.records = records;
	made.store.ttl = std::chrono::hours(1);
	return (made);
}

bool
found(Ledger &ledger, unsigned int number)
{
	bool is_found = false;

	ledger.look_up("a", fixture::request_id(number),
	    [&](LedgerAnswer::Kind kind, const LedgerEntry &) {
		    is_found = kind == LedgerAnswer::Kind::found;
	    });
	return (is_found);
}

/* Every look at the clock takes long. */
class SlowMachine {
public:
	explicit SlowMachine(Clock::duration look)
	{
		moved_time::set_cost_of_look(look);
	}
	~SlowMachine()
	{
		moved_time::set_cost_of_look(Clock::duration::zero());
	}
};

class Directory {
public:
	Directory()
	{
		char name[] = "/tmp/ledger-XXXXXX";

		REQUIRE(mkdtemp(name) != nullptr);
		path = name;
	}
	~Directory()
	{
		std::filesystem::remove_all(path);
	}

	std::string path;
};

} /* namespace */

TEST_CASE("store turns: a ledger in memory grows and shrinks in steps")
{
	constexpr unsigned int many = 10000, a_turn = 1000;

	EventLoop loop;
	Runner runner(loop);
	SmtpConfig config = of_store(StoreKind::memory, many);
	MemoryLedger ledger(config.store);
	unsigned int number = 0;

	while (ledger.size() < many) {
		number++;
		ledger.put("a", small(number, number % 4 == 0), nullptr);
	}
	/* Nothing goes between the steps of its timer. */
	auto step = [&] {
		std::size_t before = ledger.size();

		runner.run_for(milliseconds(2) - std::chrono::nanoseconds(1));
		CHECK(ledger.size() == before);
		runner.run_for(std::chrono::nanoseconds(1));
		return (before - ledger.size());
	};
	SECTION("all of it expires")
	{
		moved_time::pass(std::chrono::hours(2));
		CHECK_FALSE(found(ledger, number));
		ledger.put("a", small(++number), nullptr);
		CHECK(ledger.size() == many - a_turn + 1);
		CHECK(found(ledger, number));
		runner.turn();
		CHECK(ledger.size() == many - 2 * a_turn + 1);
		for (unsigned int left = many - 2 * a_turn; left > 0;
		    left -= a_turn)
			CHECK(step() == a_turn);
		CHECK(ledger.size() == 1);
		CHECK(found(ledger, number));
	}
	SECTION("nearly all of it is too much")
	{
		config.store.records = many / 4 + 500;
		ledger.configure(config);
		CHECK(ledger.size() == many - a_turn);
		ledger.put("a", small(++number), nullptr);
		CHECK(ledger.size() == many - 2 * a_turn + 1);
		CHECK(found(ledger, number));
		for (unsigned int left = many - 2 * a_turn;
		    left > config.store.records; left -= a_turn)
			CHECK(step() == a_turn);
		CHECK(step() == 1);
		CHECK(ledger.size() == config.store.records);
		CHECK(found(ledger, number));
	}
}

TEST_CASE("store turns: a ledger in a file grows and shrinks in steps")
{
	constexpr unsigned int many = 2048;

	EventLoop loop;
	Directory directory;
	SmtpConfig config = of_store(StoreKind::sqlite, many);
	config.store.path = directory.path + "/ledger.db";
	SqliteLedger ledger(config.store);

	for (unsigned int number = 1; number <= many; number++) {
		LedgerEntry made = small(number, number % 4 == 0);
		made.status = LedgerStatus::smtp_accepted;
		ledger.put("a", made, nullptr);
	}
	/* In a turn's 8 ms it looks at the clock, and writes 16, eight times. */
	std::uint64_t size = 0;
	auto grows = [&] {
		ledger.write_now();
		return (ledger.size() - std::exchange(size, ledger.size()));
	};
	{
		SlowMachine machine(milliseconds(1));
		while (ledger.size() < many / 2)
			REQUIRE(grows() == 128);
	}
	SlowMachine machine(milliseconds(8));
	while (ledger.size() < many)
		REQUIRE(grows() == 16);
	/* A statement takes no more than 128. */
	auto shrinks = [&] {
		return (std::exchange(size, ledger.size()) - ledger.size());
	};
	config.store.records = many / 2;
	ledger.configure(config);
	CHECK(shrinks() == 0);
	for (unsigned int left = many / 2; left > 0; left -= 128) {
		ledger.write_now();
		CHECK(shrinks() == 128);
	}
	CHECK(ledger.size() == many / 2);
	moved_time::pass(std::chrono::hours(2));
	/* One for those without an Idempotency-Key, one for the others. */
	for (unsigned int left = many / 2; left > 0; left -= 256) {
		ledger.look_after();
		CHECK(shrinks() == 256);
	}
	CHECK(ledger.size() == 0);
}

TEST_CASE("store turns: a Redis that hangs fails some at a time")
{
	constexpr unsigned int many = 12000;

	if (RedisServer::program().empty())
		return (skip("a Redis that hangs: no redis-server here"));
	log_configure({true, 0, false, LogLevel::error});
	RedisServer server;
	EventLoop loop;
	Runner runner(loop, Runner::World::beside_others);
	Wire wire(server);
	Opener opener(loop, [&](std::uint32_t) { return (wire.connect()); });
	std::unique_ptr<RedisLedger> ledger;
	opener.take = [&](const ConnectResult &result, Fd fd) {
		ledger->connection(result, std::move(fd));
	};
	SmtpConfig config = make_config();
	config.store = of_store(StoreKind::redis, 0).store;
	config.store.prefix = "test:";
	RedisBounds bounds;
	ledger = std::make_unique<RedisLedger>(loop, opener, config, bounds);
	unsigned int number = 0;
	bool works = false;
	ledger->put("a", small(++number), [&](bool stored) { works = stored; });
	ledger->commit();
	runner.until([&] { return (works); });

	wire.hang(true);
	for (unsigned int i = 0; i < many; i++)
		ledger->put("a", small(++number), nullptr);
	ledger->commit();
	runner.run_for(bounds.reply_time - milliseconds(1));
	CHECK(ledger->entries_kept() == 0);
	moved_time::pass(milliseconds(1));
	std::uint64_t failed = 0, most = 0;
	runner.until([&] {
		std::uint64_t now =
		    ledger->entries_kept() + ledger->entries_lost();
		most = std::max(most, now - std::exchange(failed, now));
		return (failed == many);
	});
	CHECK(most == 8192);
	CHECK(ledger->entries_kept() == 10000);

	wire.hang(false);
	moved_time::pass(bounds.pause_min);
	std::size_t kept = ledger->entries_kept();
	most = 0;
	runner.until([&] {
		std::size_t now = ledger->entries_kept();
		most = std::max<std::uint64_t>(
		    most, std::exchange(kept, now) - now);
		return (kept == 0);
	});
	CHECK(most == 256);
}
