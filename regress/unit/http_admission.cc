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

/* api.md, "Authentication and order of checks". */

#include "admission.h"
#include "catch.h"
#include "http_server.h"

namespace {

/* Requests are refused for one reason more from step to step. */
class Judge {
public:
	Judge() : segment(Segment::create(64)), tally(segment, 0),
		  admission(segment, tally)
	{
		HttpKey key;
		key.name = "test";
		key.digests.push_back(sha256(sha256(test_secret)));
		config.keys.push_back(key);
		config.max_request = 1000;
		config.max_memory = 1000000;
	}

	/* 0: admitted. */
	int status(const std::string &request, const char *client = "192.0.2.1")
	{
		HttpParser parser("http");

		if (parser.parse(request) != HttpParser::Status::complete)
			return (parser.error().status);
		HttpHead head = parser.head(request);
		exchange = Exchange();
		exchange.serving = std::make_shared<const ServingConfig>(config);
		exchange.client = *IpAddress::parse(client);
		refusal = admission.judge(
		    exchange, head, find_route(head, false));
		return (refusal ? refusal->error.status : 0);
	}

	Segment segment;
	HttpConfig config;
	Exchange exchange;
	std::optional<Refusal> refusal;

private:
	Tally tally;
	Admission admission;
};

RateLimit
per_day(std::uint32_t count)
{
	RateLimit limit;

	limit.count = count;
	limit.period_ns = 86400000000000;
	limit.burst = count;
	return (limit);
}

PrefixList
only(const char *prefix)
{
	return (PrefixList({*Prefix::parse(prefix)}));
}

std::string
post(const std::string &path, const std::string &fields,
    const std::string &length = "2")
{
	return ("POST " + path + " HTTP/1.1\r\nHost: a\r\nContent-Length: " +
	    length + "\r\n" + fields + "\r\n");
}

const std::string key_field =
    "X-API-Key: " + std::string(test_secret) + "\r\n";
const std::string json_field = "Content-Type: application/json\r\n";

} /* namespace */

TEST_CASE("the order of checks")
{
	Judge j;

	j.config.allow_from = only("192.0.2.0/24");
	j.config.address_limit = per_day(5);
	j.config.keys[0].limit = per_day(2);
	j.config.global_limit = per_day(1);

	/* Each request is wrong in everything that comes later, too. */
	CHECK(j.status(post("/nothing", ""), "203.0.113.1") == 404);
	CHECK(j.status(get_request("/v1/send"), "203.0.113.1") == 405);
	CHECK(j.refusal->allow == "POST");
	CHECK(j.status(post("/v1/send-bulk", ""), "203.0.113.1") == 404);
	CHECK(j.refusal->error.code == ErrorCode::feature_disabled);
	CHECK(j.status(post("/v1/send", ""), "203.0.113.1") == 403);
	CHECK(j.status(post("/v1/send", "")) == 401);
	CHECK(j.status(post("/v1/send", "X-API-Key: x\r\n")) == 403);
	/* The media type is judged after all limits. */
	CHECK(j.status(post("/v1/send", key_field)) == 415);
	CHECK(j.status(post("/v1/send", key_field)) == 429);
	CHECK(std::string(j.refusal->rate_limit.policy) == "global");
	CHECK(j.status(post("/v1/send", key_field)) == 429);
	CHECK(std::string(j.refusal->rate_limit.policy) == "key");
	CHECK(j.refusal->retry_after > 0);
	CHECK(j.status(post("/v1/send", key_field)) == 429);
	CHECK(std::string(j.refusal->rate_limit.policy) == "address");
	/* Reading costs nothing. */
	CHECK(j.status(get_request("/v1/keys/self", key_field)) == 0);
	/* An address is judged before a key, and a key's before its limit. */
	CHECK(j.status(post("/v1/send", ""), "192.0.2.2") == 401);
}

TEST_CASE("media type and size")
{
	Judge j;
	std::string good = key_field + json_field;

	CHECK(j.status(post("/v1/send", good)) == 0);
	CHECK(j.exchange.key == &j.exchange.config().keys[0]);
	CHECK(j.exchange.proof == sha256(test_secret));
	CHECK(j.status(post("/v1/send", good, "1000")) == 0);
	CHECK(j.status(post("/v1/send", good, "1001")) == 413);
	CHECK(j.status(post("/v1/send", key_field, "1001")) == 415);
	CHECK(j.status(post("/v1/send", good + "Content-Encoding: gzip\r\n")) ==
	    415);
}

