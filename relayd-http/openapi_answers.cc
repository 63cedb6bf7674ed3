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

/* What is answered when all is well. */

#include "openapi.h"

const char openapi_answers[] = R"json(      "Accepted": {
        "description": "The mail server has said 250.",
        "headers": {
          "X-Request-Id": {"$ref": "#/components/headers/XRequestId"},
          "Date": {"$ref": "#/components/headers/Date"},
          "Cache-Control": {"$ref": "#/components/headers/CacheControl"},
          "RateLimit-Policy": {"$ref": "#/components/headers/RateLimitPolicy"},
          "RateLimit": {"$ref": "#/components/headers/RateLimit"},
          "Idempotent-Replayed": {"$ref": "#/components/headers/IdempotentReplayed"}
        },
        "content": {
          "application/json": {
            "schema": {"$ref": "#/components/schemas/Accepted"},
            "example": {
              "status": "accepted",
              "request_id": "req_01JX5V0K9Q8Z3M7N2B4C6D8F0G",
              "message_id": "<req_01JX5V0K9Q8Z3M7N2B4C6D8F0G@example.com>",
              "smtp": {
                "code": 250,
                "enhanced": "2.0.0",
                "reply": "Ok: queued as 4WqX2c1Yz9zP"
              }
            }
          }
        }
      },
      "Valid": {
        "description": "A dry run: all was right, nothing was sent.",
        "headers": {
          "X-Request-Id": {"$ref": "#/components/headers/XRequestId"},
          "Date": {"$ref": "#/components/headers/Date"},
          "Cache-Control": {"$ref": "#/components/headers/CacheControl"}
        },
        "content": {
          "application/json": {
            "schema": {"$ref": "#/components/schemas/Valid"},
            "example": {"status": "valid", "request_id": "req_01JX5V0K9Q8Z3M7N2B4C6D8F0G"}
          }
        }
      },
      "BulkDone": {
        "description": "What became of each, in the order of the messages.",
        "headers": {
          "X-Request-Id": {"$ref": "#/components/headers/XRequestId"},
          "Date": {"$ref": "#/components/headers/Date"},
          "Cache-Control": {"$ref": "#/components/headers/CacheControl"},
          "RateLimit-Policy": {"$ref": "#/components/headers/RateLimitPolicy"},
          "RateLimit": {"$ref": "#/components/headers/RateLimit"}
        },
        "content": {
          "application/json": {
            "schema": {"$ref": "#/components/schemas/BulkResult"},
            "example": {
              "bulk_request_id": "req_01JX5V0K9Q8Z3M7N2B4C6D8F0G",
              "total": 2,
              "accepted": 1,
              "rejected": 1,
              "results": [
                {
                  "index": 0,
                  "request_id": "req_01JX5V0K9R8Z3M7N2B4C6D8F0G",
                  "status": "accepted",
                  "message_id": "<req_01JX5V0K9R8Z3M7N2B4C6D8F0G@example.com>"
                },
                {
                  "index": 1,
                  "request_id": "req_01JX5V0K9S8Z3M7N2B4C6D8F0G",
                  "status": "rejected",
                  "code": "validation_failed",
                  "message": "to: is required",
                  "field": "to",
                  "retryable": false
                }
              ]
            }
          }
        }
      },
      "Submission": {
        "description": "What the ledger says of it.",
        "headers": {
          "X-Request-Id": {"$ref": "#/components/headers/XRequestId"},
          "Date": {"$ref": "#/components/headers/Date"},
          "Cache-Control": {"$ref": "#/components/headers/CacheControl"}
        },
        "content": {
          "application/json": {
            "schema": {"$ref": "#/components/schemas/Submission"},
            "example": {
              "request_id": "req_01JX5V0K9Q8Z3M7N2B4C6D8F0G",
              "status": "smtp_accepted",
              "code": null,
              "message": null,
              "message_id": "<req_01JX5V0K9Q8Z3M7N2B4C6D8F0G@example.com>",
              "recipient_domains": ["example.com"],
              "recipient_count": 1,
              "recipient_domain_count": 1,
              "created_at": "2026-05-10T12:00:00.123Z",
              "updated_at": "2026-05-10T12:00:00.150Z",
              "expires_at": "2026-05-10T13:00:00.123Z",
              "smtp": {"code": 250, "enhanced": "2.0.0"}
            }
          }
        }
      },
      "Key": {
        "description": "The key's own limit or null, and what is in force or null for `none`.",
        "headers": {
          "X-Request-Id": {"$ref": "#/components/headers/XRequestId"},
          "Date": {"$ref": "#/components/headers/Date"},
          "Cache-Control": {"$ref": "#/components/headers/CacheControl"}
        },
        "content": {
          "application/json": {
            "schema": {"$ref": "#/components/schemas/Key"},
            "example": {
              "id": "billing",
              "enabled": true,
              "description": null,
              "allowed_recipient_domains": ["example.com"],
              "allowed_recipients": [],
              "rate_limit_per_min": 30,
              "burst": 5,
              "mask_recipient": true,
              "effective_rate_limit_per_min": 30,
              "effective_burst": 5
            }
          }
        }
      },
      "Health": {
        "description": "The process runs.",
        "headers": {
          "X-Request-Id": {"$ref": "#/components/headers/XRequestId"},
          "Date": {"$ref": "#/components/headers/Date"},
          "Cache-Control": {"$ref": "#/components/headers/CacheControl"}
        },
        "content": {
          "application/json": {
            "schema": {"$ref": "#/components/schemas/Health"},
            "example": {"status": "ok", "version": "%VERSION%"}
          }
        }
      },
      "Ready": {
        "description": "Mail can be submitted.",
        "headers": {
          "X-Request-Id": {"$ref": "#/components/headers/XRequestId"},
          "Date": {"$ref": "#/components/headers/Date"},
          "Cache-Control": {"$ref": "#/components/headers/CacheControl"}
        },
        "content": {
          "application/json": {
            "schema": {"$ref": "#/components/schemas/Ready"},
            "example": {"status": "ready", "smtp": "ok"}
          }
        }
      },
      "NotReady": {
        "description": "Mail cannot be submitted, or the daemon is shutting down.",
        "headers": {
          "X-Request-Id": {"$ref": "#/components/headers/XRequestId"},
          "Date": {"$ref": "#/components/headers/Date"},
          "Cache-Control": {"$ref": "#/components/headers/CacheControl"}
        },
        "content": {
          "application/json": {
            "schema": {"$ref": "#/components/schemas/NotReady"},
            "example": {"status": "not_ready", "smtp": "unavailable"}
          }
        }
      },
      "Metrics": {
        "description": "Text format 0.0.4.",
        "headers": {
          "X-Request-Id": {"$ref": "#/components/headers/XRequestId"},
          "Date": {"$ref": "#/components/headers/Date"},
          "Cache-Control": {"$ref": "#/components/headers/CacheControl"}
        },
        "content": {
          "text/plain": {
            "schema": {"type": "string"},
            "example": "# TYPE rele_requests_total counter\nrele_requests_total{status=\"202\"} 1\n"
          }
        }
      },
      "Document": {
        "description": "OpenAPI 3.1.",
        "headers": {
          "X-Request-Id": {"$ref": "#/components/headers/XRequestId"},
          "Date": {"$ref": "#/components/headers/Date"},
          "Cache-Control": {"$ref": "#/components/headers/CacheControl"}
        },
        "content": {
          "application/json": {
            "schema": {
              "type": "object",
              "required": ["openapi", "info", "paths"],
              "properties": {"openapi": {"type": "string", "pattern": "^3\\.1\\."}}
            }
          }
        }
      },
)json";
