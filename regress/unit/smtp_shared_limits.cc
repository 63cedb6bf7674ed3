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

/* The limits that all relays share, in a real Redis or Valkey. */

#include <hiredis/hiredis.h>

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "catch.h"
#include "redis_server.h"
#include "shared_limits.h"
#include "skip.h"
#include "smtp_world.h"

using namespace fixture;
using Kind = LimitAnswer::Kind;
using std::chrono::milliseconds;

namespace {

const char *const no_server = "limits in Redis: no redis-server here";
constexpr std::uint64_t second = 1000000000, day = 86400 * second;
constexpr RateLimit none{};

IpAddress
address(unsigned int number)
{
	char text[32];

	snprintf(text, sizeof(text), "10.%u.%u.%u", number >> 16 & 255,
	    number >> 8 & 255, number & 255);
	return (*IpAddress::parse(text));
}

class Place {
public:
	RedisServer server;
	EventLoop loop;
	Runner runner{loop, Runner::World::beside_others};
	Wire wire{server};

	/* "GET x", as text; an array's elements in lines. */
	std::string redis(const std::string &command)
	{
		redisContext *context = redisConnectUnix(server.path().c_str());
		REQUIRE(context->err == 0);
		auto *reply = static_cast<redisReply *>(
		    redisCommand(context, command.c_str()));
		REQUIRE(reply != nullptr);
		std::string text;
		if (reply->type == REDIS_REPLY_INTEGER)
			text = std::to_string(reply->integer);
		else if (reply->str != nullptr)
			text.assign(reply->str, reply->len);
		for (std::size_t i = 0; i < reply->elements; i++)
			if (reply->element[i]->str != nullptr)
				text += std::string(reply->element[i]->str,
					    reply->element[i]->len) + "\n";
		freeReplyObject(reply);
		redisFree(context);
		return (text);
	}
};

/* A relayd-smtp, as far as limits go. */
class Relay final : public RedisWatcher {
public:
	explicit Relay(Place &place, std::uint64_t sets = 100,
	    SharedLimitBounds bounds = {})
	    : runner(place.runner), opener(place.loop, [&](std::uint32_t) {
		      return (place.wire.connect());
	      })
	{
		RedisBounds client_bounds;

		log_configure({true, 0, false, LogLevel::error});
		config.store.kind = StoreKind::redis;
		config.store.prefix = "test:";
		client_bounds.reply_time = reply_time;
		client_bounds.pause_min = client_bounds.pause_max = pause;
		opener.take = [this](const ConnectResult &result, Fd fd) {
			client->connection(result, std::move(fd));
		};
		client = std::make_unique<RedisClient>(
		    place.loop, opener, *this, config.store, client_bounds);
		limits = std::make_unique<SharedLimits>(
		    *client, config.store.prefix, sets, bounds);
		key.name = "billing";
	}

	void redis_works() override
	{
		works++;
	}
	void redis_fails(const std::string &) override
	{
	}

	/* Its answer is in answers, by id. */
	std::uint64_t ask(const IpAddress &client_address, bool with_key = true)
	{
		LimitQuestion question;

		question.id = ++last_id;
		question.client = client_address;
		limits->take(question, config, with_key ? &key : nullptr,
		    [this](const LimitAnswer &answer) {
			    answers[answer.id] = answer;
		    });
		return (last_id);
	}
	LimitAnswer take(
	    const IpAddress &client_address = address(1), bool with_key = true)
	{
		std::uint64_t id = ask(client_address, with_key);

		runner.until([&] { return (answers.count(id) != 0); });
		return (answers[id]);
	}
	/* Takes what there is until there is something again. */
	LimitAnswer take_when_there_is(
	    const IpAddress &client_address = address(1), bool with_key = true)
	{
		LimitAnswer answer;

		runner.until([&] {
			answer = take(client_address, with_key);
			return (answer.kind == Kind::allowed);
		});
		return (answer);
	}
	std::size_t count(Kind kind) const
	{
		std::size_t n = 0;

		for (const auto &[id, answer] : answers)
			n += answer.kind == kind;
		return (n);
	}

	static constexpr milliseconds reply_time{2000}, pause{1000};

	Runner &runner;
	Opener opener;
	SmtpConfig config;
	SmtpKey key;
	std::unique_ptr<RedisClient> client;
	std::unique_ptr<SharedLimits> limits;
	std::map<std::uint64_t, LimitAnswer> answers;
	std::uint64_t last_id = 0;
	unsigned int works = 0;
};

} /* namespace */

