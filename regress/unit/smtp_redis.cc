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

/* The ledger in a real Redis or Valkey. */

#include <hiredis/hiredis.h>

#include "catch.h"
#include "ledger_conformance.h"
#include "redis_ledger.h"
#include "redis_server.h"
#include "skip.h"

using namespace conformance;
using namespace fixture;
using std::chrono::milliseconds;

namespace {

const char *const no_server = "the ledger in Redis: no redis-server here";

/* A server, and the loop that all relays of a test have. */
struct Place {
	RedisServer server;
	EventLoop loop;
	Runner runner{loop, Runner::World::beside_others};
	Wire wire{server};
};

/* A client of its own, to look from outside. */
class Observer {
public:
	explicit Observer(const RedisServer &server)
	    : context(redisConnectUnix(server.path().c_str()))
	{
		REQUIRE(context != nullptr);
		REQUIRE(context->err == 0);
	}
	~Observer()
	{
		redisFree(context);
	}

	/* Of an integer, or of how many strings. */
	long long number(const char *command)
	{
		auto *reply = static_cast<redisReply *>(
		    redisCommand(context, command));
		REQUIRE(reply != nullptr);
		long long value = reply->type == REDIS_REPLY_INTEGER
		    ? reply->integer
		    : static_cast<long long>(reply->elements);
		freeReplyObject(reply);
		return (value);
	}
	/* Whatever is kept for a time, or until one, is so much older. */
	void pass(milliseconds time)
	{
		static const char script[] =
		    "for _, key in ipairs(redis.call('KEYS', '*')) do\n"
		    " if redis.call('TYPE', key).ok == 'hash' then\n"
		    "  redis.call('HINCRBY', key, 'lease', -ARGV[1])\n"
		    " end\n"
		    " local left = redis.call('PTTL', key) - ARGV[1]\n"
		    " redis.call('PEXPIRE', key, string.format('%.0f', left))\n"
		    "end\n"
		    "return 1\n";
		std::string ms = std::to_string(time.count());
		auto *reply = static_cast<redisReply *>(redisCommand(
		    context, "EVAL %s 0 %s", script, ms.c_str()));

		REQUIRE(reply != nullptr);
		CHECK(reply->type == REDIS_REPLY_INTEGER);
		freeReplyObject(reply);
	}
	std::vector<std::string> names()
	{
		std::vector<std::string> list;
		auto *reply = static_cast<redisReply *>(
		    redisCommand(context, "KEYS *"));
		REQUIRE(reply != nullptr);
		for (std::size_t i = 0; i < reply->elements; i++)
			list.push_back(reply->element[i]->str);
		freeReplyObject(reply);
		return (list);
	}

private:
	redisContext *context;
};
/* A relay whose processes have the ledger, one after the other. */
class RedisSubject final : public Subject {
public:
	explicit RedisSubject(Place &its_place, std::uint64_t daemon = 1)
	    : place(its_place), runner(place.runner),
	      opener(place.loop, [this](std::uint32_t) {
		      return (place.wire.connect());
	      })
	{
		log_configure({true, 0, false, LogLevel::error});
		config = make_config();
		config.store.kind = StoreKind::redis;
		config.store.prefix = "test:";
		config.daemon = daemon;
		config.instance = 9;
		opener.take = [this](const ConnectResult &result, Fd fd) {
			redis_ledger->connection(result, std::move(fd));
		};
		restart();
	}

	Ledger &ledger() override
	{
		return (*redis_ledger);
	}
	void settle(const std::function<bool()> &done) override
	{
		redis_ledger->commit();
		runner.until(done);
	}
	bool lasts() const override
	{
		return (true);
	}
	void restart() override
	{
		config.instance++;
		if (!is_draining)
			config.first_alive = config.instance;
		redis_ledger.reset();
		redis_ledger = std::make_unique<RedisLedger>(
		    place.loop, opener, config, bounds);
	}
	/* Here, and in what the server keeps. */
	void pass(milliseconds time) override
	{
		runner.run_for(time);
		Observer(place.server).pass(time);
	}
	/* Until a process that died is held to be at work. */
	milliseconds lease() const
	{
		return (config.relays[0].timeout_submission +
		    bounds.lease_margin);
	}

	Place &place;
	Runner &runner;
	Opener opener;
	SmtpConfig config;
	RedisBounds bounds;
	/* The one before lives on when another is begun. */
	bool is_draining = false;
	std::unique_ptr<RedisLedger> redis_ledger;
};

} /* namespace */

