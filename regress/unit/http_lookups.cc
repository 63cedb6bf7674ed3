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

/* Look-ups: how many may be in flight, and what ends one. */

#include <deque>

#include "catch.h"
#include "http_server.h"
#include "lookups_in_flight.h"
#include "rate_limit.h"

namespace {

constexpr std::uint64_t second = 1000000000;
constexpr std::uint64_t day = 86400 * second;
constexpr const char *path = "/v1/submissions/req_01ARZ3NDEKTSV4RRFFQ69G5FAV";

std::string
secret_of(std::size_t key)
{
	return (key == 0 ? test_secret :
	    "key-" + std::to_string(key) + "-0123456789abcdef0123456789abcdef");
}

std::string
look_up_request(std::size_t key = 0)
{
	return (get_request(path, "X-API-Key: " + secret_of(key) + "\r\n"));
}

class LookUpServer : public TestServer {
public:
	explicit LookUpServer(std::size_t keys = 1)
	{
		config.max_connections = 1000;
		config.max_connections_per_address = 1000;
		for (std::size_t i = 1; i < keys; i++) {
			HttpKey key = config.keys[0];
			key.name += std::to_string(i);
			key.slot = static_cast<std::uint32_t>(i);
			key.digests = {sha256(sha256(secret_of(i)))};
			config.keys.push_back(key);
		}
		TestServer::start();
		attach_mail();
	}
	/* So many look-ups that relayd-smtp has, and leaves. */
	void look_up(std::size_t count, std::size_t key = 0)
	{
		std::size_t all = asked.size() + count;

		for (std::size_t i = 0; i < count; i++) {
			clients.push_back(connect());
			clients.back().send(look_up_request(key));
		}
		REQUIRE(until([&] { return (take_queries() == all); }));
	}
	/* What one more is answered at once. */
	Client one_more(const std::string &status, std::size_t key = 0)
	{
		Client client = connect();
		client.send(look_up_request(key));
		CHECK(answered(client, status));
		CHECK(client.has("Retry-After: 1\r\n"));
		CHECK_FALSE(client.has("RateLimit"));
		return (client);
	}
	/* A look-up that is found nothing of. */
	void found_none()
	{
		look_up(1);
		answer(asked.back());
		CHECK(answered(clients.back(), "404"));
	}
	void answer(std::uint64_t id)
	{
		LedgerAnswer answer;

		answer.id = id;
		mail->compose_blob(type_of(MessageType::found), id,
		    write_found(answer));
		mail->flush();
	}

	std::deque<Client> clients;
	std::vector<std::uint64_t> asked; /* by their ids */

private:
	std::size_t take_queries()
	{
		std::optional<MessageType> type = mail_message();

		if (type == MessageType::lookup) {
			auto query = read_lookup(mail_data);
			REQUIRE(query);
			asked.push_back(query->id);
		}
		return (asked.size());
	}
};

} /* namespace */

TEST_CASE("a key has 32 look-ups in flight", "[lookups]")
{
	LookUpServer t(2);

	t.look_up(lookups_of_key_max);
	Client refused = t.one_more("429");
	CHECK(refused.has("\"code\":\"rate_limited\""));
	/* Another has its own. */
	t.look_up(lookups_of_key_max, 1);
	t.one_more("429", 1);
	/* An answer makes room for one. */
	t.answer(t.asked[0]);
	CHECK(t.answered(t.clients[0], "404"));
	t.look_up(1);
	t.one_more("429");
	t.one_more("429", 1);
}

TEST_CASE("a process has 256 look-ups in flight", "[lookups]")
{
	std::size_t keys = lookups_max / lookups_of_key_max;
	LookUpServer t(keys + 1);

	for (std::size_t key = 0; key < keys; key++)
		t.look_up(lookups_of_key_max, key);
	Client refused = t.one_more("503", keys);
	CHECK(refused.has("\"code\":\"overloaded\""));
	/* Mail is none of them. */
	Client poster = t.connect();
	poster.send(post_request(good_message, "", secret_of(keys)));
	t.accept(t.take_submission());
	CHECK(t.answered(poster, "202"));
	t.answer(t.asked[0]);
	CHECK(t.answered(t.clients[0], "404"));
	t.look_up(1, keys);
	t.one_more("503", keys);
}

