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
#include <vector>

#include "catch.h"
#include "http_parser.h"

namespace {

struct Parsed {
	HttpParser parser{"http"};
	HttpParser::Status status;
	std::string input;
	HttpHead head;

	explicit Parsed(std::string text) : input(std::move(text))
	{
		status = parser.parse(input);
		if (status == HttpParser::Status::complete)
			head = parser.head(input);
	}
	/* 0: complete, -1: incomplete. */
	int result() const
	{
		if (status == HttpParser::Status::complete)
			return (0);
		if (status == HttpParser::Status::incomplete)
			return (-1);
		return (parser.error().status);
	}
};

/* The same, octet by octet, at a new place every time. */
int
result_in_octets(const std::string &text)
{
	HttpParser parser("http");

	for (std::size_t size = 1; size <= text.size(); size++) {
		std::string moved = text.substr(0, size);

		switch (parser.parse(moved)) {
		case HttpParser::Status::complete:
			return (0);
		case HttpParser::Status::failed:
			return (parser.error().status);
		default:
			break;
		}
	}
	return (-1);
}

std::string
get_head(const std::string &fields)
{
	return ("GET /healthz HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n");
}

std::string
post_head(const std::string &fields)
{
	return ("POST /v1/send HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n");
}

std::string
line(const std::string &text)
{
	return (text + "\r\nHost: a\r\n\r\n");
}

struct Case {
	const char *why;
	std::string text;
	int status;
};

void
check(const std::vector<Case> &cases)
{
	for (const Case &c : cases) {
		INFO(c.why);
		CHECK(Parsed(c.text).result() == c.status);
		CHECK(result_in_octets(c.text) == c.status);
	}
}

} /* namespace */

TEST_CASE("a request is read into its parts")
{
	Parsed p("POST /v1/send?dry_run=1&x HTTP/1.1\r\n"
		 "hOST:example.com:8080\r\n"
		 "Content-Type: \t application/json \t\r\n"
		 "Content-Length: 12\r\n"
		 "AUTHORIZATION: Bearer x y\r\n"
		 "X-Other: \x80\xff caf\xc3\xa9\r\n"
		 "X-Empty:\r\n"
		 "\r\nbody");

	REQUIRE(p.result() == 0);
	CHECK(p.input.substr(p.parser.length()) == "body");
	CHECK(p.head.method == "POST");
	CHECK(p.head.target.form == TargetForm::origin);
	CHECK(p.head.target.path == "/v1/send");
	CHECK(p.head.target.query == "dry_run=1&x");
	CHECK(p.head.keep_alive);
	CHECK(!p.head.version_1_0);
	CHECK(!p.head.expect_continue);
	CHECK(p.head.body == HttpBody::length);
	CHECK(p.head.content_length == 12);
	CHECK(p.head.field(HttpField::host).value == "example.com:8080");
	CHECK(p.head.field(HttpField::content_type).value ==
	    "application/json");
	CHECK(p.head.field(HttpField::authorization).value == "Bearer x y");
	CHECK(p.head.field(HttpField::authorization).count == 1);
	CHECK(p.head.field(HttpField::idempotency_key).count == 0);
}

TEST_CASE("request lines: RFC 9112 3")
{
	check({
	    {"plain", line("GET / HTTP/1.1"), 0},
	    {"any token is a method", line("!#$%&'*+-.^_`|~09az / HTTP/1.1"),
		0},
	    {"lower case is another method", line("get / HTTP/1.1"), 0},
	    {"one empty line before, 2.2", "\r\n" + line("GET / HTTP/1.1"), 0},
	    {"not two", "\r\n\r\n" + line("GET / HTTP/1.1"), 400},
	    {"no bare LF before", "\n" + line("GET / HTTP/1.1"), 400},
	    {"no CR before", "\r" + line("GET / HTTP/1.1"), 400},
	    {"two spaces", line("GET  / HTTP/1.1"), 400},
	    {"two spaces behind", line("GET /  HTTP/1.1"), 400},
	    {"space in front", line(" GET / HTTP/1.1"), 400},
	    {"space at the end", line("GET / HTTP/1.1 "), 400},
	    {"tabs", line("GET\t/\tHTTP/1.1"), 400},
	    {"space in the target", line("GET /a b HTTP/1.1"), 400},
	    {"no version", line("GET /"), 400},
	    {"nothing", line("GET"), 400},
	    {"method is no token", line("G(T / HTTP/1.1"), 400},
	    {"method is empty", line(" / HTTP/1.1"), 400},
	    {"NUL in the method", line(std::string("G\0T / HTTP/1.1", 14)),
		400},
	    {"bare LF", "GET / HTTP/1.1\nHost: a\r\n\r\n", 400},
	    {"bare CR", line("GET /\r HTTP/1.1"), 400},
	    {"TLS", std::string("\x16\x03\x01\x02\x00\x01\n", 7), 400},
	});
}

