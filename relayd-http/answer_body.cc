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

#include <cstdio>
#include <ctime>
#include <optional>

#include "answer_body.h"
#include "json_object.h"
#include "json_text.h"

namespace {

/* {"code":250,"enhanced":"2.0.0","reply":"..."}; the last only if shown. */
void
append_smtp(JsonObjectWriter &object, std::string &out, unsigned int code,
    std::string_view enhanced, std::string_view reply)
{
	if (code == 0)
		return;
	object.begin_value("smtp");
	JsonObjectWriter smtp(out);
	smtp.number("code", code);
	if (!enhanced.empty())
		smtp.string("enhanced", enhanced);
	if (!reply.empty())
		smtp.string("reply", reply);
	smtp.end();
}

std::string_view
shown_reply(const SubmissionResult &result)
{
	return (result.show_reply ? std::string_view(result.reply) :
	    std::string_view());
}

std::string
field_of(const RefusedRecipient &recipient, const PostedLists &posted)
{
	std::string field = recipient.cc ? "cc" : "to";

	if (recipient.cc ? posted.cc_is_string : posted.to_is_string)
		return (field);
	return (field + "[" + std::to_string(recipient.index) + "]");
}

/* [{"field":"to[1]","code":550,"enhanced":"5.1.1"}] */
void
append_refused(std::string &out,
    const std::vector<RefusedRecipient> &recipients,
    const PostedLists &posted)
{
	bool first = true;

	out += '[';
	for (const RefusedRecipient &recipient : recipients) {
		if (!first)
			out += ',';
		first = false;
		JsonObjectWriter object(out);
		object.string("field", field_of(recipient, posted));
		object.number("code", recipient.code);
		if (!recipient.enhanced.empty())
			object.string("enhanced", recipient.enhanced);
		object.end();
	}
	out += ']';
}

void
append_error_members(JsonObjectWriter &object, std::string_view request_id,
    const ApiError &error)
{
	object.string("status", "error");
	object.string("code", error_code_name(error.code));
	object.string("message", error.message);
	object.string("request_id", request_id);
	if (!error.field.empty())
		object.string("field", error.field);
	object.boolean("retryable", error.retryable());
}

ErrorCode
code_of(Outcome outcome)
{
	switch (outcome) {
	case Outcome::rejected:
		return (ErrorCode::smtp_rejected);
	case Outcome::unavailable:
		return (ErrorCode::smtp_unavailable);
	case Outcome::unknown:
		return (ErrorCode::smtp_outcome_unknown);
	case Outcome::too_large:
		return (ErrorCode::payload_too_large);
	case Outcome::overloaded:
	case Outcome::canceled: /* the client is not there to read it */
		return (ErrorCode::overloaded);
	case Outcome::shutting_down:
		return (ErrorCode::shutting_down);
	case Outcome::forbidden:
		return (ErrorCode::forbidden);
	case Outcome::invalid:
		return (ErrorCode::validation_failed);
	case Outcome::rate_limited:
		return (ErrorCode::rate_limited);
	case Outcome::in_progress:
		return (ErrorCode::idempotency_in_progress);
	case Outcome::other_content:
		return (ErrorCode::idempotency_key_reused);
	case Outcome::store_unavailable:
		return (ErrorCode::status_store_unavailable);
	case Outcome::accepted:
		break;
	}
	return (ErrorCode::internal_error);
}

/* RFC 3339 in UTC with milliseconds: 2026-05-10T12:00:00.123Z */
void
append_time(
    JsonObjectWriter &object, std::string_view name, std::int64_t since_1970_ms)
{
	auto seconds = static_cast<std::time_t>(since_1970_ms / 1000);
	char text[64];
	struct tm tm;

	if (gmtime_r(&seconds, &tm) == nullptr) {
		object.string_or_null(name, {});
		return;
	}
	int length = std::snprintf(text, sizeof(text),
	    "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", tm.tm_year + 1900,
	    tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
	    static_cast<int>(since_1970_ms % 1000));
	object.string(
	    name, std::string_view(text, static_cast<std::size_t>(length)));
}

template <typename Wanted>
void
append_entries(std::string &out, const std::vector<std::string> &entries,
    Wanted wanted)
{
	bool first = true;

	out += '[';
	for (const std::string &entry : entries) {
		if (!wanted(entry))
			continue;
		if (!first)
			out += ',';
		first = false;
		append_json_string(out, entry);
	}
	out += ']';
}

bool
is_address(const std::string &policy_entry)
{
	return (policy_entry.find('@') != std::string::npos);
}

/* nullopt: there is none, or it is `none'. */
std::optional<double>
per_minute(const RateLimit &limit)
{
	if (limit.none())
		return (std::nullopt);
	return (limit.per_minute());
}

std::optional<double>
burst(const RateLimit &limit)
{
	if (limit.none())
		return (std::nullopt);
	return (limit.burst);
}

} /* namespace */

void
append_accepted(std::string &out, std::string_view request_id,
    const SubmissionResult &result)
{
	JsonObjectWriter object(out);

	object.string("status", "accepted");
	object.string("request_id", request_id);
	object.string("message_id", result.message_id);
	append_smtp(
	    object, out, result.code, result.enhanced, shown_reply(result));
	object.end();
}

