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

#include <string>
#include <string_view>
#include <vector>

#include "catch.h"
#include "send_request.h"

using namespace std::string_literals;

namespace {

RecipientPolicy
policy(const std::vector<std::string> &entries)
{
	RecipientPolicy list;

	for (const std::string &entry : entries)
		REQUIRE(list.add(entry));
	return (list);
}

struct Setting {
	RecipientPolicy everybody = policy({"example.com", "ops@example.org"});
	RecipientPolicy key;
	SendLimits limits;

	Setting()
	{
		limits.max_recipients = 3;
		limits.max_subject = 10;
		limits.max_body = 20;
		limits.recipients = &everybody;
	}
	/* As `recipients' in the key's block. */
	void narrow(const std::vector<std::string> &entries)
	{
		key = policy(entries);
		limits.key_recipients = &key;
	}
};

SendRequestResult
parse(std::string_view octets)
{
	return (parse_send_request(octets, Setting().limits));
}

/* A valid request with more members, or others. */
std::string
request(const std::string &members, const std::string &to = R"("a@example.com")",
    const std::string &subject = R"("Hi")", const std::string &body = R"("x")")
{
	return ("{\"to\":" + to + ",\"subject\":" + subject + ",\"body\":" +
	    body + (members.empty() ? "" : "," + members) + "}");
}

std::string
with_to(const std::string &to)
{
	return (request("", to));
}

std::string
with_subject(const std::string &subject)
{
	return (request("", R"("a@example.com")", subject));
}

std::string
with_body(const std::string &body)
{
	return (request("", R"("a@example.com")", R"("Hi")", body));
}

std::string
repeat(const std::string &text, std::size_t times)
{
	std::string out;

	for (std::size_t i = 0; i < times; i++)
		out += text;
	return (out);
}

std::vector<std::string>
texts(const std::vector<MailAddress> &addresses)
{
	std::vector<std::string> out;

	for (const MailAddress &address : addresses)
		out.push_back(address.text());
	return (out);
}

using Texts = std::vector<std::string>;

void
check_accepted(const std::string &document)
{
	CAPTURE(document);
	auto result = parse(document);
	if (!result)
		FAIL_CHECK(result.error().message);
}

void
check_error(const std::string &document, ErrorCode code,
    const std::string &field, const Setting &setting = Setting())
{
	CAPTURE(document);
	auto result = parse_send_request(document, setting.limits);
	REQUIRE_FALSE(result);
	const ApiError &error = result.error();
	CAPTURE(error.message);
	CHECK(error_code_name(error.code) == error_code_name(code));
	CHECK(error.status == error_code_status(code));
	CHECK(error.field == field);
	CHECK_FALSE(error.message.empty());
	CHECK_FALSE(error.retryable());
	if (!field.empty())
		CHECK(error.message.rfind(field + ": ", 0) == 0);
	for (char c : error.message)
		CHECK((c >= 0x20 && c < 0x7f));
}

void
check_invalid(const std::string &document, const std::string &field)
{
	check_error(document, ErrorCode::validation_failed, field);
}

} /* namespace */

TEST_CASE("a request gives all its fields", "[send_request]")
{
	Setting setting;
	auto result = parse_send_request(
	    R"({"cc":["c@example.com"],"body":"one\r\ntwo","to":["a@example.com",)"
	    R"("ops@example.org"],"subject":"S\t\u00e4","from_name":"N",)"
	    R"("reply_to":["r@example.net","s@example.net"],)"
	    R"("metadata":{ "request_id" : "abc", "n":[1, null, {"x":true}] }})",
	    setting.limits);

	REQUIRE(result);
	CHECK(texts(result->to) == Texts{"a@example.com", "ops@example.org"});
	CHECK(texts(result->cc) == Texts{"c@example.com"});
	CHECK(texts(result->reply_to) ==
	    Texts{"r@example.net", "s@example.net"});
	CHECK(result->subject == "S\t\u00e4");
	CHECK(result->body == "one\r\ntwo");
	CHECK(result->from_name == "N");
	CHECK(result->client_request_id == "abc");
	CHECK(result->metadata ==
	    R"({"request_id":"abc","n":[1,null,{"x":true}]})");
}

TEST_CASE("a request stays whole when it is moved", "[send_request]")
{
	auto result = parse(request(R"("from_name":"Name")"));

	REQUIRE(result);
	SendRequest moved = std::move(*result);
	CHECK(moved.subject == "Hi");
	CHECK(moved.body == "x");
	CHECK(moved.from_name == "Name");
}

