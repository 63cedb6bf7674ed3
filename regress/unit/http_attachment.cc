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

/* What is posted beside the text: its rules, and the request's limits. */

#include <string>
#include <string_view>
#include <vector>

#include "attachment.h"
#include "base64.h"
#include "catch.h"
#include "send_request.h"

using namespace std::string_literals;

namespace {

using Texts = std::vector<std::string>;

/* Everything is on, and small. */
struct Setting {
	RecipientPolicy everybody = RecipientPolicy::any();
	AttachmentLimits attachments{3, 6, 10};
	SendLimits limits;

	Setting()
	{
		limits.max_recipients = 3;
		limits.max_subject = 10;
		limits.max_body = 20;
		limits.recipients = &everybody;
		limits.html = true;
		limits.attachments = &attachments;
	}
};

std::string
request(const std::string &members)
{
	return (R"({"to":"a@example.com","subject":"Hi","body":"x",)" +
	    members + "}");
}

/* One attachment with members replaced, or left out when they are empty. */
std::string
attachment(const std::string &filename = "\"a\"",
    const std::string &type = "\"text/plain\"",
    const std::string &data = "\"YQ==\"", const std::string &more = "")
{
	std::string members;

	for (const auto &[name, value] : {std::pair("filename", filename),
		 std::pair("content_type", type), std::pair("data", data)})
		if (!value.empty())
			members += ",\""s + name + "\":" + value;
	return ("{" + (members + (more.empty() ? "" : "," + more)).substr(1) +
	    "}");
}

std::string
with(const std::string &list, const std::string &more = "")
{
	return (request("\"attachments\":" + list + more));
}

const std::string html = ",\"body_html\":\"<p>\"";

void
check_accepted(const std::string &document)
{
	Setting setting;

	CAPTURE(document);
	auto result = parse_send_request(document, setting.limits);
	if (!result)
		FAIL_CHECK(result.error().message);
}

void
check_invalid(const std::string &document, const std::string &field)
{
	Setting setting;

	CAPTURE(document);
	auto result = parse_send_request(document, setting.limits);
	REQUIRE_FALSE(result);
	const ApiError &error = result.error();
	CAPTURE(error.message);
	CHECK(error.code == ErrorCode::validation_failed);
	CHECK(error.status == 400);
	CHECK(error.field == field);
	CHECK(error.message.rfind(field + ": ", 0) == 0);
}

} /* namespace */

TEST_CASE("file names", "[attachment]")
{
	for (const std::string &name : Texts{"a", ".", "..", " ", "a b.pdf",
	    "\u00e4\u65e5\U0001f600", "\u202e", "\"", ";", "=?", "%41",
	    std::string(255, 'a')}) {
		CAPTURE(name);
		CHECK(wrong_filename(name) == nullptr);
	}
	for (const std::string &name : Texts{"", std::string(256, 'a'), "/",
	    "a/b", "../a", "\\", "a\\b", "a\nb", "a\rb", "a\tb", "\x01", "a\x7f",
	    "a\u0085", "\u2028", "\u2029", "\xff", std::string("\0", 1)}) {
		CAPTURE(name);
		CHECK(wrong_filename(name) != nullptr);
	}
}

TEST_CASE("content types", "[attachment]")
{
	const std::string longest =
	    "text/plain; a=" + std::string(255 - 14, 'b');

	for (const std::string &type : Texts{"text/plain", "a/b",
	    "TEXT/Plain; Charset=utf-8", "text/plain;charset=\"utf-8\"",
	    "text/plain ;a=b ;  c=d", "a/b; c=\"d;e=\\\"f\\\\ g\"",
	    "a/b; c=\"\"", "x!#$&-^_.+`{|}~/*'%", "a/b; name*=utf-8''x",
	    "multiparts/mixed", "messages/x", "a/multipart", longest}) {
		CAPTURE(type);
		CHECK(wrong_content_type(type) == nullptr);
	}
	for (const std::string &type : Texts{"", "text", "text/", "/plain",
	    "text/plain/x", "text /plain", "text/ plain", " text/plain",
	    "text/plain ", "text/plain;", "text/plain; ", "text/plain;;a=b",
	    "text/plain; a", "text/plain; =b", "text/plain; a=",
	    "text/plain; a =b", "text/plain; a= b", "text/plain; a=b c",
	    "text/plain, a/b", "text/plain; a=\"b", "text/plain; a=\"b\\\"",
	    "text/plain; a=\"b\"c", "text/plain; a=b; A=c",
	    "text/plain; a=\"b\"; a=\"b\"", "text/(x)plain",
	    "text/plain; a=b@c", "text/pl\u00e4in", "text/plain; a=\"\u00e4\"",
	    "text/plain;\ta=b", "text/plain;\n a=b", "text/plain; a=\"\t\"",
	    "text/plain; a=\"b\r\nBcc: x\"", "multipart/mixed",
	    "Multipart/Mixed; boundary=a", "message/rfc822", "MESSAGE/partial",
	    longest + "b"}) {
		CAPTURE(type);
		CHECK(wrong_content_type(type) != nullptr);
	}
}

