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

/* The fields of the answers' heads. */

#include "openapi.h"

const char openapi_headers[] = R"json(      "XRequestId": {
        "description": "Of this request: `req_` and a ULID. Look-ups and replays have the submission's in their body.",
        "required": true,
        "schema": {"$ref": "#/components/schemas/RequestId"}
      },
      "Date": {
        "description": "IMF-fixdate, RFC 9110 5.6.7",
        "required": true,
        "schema": {"type": "string"}
      },
      "CacheControl": {
        "required": true,
        "schema": {"const": "no-store"}
      },
      "Allow": {
        "description": "The methods that the path has",
        "required": true,
        "schema": {"enum": ["POST", "GET, HEAD"]}
      },
      "WwwAuthenticate": {
        "required": true,
        "schema": {"const": "Bearer"}
      },
      "RetryAfter": {
        "description": "Seconds",
        "required": true,
        "schema": {"type": "integer", "minimum": 1}
      },
      "RateLimitPolicy": {
        "description": "The key's bucket, unless it has none; with 429 the one that ran dry. q: units in w seconds (draft-ietf-httpapi-ratelimit-headers)",
        "schema": {
          "type": "string",
          "pattern": "^\"(key|address|global|lookup)\";q=[0-9]+;w=[0-9]+$"
        },
        "example": "\"key\";q=30;w=60"
      },
      "RateLimit": {
        "description": "r: units left; t: seconds to the next one",
        "schema": {
          "type": "string",
          "pattern": "^\"(key|address|global|lookup)\";r=[0-9]+;t=[0-9]+$"
        },
        "example": "\"key\";r=4;t=2"
      },
      "IdempotentReplayed": {
        "description": "The request was seen before: this is the first one's outcome, and nothing was sent now.",
        "schema": {"const": "true"}
      }
)json";
