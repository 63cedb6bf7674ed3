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

#include <array>

#include "api_error.h"
#include "line_text.h"

namespace {

struct ErrorKind {
	const char *name;
	int status;
};

/* In the order of ErrorCode. */
constexpr std::array kinds = {
	ErrorKind{"bad_request", 400},
	ErrorKind{"validation_failed", 400},
	ErrorKind{"unauthorized", 401},
	ErrorKind{"forbidden", 403},
	ErrorKind{"not_found", 404},
	ErrorKind{"submission_not_found", 404},
	ErrorKind{"feature_disabled", 404},
	ErrorKind{"method_not_allowed", 405},
	ErrorKind{"request_timeout", 408},
	ErrorKind{"idempotency_in_progress", 409},
	ErrorKind{"payload_too_large", 413},
	ErrorKind{"unsupported_media_type", 415},
	ErrorKind{"idempotency_key_reused", 422},
	ErrorKind{"rate_limited", 429},
	ErrorKind{"internal_error", 500},
	ErrorKind{"smtp_rejected", 502},
	ErrorKind{"smtp_unavailable", 502},
	ErrorKind{"overloaded", 503},
	ErrorKind{"shutting_down", 503},
	ErrorKind{"status_store_unavailable", 503},
	ErrorKind{"smtp_outcome_unknown", 504},
};
static_assert(kinds.size() == static_cast<std::size_t>(ErrorCode::last));

const ErrorKind &
kind_of(ErrorCode code)
{
	return (kinds[static_cast<std::size_t>(code)]);
}

} /* namespace */

const char *
error_code_name(ErrorCode code)
{
	return (kind_of(code).name);
}

int
error_code_status(ErrorCode code)
{
	return (kind_of(code).status);
}

ApiError
ApiError::make(ErrorCode code, std::string message)
{
	return {code, error_code_status(code), std::move(message), {}};
}

ApiError
ApiError::framing(int status, std::string message)
{
	return {ErrorCode::bad_request, status, std::move(message), {}};
}

ApiError
ApiError::of_field(ErrorCode code, std::string field, std::string_view what)
{
	std::string message;

	message.reserve(field.size() + 2 + what.size());
	message.append(field).append(": ").append(what);
	return {code, error_code_status(code), std::move(message),
	    std::move(field)};
}

bool
ApiError::retryable() const
{
	if (code == ErrorCode::smtp_unavailable)
		return (true);
	return (status == 408 || status == 409 || status == 429 ||
	    status == 503);
}

LogEvent
ApiError::log_event() const
{
	if (event)
		return (*event);
	switch (code) {
	case ErrorCode::bad_request:
		return (LogEvent::bad_request);
	case ErrorCode::validation_failed:
		return (LogEvent::invalid_message);
	case ErrorCode::request_timeout:
		return (LogEvent::request_timeout);
	case ErrorCode::rate_limited:
		return (LogEvent::limit_refusal);
	default:
		return (LogEvent::request_refusal);
	}
}

void
ApiError::note_injection(std::string_view text)
{
	LineText line = inspect_line(text);

	if (line.has_control || line.has_tab)
		event = LogEvent::injection_attempt;
}
