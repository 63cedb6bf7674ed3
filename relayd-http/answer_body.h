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
 * The JSON bodies of api.md.  Each function appends one complete document.
 */

#ifndef RELAYD_HTTP_ANSWER_BODY_H
#define RELAYD_HTTP_ANSWER_BODY_H

#include <string>
#include <string_view>
#include <vector>

#include "api_error.h"
#include "http_config.h"
#include "messages.h"
#include "posted_lists.h"

/*
 * 202: result.outcome is accepted.  Here and below request_id is the
 * submission's: that of the first request where this one repeats it.
 */
void append_accepted(std::string &out, std::string_view request_id,
    const SubmissionResult &result);

/* One result of a bulk request: error is nullptr when accepted. */
struct BulkResult {
	std::uint32_t index = 0;
	std::string_view request_id; /* the submission's */
	std::string_view message_id; /* unless rejected */
	const ApiError *error = nullptr;
	bool replayed = false;
};
void append_bulk_result(std::string &out, const BulkResult &result);
/* 202: all of them, each as append_bulk_result() made it. */
void append_bulk(std::string &out, std::string_view request_id,
    std::size_t accepted, std::size_t rejected,
    const std::vector<std::string> &results);

/* 200 to a dry run: all was right, nothing was sent. */
void append_valid(std::string &out, std::string_view request_id);

void append_error(std::string &out, std::string_view request_id,
    const ApiError &error);

/* Any other outcome as the error that the client is told. */
ApiError submission_error(const SubmissionResult &result,
    const PostedLists &posted = PostedLists());
/*
 * The same with what the server said: `smtp', `recipients' where refused,
 * `message_id' where the outcome is unknown.
 */
void append_submission_error(std::string &out, std::string_view request_id,
    const ApiError &error, const SubmissionResult &result,
    const PostedLists &posted = PostedLists());

/* GET /v1/submissions/{id}: its entry, and that there is none (404). */
void append_submission(std::string &out, const LedgerEntry &entry);
void append_submission_not_found(std::string &out,
    std::string_view request_id, std::string_view target_request_id);

/* GET /v1/keys/self */
void append_key(std::string &out, const HttpKey &key);

/* GET /healthz, GET /readyz */
void append_health(std::string &out, std::string_view version);
void append_readiness(std::string &out, bool ready);

#endif