TEST_CASE("a content type taken apart", "[attachment]")
{
	CHECK(split_content_type("a/b") ==
	    std::vector<std::string_view>{"a/b"});
	CHECK(split_content_type("a/b ;c=d;  e=\"f; g\"") ==
	    std::vector<std::string_view>{"a/b", "c=d", "e=\"f; g\""});
	CHECK(split_content_type("a/b; c").empty());
}

TEST_CASE("content ids", "[attachment]")
{
	for (const std::string &id : Texts{"logo", "a.b.c", "a@b", "1@a-b.c9",
	    "!#$%&'*+-/=?^_`{|}~@example.com", std::string(255, 'a'),
	    "a@" + std::string(63, 'b')}) {
		CAPTURE(id);
		CHECK(wrong_content_id(id) == nullptr);
	}
	for (const std::string &id : Texts{"", "@", "a@", "@b", "<a@b>", "a b",
	    " a", "a ", ".a", "a.", "a..b", "a@b.", "a@.b", "a@b..c", "a@-b",
	    "a@b-", "a@b_c", "a@b@c", "a@[1.2.3.4]", "\"a\"@b", "a,b", "a>b",
	    "\u00e4", "a@\u00e4", "a\n", "a\r\nBcc: b", "a\x7f",
	    std::string(256, 'a'), "a@" + std::string(64, 'b')}) {
		CAPTURE(id);
		CHECK(wrong_content_id(id) != nullptr);
	}
}

TEST_CASE("base64, strictly", "[attachment]")
{
	struct Case {
		const char *text;
		std::size_t size;
	};
	for (const Case &one : {Case{"", 0}, Case{"AA==", 1}, Case{"YQ==", 1},
	    Case{"YWI=", 2}, Case{"YWJj", 3}, Case{"++//", 3},
	    Case{"YWJjYQ==", 4}, Case{"YWJjZGVmZ2hp", 9}}) {
		CAPTURE(one.text);
		REQUIRE(base64_decoded_size(one.text));
		CHECK(*base64_decoded_size(one.text) == one.size);
	}
	for (const char *text : {"A", "AA", "AAA", "AA=", "A===", "====", "=",
	    "==", "YQ=", "YQ", "YR==", "YX==", "YWJ=", "YWK=", "YWL=", "YWI", "Y=Q=", "YQ==YQ==",
	    "=AAA", "YWJj=", "YWJj====", "YWJjYR==", " YQ==", "YQ== ", "YQ==\n",
	    "YW\nJj", "YWJj\r\n", "Y-J_", "YWJ\x80", "YWJjYWJj\x80" "AAA",
	    "YWJjYW!jYWJj", "YWJjYWJj.AAA", "YWJ,"}) {
		CAPTURE(text);
		CHECK_FALSE(base64_decoded_size(text));
	}
	CHECK_FALSE(base64_decoded_size("YQ=\0"s));
	/* Exactly 64 characters and the padding, wherever they stand. */
	for (std::size_t place = 0; place < 20; place++) {
		int taken = 0;
		for (int c = 0; c < 256; c++) {
			std::string text(20, 'A');
			text[place] = static_cast<char>(c);
			taken += base64_decoded_size(text) ? 1 : 0;
		}
		CHECK(taken == (place == 19 ? 65 : 64));
	}
}

TEST_CASE("base64 in lines is what was posted", "[attachment]")
{
	for (std::size_t size = 0; size < 400; size += 4) {
		std::string data, lines;
		for (std::size_t i = 0; i < size; i++)
			data += static_cast<char>('A' + i % 26);
		std::string_view rest = data;
		append_base64_lines(lines, rest, SIZE_MAX);
		CHECK(lines.size() == base64_lines_of(size));
		std::string joined;
		std::size_t begin = 0;
		while (begin < lines.size()) {
			std::size_t end = lines.find("\r\n", begin);
			REQUIRE(end != std::string::npos);
			CHECK((end - begin == 76 || end + 2 == lines.size()));
			joined += lines.substr(begin, end - begin);
			begin = end + 2;
		}
		CHECK(joined == data);
	}
}

