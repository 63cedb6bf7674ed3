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

#include <jansson.h>

#include <map>
#include <string>
#include <vector>

#include "captured_log.h"
#include "http_server.h"
#include "queue_id.h"

namespace {

using Line = std::map<std::string, std::string>;

/* Each line as an object, which it must be; numbers as text. */
std::vector<Line>
parse_lines(const std::string &text)
{
	std::vector<Line> lines;

	for (std::size_t begin = 0; begin < text.size();) {
		std::size_t end = text.find('\n', begin);
		std::string line = text.substr(begin, end - begin);
		INFO(line);
		CHECK(line.size() <= log_line_max);
		json_t *object = json_loads(
		    line.c_str(), JSON_REJECT_DUPLICATES, nullptr);
		REQUIRE(json_is_object(object));
		lines.emplace_back();
		for (void *i = json_object_iter(object); i != nullptr;
		     i = json_object_iter_next(object, i)) {
			json_t *value = json_object_iter_value(i);
			lines.back()[json_object_iter_key(i)] =
			    json_is_integer(value)
			    ? std::to_string(json_integer_value(value))
			    : json_string_value(value);
		}
		json_decref(object);
		begin = end + 1;
	}
	return (lines);
}

std::string
message_with(const std::string &members)
{
	return ("{\"to\":\"user@example.com\",\"subject\":\"s\","
		"\"body\":\"b\"," + members + "}");
}

std::size_t
count_event(const std::vector<Line> &lines, const std::string &event)
{
	std::size_t count = 0;

	for (const Line &line : lines)
		count += line.at("event") == event;
	return (count);
}

SubmissionResult
accepted_result(std::uint64_t id)
{
	SubmissionResult result;

	result.id = id;
	result.outcome = Outcome::accepted;
	result.message_id = "<a@b>";
	result.code = 250;
	result.enhanced = "2.0.0";
	result.reply = "Ok: queued as 4WqX, <user@example.com>";
	result.stage = Stage::reply;
	result.relay = "mail.example.com";
	result.address = *IpAddress::parse("192.0.2.25");
	result.connection = 7;
	result.connection_use = 3;
	result.tls = true;
	return (result);
}

} /* namespace */

TEST_CASE("an audit line has all that is known", "[audit]")
{
	TestServer s;
	s.config.generation = 12;
	s.start();
	s.attach_mail();
	CapturedLog log(log_as_json);
	Client client = s.connect();

	client.send(post_request(message_with(
	    "\"metadata\":{\"request_id\":\"order\\n1\",\"n\":1}")));
	s.send_result(accepted_result(s.take_submission()));
	REQUIRE(s.answered(client, "202"));
	std::vector<Line> lines = parse_lines(log.text());
	REQUIRE(lines.size() == 1);
	Line &line = lines[0];
	Line wanted = {{"level", "info"}, {"message", "message accepted"},
	    {"event", "message"}, {"client", "192.0.2.1"}, {"key", "test"},
	    {"status", "202"}, {"recipients", "1"}, {"stage", "reply"},
	    {"relay", "mail.example.com"}, {"address", "192.0.2.25"},
	    {"tls", "yes"}, {"connection", "7"}, {"use", "3"},
	    {"smtp_code", "250"}, {"smtp_enhanced", "2.0.0"},
	    {"queue_id", "4WqX"}, {"generation", "12"},
	    {"to", "*@example.com"},
	    {"smtp_reply", "Ok: queued as 4WqX, <*@example.com>"},
	    {"client_request_id", "order\n1"},
	    {"metadata", "{\"request_id\":\"order\\n1\",\"n\":1}"}};
	for (const auto &[name, value] : wanted) {
		INFO(name);
		CHECK(line[name] == value);
	}
	for (const char *name : {"time", "process", "pid", "request_id",
		 "octets", "queue_ms", "envelope_ms", "content_ms", "head_ms",
		 "body_ms", "total_ms"}) {
		INFO(name);
		CHECK(line.count(name) == 1);
	}
	CHECK(line.count("peer") == 0);
}

TEST_CASE("masking is the key's", "[audit]")
{
	TestServer s;
	s.config.keys[0].mask_recipients = false;
	s.start();
	s.attach_mail();
	CapturedLog log(log_as_json);
	Client client = s.connect();

	client.send(post_request(good_message));
	s.send_result(accepted_result(s.take_submission()));
	REQUIRE(s.answered(client, "202"));
	std::vector<Line> lines = parse_lines(log.text());
	REQUIRE(lines.size() == 1);
	CHECK(lines[0]["to"] == "a@example.com");
	CHECK(lines[0]["smtp_reply"] ==
	    "Ok: queued as 4WqX, <user@example.com>");
}