TEST_CASE("bulk")
{
	Judge j;
	std::string good = key_field + json_field;

	CHECK(j.status(post("/v1/send-bulk", good)) == 404);
	j.config.bulk = BulkLimits{1, 1};
	CHECK(j.status(post("/v1/send-bulk", "")) == 401);
	CHECK(j.status(post("/v1/send-bulk", good)) == 0);
	CHECK(j.status(post("/v1/send-bulk?dry_run=0", good)) == 0);
	CHECK(j.status(post("/v1/send-bulk?dry_run=1", good)) == 400);
	CHECK_FALSE(j.exchange.dry_run);
	CHECK(j.status(post("/v1/send-bulk", good +
	    "Idempotency-Key: k\r\n")) == 0);
	CHECK(j.exchange.idempotency_key == "k");
	/* A key is told once it is known, and before its limit. */
	j.config.keys[0].no_bulk = true;
	j.config.keys[0].limit = per_day(1);
	for (int i = 0; i < 2; i++) {
		CHECK(j.status(post("/v1/send-bulk", good)) == 404);
		CHECK(j.refusal->error.code == ErrorCode::feature_disabled);
	}
	CHECK(j.status(post("/v1/send-bulk", "X-API-Key: x\r\n")) == 403);
	CHECK(j.status(post("/v1/send", good)) == 0);
}

TEST_CASE("dry_run and Idempotency-Key")
{
	Judge j;
	std::string good = key_field + json_field;
	std::string keyed = good + "Idempotency-Key: \"k\"\r\n";
	std::string wrong = good + "Idempotency-Key:\r\n";

	CHECK(j.status(post("/v1/send?dry_run=0", good)) == 0);
	CHECK_FALSE(j.exchange.dry_run);
	CHECK(j.status(post("/v1/send?dry_run=x", good)) == 400);
	CHECK(j.status(post("/v1/send?dry_run=x", key_field)) == 415);
	CHECK(j.status(post("/v1/send", keyed)) == 0);
	CHECK(j.exchange.idempotency_key == "k");
	CHECK(j.status(post("/v1/send", wrong)) == 400);
	CHECK(j.status(post("/v1/send", wrong, "1001")) == 413);
	CHECK(j.status(post("/v1/send", keyed + "Idempotency-Key: k\r\n")) ==
	    400);
	CHECK(j.exchange.idempotency_key.empty());

	/* A dry run does not look at it. */
	for (const std::string &fields : {good, keyed, wrong}) {
		CHECK(j.status(post("/v1/send?dry_run=1", fields)) == 0);
		CHECK(j.exchange.dry_run);
		CHECK(j.exchange.idempotency_key.empty());
	}
	CHECK(j.status(get_request("/healthz?dry_run=1")) == 0);
	CHECK_FALSE(j.exchange.dry_run);

	j.config.store_none = true;
	CHECK(j.status(post("/v1/send", keyed)) == 400);
	CHECK(j.status(post("/v1/send?dry_run=1", keyed)) == 0);
	CHECK(j.status(post("/v1/send", good)) == 0);
}

TEST_CASE("keys")
{
	Judge j;

	CHECK(j.status(get_request("/v1/keys/self", key_field)) == 0);
	j.config.keys[0].allow_from = only("198.51.100.0/24");
	CHECK(j.status(get_request("/v1/keys/self", key_field)) == 403);
	std::string elsewhere = j.refusal->error.message;
	CHECK(j.status(get_request("/v1/keys/self", key_field),
		  "198.51.100.1") == 0);
	j.config.keys[0].allow_from.reset();
	j.config.keys[0].enabled = false;
	CHECK(j.status(get_request("/v1/keys/self", key_field)) == 403);
	std::string disabled = j.refusal->error.message;
	CHECK(elsewhere == disabled);
	CHECK(j.status(get_request("/v1/keys/self", "X-API-Key: x\r\n")) ==
	    403);
	CHECK(j.refusal->error.message == disabled);
}

TEST_CASE("monitoring")
{
	Judge j;

	j.config.monitor_from = only("192.0.2.1/32");
	j.config.allow_from = only("198.51.100.0/24");
	CHECK(j.status(get_request("/readyz")) == 0);
	CHECK(j.status(get_request("/readyz"), "192.0.2.2") == 403);
	CHECK(j.status(get_request("/healthz"), "192.0.2.2") == 0);
	/* Who knows whom such a proxy lets through. */
	CHECK(j.status(get_request("/readyz", "X-Forwarded-For: ::1\r\n")) ==
	    403);
	CHECK(j.status(get_request("/readyz", "Forwarded: for=x\r\n")) == 403);
}

