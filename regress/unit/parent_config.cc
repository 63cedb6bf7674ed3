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

#include <syslog.h>

#include <functional>
#include <limits>
#include <string>

#include "catch.h"
#include "config_text.h"

using namespace std::chrono_literals;

/* Every default, and every item at and beyond its limits. */

TEST_CASE("the least configuration has every default")
{
	auto parsed = parse_more("");
	INFO(parsed.all_errors());
	REQUIRE(parsed.config);
	CHECK(parsed.warnings.empty());
	const Config &config = *parsed.config;
	constexpr std::uint64_t minute = 60'000'000'000;

	CHECK(config.hostname == "relay.example.com");
	CHECK(config.prefork == 2);
	REQUIRE(config.listeners.size() == 1);
	CHECK(config.listeners[0].address.text() == "127.0.0.1");
	CHECK(config.listeners[0].port == 8080);
	CHECK_FALSE(config.listeners[0].monitor);
	CHECK_FALSE(config.listeners[0].proxy);
	CHECK_FALSE(config.listeners[0].tls);
	CHECK(config.trusted_proxies.from.empty());
	CHECK_FALSE(config.allow_from);
	REQUIRE(config.monitor_from.all().size() == 2);
	CHECK(config.monitor_from.all()[0].text() == "127.0.0.0/8");
	CHECK(config.monitor_from.all()[1].text() == "::1/128");
	CHECK(config.limit_global == RateLimit{60, minute, 10});
	CHECK(config.limit_address == RateLimit{20, minute, 5});
	CHECK(config.address_table == 10000);
	CHECK(config.limit_key == RateLimit{30, minute, 5});
	CHECK_FALSE(config.limit_shared);
	CHECK(config.timeout_header == 10s);
	CHECK(config.timeout_request == 30s);
	CHECK(config.timeout_idle == 60s);
	CHECK(config.timeout_shutdown == 30s);
	CHECK(config.max_connections == 4096);
	CHECK(config.max_connections_per_address == 256);
	CHECK(config.max_request == 1 << 20);
	CHECK(config.max_memory == 64 << 20);

	CHECK_FALSE(config.log.settings.to_stderr);
	CHECK(config.log.settings.facility == LOG_MAIL);
	CHECK_FALSE(config.log.settings.json);
	CHECK(config.log.settings.level == LogLevel::info);
	CHECK(config.log.mask_recipients);

	CHECK(config.mail.sender.from->text() == "a@example.com");
	CHECK(config.mail.sender.name.empty());
	CHECK(config.mail.sender.envelope_from->text() == "a@example.com");
	CHECK(config.mail.max_recipients == 10);
	CHECK(config.mail.max_subject == 255);
	CHECK(config.mail.max_body == 64 << 10);
	CHECK_FALSE(config.mail.html);
	CHECK_FALSE(config.mail.attachments);
	CHECK_FALSE(config.mail.bulk);

	REQUIRE(config.relays.size() == 1);
	const Relay &relay = config.relays[0];
	CHECK(relay.kind == RelayKind::smtp);
	CHECK(relay.host == "127.0.0.1");
	REQUIRE(relay.address);
	CHECK(relay.address->text() == "127.0.0.1");
	CHECK(relay.port == 25);
	CHECK(relay.connections == 10);
	CHECK(relay.idle == 30s);
	CHECK(relay.messages == 100);
	CHECK(relay.timeout_connect == 5s);
	CHECK(relay.timeout_submission == 30s);
	CHECK(relay.hostname == "relay.example.com");
	CHECK_FALSE(relay.source);
	CHECK(relay.tls == RelayTls::none);
	CHECK(relay.verify);
	CHECK_FALSE(relay.auth);
	CHECK_FALSE(relay.insecure);
	CHECK_FALSE(relay.reply_text);

	CHECK(config.store.type == StoreKind::memory);
	CHECK(config.store.ttl == 1h);
	CHECK(config.store.records == 10000);

	REQUIRE(config.keys.size() == 1);
	const Key &key = config.keys[0];
	CHECK(key.name == "k");
	CHECK(key.enabled);
	CHECK(key.description.empty());
	REQUIRE(key.hashes.size() == 1);
	CHECK(key.hashes[0] == sha256(std::string_view(secret_32)));
	CHECK_FALSE(key.recipients);
	CHECK_FALSE(key.allow_from);
	CHECK_FALSE(key.own_limit);
	CHECK(key.limit == config.limit_key);
	CHECK(key.max_recipients == 10);
	CHECK(key.mask_recipients);
	CHECK(key.sender.from->text() == "a@example.com");
	CHECK(key.sender.envelope_from->text() == "a@example.com");
}

