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

#include <cstring>

#include "api_keys.h"
#include "http_characters.h"

namespace {

constexpr std::string_view scheme = "bearer";

bool
is_control(char c)
{
	return (static_cast<unsigned char>(c) < 0x20 || c == 0x7f);
}

bool
begins_with_scheme(std::string_view value)
{
	if (value.size() <= scheme.size() || value[scheme.size()] != ' ')
		return (false);
	for (std::size_t i = 0; i < scheme.size(); i++)
		if (ascii_lower(value[i]) != scheme[i])
			return (false);
	return (true);
}

/* What is behind scheme and spaces (RFC 9110 11.4); empty: malformed. */
std::string_view
bearer_token(std::string_view value)
{
	if (!begins_with_scheme(value))
		return (std::string_view());
	std::size_t begin = value.find_first_not_of(' ', scheme.size());
	if (begin == std::string_view::npos)
		return (std::string_view());
	/* A token has no blank (RFC 6750 2.1): two of them are none. */
	std::string_view token = value.substr(begin);
	if (token.find(' ') != std::string_view::npos)
		return (std::string_view());
	return (token);
}

} /* namespace */

std::optional<std::string_view>
presented_secret(
    const HttpHead::Field &authorization, const HttpHead::Field &x_api_key)
{
	std::string_view secret;

	if (authorization.count > 1)
		return (std::nullopt);
	if (authorization.count == 1)
		secret = bearer_token(authorization.value);
	else if (x_api_key.count == 1)
		secret = x_api_key.value;
	if (secret.empty())
		return (std::nullopt);
	for (char c : secret)
		if (is_control(c))
			return (std::nullopt);
	return (secret);
}

KeyProof
key_proof(std::string_view secret)
{
	return (sha256(secret));
}

KeyTable::KeyTable(const std::vector<HttpKey> &keys)
{
	std::size_t digests = 0;
	std::size_t size = 2;

	for (const HttpKey &key : keys)
		digests += key.digests.size();
	while (size < digests * 2)
		size *= 2;
	entries.resize(size);
	for (const HttpKey &key : keys)
		for (const Sha256Digest &digest : key.digests)
			insert(digest, key);
}

std::size_t
KeyTable::first_place(const Sha256Digest &digest) const
{
	std::uint64_t leading;

	std::memcpy(&leading, digest.data(), sizeof(leading));
	return (leading & (entries.size() - 1));
}

void
KeyTable::insert(const Sha256Digest &digest, const HttpKey &key)
{
	std::size_t place = first_place(digest);

	while (entries[place].key != nullptr)
		place = (place + 1) & (entries.size() - 1);
	entries[place] = {digest, &key};
}

KeyTable::Found
KeyTable::find(const KeyProof &proof) const
{
	Sha256Digest digest = sha256(proof);
	std::size_t place = first_place(digest);

	while (entries[place].key != nullptr) {
		if (digests_equal(entries[place].digest, digest))
			return {entries[place].key};
		place = (place + 1) & (entries.size() - 1);
	}
	return {};
}
