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

/* The answers of 400 and up: each with its codes (api_error.h). */

#include <algorithm>
#include <string_view>
#include <vector>

#include "api_error.h"
#include "json_text.h"
#include "openapi.h"

namespace {

struct ErrorAnswer {
	const char *name;
	std::string_view description;
	std::vector<ErrorCode> codes; /* the first one is the example's */
	std::string_view message; /* of the example */
	const char *headers = ""; /* beyond those of every answer */
	const char *members = ""; /* of the example, beyond all errors' */
};

constexpr const char *authenticate =
    R"("WWW-Authenticate": {"$ref": "#/components/headers/WwwAuthenticate"})";
constexpr const char *allow =
    R"("Allow": {"$ref": "#/components/headers/Allow"})";
constexpr const char *rate_limit =
    R"("RateLimit-Policy": {"$ref": "#/components/headers/RateLimitPolicy"},
          "RateLimit": {"$ref": "#/components/headers/RateLimit"},
          "Retry-After": {"$ref": "#/components/headers/RetryAfter"})";
constexpr const char *replayed = R"("Idempotent-Replayed": )"
    R"({"$ref": "#/components/headers/IdempotentReplayed"})";
constexpr const char *retry_after =
    R"("Retry-After": {"$ref": "#/components/headers/RetryAfter"})";

const std::vector<ErrorAnswer> answers = {
    {"BadRequest",
	"Not HTTP as RFC 9110 and 9112 have it, or a trusted "
	"proxy does not name its client.",
	{ErrorCode::bad_request},
	"Host is missing"},
    {"BadMessage",
	"Not HTTP, not JSON, more values in it than a message can "
	"have, a wrong Idempotency-Key or dry_run "
	"(`bad_request`); or a field is wrong "
	"(`validation_failed`).",
	{ErrorCode::validation_failed, ErrorCode::bad_request},
	"attachments[1].filename: must not contain a path "
	"separator",
	"",
	R"("field": "attachments[1].filename")"},
    {"Unauthorized",
	"No key was presented, or it is malformed.",
	{ErrorCode::unauthorized},
	"an API key is needed: Authorization: Bearer, or "
	"X-API-Key",
	authenticate},
    {"Forbidden",
	"This address, or the key that was presented, may not do "
	"this. An unknown and a disabled key are told the same.",
	{ErrorCode::forbidden},
	"the API key is not valid here"},
    {"NotFound",
	"On a listener for monitoring there is no such path.",
	{ErrorCode::not_found},
	"no such path"},
    {"NotEnabled",
	"Something that the message needs is switched off on "
	"this server or for this key (`feature_disabled`); or "
	"there is no such path on a listener for monitoring "
	"(`not_found`).",
	{ErrorCode::feature_disabled, ErrorCode::not_found},
	"body_html: HTML is not enabled on this server",
	"",
	R"("field": "body_html")"},
    {"NoSubmission",
	"There is no such submission, for this key "
	"(`submission_not_found`); or there is no such path on a "
	"listener for monitoring (`not_found`).",
	{ErrorCode::submission_not_found, ErrorCode::not_found},
	"there is no such submission, or it has expired",
	"",
	R"("target_request_id": "req_01JX5V0K9Q8Z3M7N2B4C6D8F0H")"},
    {"MethodNotAllowed",
	"The path does not have this method; Allow says which it "
	"has.",
	{ErrorCode::method_not_allowed},
	"the path does not have this method",
	allow},
    {"RequestTimeout",
	"Head or body did not arrive in time.",
	{ErrorCode::request_timeout},
	"the body did not arrive in time"},
    {"InProgress",
	"The first request with this Idempotency-Key is not "
	"finished.",
	{ErrorCode::idempotency_in_progress},
	"the first request with this Idempotency-Key is not "
	"finished"},
    {"LengthRequired",
	"A POST needs Content-Length or chunked.",
	{ErrorCode::bad_request},
	"a POST needs Content-Length or chunked"},
    {"TooLarge",
	"Larger than this server allows, or than the mail server "
	"takes.",
	{ErrorCode::payload_too_large},
	"the request is larger than is allowed here"},
    {"TargetTooLong",
	"The request line is longer than 8 KiB.",
	{ErrorCode::bad_request},
	"the request line is longer than 8 KiB"},
    {"UnsupportedMediaType",
	"Not application/json in UTF-8, or with a "
	"Content-Encoding.",
	{ErrorCode::unsupported_media_type},
	"Content-Type must be application/json"},
    {"ExpectationFailed",
	"100-continue is the only expectation known.",
	{ErrorCode::bad_request},
	"100-continue is the only expectation known here"},
    {"KeyReused",
	"This Idempotency-Key was used for another message.",
	{ErrorCode::idempotency_key_reused},
	"the Idempotency-Key was used for another message"},
    {"RateLimited",
	"A bucket ran dry: RateLimit-Policy says which; or, without "
	"that field, the key has too many look-ups in flight.",
	{ErrorCode::rate_limited},
	"too many requests",
	rate_limit},
    {"HeadTooLarge",
	"More than 32 KiB or 100 fields in the head or the "
	"trailers.",
	{ErrorCode::bad_request},
	"the head is larger than 32 KiB"},
    {"InternalError",
	"A bug; it is logged.",
	{ErrorCode::internal_error},
	"internal error"},
    {"NotImplemented",
	"A transfer coding but chunked, or CONNECT.",
	{ErrorCode::bad_request},
	"chunked is the only transfer coding known here"},
    {"MailServerRefused",
	"The mail server said 5yz (`smtp_rejected`, never tried "
	"again); or it could not be reached, or said to try "
	"later (`smtp_unavailable`).",
	{ErrorCode::smtp_rejected, ErrorCode::smtp_unavailable},
	"the mail server refused a recipient",
	replayed,
	R"("smtp": {"code": 550, "enhanced": "5.1.1"}, )"
	R"("recipients": [{"field": "to[1]", "code": 550, )"
	R"("enhanced": "5.1.1"}])"},
    {"Unavailable",
	"Not now; nothing was sent.",
	{ErrorCode::overloaded, ErrorCode::shutting_down,
	    ErrorCode::status_store_unavailable},
	"no mail can be taken at the moment",
	retry_after},
    {"OutcomeUnknown",
	"The message was sent in full, and whether it was taken "
	"is not known: look for its message_id at the mail "
	"server.",
	{ErrorCode::smtp_outcome_unknown},
	"whether the message was sent is not known",
	replayed,
	R"("message_id": "<req_01JX5V0K9Q8Z3M7N2B4C6D8F0G@example.com>")"},
    {"VersionNotSupported",
	"Only HTTP/1.1 and HTTP/1.0 are spoken.",
	{ErrorCode::bad_request},
	"only HTTP/1.1 and HTTP/1.0 are spoken here"},
};