namespace {

/* An item with one value, and where it ends up. */
struct Numeric {
	const char *block;
	const char *item; /* %s is the value */
	std::uint64_t min, max;
	std::uint64_t (*value)(const Config &);
};

using Value = std::uint64_t;

const Numeric numbers[] = {
    {"", "prefork %s", 1, 64,
	[](const Config &c) { return (Value(c.prefork)); }},
    {"", "max connections %s", 1, 1000000,
	[](const Config &c) { return (Value(c.max_connections)); }},
    {"", "max connections 10 per address %s", 1, 1000000,
	[](const Config &c) { return (Value(c.max_connections_per_address)); }},
    {"", "limit address 1/s table %s", 1, 10000000,
	[](const Config &c) { return (Value(c.address_table)); }},
    {"mail", "max recipients %s", 1, 1000,
	[](const Config &c) { return (Value(c.mail.max_recipients)); }},
    {"mail", "max subject %s", 1, 998,
	[](const Config &c) { return (Value(c.mail.max_subject)); }},
    {"mail", "attachments max %s", 1, 100,
	[](const Config &c) { return (Value(c.mail.attachments->max)); }},
    {"mail", "bulk %s", 1, 10000,
	[](const Config &c) { return (Value(c.mail.bulk->messages)); }},
    {"mail", "bulk 1 concurrency %s", 1, 1000,
	[](const Config &c) { return (Value(c.mail.bulk->concurrency)); }},
    {"relay localhost", "connections %s", 1, 1000,
	[](const Config &c) { return (Value(c.relays[0].connections)); }},
    {"relay localhost", "connections 1 messages %s", 1, 1000000,
	[](const Config &c) { return (Value(c.relays[0].messages)); }},
    {"relay localhost", "port %s", 1, 65535,
	[](const Config &c) { return (Value(c.relays[0].port)); }},
    {"", "relay localhost port %s", 1, 65535,
	[](const Config &c) { return (Value(c.relays[0].port)); }},
    {"", "listen on ::1 port %s", 1, 65535,
	[](const Config &c) { return (Value(c.listeners[0].port)); }},
    {"", "store redis localhost port %s", 1, 65535,
	[](const Config &c) { return (Value(c.store.port)); }},
    {"store memory", "records %s", 1, 10000000,
	[](const Config &c) { return (Value(c.store.records)); }},
    {"store sqlite /var/l.db", "records %s", 1, 100000000,
	[](const Config &c) { return (Value(c.store.records)); }},
    {"store redis localhost", "database %s", 0, 65535,
	[](const Config &c) { return (Value(c.store.database)); }},
};

const Numeric times[] = {
    {"", "timeout header %ss", 1, 600,
	[](const Config &c) { return (Value(c.timeout_header.count())); }},
    {"", "timeout request %ss", 1, 3600,
	[](const Config &c) { return (Value(c.timeout_request.count())); }},
    {"", "timeout idle %ss", 1, 3600,
	[](const Config &c) { return (Value(c.timeout_idle.count())); }},
    {"", "timeout shutdown %ss", 1, 3600,
	[](const Config &c) { return (Value(c.timeout_shutdown.count())); }},
    {"relay localhost", "connections 1 idle %ss", 1, 3600,
	[](const Config &c) { return (Value(c.relays[0].idle.count())); }},
    {"relay localhost", "timeout connect %ss", 1, 600,
	[](const Config &c) {
		return (Value(c.relays[0].timeout_connect.count()));
	}},
    {"relay localhost", "timeout submission %ss", 1, 3600,
	[](const Config &c) {
		return (Value(c.relays[0].timeout_submission.count()));
	}},
    {"relay sendmail /usr/sbin/sendmail", "timeout submission %ss", 1, 3600,
	[](const Config &c) {
		return (Value(c.relays[0].timeout_submission.count()));
	}},
    {"store memory", "ttl %ss", 1, 365 * 86400,
	[](const Config &c) { return (Value(c.store.ttl.count())); }},
};

const Numeric sizes[] = {
    {"", "max request %s\nmax memory 1G", 1 << 10, 128 << 20,
	[](const Config &c) { return (c.max_request); }},
    {"", "max memory %s", 1 << 20, 1ull << 40,
	[](const Config &c) { return (c.max_memory); }},
    {"mail", "max body %s }\nmax request 128M\nmax memory 1G\nlog {", 1,
	128 << 20, [](const Config &c) { return (c.mail.max_body); }},
    {"mail",
	"attachments max 1 size %s total 96M }\nmax request 128M\n"
	"max memory 1G\nlog {",
	1, 96 << 20,
	[](const Config &c) { return (c.mail.attachments->size); }},
    {"mail",
	"attachments max 1 size 1 total %s }\nmax request 128M\n"
	"max memory 1G\nlog {",
	1, 96 << 20,
	[](const Config &c) { return (c.mail.attachments->total); }},
};

std::string
with(const Numeric &one, const std::string &value)
{
	std::string item = one.item;
	return (item.replace(item.find("%s"), 2, value));
}

void
check_limits(const Numeric &one)
{
	for (std::uint64_t value : {one.min, one.max}) {
		auto item = with(one, std::to_string(value));
		auto parsed = parse_item(one.block, item);
		INFO(one.block << ": " << item << "\n" << parsed.all_errors());
		REQUIRE(parsed.config);
		CHECK(one.value(*parsed.config) == value);
	}
	std::vector<std::string> wrong = {std::to_string(one.max + 1),
	    "18446744073709551616", "99999999999999999999999999"};
	if (one.min > 0)
		wrong.push_back(std::to_string(one.min - 1));
	for (const std::string &value : wrong) {
		auto parsed = parse_item(one.block, with(one, value));
		INFO(one.block << ": " << with(one, value) << "\n"
			       << parsed.all_errors());
		CHECK_FALSE(parsed.config);
		REQUIRE(parsed.errors.size() == 1);
	}
}

} /* namespace */

