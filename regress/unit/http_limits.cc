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

/* Limits that relayd-smtp is asked for (`limit shared'). */

#include "catch.h"
#include "http_server.h"

namespace {

constexpr std::uint64_t second = 1000000000;
constexpr RateLimit hourly{1, 3600 * second, 2};

class SharingServer : public TestServer {
public:
	SharingServer()
	{
		config.limit_shared = true;
		config.address_limit = {20, 60 * second, 5};
		config.global_limit = {60, 60 * second, 10};
		config.keys[0].limit = {30, 60 * second, 5};
	}
	void start()
	{
		TestServer::start();
		attach_mail();
	}
	/* The next question, if nothing but a rejection comes before it. */
	std::optional<LimitQuestion> question()
	{
		std::optional<MessageType> type;

		until([&] {
			type = mail_message();
			return (type && type != MessageType::rejected);
		});
		if (type != MessageType::take)
			return (std::nullopt);
		return (read_take(mail_data));
	}
	void answer(LimitAnswer answer)
	{
		mail->compose(
		    type_of(MessageType::taken), write_taken(answer));
		mail->flush();
	}
	void allow(std::uint64_t id, std::uint64_t remaining = 4)
	{
		LimitAnswer allowed;

		allowed.id = id;
		allowed.kind = LimitAnswer::Kind::allowed;
		allowed.decision = {true, remaining, 2 * second};
		answer(allowed);
	}
	void refuse(std::uint64_t id, LimitBucket bucket)
	{
		LimitAnswer dry;

		dry.id = id;
		dry.kind = LimitAnswer::Kind::dry;
		dry.bucket = bucket;
		dry.decision = {false, 0, 2 * second + 1};
		answer(dry);
	}
	void know_nothing(std::uint64_t id)
	{
		LimitAnswer unavailable;

		unavailable.id = id;
		answer(unavailable);
	}
	/* Posts a message and has its question answered by how. */
	template <typename How> Client post(How how)
	{
		Client client = connect();
		client.send(post_request(good_message));
		std::optional<LimitQuestion> asked = question();
		REQUIRE(asked);
		how(asked->id);
		return (client);
	}
};

} /* namespace */

TEST_CASE("nothing is submitted before relayd-smtp gave the units")
{
	SharingServer t;
	t.start();
	Client client = t.connect();

	client.send(post_request(good_message));
	std::optional<LimitQuestion> asked = t.question();
	REQUIRE(asked);
	CHECK(asked->client.text() == "192.0.2.1");
	CHECK(asked->proof == sha256(test_secret));
	t.run_for(20);
	CHECK_FALSE(t.mail_message());
	t.allow(asked->id, 3);
	std::uint64_t id = t.take_submission();
	REQUIRE(id != 0);
	t.accept(id);
	CHECK(t.answered(client, "202"));
	/* The decision is the one that was told. */
	CHECK(client.has("RateLimit-Policy: \"key\";q=30;w=60\r\n"));
	CHECK(client.has("RateLimit: \"key\";r=3;t=2\r\n"));
	CHECK_FALSE(client.has("Retry-After"));
}

TEST_CASE("the bucket that ran dry is told, and reading costs nothing")
{
	SharingServer t;
	t.start();
	const struct {
		LimitBucket bucket;
		const char *policy;
		bool rejected; /* the ledger knows it, for the key was found */
	} rows[] = {
	    {LimitBucket::address, "\"address\";q=20;w=60", false},
	    {LimitBucket::key, "\"key\";q=30;w=60", true},
	    {LimitBucket::global, "\"global\";q=60;w=60", true},
	};

	for (const auto &row : rows) {
		Client client = t.post([&](std::uint64_t id) {
			t.refuse(id, row.bucket);
		});
		REQUIRE(t.answered(client, "429"));
		CHECK(client.has(std::string("RateLimit-Policy: ") +
		    row.policy + "\r\n"));
		CHECK(client.has(std::string("RateLimit: \"") +
		    limit_bucket_name(row.bucket) + "\";r=0;t=3\r\n"));
		CHECK(client.has("Retry-After: 3\r\n"));
		CHECK(client.has("\"code\":\"rate_limited\""));
		t.run_for(10);
		CHECK((t.mail_message() == MessageType::rejected) ==
		    row.rejected);
	}
	Client client = t.connect();
	client.send(get_request("/v1/keys/self",
	    std::string("X-API-Key: ") + test_secret + "\r\n"));
	CHECK(t.answered(client, "200"));
	CHECK_FALSE(t.mail_message());
}

