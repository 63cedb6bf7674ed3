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
 * GET /openapi.json: the OpenAPI 3.1 document of the HTTP API, for programs
 * that make clients, tests or pages of it.  It says what the language of the
 * configuration allows at most; what a server allows less is in the texts.
 */

#ifndef RELAYD_HTTP_OPENAPI_H
#define RELAYD_HTTP_OPENAPI_H

#include <string>

/* With the release that this is; made once. */
const std::string &openapi_document();

/* Its parts, each some members of an object, readable as they stand. */
extern const char openapi_info[];
extern const char openapi_headers[];         /* components.headers */
extern const char openapi_answers[];         /* components.responses */
extern const char openapi_request_schemas[]; /* components.schemas */
extern const char openapi_answer_schemas[];
extern const char openapi_paths[];           /* paths */
/* Those of components.responses that are errors, from a table. */
void append_openapi_errors(std::string &out);

#endif