TEST_CASE("the ledger in Redis conforms")
{
	if (RedisServer::program().empty())
		return (skip(no_server));
	Place place;
	RedisSubject subject(place);

	ledger_conforms(subject);
	/* Nothing stays for ever, and nothing is outside of the prefix. */
	Observer observer(place.server);
	CHECK(observer.number("DBSIZE") > 10);
	for (const std::string &name : observer.names()) {
		CHECK(name.starts_with("test:"));
		CHECK(observer.number(("PTTL " + name).c_str()) > 0);
		CHECK(observer.number(("PTTL " + name).c_str()) <= hour_ms);
	}
}

/*
 * Leases, and what other relays do
 */

TEST_CASE("what another relay left behind is settled when its lease is over")
{
	using Claim = Ledger::Claim;

	if (RedisServer::program().empty())
		return (skip(no_server));
	Place place;
	RedisSubject theirs(place, 2), ours(place, 1);
	Tester other(theirs), own(ours);
	LedgerEntry late = keyed(1, "k1", "text");
	LedgerEntry started = keyed(2, "k2", "text");
	LedgerEntry unkeyed = entry(3);

	CHECK(other.claim("a", late) == Claim::taken);
	CHECK(other.claim("a", started) == Claim::taken);
	started.status = LedgerStatus::smtp_submission_started;
	other.put("a", started);
	CHECK(other.was_stored);
	unkeyed.status = LedgerStatus::smtp_submission_started;
	other.put("a", unkeyed);
	/* It is alive as far as we know. */
	ours.pass(theirs.lease() / 2);
	CHECK(own.claim("a", keyed(11, "k1", "text")) == Claim::in_progress);
	CHECK(own.claim("a", keyed(12, "k2", "text")) == Claim::in_progress);
	ours.pass(theirs.lease() / 2);
	CHECK(own.find("a", 3)->status ==
	    LedgerStatus::smtp_submission_started);
	ours.pass(milliseconds(1));

	/* Not sent: free, for any content. */
	CHECK(own.claim("a", keyed(13, "k1", "new")) == Claim::taken);
	/* Perhaps sent: unknown, for good. */
	CHECK(own.claim("a", keyed(14, "k2", "new")) == Claim::other_content);
	CHECK(own.claim("a", keyed(15, "k2", "text")) == Claim::settled);
	CHECK(own.holder.status == LedgerStatus::smtp_outcome_unknown);
	CHECK(own.find("a", 2)->status == LedgerStatus::smtp_outcome_unknown);
	CHECK(own.find("a", 3)->status == LedgerStatus::smtp_outcome_unknown);

	/* It was only slow: it must not send what is ours now. */
	late.status = LedgerStatus::smtp_submission_started;
	other.put("a", late);
	CHECK_FALSE(other.was_stored);
	other.put("a", started);
	CHECK_FALSE(other.was_stored);
	/* What became of it after all is believed. */
	other.put("a", settled(started, LedgerStatus::smtp_accepted, ""));
	CHECK(other.was_stored);
	CHECK(own.claim("a", keyed(16, "k2", "text")) == Claim::settled);
	CHECK(own.holder.status == LedgerStatus::smtp_accepted);
	/* And it lets go of nothing that is another's. */
	late.status = LedgerStatus::rejected;
	other.put("a", late);
	CHECK(own.claim("a", keyed(17, "k1", "new")) == Claim::in_progress);
}

TEST_CASE("what a process that drains has in hand is not abandoned")
{
	using Claim = Ledger::Claim;

	if (RedisServer::program().empty())
		return (skip(no_server));
	Place place;
	RedisSubject subject(place);
	Tester test(subject);
	LedgerEntry started = keyed(2, "k2", "text");

	CHECK(test.claim("a", keyed(1, "k1", "text")) == Claim::taken);
	CHECK(test.claim("a", started) == Claim::taken);
	started.status = LedgerStatus::smtp_submission_started;
	test.put("a", started);

	subject.is_draining = true;
	subject.restart();
	CHECK(test.claim("a", keyed(11, "k1", "text")) == Claim::in_progress);
	CHECK(test.claim("a", keyed(12, "k2", "text")) == Claim::in_progress);
	CHECK(test.find("a", 2)->status ==
	    LedgerStatus::smtp_submission_started);
	/* It has ended, and the next configuration says so. */
	subject.is_draining = false;
	subject.restart();
	CHECK(test.claim("a", keyed(13, "k1", "text")) == Claim::taken);
	CHECK(test.claim("a", keyed(14, "k2", "text")) == Claim::settled);
	CHECK(test.holder.status == LedgerStatus::smtp_outcome_unknown);
}

