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

/* api.md, "Clients behind proxies"; RFC 7239. */

#include <string>
#include <vector>

#include "catch.h"
#include "client_address.h"
#include "http_parser.h"

namespace {

TrustedProxies
trusting(const std::vector<const char *> &prefixes, bool forwarded = false)
{
	std::vector<Prefix> list;

	for (const char *prefix : prefixes)
		list.push_back(*Prefix::parse(prefix));
	return {PrefixList(std::move(list)), forwarded};
}

/* Whom lines of fields name, "peer" for the peer, "400" for nobody. */
std::string
client_of(const TrustedProxies &proxies, const std::string &lines,
    const char *peer = "10.0.0.1")
{
	std::optional<IpAddress> client =
	    client_address(*IpAddress::parse(peer), proxies, lines);

	if (!client)
		return ("400");
	return (client == IpAddress::parse(peer) ? "peer" : client->text());
}

/* Of one X-Forwarded-For; 10/8, 2001:db8:1::/48 and ::1 are trusted. */
std::string
x_forwarded(const std::string &value)
{
	return (client_of(trusting({"10.0.0.0/8", "2001:db8:1::/48", "::1"}),
	    "X-Forwarded-For: " + value + "\r\n"));
}

/* The same for Forwarded. */
std::string
forwarded(const std::string &value)
{
	return (client_of(
	    trusting({"10.0.0.0/8", "2001:db8:1::/48", "::1"}, true),
	    "Forwarded: " + value + "\r\n"));
}

struct Row {
	const char *value;
	const char *client;
};

} /* namespace */

TEST_CASE("X-Forwarded-For is read from the right")
{
	const Row rows[] = {
	    {"192.0.2.1", "192.0.2.1"},
	    /* What stands to the left of the client is not read. */
	    {"203.0.113.9, 192.0.2.1", "192.0.2.1"},
	    {"10.0.0.9, 192.0.2.1", "192.0.2.1"},
	    {"x, 192.0.2.1", "192.0.2.1"},
	    {"\",[:;, 192.0.2.1", "192.0.2.1"},
	    /* Trusted ones are skipped. */
	    {"192.0.2.1, 10.0.0.9", "192.0.2.1"},
	    {"192.0.2.1, 10.0.0.9, 2001:db8:1::5, ::1", "192.0.2.1"},
	    {"192.0.2.9, 192.0.2.1, 10.0.0.9", "192.0.2.1"},
	    {"10.0.0.8, 192.0.2.1, 10.0.0.9", "192.0.2.1"},
	    /* All trusted: the one the first proxy has seen. */
	    {"10.0.0.9", "10.0.0.9"},
	    {"10.0.0.7, 10.0.0.8, 10.0.0.9", "10.0.0.7"},
	    /* So one that is none had to be read. */
	    {"x, 10.0.0.8", "400"},
	    {"192.0.2.1, x, 10.0.0.9", "400"},
	};

	for (const Row &row : rows) {
		INFO(row.value);
		CHECK(x_forwarded(row.value) == row.client);
	}
}