TEST_CASE("whom trusted proxies name is judged")
{
	Judge j;
	const std::string behind = key_field + "X-Forwarded-For: ";
	const std::string broken = "X-Forwarded-For: x\r\n";

	j.config.trusted_proxies.from = only("192.0.2.1");
	j.config.allow_from = only("198.51.100.0/24");
	j.config.monitor_from = only("198.51.100.7");
	CHECK(j.status(get_request("/v1/keys/self", behind +
		  "198.51.100.1\r\n")) == 0);
	CHECK(j.exchange.client.text() == "198.51.100.1");
	CHECK(j.status(get_request("/v1/keys/self", behind +
		  "198.51.100.1, 203.0.113.1\r\n")) == 403);
	CHECK(j.exchange.client.text() == "203.0.113.1");
	/* Several fields are one list. */
	CHECK(j.status(get_request("/v1/keys/self", behind +
		  "203.0.113.1\r\nX-Forwarded-For: 198.51.100.1\r\n")) == 0);
	/* No field: the proxy is the client; no proxy: no field. */
	CHECK(j.status(get_request("/v1/keys/self", key_field)) == 403);
	CHECK(j.status(get_request("/v1/keys/self", behind +
		  "203.0.113.1\r\n"), "198.51.100.2") == 0);
	CHECK(j.exchange.client.text() == "198.51.100.2");
	/* A key's list, too. */
	j.config.keys[0].allow_from = only("198.51.100.1");
	CHECK(j.status(get_request("/v1/keys/self", behind +
		  "198.51.100.1\r\n")) == 0);
	CHECK(j.status(get_request("/v1/keys/self", behind +
		  "198.51.100.2\r\n")) == 403);

	/* Monitoring, by a client of a proxy, and by one of no proxy. */
	CHECK(j.status(get_request("/readyz", behind +
		  "198.51.100.7\r\n")) == 0);
	CHECK(j.status(get_request("/readyz", behind +
		  "198.51.100.8\r\n")) == 403);
	CHECK(j.status(get_request("/readyz", behind +
		  "198.51.100.7\r\n"), "198.51.100.7") == 403);
	CHECK(j.status(get_request("/readyz", "Forwarded: for=_x\r\n"),
		  "198.51.100.7") == 403);
	CHECK(j.status(get_request("/readyz"), "198.51.100.7") == 0);

	/* A field that cannot be read comes before all else. */
	for (const char *path : {"/nothing", "/v1/send", "/healthz", "/readyz"})
		CHECK(j.status(get_request(path, broken)) == 400);
	CHECK(j.refusal->error.code == ErrorCode::bad_request);
	CHECK(j.refusal->error.message ==
	    "X-Forwarded-For does not name the client's address");
	CHECK(j.status(get_request("/healthz", broken), "198.51.100.1") == 0);
	j.config.trusted_proxies.forwarded = true;
	CHECK(j.status(get_request("/healthz", broken)) == 0);
	CHECK(j.status(get_request("/healthz", "Forwarded: for=x\r\n")) ==
	    400);
	CHECK(j.refusal->error.message ==
	    "Forwarded does not name the client's address");
	CHECK(j.status(get_request("/v1/keys/self", key_field +
		  "Forwarded: for=198.51.100.1\r\n" + broken)) == 0);
}

TEST_CASE("the address limit counts the client behind a proxy")
{
	Judge j;
	auto from = [&](const char *client, const char *peer = "192.0.2.1") {
		return (j.status(post("/v1/send", key_field + json_field +
			"X-Forwarded-For: " + client + "\r\n"), peer));
	};

	j.config.trusted_proxies.from = only("192.0.2.1");
	j.config.address_limit = per_day(2);
	for (const char *client : {"198.51.100.1", "198.51.100.2",
		 "2001:db8::1", "192.0.2.1"}) {
		CHECK(from(client) == 0);
		CHECK(from(client) == 0);
		CHECK(from(client) == 429);
	}
	/* Of IPv6, the /64. */
	CHECK(from("2001:db8::2") == 429);
	/* Who writes the field for himself gains nothing by it. */
	CHECK(from("198.51.100.3", "203.0.113.1") == 0);
	CHECK(from("198.51.100.4", "203.0.113.1") == 0);
	CHECK(from("198.51.100.5", "203.0.113.1") == 429);
}

TEST_CASE("targets that are no path")
{
	Judge j;

	CHECK(j.status("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n") == 404);
	CHECK(j.status("CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n") == 501);
}
