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

/* api.md, Idempotency-Key and dry_run, as far as relayd-http has to do. */

#include "catch.h"
#include "http_server.h"
#include "idempotency.h"

namespace {

/* Everything that a message can have. */
const std::string full_message =
    "{\"to\":[\"a@example.com\",\"b@example.com\"],\"cc\":\"c@example.com\","
    "\"subject\":\"s\",\"body\":\"text\\n\",\"body_html\":\"<p>\","
    "\"from_name\":\"n\",\"reply_to\":\"r@example.com\","
    "\"attachments\":[{\"filename\":\"f\",\"content_type\":\"text/plain\","
    "\"data\":\"QUJD\",\"content_id\":\"i\"},{\"filename\":\"g\","
    "\"content_type\":\"text/plain\",\"data\":\"\"}],"
    "\"metadata\":{\"request_id\":\"1\"}}";

Sha256Digest
digest_of(const std::string &octets)
{
	AttachmentLimits attachments;
	RecipientPolicy any = RecipientPolicy::any();
	SendLimits limits;

	attachments.max = 10;
	limits.max_recipients = 10;
	limits.max_subject = 255;
	limits.max_body = 65536;
	limits.html = true;
	limits.attachments = &attachments;
	limits.recipients = &any;
	SendRequestResult request = parse_send_request(octets, limits);
	INFO(octets);
	REQUIRE(request);
	return (content_digest(*request));
}

std::string
with(std::string text, const std::string &from, const std::string &to)
{
	std::size_t at = text.find(from);

	REQUIRE(at != std::string::npos);
	return (text.replace(at, from.size(), to));
}

} /* namespace */

TEST_CASE("Idempotency-Key, bare and quoted")
{
	std::string longest(255, 'x');
	struct {
		std::string value;
		const char *key; /* nullptr: malformed */
	} const rows[] = {
	    {"k", "k"},
	    {"\"k\"", "k"},
	    {"!#$%&'()*+-./09:<=>?@AZ[]^_`az{|}~",
		"!#$%&'()*+-./09:<=>?@AZ[]^_`az{|}~"},
	    {"\"a,b;c\"", "a,b;c"},
	    {"\"a\\\"b\\\\c\"", "a\"b\\c"},
	    {"\"\\\\\"", "\\"},
	    {longest, longest.c_str()},
	    {'"' + longest + '"', longest.c_str()},
	    {longest + 'x', nullptr},
	    {'"' + longest + "x\"", nullptr},
	    {"", nullptr},
	    {"\"\"", nullptr},
	    {"\"", nullptr},
	    {"\"k", nullptr},
	    {"k\"", "k\""},
	    {"a\"b", "a\"b"},
	    {"a\\b", "a\\b"},
	    {"a,b", "a,b"},
	    {"{\"a\":[1,2]}", "{\"a\":[1,2]}"},
	    {"a, b", nullptr},
	    {"a;b", "a;b"},
	    {"a b", nullptr},
	    {"\"a b\"", nullptr},
	    {"\"k\";p=1", nullptr},
	    {"\"k\", \"l\"", nullptr},
	    {"\"k\"\"", nullptr},
	    {"\"k\\\"", nullptr},
	    {"\"\\k\"", nullptr},
	    {"k\x7f", nullptr},
	    {"k\xc3\xa9", nullptr},
	    {"\"k\xc3\xa9\"", nullptr},
	    {"k\tl", nullptr},
	};

	for (const auto &row : rows) {
		INFO(row.value);
		auto key = parse_idempotency_key(row.value);
		CHECK(key.has_value() == (row.key != nullptr));
		if (key && row.key != nullptr)
			CHECK(*key == row.key);
	}
}

TEST_CASE("the same content, however it is written")
{
	Sha256Digest digest = digest_of(full_message);

	CHECK(digest_of(" " + with(full_message, "\"subject\":\"s\",",
	    "\"subject\" : \"\\u0073\" ,\n")) == digest);
	CHECK(digest_of(with(with(full_message, "\"subject\":\"s\",", ""),
	    "\"metadata\"", "\"subject\":\"s\",\"metadata\"")) == digest);
	CHECK(digest_of(with(full_message, "\"cc\":\"c@example.com\"",
	    "\"cc\":[\"c@example.com\"]")) == digest);
	CHECK(digest_of(with(full_message, "body_html", "html_body")) ==
	    digest);
	CHECK(digest_of(with(full_message, "\"filename\":\"f\",\"content_type\""
	    ":\"text/plain\"", "\"content_type\":\"text/plain\",\"filename\""
	    ":\"f\"")) == digest);
	/* Logged, never mailed. */
	CHECK(digest_of(with(full_message, "\"request_id\":\"1\"", "")) ==
	    digest);
	CHECK(digest_of(with(good_message, "{", "{\"cc\":[],\"reply_to\":null,"
	    "\"from_name\":\"\",\"attachments\":[],")) ==
	    digest_of(good_message));
}

