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

/* SHA256_Init(3) and its like are deprecated in OpenSSL 3, not in LibreSSL. */
#define OPENSSL_API_COMPAT 0x10100000L

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include "digest.h"

Sha256Digest
sha256(std::string_view octets)
{
	Sha256Digest digest;
	SHA256_CTX context;

	/*
	 * Not SHA256(3): OpenSSL 3 looks its own algorithm up at every call,
	 * and reads its configuration at the first, which a child may not.
	 */
	SHA256_Init(&context);
	SHA256_Update(&context, octets.data(), octets.size());
	SHA256_Final(digest.data(), &context);
	OPENSSL_cleanse(&context, sizeof(context));
	return (digest);
}

Sha256Digest
sha256(const Sha256Digest &digest)
{
	return (sha256(std::string_view(
	    reinterpret_cast<const char *>(digest.data()), digest.size())));
}

bool
digests_equal(const Sha256Digest &a, const Sha256Digest &b)
{
	return (CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0);
}

std::string
digest_to_hex(const Sha256Digest &digest)
{
	static const char digits[] = "0123456789abcdef";
	std::string hex;

	hex.reserve(2 * digest.size());
	for (std::uint8_t octet : digest) {
		hex.push_back(digits[octet >> 4]);
		hex.push_back(digits[octet & 15]);
	}
	return (hex);
}

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return (c - '0');
	if (c >= 'a' && c <= 'f')
		return (c - 'a' + 10);
	return (-1);
}

std::optional<Sha256Digest>
digest_from_hex(std::string_view hex)
{
	Sha256Digest digest;

	if (hex.size() != 2 * digest.size())
		return (std::nullopt);
	for (std::size_t i = 0; i < digest.size(); i++) {
		int high = hex_value(hex[2 * i]);
		int low = hex_value(hex[2 * i + 1]);
		if (high == -1 || low == -1)
			return (std::nullopt);
		digest[i] = static_cast<std::uint8_t>(high << 4 | low);
	}
	return (digest);
}
