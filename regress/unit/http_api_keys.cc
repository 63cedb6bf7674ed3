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
#include <string_view>
#include <vector>

#include "api_keys.h"
#include "catch.h"

using namespace std::string_literals;

namespace {

HttpHead::Field
field(std::string_view value, unsigned int count = 1)
{
	HttpHead::Field made;

	made.value = value;
	made.count = count;
	return (made);
}

const HttpHead::Field absent;

/* "401" when there is none. */
std::string
secret_of(
    const HttpHead::Field &authorization, const HttpHead::Field &x_api_key)
{
	auto secret = presented_secret(authorization, x_api_key);

	return (secret ? std::string(*secret) : "401");
}

HttpKey
key(const std::string &name, const std::vector<std::string> &secrets,
    bool enabled = true)
{
	HttpKey made;

	made.name = name;
	made.enabled = enabled;
	for (const std::string &secret : secrets)
		made.digests.push_back(sha256(sha256(secret)));
	return (made);
}

std::string
name_of(const KeyTable &table, std::string_view secret)
{
	KeyTable::Found found = table.find(key_proof(secret));

	return (found.key == nullptr ? "" : found.key->name);
}

} /* namespace */

TEST_CASE("a secret is presented in either field", "[api_keys]")
{
	CHECK(secret_of(field("Bearer abc"), absent) == "abc");
	CHECK(secret_of(absent, field("abc")) == "abc");
	CHECK(secret_of(field("bearer abc"), absent) == "abc");
	CHECK(secret_of(field("BEARER abc"), absent) == "abc");
	CHECK(secret_of(field("beArER    abc"), absent) == "abc");
	CHECK(secret_of(field("Bearer ab!\"~=,"), absent) == "ab!\"~=,");
	CHECK(secret_of(absent, field("a b")) == "a b");
	CHECK(secret_of(absent, field("Bearer abc")) == "Bearer abc");
	CHECK(secret_of(absent, field("\xc3\xa4")) == "\xc3\xa4");
}

TEST_CASE("Authorization wins, even when it is malformed", "[api_keys]")
{
	CHECK(secret_of(field("Bearer abc"), field("def")) == "abc");
	CHECK(secret_of(field("Basic abc"), field("def")) == "401");
	CHECK(secret_of(field(""), field("def")) == "401");
	CHECK(secret_of(field("Bearer abc"), field("def", 2)) == "abc");
}

TEST_CASE("no or malformed credentials", "[api_keys]")
{
	CHECK(secret_of(absent, absent) == "401");
	for (const char *value : {"", " ", "Bearer", "Bearer ", "Bearer   ",
	    "Bearerabc", "Bearer\tabc", "Basic abc", "abc", "Bear abc",
	    "Bearers abc", "Bearer=abc", "Token abc", "Bearer a b"})
		CHECK(secret_of(field(value), absent) == "401");
	CHECK(secret_of(absent, field("")) == "401");
	CHECK(secret_of(field("Bearer abc", 2), absent) == "401");
	CHECK(secret_of(absent, field("abc", 2)) == "401");
	for (int c = 0; c < 0x20; c++) {
		std::string text = "a" + std::string(1, static_cast<char>(c));
		CHECK(secret_of(absent, field(text)) == "401");
		CHECK(secret_of(field("Bearer " + text), absent) == "401");
	}
	CHECK(secret_of(absent, field("a\x7f")) == "401");
}

TEST_CASE("the proof is the secret's SHA-256", "[api_keys]")
{
	CHECK(digest_to_hex(key_proof("abc")) ==
	    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("keys are found by any of their secrets", "[api_keys]")
{
	std::vector<HttpKey> keys = {
		key("one", {"first", "second"}), key("two", {"third"})};
	KeyTable table(keys);

	CHECK(name_of(table, "first") == "one");
	CHECK(name_of(table, "second") == "one");
	CHECK(name_of(table, "third") == "two");
	CHECK(name_of(table, "fourth") == "");
	CHECK(name_of(table, "") == "");
	CHECK(name_of(table, "firs") == "");
	/* Neither digest is a secret. */
	Sha256Digest proof = key_proof("first");
	CHECK(table.find(sha256(proof)).key == nullptr);
	CHECK(table.find(Sha256Digest{}).key == nullptr);
}

TEST_CASE("a disabled key is found and not usable", "[api_keys]")
{
	std::vector<HttpKey> keys = {
		key("on", {"a"}), key("off", {"b"}, false)};
	KeyTable table(keys);

	CHECK(table.find(key_proof("a")).usable());
	CHECK(name_of(table, "b") == "off");
	CHECK_FALSE(table.find(key_proof("b")).usable());
	CHECK_FALSE(table.find(key_proof("c")).usable());
}

TEST_CASE("a table without keys finds none", "[api_keys]")
{
	std::vector<HttpKey> keys;

	CHECK(KeyTable(keys).find(key_proof("a")).key == nullptr);
}

TEST_CASE("a digest that differs in its last octet is another key",
    "[api_keys]")
{
	std::vector<HttpKey> keys = {key("one", {"a"})};
	keys[0].digests[0][31] ^= 1;
	KeyTable table(keys);

	CHECK(name_of(table, "a") == "");
}

TEST_CASE("ten thousand keys with four secrets each", "[api_keys]")
{
	std::vector<HttpKey> keys;

	for (int i = 0; i < 10000; i++) {
		std::string n = std::to_string(i);
		keys.push_back(key(n, {n + "a", n + "b", n + "c", n + "d"}));
	}
	KeyTable table(keys);
	for (int i = 0; i < 10000; i += 7) {
		std::string n = std::to_string(i);
		CHECK(name_of(table, n + "a") == n);
		CHECK(name_of(table, n + "d") == n);
		CHECK(name_of(table, n + "e") == "");
	}
}