TEST_CASE("a look-up that nobody waits for is in flight", "[lookups]")
{
	LookUpServer t;

	t.look_up(lookups_of_key_max);
	SECTION("its client left")
	{
		t.clients.clear();
		t.run_for(30000);
		REQUIRE(t.open_connections() == 0);
	}
	SECTION("its client was told that the answer is late")
	{
		t.run_for(30000);
		for (Client &client : t.clients)
			CHECK(t.answered(client, "503"));
	}
	t.one_more("429");
	for (std::uint64_t id : t.asked)
		t.answer(id);
	t.run_for(1);
	t.look_up(1);
}

TEST_CASE("a key's look-ups are counted across a reload", "[lookups]")
{
	LookUpServer t;

	t.look_up(lookups_of_key_max);
	t.config.keys[0].description = "another";
	t.start();
	t.one_more("429");
	for (std::uint64_t id : t.asked)
		t.answer(id);
	for (Client &client : t.clients)
		CHECK(t.answered(client, "404"));
	t.look_up(lookups_of_key_max);
	t.one_more("429");
}

TEST_CASE("with relayd-smtp its look-ups are gone", "[lookups]")
{
	LookUpServer t;

	t.look_up(lookups_of_key_max);
	t.one_more("429");
	t.mail.reset();
	for (Client &client : t.clients)
		CHECK(t.answered(client, "503"));
	t.attach_mail();
	t.look_up(lookups_of_key_max);
	t.one_more("429");
}

TEST_CASE("look-ups have ten times the key's limit", "[lookups]")
{
	LookUpServer t;

	t.config.limit_shared = GENERATE(false, true);
	t.config.keys[0].limit = {6, 60 * second, 2};
	t.start();
	for (int i = 0; i < 20; i++)
		t.found_none();
	Client dry = t.connect();
	dry.send(look_up_request());
	CHECK(t.answered(dry, "429"));
	CHECK(dry.has("RateLimit-Policy: \"lookup\";q=60;w=60\r\n"));
	CHECK(dry.has("RateLimit: \"lookup\";r=0;t=1\r\n"));
	CHECK(dry.has("Retry-After: 1\r\n"));
	/* relayd-smtp is not asked, and nothing else is read of it. */
	CHECK(t.mail_seen[MessageType::take] == 0);
	dry.send(get_request("/v1/keys/self",
	    std::string("X-API-Key: ") + test_secret + "\r\n"));
	CHECK(t.answered(dry, "429 200"));
	CHECK(t.segment.key_bucket(0) == 0);
	t.run_for(1000);
	t.found_none();
}

TEST_CASE("look-ups of a key without limit have none", "[lookups]")
{
	LookUpServer t;

	for (int i = 0; i < 200; i++)
		t.found_none();
	CHECK(t.segment.lookup_bucket(0) == 0);
}

TEST_CASE("a multiple of a limit is within its bounds", "[lookups]")
{
	const RateLimit limits[] = {{1, day, 36525}, {1, day, 1},
	    {1000000, second, UINT32_MAX}, {1000000, second, 1},
	    {7, 3600 * second, 876600 * 7}, {1000000, day, UINT32_MAX}};

	for (const RateLimit &limit : limits) {
		RateLimit product = limit.times(10);
		CHECK(product.count == limit.count * 10);
		CHECK(product.period_ns == limit.period_ns);
		REQUIRE(product.interval_ns() != 0);
		CHECK(product.burst <= bucket_ns_max / product.interval_ns());
		CHECK(product.burst == std::min<std::uint64_t>(
		    std::uint64_t{limit.burst} * 10, UINT32_MAX));
		RateBucket bucket = 0;
		CHECK(rate_take(bucket, product, 1).remaining ==
		    product.burst - 1);
		CHECK(bucket == 1 + product.interval_ns());
	}
	CHECK(RateLimit().times(10) == RateLimit());
}