TEST_CASE("X-Forwarded-For: forms of an address")
{
	const Row rows[] = {
	    {"192.0.2.1:1", "192.0.2.1"},
	    {"192.0.2.1:65535", "192.0.2.1"},
	    {"2001:db8::1", "2001:db8::1"},
	    {"2001:DB8:0:0::0001", "2001:db8::1"},
	    {"[2001:db8::1]", "2001:db8::1"},
	    {"[2001:db8::1]:443", "2001:db8::1"},
	    {"::ffff:192.0.2.1", "192.0.2.1"},
	    {"[::ffff:192.0.2.1]:80", "192.0.2.1"},
	    {"::ffff:c000:201", "192.0.2.1"},
	    /* Mapped ones are trusted as IPv4, too. */
	    {"192.0.2.1, ::ffff:10.0.0.9", "192.0.2.1"},
	    {"192.0.2.1, 10.0.0.9:80, [2001:db8:1::1]:80", "192.0.2.1"},
	    {"  192.0.2.1\t,\t10.0.0.9  ", "192.0.2.1"},
	    {"192.0.2.1,10.0.0.9", "192.0.2.1"},
	};
	const char *wrong[] = {"unknown", "_hidden", "localhost", "192.0.2",
	    "192.0.2.1.2", "192.0.2.256", "192.0.2.1/32", "192.0.2.01",
	    "192.0.2.1:", "192.0.2.1:x", "192.0.2.1:123456", "192.0.2.1:-1",
	    "192.0.2.1:+1", "192.0.2.1:_x", "192.0.2.1:1:2", "192.0.2.1 :1",
	    "192.0.2.1 192.0.2.2", "192.0.2.1;", "\"192.0.2.1\"",
	    "[192.0.2.1]", "[192.0.2.1]:80", "[2001:db8::1", "2001:db8::1]",
	    "[2001:db8::1]443", "[2001:db8::1]:", "[2001:db8::1]:x", "[]",
	    "[]:80", "[", "]", ":", ":80", "[:]", "[[::2]]", "fe80::1%em0",
	    "01.2.3.4", "::ffff:192.0.2.01", "[::ffff:192.0.2.01]:80",
	    "[fe80::1%25em0]", "2001:db8::1::2", "2001:db8::g", "0x7f.1",
	    "3221225985", "for=192.0.2.1", "192.0.2.1\x80"};

	for (const Row &row : rows) {
		INFO(row.value);
		CHECK(x_forwarded(row.value) == row.client);
	}
	for (const char *value : wrong) {
		INFO(value);
		CHECK(x_forwarded(value) == "400");
		CHECK(x_forwarded(std::string("192.0.2.1, ") + value) == "400");
		CHECK(x_forwarded(std::string(value) + ", 192.0.2.1") ==
		    "192.0.2.1");
	}
	CHECK(x_forwarded(std::string("192.0.2.1\0", 10)) == "400");
}

/* RFC 9110 5.6.1.2; but a list of nothing names nobody. */
TEST_CASE("empty elements do not count")
{
	CHECK(x_forwarded("192.0.2.1,") == "192.0.2.1");
	CHECK(x_forwarded(", ,192.0.2.1, ,, 10.0.0.9 ,") == "192.0.2.1");
	CHECK(x_forwarded(",10.0.0.9") == "10.0.0.9");
	CHECK(forwarded(", for=192.0.2.1 ,,") == "192.0.2.1");
	for (const char *value : {"", ",", " , ,"}) {
		CHECK(x_forwarded(value) == "400");
		CHECK(forwarded(value) == "400");
	}
}

TEST_CASE("several lines are one list")
{
	TrustedProxies proxies = trusting({"10.0.0.0/8"});
	const std::string ours = "X-Forwarded-For: ", other = "X-Other: ";

	CHECK(client_of(proxies, "X-FORWARDED-FOR: 192.0.2.9\r\n" + other +
		      "10.0.0.5\r\nx-forwarded-for:192.0.2.1\r\n") ==
	    "192.0.2.1");
	CHECK(client_of(proxies, ours + "192.0.2.9, 192.0.2.1\r\n" + ours +
		      "10.0.0.9\r\n" + other + "192.0.2.7\r\n") ==
	    "192.0.2.1");
	CHECK(client_of(proxies, ours + "\r\n" + ours + "192.0.2.1\r\n" +
		      ours + "\r\n") == "192.0.2.1");
	CHECK(client_of(proxies, ours + "\r\n" + ours + "\r\n") == "400");
	CHECK(client_of(proxies, ours + "x\r\n" + ours + "192.0.2.1\r\n") ==
	    "192.0.2.1");
	CHECK(client_of(proxies, ours + "192.0.2.1\r\n" + ours + "x\r\n") ==
	    "400");
	proxies.forwarded = true;
	CHECK(client_of(proxies, "Forwarded: for=\"\r\n"
		      "Forwarded: for=192.0.2.1, for=10.0.0.2\r\n") ==
	    "192.0.2.1");
}

