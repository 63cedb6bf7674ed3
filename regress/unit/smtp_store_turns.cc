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


/* No store holds a turn of the event loop, however much there is to do. */

#include <stdlib.h>

#include <filesystem>

#include "catch.h"
#include "event_loop.h"
#include "ledger_conformance.h"
#include "memory_ledger.h"
#include "redis_ledger.h"
#include "redis_server.h"
#include "skip.h"
#include "sqlite_ledger.h"
#include "turn_time.h"

using namespace conformance;
using namespace fixture;

namespace {

std::int64_t clock_ms;

std::int64_t
test_clock()
{
	return (clock_ms);
}

/* As small as they come, each at a time of its own. */
LedgerEntry
small(unsigned int number, bool is_keyed = false)
{
	LedgerEntry made;

	made.request_id = fixture::request_id(number);
	made.created_ms = made.updated_ms = clock_ms++;
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
	constexpr unsigned int many = 200000;

	clock_ms = 1000000;
	EventLoop loop;
	SmtpConfig config = of_store(StoreKind::memory, many);
	MemoryLedger ledger(config.store, test_clock);
	LongestTurn turn;
	unsigned int number = 0;

	auto fill = [&] {
		while (ledger.size() < many)
			turn.time([&] {
				number++;
				ledger.put("a", small(number, number % 4 == 0),
				    nullptr);
			});
	};
	fill();
	SECTION("all of it expires")
	{
		clock_ms += 2 * hour_ms;
		CHECK_FALSE(found(ledger, number));
		turn.time([&] {
			ledger.put("a", small(++number), nullptr);
		});
		CHECK(ledger.size() > many / 2);
		CHECK(found(ledger, number));
		for (int i = 0; i < 300 && ledger.size() > 1; i++)
			turn.time([&] { ledger.look_after(); });
		CHECK(ledger.size() == 1);
		CHECK(found(ledger, number));
	}
	SECTION("nearly all of it is too much")
	{
		config.store.records = many / 4 + 1000;
		turn.time([&] { ledger.configure(config); });
		turn.time([&] {
			ledger.put("a", small(++number), nullptr);
		});
		CHECK(found(ledger, number));
		for (int i = 0; i < 300; i++)
			turn.time([&] { ledger.look_after(); });
		CHECK(ledger.size() == config.store.records);
		CHECK(found(ledger, number));
	}
	CAPTURE(turn.milliseconds());
	CHECK(turn.milliseconds() < LongestTurn::bound());
}

TEST_CASE("store turns: a ledger in a file grows and shrinks in steps")
{
	constexpr unsigned int many = 20000;

	clock_ms = 1000000;
	EventLoop loop;
	Directory directory;
	SmtpConfig config = of_store(StoreKind::sqlite, many);
	config.store.path = directory.path + "/ledger.db";
	SqliteLedger ledger(config.store, test_clock);
	LongestTurn turn;

	auto settled_entry = [](unsigned int number) {
		LedgerEntry made = small(number, number % 4 == 0);
		made.status = LedgerStatus::smtp_accepted;
		return (made);
	};
	for (unsigned int number = 1; number <= many; number++)
		ledger.put("a", settled_entry(number), nullptr);
	for (int i = 0; i < 1000 && ledger.size() < many; i++)
		turn.time([&] { ledger.write_now(); });
	CHECK(ledger.size() == many);
	config.store.records = many / 2;
	turn.time([&] { ledger.configure(config); });
	for (int i = 0; i < 1000 && ledger.size() > many / 2; i++)
		turn.time([&] { ledger.write_now(); });
	CHECK(ledger.size() <= many / 2);
	clock_ms += 2 * hour_ms;
	for (int i = 0; i < 1000 && ledger.size() > 0; i++)
		turn.time([&] { ledger.look_after(); });
	CHECK(ledger.size() == 0);
	CAPTURE(turn.milliseconds());
	CHECK(turn.milliseconds() < LongestTurn::bound());
}

TEST_CASE("store turns: a Redis that hangs fails everything in little time")
{
	constexpr unsigned int many = 90000;

	if (RedisServer::program().empty())
		return (skip("a Redis that hangs: no redis-server here"));
	log_configure({true, 0, false, LogLevel::error});
	clock_ms = time_of_day_ms();
	RedisServer server;
	EventLoop loop;
	Runner runner(loop);
	Opener opener(loop, [&](std::uint32_t) {
		return (connect_to(server.path()));
	});
	std::unique_ptr<RedisLedger> ledger;
	opener.take = [&](const ConnectResult &result, Fd fd) {
		ledger->connection(result, std::move(fd));
	};
	SmtpConfig config = make_config();
	config.store = of_store(StoreKind::redis, 0).store;
	config.store.prefix = "test:";
	RedisBounds bounds;
	bounds.reply_time = std::chrono::milliseconds(700);
	bounds.pause_min = std::chrono::milliseconds(50);
	ledger = std::make_unique<RedisLedger>(loop, opener, config, bounds);
	LongestTurn turn;
	unsigned int number = 0;
	auto fill = [&] {
		while (ledger->entries_kept() == 0 && number < many) {
			turn.time([&] {
				for (int i = 0; i < 300; i++)
					ledger->put(
					    "a", small(++number), nullptr);
				ledger->commit();
			});
		}
	};
	bool works = false;
	ledger->put("a", small(++number), [&](bool stored) { works = stored; });
	ledger->commit();
	runner.until([&] { return (works); });

	server.hang(true);
	fill();
	turn.begin();
	runner.until([&] {
		turn.lap();
		return (ledger->entries_kept() != 0);
	});
	CHECK(ledger->entries_kept() == 10000);
	CHECK(ledger->entries_lost() > 0);
	server.hang(false);
	turn.begin();
	runner.until([&] {
		turn.lap();
		return (ledger->entries_kept() == 0);
	}, std::chrono::seconds(20));
	CAPTURE(turn.milliseconds());
	CHECK(turn.milliseconds() < LongestTurn::bound());
}
