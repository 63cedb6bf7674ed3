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


#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <tls.h>

#include <memory>

#include "certificate.h"

namespace {

template <auto release> struct Releaser {
	template <typename T>
	void operator()(T *object) const
	{
		release(object);
	}
};

using Bio = std::unique_ptr<BIO, Releaser<BIO_free>>;
using OcspResponse =
    std::unique_ptr<OCSP_RESPONSE, Releaser<OCSP_RESPONSE_free>>;
using OcspBasic =
    std::unique_ptr<OCSP_BASICRESP, Releaser<OCSP_BASICRESP_free>>;
using Certificate = std::unique_ptr<X509, Releaser<X509_free>>;
using PrivateKey = std::unique_ptr<EVP_PKEY, Releaser<EVP_PKEY_free>>;
using TlsConfig = std::unique_ptr<struct tls_config, Releaser<tls_config_free>>;

Bio
read_only(std::string_view octets)
{
	return (Bio(
	    BIO_new_mem_buf(octets.data(), static_cast<int>(octets.size()))));
}

Certificate
next_certificate(BIO *bio)
{
	return (Certificate(PEM_read_bio_X509(bio, nullptr, nullptr, nullptr)));
}

/* A daemon has nobody to ask. */
int
no_passphrase(char *, int, int, void *asked)
{
	*static_cast<bool *>(asked) = true;
	return (-1);
}

std::time_t
end_of(const X509 *certificate)
{
	struct tm tm = {};

	if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &tm) != 1)
		return (0);
	return (timegm(&tm));
}

/* What the response says of the certificate with that number, or nullptr. */
OCSP_SINGLERESP *
find_single(OCSP_BASICRESP *basic, const X509 *certificate)
{
	for (int i = 0; i < OCSP_resp_count(basic); i++) {
		OCSP_SINGLERESP *single = OCSP_resp_get0(basic, i);
		ASN1_INTEGER *serial = nullptr;
		OCSP_id_get0_info(nullptr, nullptr, nullptr, &serial,
		    const_cast<OCSP_CERTID *>(OCSP_SINGLERESP_get0_id(single)));
		if (serial != nullptr &&
		    ASN1_INTEGER_cmp(serial,
			X509_get0_serialNumber(certificate)) == 0)
			return (single);
	}
	return (nullptr);
}

} /* namespace */

Result<std::time_t>
check_ocsp(std::string_view response, std::string_view chain)
{
	auto *der = reinterpret_cast<const unsigned char *>(response.data());
	OcspResponse whole(d2i_OCSP_RESPONSE(
	    nullptr, &der, static_cast<long>(response.size())));
	Bio chain_bio = read_only(chain);
	Certificate certificate = next_certificate(chain_bio.get());
	OcspBasic basic;
	ASN1_GENERALIZEDTIME *next = nullptr;
	struct tm tm = {};

	if (whole &&
	    OCSP_response_status(whole.get()) ==
		OCSP_RESPONSE_STATUS_SUCCESSFUL)
		basic.reset(OCSP_response_get1_basic(whole.get()));
	ERR_clear_error();
	if (!whole)
		return (Error{"holds no OCSP response in DER form"});
	if (!basic || !certificate)
		return (Error{"holds a response that says nothing of any "
			      "certificate"});
	OCSP_SINGLERESP *single = find_single(basic.get(), certificate.get());
	if (single == nullptr)
		return (Error{"is about another certificate"});
	OCSP_single_get0_status(single, nullptr, nullptr, nullptr, &next);
	if (next == nullptr || ASN1_TIME_to_tm(next, &tm) != 1)
		return (std::time_t{0});
	return (timegm(&tm));
}

Result<std::time_t>
check_certificate(const PemFile &chain, const PemFile &key)
{
	Bio chain_bio = read_only(chain.octets);
	Bio key_bio = read_only(key.octets);
	bool encrypted = false;

	Certificate certificate = next_certificate(chain_bio.get());
	PrivateKey private_key(PEM_read_bio_PrivateKey(
	    key_bio.get(), nullptr, no_passphrase, &encrypted));
	ERR_clear_error();
	if (!certificate)
		return (Error{"certificate " + chain.name +
		    ": holds none in PEM form"});
	if (encrypted)
		return (Error{"key " + key.name + ": has a passphrase, which "
		    "nobody could type: take it away with openssl pkey"});
	if (!private_key)
		return (Error{"key " + key.name +
		    ": holds no private key in PEM form"});
	if (X509_check_private_key(certificate.get(), private_key.get()) != 1) {
		ERR_clear_error();
		return (Error{"certificate " + chain.name +
		    " does not fit key " + key.name});
	}
	return (end_of(certificate.get()));
}

std::string
check_authorities(std::string_view pem)
{
	Bio bio = read_only(pem);
	unsigned int count = 0;

	ERR_clear_error();
	while (next_certificate(bio.get()))
		count++;
	bool ended =
	    ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
	ERR_clear_error();
	if (!ended)
		return ("certificate " + std::to_string(count + 1) +
		    " in it is damaged");
	return (count != 0 ? "" : "holds no certificate in PEM form");
}

std::string
check_protocols(const std::string &protocols)
{
	std::uint32_t parsed;

	if (tls_config_parse_protocols(&parsed, protocols.c_str()) == 0)
		return ("");
	return ("no list of protocols as tls_config_parse_protocols(3) has "
		"it, such as \"secure\" or \"tlsv1.3\"");
}

std::string
check_ciphers(const std::string &ciphers)
{
	TlsConfig config(tls_config_new());

	if (config != nullptr &&
	    tls_config_set_ciphers(config.get(), ciphers.c_str()) == 0)
		return ("");
	return ("no list of ciphers as tls_config_set_ciphers(3) has it, such "
		"as \"secure\"");
}