TEST_CASE("other content, whatever differs")
{
	const char *const changes[][2] = {
	    {"a@example.com", "d@example.com"},
	    {"[\"a@example.com\",\"b@example.com\"]", "\"a@example.com\""},
	    {"[\"a@example.com\",\"b@example.com\"]",
		"[\"b@example.com\",\"a@example.com\"]"},
	    {"[\"a@example.com\",\"b@example.com\"],\"cc\":\"c@example.com\"",
		"[\"a@example.com\",\"b@example.com\",\"c@example.com\"]"},
	    {"c@example.com", "d@example.com"},
	    {"\"cc\":\"c@example.com\",", ""},
	    {"\"subject\":\"s\"", "\"subject\":\"S\""},
	    {"text\\n", "text\\r\\n"},
	    {"text\\n", "text"},
	    {"<p>", "<p> "},
	    {"<p>", ""},
	    {"\"from_name\":\"n\"", "\"from_name\":\"m\""},
	    {"\"from_name\":\"n\",", ""},
	    {"r@example.com", "s@example.com"},
	    {"\"reply_to\":\"r@example.com\",", ""},
	    {"\"filename\":\"f\"", "\"filename\":\"h\""},
	    {"text/plain", "text/html"},
	    {"QUJD", "QUJE"},
	    {"\"content_id\":\"i\"", "\"content_id\":\"j\""},
	    {",\"content_id\":\"i\"", ""},
	    {",{\"filename\":\"g\",\"content_type\":\"text/plain\","
	     "\"data\":\"\"}", ""},
	};
	std::vector<Sha256Digest> seen = {digest_of(full_message)};

	for (const auto &change : changes) {
		Sha256Digest digest = digest_of(
		    with(full_message, change[0], change[1]));

		INFO(change[0] << " to " << change[1]);
		for (const Sha256Digest &other : seen)
			CHECK(digest != other);
		seen.push_back(digest);
	}
	/* No HTML, and HTML that is empty. */
	CHECK(digest_of(with(good_message, "{", "{\"body_html\":\"\",")) !=
	    digest_of(good_message));
	/* What moves from one text to the next. */
	CHECK(digest_of("{\"to\":\"a@example.com\",\"subject\":\"xf1:y\","
	    "\"from_name\":\"z\",\"body\":\"b\"}") !=
	    digest_of("{\"to\":\"a@example.com\",\"subject\":\"x\","
	    "\"from_name\":\"f1:yz\",\"body\":\"b\"}"));
}

TEST_CASE("a message alone and one of a bulk request have other marks")
{
	RecipientPolicy any = RecipientPolicy::any();
	SendLimits limits;

	limits.max_recipients = 1;
	limits.max_subject = 10;
	limits.max_body = 10;
	limits.recipients = &any;
	SendRequestResult request = parse_send_request(good_message, limits);
	REQUIRE(request);
	IdempotencyMark alone = idempotency_mark("k", *request);
	CHECK(alone.key == sha256("k"));
	CHECK(alone == idempotency_mark("k", *request));
	CHECK(alone.key != idempotency_mark("k", 0, *request).key);
	CHECK(alone.content == idempotency_mark("k", 0, *request).content);
	CHECK(idempotency_mark("k", 1, *request).key !=
	    idempotency_mark("k", 11, *request).key);
	CHECK(idempotency_mark("k1", 1, *request).key !=
	    idempotency_mark("k", 11, *request).key);
}

TEST_CASE("what else an Idempotency-Key can come to")
{
	TestServer t;
	t.start();
	t.attach_mail();
	struct {
		Outcome outcome;
		const char *status, *code, *retryable;
	} const rows[] = {
	    {Outcome::in_progress, "409", "idempotency_in_progress", "true"},
	    {Outcome::other_content, "422", "idempotency_key_reused", "false"},
	    {Outcome::store_unavailable, "503", "status_store_unavailable",
		"true"},
	};

	for (const auto &row : rows) {
		Client client = t.connect();
		SubmissionResult result;

		client.send(
		    post_request(good_message, "Idempotency-Key: k\r\n"));
		result.id = t.take_submission();
		result.outcome = row.outcome;
		result.message = "why";
		t.send_result(result);
		CHECK(t.answered(client, row.status));
		CHECK(client.has("\"code\":\"" + std::string(row.code) + '"'));
		CHECK(client.has(
		    "\"retryable\":" + std::string(row.retryable)));
		CHECK(client.has("Retry-After: 1\r\n") ==
		    (row.outcome == Outcome::store_unavailable));
		CHECK_FALSE(client.has("Idempotent-Replayed"));
	}
}