TEST_CASE("what a client says cannot break, forge or grow a line", "[audit]")
{
	TestServer s;
	s.start();
	s.attach_mail();
	Client client = s.connect();
	std::string evil = "x\\r\\n{\\\"event\\\":\\\"message\\\"} event=reload"
	    "\\u2028\\u0085\\u001b[2J\\\\\\\"";
	std::string much;

	while (much.size() < 3000)
		much += evil;
	for (const LogSettings &settings : {log_as_json, log_as_text}) {
		CapturedLog log(settings);
		client.received.clear();
		client.send(post_request(message_with(
		    "\"metadata\":{\"request_id\":\"" + evil +
		    "\",\"k\":\"" + much + "\"}")));
		SubmissionResult result =
		    accepted_result(s.take_submission());
		result.reply = std::string(reply_text_max, '"');
		result.relay = std::string(255, 'r');
		s.send_result(result);
		REQUIRE(s.answered(client, "202"));
		std::string text = log.text();
		INFO(text);
		CHECK(text.size() <= log_line_max + 1);
		CHECK(text.find('\n') == text.size() - 1);
		for (const char *bad : {"\r", "\x1b", "\u2028", "\u0085"})
			CHECK(text.find(bad) == std::string::npos);
		CHECK(text.find("generation") != std::string::npos);
		CHECK(text.find("total_ms") != std::string::npos);
		if (settings.json)
			CHECK(parse_lines(text)[0]["event"] == "message");
		else
			/* Quotes within the value are escaped. */
			CHECK(text.find(" event=message ") <
			    text.find("event=reload"));
	}
}

TEST_CASE("a refusal is a line with its event and reason", "[audit]")
{
	TestServer s;
	s.config.keys[0].limit = {1, 3600000000000, 1};
	HttpKey disabled = s.config.keys[0];
	disabled.name = "old";
	disabled.enabled = false;
	disabled.slot = 1;
	disabled.digests = {sha256(sha256("disabled-disabled-disabled-disabled"))};
	s.config.keys.push_back(disabled);
	s.start();
	s.attach_mail();
	CapturedLog log(log_as_json);
	struct {
		std::string request, status, event, reason, level;
	} cases[] = {
	    {get_request("/v1/keys/self"), "401", "auth_failure", "missing",
		"warning"},
	    {get_request("/v1/keys/self", "Authorization: Basic x\r\n"), "401",
		"auth_failure", "malformed", "warning"},
	    {get_request("/v1/keys/self", "X-API-Key: wrong\r\n"), "403",
		"auth_failure", "unknown", "warning"},
	    {post_request(good_message, "",
		"disabled-disabled-disabled-disabled"), "403", "auth_failure",
		"disabled", "warning"},
	    {get_request("/readyz"), "403", "source_refusal", "monitor from",
		"warning"},
	    {post_request(message_with("\"from_name\":\"a\\nBcc: x\"")), "400",
		"injection_attempt", "", "warning"},
	    {post_request(good_message), "429", "limit_refusal", "key", "info"},
	    {"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", "400", "bad_request", "",
		"info"},
	};

	for (const auto &c : cases) {
		INFO(c.request);
		Client client = s.connect();
		client.send(c.request);
		REQUIRE(s.answered(client, c.status));
		std::vector<Line> lines = parse_lines(log.text());
		REQUIRE(lines.size() == 1);
		CHECK(lines[0]["event"] == c.event);
		CHECK(lines[0]["reason"] == c.reason);
		CHECK(lines[0]["status"] == c.status);
		CHECK(lines[0]["level"] == c.level);
		CHECK(lines[0]["client"] == "192.0.2.1");
		CHECK(lines[0].count("request_id") == 1);
	}
}

TEST_CASE("a control character in a header's text is an attempt", "[audit]")
{
	TestServer s;
	s.config.attachments = AttachmentLimits{2, 1000, 1000};
	s.config.html = true;
	s.start();
	s.attach_mail();
	CapturedLog log(log_as_json);
	auto attachment = [](const std::string &name, const std::string &type,
	    const std::string &id) {
		return ("\"body_html\":\"x\",\"attachments\":[{\"filename\":\"" +
		    name + "\",\"content_type\":\"" + type +
		    "\",\"data\":\"\",\"content_id\":\"" + id + "\"}]");
	};
	struct {
		std::string body;
		bool injection;
	} cases[] = {
	    {"{\"to\":\"a@b\",\"subject\":\"x\\u2028y\",\"body\":\"\"}", true},
	    {"{\"to\":\"a@b\\r\\nRCPT TO:<c@d>\",\"subject\":\"x\","
	     "\"body\":\"\"}", true},
	    {message_with("\"reply_to\":[\"a@b\\u0000\"]"), false}, /* NUL */
	    {message_with("\"reply_to\":[\"a@b\\n\"]"), true},
	    {message_with("\"from_name\":\"\\t\""), true},
	    {message_with(attachment("a\\nb", "text/plain", "c")), true},
	    {message_with(attachment("a", "text/plain\\r\\nX: y", "c")), true},
	    {message_with(attachment("a", "text/plain", "c\\n")), true},
	    {message_with(attachment("a/b", "text/plain", "c")), false},
	    {message_with(attachment("a", "text", "c")), false},
	    {message_with("\"cc\":\"nobody\""), false},
	};

	for (const auto &c : cases) {
		INFO(c.body);
		Client client = s.connect();
		client.send(post_request(c.body));
		REQUIRE(s.answered(client, "400"));
		std::vector<Line> lines = parse_lines(log.text());
		REQUIRE(lines.size() == 1);
		CHECK((lines[0]["event"] == "injection_attempt") ==
		    c.injection);
	}
}

