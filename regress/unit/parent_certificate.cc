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


#include "catch.h"
#include "certificate.h"
#include "certificates.h"
#include "config_text.h"

namespace {

std::string
error_of(const char *chain, const char *key)
{
	auto end = check_certificate({"/c", chain}, {"/k", key});

	return (end ? "" : end.error());
}

} /* namespace */

TEST_CASE("a certificate and its key")
{
	const PemFile key{"/k", certificate_key_pem};
	auto end = check_certificate({"/c", certificate_pem}, key);
	REQUIRE(end);
	CHECK(*end > 4'800'000'000); /* 2122 */
	end = check_certificate({"/c", ended_certificate_pem}, key);
	REQUIRE(end);
	CHECK(*end == 1578700800); /* 2020-01-11 */

	CHECK(error_of(certificate_pem, other_key_pem) ==
	    "certificate /c does not fit key /k");
	CHECK(error_of("x", certificate_key_pem) ==
	    "certificate /c: holds none in PEM form");
	CHECK(error_of(certificate_pem, "x") ==
	    "key /k: holds no private key in PEM form");
	CHECK(error_of(certificate_pem, encrypted_key_pem) ==
	    "key /k: has a passphrase, which nobody could type: take it away "
	    "with openssl pkey");
	CHECK(error_of("", "") == "certificate /c: holds none in PEM form");
}

TEST_CASE("an OCSP response and its certificate")
{
	auto until = check_ocsp(from_base64(ocsp_base64), certificate_pem);
	REQUIRE(until);
	CHECK(*until > 4'800'000'000);
	until = check_ocsp(from_base64(ended_ocsp_base64), certificate_pem);
	REQUIRE(until);
	CHECK(*until < 1'800'000'000);
	CHECK(check_ocsp(from_base64(other_ocsp_base64), certificate_pem)
		  .error() == "is about another certificate");
	CHECK(check_ocsp("", certificate_pem).error() ==
	    "holds no OCSP response in DER form");
	/* tryLater, and nothing else (RFC 6960 4.2.1) */
	CHECK(check_ocsp("\x30\x03\x0a\x01\x03", certificate_pem).error() ==
	    "holds a response that says nothing of any certificate");

	Machine machine;
	machine.files["/old"] = from_base64(ended_ocsp_base64);
	auto parsed = machine.parse(std::string(least) +
	    "listen on ::1 port 1 tls certificate /c key /k ocsp /old\n");
	CHECK(parsed.config);
	REQUIRE(parsed.warnings.size() == 1);
	CHECK(parsed.warnings[0] ==
	    "/etc/test.conf:3: warning: listen on: ocsp /old: the response "
	    "has ended");
}

TEST_CASE("what only libtls finds wrong is refused, too")
{
	Machine machine;
	/* The second one is damaged, and the first is well. */
	std::string chain = std::string(certificate_pem) +
	    "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
	machine.files["/chain"] = chain;
	auto parsed = machine.parse(std::string(least) +
	    "listen on ::1 port 1 tls certificate /chain key /k\n");
	CHECK_FALSE(parsed.config);
	REQUIRE(parsed.errors.size() == 1);
	CHECK(parsed.errors[0].find("/etc/test.conf:3: listen on: tls: ") == 0);

	/* So it is of a relay, whose certificate is tried as well. */
	const std::string relay =
	    "relay ::1 { tls starttls ca /ca certificate /c key /k }\n";
	CHECK(machine.parse(least + relay).config);
	machine.files["/c"] = chain;
	parsed = machine.parse(least + relay);
	CHECK_FALSE(parsed.config);
	REQUIRE(parsed.errors.size() == 1);
	CHECK(parsed.errors[0].find(
		  "/etc/test.conf:3: relay \"::1\": certificate /c: ") == 0);
	machine.files["/ca"] = chain;
	parsed = machine.parse(
	    least + std::string("relay ::1 { tls starttls ca /ca }\n"));
	CHECK_FALSE(parsed.config);
	REQUIRE(parsed.errors.size() == 1);
	CHECK(parsed.errors[0] ==
	    "/etc/test.conf:3: relay \"::1\": ca /ca: certificate 2 in it is "
	    "damaged");
}

TEST_CASE("authorities")
{
	CHECK(check_authorities(certificate_pem) == "");
	CHECK(check_authorities(std::string("comment\n") + certificate_pem) ==
	    "");
	CHECK(check_authorities(std::string(certificate_pem) +
		  ended_certificate_pem + "comment\n") == "");
	CHECK(check_authorities("") == "holds no certificate in PEM form");
	CHECK(check_authorities(certificate_key_pem) ==
	    "holds no certificate in PEM form");
}

TEST_CASE("protocols and ciphers")
{
	for (const char *good : {"secure", "all", "tlsv1.3", "TLSv1.2",
		 "tlsv1.2,tlsv1.3"})
		CHECK(check_protocols(good) == "");
	CHECK(check_protocols("tlsv9") != "");
	CHECK(check_ciphers("secure") == "");
	CHECK(check_ciphers("HIGH:!aNULL") == "");
	CHECK(check_ciphers("none of these") != "");
}

TEST_CASE("the configuration says where a certificate is wrong")
{
	Machine machine;
	const std::string relay =
	    "relay mail.example.com { tls implicit certificate /c key /k }\n";

	machine.files["/k"] = other_key_pem;
	auto parsed = machine.parse(least + relay);
	REQUIRE(parsed.errors.size() == 1);
	CHECK(parsed.errors[0] ==
	    "/etc/test.conf:3: relay \"mail.example.com\": certificate /c "
	    "does not fit key /k");

	machine.files["/k"] = certificate_key_pem;
	machine.files["/c"] = ended_certificate_pem;
	parsed = machine.parse(least + relay);
	REQUIRE(parsed.config);
	REQUIRE(parsed.warnings.size() == 1);
	CHECK(parsed.warnings[0] ==
	    "/etc/test.conf:3: warning: relay \"mail.example.com\": "
	    "certificate /c has ended");

	machine.files.erase(path_ca_file);
	parsed = machine.parse(
	    least + std::string("relay mail.example.com { tls starttls }\n"));
	REQUIRE(parsed.errors.size() == 1);
	CHECK(parsed.errors[0] ==
	    std::string("/etc/test.conf:3: relay \"mail.example.com\": "
			"the authorities in ") +
		path_ca_file +
		": cannot be opened: no such file (name the server's own "
		"with ca)");
	/* Nobody's word is needed. */
	parsed = machine.parse(least +
	    std::string("relay mail.example.com { tls starttls no verify }\n"));
	CHECK(parsed.config);
	parsed = machine.parse(least +
	    std::string("relay ::1 { tls starttls ca /k }\n"));
	REQUIRE(parsed.errors.size() == 1);
	CHECK(parsed.errors[0] ==
	    "/etc/test.conf:3: relay \"::1\": ca /k: holds no certificate in PEM form");
	parsed = machine.parse(least +
	    std::string("relay ::1 { tls starttls ca /ca protocols ssl3 }\n"));
	REQUIRE(parsed.errors.size() == 1);
	CHECK(parsed.errors[0].find("protocols: no list of protocols") !=
	    std::string::npos);
}