TEST_CASE("only a trusted peer is believed, in the field that it uses")
{
	TrustedProxies proxies = trusting({"10.0.0.0/8", "2001:db8::/64"});
	const std::string lines = "X-Forwarded-For: 192.0.2.1\r\n"
				  "Forwarded: for=192.0.2.2\r\n";
	const std::string broken = "X-Forwarded-For: x\r\nForwarded: x\r\n";

	CHECK(client_of(proxies, lines) == "192.0.2.1");
	CHECK(client_of(proxies, lines, "2001:db8::7") == "192.0.2.1");
	for (const char *stranger : {"192.0.2.7", "::1", "2001:db8:0:1::7"}) {
		CHECK(client_of(proxies, lines, stranger) == "peer");
		CHECK(client_of(proxies, broken, stranger) == "peer");
	}
	CHECK(client_of(trusting({}), lines) == "peer");
	CHECK(client_of(proxies, "") == "peer");
	CHECK(client_of(proxies, "Host: 192.0.2.1\r\n") == "peer");
	CHECK(client_of(proxies, "Forwarded: x\r\n") == "peer");
	CHECK(client_of(proxies, broken) == "400");
	proxies.forwarded = true;
	CHECK(client_of(proxies, lines) == "192.0.2.2");
	CHECK(client_of(proxies, "X-Forwarded-For: x\r\n") == "peer");
	/* A peer that is IPv4 on an IPv6 socket is the same one. */
	CHECK(client_of(proxies, lines, "::ffff:10.0.0.1") == "192.0.2.2");
}

TEST_CASE("Forwarded")
{
	const Row rows[] = {
	    {"for=192.0.2.1", "192.0.2.1"},
	    {"FOR=192.0.2.1", "192.0.2.1"},
	    {"For=\"192.0.2.1\"", "192.0.2.1"},
	    {"for=\"192.0.2.1:4711\"", "192.0.2.1"},
	    {"for=\"192.0.2.1:_port\"", "192.0.2.1"},
	    {"for=\"[2001:db8:cafe::17]\"", "2001:db8:cafe::17"},
	    {"for=\"[2001:db8:cafe::17]:4711\"", "2001:db8:cafe::17"},
	    {"for=\"[2001:db8::17]:_a.b-c_\"", "2001:db8::17"},
	    {"for=\"[::ffff:192.0.2.1]\"", "192.0.2.1"},
	    {"for=\"\\1\\92.0.2\\.1\"", "192.0.2.1"},
	    {"for=192.0.2.1;proto=http;by=203.0.113.43", "192.0.2.1"},
	    {"by=203.0.113.43;proto=http;for=192.0.2.1", "192.0.2.1"},
	    {"proto=https; for=192.0.2.1 ; host=\"a,b;c\"", "192.0.2.1"},
	    {"for=192.0.2.1;", "192.0.2.1"},
	    {";;for=192.0.2.1", "192.0.2.1"},
	    {"for=192.0.2.1;secret=\"a\\\",\\\\\"", "192.0.2.1"},
	    {"for=203.0.113.9, for=192.0.2.1", "192.0.2.1"},
	    {"for=192.0.2.1, for=10.0.0.9", "192.0.2.1"},
	    {"for=192.0.2.1,for=\"[2001:db8:1::1]:80\";x=y,For=10.0.0.9",
		"192.0.2.1"},
	    {"for=10.0.0.8, for=10.0.0.9", "10.0.0.8"},
	    {"for=unknown, for=192.0.2.1", "192.0.2.1"},
	    {"for=_hidden, for=192.0.2.1, for=10.0.0.1", "192.0.2.1"},
	    /* A client that leaves a quotation mark open hides nothing. */
	    {"for=203.0.113.9;x=\", for=192.0.2.1", "192.0.2.1"},
	    {"for=203.0.113.9;x=\", for=192.0.2.1;by=\"[::1]\"",
		"192.0.2.1"},
	    {"for=203.0.113.9;x=\", for=\"[2001:db8::1]\"", "2001:db8::1"},
	    {"\\, for=\"192.0.2.1\"", "192.0.2.1"},
	};

	for (const Row &row : rows) {
		INFO(row.value);
		CHECK(forwarded(row.value) == row.client);
	}
}