TEST_CASE("a flood of refusals leaves the accepted their lines", "[audit]")
{
	TestServer s;
	s.start();
	s.attach_mail();
	CapturedLog log(log_as_json);
	Client client = s.connect();
	std::vector<Line> lines;

	for (int round = 0; round < 10; round++) {
		std::string statuses;
		for (int i = 0; i < 100; i++) {
			client.send(get_request("/v1/keys/self"));
			statuses += "401 ";
		}
		client.send(post_request(good_message));
		s.send_result(accepted_result(s.take_submission()));
		client.received.clear();
		s.until([&] {
			client.receive();
			return (client.has("HTTP/1.1 202"));
		});
		for (Line &line : parse_lines(log.text()))
			lines.push_back(std::move(line));
	}
	CHECK(count_event(lines, "message") == 10);
	CHECK(count_event(lines, "auth_failure") == LogLimit::burst);
	CHECK(s.segment.lines_left_out(0) == 1000 - LogLimit::burst);
}

TEST_CASE("a connection too many of one address is a line", "[audit]")
{
	TestServer s;
	s.config.max_connections_per_address = 1;
	s.start();
	CapturedLog log(log_as_json);
	Client first = s.connect();
	Client second = s.connect();

	CHECK(s.ended(second));
	std::vector<Line> lines = parse_lines(log.text());
	REQUIRE(lines.size() == 1);
	CHECK(lines[0]["event"] == "connection_refusal");
	CHECK(lines[0]["client"] == "192.0.2.1");
}

TEST_CASE("a flood of connections that are refused is no flood of lines",
    "[audit]")
{
	TestServer s;
	s.config.trusted_proxies.from =
	    PrefixList({*Prefix::parse("198.51.100.1")});
	s.config.max_connections_per_address = 1;
	s.start();
	CapturedLog log(log_as_json);
	Client first = s.connect();
	ListenerUse proxied;

	proxied.proxy = true;
	for (const ListenerUse &use : {ListenerUse(), proxied}) {
		std::uint64_t before = s.segment.lines_left_out(0);
		/* So that there is room for a burst again. */
		s.run_for(5000);
		log.text();
		for (int i = 0; i < 500; i++) {
			Client client = s.connect_from(use.proxy
				? "192.0.2.2" : "192.0.2.1", use);
			REQUIRE(s.ended(client));
		}
		std::vector<Line> lines = parse_lines(log.text());
		std::uint64_t written =
		    count_event(lines, "connection_refusal");
		CHECK(written == LogLimit::burst);
		CHECK(s.segment.lines_left_out(0) - before + written == 500);
	}
}

TEST_CASE("queue ids of several servers", "[queue_id]")
{
	struct {
		std::string reply, id;
	} cases[] = {
	    {"Ok: queued as 4WqX2c1Yz9zP", "4WqX2c1Yz9zP"},
	    {"2.0.0 Ok: queued as B3F1E2A0C9", "B3F1E2A0C9"},
	    {"OK id=1sA2bC-000000001Xy-3ZqL", "1sA2bC-000000001Xy-3ZqL"},
	    {"1c2d3e4f Message accepted for delivery", "1c2d3e4f"},
	    {"45CDE1234 Message accepted for delivery", "45CDE1234"},
	    {"Ok", ""},
	    {"", ""},
	    {"queued as ", ""},
	    {"queued as <x>", ""},
	    {"InternalId=5", ""},
	    {" Message accepted", ""},
	    {"queued as " + std::string(64, 'a'), std::string(64, 'a')},
	    {"queued as " + std::string(65, 'a'), ""},
	    {"queued as a b\"c", "a"},
	};

	for (const auto &c : cases) {
		INFO(c.reply);
		CHECK(queue_id(c.reply) == c.id);
	}
}