TEST_CASE("two relays take exactly what is in each bucket")
{
	if (RedisServer::program().empty())
		return (skip(no_server));
	Place place;
	Relay one(place);
	Relay other(place);
	const RateLimit slow{1, day, 50};
	LimitBucket dry = LimitBucket::address;

	SECTION("address")
	{
		one.config.address_limit = other.config.address_limit = slow;
	}
	SECTION("key")
	{
		one.key.limit = other.key.limit = slow;
		dry = LimitBucket::key;
	}
	SECTION("global")
	{
		one.config.global_limit = other.config.global_limit = slow;
		dry = LimitBucket::global;
	}
	/* All at once, so that the questions of a turn go out together. */
	for (int i = 0; i < 200; i++) {
		one.ask(address(1));
		other.ask(address(1));
	}
	place.runner.until([&] {
		return (one.answers.size() + other.answers.size() == 400);
	});
	CHECK(one.count(Kind::allowed) + other.count(Kind::allowed) == 50);
	CHECK(one.count(Kind::dry) + other.count(Kind::dry) == 350);
	LimitAnswer refused = one.take();
	CHECK(refused.bucket == dry);
	CHECK_FALSE(refused.decision.allowed);
	CHECK(refused.decision.next_unit_ns > 23 * day / 24);
	CHECK(refused.decision.next_unit_ns <= day);
	/* What is kept lasts until the bucket is full, and no longer. */
	std::string name = place.redis("KEYS *");
	name.resize(name.find('\n'));
	long long life = std::stoll(place.redis("PTTL " + name));
	CHECK(life > 49LL * 86400000);
	CHECK(life <= 50LL * 86400000 + 1);
}

TEST_CASE("the key's bucket is told: what is left, and when there is more")
{
	if (RedisServer::program().empty())
		return (skip(no_server));
	Place place;
	Relay relay(place);

	relay.key.limit = {1, day, 3};
	relay.config.global_limit = {1, second, 1000};
	relay.config.address_limit = {7, second, 1000};
	for (std::uint64_t left : {2, 1, 0}) {
		LimitAnswer answer = relay.take();
		REQUIRE(answer.kind == Kind::allowed);
		CHECK(answer.decision.remaining == left);
		CHECK(answer.decision.next_unit_ns <= day);
		CHECK(answer.decision.next_unit_ns > 23 * day / 24);
	}
	CHECK(relay.take().kind == Kind::dry);
	/* A faster limit fills the same bucket faster. */
	relay.key.limit = {1000, second, 3};
	CHECK(relay.take().kind == Kind::dry);
	relay.take_when_there_is();
	/* Neither limit: nothing is asked. */
	relay.key.limit = relay.config.global_limit = none;
	relay.config.address_limit = none;
	std::uint64_t id = relay.ask(address(1));
	CHECK(relay.answers[id].kind == Kind::allowed);
}

TEST_CASE("units come back with the server's time, to the nanosecond")
{
	if (RedisServer::program().empty())
		return (skip(no_server));
	Place place;
	Relay relay(place);

	/* 514,285,714,285.7 ns each: the fraction alone is left out. */
	relay.key.limit = {7, 3600 * second, 1000};
	for (const char *left : {":285", ":570", ":855", ":140"}) {
		relay.take();
		std::string arrival = place.redis("GET test:l:k:billing");
		CHECK(arrival.substr(arrival.find(':')) == left);
	}
	/* What is beyond a new limit's burst does not stand in its way. */
	relay.key.limit = {20, second, 1};
	CHECK(relay.take().kind == Kind::dry);
	relay.take_when_there_is();
}

TEST_CASE("a hundred years fit, and an arrival time that cannot be does not")
{
	if (RedisServer::program().empty())
		return (skip(no_server));
	Place place;
	Relay relay(place);

	relay.key.limit = {1, 86400 * second, 36525};
	LimitAnswer answer = relay.take();
	REQUIRE(answer.kind == Kind::allowed);
	CHECK(answer.decision.remaining == 36524);
	CHECK(answer.decision.next_unit_ns == 86400 * second);
	place.redis("SET test:l:k:billing 8000000000000000:0");
	answer = relay.take();
	CHECK(answer.kind == Kind::dry);
	CHECK(answer.decision.next_unit_ns == 86400 * second);
	/* What is none counts as a full bucket. */
	for (const char *value : {"nonsense", "1:2:3", "-5:1", "0x10:1"}) {
		place.redis(std::string("SET test:l:k:billing ") + value);
		CHECK(relay.take().decision.remaining == 36524);
	}
}

