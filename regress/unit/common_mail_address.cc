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
#include "mail_address.h"

namespace {

std::string
repeat(std::size_t count, std::string_view text)
{
	std::string result;

	while (count-- > 0)
		result += text;
	return (result);
}

/* A domain of so many octets, of labels of at most 63. */
std::string
domain_of(std::size_t octets)
{
	std::string domain = repeat(octets, "d");

	for (std::size_t i = 63; i + 1 < octets; i += 64)
		domain[i] = '.';
	return (domain);
}

bool
valid(std::string_view text)
{
	return (static_cast<bool>(MailAddress::parse(text)));
}

std::string
canonical(std::string_view text)
{
	auto address = MailAddress::parse(text);

	return (address ? address->canonical() : address.error());
}

} /* namespace */

TEST_CASE("addresses that RFC 5321 and RFC 6531 allow")
{
	const std::string cases[] = {
	    "user@example.com",
	    "u@e",
	    "first.last@example.com",
	    "!#$%&'*+-/=?^_`{|}~@example.com",
	    "1@2",
	    "a+tag@sub.example-1.co.uk",
	    "\"\"@example.com",
	    "\" \"@example.com",
	    "\"a b\"@example.com",
	    "\"a@b\"@example.com",
	    "\"a..b\"@example.com",
	    "\".\"@example.com",
	    R"("a\"b"@example.com)",
	    R"("a\\"@example.com)",
	    R"("\a\ \@"@example.com)",
	    "user@[192.0.2.1]",
	    "user@[IPv6:2001:db8::1]",
	    "user@[ipv6:::1]",
	    "user@xn--bcher-kva.example",
	    "user@192.0.2.1",
	    "j\xc3\xb6rg@example.com",
	    "\"j\xc3\xb6rg x\"@example.com",
	    "\xe7\x94\xa8\xe6\x88\xb7@example.com",
	    "\xf0\x9f\x93\xa8@example.com",
	    "\xc2\xa0@example.com",
	};

	for (const auto &text : cases) {
		INFO(text);
		auto address = MailAddress::parse(text);
		REQUIRE(address);
		CHECK(address->text() == text);
		CHECK(std::string(address->local_part()) + "@" +
			std::string(address->domain()) == text);
	}
}

TEST_CASE("what is no address is refused")
{
	const std::string cases[] = {
	    "",
	    "@",
	    "user",
	    "user@",
	    "@example.com",
	    "user@@example.com",
	    "a@b@example.com",
	    ".user@example.com",
	    "user.@example.com",
	    "us..er@example.com",
	    ".@example.com",
	    "us er@example.com",
	    " user@example.com",
	    "user@example.com ",
	    "user @example.com",
	    "user@ example.com",
	    "user(comment)@example.com",
	    "user@example.com(comment)",
	    "<user@example.com>",
	    "Name <user@example.com>",
	    "@relay.example,@b:user@example.com",
	    "@relay.example:user@example.com",
	    "user@example.com,other@example.com",
	    "group:user@example.com;",
	    "us,er@example.com",
	    "us:er@example.com",
	    "us;er@example.com",
	    "us[er@example.com",
	    "us\\er@example.com",
	    "\"user@example.com",
	    "user\"@example.com",
	    "\"user\"x@example.com",
	    "x\"user\"@example.com",
	    "\"us\"er\"@example.com",
	    "\"a\".b@example.com",
	    "a.\"b\"@example.com",
	    "\"user\"",
	    "\"user\\\"@example.com",
	    "\"\\",
	    "\"",
	    "\"a\\\xc3\xb6\"@example.com",
	    "user@.example.com",
	    "user@example.com.",
	    "user@example..com",
	    "user@.",
	    "user@-example.com",
	    "user@example-.com",
	    "user@example.com-",
	    "user@exa_mple.com",
	    "user@exa mple.com",
	    "user@b\xc3\xbc" "cher.example",
	    "user@example.com:25",
	    "user@*",
	    "user@[192.0.2.1",
	    "user@192.0.2.1]",
	    "user@[]",
	    "user@[",
	    "user@]",
	    "user@[192.0.2.256]",
	    "user@[192.0.2]",
	    "user@[192.0.2.01]",
	    "user@[IPv6:::ffff:192.0.2.01]",
	    "user@[::ffff:192.0.2.1]",
	    "user@[2001:db8::1]",
	    "user@[IPv6:192.0.2.1]",
	    "user@[IPv6:]",
	    "user@[IPv6:2001:db8::1%em0]",
	    "user@[IPv6:2001:db8::g]",
	    "user@[ 192.0.2.1]",
	    "user@[tag:content]",
	    "user@[example.com]",
	    "user@[192.0.2.1]x",
	    "user@x[192.0.2.1]",
	    "user\r\n@example.com",
	    "user@example.com\r\n",
	    "user@example.com\n",
	    "\"a\nb\"@example.com",
	    "\"a\tb\"@example.com",
	    "\"a\x7f" "b\"@example.com",
	    "\"a\\\x01\"@example.com",
	    /* UTF-8 that is none, and what hides or breaks a line */
	    "\x80@example.com",
	    "\xc3@example.com",
	    "\xc3\x28@example.com",
	    "\xc0\xaf@example.com",
	    "\xc1\x81@example.com",
	    "\xe0\x80\xaf@example.com",
	    "\xe0\x9f\xbf@example.com",
	    "\xed\xa0\x80@example.com",
	    "\xed\xbf\xbf@example.com",
	    "\xf0\x8f\xbf\xbf@example.com",
	    "\xf4\x90\x80\x80@example.com",
	    "\xf8\x88\x80\x80\x80@example.com",
	    "\xff@example.com",
	    "\xc2\x80@example.com",
	    "\xc2\x85@example.com",
	    "\xc2\x9f@example.com",
	    "\xe2\x80\xa8@example.com",
	    "\xe2\x80\xa9@example.com",
	    "\"\xe2\x80\xa8\"@example.com",
	    std::string("us\0er@example.com", 17),
	    std::string("user@example.com\0", 17),
	    std::string("user@[192.0.2.1\0]", 17),
	};

	for (const auto &text : cases) {
		INFO(text);
		auto address = MailAddress::parse(text);
		REQUIRE_FALSE(address);
		/* It may be logged: what a client wrote is not in it. */
		CHECK(address.error().find("example") == std::string::npos);
		CHECK(address.error().find('\n') == std::string::npos);
	}
}