TEST_CASE("numbers have limits")
{
	for (const Numeric &one : numbers) {
		check_limits(one);
		for (std::string value : {"-1", "+1", "1K", "0x1", "1.5", "a",
			 "\"\"", "\" 1\"", "1_0"}) {
			auto parsed = parse_item(one.block, with(one, value));
			INFO(with(one, value) << "\n" << parsed.all_errors());
			CHECK_FALSE(parsed.config);
			CHECK(parsed.errors.size() == 1);
		}
	}
}

TEST_CASE("times have limits and a unit")
{
	for (const Numeric &one : times) {
		check_limits(one);
		std::string item = with(one, "5");
		item.erase(item.find("5s") + 1, 1);
		auto parsed = parse_item(one.block, item);
		INFO(item << "\n" << parsed.all_errors());
		CHECK_FALSE(parsed.config);
		REQUIRE(parsed.errors.size() == 1);
		CHECK(parsed.errors[0].find("the unit is missing") !=
		    std::string::npos);
	}
}

TEST_CASE("sizes have limits")
{
	for (const Numeric &one : sizes) {
		/* One over may be over another limit instead: once is once. */
		check_limits(one);
		for (std::string value :
		    {"1k", "1KB", "-1", "K", "1P", "1.5M", "9999999999999999G",
			"9999999999999999T"}) {
			auto parsed = parse_item(one.block, with(one, value));
			INFO(with(one, value) << "\n" << parsed.all_errors());
			CHECK_FALSE(parsed.config);
			CHECK(parsed.errors.size() == 1);
		}
	}
}

TEST_CASE("units")
{
	CHECK(parse_more("timeout idle 59m").config->timeout_idle == 59min);
	CHECK(parse_more("timeout idle 1h").config->timeout_idle == 1h);
	CHECK(parse_more("store memory { ttl 365d }").config->store.ttl ==
	    24h * 365);
	CHECK(parse_more("max request 2K").config->max_request == 2048);
	CHECK(parse_more("max request 3M").config->max_request == 3 << 20);
	CHECK(parse_more("max memory 2G").config->max_memory == 2ull << 30);
	CHECK(parse_more("max memory 1T").config->max_memory == 1ull << 40);
	CHECK(parse_more("max memory 2T").all_errors().find("1M to 1T") !=
	    std::string::npos);
	for (auto wrong : {"1h30m", "1H", "s", "1w", "1ms", "1 s", "-1s"})
		CHECK_FALSE(parse_more(std::string("timeout idle ") + wrong)
				.config);
}