TEST_CASE("buckets are asked in order, and a unit is not given back")
{
	if (RedisServer::program().empty())
		return (skip(no_server));
	Place place;
	Relay relay(place);

	relay.config.address_limit = {1, 3600 * second, 4};
	relay.key.limit = {1, 3600 * second, 3};
	relay.config.global_limit = {1, 3600 * second, 2};
	const Kind kinds[] = {Kind::allowed, Kind::allowed, Kind::dry,
	    Kind::dry, Kind::dry};
	const LimitBucket last[] = {LimitBucket::key, LimitBucket::key,
	    LimitBucket::global, LimitBucket::key, LimitBucket::address};
	for (std::size_t i = 0; i < 5; i++) {
		LimitAnswer answer = relay.take();
		INFO(i);
		CHECK(answer.kind == kinds[i]);
		CHECK(answer.bucket == last[i]);
	}
	/* Without a key the address alone is asked. */
	CHECK(relay.take(address(2), false).kind == Kind::allowed);
	relay.key.name = "other";
	CHECK(relay.take(address(3)).bucket == LimitBucket::global);
	/* Of the same /64. */
	auto v6 = [](const char *text) { return (*IpAddress::parse(text)); };
	for (int i = 0; i < 4; i++)
		CHECK(relay.take(v6("2001:db8::1"), false).kind ==
		    Kind::allowed);
	CHECK(relay.take(v6("2001:db8::ffff:2"), false).kind == Kind::dry);
	CHECK(relay.take(v6("2001:db8:0:1::1"), false).kind == Kind::allowed);
}

TEST_CASE("many addresses neither evict the busy nor fill the server")
{
	if (RedisServer::program().empty())
		return (skip(no_server));
	Place place;
	Relay relay(place, 10);

	relay.config.address_limit = {1, 86400 * second, 3};
	for (unsigned int i = 0; i < 10; i++)
		REQUIRE(relay.take(address(i), false).kind == Kind::allowed);
	for (unsigned int i = 100; i < 9100; i++)
		relay.ask(address(i), false);
	place.runner.until([&] { return (relay.answers.size() == 9010); });
	/* One for each of the slots that were left; three for the rest. */
	CHECK(relay.count(Kind::allowed) <= 80 + 3);
	CHECK(relay.count(Kind::allowed) >= 60);
	CHECK(relay.count(Kind::unavailable) == 0);
	for (unsigned int i = 0; i < 10; i++) {
		CHECK(relay.take(address(i), false).kind == Kind::allowed);
		CHECK(relay.take(address(i), false).kind == Kind::allowed);
		CHECK(relay.take(address(i), false).kind == Kind::dry);
	}
	/* Ten sets, the crowd and the seed; nothing that names an address. */
	CHECK(place.redis("KEYS *") == "test:l:a:10\n");
	CHECK(place.redis("HLEN test:l:a:10") == "12");
	std::string table = place.redis("HGETALL test:l:a:10");
	CHECK(table.size() < 80 * 60);
	CHECK(table.find("10.0") == std::string::npos);
	CHECK(std::stol(place.redis("PTTL test:l:a:10")) > 86400000);

	/* When their units are back, slots are free for others. */
	relay.config.address_limit = {1000, second, 1};
	relay.take_when_there_is(address(50000), false);
	CHECK(place.redis("HGETALL test:l:a:10").size() < table.size());
}

TEST_CASE("where an address has its slot cannot be known from outside")
{
	if (RedisServer::program().empty())
		return (skip(no_server));
	Place place;
	Relay relay(place);
	std::string before;

	relay.config.address_limit = {1, 86400 * second, 3};
	relay.take(address(1), false);
	before = place.redis("HKEYS test:l:a:100");
	place.redis("FLUSHALL");
	/* A relay that starts brings another seed, if there is none. */
	Relay other(place);
	other.config.address_limit = relay.config.address_limit;
	CHECK(other.take(address(1), false).kind == Kind::allowed);
	std::string tables[2];
	tables[0] = place.redis("HGET test:l:a:100 seed");
	CHECK(relay.take(address(1), false).kind == Kind::allowed);
	CHECK(other.take(address(1), false).kind == Kind::allowed);
	CHECK(relay.take(address(1), false).kind == Kind::dry);
	tables[1] = place.redis("HGET test:l:a:100 seed");
	CHECK(tables[0] == tables[1]);
	CHECK(tables[0].size() == 32);
}

TEST_CASE("a server that hangs is waited for once, and comes back by itself")
{
	if (RedisServer::program().empty())
		return (skip(no_server));
	Place place;
	SharedLimitBounds bounds;
	bounds.answer_time = milliseconds(100);
	Relay relay(place, 100, bounds);

	relay.key.limit = {1, day, 50};
	REQUIRE(relay.take().kind == Kind::allowed);
	place.wire.hang(true);
	for (int i = 0; i < 10; i++)
		relay.ask(address(1));
	place.runner.run_for(bounds.answer_time - std::chrono::nanoseconds(1));
	CHECK(relay.answers.size() == 1);
	place.runner.run_for(std::chrono::nanoseconds(1));
	CHECK(relay.count(Kind::unavailable) == 10);
	/* The next ones do not wait at all. */
	for (int i = 0; i < 1000; i++) {
		std::uint64_t id = relay.ask(address(1));
		REQUIRE(relay.answers.count(id) == 1);
		REQUIRE(relay.answers[id].kind == Kind::unavailable);
	}
	CHECK(relay.limits->unavailable() == 1010);
	place.wire.hang(false);
	place.runner.until(
	    [&] { return (relay.take().kind == Kind::allowed); });
	/* What it answered late was taken. */
	CHECK(relay.take().decision.remaining == 50 - 1 - 10 - 2);
}

