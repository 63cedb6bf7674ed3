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

/* Making an API key: http-smtp-rele -K. */

#ifndef RELAYD_PARENT_KEYGEN_H
#define RELAYD_PARENT_KEYGEN_H

#include <string>

#include "result.h"

#include "secret.h"

struct NewKey {
	std::string block; /* for the configuration: the hash only */
	Secret secret; /* for the application */
};

/*
 * 32 random octets in base64url behind "rele_", by which a secret is known
 * when it turns up where it should not.  An error when name cannot be the
 * name of a key.
 */
Result<NewKey> make_key(const std::string &name);

/*
 * Prints a key and returns the exit status.  The block goes to standard
 * output, and the secret after it, as a comment.  When standard output is a
 * file, which is a configuration most likely, the secret goes to standard
 * error: -K billing >>/etc/http-smtp-rele.conf leaves no secret in there.
 */
int print_new_key(const std::string &name);

#endif
