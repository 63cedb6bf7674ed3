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

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "answer.h"
#include "answer_body.h"
#include "catch.h"
#include "json_document.h"

using namespace std::string_literals;

namespace {

constexpr const char *id = "req_01J00000000000000000000000";

AnswerHead
plain_head(int status = 200)
{
	AnswerHead head;

	head.status = status;
	head.request_id = id;
	head.date = "Sun, 06 Nov 1994 08:49:37 GMT";
	return (head);
}

std::string
answer(const AnswerHead &head, std::string_view body = "{}")
{
	std::string out;

	append_answer(out, head, body);
	return (out);
}

bool
has_line(const std::string &text, const std::string &line)
{
	return (text.find("\r\n" + line + "\r\n") != std::string::npos);
}

template <typename... Arguments>
std::string
body(void (*append)(std::string &, Arguments...),
    std::type_identity_t<Arguments>... arguments)
{
	std::string out;

	append(out, arguments...);
	CHECK(JsonDocument::parse(out));
	return (out);
}

SubmissionResult
server_said(Outcome outcome, std::uint16_t code, const char *enhanced = "")
{
	SubmissionResult result;

	result.outcome = outcome;
	result.message = "why";
	result.message_id = "<m@example.com>";
	result.code = code;
	result.enhanced = enhanced;
	result.reply = "Ok: \"queued\"";
	return (result);
}

std::string
submission_body(const SubmissionResult &result)
{
	return (body(append_submission_error, id, submission_error(result),
	    result, PostedLists()));
}

RateLimit
rate(std::uint32_t count, std::uint64_t seconds, std::uint32_t burst)
{
	RateLimit limit;

	limit.count = count;
	limit.period_ns = seconds * 1000000000;
	limit.burst = burst;
	return (limit);
}

} /* namespace */

TEST_CASE("an answer has the fields that every answer has", "[answer]")
{
	CHECK(answer(plain_head(), "{\"a\":1}") ==
	    "HTTP/1.1 200 OK\r\n"
	    "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
	    "X-Request-Id: req_01J00000000000000000000000\r\n"
	    "Cache-Control: no-store\r\n"
	    "Content-Type: application/json\r\n"
	    "Content-Length: 7\r\n"
	    "\r\n"
	    "{\"a\":1}");
}

TEST_CASE("answers are appended", "[answer]")
{
	std::string out = answer(plain_head(), "{}");

	append_answer(out, plain_head(), "{}");
	CHECK(out == answer(plain_head(), "{}") + answer(plain_head(), "{}"));
}

TEST_CASE("an answer to HEAD has the length of what it leaves out", "[answer]")
{
	AnswerHead head = plain_head();

	head.body_omitted = true;
	std::string text = answer(head, "{\"a\":1}");
	CHECK(has_line(text, "Content-Length: 7"));
	CHECK(text.substr(text.size() - 4) == "\r\n\r\n");
}

TEST_CASE("what is said of the connection", "[answer]")
{
	AnswerHead head = plain_head();

	CHECK(answer(head).find("Connection") == std::string::npos);
	head.persistence = Persistence::keep_alive;
	CHECK(has_line(answer(head), "Connection: keep-alive"));
	head.persistence = Persistence::close;
	CHECK(has_line(answer(head), "Connection: close"));
}

TEST_CASE("fields that some answers have", "[answer]")
{
	AnswerHead head = plain_head(401);

	head.authenticate = true;
	CHECK(has_line(answer(head), "WWW-Authenticate: Bearer"));
	head = plain_head(405);
	head.allow = "GET, HEAD";
	CHECK(has_line(answer(head), "Allow: GET, HEAD"));
	head = plain_head(503);
	head.retry_after = 5;
	CHECK(has_line(answer(head), "Retry-After: 5"));
	head = plain_head();
	head.content_type = "text/plain; version=0.0.4";
	CHECK(has_line(answer(head), "Content-Type: text/plain; version=0.0.4"));
	std::string text = answer(plain_head());
	for (const char *name : {"Allow", "WWW-", "Retry-", "RateLimit"})
		CHECK(text.find(name) == std::string::npos);
}

TEST_CASE("rate limit fields", "[answer]")
{
	AnswerHead head = plain_head(202);
	RateLimitReport report;

	report.policy = "key";
	report.limit = rate(30, 60, 5);
	report.decision.remaining = 4;
	report.decision.next_unit_ns = 1500000000;
	head.rate_limit = &report;
	CHECK(has_line(answer(head), "RateLimit-Policy: \"key\";q=30;w=60"));
	CHECK(has_line(answer(head), "RateLimit: \"key\";r=4;t=2"));

	report.limit = RateLimit();
	CHECK(answer(head).find("RateLimit") == std::string::npos);

	CHECK(seconds_to_next_unit(0) == 0);
	CHECK(seconds_to_next_unit(1) == 1);
	CHECK(seconds_to_next_unit(1000000000) == 1);
	CHECK(seconds_to_next_unit(1000000001) == 2);
	CHECK(seconds_to_next_unit(UINT64_MAX) == 18446744074);
}

