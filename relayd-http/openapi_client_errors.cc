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

/* The errors of 400 and up: each status with its codes (api_error.h). */

#include "openapi.h"

const char openapi_client_errors[] = R"json(      "BadRequest": {
        "description": "Not HTTP as RFC 9110 and 9112 have it, or a trusted proxy does not name its client.",
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
              "message": "Host is missing",
              "request_id": "req_01JX5V0K9Q8Z3M7N2B4C6D8F0G",
              "retryable": false
            }
          }
        }
      },
      "BadMessage": {
        "description": "Not HTTP, not JSON, a wrong Idempotency-Key or dry_run (`bad_request`); or a field is wrong (`validation_failed`).",
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
                "code": {"enum": ["bad_request", "validation_failed"]},
                "retryable": {"const": false}
              }
            },
            "example": {
              "status": "error",
              "code": "validation_failed",
              "message": "attachments[1].filename: must not contain a path separator",
              "request_id": "req_01JX5V0K9Q8Z3M7N2B4C6D8F0G",
              "field": "attachments[1].filename",
              "retryable": false
            }
          }
        }
      },
      "Unauthorized": {
        "description": "No key was presented, or it is malformed.",
        "headers": {
          "X-Request-Id": {"$ref": "#/components/headers/XRequestId"},
          "Date": {"$ref": "#/components/headers/Date"},
          "Cache-Control": {"$ref": "#/components/headers/CacheControl"},
          "WWW-Authenticate": {"$ref": "#/components/headers/WwwAuthenticate"}
        },
        "content": {
          "application/json": {
            "schema": {
              "allOf": [{"$ref": "#/components/schemas/Error"}],
              "properties": {
                "code": {"enum": ["unauthorized"]},
                "retryable": {"const": false}
              }
            },
            "example": {
              "status": "error",
              "code": "unauthorized",
              "message": "an API key is needed: Authorization: Bearer, or X-API-Key",
              "request_id": "req_01JX5V0K9Q8Z3M7N2B4C6D8F0G",
              "retryable": false
            }
          }
        }
      },
      "Forbidden": {
        "description": "This address, or the key that was presented, may not do this. An unknown and a disabled key are told the same.",
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
                "code": {"enum": ["forbidden"]},
                "retryable": {"const": false}
              }
            },
            "example": {
              "status": "error",
              "code": "forbidden",
              "message": "the API key is not valid here",
              "request_id": "req_01JX5V0K9Q8Z3M7N2B4C6D8F0G",
              "retryable": false
            }
          }
        }
      },
      "NotFound": {
        "description": "On a listener for monitoring there is no such path.",
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
                "code": {"enum": ["not_found"]},
                "retryable": {"const": false}
              }
            },
            "example": {
              "status": "error",
              "code": "not_found",
              "message": "no such path",
              "request_id": "req_01JX5V0K9Q8Z3M7N2B4C6D8F0G",
              "retryable": false
            }
          }
        }
      },
      "NotEnabled": {
        "description": "Something that the message needs is switched off on this server or for this key (`feature_disabled`); or there is no such path on a listener for monitoring (`not_found`).",
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
                "code": {"enum": ["feature_disabled", "not_found"]},
                "retryable": {"const": false}
              }
            },
            "example": {
              "status": "error",
              "code": "feature_disabled",
              "message": "body_html: HTML is not enabled on this server",
              "request_id": "req_01JX5V0K9Q8Z3M7N2B4C6D8F0G",
              "field": "body_html",
              "retryable": false
            }
          }
        }
      },
      "NoSubmission": {
        "description": "There is no such submission, for this key (`submission_not_found`); or there is no such path on a listener for monitoring (`not_found`).",
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
                "code": {"enum": ["submission_not_found", "not_found"]},
                "retryable": {"const": false}
              }
            },
            "example": {
              "status": "error",
              "code": "submission_not_found",
              "message": "there is no such submission, or it has expired",
              "request_id": "req_01JX5V0K9Q8Z3M7N2B4C6D8F0G",
              "target_request_id": "req_01JX5V0K9Q8Z3M7N2B4C6D8F0H",
              "retryable": false
            }
          }
        }
      },
      "MethodNotAllowed": {
        "description": "The path does not have this method; Allow says which it has.",
        "headers": {
          "X-Request-Id": {"$ref": "#/components/headers/XRequestId"},
          "Date": {"$ref": "#/components/headers/Date"},
          "Cache-Control": {"$ref": "#/components/headers/CacheControl"},
          "Allow": {"$ref": "#/components/headers/Allow"}
        },
        "content": {
          "application/json": {
            "schema": {
              "allOf": [{"$ref": "#/components/schemas/Error"}],
              "properties": {
                "code": {"enum": ["method_not_allowed"]},
                "retryable": {"const": false}
              }
            },
            "example": {
              "status": "error",
              "code": "method_not_allowed",
              "message": "the path does not have this method",
              "request_id": "req_01JX5V0K9Q8Z3M7N2B4C6D8F0G",
              "retryable": false
            }
          }
        }
      },
      "RequestTimeout": {
        "description": "Head or body did not arrive in time.",
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
                "code": {"enum": ["request_timeout"]},
                "retryable": {"const": true}
              }
            },
            "example": {
              "status": "error",
              "code": "request_timeout",
              "message": "the body did not arrive in time",
              "request_id": "req_01JX5V0K9Q8Z3M7N2B4C6D8F0G",
              "retryable": true
            }
          }
        }
      },
      "InProgress": {
        "description": "The first request with this Idempotency-Key is not finished.",
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
                "code": {"enum": ["idempotency_in_progress"]},
                "retryable": {"const": true}
              }
            },
            "example": {
              "status": "error",
              "code": "idempotency_in_progress",
              "message": "the first request with this Idempotency-Key is not finished",
              "request_id": "req_01JX5V0K9Q8Z3M7N2B4C6D8F0G",
              "retryable": true
            }
          }
        }
      },
      "LengthRequired": {
        "description": "A POST needs Content-Length or chunked.",
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
              "message": "a POST needs Content-Length or chunked",
              "request_id": "req_01JX5V0K9Q8Z3M7N2B4C6D8F0G",
              "retryable": false
            }
          }
        }
      },
      "TooLarge": {
        "description": "Larger than this server allows, or than the mail server takes.",
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
                "code": {"enum": ["payload_too_large"]},
                "retryable": {"const": false}
              }
            },
            "example": {
              "status": "error",
              "code": "payload_too_large",
              "message": "the request is larger than is allowed here",
              "request_id": "req_01JX5V0K9Q8Z3M7N2B4C6D8F0G",
              "retryable": false
            }
          }
        }
      },
      "TargetTooLong": {
        "description": "The request line is longer than 8 KiB.",
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
              "message": "the request line is longer than 8 KiB",
              "request_id": "req_01JX5V0K9Q8Z3M7N2B4C6D8F0G",
              "retryable": false
            }
          }
        }
      },
      "UnsupportedMediaType": {
        "description": "Not application/json in UTF-8, or with a Content-Encoding.",
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
                "code": {"enum": ["unsupported_media_type"]},
                "retryable": {"const": false}
              }
            },
            "example": {
              "status": "error",
              "code": "unsupported_media_type",
              "message": "Content-Type must be application/json",
              "request_id": "req_01JX5V0K9Q8Z3M7N2B4C6D8F0G",
              "retryable": false
            }
          }
        }
      },
      "ExpectationFailed": {
        "description": "100-continue is the only expectation known.",
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
              "message": "100-continue is the only expectation known here",
              "request_id": "req_01JX5V0K9Q8Z3M7N2B4C6D8F0G",
              "retryable": false
            }
          }
        }
      },
      "KeyReused": {
        "description": "This Idempotency-Key was used for another message.",
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
                "code": {"enum": ["idempotency_key_reused"]},
                "retryable": {"const": false}
              }
            },
            "example": {
              "status": "error",
              "code": "idempotency_key_reused",
              "message": "the Idempotency-Key was used for another message",
              "request_id": "req_01JX5V0K9Q8Z3M7N2B4C6D8F0G",
              "retryable": false
            }
          }
        }
      },
      "RateLimited": {
        "description": "A bucket ran dry: RateLimit-Policy says which.",
        "headers": {
          "X-Request-Id": {"$ref": "#/components/headers/XRequestId"},
          "Date": {"$ref": "#/components/headers/Date"},
          "Cache-Control": {"$ref": "#/components/headers/CacheControl"},
          "RateLimit-Policy": {"$ref": "#/components/headers/RateLimitPolicy"},
          "RateLimit": {"$ref": "#/components/headers/RateLimit"},
          "Retry-After": {"$ref": "#/components/headers/RetryAfter"}
        },
        "content": {
          "application/json": {
            "schema": {
              "allOf": [{"$ref": "#/components/schemas/Error"}],
              "properties": {
                "code": {"enum": ["rate_limited"]},
                "retryable": {"const": true}
              }
            },
            "example": {
              "status": "error",
              "code": "rate_limited",
              "message": "too many requests",
              "request_id": "req_01JX5V0K9Q8Z3M7N2B4C6D8F0G",
              "retryable": true
            }
          }
        }
      },
      "HeadTooLarge": {
        "description": "More than 32 KiB or 100 fields in the head or the trailers.",
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
              "message": "the head is larger than 32 KiB",
              "request_id": "req_01JX5V0K9Q8Z3M7N2B4C6D8F0G",
              "retryable": false
            }
          }
        }
      },
)json";
