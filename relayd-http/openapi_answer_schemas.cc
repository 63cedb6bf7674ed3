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

/* What is in the answers' bodies (answer_body.h). */

#include "openapi.h"

const char openapi_answer_schemas[] = R"json(      "RequestId": {
        "type": "string",
        "description": "`req_` and a ULID",
        "pattern": "^req_[0-7][0-9A-HJKMNP-TV-Z]{25}$"
      },
      "MessageId": {
        "type": "string",
        "description": "The message's Message-ID, with its brackets",
        "pattern": "^<.+@.+>$"
      },
      "SmtpReply": {
        "type": "object",
        "description": "The mail server's last word; its text with the relay's `reply text` only.",
        "required": ["code"],
        "properties": {
          "code": {"type": "integer", "minimum": 100, "maximum": 999},
          "enhanced": {
            "type": "string",
            "pattern": "^[0-9]\\.[0-9]{1,3}\\.[0-9]{1,3}$"
          },
          "reply": {"type": "string", "maxLength": 512}
        }
      },
      "RefusedRecipient": {
        "type": "object",
        "required": ["field", "code"],
        "properties": {
          "field": {"type": "string", "pattern": "^(to|cc)(\\[[0-9]+\\])?$"},
          "code": {"type": "integer", "minimum": 100, "maximum": 999},
          "enhanced": {"type": "string"}
        }
      },
      "ErrorCode": {
        "type": "string",
        "description": "Others may be added.",
        "examples": [
          "bad_request",
          "validation_failed",
          "unauthorized",
          "forbidden",
          "not_found",
          "submission_not_found",
          "feature_disabled",
          "method_not_allowed",
          "request_timeout",
          "idempotency_in_progress",
          "payload_too_large",
          "unsupported_media_type",
          "idempotency_key_reused",
          "rate_limited",
          "internal_error",
          "smtp_rejected",
          "smtp_unavailable",
          "overloaded",
          "shutting_down",
          "status_store_unavailable",
          "smtp_outcome_unknown"
        ]
      },
      "Error": {
        "type": "object",
        "required": ["status", "code", "message", "request_id", "retryable"],
        "properties": {
          "status": {"const": "error"},
          "code": {"$ref": "#/components/schemas/ErrorCode"},
          "message": {"type": "string", "minLength": 1},
          "request_id": {"$ref": "#/components/schemas/RequestId"},
          "field": {
            "type": "string",
            "description": "The one that is to blame: `to[3]`",
            "minLength": 1
          },
          "retryable": {
            "type": "boolean",
            "description": "The same request may succeed later, and cannot be delivered twice by trying."
          },
          "smtp": {"$ref": "#/components/schemas/SmtpReply"},
          "recipients": {
            "type": "array",
            "description": "Those that the mail server refused",
            "minItems": 1,
            "items": {"$ref": "#/components/schemas/RefusedRecipient"}
          },
          "message_id": {"$ref": "#/components/schemas/MessageId"},
          "target_request_id": {
            "type": "string",
            "description": "Of a look-up: what was asked for"
          }
        }
      },
      "Accepted": {
        "type": "object",
        "required": ["status", "request_id", "message_id"],
        "properties": {
          "status": {"const": "accepted"},
          "request_id": {"$ref": "#/components/schemas/RequestId"},
          "message_id": {"$ref": "#/components/schemas/MessageId"},
          "smtp": {"$ref": "#/components/schemas/SmtpReply"}
        }
      },
      "Valid": {
        "type": "object",
        "required": ["status", "request_id"],
        "properties": {
          "status": {"const": "valid"},
          "request_id": {"$ref": "#/components/schemas/RequestId"}
        }
      },
      "BulkResult": {
        "type": "object",
        "description": "An unknown outcome is in neither count.",
        "required": [
          "bulk_request_id", "total", "accepted", "rejected", "results"
        ],
        "properties": {
          "bulk_request_id": {"$ref": "#/components/schemas/RequestId"},
          "total": {"type": "integer", "minimum": 1},
          "accepted": {"type": "integer", "minimum": 0},
          "rejected": {"type": "integer", "minimum": 0},
          "results": {
            "type": "array",
            "minItems": 1,
            "items": {"$ref": "#/components/schemas/MessageResult"}
          }
        }
      },
      "MessageResult": {
        "type": "object",
        "required": ["index", "request_id", "status"],
        "properties": {
          "index": {"type": "integer", "minimum": 0},
          "request_id": {"$ref": "#/components/schemas/RequestId"},
          "status": {"enum": ["accepted", "rejected", "unknown"]},
          "message_id": {"$ref": "#/components/schemas/MessageId"},
          "code": {"$ref": "#/components/schemas/ErrorCode"},
          "message": {"type": "string"},
          "field": {"type": "string"},
          "retryable": {"type": "boolean"},
          "replayed": {
            "description": "It was sent by an earlier request.",
            "const": true
          }
        },
        "oneOf": [
          {
            "properties": {"status": {"const": "accepted"}},
            "required": ["message_id"]
          },
          {
            "properties": {"status": {"const": "rejected"}},
            "required": ["code", "message", "retryable"]
          },
          {
            "properties": {
              "status": {"const": "unknown"},
              "code": {"const": "smtp_outcome_unknown"}
            },
            "required": ["message_id", "code", "message", "retryable"]
          }
        ]
      },
      "Submission": {
        "type": "object",
        "required": [
          "request_id", "status", "code", "message", "message_id",
          "recipient_domains", "recipient_count",
          "recipient_domain_count", "created_at", "updated_at",
          "expires_at"
        ],
        "properties": {
          "request_id": {"$ref": "#/components/schemas/RequestId"},
          "status": {
            "enum": [
              "received", "smtp_submission_started", "smtp_accepted",
              "smtp_failed", "smtp_outcome_unknown", "rejected"
            ]
          },
          "code": {
            "anyOf": [
              {"$ref": "#/components/schemas/ErrorCode"},
              {"type": "null"}
            ]
          },
          "message": {"type": ["string", "null"]},
          "message_id": {
            "anyOf": [
              {"$ref": "#/components/schemas/MessageId"},
              {"type": "null"}
            ]
          },
          "recipient_domains": {
            "type": "array",
            "items": {"type": "string"},
            "maxItems": 32
          },
          "recipient_count": {"type": "integer", "minimum": 0},
          "recipient_domain_count": {"type": "integer", "minimum": 0},
          "created_at": {"type": "string", "format": "date-time"},
          "updated_at": {"type": "string", "format": "date-time"},
          "expires_at": {"type": "string", "format": "date-time"},
          "smtp": {"$ref": "#/components/schemas/SmtpReply"}
        }
      },
      "Key": {
        "type": "object",
        "required": [
          "id", "enabled", "description", "allowed_recipient_domains",
          "allowed_recipients", "rate_limit_per_min", "burst",
          "mask_recipient", "effective_rate_limit_per_min",
          "effective_burst"
        ],
        "properties": {
          "id": {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$"},
          "enabled": {"type": "boolean"},
          "description": {"type": ["string", "null"]},
          "allowed_recipient_domains": {
            "type": "array",
            "items": {"type": "string"}
          },
          "allowed_recipients": {
            "type": "array",
            "items": {"type": "string"}
          },
          "rate_limit_per_min": {
            "type": ["number", "null"],
            "exclusiveMinimum": 0
          },
          "burst": {"type": ["number", "null"], "minimum": 1},
          "mask_recipient": {"type": "boolean"},
          "effective_rate_limit_per_min": {
            "type": ["number", "null"],
            "exclusiveMinimum": 0
          },
          "effective_burst": {"type": ["number", "null"], "minimum": 1}
        }
      },
      "Health": {
        "type": "object",
        "required": ["status", "version"],
        "properties": {
          "status": {"const": "ok"},
          "version": {"type": "string"}
        }
      },
      "Ready": {
        "type": "object",
        "required": ["status", "smtp"],
        "properties": {
          "status": {"const": "ready"},
          "smtp": {"const": "ok"}
        }
      },
      "NotReady": {
        "type": "object",
        "required": ["status", "smtp"],
        "properties": {
          "status": {"const": "not_ready"},
          "smtp": {"const": "unavailable"}
        }
      }
)json";
