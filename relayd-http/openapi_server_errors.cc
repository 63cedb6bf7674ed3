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

/* The errors of 500 and up: each status with its codes (api_error.h). */

#include "openapi.h"

const char openapi_server_errors[] = R"json(      "InternalError": {
        "description": "A bug; it is logged.",
        "headers": {
          "X-Request-Id": {"$ref": "#/components/headers/XRequestId"},
          "Date": {"$ref": "#/components/headers/Date"},
          "Cache-Control": {"$ref": "#/components/headers/CacheControl"}
        },
        "content": {
          "application/json": {
            "schema": {
              "allOf": [{"$ref": "#/components/schemas/Error"}],
              "properties": {
                "code": {"enum": ["internal_error"]},
                "retryable": {"const": false}
              }
            },
            "example": {
              "status": "error",
              "code": "internal_error",
              "message": "internal error",
              "request_id": "req_01JX5V0K9Q8Z3M7N2B4C6D8F0G",
              "retryable": false
            }
          }
        }
      },
      "NotImplemented": {
        "description": "A transfer coding but chunked, or CONNECT.",
        "headers": {
          "X-Request-Id": {"$ref": "#/components/headers/XRequestId"},
          "Date": {"$ref": "#/components/headers/Date"},
          "Cache-Control": {"$ref": "#/components/headers/CacheControl"}
        },
        "content": {
          "application/json": {
            "schema": {
              "allOf": [{"$ref": "#/components/schemas/Error"}],
              "properties": {
                "code": {"enum": ["bad_request"]},
                "retryable": {"const": false}
              }
            },
            "example": {
              "status": "error",
              "code": "bad_request",
              "message": "chunked is the only transfer coding known here",
              "request_id": "req_01JX5V0K9Q8Z3M7N2B4C6D8F0G",
              "retryable": false
            }
          }
        }
      },
      "MailServerRefused": {
        "description": "The mail server said 5yz (`smtp_rejected`, never tried again); or it could not be reached, or said to try later (`smtp_unavailable`).",
        "headers": {
          "X-Request-Id": {"$ref": "#/components/headers/XRequestId"},
          "Date": {"$ref": "#/components/headers/Date"},
          "Cache-Control": {"$ref": "#/components/headers/CacheControl"},
          "Idempotent-Replayed": {"$ref": "#/components/headers/IdempotentReplayed"}
        },
        "content": {
          "application/json": {
            "schema": {
              "allOf": [{"$ref": "#/components/schemas/Error"}],
              "properties": {
                "code": {"enum": ["smtp_rejected", "smtp_unavailable"]}
              }
            },
            "example": {
              "status": "error",
              "code": "smtp_rejected",
              "message": "the mail server refused a recipient",
              "request_id": "req_01JX5V0K9Q8Z3M7N2B4C6D8F0G",
              "smtp": {"code": 550, "enhanced": "5.1.1"},
              "recipients": [
                {"field": "to[1]", "code": 550, "enhanced": "5.1.1"}
              ],
              "retryable": false
            }
          }
        }
      },
      "Unavailable": {
        "description": "Not now; nothing was sent.",
        "headers": {
          "X-Request-Id": {"$ref": "#/components/headers/XRequestId"},
          "Date": {"$ref": "#/components/headers/Date"},
          "Cache-Control": {"$ref": "#/components/headers/CacheControl"},
          "Retry-After": {"$ref": "#/components/headers/RetryAfter"}
        },
        "content": {
          "application/json": {
            "schema": {
              "allOf": [{"$ref": "#/components/schemas/Error"}],
              "properties": {
                "code": {"enum": ["overloaded", "shutting_down", "status_store_unavailable"]},
                "retryable": {"const": true}
              }
            },
            "example": {
              "status": "error",
              "code": "overloaded",
              "message": "no mail can be taken at the moment",
              "request_id": "req_01JX5V0K9Q8Z3M7N2B4C6D8F0G",
              "retryable": true
            }
          }
        }
      },
      "OutcomeUnknown": {
        "description": "The message was sent in full, and whether it was taken is not known: look for its message_id at the mail server.",
        "headers": {
          "X-Request-Id": {"$ref": "#/components/headers/XRequestId"},
          "Date": {"$ref": "#/components/headers/Date"},
          "Cache-Control": {"$ref": "#/components/headers/CacheControl"},
          "Idempotent-Replayed": {"$ref": "#/components/headers/IdempotentReplayed"}
        },
        "content": {
          "application/json": {
            "schema": {
              "allOf": [{"$ref": "#/components/schemas/Error"}],
              "properties": {
                "code": {"enum": ["smtp_outcome_unknown"]},
                "retryable": {"const": false}
              }
            },
            "example": {
              "status": "error",
              "code": "smtp_outcome_unknown",
              "message": "whether the message was sent is not known",
              "request_id": "req_01JX5V0K9Q8Z3M7N2B4C6D8F0G",
              "message_id": "<req_01JX5V0K9Q8Z3M7N2B4C6D8F0G@example.com>",
              "retryable": false
            }
          }
        }
      },
      "VersionNotSupported": {
        "description": "Only HTTP/1.1 and HTTP/1.0 are spoken.",
        "headers": {
          "X-Request-Id": {"$ref": "#/components/headers/XRequestId"},
          "Date": {"$ref": "#/components/headers/Date"},
          "Cache-Control": {"$ref": "#/components/headers/CacheControl"}
        },
        "content": {
          "application/json": {
            "schema": {
              "allOf": [{"$ref": "#/components/schemas/Error"}],
              "properties": {
                "code": {"enum": ["bad_request"]},
                "retryable": {"const": false}
              }
            },
            "example": {
              "status": "error",
              "code": "bad_request",
              "message": "only HTTP/1.1 and HTTP/1.0 are spoken here",
              "request_id": "req_01JX5V0K9Q8Z3M7N2B4C6D8F0G",
              "retryable": false
            }
          }
        }
      }
)json";
