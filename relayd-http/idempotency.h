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
 * Idempotency-Key (draft-ietf-httpapi-idempotency-key-header): what the
 * field may be, and what the repeats of a request are known by.
 */

#ifndef RELAYD_HTTP_IDEMPOTENCY_H
#define RELAYD_HTTP_IDEMPOTENCY_H

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "digest.h"
#include "messages.h"
#include "send_request.h"

constexpr std::size_t idempotency_key_max = 255; /* without its quotes */

/*
 * A field's value: 1..255 visible ASCII characters, as a string of RFC 8941
 * ("k", with \" and \\ the only escapes) or, if it begins with something
 * else, bare.  nullopt: malformed.
 */
std::optional<std::string> parse_idempotency_key(std::string_view value);

/* What repeats of a message that is sent alone are known by. */
IdempotencyMark idempotency_mark(
    std::string_view key, const SendRequest &request);
/* ... and of the index'th of a bulk request: never the same. */
IdempotencyMark idempotency_mark(std::string_view key, std::uint32_t index,
    const SendRequest &request);

/*
 * SHA-256 over what makes the message, in one form only, however the
 * document was written.  Metadata, which is not mailed, is no part of it.
 */
Sha256Digest content_digest(const SendRequest &request);

#endif