TEST_CASE("versions: RFC 9110 2.5")
{
	check({
	    {"1.0", "GET / HTTP/1.0\r\n\r\n", 0},
	    {"1.2 is read as 1.1", line("GET / HTTP/1.2"), 0},
	    {"1.9", line("GET / HTTP/1.9"), 0},
	    {"2.0", line("GET / HTTP/2.0"), 505},
	    {"PRI", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
	    {"0.9", line("GET / HTTP/0.9"), 505},
	    {"lower case", line("GET / http/1.1"), 400},
	    {"no minor", line("GET / HTTP/1"), 400},
	    {"no point", line("GET / HTTP/1,1"), 400},
	    {"two digits", line("GET / HTTP/1.10"), 400},
	    {"two digits", line("GET / HTTP/11.1"), 400},
	    {"something else", line("GET / ICAP/1.0"), 400},
	});
	CHECK(Parsed("GET / HTTP/1.0\r\n\r\n").head.version_1_0);
	CHECK(!Parsed(line("GET / HTTP/1.2")).head.version_1_0);
}

TEST_CASE("targets: RFC 9112 3.2")
{
	check({
	    {"origin", line("GET /a/b;c=d:@!$&'()*+,=-._~%2f?x=/?:@ HTTP/1.1"),
		0},
	    {"two slashes", line("GET //a HTTP/1.1"), 0},
	    {"no slash", line("GET a HTTP/1.1"), 400},
	    {"fragment", line("GET /a#b HTTP/1.1"), 400},
	    {"bad escape", line("GET /%2 HTTP/1.1"), 400},
	    {"bad escape", line("GET /%2g HTTP/1.1"), 400},
	    {"quote", line("GET /\" HTTP/1.1"), 400},
	    {"angle", line("GET /<a> HTTP/1.1"), 400},
	    {"backslash", line("GET /a\\b HTTP/1.1"), 400},
	    {"brace in the query", line("GET /?{} HTTP/1.1"), 400},
	    {"8 bits", line("GET /\xc3\xa9 HTTP/1.1"), 400},
	    {"DEL", line("GET /\x7f HTTP/1.1"), 400},
	    {"absolute", line("GET http://a/b HTTP/1.1"), 0},
	    {"absolute, in any case", line("GET HTTP://A HTTP/1.1"), 0},
	    {"absolute with port", line("GET http://a:80?q HTTP/1.1"), 0},
	    {"another scheme", line("GET https://a/b HTTP/1.1"), 400},
	    {"another scheme", line("GET ftp://a/b HTTP/1.1"), 400},
	    {"no authority", line("GET http:/b HTTP/1.1"), 400},
	    {"empty host, RFC 9110 4.2.1", line("GET http:///b HTTP/1.1"), 400},
	    {"user, RFC 9110 4.2.4", line("GET http://u@a/b HTTP/1.1"), 400},
	    {"asterisk", line("OPTIONS * HTTP/1.1"), 0},
	    {"asterisk with GET", line("GET * HTTP/1.1"), 400},
	    {"authority", line("CONNECT a:443 HTTP/1.1"), 0},
	    {"authority, IPv6", line("CONNECT [::1]:443 HTTP/1.1"), 0},
	    {"authority without port", line("CONNECT a HTTP/1.1"), 400},
	    {"authority with empty port", line("CONNECT a: HTTP/1.1"), 400},
	    {"IPv6 without port", line("CONNECT [::1] HTTP/1.1"), 400},
	    {"authority with GET", line("GET a:443 HTTP/1.1"), 400},
	    {"path with CONNECT", line("CONNECT / HTTP/1.1"), 400},
	});

	Parsed absolute(line("GET http://example.com/v1/send?q HTTP/1.1"));
	CHECK(absolute.head.target.form == TargetForm::absolute);
	CHECK(absolute.head.target.path == "/v1/send");
	CHECK(absolute.head.target.query == "q");
	CHECK(Parsed(line("GET http://a HTTP/1.1")).head.target.path == "/");
	Parsed query(line("GET http://a?q HTTP/1.1"));
	CHECK(query.head.target.path == "/");
	CHECK(query.head.target.query == "q");

	std::string tls = line("GET https://a/b HTTP/1.1");
	CHECK(HttpParser("https").parse(tls) == HttpParser::Status::complete);
	tls = line("GET http://a/b HTTP/1.1");
	CHECK(HttpParser("https").parse(tls) == HttpParser::Status::failed);
}

TEST_CASE("Host: RFC 9112 3.2")
{
	auto with = [](const std::string &host) {
		return ("GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
	};

	check({
	    {"missing", "GET / HTTP/1.1\r\n\r\n", 400},
	    {"missing with absolute-form", "GET http://a/ HTTP/1.1\r\n\r\n",
		400},
	    {"twice", "GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n", 400},
	    {"twice in 1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n",
		400},
	    {"bad in 1.0", "GET / HTTP/1.0\r\nHost: a b\r\n\r\n", 400},
	    {"1.0 with Host", "GET / HTTP/1.0\r\nHost: a\r\n\r\n", 0},
	    {"empty", with(""), 400},
	    {"name", with("example.com"), 0},
	    {"with port", with("example.com:8080"), 0},
	    {"with empty port", with("example.com:"), 0},
	    {"IPv4", with("192.0.2.1:80"), 0},
	    {"IPv6", with("[2001:db8::1]"), 0},
	    {"IPv6 with port", with("[::ffff:192.0.2.1]:65535"), 0},
	    {"reg-name", with("a_b~%20!$&'()*+;=-"), 0},
	    {"port too large", with("a:65536"), 400},
	    {"port is no number", with("a:http"), 400},
	    {"port is negative", with("a:-1"), 400},
	    {"only a port", with(":80"), 400},
	    {"two ports", with("a:80:80"), 400},
	    {"space", with("a b"), 400},
	    {"path", with("a/b"), 400},
	    {"user", with("u@a"), 400},
	    {"query", with("a?b"), 400},
	    {"fragment", with("a#b"), 400},
	    {"bad escape", with("a%2"), 400},
	    {"8 bits", with("caf\xc3\xa9"), 400},
	    {"IPv6 without brackets", with("::1"), 400},
	    {"IPv6 without end", with("[::1"), 400},
	    {"IPv6, more behind", with("[::1]a"), 400},
	    {"IPv6, scope", with("[fe80::1%25em0]"), 400},
	    {"IPv6, leading zero", with("[::ffff:192.0.2.01]"), 400},
	    {"IPv6, NUL", with(std::string("[::1\0]", 6)), 400},
	    {"no IPv6", with("[1.2.3.4]"), 400},
	    {"empty brackets", with("[]"), 400},
	});
}

TEST_CASE("fields: RFC 9112 5, RFC 9110 5")
{
	check({
	    {"no value", get_head("X:\r\n"), 0},
	    {"any token", get_head("!#$%&'*+-.^_`|~09az: x\r\n"), 0},
	    {"colons in the value", get_head("X: a:b:c\r\n"), 0},
	    {"tab and 8 bits in the value", get_head("X: a\tb\x80\xff\r\n"), 0},
	    {"space before the colon, 5.1", get_head("X : a\r\n"), 400},
	    {"tab before the colon", get_head("X\t: a\r\n"), 400},
	    {"obs-fold, 5.2", get_head("X: a\r\n b\r\n"), 400},
	    {"obs-fold with tab", get_head("X: a\r\n\tb\r\n"), 400},
	    {"space before the first field",
		"GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400},
	    {"no colon", get_head("X\r\n"), 400},
	    {"no name", get_head(": a\r\n"), 400},
	    {"name is no token", get_head("X@Y: a\r\n"), 400},
	    {"space in the name", get_head("X Y: a\r\n"), 400},
	    {"8 bits in the name", get_head("X\xe9: a\r\n"), 400},
	    {"NUL in the value", get_head(std::string("X: a\0b\r\n", 8)), 400},
	    {"NUL in the name", get_head(std::string("X\0: a\r\n", 7)), 400},
	    {"bare CR in the value", get_head("X: a\rb\r\n"), 400},
	    {"CR CR LF", get_head("X: a\r\r\n"), 400},
	    {"bare LF", get_head("X: a\n"), 400},
	    {"bare LF at the end", "GET / HTTP/1.1\r\nHost: a\r\n\n", 400},
	    {"escape in the value", get_head("X: \x1b[m\r\n"), 400},
	    {"DEL in the value", get_head("X: \x7f\r\n"), 400},
	});
}

TEST_CASE("what can be no head is refused before a LF comes")
{
	using namespace std::string_literals;

	check({
	    {"lines that end with CR", "GET /healthz HTTP/1.1\rHost: a\r\r", 400},
	    {"CR in the empty line", "GET / HTTP/1.1\r\nHost: a\r\n\rX", 400},
	    {"CR CR", "GET / HTTP/1.1\r\nHost: a\r\n\r\r", 400},
	    {"NUL in a field", "GET / HTTP/1.1\r\nX: \0"s, 400},
	    {"DEL in a field", "GET / HTTP/1.1\r\nX: \x7f", 400},
	    {"CR before the request line", "\rGET", 400},
	    {"TLS", "\x16\x03\x01", 400},
	    {"a method that is no token", "{\"to\":", 400},
	    {"space before the method", " GET", 400},
	    {"a method", "G", -1},
	    {"CR", "GET / HTTP/1.1\r", -1},
	    {"CR of the empty line", "GET / HTTP/1.1\r\nHost: a\r\n\r", -1},
	    {"tab in a field", "GET / HTTP/1.1\r\nX: \ta", -1},
	});
}

TEST_CASE("limits of the head")
{
	auto request_line = [](std::size_t size) {
		return ("GET /" + std::string(size - 14, 'a') + " HTTP/1.1");
	};
	auto head = [](std::size_t size) {
		std::string text = "GET / HTTP/1.1\r\nHost: a\r\nX: ";

		return (text + std::string(size - text.size() - 4, 'x') +
		    "\r\n\r\n");
	};
	auto fields = [](int count) {
		std::string text;

		for (int i = 1; i < count; i++)
			text += "X: y\r\n";
		return (get_head(text));
	};

	check({
	    {"request line of 8 KiB", line(request_line(8192)), 0},
	    {"one more", line(request_line(8193)), 414},
	    {"without end", std::string(8194, 'A'), 414},
	    {"not yet too long", std::string(8193, 'A'), -1},
	    {"head of 32 KiB", head(32768), 0},
	    {"one more", head(32769), 431},
	    {"without end", head(32768).substr(0, 32766) + "xx", 431},
	    {"an empty line before does not count", "\r\n" + head(32768), 0},
	    {"100 fields", fields(100), 0},
	    {"101 fields", fields(101), 431},
	});
}

TEST_CASE("Content-Length: RFC 9112 6.3")
{
	auto with = [](const std::string &value) {
		return (post_head("Content-Length: " + value + "\r\n"));
	};

	check({
	    {"zero", with("0"), 0},
	    {"leading zeros", with("0012"), 0},
	    {"the same twice", with("5\r\nContent-Length: 5"), 0},
	    {"the same in a list", with("5, 5"), 0},
	    {"more than 64 bits", with("99999999999999999999999999"), 0},
	    {"empty", with(""), 400},
	    {"sign", with("+5"), 400},
	    {"negative", with("-5"), 400},
	    {"hexadecimal", with("0x5"), 400},
	    {"fraction", with("5.0"), 400},
	    {"space inside", with("5 5"), 400},
	    {"semicolon", with("5;"), 400},
	    {"list with another", with("5, 6"), 400},
	    {"list with nothing", with("5,"), 400},
	    {"list with nothing", with(",5"), 400},
	    {"twice, another", with("5\r\nContent-Length: 6"), 400},
	    {"twice, written otherwise", with("5\r\nContent-Length: 05"), 400},
	    {"twice, one bad", with("5\r\nContent-Length: x"), 400},
	    {"twice, one bad", with("x\r\nContent-Length: 5"), 400},
	    {"with Transfer-Encoding",
		with("5\r\nTransfer-Encoding: chunked"), 400},
	    {"with an unknown coding", with("5\r\nTransfer-Encoding: gzip"),
		400},
	    {"POST without", post_head(""), 411},
	    {"GET without", get_head(""), 0},
	    {"GET with", get_head("Content-Length: 3\r\n"), 0},
	});
	CHECK(Parsed(with("99999999999999999999999999")).head.content_length ==
	    UINT64_MAX);
	CHECK(Parsed(with("18446744073709551615")).head.content_length ==
	    UINT64_MAX);
	CHECK(Parsed(with("5, 5")).head.content_length == 5);
	CHECK(Parsed(get_head("")).head.body == HttpBody::none);
}

TEST_CASE("Transfer-Encoding: RFC 9112 6.1")
{
	auto with = [](const std::string &value) {
		return (post_head("Transfer-Encoding: " + value + "\r\n"));
	};

	check({
	    {"chunked", with("chunked"), 0},
	    {"in any case", with("cHUNKED"), 0},
	    {"unknown", with("gzip"), 501},
	    {"unknown", with("identity"), 501},
	    {"unknown", with("xchunked"), 501},
	    {"unknown, then chunked", with("gzip, chunked"), 501},
	    {"unknown, then chunked",
		with("gzip\r\nTransfer-Encoding: chunked"), 501},
	    {"chunked not last", with("chunked, gzip"), 400},
	    {"chunked not last", with("gzip, chunked, gzip"), 400},
	    {"chunked twice", with("chunked, chunked"), 400},
	    {"chunked twice", with("chunked\r\nTransfer-Encoding: chunked"),
		400},
	    {"chunked with a parameter", with("chunked;q=1"), 400},
	    {"empty", with(""), 400},
	    {"empty element", with("chunked,"), 400},
	    {"no token", with("\"chunked\""), 400},
	    {"vertical tab", with("\x0b" "chunked"), 400},
	    {"in 1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
		400},
	});
	CHECK(Parsed(with("chunked")).head.body == HttpBody::chunked);
}

TEST_CASE("Connection: RFC 9112 9.3")
{
	auto keeps = [](const std::string &version, const std::string &fields) {
		return (Parsed("GET / HTTP/" + version + "\r\nHost: a\r\n" +
		    fields + "\r\n").head.keep_alive);
	};

	CHECK(keeps("1.1", ""));
	CHECK(keeps("1.1", "Connection: keep-alive\r\n"));
	CHECK(keeps("1.1", "Connection: upgrade\r\n"));
	CHECK(!keeps("1.1", "Connection: close\r\n"));
	CHECK(!keeps("1.1", "Connection: Close\r\n"));
	CHECK(!keeps("1.1", "Connection: keep-alive, close\r\n"));
	CHECK(!keeps("1.1", "Connection: a\r\nConnection: close\r\n"));
	CHECK(keeps("1.1", "Connection: closed\r\n"));
	CHECK(!keeps("1.0", ""));
	CHECK(keeps("1.0", "Connection: Keep-Alive\r\n"));
	CHECK(!keeps("1.0", "Connection: keep-alive, close\r\n"));
}

TEST_CASE("Expect: RFC 9110 10.1.1")
{
	check({
	    {"continue", get_head("Expect: 100-Continue\r\n"), 0},
	    {"another", get_head("Expect: 200-ok\r\n"), 417},
	    {"another besides", get_head("Expect: 100-continue, x\r\n"), 417},
	    {"1.0 is ignored", "GET / HTTP/1.0\r\nExpect: x\r\n\r\n", 0},
	});
	CHECK(Parsed(get_head("Expect: 100-Continue\r\n")).head.expect_continue);
	CHECK(!Parsed("GET / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n")
		   .head.expect_continue);
}

TEST_CASE("repeated fields are counted, the first is shown")
{
	Parsed p(get_head("Content-Type: a\r\nContent-Type: b\r\n"
		     "X-Forwarded-For: 192.0.2.1\r\n"
		     "Idempotency-Key:\r\nIdempotency-Key: k\r\n"));

	CHECK(p.head.field(HttpField::content_type).value == "a");
	CHECK(p.head.field(HttpField::content_type).count == 2);
	CHECK(p.head.field(HttpField::x_forwarded_for).count == 1);
	CHECK(p.head.field(HttpField::idempotency_key).value.empty());
	CHECK(p.head.field(HttpField::idempotency_key).count == 2);
}

TEST_CASE("a parser reads the next head after reset()")
{
	HttpParser parser("http");
	std::string bad = line("GET / HTTP/3.0"), good = line("GET / HTTP/1.1");

	CHECK(parser.parse(bad) == HttpParser::Status::failed);
	parser.reset();
	CHECK(parser.parse(good) == HttpParser::Status::complete);
	CHECK(parser.length() == good.size());
}
