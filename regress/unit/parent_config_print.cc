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

#include "catch.h"
#include "config_text.h"

namespace {

/* Printing what was parsed from what was printed changes nothing. */
std::string
round_trip(const std::string &text)
{
	Machine machine;
	auto first = machine.parse(text);
	INFO(text << "\n" << first.all_errors());
	REQUIRE(first.config);
	std::string printed = print_config(*first.config);

	/* All of it is in the text, nothing comes from the machine. */
	machine.hostname = "other.example.net";
	if (first.config->hostname.empty())
		machine.hostname = "";
	auto second = machine.parse(printed);
	INFO(printed << "\n" << second.all_errors());
	REQUIRE(second.config);
	CHECK(print_config(*second.config) == printed);
	return (printed);
}

const std::string everything =
    "listen on 127.0.0.1 port 8080\nlisten on em0 port 9090 monitor\n"
    "listen on * port 443 proxy tls { certificate /c key /k ocsp /o\n"
    "certificate /c key /k\nprotocols \"TLSv1.3\" client ca /ca optional }\n"
    "listen on fe80::1%1 port 81\n"
    "prefork 7\nhostname \"[192.0.2.1]\"\n"
    "trusted proxies { 10.0.0.0/8 ::1 } header forwarded\n"
    "allow from { 192.0.2.0/24 2001:db8::/32 0.0.0.0/0 }\n"
    "monitor from 192.0.2.1\n"
    "limit global none\nlimit address 7/h burst 9 table 77\n"
    "limit key 1/d\nlimit shared\n"
    "timeout header 1m\ntimeout request 90s\ntimeout idle 1h\n"
    "timeout shutdown 7s\nmax connections 99 per address 9\n"
    "max request 3M\nmax memory 1025K\nmax memory 5G\n"
    "log { to stderr format json level debug no mask recipients }\n"
    "mail { from \"\\\"odd \\\\\\\" one\\\"@example.com\" name "
    "\"a \\\"b\\\" \\\\ c\"\nenvelope from \"<>\"\nrecipients { example.com "
    "\"\\\"a b\\\"@c.example\" \"[IPv6:::1]\" }\nmax recipients 3\n"
    "max subject 99\nmax body 1000\nhtml\nattachments max 3 size 7\n"
    "bulk 3 concurrency 9 }\n"
    "relay mx.example port 26 { connections 3 idle 61s messages 9\n"
    "timeout connect 2s timeout submission 3s hostname h.example\n"
    "source 192.0.2.2 tls starttls ca /ca verify v.example\n"
    "certificate /c key /k protocols legacy ciphers compat\n"
    "auth \"me\" password \"PASSWORD\" reply text }\n"
    "relay mx2.example { tls implicit no verify }\n"
    "relay ::1 { insecure }\nrelay sendmail /usr/sbin/sendmail\n"
    "store redis r.example port 1 { ttl 90m database 3 user u password "
    "\"PASSWORD\" prefix \"\" }\n"
    "key a { secret '0123456789abcdef0123456789SECRET' disabled\n"
    "description \"until \\\"March\\\"\" recipients { example.com }\n"
    "from x@example.com name X envelope from y@example.com\n"
    "allow from ::1 limit none max recipients 2 no html no attachments\n"
    "no bulk mask recipients }\n"
    "key \"mail\" { secret '1123456789abcdef0123456789SECRET'\n"
    "hash \"sha256:" + std::string(64, 'f') + "\" }\n";

} /* namespace */

TEST_CASE("what is printed parses to the same configuration")
{
	round_trip(least);
	round_trip(everything);
	for (std::string store : {"store none", "store memory { ttl 1s }",
		 "store sqlite /var/l.db { durable }",
		 "store redis /run/redis.sock { user \"a b\" }"})
		round_trip(std::string(least) + store + "\n");
	round_trip(std::string(least) + "mail { recipients any }\n");
	round_trip(std::string(least) + "log { to syslog facility local3 }\n");
	round_trip(std::string(least) + "relay ::1 { hostname x }\n");
}

TEST_CASE("defaults are printed, secrets are not")
{
	std::string printed = round_trip(least);
	for (const char *line : {"prefork 2\n", "timeout idle 1m\n",
		 "listen on 127.0.0.1 port 8080\n", "max memory 64M\n",
		 "limit address 20/m burst 5 table 10000\n",
		 "\tto syslog facility mail\n", "\trecords 10000\n",
		 "\tconnections 10 idle 30s messages 100\n"}) {
		INFO(line);
		CHECK(printed.find(line) != std::string::npos);
	}
	CHECK(printed.find(secret_32) == std::string::npos);

	printed = round_trip(everything);
	CHECK(printed.find("PASSWORD") == std::string::npos);
	CHECK(printed.find("SECRET") == std::string::npos);
	/* Enough of a hash to tell which it is. */
	CHECK(printed.find("sha256:" + std::string(16, 'f') +
		  std::string(48, '0')) != std::string::npos);
	CHECK(printed.find(std::string(17, 'f')) == std::string::npos);
}

TEST_CASE("a parsed copy has the same values")
{
	Machine machine;
	auto first = machine.parse(everything);
	REQUIRE(first.config);
	auto second = machine.parse(print_config(*first.config));
	INFO(second.all_errors());
	REQUIRE(second.config);
	const Config &a = *first.config, &b = *second.config;

	CHECK(a.listeners.size() == b.listeners.size());
	CHECK(a.limit_address == b.limit_address);
	CHECK(a.max_memory == b.max_memory);
	CHECK(a.timeout_request == b.timeout_request);
	CHECK(a.log.settings == b.log.settings);
	CHECK(a.mail.sender.from->text() == b.mail.sender.from->text());
	CHECK(a.mail.sender.name == b.mail.sender.name);
	CHECK(a.mail.sender.name == "a \"b\" \\ c");
	CHECK(a.mail.recipients.entries() == b.mail.recipients.entries());
	CHECK(a.mail.attachments->total == b.mail.attachments->total);
	CHECK(a.relays.size() == b.relays.size());
	CHECK(a.relays[0].verify_name == b.relays[0].verify_name);
	CHECK(a.relays[0].idle == b.relays[0].idle);
	CHECK(a.store.prefix == b.store.prefix);
	CHECK(a.keys.size() == b.keys.size());
	CHECK(a.keys[0].own_limit == b.keys[0].own_limit);
	CHECK(a.keys[1].own_limit == b.keys[1].own_limit);
	CHECK(a.keys[0].description == b.keys[0].description);
}