TEST_CASE("lengths count in octets")
{
	CHECK(valid(repeat(64, "l") + "@example.com"));
	CHECK_FALSE(valid(repeat(65, "l") + "@example.com"));
	CHECK(valid("\"" + repeat(62, "l") + "\"@example.com"));
	CHECK_FALSE(valid("\"" + repeat(63, "l") + "\"@example.com"));
	CHECK(valid("\"" + repeat(31, "\\l") + "\"@example.com"));
	CHECK_FALSE(valid("\"" + repeat(32, "\\l") + "\"@example.com"));
	CHECK(valid(repeat(32, "\xc3\xb6") + "@example.com"));
	CHECK_FALSE(valid(repeat(33, "\xc3\xb6") + "@example.com"));

	CHECK(valid("u@" + repeat(63, "d")));
	CHECK_FALSE(valid("u@" + repeat(64, "d")));
	CHECK(valid("u@" + repeat(63, "d") + ".example"));
	CHECK_FALSE(valid("u@" + repeat(64, "d") + ".example"));

	CHECK(valid("u@" + domain_of(252)));
	CHECK_FALSE(valid("u@" + domain_of(253)));
	CHECK(valid(repeat(64, "l") + "@" + domain_of(189)));
	CHECK_FALSE(valid(repeat(64, "l") + "@" + domain_of(190)));
}

TEST_CASE("the parts of an address")
{
	auto quoted = MailAddress::parse(R"("a@\"b"@[IPv6:::1])");
	REQUIRE(quoted);
	CHECK(quoted->local_part() == R"("a@\"b")");
	CHECK(quoted->domain() == "[IPv6:::1]");
	CHECK(quoted->has_address_literal());
	CHECK_FALSE(quoted->needs_smtputf8());

	auto utf8 = MailAddress::parse("j\xc3\xb6rg@example.com");
	REQUIRE(utf8);
	CHECK(utf8->needs_smtputf8());
	CHECK_FALSE(utf8->has_address_literal());
}