TEST_CASE("every status has its phrase", "[answer]")
{
	std::set<int> statuses = {200, 202, 400, 411, 414, 417, 431, 501, 505};

	for (int i = 0; i < static_cast<int>(ErrorCode::last); i++)
		statuses.insert(error_code_status(static_cast<ErrorCode>(i)));
	for (int status : statuses) {
		std::string line = answer(plain_head(status));
		line.resize(line.find("\r\n"));
		CAPTURE(line);
		CHECK(line.rfind("HTTP/1.1 " + std::to_string(status) + " ", 0)
		    == 0);
		CHECK(line.size() > 13);
	}
}

TEST_CASE("Date is an IMF-fixdate", "[answer]")
{
	HttpDate date;

	CHECK(date.at(784111777) == "Sun, 06 Nov 1994 08:49:37 GMT");
	CHECK(date.at(784111777) == "Sun, 06 Nov 1994 08:49:37 GMT");
	CHECK(date.at(784111778) == "Sun, 06 Nov 1994 08:49:38 GMT");
	CHECK(date.at(0) == "Thu, 01 Jan 1970 00:00:00 GMT");
	CHECK(date.at(951782400) == "Tue, 29 Feb 2000 00:00:00 GMT");
	CHECK(HttpDate().at(0) == "Thu, 01 Jan 1970 00:00:00 GMT");
}

TEST_CASE("the table of errors is api.md's", "[api_error]")
{
	struct {
		ErrorCode code;
		int status;
		const char *name;
		bool retryable;
	} const table[] = {
		{ErrorCode::bad_request, 400, "bad_request", false},
		{ErrorCode::validation_failed, 400, "validation_failed", false},
		{ErrorCode::unauthorized, 401, "unauthorized", false},
		{ErrorCode::forbidden, 403, "forbidden", false},
		{ErrorCode::not_found, 404, "not_found", false},
		{ErrorCode::submission_not_found, 404, "submission_not_found",
		    false},
		{ErrorCode::feature_disabled, 404, "feature_disabled", false},
		{ErrorCode::method_not_allowed, 405, "method_not_allowed",
		    false},
		{ErrorCode::request_timeout, 408, "request_timeout", true},
		{ErrorCode::idempotency_in_progress, 409,
		    "idempotency_in_progress", true},
		{ErrorCode::payload_too_large, 413, "payload_too_large", false},
		{ErrorCode::unsupported_media_type, 415,
		    "unsupported_media_type", false},
		{ErrorCode::idempotency_key_reused, 422,
		    "idempotency_key_reused", false},
		{ErrorCode::rate_limited, 429, "rate_limited", true},
		{ErrorCode::internal_error, 500, "internal_error", false},
		{ErrorCode::smtp_rejected, 502, "smtp_rejected", false},
		{ErrorCode::smtp_unavailable, 502, "smtp_unavailable", true},
		{ErrorCode::overloaded, 503, "overloaded", true},
		{ErrorCode::shutting_down, 503, "shutting_down", true},
		{ErrorCode::status_store_unavailable, 503,
		    "status_store_unavailable", true},
		{ErrorCode::smtp_outcome_unknown, 504, "smtp_outcome_unknown",
		    false},
	};

	CHECK(std::size(table) == static_cast<std::size_t>(ErrorCode::last));
	for (const auto &row : table) {
		ApiError error = ApiError::make(row.code, "a");
		CHECK(error_code_name(row.code) == std::string(row.name));
		CHECK(error_code_status(row.code) == row.status);
		CHECK(error.status == row.status);
		CHECK(error.retryable() == row.retryable);
	}
	for (int status : {400, 411, 413, 414, 417, 431, 501, 505}) {
		ApiError error = ApiError::framing(status, "a");
		CHECK(error.code == ErrorCode::bad_request);
		CHECK(error.status == status);
		CHECK_FALSE(error.retryable());
	}
}

TEST_CASE("error bodies", "[answer_body]")
{
	ApiError error = ApiError::of_field(ErrorCode::validation_failed,
	    "to[3]", "is not a mail address");

	CHECK(body(append_error, id, error) ==
	    R"({"status":"error","code":"validation_failed",)"
	    R"("message":"to[3]: is not a mail address",)"
	    R"("request_id":"req_01J00000000000000000000000",)"
	    R"("field":"to[3]","retryable":false})");
	error = ApiError::make(ErrorCode::rate_limited, "a \"b\"\n");
	CHECK(body(append_error, id, error) ==
	    R"({"status":"error","code":"rate_limited",)"
	    R"("message":"a \"b\"\n",)"
	    R"("request_id":"req_01J00000000000000000000000",)"
	    R"("retryable":true})");
}