TEST_CASE("buckets")
{
	constexpr std::uint64_t second = 1'000'000'000;
	struct {
		const char *text;
		RateLimit limit;
	} good[] = {
	    {"1/s", {1, second, 1}},
	    {"600/m", {600, 60 * second, 600}},
	    {"600/m burst 100", {600, 60 * second, 100}},
	    {"7/h burst 1", {7, 3600 * second, 1}},
	    {"1000000/d", {1000000, 86400 * second, 1000000}},
	    {"1/d burst 36500", {1, 86400 * second, 36500}},
	    {"1000000/s burst 1000000000", {1000000, second, 1000000000}},
	    {"none", {}},
	};
	for (const auto &one : good) {
		INFO(one.text);
		std::string text = one.text;
		auto parsed = parse_more("limit global " + text +
		    "\nlimit address " + text + " table 5\nlimit key " + text);
		INFO(parsed.all_errors());
		REQUIRE(parsed.config);
		CHECK(parsed.config->limit_global == one.limit);
		CHECK(parsed.config->limit_address == one.limit);
		CHECK(parsed.config->limit_key == one.limit);
		CHECK(parsed.config->address_table == 5);
		CHECK(parsed.config->keys[0].limit == one.limit);
		parsed = parse_item("key", "limit " + text);
		REQUIRE(parsed.config);
		CHECK(*parsed.config->keys[0].own_limit == one.limit);
		CHECK(parsed.config->keys[0].limit == one.limit);
	}
	for (std::string text : {"0/m", "1000001/m", "1/M", "1/w", "1/", "/m",
		 "1", "m", "-1/m", "1.5/m", "1/mm", "1/1/m", "1/m burst 0",
		 "1/m burst -1", "1/m burst x", "1/s burst 1000000001",
		 "1/d burst 36501", "99999999999999999999/m", "1//m"}) {
		auto parsed = parse_more("limit global " + text);
		INFO(text << "\n" << parsed.all_errors());
		CHECK_FALSE(parsed.config);
		CHECK(parsed.errors.size() == 1);
	}
	CHECK_FALSE(parse_more("limit global none burst 5").config);
	CHECK_FALSE(parse_more("limit global 1 /m").config);
}

TEST_CASE("listen on")
{
	auto parsed = parse_more("listen on 127.0.0.1 port 8080\n"
				 "listen on * port 80 monitor\n"
				 "listen on :: port submission\n"
				 "listen on em0 port 8081 monitor\n");
	INFO(parsed.all_errors());
	REQUIRE(parsed.config);
	const auto &listeners = parsed.config->listeners;
	REQUIRE(listeners.size() == 5);
	CHECK(listeners[1].address.text() == "0.0.0.0");
	CHECK(listeners[1].monitor);
	CHECK(listeners[1].where.line == 4);
	CHECK(listeners[1].where.file == "/etc/test.conf");
	CHECK(listeners[2].address.text() == "::");
	CHECK(listeners[2].port == 587);
	CHECK_FALSE(listeners[2].monitor);
	CHECK(listeners[3].address.text() == "192.0.2.7");
	CHECK(listeners[3].monitor);
	CHECK(listeners[4].address.text() == "2001:db8::7");
	CHECK(listeners[4].monitor);

	std::string many;
	for (int i = 0; i < 64; i++)
		many += "listen on ::1 port " + std::to_string(1000 + i) + "\n";
	CHECK(parse_more(many).config);
	CHECK_FALSE(parse_more(many + "listen on ::1 port 2\n").config);
}

