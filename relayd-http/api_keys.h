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
 * API keys: which secret a request presents, and whose it is.  Secrets are
 * known by the SHA-256 of their SHA-256 only.
 */

#ifndef RELAYD_HTTP_API_KEYS_H
#define RELAYD_HTTP_API_KEYS_H

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "http_config.h"
#include "http_parser.h"
#include "messages.h"

/*
 * The secret of `Authorization: Bearer SECRET' (scheme in any case) or, when
 * there is no Authorization at all, of `X-API-Key: SECRET'.  It points into
 * the field's value.  nullopt (401): neither is there, or the one that counts
 * is malformed: another scheme, empty, repeated, or with control characters.
 */
std::optional<std::string_view> presented_secret(
    const HttpHead::Field &authorization, const HttpHead::Field &x_api_key);

/* SHA-256(secret): what is shown to relayd-smtp. */
KeyProof key_proof(std::string_view secret);

/*
 * The configured keys by digest, open-addressed.  A caller cannot steer where
 * a secret lands, and the hit is compared in constant time, so a look-up
 * takes the same time however many keys there are.
 */
class KeyTable {
public:
	/* keys must stay where it is, unchanged, as long as the table. */
	explicit KeyTable(const std::vector<HttpKey> &keys);

	/*
	 * The key with this secret, disabled ones included: only for the log.
	 * The client is told the same for `disabled' as for `none' (403).
	 */
	struct Found {
		const HttpKey *key = nullptr; /* nullptr: none */
		bool usable() const
		{
			return (key != nullptr && key->enabled);
		}
	};
	Found find(const KeyProof &proof) const;

private:
	struct Entry {
		Sha256Digest digest{};
		const HttpKey *key = nullptr; /* nullptr: free */
	};

	std::size_t first_place(const Sha256Digest &digest) const;
	void insert(const Sha256Digest &digest, const HttpKey &key);

	std::vector<Entry> entries; /* a power of two, at most half full */
};

#endif