TEST_CASE("optional fields may be absent, null or an empty array",
    "[send_request]")
{
	for (const char *field : {"cc", "from_name", "reply_to", "metadata",
	    "body_html", "html_body", "attachments"})
		for (const char *value : {"null", "[]", " [ ] "}) {
			auto result = parse(request(
			    "\""s + field + "\":" + value));
			CAPTURE(field, value);
			REQUIRE(result);
			CHECK(result->cc.empty());
			CHECK(result->reply_to.empty());
			CHECK(result->from_name.empty());
			CHECK(result->metadata.empty());
			CHECK(result->client_request_id.empty());
		}
}

TEST_CASE("one address may be a string", "[send_request]")
{
	auto result = parse(request(
	    R"("cc":"c@example.com","reply_to":"r@example.net")"));

	REQUIRE(result);
	CHECK(texts(result->to) == Texts{"a@example.com"});
	CHECK(texts(result->cc) == Texts{"c@example.com"});
	CHECK(texts(result->reply_to) == Texts{"r@example.net"});
}

TEST_CASE("what is at its limit is accepted", "[send_request]")
{
	check_accepted(with_to(
	    R"(["a@example.com","b@example.com","c@example.com"])"));
	check_accepted(with_subject("\"" + repeat("\u00e4", 10) + "\""));
	check_accepted(with_subject("\"" + repeat("\U0001f600", 10) + "\""));
	check_accepted(with_body("\"" + repeat("\u00e4", 10) + "\""));
	check_accepted(with_body("\"" + repeat("\\n", 20) + "\""));
	check_accepted(request(
	    "\"from_name\":\"" + repeat("\u00e4", 128) + "\""));
	check_accepted(request("\"reply_to\":[" +
	    repeat("\"r@example.net\",", 9) + "\"r@example.net\"]"));
	check_accepted(request(
	    "\"metadata\":{\"a\":\"" + repeat("b", 4096 - 8) + "\"}"));
	check_accepted(with_body("\"\""));
	check_accepted(request(R"("from_name":"")"));
	check_accepted(request(R"("metadata":{})"));
}

TEST_CASE("missing, null and empty required fields", "[send_request]")
{
	check_invalid("{}", "to");
	check_invalid(R"({"subject":"a","body":"b"})", "to");
	check_invalid(R"({"to":"a@example.com","body":"b"})", "subject");
	check_invalid(R"({"to":"a@example.com","subject":"a"})", "body");
	check_invalid(with_to("null"), "to");
	check_invalid(with_to("[]"), "to");
	check_invalid(with_to("\"\""), "to");
	check_invalid(with_to("[\"\"]"), "to[0]");
	check_invalid(with_subject("null"), "subject");
	check_invalid(with_subject("[]"), "subject");
	check_invalid(with_body("null"), "body");
	check_invalid(with_body("[]"), "body");
}

TEST_CASE("wrong types", "[send_request]")
{
	for (const char *value : {"1", "1.5", "true", "{}", "[1]", "[[]]"}) {
		std::string field = value[0] == '[' ? "[0]" : "";
		check_invalid(with_to(value), "to" + field);
		check_invalid(
		    request("\"cc\":"s + value), "cc" + field);
		check_invalid(request("\"reply_to\":"s + value),
		    "reply_to" + field);
		check_invalid(with_subject(value), "subject");
		check_invalid(with_body(value), "body");
		check_invalid(request("\"from_name\":"s + value), "from_name");
	}
	for (const char *value : {"1", "true", "\"a\"", "[1]"})
		check_invalid(request("\"metadata\":"s + value), "metadata");
	check_invalid(with_to(R"(["a@example.com",null])"), "to[1]");
	check_invalid(with_to(R"(["a@example.com",["b@example.com"]])"), "to[1]");
}

TEST_CASE("too many and too long", "[send_request]")
{
	std::string four = R"(["a@example.com","b@example.com",)"
	    R"("c@example.com","d@example.com"])";

	check_invalid(with_to(four), "to");
	/* What was named is counted, not what is unique. */
	check_invalid(with_to("[" + repeat("\"a@example.com\",", 3) +
	    "\"a@example.com\"]"), "to");
	check_invalid(request("\"cc\":" + four), "cc");
	check_invalid(request(R"("cc":["b@example.com","c@example.com",)"
	    R"("d@example.com"])"), "cc");
	check_invalid(with_subject("\"" + repeat("\u00e4", 11) + "\""),
	    "subject");
	check_invalid(with_body("\"" + repeat("a", 21) + "\""), "body");
	check_invalid(with_body("\"" + repeat("\u00e4", 11) + "\""), "body");
	check_invalid(request("\"from_name\":\"" + repeat("a", 129) + "\""),
	    "from_name");
	check_invalid(request("\"reply_to\":[" +
	    repeat("\"r@example.net\",", 10) + "\"r@example.net\"]"),
	    "reply_to");
	check_invalid(request(
	    "\"metadata\":{\"a\":\"" + repeat("b", 4096 - 7) + "\"}"),
	    "metadata");
}