TEST_CASE("listen on tls")
{
	Machine machine;
	auto parsed = machine.parse(std::string(least) +
	    "listen on 192.0.2.1 port 443 tls certificate /c key /k\n"
	    "listen on 192.0.2.2 port 443 tls certificate /c key /k ocsp /o\n"
	    "listen on 192.0.2.3 port 443 monitor tls {\n"
	    " certificate /c key /k, certificate /c key /k ocsp /o\n"
	    " protocols \"TLSv1.3\"\n ciphers \"HIGH\"\n"
	    " client ca /ca optional\n} proxy\n"
	    "listen on em0 port 443 tls { certificate /c key /k }\n"
	    "trusted proxies ::1\n");
	INFO(parsed.all_errors());
	REQUIRE(parsed.config);
	const auto &listeners = parsed.config->listeners;
	REQUIRE(listeners.size() == 5);
	REQUIRE(listeners[0].tls);
	CHECK(listeners[0].tls->certificates.size() == 1);
	CHECK(listeners[0].tls->certificates[0].certificate == "/c");
	CHECK(listeners[0].tls->certificates[0].key == "/k");
	CHECK(listeners[0].tls->certificates[0].where.line == 3);
	CHECK(listeners[0].tls->protocols == "secure");
	CHECK(listeners[0].tls->ciphers == "secure");
	CHECK(listeners[0].tls->certificates[0].chain == certificate_pem);
	CHECK(listeners[0].tls->certificates[0].private_key.view() ==
	    certificate_key_pem);
	CHECK(listeners[0].tls->certificates[0].not_after > 4'800'000'000);
	CHECK(listeners[0].tls->client_authorities.empty());
	CHECK(listeners[1].tls->certificates[0].ocsp == "/o");
	CHECK(listeners[1].tls->certificates[0].response ==
	    from_base64(ocsp_base64));
	CHECK(listeners[2].tls->certificates.size() == 2);
	CHECK(listeners[2].tls->protocols == "TLSv1.3");
	CHECK(listeners[2].tls->ciphers == "HIGH");
	CHECK(listeners[2].tls->client_ca == "/ca");
	CHECK(listeners[2].tls->client_authorities == certificate_pem);
	CHECK(listeners[2].tls->client_optional);
	CHECK(listeners[2].monitor);
	CHECK(listeners[2].proxy);
	CHECK(listeners[3].tls->certificates.size() == 1);
	CHECK(listeners[4].tls->certificates.size() == 1);
	CHECK(parsed.warnings.empty());

	std::string pairs;
	for (int i = 0; i < 16; i++)
		pairs += "certificate /c key /k\n";
	std::string start = std::string(least) + "listen on ::1 port 1 tls {\n";
	CHECK(machine.parse(start + pairs + "}\n").config);
	CHECK_FALSE(machine.parse(start + pairs + pairs + "}\n").config);
	CHECK(machine.parse(start + pairs + pairs + "}\n").errors.size() == 1);
}

TEST_CASE("who may connect")
{
	auto parsed = parse_more(
	    "trusted proxies { 127.0.0.1 ::1 } header forwarded\n"
	    "allow from { 10.0.0.0/8, 192.0.2.0/24\n 2001:db8::/32 }\n"
	    "monitor from 192.0.2.1\n");
	INFO(parsed.all_errors());
	REQUIRE(parsed.config);
	CHECK(parsed.config->trusted_proxies.from.all().size() == 2);
	CHECK(parsed.config->trusted_proxies.forwarded);
	REQUIRE(parsed.config->allow_from);
	CHECK(parsed.config->allow_from->all().size() == 3);
	CHECK(parsed.config->monitor_from.all().size() == 1);
	CHECK_FALSE(parse_more("trusted proxies ::1\n")
			.config->trusted_proxies.forwarded);
	CHECK_FALSE(parse_more("allow from any\n").config->allow_from);

	std::string prefixes;
	for (int i = 0; i < 1024; i++)
		prefixes += "10." + std::to_string(i / 256) + "." +
		    std::to_string(i % 256) + ".0/24\n";
	for (std::string item :
	    {"trusted proxies {", "allow from {", "monitor from {"}) {
		CHECK(parse_more(item + prefixes + "}\n").config);
		auto over = parse_more(item + prefixes + "::1 }\n");
		CHECK_FALSE(over.config);
		CHECK(over.errors.size() == 1);
	}
}

TEST_CASE("log")
{
	auto log = [](const std::string &items) {
		auto parsed = parse_item("log", items);
		INFO(items << "\n" << parsed.all_errors());
		REQUIRE(parsed.config);
		return (parsed.config->log);
	};

	CHECK(log("to stderr").settings.to_stderr);
	CHECK_FALSE(log("to syslog").settings.to_stderr);
	CHECK(log("to syslog").settings.facility == LOG_MAIL);
	CHECK(log("to syslog facility mail").settings.facility == LOG_MAIL);
	CHECK(log("to syslog facility daemon").settings.facility == LOG_DAEMON);
	CHECK(log("to syslog facility local0").settings.facility == LOG_LOCAL0);
	CHECK(log("to syslog facility local7").settings.facility == LOG_LOCAL7);
	CHECK(log("format json").settings.json);
	CHECK_FALSE(log("format text").settings.json);
	CHECK(log("level error").settings.level == LogLevel::error);
	CHECK(log("level warning").settings.level == LogLevel::warning);
	CHECK(log("level info").settings.level == LogLevel::info);
	CHECK(log("level debug").settings.level == LogLevel::debug);
	CHECK(log("mask recipients").mask_recipients);
	CHECK_FALSE(log("no mask recipients").mask_recipients);
	CHECK(log("").mask_recipients);
	for (auto item : {"to file", "to syslog facility auth",
		 "to syslog facility local8", "format xml", "level notice",
		 "level", "mask", "no mask", "to"})
		CHECK_FALSE(parse_item("log", item).config);
}

TEST_CASE("mail")
{
	auto parsed = Machine().parse(
	    "mail {\n from \"a@example.com\" name \"\xc3\x84 & \\\"Co\\\"\"\n"
	    " envelope from \"b@example.org\"\n"
	    " recipients { \"example.com\" Ops@example.org \"[192.0.2.1]\" }\n"
	    " html\n attachments max 5 size 1M total 2M\n"
	    " bulk 10 concurrency 7\n}\nmax request 4M\n"
	    "key k { secret \"0123456789abcdef0123456789ABCDEF\" }\n");
	INFO(parsed.all_errors());
	REQUIRE(parsed.config);
	const MailConfig &mail = parsed.config->mail;
	CHECK(mail.sender.name == "\xc3\x84 & \"Co\"");
	CHECK(mail.sender.envelope_from->text() == "b@example.org");
	CHECK(mail.recipients.entries().size() == 3);
	CHECK(mail.html);
	CHECK(mail.attachments->max == 5);
	CHECK(mail.attachments->size == 1 << 20);
	CHECK(mail.attachments->total == 2 << 20);
	CHECK(mail.bulk->messages == 10);
	CHECK(mail.bulk->concurrency == 7);

	CHECK_FALSE(parse_item("mail", "envelope from \"<>\"")
			.config->mail.sender.envelope_from);
	auto bulk = parse_item("mail", "bulk 3");
	CHECK(bulk.config->mail.bulk->concurrency == 5);

	std::string name(128 * 2, '\0');
	for (std::size_t i = 0; i < name.size(); i += 2)
		name.replace(i, 2, "\xc3\xb6");
	auto named = [](const std::string &text) {
		return (Machine().parse("mail { from a@b name \"" + text +
		    "\" recipients b }\nkey k { secret \"" + secret_32 +
		    "\" }\n"));
	};
	CHECK(named(name).config);
	CHECK_FALSE(named(name + "x").config);
	CHECK_FALSE(named("\xff").config);
	CHECK_FALSE(named("\xc2\x85").config);
	CHECK_FALSE(named("\xe2\x80\xa8").config);
}

TEST_CASE("defaults of sizes give way to max request")
{
	auto small = parse_more("max request 10K\n");
	REQUIRE(small.config);
	CHECK(small.config->mail.max_body == 10 << 10);

	auto parsed = parse_item("mail", "attachments max 3");
	REQUIRE(parsed.config);
	CHECK(parsed.config->mail.attachments->total == 768 << 10);
	CHECK(parsed.config->mail.attachments->size == 768 << 10);
	parsed = parse_item("mail",
	    "attachments max 3 }\nmax request 32M\nlog { ");
	REQUIRE(parsed.config);
	CHECK(parsed.config->mail.attachments->total == 20 << 20);
	CHECK(parsed.config->mail.attachments->size == 10 << 20);
}

TEST_CASE("recipients at their limit")
{
	std::string domains;
	for (int i = 0; i < 10000; i++)
		domains += "d" + std::to_string(i) + ".example ";
	std::string key = "key k { secret \"" + std::string(secret_32) +
	    "\" }\nmail { from a@b recipients { ";
	CHECK(Machine().parse(key + domains + "} }\n").config);
	auto over = Machine().parse(key + domains + "one.more } }\n");
	CHECK_FALSE(over.config);
	CHECK(over.errors.size() == 1);
}

TEST_CASE("relay")
{
	Machine machine;
	machine.files["/pass"] = "secret\n";
	auto parsed = machine.parse(std::string(least) +
	    "relay localhost\n"
	    "relay ::1 port submission { tls none reply text }\n"
	    "relay \"smtp.example.net\" port 587 {\n"
	    " connections 3 idle 5m messages 7\n timeout connect 1s\n"
	    " timeout submission 2s\n hostname me.example.com\n"
	    " source 192.0.2.9\n tls starttls\n ca /ca\n"
	    " verify other.example.net\n certificate /c key /k\n"
	    " protocols \"TLSv1.2\"\n ciphers \"HIGH:!aNULL\"\n"
	    " auth \"user\" password \"pass\"\n}\n"
	    "relay smtp2.example.net { tls implicit no verify\n"
	    " auth \"relay\" password file \"/pass\" }\n"
	    "relay 127.0.0.2 { auth u password p insecure }\n"
	    "relay sendmail /usr/sbin/sendmail { connections 2\n"
	    " timeout submission 9s }\n"
	    "relay smtp3.example.net { tls implicit port 26 }\n"
	    "relay smtp4.example.net { tls none }\n");
	INFO(parsed.all_errors());
	REQUIRE(parsed.config);
	const auto &relays = parsed.config->relays;
	REQUIRE(relays.size() == 8);
	CHECK_FALSE(relays[0].address);
	CHECK(relays[0].port == 25);
	CHECK(relays[0].where.line == 3);
	CHECK(relays[1].address->text() == "::1");
	CHECK(relays[1].port == 587);
	CHECK(relays[1].reply_text);
	const Relay &full = relays[2];
	CHECK(full.host == "smtp.example.net");
	CHECK(full.connections == 3);
	CHECK(full.idle == 5min);
	CHECK(full.messages == 7);
	CHECK(full.timeout_connect == 1s);
	CHECK(full.timeout_submission == 2s);
	CHECK(full.hostname == "me.example.com");
	CHECK(full.source->text() == "192.0.2.9");
	CHECK(full.tls == RelayTls::starttls);
	CHECK(full.ca == "/ca");
	CHECK(full.verify);
	CHECK(full.verify_name == "other.example.net");
	REQUIRE(full.certificate);
	CHECK(full.certificate->certificate == "/c");
	CHECK(full.certificate->key == "/k");
	CHECK(full.certificate->chain == certificate_pem);
	CHECK(full.certificate->private_key.view() == certificate_key_pem);
	CHECK(full.authorities == certificate_pem);
	CHECK(full.protocols == "TLSv1.2");
	CHECK(full.ciphers == "HIGH:!aNULL");
	REQUIRE(full.auth);
	CHECK(full.auth->user == "user");
	CHECK(full.auth->password.view() == "pass");
	CHECK(relays[3].port == 465);
	CHECK(relays[3].tls == RelayTls::implicit);
	CHECK_FALSE(relays[3].verify);
	CHECK(relays[3].authorities.empty());
	CHECK(relays[3].auth->password.view() == "secret");
	CHECK(relays[3].verify_name == "smtp2.example.net");
	CHECK(relays[4].insecure);
	CHECK(relays[5].kind == RelayKind::sendmail);
	CHECK(relays[5].host == "/usr/sbin/sendmail");
	CHECK(relays[5].connections == 2);
	CHECK(relays[5].timeout_submission == 9s);
	CHECK(relays[6].port == 26);
	CHECK(relays[7].tls == RelayTls::none);
	CHECK(parsed.warnings.size() == 2); /* no verify, insecure */

	std::string many;
	for (int i = 0; i < 8; i++)
		many += "relay ::1 port " + std::to_string(1000 + i) + "\n";
	CHECK(parse_more(many).config);
	CHECK_FALSE(parse_more(many + "relay ::1\n").config);
}

TEST_CASE("store")
{
	auto store = [](const std::string &text) {
		auto parsed = parse_more(text);
		INFO(text << "\n" << parsed.all_errors());
		REQUIRE(parsed.config);
		return (parsed.config->store);
	};

	CHECK(store("store none").type == StoreKind::none);
	CHECK(store("store memory").ttl == 1h);
	CHECK(store("store memory { ttl 2h records 5 }").records == 5);
	auto sqlite = store("store sqlite /var/db/l.db");
	CHECK(sqlite.type == StoreKind::sqlite);
	CHECK(sqlite.path == "/var/db/l.db");
	CHECK(sqlite.ttl == 24h * 7);
	CHECK(sqlite.records == 1000000);
	CHECK_FALSE(sqlite.durable);
	sqlite = store("store sqlite /l.db { ttl 1d records 2 durable }");
	CHECK(sqlite.ttl == 24h);
	CHECK(sqlite.records == 2);
	CHECK(sqlite.durable);
	auto redis = store("store redis db.example.com");
	CHECK(redis.type == StoreKind::redis);
	CHECK(redis.host == "db.example.com");
	CHECK(redis.port == 6379);
	CHECK(redis.ttl == 24h * 7);
	CHECK(redis.database == 0);
	CHECK(redis.user.empty());
	CHECK_FALSE(redis.password);
	CHECK(redis.prefix == "rele:");
	redis = store("store redis ::1 port 7 { ttl 1s database 3 user \"u\"\n"
		      "password \"p\" prefix \"x:\" }");
	CHECK(redis.port == 7);
	CHECK(redis.database == 3);
	CHECK(redis.user == "u");
	CHECK(redis.password->view() == "p");
	CHECK(redis.prefix == "x:");
	redis = store("store redis /var/run/redis.sock");
	CHECK(redis.path == "/var/run/redis.sock");
	CHECK(redis.host.empty());
}

TEST_CASE("key")
{
	auto parsed = Machine().parse(
	    "mail { from a@example.com name \"A\" envelope from b@example.com\n"
	    " recipients { example.com example.org } max recipients 20 }\n"
	    "limit key 9/m burst 3\n"
	    "key \"mail\" {\n"
	    " hash \"sha256:"
	    "00000000000000000000000000000000000000000000000000000000000000aa"
	    "\"\n secret \"" + std::string(secret_32) + "\"\n disabled\n"
	    " description \"until March\"\n recipients example.com\n"
	    " from c@example.com name \"C\"\n envelope from \"<>\"\n"
	    " allow from { 10.0.0.0/8 ::1 }\n limit 30/m burst 5\n"
	    " max recipients 5\n no html no attachments no bulk\n"
	    " no mask recipients\n}\n"
	    "key B-1._x { secret '" + std::string(32, 'b') + "'\n"
	    " from d@example.com }\n"
	    "key c { secret '" + std::string(32, 'c') + "' mask recipients }\n"
	    "log { no mask recipients }\n");
	INFO(parsed.all_errors());
	REQUIRE(parsed.config);
	const auto &keys = parsed.config->keys;
	REQUIRE(keys.size() == 3);
	CHECK(keys[0].name == "mail");
	CHECK_FALSE(keys[0].enabled);
	REQUIRE(keys[0].hashes.size() == 2);
	CHECK(keys[0].hashes[0][31] == 0xaa);
	CHECK(keys[0].hashes[1] == sha256(std::string_view(secret_32)));
	CHECK(keys[0].description == "until March");
	CHECK(keys[0].recipients->entries().size() == 1);
	CHECK(keys[0].sender.from->text() == "c@example.com");
	CHECK(keys[0].sender.name == "C");
	CHECK_FALSE(keys[0].sender.envelope_from);
	CHECK(keys[0].allow_from->all().size() == 2);
	CHECK(keys[0].own_limit->count == 30);
	CHECK(keys[0].limit.burst == 5);
	CHECK(keys[0].max_recipients == 5);
	CHECK(keys[0].no_html);
	CHECK(keys[0].no_attachments);
	CHECK(keys[0].no_bulk);
	CHECK_FALSE(keys[0].mask_recipients);
	/* A sender of its own has no name from mail, but mail's envelope. */
	CHECK(keys[1].sender.from->text() == "d@example.com");
	CHECK(keys[1].sender.name.empty());
	CHECK(keys[1].sender.envelope_from->text() == "b@example.com");
	CHECK(keys[1].limit.count == 9);
	CHECK_FALSE(keys[1].own_limit);
	CHECK(keys[1].max_recipients == 20);
	CHECK_FALSE(keys[1].mask_recipients); /* log's */
	CHECK(keys[2].sender.name == "A");
	CHECK(keys[2].mask_recipients);
	CHECK(keys[2].where.line > keys[1].where.line);

	auto from = parse_item("key", "from own@example.com");
	CHECK(from.config->keys[0].sender.envelope_from->text() ==
	    "own@example.com");
	CHECK(parse_item("key",
	    "description \"" + std::string(255, 'd') + "\"").config);
	CHECK_FALSE(parse_item("key",
	    "description \"" + std::string(256, 'd') + "\"").config);
}

TEST_CASE("ten thousand keys")
{
	std::string text =
	    "mail { from a@b recipients b }\n";
	for (int i = 0; i < 10000; i++)
		text += "key k" + std::to_string(i) + " { secret \"" +
		    std::string(secret_32) + std::to_string(i) + "\" }\n";
	CHECK(Machine().parse(text).config);
	text += "key more { secret \"" + std::string(secret_32) + "more\" }\n";
	auto over = Machine().parse(text);
	CHECK_FALSE(over.config);
	CHECK(over.errors.size() == 1);
}

TEST_CASE("the name for EHLO")
{
	Machine machine;
	CHECK(machine.parse(least).config->hostname == "relay.example.com");
	for (std::string name : {"relay", "", "bad_name.example", "x.",
		 "-.example"}) {
		machine.hostname = name;
		auto parsed = machine.parse(least);
		REQUIRE(parsed.config);
		CHECK(parsed.config->hostname.empty());
		CHECK(parsed.config->relays[0].hostname.empty());
	}
	auto parsed = machine.parse(
	    std::string(least) + "hostname box\nrelay ::1 { hostname x }\n");
	REQUIRE(parsed.config);
	CHECK(parsed.config->hostname == "box");
	CHECK(parsed.config->relays[0].hostname == "x");
	CHECK(parse_more("hostname \"[192.0.2.1]\"").config);
	for (auto name : {"a_b", "\"\"", "192.0.2.1:25", "\"[::1]\"", "a."})
		CHECK_FALSE(parse_more(std::string("hostname ") + name).config);
}

TEST_CASE("descriptors bound the connections")
{
	Machine machine;
	machine.descriptors = 1024;
	auto parsed = machine.parse(least);
	REQUIRE(parsed.config);
	CHECK(parsed.warnings.empty());
	CHECK(parsed.config->max_connections == 2 * (1024 - 32 - 2));
	CHECK(http_descriptors(*parsed.config) <= 1024);

	parsed = machine.parse(std::string(least) + "max connections 4096\n");
	CHECK_FALSE(parsed.config);
	REQUIRE(parsed.errors.size() == 1);
	CHECK(parsed.errors[0].find("/etc/test.conf:3: max connections 4096") ==
	    0);
	CHECK(machine.parse(std::string(least) + "max connections 1980\n")
		  .config);
	CHECK_FALSE(
	    machine.parse(std::string(least) + "max connections 1981\n")
		.config);
	CHECK(machine
		  .parse(std::string(least) +
		      "max connections 4096\nprefork 5\n")
		  .config);
	CHECK_FALSE(machine
			.parse(std::string(least) +
			    "relay ::1 { connections 1000 }\n")
			.config);
	machine.descriptors = 20;
	CHECK_FALSE(machine.parse(least).config);
	machine.descriptors = std::numeric_limits<std::uint64_t>::max();
	CHECK(machine.parse(least).warnings.empty());
}