TEST_CASE("a lease is renewed when the message goes out")
{
	using Claim = Ledger::Claim;

	if (RedisServer::program().empty())
		return (skip(no_server));
	Place place;
	RedisSubject theirs(place, 2), ours(place, 1);
	Tester other(theirs), own(ours);
	LedgerEntry first = keyed(1, "k", "text");

	CHECK(other.claim("a", first) == Claim::taken);
	ours.pass(theirs.lease() / 2);
	first.status = LedgerStatus::smtp_submission_started;
	other.put("a", first);
	ours.pass(theirs.lease() * 3 / 4);
	CHECK(own.claim("a", keyed(2, "k", "text")) == Claim::in_progress);
	/* It is as long as the configuration has it then. */
	theirs.config.relays[0].timeout_submission = std::chrono::minutes(10);
	theirs.ledger().configure(theirs.config);
	other.put("a", first);
	ours.pass(theirs.lease() / 2);
	CHECK(own.claim("a", keyed(3, "k", "text")) == Claim::in_progress);
	ours.pass(theirs.lease() / 2);
	CHECK(own.claim("a", keyed(4, "k", "text")) == Claim::settled);
	CHECK(own.holder.status == LedgerStatus::smtp_outcome_unknown);
}

TEST_CASE("of two relays that ask at once one gets the key")
{
	if (RedisServer::program().empty())
		return (skip(no_server));
	Place place;
	RedisSubject one(place, 1), two(place, 2);
	int taken = 0, busy = 0;
	constexpr int pairs = 1000;

	for (unsigned int i = 0; i < pairs; i++)
		for (RedisSubject *subject : {&one, &two})
			subject->ledger().claim("a",
			    keyed(2 * i + (subject == &two), std::to_string(i),
				"x"),
			    [&](Ledger::Claim claim, const LedgerEntry &) {
				    taken += claim == Ledger::Claim::taken;
				    busy +=
					claim == Ledger::Claim::in_progress;
			    });
	place.runner.until([&] { return (taken + busy == 2 * pairs); });
	CHECK(taken == pairs);
	CHECK(busy == pairs);
}

TEST_CASE("scripts that the server threw away are brought again")
{
	if (RedisServer::program().empty())
		return (skip(no_server));
	Place place;
	RedisSubject subject(place);
	Tester test(subject);
	Observer observer(place.server);

	for (unsigned int i = 0; i < 3; i++) {
		LedgerEntry made = keyed(10 + i, std::to_string(i), "x");
		CHECK(test.claim("a", made) == Ledger::Claim::taken);
		made.status = LedgerStatus::smtp_submission_started;
		observer.number("SCRIPT FLUSH");
		test.put("a", made);
		CHECK(test.was_stored);
		observer.number("SCRIPT FLUSH");
	}
}

TEST_CASE("an id is not taken by another entry, and no nonsense is believed")
{
	if (RedisServer::program().empty())
		return (skip(no_server));
	Place place;
	RedisSubject subject(place);
	Tester test(subject);
	Observer observer(place.server);
	LedgerEntry note = entry(1, LedgerStatus::rejected);

	test.put("a", entry(1));
	note.message_id.clear(); /* as relayd-http has them */
	test.put("a", note);
	CHECK_FALSE(test.was_stored);
	CHECK(test.claim("a", keyed(1, "k", "x")) ==
	    Ledger::Claim::unavailable);
	CHECK(test.find("a", 1)->status == LedgerStatus::received);

	LedgerEntry odd = entry(3);
	odd.updated_ms = INT64_MAX;
	test.put("a", odd);
	CHECK_FALSE(test.find("a", 3));

	std::string name = "test:s:a:" +
	    std::string(fixture::request_id(2).text());
	for (const char *value : {"x", "", "\x01", "\x09nonsense"}) {
		redisContext *context =
		    redisConnectUnix(place.server.path().c_str());
		freeReplyObject(redisCommand(
		    context, "SET %s %s", name.c_str(), value));
		redisFree(context);
		CHECK_FALSE(test.find("a", 2));
	}
}