TEST_CASE("cc when to has used up all recipients", "[send_request]")
{
	std::string three =
	    R"(["a@example.com","b@example.com","c@example.com"])";

	check_accepted(request("\"cc\":[]", three));
	check_invalid(request("\"cc\":\"d@example.com\"", three), "cc");
}

TEST_CASE("a blank subject", "[send_request]")
{
	for (const char *subject : {"", " ", "   ", "\\t", " \\t ", "\u00a0",
	    "\u3000\u2003 ", "\u1680\u2000\u200a\u202f\u205f"})
		check_invalid(with_subject("\""s + subject + "\""), "subject");
	/* Invisible, yet no white space. */
	check_accepted(with_subject("\"\u200b\""));
	check_accepted(with_subject("\" a \""));
}

TEST_CASE("control characters", "[send_request]")
{
	Texts controls = {"\x7f", "\u0080", "\u0085", "\u009f", "\u2028",
	    "\u2029"};

	for (int c = 1; c < 0x20; c++) {
		char escape[8];
		std::snprintf(escape, sizeof(escape), "\\u%04x", c);
		if (c != '\t')
			controls.push_back(escape);
	}
	for (const std::string &control : controls) {
		std::string text = "\"a" + control + "b\"";
		check_invalid(with_subject(text), "subject");
		check_invalid(request("\"from_name\":" + text), "from_name");
		check_invalid(with_to("\"a" + control + "b@example.com\""),
		    "to");
		check_invalid(with_to("\"\\\"a" + control +
		    "b\\\"@example.com\""), "to");
		check_invalid(request(
		    "\"reply_to\":[\"a" + control + "b@example.com\"]"),
		    "reply_to[0]");
		check_accepted(with_body(text));
	}
	check_accepted(with_subject("\"a\\tb\""));
	check_invalid(request(R"("from_name":"a\tb")"), "from_name");
	check_invalid(with_to(R"("a\tb@example.com")"), "to");
	check_accepted(with_subject("\"\u00a0\u202e\u200d\ufeff\""s + ""));
}

TEST_CASE("every other character stays", "[send_request]")
{
	auto result = parse(request("", R"("a@example.com")",
	    R"("  \u00e4\ud83d\ude00 \ufeff ")", R"("\r\n\u2028 \t\r")"));

	REQUIRE(result);
	CHECK(result->subject == "  \u00e4\U0001f600 \ufeff ");
	CHECK(result->body == "\r\n\u2028 \t\r");
}

