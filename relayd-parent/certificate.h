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


/*
 * What TLS is configured with, checked before a child gets it: with -n, and
 * while the configuration in force can still be kept.
 */

#ifndef RELAYD_PARENT_CERTIFICATE_H
#define RELAYD_PARENT_CERTIFICATE_H

#include <ctime>
#include <string>
#include <string_view>

#include "result.h"

/* A certificate that ends so soon is warned about. */
constexpr std::time_t certificate_warning = 14 * 24 * 3600;

struct PemFile {
	std::string name;
	std::string_view octets;
};

/*
 * A certificate, perhaps with those that it was signed with behind it, and
 * the key that belongs to it.  When the certificate ends, or what is wrong
 * with which file.
 */
Result<std::time_t> check_certificate(
    const PemFile &chain, const PemFile &key);
/*
 * An OCSP response (RFC 6960), DER, about the first certificate of chain:
 * until when it holds, 0 if it does not say, or what is wrong.
 */
Result<std::time_t> check_ocsp(
    std::string_view response, std::string_view chain);
/* The errors are empty when nothing is wrong. */
std::string check_authorities(std::string_view pem);
/* As tls_config_parse_protocols(3) and tls_config_set_ciphers(3) have them. */
std::string check_protocols(const std::string &protocols);
std::string check_ciphers(const std::string &ciphers);

#endif
