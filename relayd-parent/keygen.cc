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

#include <sys/types.h>
#include <sys/stat.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <array>

#include "digest.h"
#include "log.h"

#include "config_values.h"
#include "keygen.h"

namespace {

constexpr std::size_t random_octets = 32;
constexpr std::string_view secret_prefix = "rele_";

/* RFC 4648 5, without padding: fit for a header field as it is. */
std::string
base64url(const std::array<std::uint8_t, random_octets> &octets)
{
	constexpr std::string_view alphabet =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	std::string text;
	std::uint32_t bits = 0;
	int count = 0;

	text.reserve(octets.size() * 4 / 3 + 1);
	for (std::uint8_t octet : octets) {
		bits = bits << 8 | octet;
		for (count += 8; count >= 6; count -= 6)
			text += alphabet[bits >> (count - 6) & 63];
	}
	if (count > 0)
		text += alphabet[bits << (6 - count) & 63];
	return (text);
}

bool
is_file(int fd)
{
	struct stat status;

	return (fstat(fd, &status) == 0 && S_ISREG(status.st_mode));
}

} /* namespace */

Result<NewKey>
make_key(const std::string &name)
{
	std::array<std::uint8_t, random_octets> octets;
	NewKey key;

	auto checked = parse_key_name(name);
	if (!checked)
		return (Error{checked.error()});
	arc4random_buf(octets.data(), octets.size());
	Secret encoded(base64url(octets));
	explicit_bzero(octets.data(), octets.size());
	std::string secret;
	secret.reserve(secret_prefix.size() + encoded.view().size());
	secret.append(secret_prefix).append(encoded.view());
	key.secret = Secret(std::move(secret));
	key.block = "key " + quoted_text(name) +
	    " {\n\thash \"sha256:" + digest_to_hex(sha256(key.secret.view())) +
	    "\"\n}\n";
	return (key);
}

int
print_new_key(const std::string &name)
{
	auto key = make_key(name);
	if (!key)
		fatalx("-K: %s", key.error().c_str());
	std::string_view secret = key->secret.view();
	FILE *apart = is_file(STDOUT_FILENO) ? stderr : stdout;
	fputs(key->block.c_str(), stdout);
	fprintf(apart,
	    "# The secret, which is not stored and not shown again:\n"
	    "# %.*s\n",
	    static_cast<int>(secret.size()), secret.data());
	/* A key without its hash in the file is of no use. */
	if (fflush(stdout) == EOF || ferror(stdout))
		fatal("the key could not be written");
	return (0);
}