void
append_bulk_result(std::string &out, const BulkResult &result)
{
	JsonObjectWriter object(out);
	const ApiError *error = result.error;
	bool unknown = error != nullptr &&
	    error->code == ErrorCode::smtp_outcome_unknown;

	object.number("index", result.index);
	object.string("request_id", result.request_id);
	object.string("status", error == nullptr ? "accepted"
	    : unknown ? "unknown" : "rejected");
	if (error == nullptr || unknown)
		object.string("message_id", result.message_id);
	if (error != nullptr) {
		object.string("code", error_code_name(error->code));
		object.string("message", error->message);
		if (!error->field.empty())
			object.string("field", error->field);
		object.boolean("retryable", error->retryable());
	}
	if (result.replayed)
		object.boolean("replayed", true);
	object.end();
}

void
append_bulk(std::string &out, std::string_view request_id,
    std::size_t accepted, std::size_t rejected,
    const std::vector<std::string> &results)
{
	JsonObjectWriter object(out);
	char before = '[';

	object.string("bulk_request_id", request_id);
	object.number("total", results.size());
	object.number("accepted", accepted);
	object.number("rejected", rejected);
	object.begin_value("results");
	for (const std::string &result : results) {
		out += before;
		out += result;
		before = ',';
	}
	out += ']';
	object.end();
}

void
append_valid(std::string &out, std::string_view request_id)
{
	JsonObjectWriter object(out);

	object.string("status", "valid");
	object.string("request_id", request_id);
	object.end();
}

void
append_error(
    std::string &out, std::string_view request_id, const ApiError &error)
{
	JsonObjectWriter object(out);

	append_error_members(object, request_id, error);
	object.end();
}

ApiError
submission_error(const SubmissionResult &result, const PostedLists &posted)
{
	ApiError error = ApiError::make(code_of(result.outcome),
	    result.message);

	if (result.outcome == Outcome::invalid)
		error.field = result.field;
	if ((posted.to_is_string && error.field == "to[0]") ||
	    (posted.cc_is_string && error.field == "cc[0]"))
		error.field.resize(2);
	return (error);
}

void
append_submission_error(std::string &out, std::string_view request_id,
    const ApiError &error, const SubmissionResult &result,
    const PostedLists &posted)
{
	JsonObjectWriter object(out);

	append_error_members(object, request_id, error);
	append_smtp(
	    object, out, result.code, result.enhanced, shown_reply(result));
	if (!result.refused.empty()) {
		object.begin_value("recipients");
		append_refused(out, result.refused, posted);
	}
	if (error.code == ErrorCode::smtp_outcome_unknown)
		object.string("message_id", result.message_id);
	object.end();
}

void
append_submission(std::string &out, const LedgerEntry &entry)
{
	JsonObjectWriter object(out);

	object.string("request_id", entry.request_id.text());
	object.string("status", ledger_status_name(entry.status));
	object.string_or_null("code", entry.code);
	object.string_or_null("message", entry.message);
	object.string_or_null("message_id", entry.message_id);
	object.begin_value("recipient_domains");
	append_entries(out, entry.recipient_domains,
	    [](const std::string &) { return (true); });
	object.number("recipient_count", entry.recipient_count);
	object.number("recipient_domain_count", entry.recipient_domain_count);
	append_time(object, "created_at", entry.created_ms);
	append_time(object, "updated_at", entry.updated_ms);
	append_time(object, "expires_at", entry.expires_ms);
	append_smtp(object, out, entry.smtp_code, entry.smtp_enhanced,
	    entry.show_reply ? std::string_view(entry.smtp_reply) :
	    std::string_view());
	object.end();
}

void
append_submission_not_found(std::string &out, std::string_view request_id,
    std::string_view target_request_id)
{
	JsonObjectWriter object(out);

	append_error_members(object, request_id,
	    ApiError::make(ErrorCode::submission_not_found,
	    "there is no such submission, or it has expired"));
	object.string("target_request_id", target_request_id);
	object.end();
}

void
append_key(std::string &out, const HttpKey &key)
{
	JsonObjectWriter object(out);
	const std::vector<std::string> none;
	const std::vector<std::string> &entries =
	    key.recipients ? key.recipients->entries() : none;
	RateLimit own = key.own_limit.value_or(RateLimit());

	object.string("id", key.name);
	object.boolean("enabled", key.enabled);
	object.string_or_null("description", key.description);
	object.begin_value("allowed_recipient_domains");
	append_entries(out, entries,
	    [](const std::string &entry) { return (!is_address(entry)); });
	object.begin_value("allowed_recipients");
	append_entries(out, entries, is_address);
	object.number_or_null("rate_limit_per_min", per_minute(own));
	object.number_or_null("burst", burst(own));
	object.boolean("mask_recipient", key.mask_recipients);
	object.number_or_null(
	    "effective_rate_limit_per_min", per_minute(key.limit));
	object.number_or_null("effective_burst", burst(key.limit));
	object.end();
}

void
append_health(std::string &out, std::string_view version)
{
	JsonObjectWriter object(out);

	object.string("status", "ok");
	object.string("version", version);
	object.end();
}

void
append_readiness(std::string &out, bool ready)
{
	JsonObjectWriter object(out);

	object.string("status", ready ? "ready" : "not_ready");
	object.string("smtp", ready ? "ok" : "unavailable");
	object.end();
}
