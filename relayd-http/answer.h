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
 * The head of an answer, and the answer as a whole.  What is in the bodies is
 * in answer_body.h.
 */

#ifndef RELAYD_HTTP_ANSWER_H
#define RELAYD_HTTP_ANSWER_H

#include <cstdint>
#include <ctime>
#include <string>
#include <string_view>

#include "rate_limit.h"

/* The value of Date (IMF-fixdate, RFC 9110 5.6.7), made once a second. */
class HttpDate {
public:
	/* Valid until the next call. */
	std::string_view at(std::time_t now);

private:
	std::time_t second = 0;
	std::size_t length = 0; /* of text; 0: none was made yet */
	char text[64];
};

/* What is said about the connection (RFC 9112 9.3). */
enum class Persistence : std::uint8_t {
	implied,    /* 1.1, kept: nothing */
	keep_alive, /* 1.0, kept because the client asked */
	close
};

/*
 * A bucket as the client is told of it
 * (draft-ietf-httpapi-ratelimit-headers).
 */
struct RateLimitReport {
	const char *policy = nullptr; /* "key", "address", "global" */
	RateLimit limit;
	RateDecision decision;
};

/* Seconds until the next unit, as RateLimit's t and Retry-After have them. */
std::uint64_t seconds_to_next_unit(std::uint64_t next_unit_ns);

constexpr std::string_view json_media_type = "application/json";

/* The views need to live until append_answer() has returned. */
struct AnswerHead {
	int status = 200;
	std::string_view request_id; /* "req_..." */
	std::string_view date; /* HttpDate::at() */
	Persistence persistence = Persistence::implied;
	bool body_omitted = false; /* HEAD: Content-Length, and no body */
	std::string_view content_type = json_media_type;
	std::string_view allow; /* with 405: "GET, HEAD" */
	bool authenticate = false; /* with 401: WWW-Authenticate: Bearer */
	std::uint64_t retry_after = 0; /* seconds; 0: no such field */
	const RateLimitReport *rate_limit = nullptr;
	bool replayed = false; /* Idempotent-Replayed */
};

/* Appends status line, fields, empty line and body. */
void append_answer(
    std::string &out, const AnswerHead &head, std::string_view body);

/* The interim answer to Expect: 100-continue. */
constexpr std::string_view continue_answer = "HTTP/1.1 100 Continue\r\n\r\n";

#endif