TEST_CASE("accepted, valid, health, readiness", "[answer_body]")
{
	SubmissionResult result = server_said(Outcome::accepted, 250, "2.0.0");

	CHECK(body(append_accepted, id, result) ==
	    R"({"status":"accepted",)"
	    R"("request_id":"req_01J00000000000000000000000",)"
	    R"("message_id":"<m@example.com>",)"
	    R"("smtp":{"code":250,"enhanced":"2.0.0"}})");
	result.show_reply = true;
	result.enhanced.clear();
	CHECK(body(append_accepted, id, result) ==
	    R"({"status":"accepted",)"
	    R"("request_id":"req_01J00000000000000000000000",)"
	    R"("message_id":"<m@example.com>",)"
	    R"("smtp":{"code":250,"reply":"Ok: \"queued\""}})");
	/* The sendmail pipe. */
	result.code = 0;
	CHECK(body(append_accepted, id, result) ==
	    R"({"status":"accepted",)"
	    R"("request_id":"req_01J00000000000000000000000",)"
	    R"("message_id":"<m@example.com>"})");
	CHECK(body(append_valid, id) ==
	    R"({"status":"valid",)"
	    R"("request_id":"req_01J00000000000000000000000"})");
	CHECK(body(append_health, "1.0.0") ==
	    R"({"status":"ok","version":"1.0.0"})");
	CHECK(body(append_readiness, true) ==
	    R"({"status":"ready","smtp":"ok"})");
	CHECK(body(append_readiness, false) ==
	    R"({"status":"not_ready","smtp":"unavailable"})");
}

TEST_CASE("what the client is told of each outcome", "[answer_body]")
{
	struct {
		Outcome outcome;
		ErrorCode code;
	} const table[] = {
		{Outcome::rejected, ErrorCode::smtp_rejected},
		{Outcome::unavailable, ErrorCode::smtp_unavailable},
		{Outcome::unknown, ErrorCode::smtp_outcome_unknown},
		{Outcome::too_large, ErrorCode::payload_too_large},
		{Outcome::overloaded, ErrorCode::overloaded},
		{Outcome::shutting_down, ErrorCode::shutting_down},
		{Outcome::canceled, ErrorCode::overloaded},
		{Outcome::forbidden, ErrorCode::forbidden},
		{Outcome::invalid, ErrorCode::validation_failed},
		{Outcome::rate_limited, ErrorCode::rate_limited},
	};

	for (const auto &row : table) {
		ApiError error = submission_error(server_said(row.outcome, 0));
		CHECK(error_code_name(error.code) ==
		    std::string(error_code_name(row.code)));
		CHECK(error.status == error_code_status(row.code));
		CHECK(error.message == "why");
		CHECK(error.field.empty());
	}
	SubmissionResult result = server_said(Outcome::invalid, 0);
	result.field = "to[1]";
	CHECK(submission_error(result).field == "to[1]");
	result.field = "to[0]";
	CHECK(submission_error(result).field == "to[0]");
	CHECK(submission_error(result, {true, false}).field == "to");
	CHECK(submission_error(result, {false, true}).field == "to[0]");
}

TEST_CASE("what the server said is in the error", "[answer_body]")
{
	SubmissionResult result = server_said(Outcome::rejected, 550, "5.1.1");

	result.refused = {{false, 1, 550, "5.1.1"}, {true, 0, 554, ""}};
	CHECK(submission_body(result) ==
	    R"({"status":"error","code":"smtp_rejected","message":"why",)"
	    R"("request_id":"req_01J00000000000000000000000",)"
	    R"("retryable":false,"smtp":{"code":550,"enhanced":"5.1.1"},)"
	    R"("recipients":[{"field":"to[1]","code":550,"enhanced":"5.1.1"},)"
	    R"({"field":"cc[0]","code":554}]})");
	CHECK(submission_body(server_said(Outcome::unavailable, 0)) ==
	    R"({"status":"error","code":"smtp_unavailable","message":"why",)"
	    R"("request_id":"req_01J00000000000000000000000",)"
	    R"("retryable":true})");
	CHECK(submission_body(server_said(Outcome::unknown, 0)) ==
	    R"({"status":"error","code":"smtp_outcome_unknown",)"
	    R"("message":"why",)"
	    R"("request_id":"req_01J00000000000000000000000",)"
	    R"("retryable":false,"message_id":"<m@example.com>"})");
}