TEST_CASE("HTML and attachments of a request", "[attachment]")
{
	Setting setting;
	auto result = parse_send_request(
	    request(R"("html_body":"<p>","attachments":[)"
	    R"({"data":"YWI=","content_type":"a/b; c=d","filename":"f"},)"
	    R"({"content_id":"x@y","filename":"g","content_type":"a/c",)"
	    R"("data":""},)"
	    R"({"content_id":null,"filename":"\u00e4","content_type":"a\/d",)"
	    R"("data":"\/\/8="}])"), setting.limits);

	REQUIRE(result);
	CHECK(result->body_html == "<p>");
	REQUIRE(result->attachments.size() == 3);
	CHECK(result->attachments[0].filename == "f");
	CHECK(result->attachments[0].content_type == "a/b; c=d");
	CHECK(result->attachments[0].data == "YWI=");
	CHECK(result->attachments[0].content_id.empty());
	CHECK(result->attachments[1].data.empty());
	CHECK(result->attachments[1].content_id == "x@y");
	CHECK(result->attachments[2].filename == "\u00e4");
	CHECK(result->attachments[2].content_type == "a/d");
	CHECK(result->attachments[2].data == "//8=");
	CHECK(result->attachments[2].content_id.empty());

	/* Empty HTML is HTML. */
	auto empty = parse_send_request(
	    request(R"("body_html":"")"), setting.limits);
	REQUIRE(empty);
	CHECK(empty->body_html == "");
	auto none = parse_send_request(request(
	    R"("body_html":null,"html_body":null)"), setting.limits);
	REQUIRE(none);
	CHECK_FALSE(none->body_html);
}

TEST_CASE("long data is not copied, unless it holds escapes", "[attachment]")
{
	Setting setting;
	setting.attachments = {1, 1000, 1000};
	std::string data(400, 'A');
	std::string document = with("[" + attachment("\"a\"", "\"b/c\"",
	    "\"" + data + "\"") + "]");
	auto result = parse_send_request(document, setting.limits);

	REQUIRE(result);
	std::string_view found = result->attachments[0].data;
	CHECK(found == data);
	CHECK(found.data() >= document.data());
	CHECK(found.data() < document.data() + document.size());
	CHECK(result->document.copied() == 0);

	document = with("[" + attachment("\"a\"", "\"b/c\"",
	    "\"\\/" + data.substr(1) + "\"") + "]");
	result = parse_send_request(document, setting.limits);
	REQUIRE(result);
	CHECK(result->attachments[0].data == "/" + data.substr(1));
	CHECK(result->document.copied() >= 400);
}

TEST_CASE("HTML has the limits of the text", "[attachment]")
{
	for (const std::string &name : Texts{"body_html", "html_body"}) {
		check_accepted(request(
		    "\"" + name + "\":\"" + std::string(20, 'a') + "\""));
		check_invalid(request("\"" + name + "\":\"" +
		    std::string(21, 'a') + "\""), name);
		check_invalid(request("\"" + name + "\":1"), name);
		check_invalid(request("\"" + name + "\":{}"), name);
		check_invalid(request("\"" + name + "\":[\"a\"]"), name);
	}
	check_invalid(request(R"("body_html":"a","html_body":"a")"),
	    "html_body");
	check_accepted(request(R"("body_html":"a","html_body":null)"));
	check_accepted(request(R"("body_html":[],"html_body":"a")"));
}

TEST_CASE("attachments: types and members", "[attachment]")
{
	for (const char *value : {"1", "\"a\"", "{}", "true"})
		check_invalid(with(value), "attachments");
	for (const char *value : {"1", "\"a\"", "[]", "null", "true"})
		check_invalid(with("[" + attachment() + ","s + value + "]"),
		    "attachments[1]");
	for (const char *value : {"1", "{}", "[\"a\"]", "true", "null", "[]"}) {
		check_invalid(with("[" + attachment(value) + "]"),
		    "attachments[0].filename");
		check_invalid(with("[" + attachment("\"a\"", value) + "]"),
		    "attachments[0].content_type");
		check_invalid(with("[" + attachment("\"a\"", "\"a/b\"", value) +
		    "]"), "attachments[0].data");
	}
	for (const char *value : {"1", "{}", "[\"a\"]", "true", "\"\"", "\"<a>\""})
		check_invalid(with("[" + attachment("\"a\"", "\"a/b\"", "\"\"",
		    "\"content_id\":"s + value) + "]", html),
		    "attachments[0].content_id");
	check_invalid(with("[" + attachment("") + "]"),
	    "attachments[0].filename");
	check_invalid(with("[" + attachment("\"a\"", "") + "]"),
	    "attachments[0].content_type");
	check_invalid(with("[" + attachment("\"a\"", "\"a/b\"", "") + "]"),
	    "attachments[0].data");
	check_invalid(with("[" + attachment() + "," + attachment("\"a\"",
	    "\"a/b\"", "\"\"", "\"foo\":1") + "]"), "attachments[1].foo");
	check_invalid(with("[" + attachment("\"a\"", "\"a/b\"", "\"\"",
	    "\"a b\":1") + "]"), "attachments[0]");
	check_accepted(with("[" + attachment("\"a\"", "\"a/b\"", "\"\"",
	    "\"content_id\":[]") + "]"));
}

