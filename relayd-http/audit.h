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
 * The audit line: one for every message that somebody wanted to send, from
 * what relayd-http and relayd-smtp know of it; and a line for other requests
 * that are refused.  Never text, subject or secret; recipients as the key's
 * masking has them.
 */

#ifndef RELAYD_HTTP_AUDIT_H
#define RELAYD_HTTP_AUDIT_H

#include "api_error.h"
#include "exchange.h"
#include "messages.h"
#include "send_request.h"

/* Keeps what the line will say of a request's content. */
void audit_remember(Exchange &exchange, const SendRequest &request);

/* error is nullptr when all was well; result when relayd-smtp had no part. */
void audit_log(const Exchange &exchange, int status, const ApiError *error,
    const SubmissionResult *result);

/*
 * A request that was refused before relayd-smtp had a part in it, unless limit
 * says that it is one of too many: an audit line, or for what is no message,
 * and worth a line, one of its own.
 */
void audit_refusal(
    const Exchange &exchange, const ApiError &error, LogLimit &limit);

#endif
