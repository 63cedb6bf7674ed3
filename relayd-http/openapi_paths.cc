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

/* What there is, with which methods, and what each may answer. */

#include "openapi.h"

const char openapi_paths[] = R"json(    "/v1/send": {
      "post": {
        "operationId": "send",
        "tags": ["mail"],
        "summary": "Sends one message",
        "description": "Source list, address limit, key, key limit and global limit are judged before the body is read; then media type, size, JSON and fields.",
        "security": [{"bearer": []}, {"api_key": []}],
        "parameters": [
          {"$ref": "#/components/parameters/dry_run"},
          {"$ref": "#/components/parameters/idempotency_key"}
        ],
        "requestBody": {
          "required": true,
          "description": "`application/json`; charset, if any, utf-8; no Content-Encoding. At most the configured `max request` octets.",
          "content": {
            "application/json": {
              "schema": {"$ref": "#/components/schemas/Message"},
              "examples": {
                "text": {
                  "summary": "The least that is needed",
                  "value": {
                    "to": "user@example.com",
                    "subject": "Hello",
                    "body": "A short text.\n"
                  }
                },
                "all": {
                  "summary": "Everything that there is",
                  "value": {
                    "to": ["user@example.com", "ops@example.org"],
                    "cc": "other@example.com",
                    "subject": "Your invoice",
                    "body": "The invoice is attached.\n",
                    "body_html": "<p>The invoice is attached. <img src=\"cid:logo\"></p>",
                    "from_name": "Billing",
                    "reply_to": ["billing@example.com"],
                    "attachments": [
                      {
                        "filename": "invoice.csv",
                        "content_type": "text/csv; charset=utf-8",
                        "data": "aXRlbSxwcmljZQo="
                      },
                      {
                        "filename": "logo.png",
                        "content_type": "image/png",
                        "data": "iVBORw0KGgo=",
                        "content_id": "logo"
                      }
                    ],
                    "metadata": {"request_id": "order-42", "tenant": 7}
                  }
                }
              }
            }
          }
        },
        "responses": {
          "200": {"$ref": "#/components/responses/Valid"},
          "202": {"$ref": "#/components/responses/Accepted"},
          "400": {"$ref": "#/components/responses/BadMessage"},
          "401": {"$ref": "#/components/responses/Unauthorized"},
          "403": {"$ref": "#/components/responses/Forbidden"},
          "404": {"$ref": "#/components/responses/NotEnabled"},
          "405": {"$ref": "#/components/responses/MethodNotAllowed"},
          "408": {"$ref": "#/components/responses/RequestTimeout"},
          "409": {"$ref": "#/components/responses/InProgress"},
          "411": {"$ref": "#/components/responses/LengthRequired"},
          "413": {"$ref": "#/components/responses/TooLarge"},
          "414": {"$ref": "#/components/responses/TargetTooLong"},
          "415": {"$ref": "#/components/responses/UnsupportedMediaType"},
          "417": {"$ref": "#/components/responses/ExpectationFailed"},
          "422": {"$ref": "#/components/responses/KeyReused"},
          "429": {"$ref": "#/components/responses/RateLimited"},
          "431": {"$ref": "#/components/responses/HeadTooLarge"},
          "500": {"$ref": "#/components/responses/InternalError"},
          "501": {"$ref": "#/components/responses/NotImplemented"},
          "502": {"$ref": "#/components/responses/MailServerRefused"},
          "503": {"$ref": "#/components/responses/Unavailable"},
          "504": {"$ref": "#/components/responses/OutcomeUnknown"},
          "505": {"$ref": "#/components/responses/VersionNotSupported"}
        }
      }
    },
    "/v1/send-bulk": {
      "post": {
        "operationId": "sendBulk",
        "tags": ["mail"],
        "summary": "Sends several messages",
        "description": "404 `feature_disabled` unless the server has `mail { bulk }`. A message that is malformed or refused rejects only itself. Limits count every message: those before a bucket ran dry keep their outcome, the rest are `rate_limited`. An Idempotency-Key covers message i as (key, i). There is no dry run: `dry_run=1` is 400.",
        "security": [{"bearer": []}, {"api_key": []}],
        "parameters": [
          {"$ref": "#/components/parameters/idempotency_key"}
        ],
        "requestBody": {
          "required": true,
          "description": "As for /v1/send.",
          "content": {
            "application/json": {
              "schema": {"$ref": "#/components/schemas/Bulk"},
              "examples": {
                "two": {
                  "value": {
                    "messages": [
                      {"to": "a@example.com", "subject": "One", "body": "1"},
                      {"to": "b@example.com", "subject": "Two", "body": "2"}
                    ]
                  }
                }
              }
            }
          }
        },
        "responses": {
          "202": {"$ref": "#/components/responses/BulkDone"},
          "400": {"$ref": "#/components/responses/BadMessage"},
          "401": {"$ref": "#/components/responses/Unauthorized"},
          "403": {"$ref": "#/components/responses/Forbidden"},
          "404": {"$ref": "#/components/responses/NotEnabled"},
          "405": {"$ref": "#/components/responses/MethodNotAllowed"},
          "408": {"$ref": "#/components/responses/RequestTimeout"},
          "411": {"$ref": "#/components/responses/LengthRequired"},
          "413": {"$ref": "#/components/responses/TooLarge"},
          "414": {"$ref": "#/components/responses/TargetTooLong"},
          "415": {"$ref": "#/components/responses/UnsupportedMediaType"},
          "417": {"$ref": "#/components/responses/ExpectationFailed"},
          "429": {"$ref": "#/components/responses/RateLimited"},
          "431": {"$ref": "#/components/responses/HeadTooLarge"},
          "500": {"$ref": "#/components/responses/InternalError"},
          "501": {"$ref": "#/components/responses/NotImplemented"},
          "503": {"$ref": "#/components/responses/Unavailable"},
          "505": {"$ref": "#/components/responses/VersionNotSupported"}
        }
      }
    },
    "/v1/submissions/{request_id}": {
      "get": {
        "operationId": "getSubmission",
        "tags": ["mail"],
        "summary": "What became of a message",
        "description": "Only for the key that sent it. Another key's, an expired and an unknown id are the same 404; with `store none` every id is. A key's look-ups have a bucket of their own, `lookup`, of ten times its rate and burst; at most 32 of a key (429) and 256 of all (503) are in flight.",
        "security": [{"bearer": []}, {"api_key": []}],
        "parameters": [
          {"$ref": "#/components/parameters/request_id"}
        ],
        "responses": {
          "200": {"$ref": "#/components/responses/Submission"},
          "400": {"$ref": "#/components/responses/BadRequest"},
          "401": {"$ref": "#/components/responses/Unauthorized"},
          "403": {"$ref": "#/components/responses/Forbidden"},
          "404": {"$ref": "#/components/responses/NoSubmission"},
          "405": {"$ref": "#/components/responses/MethodNotAllowed"},
          "408": {"$ref": "#/components/responses/RequestTimeout"},
          "414": {"$ref": "#/components/responses/TargetTooLong"},
          "417": {"$ref": "#/components/responses/ExpectationFailed"},
          "429": {"$ref": "#/components/responses/RateLimited"},
          "431": {"$ref": "#/components/responses/HeadTooLarge"},
          "500": {"$ref": "#/components/responses/InternalError"},
          "501": {"$ref": "#/components/responses/NotImplemented"},
          "503": {"$ref": "#/components/responses/Unavailable"},
          "505": {"$ref": "#/components/responses/VersionNotSupported"}
        }
      },
      "head": {
        "operationId": "headSubmission",
        "tags": ["mail"],
        "summary": "What became of a message: the head alone",
        "security": [{"bearer": []}, {"api_key": []}],
        "parameters": [
          {"$ref": "#/components/parameters/request_id"}
        ],
        "responses": {
          "200": {"$ref": "#/components/responses/Submission"},
          "400": {"$ref": "#/components/responses/BadRequest"},
          "401": {"$ref": "#/components/responses/Unauthorized"},
          "403": {"$ref": "#/components/responses/Forbidden"},
          "404": {"$ref": "#/components/responses/NoSubmission"},
          "405": {"$ref": "#/components/responses/MethodNotAllowed"},
          "408": {"$ref": "#/components/responses/RequestTimeout"},
          "414": {"$ref": "#/components/responses/TargetTooLong"},
          "417": {"$ref": "#/components/responses/ExpectationFailed"},
          "429": {"$ref": "#/components/responses/RateLimited"},
          "431": {"$ref": "#/components/responses/HeadTooLarge"},
          "500": {"$ref": "#/components/responses/InternalError"},
          "501": {"$ref": "#/components/responses/NotImplemented"},
          "503": {"$ref": "#/components/responses/Unavailable"},
          "505": {"$ref": "#/components/responses/VersionNotSupported"}
        }
      }
    },
    "/v1/keys/self": {
      "get": {
        "operationId": "getKey",
        "tags": ["mail"],
        "summary": "The settings of the calling key",
        "description": "Never its secret.",
        "security": [{"bearer": []}, {"api_key": []}],
        "responses": {
          "200": {"$ref": "#/components/responses/Key"},
          "400": {"$ref": "#/components/responses/BadRequest"},
          "401": {"$ref": "#/components/responses/Unauthorized"},
          "403": {"$ref": "#/components/responses/Forbidden"},
          "404": {"$ref": "#/components/responses/NotFound"},
          "405": {"$ref": "#/components/responses/MethodNotAllowed"},
          "408": {"$ref": "#/components/responses/RequestTimeout"},
          "414": {"$ref": "#/components/responses/TargetTooLong"},
          "417": {"$ref": "#/components/responses/ExpectationFailed"},
          "429": {"$ref": "#/components/responses/RateLimited"},
          "431": {"$ref": "#/components/responses/HeadTooLarge"},
          "500": {"$ref": "#/components/responses/InternalError"},
          "501": {"$ref": "#/components/responses/NotImplemented"},
          "505": {"$ref": "#/components/responses/VersionNotSupported"}
        }
      },
      "head": {
        "operationId": "headKey",
        "tags": ["mail"],
        "summary": "The settings of the calling key: the head alone",
        "security": [{"bearer": []}, {"api_key": []}],
        "responses": {
          "200": {"$ref": "#/components/responses/Key"},
          "400": {"$ref": "#/components/responses/BadRequest"},
          "401": {"$ref": "#/components/responses/Unauthorized"},
          "403": {"$ref": "#/components/responses/Forbidden"},
          "404": {"$ref": "#/components/responses/NotFound"},
          "405": {"$ref": "#/components/responses/MethodNotAllowed"},
          "408": {"$ref": "#/components/responses/RequestTimeout"},
          "414": {"$ref": "#/components/responses/TargetTooLong"},
          "417": {"$ref": "#/components/responses/ExpectationFailed"},
          "429": {"$ref": "#/components/responses/RateLimited"},
          "431": {"$ref": "#/components/responses/HeadTooLarge"},
          "500": {"$ref": "#/components/responses/InternalError"},
          "501": {"$ref": "#/components/responses/NotImplemented"},
          "505": {"$ref": "#/components/responses/VersionNotSupported"}
        }
      }
    },
    "/healthz": {
      "get": {
        "operationId": "getHealth",
        "tags": ["monitoring"],
        "summary": "200 while the process runs",
        "security": [],
        "responses": {
          "200": {"$ref": "#/components/responses/Health"},
          "400": {"$ref": "#/components/responses/BadRequest"},
          "405": {"$ref": "#/components/responses/MethodNotAllowed"},
          "408": {"$ref": "#/components/responses/RequestTimeout"},
          "414": {"$ref": "#/components/responses/TargetTooLong"},
          "417": {"$ref": "#/components/responses/ExpectationFailed"},
          "431": {"$ref": "#/components/responses/HeadTooLarge"},
          "500": {"$ref": "#/components/responses/InternalError"},
          "501": {"$ref": "#/components/responses/NotImplemented"},
          "505": {"$ref": "#/components/responses/VersionNotSupported"}
        }
      },
      "head": {
        "operationId": "headHealth",
        "tags": ["monitoring"],
        "summary": "200 while the process runs: the head alone",
        "security": [],
        "responses": {
          "200": {"$ref": "#/components/responses/Health"},
          "400": {"$ref": "#/components/responses/BadRequest"},
          "405": {"$ref": "#/components/responses/MethodNotAllowed"},
          "408": {"$ref": "#/components/responses/RequestTimeout"},
          "414": {"$ref": "#/components/responses/TargetTooLong"},
          "417": {"$ref": "#/components/responses/ExpectationFailed"},
          "431": {"$ref": "#/components/responses/HeadTooLarge"},
          "500": {"$ref": "#/components/responses/InternalError"},
          "501": {"$ref": "#/components/responses/NotImplemented"},
          "505": {"$ref": "#/components/responses/VersionNotSupported"}
        }
      }
    },
    "/readyz": {
      "get": {
        "operationId": "getReadiness",
        "tags": ["monitoring"],
        "summary": "Can mail be submitted now?",
        "description": "Only for addresses in `monitor from`.",
        "security": [],
        "responses": {
          "200": {"$ref": "#/components/responses/Ready"},
          "400": {"$ref": "#/components/responses/BadRequest"},
          "403": {"$ref": "#/components/responses/Forbidden"},
          "405": {"$ref": "#/components/responses/MethodNotAllowed"},
          "408": {"$ref": "#/components/responses/RequestTimeout"},
          "414": {"$ref": "#/components/responses/TargetTooLong"},
          "417": {"$ref": "#/components/responses/ExpectationFailed"},
          "431": {"$ref": "#/components/responses/HeadTooLarge"},
          "500": {"$ref": "#/components/responses/InternalError"},
          "501": {"$ref": "#/components/responses/NotImplemented"},
          "503": {"$ref": "#/components/responses/NotReady"},
          "505": {"$ref": "#/components/responses/VersionNotSupported"}
        }
      },
      "head": {
        "operationId": "headReadiness",
        "tags": ["monitoring"],
        "summary": "Can mail be submitted now?: the head alone",
        "security": [],
        "responses": {
          "200": {"$ref": "#/components/responses/Ready"},
          "400": {"$ref": "#/components/responses/BadRequest"},
          "403": {"$ref": "#/components/responses/Forbidden"},
          "405": {"$ref": "#/components/responses/MethodNotAllowed"},
          "408": {"$ref": "#/components/responses/RequestTimeout"},
          "414": {"$ref": "#/components/responses/TargetTooLong"},
          "417": {"$ref": "#/components/responses/ExpectationFailed"},
          "431": {"$ref": "#/components/responses/HeadTooLarge"},
          "500": {"$ref": "#/components/responses/InternalError"},
          "501": {"$ref": "#/components/responses/NotImplemented"},
          "503": {"$ref": "#/components/responses/NotReady"},
          "505": {"$ref": "#/components/responses/VersionNotSupported"}
        }
      }
    },
    "/metrics": {
      "get": {
        "operationId": "getMetrics",
        "tags": ["monitoring"],
        "summary": "Metrics for Prometheus",
        "description": "Only for addresses in `monitor from`.",
        "security": [],
        "responses": {
          "200": {"$ref": "#/components/responses/Metrics"},
          "400": {"$ref": "#/components/responses/BadRequest"},
          "403": {"$ref": "#/components/responses/Forbidden"},
          "405": {"$ref": "#/components/responses/MethodNotAllowed"},
          "408": {"$ref": "#/components/responses/RequestTimeout"},
          "414": {"$ref": "#/components/responses/TargetTooLong"},
          "417": {"$ref": "#/components/responses/ExpectationFailed"},
          "431": {"$ref": "#/components/responses/HeadTooLarge"},
          "500": {"$ref": "#/components/responses/InternalError"},
          "501": {"$ref": "#/components/responses/NotImplemented"},
          "505": {"$ref": "#/components/responses/VersionNotSupported"}
        }
      },
      "head": {
        "operationId": "headMetrics",
        "tags": ["monitoring"],
        "summary": "Metrics for Prometheus: the head alone",
        "security": [],
        "responses": {
          "200": {"$ref": "#/components/responses/Metrics"},
          "400": {"$ref": "#/components/responses/BadRequest"},
          "403": {"$ref": "#/components/responses/Forbidden"},
          "405": {"$ref": "#/components/responses/MethodNotAllowed"},
          "408": {"$ref": "#/components/responses/RequestTimeout"},
          "414": {"$ref": "#/components/responses/TargetTooLong"},
          "417": {"$ref": "#/components/responses/ExpectationFailed"},
          "431": {"$ref": "#/components/responses/HeadTooLarge"},
          "500": {"$ref": "#/components/responses/InternalError"},
          "501": {"$ref": "#/components/responses/NotImplemented"},
          "505": {"$ref": "#/components/responses/VersionNotSupported"}
        }
      }
    },
    "/openapi.json": {
      "get": {
        "operationId": "getDocument",
        "tags": ["monitoring"],
        "summary": "This document",
        "security": [],
        "responses": {
          "200": {"$ref": "#/components/responses/Document"},
          "400": {"$ref": "#/components/responses/BadRequest"},
          "404": {"$ref": "#/components/responses/NotFound"},
          "405": {"$ref": "#/components/responses/MethodNotAllowed"},
          "408": {"$ref": "#/components/responses/RequestTimeout"},
          "414": {"$ref": "#/components/responses/TargetTooLong"},
          "417": {"$ref": "#/components/responses/ExpectationFailed"},
          "431": {"$ref": "#/components/responses/HeadTooLarge"},
          "500": {"$ref": "#/components/responses/InternalError"},
          "501": {"$ref": "#/components/responses/NotImplemented"},
          "505": {"$ref": "#/components/responses/VersionNotSupported"}
        }
      },
      "head": {
        "operationId": "headDocument",
        "tags": ["monitoring"],
        "summary": "This document: the head alone",
        "security": [],
        "responses": {
          "200": {"$ref": "#/components/responses/Document"},
          "400": {"$ref": "#/components/responses/BadRequest"},
          "404": {"$ref": "#/components/responses/NotFound"},
          "405": {"$ref": "#/components/responses/MethodNotAllowed"},
          "408": {"$ref": "#/components/responses/RequestTimeout"},
          "414": {"$ref": "#/components/responses/TargetTooLong"},
          "417": {"$ref": "#/components/responses/ExpectationFailed"},
          "431": {"$ref": "#/components/responses/HeadTooLarge"},
          "500": {"$ref": "#/components/responses/InternalError"},
          "501": {"$ref": "#/components/responses/NotImplemented"},
          "505": {"$ref": "#/components/responses/VersionNotSupported"}
        }
      }
    }
)json";