TEST_CASE("a server that goes and comes")
{
	if (RedisServer::program().empty())
		return (skip(no_server));
	Place place;
	Relay relay(place);

	relay.key.limit = {1, 3600 * second, 5};
	REQUIRE(relay.take().kind == Kind::allowed);
	place.server.stop();
	CHECK(relay.take().kind == Kind::unavailable);
	CHECK(relay.take().kind == Kind::unavailable);
	place.server.start();
	place.runner.run_for(Relay::pause - milliseconds(1));
	CHECK(relay.opener.asked == 1);
	unsigned int worked = relay.works;
	place.runner.run_for(milliseconds(1));
	place.runner.until([&] { return (relay.works > worked); });
	/* It had forgotten all, the script too. */
	LimitAnswer answer = relay.take();
	CHECK(answer.kind == Kind::allowed);
	CHECK(answer.decision.remaining == 4);
	place.redis("SCRIPT FLUSH");
	CHECK(relay.take().decision.remaining == 3);
	/* What is no bucket is the server's error, not ours. */
	place.redis("DEL test:l:k:billing");
	place.redis("HSET test:l:k:billing a b");
	CHECK(relay.take().kind == Kind::unavailable);
	place.redis("DEL test:l:k:billing");
	CHECK(relay.take().kind == Kind::allowed);
}

TEST_CASE("no more questions wait than are allowed to")
{
	if (RedisServer::program().empty())
		return (skip(no_server));
	Place place;
	SharedLimitBounds bounds;
	bounds.questions = 5;
	Relay relay(place, 100, bounds);

	relay.key.limit = {1, 3600 * second, 50};
	for (int i = 0; i < 8; i++)
		relay.ask(address(1));
	CHECK(relay.answers.size() == 3);
	CHECK(relay.count(Kind::unavailable) == 3);
	place.runner.until([&] { return (relay.answers.size() == 8); });
	CHECK(relay.count(Kind::allowed) == 5);
}

namespace {

/* What relayd-smtp answers to a relayd-http. */
LimitAnswer
ask(World &world, Web &peer, std::optional<KeyProof> proof)
{
	std::uint64_t id = ++world.last_id;

	peer.send(MessageType::take, write_take({id, address(1), proof}));
	world.runner.until([&] { return (peer.taken.count(id) != 0); });
	return (peer.taken[id]);
}

} /* namespace */

TEST_CASE("without a shared store each relay has its own buckets")
{
	World world;
	world.config.limit_shared = true; /* no configuration says so */
	world.commit();
	Web &peer = world.add_peer();

	CHECK(ask(world, peer, proof_of("secret of billing")).kind ==
	    Kind::unavailable);
	CHECK(ask(world, peer, std::nullopt).kind == Kind::unavailable);
	peer.send(MessageType::take, "x");
	world.runner.until([&] { return (peer.closed); });
}

TEST_CASE("relayd-smtp finds key and limits by itself")
{
	if (RedisServer::program().empty())
		return (skip(no_server));
	RedisServer server;
	World world(Runner::World::beside_others);
	world.servers.store = [&] { return (connect_to(server.path())); };
	world.config.store.kind = StoreKind::redis;
	world.config.store.prefix = "test:";
	world.config.keys[0].limit = {1, 3600 * second, 2};
	world.config.address_limit = {1, 3600 * second, 4};
	world.commit();
	Web &peer = world.add_peer();
	KeyProof proof = proof_of("secret of billing");

	/* Not shared, not counted. */
	CHECK(ask(world, peer, proof).kind == Kind::unavailable);
	world.config.limit_shared = true;
	world.commit();
	CHECK(ask(world, peer, proof).kind == Kind::allowed);
	/* A key that nobody has is nobody's to count. */
	CHECK(ask(world, peer, proof_of("guess")).kind == Kind::unavailable);
	CHECK(ask(world, peer, proof).decision.remaining == 0);
	LimitAnswer dry = ask(world, peer, proof);
	CHECK(dry.kind == Kind::dry);
	CHECK(dry.bucket == LimitBucket::key);
	CHECK(ask(world, peer, std::nullopt).kind == Kind::allowed);
	CHECK(ask(world, peer, std::nullopt).bucket == LimitBucket::address);
	/* Its own count stays as it is: what was not asked for is sent. */
	CHECK(world.send(peer).outcome == Outcome::accepted);
	world.config.limit_shared = false;
	world.commit();
	CHECK(ask(world, peer, proof).kind == Kind::unavailable);
}