TEST_CASE("Forwarded that names no address")
{
	const char *wrong[] = {"for=unknown", "for=_hidden", "for=\"_x:80\"",
	    "for=UNKNOWN", "for=", "for=\"\"", "for", "for=192.0.2.1:80",
	    "for=[2001:db8::1]", "for=2001:db8::1", "for=\"2001:db8::1\"",
	    "for=\"[192.0.2.1]\"", "for=\"[2001:db8::1\"",
	    "for=\"192.0.2.1:\"", "for=\"192.0.2.1:_\"",
	    "for=\"192.0.2.1:_a b\"", "for=\"192.0.2.1:123456\"",
	    "for=\"192.0.2.1", "for=192.0.2.1\"", "for=\"192.0.2.1\"x",
	    "for=\"192.0.2.1\\\"", "for= 192.0.2.1", "for =192.0.2.1",
	    "for=192.0.2.1 proto=http", "for=192.0.2.1;proto",
	    "for=192.0.2.1;=x", "for=192.0.2.1;for=192.0.2.1",
	    "for=192.0.2.1;For=192.0.2.2", "proto=http", ";", "192.0.2.1",
	    "x-for=192.0.2.1", "for=\" 192.0.2.1\"", "for=192.0.2.1;x=a=b",
	    "for=\\192.0.2.1", "for=192.0.2.1/32", "for=192.0.2.01",
	    "for=\"[::ffff:192.0.2.01]\""};

	for (const char *value : wrong) {
		INFO(value);
		CHECK(forwarded(value) == "400");
		CHECK(forwarded(std::string("for=192.0.2.1, ") + value) ==
		    "400");
		CHECK(forwarded(std::string(value) + ", for=192.0.2.1") ==
		    "192.0.2.1");
		CHECK(forwarded(std::string(value) + ", for=10.0.0.9") ==
		    "400");
	}
}

/* As many as a head can hold, in no time that anybody could notice. */
TEST_CASE("long lists of proxies")
{
	std::string list = "192.0.2.1", quoted = "for=192.0.2.1";
	std::string marks = "for=\"";

	while (list.size() < head_max)
		list += ",::1";
	while (quoted.size() < head_max)
		quoted += ",for=\"[::1]\"";
	while (marks.size() < head_max)
		marks += "\\\\\\\"";
	CHECK(x_forwarded(list) == "192.0.2.1");
	CHECK(x_forwarded(list + ",198.51.100.1") == "198.51.100.1");
	CHECK(forwarded(quoted) == "192.0.2.1");
	CHECK(forwarded(marks) == "400");
	CHECK(forwarded(marks + "\"") == "400");
	CHECK(forwarded(marks + ", for=192.0.2.1") == "192.0.2.1");
}

TEST_CASE("long lists of proxies, of whom many are trusted")
{
	std::vector<Prefix> many;
	std::string list = "192.0.2.1";

	for (int i = 0; i < 1024; i++)
		many.push_back(*Prefix::parse("10." + std::to_string(i / 256) +
		    "." + std::to_string(i % 256) + ".0/24"));
	while (list.size() < head_max)
		list += ",10.3.255.9";
	CHECK(client_of({PrefixList(std::move(many)), false},
		  "X-Forwarded-For: " + list + "\r\n", "10.3.255.1") ==
	    "192.0.2.1");
}
