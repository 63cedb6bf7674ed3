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

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include "digest.h"

Sha256Digest
sha256(std::string_view octets)
{
	Sha256Digest digest;

	SHA256(reinterpret_cast<const unsigned char *>(octets.data()),
	    octets.size(), digest.data());
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