TEST_CASE("addresses", "[send_request]")
{
	for (const char *address : {"a", "a@", "@example.com", "a@b@example.com",
	    "A <a@example.com>", "<a@example.com>", "a@example.com,b@example.com",
	    " a@example.com", "a@example.com ", "g:a@example.com;",
	    "a(c)@example.com", "@b:a@example.com", "a@ex\u00e4mple.com",
	    "a@example.com.", "a..b@example.com"})
		check_invalid(with_to("\""s + address + "\""), "to");
	check_invalid(with_to(R"(["a@example.com","b"])"), "to[1]");
	check_invalid(request(R"("cc":"b")"), "cc");
	check_invalid(request(R"("cc":["b"])"), "cc[0]");
	check_invalid(request(R"("reply_to":["a@example.net","b"])"),
	    "reply_to[1]");
	check_accepted(with_to("\"j\u00fcrgen@example.com\""));
	check_accepted(with_to(R"("\"a b\"@EXAMPLE.com")"));
}

TEST_CASE("recipient policies", "[send_request]")
{
	check_invalid(with_to(R"("a@example.org")"), "to");
	check_invalid(with_to(R"("a@sub.example.com")"), "to");
	check_invalid(with_to(R"(["a@example.com","a@example.net"])"), "to[1]");
	check_invalid(request(R"("cc":["a@example.net"])"), "cc[0]");
	check_invalid(with_to(R"("a@[192.0.2.1]")"), "to");
	check_accepted(with_to(R"("ops@example.org")"));
	/* Replies may go anywhere. */
	check_accepted(request(R"("reply_to":"a@example.net")"));
	check_invalid(request(R"("reply_to":"a@[192.0.2.1]")"), "reply_to");
}

TEST_CASE("both policies must allow a recipient", "[send_request]")
{
	Setting setting;

	setting.narrow({"a@example.com", "example.net"});
	CHECK(parse_send_request(request(""), setting.limits));
	check_error(with_to(R"("b@example.com")"), ErrorCode::validation_failed,
	    "to", setting);
	check_error(with_to(R"("ops@example.org")"),
	    ErrorCode::validation_failed, "to", setting);
	check_error(with_to(R"("a@example.net")"), ErrorCode::validation_failed,
	    "to", setting);
}

TEST_CASE("unknown members", "[send_request]")
{
	for (const char *name : {"from", "bcc", "headers", "To", "sender",
	    "x-a_9"}) {
		check_invalid(request("\""s + name + "\":\"a\""), name);
		/* null and empty arrays are absence in known fields only. */
		check_invalid(request("\""s + name + "\":null"), name);
		check_invalid(request("\""s + name + "\":[]"), name);
	}
	/* What is no plain name is not repeated. */
	for (const char *name : {"", " ", "a@example.com", "a b", "\u00e4",
	    "a\\nb", "to[0]"})
		check_invalid(request("\""s + name + "\":1"), "");
	check_invalid(request("\"" + repeat("a", 65) + "\":1"), "");
}

TEST_CASE("what is not enabled is 404", "[send_request]")
{
	for (const char *value : {"\"\"", "\"<p>\"", "1", "{}", "[1]"}) {
		check_error(request("\"body_html\":"s + value),
		    ErrorCode::feature_disabled, "body_html");
		check_error(request("\"html_body\":"s + value),
		    ErrorCode::feature_disabled, "html_body");
		check_error(request("\"attachments\":"s + value),
		    ErrorCode::feature_disabled, "attachments");
	}
}

TEST_CASE("the first of several errors", "[send_request]")
{
	/* The document, unknown members, switches, then the table's order. */
	check_error(R"({"from":1,"to":5,)", ErrorCode::bad_request, "");
	check_invalid(R"({"body_html":"a","to":5,"zz":1,"aa":1})", "zz");
	check_error(R"({"to":5,"attachments":[1]})", ErrorCode::feature_disabled,
	    "attachments");
	check_invalid(R"({"metadata":1,"reply_to":1,"from_name":1,"body":1,)"
	    R"("subject":1,"cc":1,"to":1})", "to");
	check_invalid(R"({"metadata":1,"reply_to":1,"from_name":1,"body":1,)"
	    R"("subject":1,"cc":1,"to":"a@example.com"})", "cc");
	check_invalid(R"({"metadata":1,"reply_to":1,"from_name":1,"body":1,)"
	    R"("subject":1,"to":"a@example.com"})", "subject");
	check_invalid(R"({"metadata":1,"reply_to":1,"from_name":1,"body":1,)"
	    R"("subject":"a","to":"a@example.com"})", "body");
	check_invalid(R"({"metadata":1,"reply_to":1,"from_name":1,"body":"",)"
	    R"("subject":"a","to":"a@example.com"})", "from_name");
	check_invalid(R"({"metadata":1,"reply_to":1,"body":"",)"
	    R"("subject":"a","to":"a@example.com"})", "reply_to");
}

TEST_CASE("what is not JSON", "[send_request]")
{
	std::string valid = request("");

	for (const std::string &document : Texts{"", " ", "\0"s, "a", "to=a",
	    "[]", "[" + valid + "]", "1", "\"a\"", "null", "true", "{",
	    valid.substr(0, valid.size() - 1), valid + "x", valid + valid,
	    valid + "\0"s, valid + ",", "\xef\xbb\xbf" + valid,
	    request("\"cc\":[],"), request("\"cc\":[],\"cc\":[]"),
	    request(R"("\u0063c":[],"cc":[])"),
	    request(R"("metadata":{"a":1,"a":2})"), request("'cc':[]"),
	    request("\"cc\":[],/**/\"x\":1"), request("\"metadata\":{\"a\":01}"),
	    request("\"metadata\":{\"a\":NaN}"),
	    request("\"metadata\":{\"a\":1e400}"),
	    request("\"metadata\":{\"a\":18446744073709551616}"),
	    with_subject("\"\xff\""), with_subject("\"\xc0\xaf\""),
	    with_subject("\"\xed\xa0\x80\""), with_subject("\"\xf4\x90\x80\x80\""),
	    with_subject(R"("\ud800")"), with_subject(R"("\udc00")"),
	    with_subject(R"("\ud800\u0041")"), with_subject(R"("\u0000")"),
	    with_subject("\"a\0b\""s), with_subject("\"a\nb\""),
	    with_subject(R"("\x41")"), with_subject(R"("\u12")"),
	    with_body("\"a\tb\""), with_body(R"("\u0000")"),
	    request("\"a\\u0000\":1"),
	    request("\"metadata\":{\"a\":1\0}"s),
	    request("\"metadata\":{\"a\":1.5\0}"s),
	    request("\"metadata\":{\"a\":true\0}"s),
	    request("\"cc\":null\0"s)})
		check_error(document, ErrorCode::bad_request, "");
}

TEST_CASE("nesting up to 32 levels", "[send_request]")
{
	auto nested = [](std::size_t levels, const char *open, const char *close,
	    const char *inner) {
		return (request("\"metadata\":{\"a\":" +
		    repeat(open, levels - 2) + inner +
		    repeat(close, levels - 2) + "}"));
	};

	check_accepted(nested(32, "[", "]", "1"));
	check_accepted(nested(32, "{\"a\":", "}", "1"));
	/* Brackets in strings are text. */
	check_accepted(nested(32, "[", "]", R"("[[{{\"[\\")"));
	check_error(nested(33, "[", "]", ""), ErrorCode::bad_request, "");
	check_error(nested(33, "{\"a\":", "}", "1"), ErrorCode::bad_request, "");
	check_error(repeat("[", 1000000), ErrorCode::bad_request, "");
	check_error(repeat("{\"a\":", 100000), ErrorCode::bad_request, "");
	/* Beside each other is not within each other. */
	check_accepted(request("\"metadata\":{\"a\":[" + repeat("[],", 100) +
	    "[]]}"));
}

TEST_CASE("a document of very many values is refused before it is read",
    "[send_request]")
{
	check_error(request("\"metadata\":{\"a\":[" + repeat("[],", 100000) +
	    "[]]}"), ErrorCode::bad_request, "");
	/* No honest one comes near; a list a little too long is told so. */
	check_error(with_to("[" + repeat("\"a@example.com\",", 10000) +
	    "\"a@example.com\"]"), ErrorCode::bad_request, "");
	check_invalid(with_to("[" + repeat("\"a@example.com\",", 1000) +
	    "\"a@example.com\"]"), "to");
}

TEST_CASE("error texts never quote what was sent", "[send_request]")
{
	for (const std::string &document : Texts{
	    with_to("\"sEcReT\""), with_to("\"sEcReT@example.net\""),
	    with_to("[\"sEcReT@sEcReT@\"]"), with_subject("\"sEcReT\\n\""),
	    with_body("\"sEcReT sEcReT sEcReT sEcReT\""),
	    request("\"metadata\":\"sEcReT\""), "{\"to\":\"sEcReT\"",
	    "{\"to\" sEcReT}", request("\"cc\":1,\"cc\":\"sEcReT\""),
	    request("\"sEcReT@example.com\":1")}) {
		auto result = parse(document);
		REQUIRE_FALSE(result);
		CAPTURE(result.error().message);
		CHECK(result.error().message.find("sEcReT") == std::string::npos);
		CHECK(result.error().field.find("sEcReT") == std::string::npos);
	}
}

TEST_CASE("metadata.request_id counts only as a string", "[send_request]")
{
	auto result = parse(request(R"("metadata":{"request_id":5})"));

	REQUIRE(result);
	CHECK(result->client_request_id.empty());
	CHECK(result->metadata == R"({"request_id":5})");
	result = parse(request(R"("metadata":{"x":{"request_id":"a"}})"));
	REQUIRE(result);
	CHECK(result->client_request_id.empty());
}

TEST_CASE("the limits in force for a key", "[send_request]")
{
	HttpConfig config;
	HttpKey key;

	config.max_recipients = 10;
	config.max_subject = 255;
	config.max_body = 65536;
	SendLimits limits = SendLimits::of(config, key);
	CHECK(limits.max_recipients == 10);
	CHECK(limits.max_subject == 255);
	CHECK(limits.max_body == 65536);
	CHECK(limits.recipients == &config.recipients);
	CHECK(limits.key_recipients == nullptr);

	key.max_recipients = 3;
	key.recipients = policy({"example.com"});
	limits = SendLimits::of(config, key);
	CHECK(limits.max_recipients == 3);
	CHECK(limits.key_recipients == &*key.recipients);
	key.max_recipients = 11;
	CHECK(SendLimits::of(config, key).max_recipients == 10);
}
