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

/* What is posted (send_request.h, attachment.h, bulk.h). */

#include "openapi.h"

const char openapi_request_schemas[] = R"json(      "Message": {
        "type": "object",
        "additionalProperties": false,
        "description": "null, or an empty array, in a field that is not required is the same as no such field. A member that is not listed is 400, and so is a control character in a text that ends in a header.",
        "required": ["to", "subject", "body"],
        "not": {
          "description": "Both spellings of the HTML together",
          "required": ["body_html", "html_body"],
          "properties": {
            "body_html": {"type": "string"},
            "html_body": {"type": "string"}
          }
        },
        "properties": {
          "to": {
            "description": "1 to `max recipients` (10 unless configured) together with cc. Domain or address must be allowed by the server's list, and by the key's if it has one.",
            "oneOf": [
              {"$ref": "#/components/schemas/Address"},
              {
                "type": "array",
                "minItems": 1,
                "maxItems": 1000,
                "items": {"$ref": "#/components/schemas/Address"}
              }
            ]
          },
          "cc": {
            "oneOf": [
              {"$ref": "#/components/schemas/Address"},
              {
                "type": "array",
                "maxItems": 1000,
                "items": {"$ref": "#/components/schemas/Address"}
              },
              {"type": "null"}
            ]
          },
          "subject": {
            "type": "string",
            "description": "Not blank; at most `max subject` characters (255 unless configured). TAB is the only control character allowed.",
            "minLength": 1,
            "maxLength": 998,
            "pattern": "^[^\\u0000-\\u0008\\u000a-\\u001f\\u007f-\\u009f\\u2028\\u2029]*[^\\u0000-\\u001f\\u007f-\\u009f\\u2028\\u2029 \\u00a0\\u1680\\u2000-\\u200a\\u202f\\u205f\\u3000][^\\u0000-\\u0008\\u000a-\\u001f\\u007f-\\u009f\\u2028\\u2029]*$"
          },
          "body": {
            "type": "string",
            "description": "The text; may be empty; CRLF and LF are line breaks. At most `max body` octets of UTF-8 (65,536 unless configured); no NUL.",
            "maxLength": 134217728,
            "pattern": "^[^\\u0000]*$"
          },
          "body_html": {
            "type": ["string", "null"],
            "description": "The same as HTML; as body. 404 `feature_disabled` unless the server has `mail { html }`.",
            "maxLength": 134217728,
            "pattern": "^[^\\u0000]*$"
          },
          "html_body": {
            "type": ["string", "null"],
            "description": "Another spelling of body_html; both together are an error.",
            "maxLength": 134217728,
            "pattern": "^[^\\u0000]*$"
          },
          "from_name": {
            "type": ["string", "null"],
            "description": "Display name on the configured From. Empty: the configured one.",
            "maxLength": 128,
            "pattern": "^[^\\u0000-\\u001f\\u007f-\\u009f\\u2028\\u2029]*$"
          },
          "reply_to": {
            "description": "Where replies go. An address literal is allowed only where the configured recipients list it.",
            "oneOf": [
              {"$ref": "#/components/schemas/Address"},
              {
                "type": "array",
                "maxItems": 10,
                "items": {"$ref": "#/components/schemas/Address"}
              },
              {"type": "null"}
            ]
          },
          "attachments": {
            "type": ["array", "null"],
            "description": "As many and as large as configured. 404 `feature_disabled` unless the server has `mail { attachments }`.",
            "maxItems": 100,
            "items": {"$ref": "#/components/schemas/Attachment"}
          },
          "metadata": {
            "type": ["object", "null"],
            "description": "Logged, never mailed. At most 4,096 octets as JSON without white space.",
            "properties": {
              "request_id": {
                "description": "A string is logged as `client_request_id`."
              }
            },
            "additionalProperties": true
          }
        }
      },
      "Attachment": {
        "type": "object",
        "additionalProperties": false,
        "required": ["filename", "content_type", "data"],
        "properties": {
          "filename": {
            "type": "string",
            "description": "1 to 255 octets of UTF-8, no path separator",
            "minLength": 1,
            "maxLength": 255,
            "pattern": "^[^\\u0000-\\u001f\\u007f-\\u009f\\u2028\\u2029/\\\\]+$"
          },
          "content_type": {
            "type": "string",
            "description": "RFC 2045 5.1 in ASCII; no parameter twice; neither multipart nor message",
            "maxLength": 255,
            "pattern": "^[!#$%&'*+\\-.0-9A-Z^_`a-z{|}~]+/[!#$%&'*+\\-.0-9A-Z^_`a-z{|}~]+( *; *[!#$%&'*+\\-.0-9A-Z^_`a-z{|}~]+=([!#$%&'*+\\-.0-9A-Z^_`a-z{|}~]+|\"([ !#-\\[\\]-~]|\\\\[ -~])*\"))*$",
            "not": {
              "pattern": "^([Mm][Uu][Ll][Tt][Ii][Pp][Aa][Rr][Tt]|[Mm][Ee][Ss][Ss][Aa][Gg][Ee])/"
            }
          },
          "data": {
            "type": "string",
            "description": "Standard base64 in one line, with padding. Decoded at most the configured `size` each and `total` together.",
            "contentEncoding": "base64",
            "maxLength": 134217728,
            "pattern": "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?$"
          },
          "content_id": {
            "type": ["string", "null"],
            "description": "The attachment is shown inline, where the HTML says `cid:` and this. Needs body_html; unique in the message.",
            "maxLength": 255,
            "pattern": "^[A-Za-z0-9!#$%&'*+\\-/=?^_`{|}~]+(\\.[A-Za-z0-9!#$%&'*+\\-/=?^_`{|}~]+)*(@[A-Za-z0-9]([A-Za-z0-9\\-]{0,61}[A-Za-z0-9])?(\\.[A-Za-z0-9]([A-Za-z0-9\\-]{0,61}[A-Za-z0-9])?)*)?$"
          }
        }
      },
      "Address": {
        "type": "string",
        "description": "One addr-spec (RFC 5321): a local part of at most 64 octets, dot-atom or quoted; a domain of LDH labels, or an address literal where the server's list has it; at most 254 octets. A local part that is not ASCII needs a mail server that offers SMTPUTF8.",
        "minLength": 3,
        "maxLength": 254,
        "pattern": "^([^\\u0000- \"(),.:;<>@\\[\\\\\\]\\u007f-\\u009f\\u2028\\u2029]+(\\.[^\\u0000- \"(),.:;<>@\\[\\\\\\]\\u007f-\\u009f\\u2028\\u2029]+)*|\"([^\\u0000-\\u001f\"\\\\\\u007f-\\u009f\\u2028\\u2029]|\\\\[ -~])*\")@([A-Za-z0-9]([A-Za-z0-9\\-]{0,61}[A-Za-z0-9])?(\\.[A-Za-z0-9]([A-Za-z0-9\\-]{0,61}[A-Za-z0-9])?)*|\\[[0-9A-Fa-f:.IPVipv]+\\])$"
      },
      "Bulk": {
        "type": "object",
        "additionalProperties": false,
        "required": ["messages"],
        "properties": {
          "messages": {
            "type": "array",
            "description": "As many as `mail { bulk }` says: more are 413; none is 400 `bad_request`. Each is judged for itself.",
            "minItems": 1,
            "maxItems": 10000,
            "items": {"$ref": "#/components/schemas/Message"}
          }
        }
      },
)json";
