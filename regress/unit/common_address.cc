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

#include <sys/socket.h>
#include <net/if.h>
#include <netinet/in.h>

#include <string.h>

#include <string>
#include <vector>

#include "address.h"
#include "catch.h"

static std::string
as_text(std::string_view literal)
{
	auto address = IpAddress::parse(literal);

	return (address ? address->text() : "none");
}

TEST_CASE("literals are read, and written as RFC 5952 has them")
{
	struct {
		std::string_view literal, text;
	} cases[] = {
	    {"0.0.0.0", "0.0.0.0"},
	    {"192.0.2.1", "192.0.2.1"},
	    {"255.255.255.255", "255.255.255.255"},
	    {"::", "::"},
	    {"::1", "::1"},
	    {"2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
	    {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
	    {"2001:0db8::0001", "2001:db8::1"},
	    {"2001:db8:0:0:0:0:2:1", "2001:db8::2:1"},
	    {"fe80::1", "fe80::1"},
	    {"::ffff:192.0.2.1", "192.0.2.1"},
	    {"::FFFF:c000:0201", "192.0.2.1"},
	    {"::192.0.2.1", "::192.0.2.1"},
	    {"1:2:3:4:5:6:192.0.2.1", "1:2:3:4:5:6:c000:201"},
	    {"::10.0.0.0", "::10.0.0.0"},
	    {"2001:db8::255.255.0.1", "2001:db8::ffff:1"},
	    {"0000:0000:0000:0000:0000:ffff:255.255.255.255",
		"255.255.255.255"},
	};

	for (const auto &one : cases) {
		INFO(one.literal);
		CHECK(as_text(one.literal) == one.text);
		auto again = IpAddress::parse(as_text(one.literal));
		REQUIRE(again);
		CHECK(*again == *IpAddress::parse(one.literal));
	}
}

TEST_CASE("what is no literal is refused")
{
	const std::string_view cases[] = {"", " ", "1", "1.2.3", "1.2.3.4.5",
	    "256.0.0.1", "01.2.3.4", "1.2.3.04", "1.2.3.4 ", " 1.2.3.4",
	    "00.2.3.4", "1.002.3.4", "1..3.4", "1.2.3.", ".2.3.4", "+1.2.3.4",
	    "1.2.3.4.", "-0.2.3.4", "4294967297.2.3.4", "::01.2.3.4",
	    "::ffff:1.2.3.04", "::ffff:1.2.00.4", "::ffff:1.2.3.256",
	    "::ffff:1.2.3.", "::1.2.3.4:5", "1.2.3.4::", "1.2:3::", "::ffff:.",
	    "::1.2.3.4.5", "1:2:3:4:5:6:7:1.2.3.4", "1:2:3:4:5:1.2.3.4",
	    "1.2.3.4/32", "0x7f.0.0.1", "2130706433", "localhost", "*",
	    "[::1]", ":", ":::", "1::2::3", "12345::", "::g", "1:2:3:4:5:6:7",
	    "1:2:3:4:5:6:7:8:9", "::1.2.3", "fe80::1%lo", "fe80::1%",
	    "::1%1", "fe80::1%1",
	    "1111:2222:3333:4444:5555:6666:123.123.123.123.123.123.123"};

	for (auto literal : cases) {
		INFO(literal);
		CHECK_FALSE(IpAddress::parse(literal));
	}
	CHECK_FALSE(IpAddress::parse(std::string_view("1.2.3.4\0", 8)));
	CHECK_FALSE(IpAddress::parse(std::string_view("1.2.3.4\0x", 9)));
}

TEST_CASE("a scope belongs to a link-local address")
{
	unsigned int index = 1;
	char name[IF_NAMESIZE];

	auto address = IpAddress::parse_scoped("fe80::1%1");
	REQUIRE(address);
	CHECK(address->scope() == 1);
	CHECK(address->text() == "fe80::1%1");
	CHECK(*address != *IpAddress::parse_scoped("fe80::1"));
	CHECK(*address != *IpAddress::parse_scoped("fe80::1%2"));
	CHECK(IpAddress::parse_scoped("febf::1%4294967295"));
	CHECK(IpAddress::parse_scoped("192.0.2.1"));
	if (if_indextoname(index, name) != nullptr)
		CHECK(*IpAddress::parse_scoped(
			  std::string("fe80::1%") + name) == *address);

	for (auto literal : {"fe80::1%", "fe80::1%0", "fe80::1%01",
		 "fe80::1%4294967296", "fe80::1%no-such-interface", "::1%1",
		 "2001:db8::1%1", "fec0::1%1", "127.0.0.1%1", "%1", "fe80::1%%1",
		 "fe80::1%1%1", "fe80::1%an-interface-name-that-is-too-long"}) {
		INFO(literal);
		CHECK_FALSE(IpAddress::parse_scoped(literal));
	}
}

TEST_CASE("socket addresses are taken and made")
{
	for (auto literal :
	    {"192.0.2.1", "2001:db8::1", "fe80::1%3", "0.0.0.0", "::"}) {
		INFO(literal);
		socklen_t length = 0;
		auto address = IpAddress::parse_scoped(literal);
		REQUIRE(address);
		auto storage = address->to_sockaddr(8080, length);
		CHECK(length ==
		    (address->is_v4() ? sizeof(struct sockaddr_in)
				      : sizeof(struct sockaddr_in6)));
		auto back = IpAddress::from_sockaddr(
		    reinterpret_cast<struct sockaddr *>(&storage));
		REQUIRE(back);
		CHECK(*back == *address);
	}
	struct sockaddr other;
	memset(&other, 0, sizeof(other));
	other.sa_family = AF_UNIX;
	CHECK_FALSE(IpAddress::from_sockaddr(&other));
}

TEST_CASE("a mapped peer is an IPv4 peer")
{
	socklen_t length = 0;
	struct sockaddr_in6 in6 = {};

	in6.sin6_family = AF_INET6;
	in6.sin6_addr.s6_addr[10] = in6.sin6_addr.s6_addr[11] = 0xff;
	in6.sin6_addr.s6_addr[12] = 127;
	in6.sin6_addr.s6_addr[15] = 1;
	in6.sin6_scope_id = 7; /* means nothing here */
	auto mapped = IpAddress::from_sockaddr(
	    reinterpret_cast<struct sockaddr *>(&in6));
	REQUIRE(mapped);
	CHECK(*mapped == *IpAddress::parse("127.0.0.1"));
	CHECK(mapped->is_v4());
	CHECK(mapped->is_loopback());
	CHECK(mapped->to_sockaddr(1, length).ss_family == AF_INET);
}

TEST_CASE("loopback is 127/8 and ::1")
{
	for (auto literal : {"127.0.0.1", "127.255.255.254", "::1",
		 "::ffff:127.0.0.2"})
		CHECK(IpAddress::parse(literal)->is_loopback());
	for (auto literal : {"126.255.255.255", "128.0.0.0", "::", "::2",
		 "fe80::1", "::127.0.0.1", "0.0.0.0"})
		CHECK_FALSE(IpAddress::parse(literal)->is_loopback());
}

TEST_CASE("limits count IPv6 by the /64")
{
	auto unit = [](const char *literal) {
		return (IpAddress::parse_scoped(literal)->rate_limit_unit());
	};

	CHECK(unit("2001:db8:1:2:3:4:5:6").text() == "2001:db8:1:2::");
	CHECK(unit("2001:db8:1:2::") == unit("2001:db8:1:2:ffff::"));
	CHECK(unit("2001:db8:1:2::") != unit("2001:db8:1:3::"));
	CHECK(unit("192.0.2.1").text() == "192.0.2.1");
	CHECK(unit("192.0.2.1") != unit("192.0.2.2"));
	CHECK(unit("fe80::1%1") != unit("fe80::1%2"));
}

TEST_CASE("prefixes are read")
{
	struct {
		std::string_view written, text;
		unsigned int bits;
	} cases[] = {
	    {"10.0.0.0/8", "10.0.0.0/8", 104},
	    {"0.0.0.0/0", "0.0.0.0/0", 96},
	    {"192.0.2.1", "192.0.2.1/32", 128},
	    {"192.0.2.0/31", "192.0.2.0/31", 127},
	    {"::/0", "::/0", 0},
	    {"2001:DB8::/32", "2001:db8::/32", 32},
	    {"2001:db8::1", "2001:db8::1/128", 128},
	    {"fe80::/10", "fe80::/10", 10},
	    {"fe80::1%1", "fe80::1%1/128", 128},
	    {"2000::/3", "2000::/3", 3},
	};

	for (const auto &one : cases) {
		INFO(one.written);
		auto prefix = Prefix::parse(one.written);
		REQUIRE(prefix);
		CHECK(prefix->text() == one.text);
		CHECK(prefix->bits() == one.bits);
	}
}

TEST_CASE("a wrong prefix says what to write")
{
	struct {
		std::string_view written, remedy;
	} cases[] = {
	    {"10.0.0.1/8", "write 10.0.0.0/8"},
	    {"192.0.2.1/0", "write 0.0.0.0/0"},
	    {"2001:db8::1/32", "write 2001:db8::/32"},
	    {"::ffff:10.0.0.0/104", "write 10.0.0.0"},
	    {"::ffff:0:0/96", "write 0.0.0.0"},
	    {"::ffff:192.0.2.1", "write 192.0.2.1"},
	    {"::ffff:0:0/90", "IPv4-mapped"},
	    {"10.0.0.0/", "0 to 32"},
	    {"10.0.0.0/33", "0 to 32"},
	    {"10.0.0.0/08", "0 to 32"},
	    {"10.0.0.0/-1", "0 to 32"},
	    {"10.0.0.0/+8", "0 to 32"},
	    {"10.0.0.0/8/8", "0 to 32"},
	    {"10.0.0.0/ 8", "0 to 32"},
	    {"10.0.0.0/255.0.0.0", "0 to 32"},
	    {"10.0.0.0/99999999999999999999", "0 to 32"},
	    {"::/129", "0 to 128"},
	    {"/8", "not an IP address"},
	    {"", "not an IP address"},
	    {"10/8", "not an IP address"},
	    {"10.0.0.00/8", "not an IP address"},
	    {"010.0.0.0/8", "not an IP address"},
	    {"[::1]/128", "not an IP address"},
	    {"example.com", "not an IP address"},
	    {"*", "not an IP address"},
	};

	for (const auto &one : cases) {
		INFO(one.written);
		auto prefix = Prefix::parse(one.written);
		REQUIRE_FALSE(prefix);
		CHECK(prefix.error().find(one.remedy) != std::string::npos);
	}
}

TEST_CASE("a prefix holds its own family only")
{
	auto holds = [](const char *prefix, const char *address) {
		return (Prefix::parse(prefix)->contains(
		    *IpAddress::parse_scoped(address)));
	};

	CHECK(holds("10.0.0.0/8", "10.255.255.255"));
	CHECK_FALSE(holds("10.0.0.0/8", "11.0.0.0"));
	CHECK_FALSE(holds("10.0.0.0/8", "9.255.255.255"));
	CHECK(holds("10.0.0.0/8", "::ffff:10.1.2.3"));
	CHECK(holds("0.0.0.0/0", "192.0.2.1"));
	CHECK_FALSE(holds("0.0.0.0/0", "::1"));
	CHECK(holds("::/0", "2001:db8::1"));
	CHECK_FALSE(holds("::/0", "192.0.2.1"));
	CHECK_FALSE(holds("::/0", "::ffff:192.0.2.1"));
	CHECK(holds("192.0.2.4/31", "192.0.2.5"));
	CHECK_FALSE(holds("192.0.2.4/31", "192.0.2.6"));
	CHECK(holds("2001:db8::/33", "2001:db8:7fff::1"));
	CHECK_FALSE(holds("2001:db8::/33", "2001:db8:8000::1"));
	CHECK(holds("fe80::/10", "fe80::1%3"));
	CHECK(holds("fe80::1%3", "fe80::1%3"));
	CHECK_FALSE(holds("fe80::1%3", "fe80::1%4"));
	CHECK_FALSE(holds("fe80::1%3", "fe80::1"));
	CHECK_FALSE(holds("::1", "::"));
}

TEST_CASE("a prefix that is made is made whole")
{
	auto four = *IpAddress::parse("192.0.2.77");
	auto six = *IpAddress::parse("2001:db8::77");

	CHECK(Prefix(four, 120).text() == "192.0.2.0/24");
	CHECK(Prefix(four, 0).text() == "0.0.0.0/0");
	CHECK(Prefix(four, 500).text() == "192.0.2.77/32");
	CHECK(Prefix(six, 64).text() == "2001:db8::/64");
	CHECK(Prefix(six, 0).text() == "::/0");
	CHECK(Prefix().text() == "::/0");
}

TEST_CASE("a list holds what one of its prefixes holds")
{
	PrefixList list({*Prefix::parse("10.0.0.0/8"), *Prefix::parse("::1")});

	CHECK(list.contains(*IpAddress::parse("10.1.2.3")));
	CHECK(list.contains(*IpAddress::parse("::1")));
	CHECK_FALSE(list.contains(*IpAddress::parse("127.0.0.1")));
	CHECK_FALSE(PrefixList().contains(*IpAddress::parse("::1")));
	CHECK(PrefixList().empty());
}

/* Against a walk over all of them, at the borders of each. */
TEST_CASE("a list holds exactly what its prefixes hold")
{
	const std::vector<const char *> texts = {"::/0", "10.0.0.0/8",
	    "10.1.0.0/16", "10.1.2.3", "10.1.2.3", "192.0.2.0/31",
	    "192.0.2.2/31", "192.0.2.8/29", "0.0.0.0/32", "255.255.255.255",
	    "2001:db8::/32", "2001:db8::/33", "2001:db8:8000::/34", "::1",
	    "fe80::/64", "fe80::1%3", "fe80::%4/10", "fe80::2%4",
	    "fe80:0:0:1::/64", "::fffe:0:0/96", "::1:0:0:0/80"};
	std::vector<IpAddress> addresses = {IpAddress()};

	for (const char *text : texts) {
		auto prefix = *Prefix::parse(text);
		for (std::uint32_t scope : {0, 3, 4, 5})
			for (int step : {-1, 0, 1}) {
				auto octets = prefix.network().octets();
				for (std::size_t i = 16; i-- > 0 && step != 0;) {
					octets[i] = static_cast<std::uint8_t>(
					    octets[i] + step);
					if (octets[i] !=
					    (step == 1 ? 0x00 : 0xff))
						break;
				}
				addresses.push_back(
				    IpAddress::from_octets(octets, scope));
			}
	}
	/* Without the first, which holds all of IPv6, too. */
	for (std::size_t first = 0; first < texts.size(); first++) {
		std::vector<Prefix> prefixes;

		for (std::size_t i = first; i < texts.size(); i++)
			prefixes.push_back(*Prefix::parse(texts[i]));
		PrefixList list(prefixes);
		CHECK(list.all() == prefixes);
		for (const IpAddress &address : addresses) {
			bool held = false;

			for (const Prefix &prefix : prefixes)
				held = held || prefix.contains(address);
			INFO(first << " " << address.text());
			CHECK(list.contains(address) == held);
		}
	}
}
