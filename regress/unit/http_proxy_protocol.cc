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

/* proxy-protocol.txt of HAProxy, 2.2. */

#include <string>

#include "catch.h"
#include "proxy_protocol.h"

namespace {

const std::string signature("\r\n\r\n\0\r\nQUIT\n", 12);

std::string
header(unsigned int command, unsigned int family, const std::string &block,
    int length = -1)
{
	std::string octets = signature;
	std::size_t size =
	    length < 0 ? block.size() : static_cast<std::size_t>(length);

	octets += static_cast<char>(command);
	octets += static_cast<char>(family);
	octets += static_cast<char>(size >> 8);
	octets += static_cast<char>(size & 0xff);
	return (octets + block);
}

/* Source, destination, ports. */
const std::string ipv4("\xc0\x00\x02\x01\x0a\x00\x00\x01\x12\x34\x00\x50", 12);

std::string
ipv6(const char *source)
{
	std::array<std::uint8_t, 16> octets =
	    IpAddress::parse(source)->octets();

	return (std::string(octets.begin(), octets.end()) +
	    std::string(16, '\x11') + "\x12\x34\x01\xbb");
}

/* Whom it names, "none", or why it is refused. */
std::string
outcome(const std::string &octets)
{
	ProxyHeader parsed = parse_proxy_header(octets);

	switch (parsed.status) {
	case ProxyHeader::Status::failed:
		return (parsed.reason);
	case ProxyHeader::Status::incomplete:
		return ("incomplete " + std::to_string(parsed.size));
	default:
		CHECK(parsed.size == octets.size());
		return (parsed.source ? parsed.source->text() : "none");
	}
}

} /* namespace */

TEST_CASE("a PROXY header names the client")
{
	const std::string tlvs("\x04\x00\x03zzz\x02\x00\x01""a", 10);

	CHECK(outcome(header(0x21, 0x11, ipv4)) == "192.0.2.1");
	CHECK(outcome(header(0x21, 0x21, ipv6("2001:db8::5"))) ==
	    "2001:db8::5");
	CHECK(outcome(header(0x21, 0x21, ipv6("::ffff:192.0.2.7"))) ==
	    "192.0.2.7");
	/* What comes behind the addresses is skipped, sense or none. */
	CHECK(outcome(header(0x21, 0x11, ipv4 + tlvs)) == "192.0.2.1");
	CHECK(outcome(header(0x21, 0x11, ipv4 + "\xff")) == "192.0.2.1");
	CHECK(outcome(header(0x21, 0x21, ipv6("::2") + tlvs)) == "::2");
}

TEST_CASE("a PROXY header without a client")
{
	CHECK(outcome(header(0x20, 0x00, "")) == "none");
	/* Of LOCAL nothing else counts. */
	CHECK(outcome(header(0x20, 0x11, ipv4)) == "none");
	CHECK(outcome(header(0x20, 0x11, "x")) == "none");
	CHECK(outcome(header(0x20, 0xff, "xy")) == "none");
	/* UNSPEC, UDP and UNIX sockets. */
	for (unsigned int family : {0x00, 0x01, 0x02, 0x10, 0x12, 0x20, 0x22,
		 0x30, 0x31, 0x32})
		CHECK(outcome(header(0x21, family, ipv4)) == "none");
	CHECK(outcome(header(0x21, 0x31, std::string(216, '/'))) == "none");
}

TEST_CASE("what is no PROXY header of version 2")
{
	CHECK(outcome("G") == "there is none");
	CHECK(outcome("\r\n\r\nGET") == "there is none");
	CHECK(outcome(std::string(12, '\0')) == "there is none");
	CHECK(outcome("PROXY TCP4 192.0") ==
	    "it is of version 1, and version 2 is needed");
	CHECK(outcome("PROXY") ==
	    "it is of version 1, and version 2 is needed");
	for (unsigned int version : {0x01, 0x11, 0x31, 0xf1})
		CHECK(outcome(header(version, 0x11, ipv4)) ==
		    "its version is not 2");
	for (unsigned int command = 2; command < 16; command++)
		CHECK(outcome(header(0x20 | command, 0x11, ipv4)) ==
		    "its command is unknown");
	for (unsigned int family : {0x03, 0x13, 0x1f, 0x41, 0xf0, 0xff})
		CHECK(outcome(header(0x21, family, ipv4)) ==
		    "its family or transport is unknown");
	CHECK(outcome(header(0x21, 0x11, "")) ==
	    "it has no room for its addresses");
	CHECK(outcome(header(0x21, 0x11, ipv4.substr(1))) ==
	    "it has no room for its addresses");
	CHECK(outcome(header(0x21, 0x21, ipv6("::2").substr(1))) ==
	    "it has no room for its addresses");
}

TEST_CASE("no more is asked for than a PROXY header has")
{
	std::string whole = header(0x21, 0x11, ipv4 + "tlvs");

	for (std::size_t n = 0; n < whole.size(); n++)
		CHECK(outcome(whole.substr(0, n)) ==
		    (n < 16 ? "incomplete 16" : "incomplete 32"));
	CHECK(outcome(whole) == "192.0.2.1");
	/* Every octet of the signature counts, as soon as it is there. */
	for (std::size_t n = 0; n < signature.size(); n++) {
		std::string wrong = whole;
		wrong[n] ^= 1;
		CHECK(outcome(wrong.substr(0, n + 1)) == "there is none");
		CHECK(outcome(wrong) == "there is none");
	}
}

TEST_CASE("a PROXY header has a bound")
{
	std::string longest = header(0x21, 0x11, ipv4 + std::string(4084, 0));

	CHECK(longest.size() == proxy_header_max);
	CHECK(outcome(longest) == "192.0.2.1");
	for (int length : {4097, 65535}) {
		/* It is not waited for. */
		CHECK(outcome(header(0x21, 0x11, "", length)) ==
		    "it is longer than 4112 octets");
		CHECK(outcome(header(0x20, 0x00, "", length)) ==
		    "it is longer than 4112 octets");
	}
}
