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

/* How many values a body may have: as many as an honest one can. */

#include "bulk.h"
#include "catch.h"
#include "http_server.h"
#include "json_document.h"
#include "send_request.h"

namespace {

/* before, count times one with commas between, after. */
std::string
repeated(const std::string &before, std::size_t count, const std::string &one,
    const std::string &after)
{
	std::string text = before;

	for (std::size_t i = 0; i < count; i++)
		(text += i == 0 ? "" : ",") += one;
	return (text + after);
}

std::string
object_of(std::size_t members)
{
	std::string text = "{";

	for (std::size_t i = 0; i < members; i++)
		text += (i == 0 ? "\"" : ",\"") + std::to_string(i) + "\":1";
	return (text + "}");
}

std::string
error_of(const std::string &octets, std::size_t values_max)
{
	auto document = JsonDocument::parse(octets, values_max);

	return (document ? "" : document.error());
}

bool
has(const std::string &text, const char *part)
{
	return (text.find(part) != std::string::npos);
}

struct Limits {
	Limits()
	{
		config.max_recipients = 100;
		config.max_subject = 255;
		config.max_body = 65536;
		config.recipients = RecipientPolicy::any();
		config.attachments.emplace();
		config.attachments->max = 20;
		key.message_id_domain = "example.com";
	}
	SendLimits of() const
	{
		return (SendLimits::of(config, key));
	}

	HttpConfig config;
	HttpKey key;
};

/* All that there can be at once, and metadata of metadata_max octets. */
std::string
largest_message(const std::string &metadata)
{
	return (repeated("{\"to\":[", 50, "\"a@example.com\"", "],") +
	    repeated("\"cc\":[", 50, "\"b@example.com\"", "],") +
	    repeated("\"reply_to\":[", reply_to_max, "\"c@example.com\"", "],") +
	    repeated("\"attachments\":[", 20, "{\"filename\":\"a\","
		"\"content_type\":\"text/plain\",\"data\":\"\","
		"\"content_id\":null}", "],") +
	    "\"subject\":\"s\",\"body\":\"b\",\"body_html\":null,"
	    "\"html_body\":null,\"from_name\":\"n\",\"metadata\":" +
	    metadata + "}");
}

/* {"a":[one,one,...]}, as long as metadata may be. */
std::string
largest_metadata(const std::string &one)
{
	std::size_t room = metadata_max - strlen("{\"a\":[]}");

	return (repeated("{\"a\":[", (room + 1) / (one.size() + 1), one, "]}"));
}

} /* namespace */

TEST_CASE("a document has as many values as its reader says", "[json_bounds]")
{
	CHECK(error_of("{\"a\":[1,2,3]}", 4) == "");
	CHECK(error_of("{\"a\":[1,2,3,4]}", 4) ==
	    "the body is not valid JSON: more than 4 values at octet 12");
	CHECK(error_of("{\"a\":[[],[],[]]}", 7) == "");
	CHECK(error_of("{\"a\":[[],[],[]]}", 6) != "");
}

TEST_CASE("an object has 1024 members at most", "[json_bounds]")
{
	std::string most = object_of(json_members_max);
	std::string more = object_of(json_members_max + 1);

	CHECK(error_of(most, json_values_max) == "");
	CHECK(has(error_of(more, json_values_max),
	    "an object with more than 1024 members"));
	/* Each for itself, and however deep. */
	CHECK(error_of("{\"a\":" + most + ",\"b\":[" + most + "]}",
	    json_values_max) == "");
	CHECK(has(error_of("{\"a\":[{\"b\":" + more + "}]}", json_values_max),
	    "members"));
	/* Elements are no members. */
	CHECK(error_of(repeated("{\"a\":[", 2000, "1", "]}"),
	    json_values_max) == "");
	CHECK(error_of(repeated("{\"a\":[", 2000, "{\"b\":1}", "]}"),
	    json_values_max) == "");
}

TEST_CASE("all that a message may have is taken", "[json_bounds]")
{
	Limits t;

	for (const char *one : {"1", "[]", "{}", "[[]]"}) {
		std::string octets = largest_message(largest_metadata(one));
		SendRequestResult request = parse_send_request(octets, t.of());
		INFO((request ? "" : request.error().message));
		REQUIRE(request);
		CHECK(request->to.size() + request->cc.size() == 100);
		CHECK(request->attachments.size() == 20);
	}
	std::string members = "{";
	for (std::size_t i = 0; members.size() + 8 < metadata_max; i++)
		members += (i == 0 ? "\"" : ",\"") + std::to_string(i) + "\":1";
	std::string octets = largest_message(members + "}");
	CHECK(parse_send_request(octets, t.of()));
}

TEST_CASE("what no message may have is refused by its number",
    "[json_bounds]")
{
	Limits t;
	std::string octets = repeated("{\"to\":[", 5000, "\"a@example.com\"",
	    "],\"subject\":\"s\",\"body\":\"b\"}");
	SendRequestResult request = parse_send_request(octets, t.of());

	REQUIRE_FALSE(request);
	CHECK(request.error().code == ErrorCode::bad_request);
	CHECK(has(request.error().message, "values"));
	/* The bound follows the configuration. */
	t.config.max_recipients = 5000;
	CHECK(parse_send_request(octets, t.of()));
	t.key.max_recipients = 100;
	CHECK_FALSE(parse_send_request(octets, t.of()));
	/* A list that is a little too long is said to be so. */
	octets = repeated("{\"to\":[", 101, "\"a@example.com\"",
	    "],\"subject\":\"s\",\"body\":\"b\"}");
	SendRequestResult longer = parse_send_request(octets, t.of());
	REQUIRE_FALSE(longer);
	CHECK(longer.error().code == ErrorCode::validation_failed);
}

TEST_CASE("the bound of a bulk request follows `bulk'", "[json_bounds]")
{
	TestServer t;
	t.config.bulk.emplace();
	t.config.bulk->messages = GENERATE(2, 10000);
	t.start();
	t.attach_mail();
	std::size_t values = std::min(json_values_max, 1 +
	    t.config.bulk->messages *
		(SendLimits::of(t.config, t.config.keys[0]).values() + 1));
	auto posted = [&](std::size_t count) {
		std::string octets = post_request(repeated(
		    "{\"messages\":[", 1, repeated("[", count, "1", "]"), "]}"));

		octets.replace(0, strlen("POST /v1/send"), "POST /v1/send-bulk");
		Client client = t.connect();
		std::string_view left = octets;
		REQUIRE(t.until([&] {
			left.remove_prefix(client.send(left));
			client.receive();
			return (client.has("\r\n\r\n"));
		}));
		return (client);
	};

	/* Members and elements: two, and those. */
	Client taken = posted(values - 2);
	CHECK(t.answered(taken, "202"));
	CHECK(taken.has("must be an object"));
	Client refused = posted(values - 1);
	CHECK(t.answered(refused, "400"));
	CHECK(refused.has("\"code\":\"bad_request\""));
	CHECK(refused.has(
	    ("more than " + std::to_string(values) + " values").c_str()));
}
