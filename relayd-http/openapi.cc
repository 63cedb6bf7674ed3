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

#include <string_view>

#include "openapi.h"
#include "pathnames.h"

/* The first members; %VERSION% is replaced, in all that follows too. */
const char openapi_info[] = R"json({
  "openapi": "3.1.0",
  "info": {
    "title": "http-smtp-rele",
    "version": "%VERSION%",
    "summary": "An authenticated HTTP-to-SMTP relay",
    "description": "Mail is submitted by POST and answered 202 only after the mail server has said 250. Nothing is queued or tried again here: a client that is told so tries again.\n\nEvery answer but /metrics is JSON and carries `X-Request-Id`, `Date` and `Cache-Control: no-store`. Clients ignore members and codes that they do not know. Behind a trusted proxy the client's address is taken from `X-Forwarded-For`, or from `Forwarded` where the server is told so; one that cannot be parsed is 400.\n\nA listener for monitoring has /healthz, /readyz and /metrics only: there every other path is 404 `not_found`.",
    "license": {"name": "ISC", "identifier": "ISC"}
  },
  "servers": [{"url": "/"}],
  "tags": [
    {"name": "mail", "description": "Sending, and what became of it"},
    {"name": "monitoring", "description": "For probes and dashboards"}
  ],
  "components": {
    "securitySchemes": {
      "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "`Authorization: Bearer SECRET`; wins over X-API-Key"
      },
      "api_key": {"type": "apiKey", "in": "header", "name": "X-API-Key"}
    },
    "parameters": {
      "dry_run": {
        "name": "dry_run",
        "in": "query",
        "description": "Everything but the submission: limits are counted, fields judged; nothing is sent or kept, and no Idempotency-Key looked at.",
        "schema": {"type": "string", "enum": ["1", "true", "0", "false"]}
      },
      "request_id": {
        "name": "request_id",
        "in": "path",
        "required": true,
        "description": "As the answer to the POST has it. Any other text names no submission.",
        "schema": {"$ref": "#/components/schemas/RequestId"},
        "example": "req_01JX5V0K9Q8Z3M7N2B4C6D8F0G"
      },
      "idempotency_key": {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "1 to 255 visible ASCII characters, bare or in quotes (`k` and `\"k\"` are one key), of the caller's API key. The same content with the same key is sent once, and the answer 202, `smtp_rejected` or `smtp_outcome_unknown` is told again with `Idempotent-Replayed: true`; other content is 422. It needs a store: with `store none` it is 400.",
        "schema": {
          "type": "string",
          "minLength": 1,
          "maxLength": 512,
          "pattern": "^([!#-~][!-~]{0,254}|\"([!#-\\[\\]-~]|\\\\[\"\\\\]){1,255}\")$"
        },
        "example": "\"invoice-2026-0042\""
      }
    },
)json";

const std::string &
openapi_document()
{
	static const std::string document = [] {
		constexpr std::string_view mark = "%VERSION%";
		std::string text = openapi_info;

		text += "    \"headers\": {\n";
		text += openapi_headers;
		text += "    },\n    \"responses\": {\n";
		text += openapi_answers;
		append_openapi_errors(text);
		text += "    },\n    \"schemas\": {\n";
		text += openapi_request_schemas;
		text += openapi_answer_schemas;
		text += "    }\n  },\n  \"paths\": {\n";
		text += openapi_paths;
		text += "  }\n}\n";
		for (std::size_t at = text.find(mark); at != text.npos;
		     at = text.find(mark, at))
			text.replace(at, mark.size(), release_version);
		return (text);
	}();

	return (document);
}