TEST_CASE("of who has no key the address alone is counted, and told first")
{
	SharingServer t;
	t.start();
	Client client = t.connect();

	client.send(post_request(good_message, "", "wrong"));
	std::optional<LimitQuestion> asked = t.question();
	REQUIRE(asked);
	CHECK_FALSE(asked->proof);
	t.allow(asked->id);
	CHECK(t.answered(client, "403"));
	CHECK_FALSE(client.has("RateLimit"));

	client.send(post_request(good_message, "", "wrong"));
	asked = t.question();
	REQUIRE(asked);
	t.refuse(asked->id, LimitBucket::address);
	CHECK(t.answered(client, "403 429"));

	/* What is wrong with the rest of the head comes after the limits. */
	std::string octets = post_request(good_message);
	octets.replace(octets.find("application/json"), 16, "text/plain123456");
	client.send(octets);
	asked = t.question();
	REQUIRE(asked);
	CHECK(asked->proof);
	t.refuse(asked->id, LimitBucket::global);
	CHECK(t.answered(client, "403 429 429"));
	client.send(octets);
	asked = t.question();
	REQUIRE(asked);
	t.allow(asked->id);
	CHECK(t.answered(client, "403 429 429 415"));
}

TEST_CASE("an invitation to send the body comes when all limits allow it")
{
	SharingServer t;
	t.start();
	Client client = t.connect();
	std::string octets =
	    post_request(good_message, "Expect: 100-continue\r\n");
	std::size_t head = octets.find("\r\n\r\n") + 4;

	client.send(octets.substr(0, head));
	std::optional<LimitQuestion> asked = t.question();
	REQUIRE(asked);
	t.run_for(20);
	client.receive();
	CHECK(client.received.empty());
	t.allow(asked->id);
	REQUIRE(t.answered(client, "100"));
	client.send(octets.substr(head));
	t.accept(t.take_submission());
	CHECK(t.answered(client, "100 202"));

	/* Refused, the body is not asked for. */
	client.send(octets.substr(0, head));
	asked = t.question();
	REQUIRE(asked);
	t.refuse(asked->id, LimitBucket::key);
	CHECK(t.answered(client, "100 202 429"));
	CHECK(t.ended(client));
}

TEST_CASE("what came of the body meanwhile is not lost, nor what follows it")
{
	SharingServer t;
	t.start();
	std::string padded = std::string(good_message) + std::string(50000, ' ');
	std::string chunked = post_request("");
	std::size_t at = chunked.find("Content-Length: 0");
	chunked.replace(at, 17, "Transfer-Encoding: chunked");
	char size[16];
	snprintf(size, sizeof(size), "%zx\r\n", strlen(good_message));
	chunked += size + std::string(good_message) + "\r\n0\r\n\r\n";
	std::string statuses;

	Client client = t.connect();
	for (const std::string &octets :
	    {post_request(good_message), post_request(padded), chunked}) {
		std::string all = octets + get_request("/healthz");
		std::size_t sent = client.send(all);
		std::optional<LimitQuestion> asked = t.question();
		REQUIRE(asked);
		t.run_for(10);
		t.allow(asked->id);
		std::uint64_t id = 0;
		REQUIRE(t.until([&] {
			sent += client.send(
			    std::string_view(all).substr(sent));
			return (sent == all.size());
		}));
		id = t.take_submission();
		REQUIRE(id != 0);
		t.accept(id);
		statuses += statuses.empty() ? "202 200" : " 202 200";
		CHECK(t.answered(client, statuses));
	}
	/* A small body that is refused is read off. */
	client.send(post_request(good_message) + get_request("/healthz"));
	std::optional<LimitQuestion> asked = t.question();
	REQUIRE(asked);
	t.refuse(asked->id, LimitBucket::key);
	CHECK(t.answered(client, statuses + " 429 200"));
}

TEST_CASE("without an answer the buckets of this relay decide")
{
	SharingServer t;
	t.config.keys[0].limit = hourly;
	t.start();
	auto accepted = [&](Client &client) {
		t.accept(t.take_submission());
		CHECK(t.answered(client, "202"));
	};

	SECTION("it says so")
	{
		for (int i = 0; i < 2; i++) {
			Client client = t.post([&](std::uint64_t id) {
				t.know_nothing(id);
			});
			accepted(client);
		}
		Client client = t.post([&](std::uint64_t id) {
			t.know_nothing(id);
		});
		CHECK(t.answered(client, "429"));
		CHECK(client.has("RateLimit-Policy: \"key\";q=1;w=3600"));
	}
	SECTION("it is silent")
	{
		Client client = t.post([](std::uint64_t) {});
		t.run_for(999);
		CHECK_FALSE(t.mail_message());
		t.run_for(1);
		accepted(client);
	}
	SECTION("it is gone")
	{
		Client client = t.post([](std::uint64_t) {});
		t.mail.reset();
		/* Admitted here, and then there is nobody to send it. */
		CHECK(t.answered(client, "503"));
	}
	SECTION("there is none")
	{
		t.mail.reset();
		t.run_for(10);
		Client client = t.connect();
		client.send(post_request(good_message));
		CHECK(t.answered(client, "503"));
	}
	SECTION("what it allowed before counts here")
	{
		for (int i = 0; i < 2; i++) {
			Client client = t.post([&](std::uint64_t id) {
				t.allow(id);
			});
			accepted(client);
		}
		Client client = t.post([&](std::uint64_t id) {
			t.know_nothing(id);
		});
		CHECK(t.answered(client, "429"));
		/* It may know better, and has the word. */
		Client other = t.post([&](std::uint64_t id) { t.allow(id); });
		accepted(other);
	}
}

