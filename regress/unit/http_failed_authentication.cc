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

#include "catch.h"
#include "http_server.h"

namespace {

const std::string key_field =
    "X-API-Key: " + std::string(test_secret) + "\r\n";
constexpr const char *disabled_key = "X-API-Key: disabled-secret\r\n";
constexpr const char *unknown_key = "X-API-Key: no-such-secret\r\n";

/* Two units, and none comes back within the test. */
class GuessedServer : public TestServer {
public:
	GuessedServer()
	{
		HttpKey disabled;
		disabled.name = "disabled";
		disabled.enabled = false;
		disabled.digests.push_back(sha256(sha256("disabled-secret")));
		config.keys.push_back(disabled);
		config.address_limit = {1, day_ns, 2};
	}
	std::string status(
	    const std::string &request, const char *from = "192.0.2.1")
	{
		Client client = connect(false, from);

		client.send(request);
		until([&] {
			client.receive();
			return (!client.statuses().empty());
		});
		last = client.received;
		return (client.statuses());
	}

	std::string last;
};

const char *const read_paths[] = {"/v1/keys/self",
    "/v1/submissions/req_01JX5V0K9Q8Z3M7N2B4C6D8F0G"};

} /* namespace */

TEST_CASE("reading without a valid key costs the address")
{
	for (const char *path : read_paths) {
		GuessedServer t;
		t.config.store_none = true;
		t.start();
		CAPTURE(path);

		CHECK(t.status(get_request(path)) == "401");
		CHECK(t.status(get_request(path, unknown_key)) == "403");
		/* Now all that are not valid get the same. */
		for (const char *field : {"", unknown_key, disabled_key,
			 "Authorization: Basic x\r\n"}) {
			CHECK(t.status(get_request(path, field)) == "429");
			CHECK(t.last.find("RateLimit-Policy: "
				"\"address\";q=1;w=86400\r\n") !=
			    std::string::npos);
			CHECK(t.last.find("Retry-After: ") !=
			    std::string::npos);
			CHECK(t.last.find("WWW-Authenticate") ==
			    std::string::npos);
		}
		CHECK(t.status("HEAD" + get_request(path).substr(3)) == "429");
		/* A valid key reads on, and other addresses are not touched. */
		CHECK(t.status(get_request(path, key_field)) ==
		    (path == read_paths[0] ? "200" : "404"));
		CHECK(t.status(get_request(path), "192.0.2.2") == "401");
		/* It is the one bucket that POSTs have, too. */
		CHECK(t.status(post_request(good_message)) == "429");
	}
}

TEST_CASE("a POST without a valid key costs the address one unit")
{
	GuessedServer t;
	t.start();

	CHECK(t.status(post_request(good_message, "", "x")) == "403");
	CHECK(t.status(post_request(good_message, "", "x")) == "403");
	CHECK(t.status(post_request(good_message, "", "x")) == "429");
}

TEST_CASE("reading with a valid key costs the address nothing")
{
	GuessedServer t;
	t.start();

	for (int i = 0; i < 5; i++)
		CHECK(t.status(get_request("/v1/keys/self", key_field)) ==
		    "200");
	CHECK(t.status(get_request("/healthz")) == "200");
	CHECK(t.status(get_request("/v1/keys/self")) == "401");
	CHECK(t.status(get_request("/v1/keys/self")) == "401");
	CHECK(t.status(get_request("/v1/keys/self")) == "429");
}

TEST_CASE("with `limit shared' relayd-smtp counts failed authentications")
{
	GuessedServer t;
	t.config.limit_shared = true;
	t.start();
	t.attach_mail();
	const struct {
		LimitAnswer::Kind kind;
		const char *status;
	} rows[] = {
	    {LimitAnswer::Kind::allowed, "403"},
	    {LimitAnswer::Kind::dry, "429"},
	    {LimitAnswer::Kind::unavailable, "403"},
	    {LimitAnswer::Kind::unavailable, "429"},
	};

	for (const auto &row : rows) {
		Client client = t.connect();
		std::optional<LimitQuestion> question;
		LimitAnswer answer;

		client.send(get_request("/v1/keys/self", unknown_key));
		REQUIRE(t.until([&] {
			return (t.mail_message() == MessageType::take);
		}));
		question = read_take(t.mail_data);
		REQUIRE(question);
		CHECK(question->proof == LimitQuestion().proof);
		answer.id = question->id;
		answer.kind = row.kind;
		answer.bucket = LimitBucket::address;
		answer.decision = {row.kind != LimitAnswer::Kind::dry, 0,
		    1000000000};
		t.mail->compose(
		    type_of(MessageType::taken), write_taken(answer));
		t.mail->flush();
		CHECK(t.answered(client, row.status));
	}
	/* Nobody is asked about a valid key that reads. */
	CHECK(t.status(get_request("/v1/keys/self", key_field)) == "200");
	CHECK_FALSE(t.mail_message());
}