TEST_CASE("attachments: contents", "[attachment]")
{
	check_invalid(with("[" + attachment("\"a/b\"") + "]"),
	    "attachments[0].filename");
	check_invalid(with("[" + attachment("\"a\"", "\"multipart/x\"") + "]"),
	    "attachments[0].content_type");
	check_invalid(with("[" + attachment("\"a\"", "\"a/b\"", "\"a\"") + "]"),
	    "attachments[0].data");
	check_invalid(with("[" + attachment("\"a\"", "\"a/b\"", "\"YQ==\\n\"") +
	    "]"), "attachments[0].data");
}

TEST_CASE("attachments: how many and how large", "[attachment]")
{
	auto sized = [](std::size_t size) {
		return (attachment("\"a\"", "\"a/b\"",
		    "\"" + std::string((size + 2) / 3 * 4 - (3 - size % 3) % 3,
		    'A') + std::string((3 - size % 3) % 3, '=') + "\""));
	};
	std::string one = attachment();

	check_accepted(with("[" + one + "," + one + "," + one + "]"));
	check_invalid(with("[" + one + "," + one + "," + one + "," + one + "]"),
	    "attachments");
	check_accepted(with("[" + sized(6) + "]"));
	check_invalid(with("[" + one + "," + sized(7) + "]"),
	    "attachments[1].data");
	check_accepted(with("[" + sized(6) + "," + sized(4) + "]"));
	check_invalid(with("[" + sized(6) + "," + sized(5) + "]"),
	    "attachments");
	check_invalid(with("[" + sized(4) + "," + sized(4) + "," + sized(4) +
	    "]"), "attachments");
}

TEST_CASE("attachments: content ids", "[attachment]")
{
	auto named = [](const std::string &id) {
		return (attachment("\"a\"", "\"a/b\"", "\"YQ==\"",
		    "\"content_id\":\"" + id + "\""));
	};

	check_accepted(with("[" + named("a") + "," + named("b@c") + "]", html));
	check_accepted(with("[" + named("a") + "," + named("A") + "]", html));
	check_invalid(with("[" + named("a") + "," + attachment() + "," +
	    named("a") + "]", html), "attachments[2].content_id");
	check_invalid(with("[" + named("a") + "]"),
	    "attachments[0].content_id");
	/* Two without any are not alike. */
	check_accepted(with("[" + attachment() + "," + attachment() + "]", html));
}

TEST_CASE("what is judged first", "[attachment]")
{
	check_invalid(with("[{}]", ",\"zz\":1"), "zz");
	check_invalid(with("[{}]", ",\"reply_to\":1"), "reply_to");
	check_invalid(with("[{}]", ",\"metadata\":1"),
	    "attachments[0].filename");
	check_invalid(with("1", ",\"body_html\":1,\"from_name\":1"),
	    "body_html");
	check_invalid(with(R"([{"foo":1,"filename":1}])"),
	    "attachments[0].foo");
	check_invalid(with(R"([{"filename":"a","content_type":1,"data":1}])"),
	    "attachments[0].content_type");
}

TEST_CASE("HTML and attachments are switched on by both", "[attachment]")
{
	HttpConfig config;
	HttpKey key;

	CHECK_FALSE(SendLimits::of(config, key).html);
	CHECK(SendLimits::of(config, key).attachments == nullptr);
	config.html = true;
	config.attachments.emplace();
	CHECK(SendLimits::of(config, key).html);
	CHECK(SendLimits::of(config, key).attachments == &*config.attachments);
	key.no_html = true;
	CHECK_FALSE(SendLimits::of(config, key).html);
	CHECK(SendLimits::of(config, key).attachments != nullptr);
	key.no_html = false;
	key.no_attachments = true;
	CHECK(SendLimits::of(config, key).html);
	CHECK(SendLimits::of(config, key).attachments == nullptr);
}

TEST_CASE("errors of attachments quote nothing that was sent", "[attachment]")
{
	Setting setting;

	for (const std::string &document : Texts{
	    with("[" + attachment("\"sEcReT/\"") + "]"),
	    with("[" + attachment("\"a\"", "\"sEcReT\"") + "]"),
	    with("[" + attachment("\"a\"", "\"a/b\"", "\"sEcReT\"") + "]"),
	    with("[" + attachment("\"a\"", "\"a/b\"", "\"\"",
		"\"content_id\":\"<sEcReT>\"") + "]", html),
	    with("[" + attachment("\"a\"", "\"a/b\"", "\"\"",
		"\"sEcReT \":1") + "]")}) {
		auto result = parse_send_request(document, setting.limits);
		REQUIRE_FALSE(result);
		CHECK(result.error().message.find("sEcReT") == std::string::npos);
		CHECK(result.error().field.find("sEcReT") == std::string::npos);
	}
}