TEST_CASE("an answer for a client that is gone admits nothing")
{
	SharingServer t;
	t.start();
	std::uint64_t question_id = 0;

	{
		Client client = t.post([&](std::uint64_t id) {
			question_id = id;
		});
		client.close();
		t.run_for(300);
	}
	t.allow(question_id);
	t.run_for(20);
	while (auto type = t.mail_message())
		CHECK(type == MessageType::rejected);
	CHECK(t.segment.memory_held() == 0);

	/* Who answers what was not asked is not believed any more. */
	t.allow(question_id);
	t.run_for(20);
	Client client = t.connect();
	client.send(post_request(good_message));
	CHECK(t.answered(client, "503"));
}

TEST_CASE("who asks with half of the connection closed is answered")
{
	SharingServer t;
	t.start();
	Client client = t.connect();

	client.send(post_request(good_message));
	client.end_sending();
	std::optional<LimitQuestion> asked = t.question();
	REQUIRE(asked);
	t.run_for(20);
	t.allow(asked->id);
	t.accept(t.take_submission());
	CHECK(t.answered(client, "202"));
	CHECK(t.ended(client));
}

TEST_CASE("a reload says whether relayd-smtp is asked")
{
	SharingServer t;
	t.config.limit_shared = false;
	t.start();
	Client client = t.connect();

	client.send(post_request(good_message));
	t.accept(t.take_submission());
	CHECK(t.answered(client, "202"));
	CHECK(t.mail_seen[MessageType::take] == 0);

	t.config.limit_shared = true;
	t.TestServer::start();
	client.send(post_request(good_message));
	std::optional<LimitQuestion> asked = t.question();
	REQUIRE(asked);
	/* A request ends as it began. */
	t.config.limit_shared = false;
	t.TestServer::start();
	t.allow(asked->id);
	t.accept(t.take_submission());
	CHECK(t.answered(client, "202 202"));
	client.send(post_request(good_message));
	t.accept(t.take_submission());
	CHECK(t.answered(client, "202 202 202"));
	CHECK(t.mail_seen[MessageType::take] == 1);
}

TEST_CASE("each message of a bulk request but the first asks for its units")
{
	SharingServer t;
	t.config.bulk = BulkLimits{10, 5};
	t.start();
	Client client = t.connect();
	std::string body = "{\"messages\":[";
	for (int i = 0; i < 4; i++)
		body += (i == 0 ? "" : ",") + std::string(good_message);
	std::string octets = post_request(body + "]}");
	octets.insert(octets.find(" HTTP/1.1"), "-bulk");

	client.send(octets);
	std::optional<LimitQuestion> asked = t.question();
	REQUIRE(asked);
	t.allow(asked->id);
	std::uint64_t first = t.take_submission();
	REQUIRE(first != 0);
	/* One after the other: the order of messages is that of units. */
	asked = t.question();
	REQUIRE(asked);
	CHECK(asked->proof == sha256(test_secret));
	t.run_for(20);
	CHECK_FALSE(t.mail_message());
	t.allow(asked->id, 1);
	std::uint64_t next = t.take_submission();
	REQUIRE(next != 0);
	asked = t.question();
	REQUIRE(asked);
	t.refuse(asked->id, LimitBucket::global);
	t.accept(first);
	t.accept(next);
	REQUIRE(t.answered(client, "202"));
	CHECK(client.has("\"accepted\":2,\"rejected\":2"));
	CHECK(client.has("RateLimit: \"key\";r=1;t=2"));
	CHECK(t.mail_seen[MessageType::take] == 3);
}

TEST_CASE("a bulk request that waits for units ends with its client")
{
	SharingServer t;
	t.config.bulk = BulkLimits{10, 5};
	t.start();
	std::string octets = post_request("{\"messages\":[" +
	    std::string(good_message) + "," + good_message + "]}");
	octets.insert(octets.find(" HTTP/1.1"), "-bulk");
	std::optional<LimitQuestion> asked;
	std::uint64_t first = 0;

	{
		Client client = t.connect();
		client.send(octets);
		asked = t.question();
		REQUIRE(asked);
		t.allow(asked->id);
		first = t.take_submission();
		asked = t.question();
		REQUIRE(asked);
	}
	t.run_for(300);
	t.accept(first);
	t.run_for(20);
	t.allow(asked->id);
	CHECK(t.until([&] { return (t.segment.memory_held() == 0); }));
	while (auto type = t.mail_message())
		CHECK(type != MessageType::submit);
}
