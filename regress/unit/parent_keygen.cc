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

#include <set>
#include <string>

#include "catch.h"
#include "config_text.h"
#include "keygen.h"

TEST_CASE("a new key's block has the hash of its secret")
{
	auto key = make_key("billing");
	REQUIRE(key);
	std::string secret(key->secret.view());
	CHECK(secret.size() == 5 + 43);
	CHECK(secret.substr(0, 5) == "rele_");
	CHECK(secret.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				       "abcdefghijklmnopqrstuvwxyz"
				       "0123456789-_") == std::string::npos);
	CHECK(key->block == "key \"billing\" {\n\thash \"sha256:" +
		digest_to_hex(sha256(std::string_view(secret))) + "\"\n}\n");
	CHECK(key->block.find(secret) == std::string::npos);

	auto parsed = Machine().parse(
	    "mail { from a@b recipients b }\n" + key->block);
	INFO(parsed.all_errors());
	REQUIRE(parsed.config);
	CHECK(parsed.config->keys[0].hashes[0] ==
	    sha256(std::string_view(secret)));
	/* Its secret is good enough to be written itself, too. */
	CHECK(Machine()
		  .parse("mail { from a@b recipients b }\nkey x { secret \"" +
		      secret + "\" }\n")
		  .config);
}

TEST_CASE("no key is made twice, or of a wrong name")
{
	std::set<std::string> secrets;

	for (int i = 0; i < 100; i++)
		secrets.insert(std::string(make_key("k")->secret.view()));
	CHECK(secrets.size() == 100);
	CHECK(make_key(std::string(64, 'k')));
	for (std::string name : {"", "a b", "a/b", "\"", "a\n", "\xc3\xb6"})
		CHECK_FALSE(make_key(name));
	CHECK_FALSE(make_key(std::string(65, 'k')));
}
