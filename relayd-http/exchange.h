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

/* One request on its way to its answer: what everybody needs to know of it. */

#ifndef RELAYD_HTTP_EXCHANGE_H
#define RELAYD_HTTP_EXCHANGE_H

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "address.h"
#include "answer.h"
#include "answer_body.h"
#include "api_error.h"
#include "event_loop.h"
#include "memory_hold.h"
#include "request_id.h"
#include "routes.h"
#include "serving_config.h"
#include "tally.h"

struct Exchange {
	RequestId id;
	SharedConfig serving; /* in force when the head was complete */
	IpAddress peer;
	/* The peer, or whom trusted proxies name in PROXY or a field. */
	IpAddress client;
	/* It came through a proxy that is not trusted. */
	bool client_hidden = false;
	Resource resource = Resource::none;
	bool versioned = false; /* below /v1/: source list and key count */
	bool posted = false;
	bool head_only = false; /* HEAD: the answer's body is left out */
	bool version_1_0 = false;
	bool keep_alive = false;
	bool dry_run = false; /* nothing is sent, nothing is kept */
	std::string idempotency_key; /* unquoted; empty: none */
	std::string target_id; /* of a look-up, as it was asked for */

	/* A message of a bulk request: that one's id, and its place there. */
	std::optional<RequestId> bulk_id;
	std::uint32_t bulk_index = 0;

	/* Once the key was found; it lives as long as serving. */
	const HttpKey *key = nullptr;
	KeyProof proof{};
	RateLimitReport key_limit; /* policy is nullptr until it was asked */

	InFlight in_flight;
	PostedLists posted_lists;
	MemoryHold memory; /* what of its body counts against `max memory' */

	/* For the audit line. */
	std::shared_ptr<const std::string> certificate_subject; /* or nullptr */
	std::uint64_t octets = 0; /* of the body */
	std::size_t recipient_count = 0;
	std::string recipients; /* masked as configured */
	std::string client_request_id;
	std::string metadata;
	Clock::time_point begun; /* its first octet */
	Clock::time_point admitted; /* its head was complete and allowed */
	Clock::time_point received; /* so was its body */

	const HttpConfig &config() const
	{
		return (serving->config);
	}
};

/* Why a request is refused, and what the answer's head says beyond that. */
struct Refusal {
	ApiError error;
	std::string_view allow; /* with 405 */
	std::uint64_t retry_after = 0; /* seconds; 0: none */
	RateLimitReport rate_limit; /* the bucket that ran dry, or nullptr */
	std::optional<AuthFailure> auth_failure; /* to be counted */

	explicit Refusal(ApiError why) : error(std::move(why))
	{
	}
	Refusal(ErrorCode code, const char *message)
	    : error(ApiError::make(code, message))
	{
	}
	/* What the log says of it beyond that. */
	Refusal(ErrorCode code, const char *message, LogEvent event,
	    const char *reason)
	    : Refusal(code, message)
	{
		error.event = event;
		error.reason = reason;
	}
};

/* What is sent, but for what the connection adds. */
struct Answer {
	int status = 200;
	std::string_view content_type = json_media_type;
	std::string body;
	std::string_view allow;
	bool authenticate = false;
	std::uint64_t retry_after = 0;
	RateLimitReport rate_limit; /* policy nullptr: none */
	bool replayed = false; /* of a request before this one */

	/* Keeps the body's storage. */
	void clear()
	{
		status = 200;
		content_type = json_media_type;
		body.clear();
		allow = {};
		authenticate = false;
		retry_after = 0;
		rate_limit = RateLimitReport();
		replayed = false;
	}
};

#endif