void
append_headers(std::string &out, const ErrorAnswer &answer)
{
	out += R"({
          "X-Request-Id": {"$ref": "#/components/headers/XRequestId"},
          "Date": {"$ref": "#/components/headers/Date"},
          "Cache-Control": {"$ref": "#/components/headers/CacheControl"})";
	if (*answer.headers != '\0')
		(out += ",\n          ") += answer.headers;
	out += "\n        }";
}

bool
is_retryable(ErrorCode code)
{
	return (ApiError::make(code, "").retryable());
}

void
append_schema(std::string &out, const ErrorAnswer &answer)
{
	bool retryable = is_retryable(answer.codes.front());
	const char *before = "[";

	out += R"({
              "allOf": [{"$ref": "#/components/schemas/Error"}],
              "properties": {
                "code": {"enum": )";
	for (ErrorCode code : answer.codes) {
		out += before;
		append_json_string(out, error_code_name(code));
		before = ", ";
	}
	out += "]}";
	if (std::all_of(answer.codes.begin(), answer.codes.end(),
		[&](ErrorCode code) {
			return (is_retryable(code) == retryable);
		}))
		((out += ",\n                \"retryable\": {\"const\": ") +=
		    retryable ? "true" : "false") += '}';
	out += "\n              }\n            }";
}

void
append_example(std::string &out, const ErrorAnswer &answer)
{
	out += R"({
              "status": "error",
              "code": )";
	append_json_string(out, error_code_name(answer.codes.front()));
	out += ",\n              \"message\": ";
	append_json_string(out, answer.message);
	out += R"(,
              "request_id": "req_01JX5V0K9Q8Z3M7N2B4C6D8F0G",
)";
	if (*answer.members != '\0')
		((out += "              ") += answer.members) += ",\n";
	out += "              \"retryable\": ";
	out += is_retryable(answer.codes.front()) ? "true" : "false";
	out += "\n            }";
}

} /* namespace */

void
append_openapi_errors(std::string &out)
{
	for (const ErrorAnswer &answer : answers) {
		if (&answer != &answers.front())
			out += ",\n";
		((out += "      \"") += answer.name) += "\": {\n";
		out += "        \"description\": ";
		append_json_string(out, answer.description);
		out += ",\n        \"headers\": ";
		append_headers(out, answer);
		out += R"(,
        "content": {
          "application/json": {
            "schema": )";
		append_schema(out, answer);
		out += ",\n            \"example\": ";
		append_example(out, answer);
		out += "\n          }\n        }\n      }";
	}
	out += '\n';
}
