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
 * The errors that a client can be told (api.md, "Errors"): each code with its
 * name, its HTTP status and whether trying again may help.
 */

#ifndef RELAYD_HTTP_API_ERROR_H
#define RELAYD_HTTP_API_ERROR_H

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "log_limit.h"

enum class ErrorCode : std::uint8_t {
	bad_request,
	validation_failed,
	unauthorized,
	forbidden,
	not_found,
	submission_not_found,
	feature_disabled,
	method_not_allowed,
	request_timeout,
	idempotency_in_progress,
	payload_too_large,
	unsupported_media_type,
	idempotency_key_reused,
	rate_limited,
	internal_error,
	smtp_rejected,
	smtp_unavailable,
	overloaded,
	shutting_down,
	status_store_unavailable,
	smtp_outcome_unknown,
	last
};

/* "bad_request", ... */
const char *error_code_name(ErrorCode code);
/* The status that the code has unless HTTP's framing asks for another. */
int error_code_status(ErrorCode code);

/*
 * message is one line, begins with the field's name and a colon where one
 * field is to blame, and never quotes a value that the client sent.
 */
struct ApiError {
	ErrorCode code = ErrorCode::internal_error;
	int status = 500;
	std::string message;
	std::string field; /* "to[3]"; empty: no single field */

	/* For the log: what else than its code says it is, and why. */
	std::optional<LogEvent> event = std::nullopt;
	const char *reason = nullptr;

	/* With the code's own status. */
	static ApiError make(ErrorCode code, std::string message);
	/* bad_request with a status of its own: 411, 414, 417, ... */
	static ApiError framing(int status, std::string message);
	/* "field: what" */
	static ApiError of_field(
	    ErrorCode code, std::string field, std::string_view what);

	/*
	 * The same request may succeed later, and trying cannot deliver it
	 * twice.
	 */
	bool retryable() const;

	LogEvent log_event() const;
	/* The text that is wrong was to be part of a header's line. */
	void note_injection(std::string_view text);
};

#endif