TEST_CASE("a submission's entry", "[answer_body]")
{
	LedgerEntry entry;

	entry.request_id = *RequestId::parse(id);
	entry.status = LedgerStatus::smtp_accepted;
	entry.message = "accepted";
	entry.message_id = "<m@example.com>";
	entry.recipient_domains = {"example.com", "example.org"};
	entry.recipient_count = 3;
	entry.recipient_domain_count = 2;
	entry.created_ms = 1778414400123;
	entry.updated_ms = 1778414400999;
	entry.expires_ms = 1778418000000;
	entry.smtp_code = 250;
	entry.smtp_enhanced = "2.0.0";
	entry.smtp_reply = "Ok";
	std::string head = R"({"request_id":"req_01J00000000000000000000000",)"
	    R"("status":"smtp_accepted","code":null,"message":"accepted",)"
	    R"("message_id":"<m@example.com>",)"
	    R"("recipient_domains":["example.com","example.org"],)"
	    R"("recipient_count":3,"recipient_domain_count":2,)"
	    R"("created_at":"2026-05-10T12:00:00.123Z",)"
	    R"("updated_at":"2026-05-10T12:00:00.999Z",)"
	    R"("expires_at":"2026-05-10T13:00:00.000Z",)";
	CHECK(body(append_submission, entry) ==
	    head + R"("smtp":{"code":250,"enhanced":"2.0.0"}})");
	entry.show_reply = true;
	CHECK(body(append_submission, entry) == head +
	    R"("smtp":{"code":250,"enhanced":"2.0.0","reply":"Ok"}})");

	LedgerEntry bare;
	bare.request_id = entry.request_id;
	bare.status = LedgerStatus::rejected;
	bare.code = "validation_failed";
	CHECK(body(append_submission, bare) ==
	    R"({"request_id":"req_01J00000000000000000000000",)"
	    R"("status":"rejected","code":"validation_failed",)"
	    R"("message":null,"message_id":null,"recipient_domains":[],)"
	    R"("recipient_count":0,"recipient_domain_count":0,)"
	    R"("created_at":"1970-01-01T00:00:00.000Z",)"
	    R"("updated_at":"1970-01-01T00:00:00.000Z",)"
	    R"("expires_at":"1970-01-01T00:00:00.000Z"})");
}

TEST_CASE("no such submission: the id that was asked for is in the body",
    "[answer_body]")
{
	std::string text = body(append_submission_not_found, id, "req_\"x");

	CHECK(text.rfind(R"({"status":"error","code":"submission_not_found",)",
	    0) == 0);
	CHECK(text.find(R"("request_id":"req_01J00000000000000000000000")") !=
	    std::string::npos);
	CHECK(text.find(R"("retryable":false,"target_request_id":"req_\"x"})")
	    != std::string::npos);
}

TEST_CASE("a key's own settings", "[answer_body]")
{
	HttpKey key;

	key.name = "billing";
	key.mask_recipients = true;
	key.limit = rate(30, 60, 5);
	CHECK(body(append_key, key) ==
	    R"({"id":"billing","enabled":true,"description":null,)"
	    R"("allowed_recipient_domains":[],"allowed_recipients":[],)"
	    R"("rate_limit_per_min":null,"burst":null,"mask_recipient":true,)"
	    R"("effective_rate_limit_per_min":30,"effective_burst":5})");

	RecipientPolicy policy;
	for (const char *entry : {"example.com", "a@example.org", "[192.0.2.1]",
	    "\"a@b\"@example.net"})
		REQUIRE(policy.add(entry));
	key.recipients = policy;
	key.description = "Bill's \"own\"";
	key.mask_recipients = false;
	key.own_limit = rate(30, 3600, 7);
	key.limit = *key.own_limit;
	CHECK(body(append_key, key) ==
	    R"({"id":"billing","enabled":true,"description":"Bill's \"own\"",)"
	    R"("allowed_recipient_domains":["example.com","[192.0.2.1]"],)"
	    R"("allowed_recipients":["a@example.org","\"a@b\"@example.net"],)"
	    R"("rate_limit_per_min":0.5,"burst":7,"mask_recipient":false,)"
	    R"("effective_rate_limit_per_min":0.5,"effective_burst":7})");

	/* `limit none' */
	key.own_limit = RateLimit();
	key.limit = RateLimit();
	CHECK(body(append_key, key).find(R"("effective_rate_limit_per_min":null,)"
	    R"("effective_burst":null})") != std::string::npos);
	key.limit = rate(1000000, 1, 1000000);
	CHECK(body(append_key, key).find(
	    R"("effective_rate_limit_per_min":60000000,)"
	    R"("effective_burst":1000000})") != std::string::npos);
	key.limit = rate(1, 86400, 1);
	std::string text = body(append_key, key);
	CHECK(text.find("e-") == std::string::npos);
	CHECK(text.find("per_min\":0.00069444") != std::string::npos);
}