TEST_CASE("two spellings of one mailbox have one canonical form")
{
	CHECK(canonical("User@Example.COM") == "User@example.com");
	CHECK(canonical("\"user\"@example.com") == "user@example.com");
	CHECK(canonical(R"("\u\s\e\r"@example.com)") == "user@example.com");
	CHECK(canonical("\"a.b\"@example.com") == "a.b@example.com");
	CHECK(canonical("\"a..b\"@example.com") == "\"a..b\"@example.com");
	CHECK(canonical("\"\"@example.com") == "\"\"@example.com");
	CHECK(canonical(R"("a\ b"@example.com)") == "\"a b\"@example.com");
	CHECK(canonical(R"("a\"b"@example.com)") == R"("a\"b"@example.com)");
	CHECK(canonical(R"("a\\b"@example.com)") == R"("a\\b"@example.com)");
	CHECK(canonical("\"\xc3\xb6\"@example.com") == "\xc3\xb6@example.com");
	CHECK(canonical("u@[IPv6:2001:DB8:0::1]") == "u@[ipv6:2001:db8::1]");
	CHECK(canonical("u@[192.0.2.1]") == "u@[192.0.2.1]");
	CHECK(canonical("u@[IPV6:0::FFFF:c000:0201]") ==
	    "u@[ipv6:::ffff:192.0.2.1]");
}

TEST_CASE("domains and literals by themselves")
{
	CHECK(is_mail_domain("localhost"));
	CHECK(is_mail_domain("EXAMPLE.com"));
	CHECK(is_mail_domain("a--b.c"));
	CHECK(is_mail_domain(domain_of(253)));
	CHECK_FALSE(is_mail_domain(domain_of(254)));
	for (auto text : {"", ".", "a.", ".a", "a..b", "-a", "a-", "a.-b",
		 "a_b", "a b", "[192.0.2.1]", "\xc3\xb6.de", "*.a"})
		CHECK_FALSE(is_mail_domain(text));
	CHECK(is_address_literal("[192.0.2.1]"));
	CHECK(is_address_literal("[IPv6:::]"));
	for (auto text : {"", "[", "[]", "[]]", "192.0.2.1", "[IPv6:",
		 "[IPv6:]", "[::1]"})
		CHECK_FALSE(is_address_literal(text));
}

TEST_CASE("a policy matches domains and addresses exactly")
{
	RecipientPolicy policy;
	auto allows = [&](const char *text) {
		return (policy.allows(*MailAddress::parse(text)));
	};

	CHECK(policy.empty());
	CHECK_FALSE(allows("user@example.com"));
	REQUIRE(policy.add("Example.com"));
	REQUIRE(policy.add("Ops@example.org"));
	REQUIRE(policy.add("[192.0.2.1]"));
	REQUIRE(policy.add("[IPv6:2001:db8::1]"));
	REQUIRE(policy.add("\"odd one\"@example.net"));
	CHECK_FALSE(policy.empty());
	CHECK(policy.entries().size() == 5);

	CHECK(allows("user@example.com"));
	CHECK(allows("user@EXAMPLE.COM"));
	CHECK_FALSE(allows("user@sub.example.com"));
	CHECK_FALSE(allows("user@notexample.com"));
	CHECK_FALSE(allows("user@example.com.evil.test"));
	CHECK_FALSE(allows("\"user@example.com\"@evil.test"));
	CHECK(allows("Ops@EXAMPLE.org"));
	CHECK(allows("\"Ops\"@example.org"));
	CHECK_FALSE(allows("ops@example.org")); /* RFC 5321 2.4 */
	CHECK_FALSE(allows("other@example.org"));
	CHECK(allows("u@[192.0.2.1]"));
	CHECK_FALSE(allows("u@[192.0.2.2]"));
	CHECK_FALSE(allows("u@[IPv6:::ffff:192.0.2.1]"));
	CHECK_FALSE(allows("u@192.0.2.1"));
	CHECK(allows("u@[ipv6:2001:DB8:0::1]"));
	CHECK(allows("\"odd\\ one\"@example.net"));
}

TEST_CASE("any domain is no address literal")
{
	auto policy = RecipientPolicy::any();

	CHECK(policy.is_any());
	CHECK_FALSE(policy.empty());
	CHECK(policy.allows(*MailAddress::parse("user@example.com")));
	CHECK_FALSE(policy.allows(*MailAddress::parse("user@[192.0.2.1]")));
	REQUIRE(policy.add("[192.0.2.1]"));
	CHECK(policy.allows(*MailAddress::parse("user@[192.0.2.1]")));
}

TEST_CASE("a policy says what it cannot take, and what it had")
{
	RecipientPolicy policy;

	CHECK(*policy.add("example.com"));
	CHECK_FALSE(*policy.add("EXAMPLE.com"));
	CHECK(*policy.add("user@example.com"));
	CHECK_FALSE(*policy.add("\"user\"@Example.com"));
	CHECK(*policy.add("[IPv6:::1]"));
	CHECK_FALSE(*policy.add("[ipv6:0:0::1]"));
	CHECK(policy.entries().size() == 3);

	for (auto text : {".example.com", "*.example.com", "*"}) {
		auto added = policy.add(text);
		REQUIRE_FALSE(added);
		CHECK(added.error().find("sub-domains") != std::string::npos);
	}
	for (auto text : {"", "example.com.", "@example.com", "user@",
		 "exa mple.com", "user@example.com>", "[300.0.0.1]"})
		CHECK_FALSE(policy.add(text));
	CHECK(policy.entries().size() == 3);
}