TEST_CASE("without its server the ledger fails at once, and comes back")
{
	if (RedisServer::program().empty())
		return (skip(no_server));
	Place place;
	RedisSubject subject(place);
	Tester test(subject);
	unsigned int failures = 0;
	auto failing = [&](const std::function<void()> &ask) {
		unsigned int before = failures;
		ask();
		return (failures > before);
	};
	auto look_up = [&] {
		subject.ledger().look_up("a", fixture::request_id(1),
		    [&](LedgerAnswer::Kind kind, const LedgerEntry &) {
			    failures +=
				kind == LedgerAnswer::Kind::unavailable;
		    });
	};

	test.put("a", entry(1));
	CHECK(test.was_stored);
	place.server.stop();
	subject.runner.until([&] { return (failing(look_up)); });
	test.put("a", entry(2));
	CHECK_FALSE(test.was_stored);
	CHECK(subject.redis_ledger->entries_kept() == 1);
	LedgerEntry note = entry(2, LedgerStatus::rejected);
	note.message_id.clear(); /* another one of that id */
	test.put("a", note);
	CHECK(test.claim("a", keyed(3, "k", "x")) ==
	    Ledger::Claim::unavailable);
	place.server.start();
	subject.runner.run_for(subject.bounds.pause_min - milliseconds(1));
	CHECK(failing(look_up));
	subject.runner.run_for(milliseconds(1));
	subject.runner.until([&] { return (!failing(look_up)); });
	test.put("a", entry(4));
	CHECK(test.was_stored);
	/* What came meanwhile is stored after all, and once. */
	subject.runner.until(
	    [&] { return (subject.redis_ledger->entries_kept() == 0); });
	CHECK(test.find("a", 2)->status == LedgerStatus::received);
	CHECK(subject.redis_ledger->entries_lost() == 0);
}

TEST_CASE("what became of it while its server hung is stored afterwards")
{
	using Claim = Ledger::Claim;

	if (RedisServer::program().empty())
		return (skip(no_server));
	Place place;
	RedisSubject subject(place);
	Tester test(subject);
	LedgerEntry sent = keyed(1, "k1", "x");
	LedgerEntry unkeyed = entry(2);
	int doubtful = 0;

	CHECK(test.claim("a", sent) == Claim::taken);
	sent.status = LedgerStatus::smtp_submission_started;
	test.put("a", sent);
	test.put("a", unkeyed);
	CHECK(test.was_stored);

	place.wire.hang(true);
	/* The first state's reply is lost, the next one is not even sent. */
	sent = settled(sent, LedgerStatus::smtp_outcome_unknown, "");
	subject.ledger().put("a", sent);
	LedgerEntry refused = keyed(3, "k3", "x");
	subject.ledger().claim("a", refused,
	    [&](Claim claim, const LedgerEntry &) {
		    doubtful += claim == Claim::unavailable;
	    });
	subject.ledger().commit();
	subject.runner.run_for(subject.bounds.reply_time - milliseconds(1));
	CHECK(doubtful == 0);
	subject.runner.run_for(milliseconds(1));
	CHECK(doubtful == 1);
	sent = settled(sent, LedgerStatus::smtp_accepted, "");
	test.put("a", sent);
	CHECK_FALSE(test.was_stored);
	test.put("a", settled(unkeyed, LedgerStatus::smtp_accepted, ""));
	CHECK_FALSE(test.was_stored);
	refused.idempotency.reset();
	refused.status = LedgerStatus::rejected;
	refused.code = "status_store_unavailable";
	test.put("a", refused); /* without its key, as the engine does it */
	CHECK(subject.redis_ledger->entries_kept() == 3);

	place.wire.hang(false);
	subject.runner.run_for(subject.bounds.pause_min);
	subject.runner.until(
	    [&] { return (subject.redis_ledger->entries_kept() == 0); });
	CHECK(test.find("a", 1)->status == LedgerStatus::smtp_accepted);
	CHECK(test.find("a", 2)->status == LedgerStatus::smtp_accepted);
	CHECK(test.find("a", 3)->code == "status_store_unavailable");
	CHECK(test.claim("a", keyed(11, "k1", "x")) == Claim::settled);
	CHECK(test.holder.status == LedgerStatus::smtp_accepted);
	CHECK(test.claim("a", keyed(13, "k3", "y")) == Claim::taken);
}

TEST_CASE("a server that takes nothing is one that fails, until it does")
{
	if (RedisServer::program().empty())
		return (skip(no_server));
	Place place;
	RedisSubject subject(place);
	Tester test(subject);
	Observer observer(place.server);

	test.put("a", entry(1));
	CHECK(test.was_stored);
	observer.number("CONFIG SET maxmemory 1");
	LedgerEntry unstored = entry(2);
	test.put("a", unstored);
	CHECK_FALSE(test.was_stored);
	test.put("a", settled(unstored, LedgerStatus::smtp_accepted, ""));
	CHECK_FALSE(test.was_stored);
	CHECK(test.claim("a", keyed(3, "k", "x")) ==
	    Ledger::Claim::unavailable);
	CHECK(test.find("a", 1)); /* that it can do */
	CHECK(subject.redis_ledger->entries_kept() == 1);
	observer.number("CONFIG SET maxmemory 0");
	subject.runner.run_for(std::chrono::seconds(1));
	subject.runner.until(
	    [&] { return (subject.redis_ledger->entries_kept() == 0); });
	CHECK(test.find("a", 2)->status == LedgerStatus::smtp_accepted);
}
