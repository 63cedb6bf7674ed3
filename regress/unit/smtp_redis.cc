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

namespace {

const char *const no_server = "the ledger in Redis: no redis-server here";

/* A relay whose processes have the ledger, one after the other. */
class RedisSubject final : public Subject {
public:
	explicit RedisSubject(RedisServer &redis, std::uint64_t daemon = 1)
	    : server(redis),
	      opener(loop, [this](std::uint32_t) {
		      return (connect_to(server.path()));
	      }),
	      runner(loop)
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
		redis_ledger.reset();
		redis_ledger = std::make_unique<RedisLedger>(
		    loop, opener, config, bounds);
	}
	/* What is no longer in flight after that many milliseconds. */
	void lease(int milliseconds)
	{
		config.relays[0].timeout_submission =
		    std::chrono::milliseconds(milliseconds - 60000);
		redis_ledger->configure(config);
	}

	RedisServer &server;
	EventLoop loop;
	Opener opener;
	Runner runner;
	SmtpConfig config;
	RedisBounds bounds;
	std::unique_ptr<RedisLedger> redis_ledger;
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

} /* namespace */

TEST_CASE("the ledger in Redis conforms")
{
	if (RedisServer::program().empty())
		return (skip(no_server));
	RedisServer server;
	RedisSubject subject(server);

	ledger_conforms(subject);
	/* Nothing stays for ever, and nothing is outside of the prefix. */
	Observer observer(server);
	CHECK(observer.number("DBSIZE") > 10);
	for (const std::string &name : observer.names()) {
		CHECK(name.starts_with("test:"));
		CHECK(observer.number(("PTTL " + name).c_str()) > 0);
		CHECK(observer.number(("PTTL " + name).c_str()) <= hour_ms);
	}
}
