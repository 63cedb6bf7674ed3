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

namespace {

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
