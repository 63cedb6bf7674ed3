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

#include <algorithm>
#include <charconv>
#include <cstdio>

#include "answer.h"

namespace {

/* The statuses of api.md; RFC 9110 15 and RFC 6585 have the phrases. */
const char *
reason_phrase(int status)
{
	switch (status) {
	case 200:
		return ("OK");
	case 202:
		return ("Accepted");
	case 400:
		return ("Bad Request");
	case 401:
		return ("Unauthorized");
	case 403:
		return ("Forbidden");
	case 404:
		return ("Not Found");
	case 405:
		return ("Method Not Allowed");
	case 408:
		return ("Request Timeout");
	case 409:
		return ("Conflict");
	case 411:
		return ("Length Required");
	case 413:
		return ("Content Too Large");
	case 414:
		return ("URI Too Long");
	case 415:
		return ("Unsupported Media Type");
	case 417:
		return ("Expectation Failed");
	case 422:
		return ("Unprocessable Content");
	case 429:
		return ("Too Many Requests");
	case 431:
		return ("Request Header Fields Too Large");
	case 500:
		return ("Internal Server Error");
	case 501:
		return ("Not Implemented");
	case 502:
		return ("Bad Gateway");
	case 503:
		return ("Service Unavailable");
	case 504:
		return ("Gateway Timeout");
	case 505:
		return ("HTTP Version Not Supported");
	default:
		return ("");
	}
}

void
append_number(std::string &out, std::uint64_t number)
{
	char digits[20];
	auto end = std::to_chars(digits, digits + sizeof(digits), number).ptr;

	out.append(digits, static_cast<std::size_t>(end - digits));
}

/* name: with its colon and space. */
void
append_field(std::string &out, std::string_view name, std::string_view value)
{
	out += name;
	out += value;
	out += "\r\n";
}

void
append_status_line(std::string &out, int status)
{
	out += "HTTP/1.1 ";
	append_number(out, static_cast<std::uint64_t>(status));
	out += ' ';
	out += reason_phrase(status);
	out += "\r\n";
}

/* RateLimit-Policy: "key";q=30;w=60 and RateLimit: "key";r=4;t=2 */
void
append_rate_limit(std::string &out, const RateLimitReport &report)
{
	out += "RateLimit-Policy: \"";
	out += report.policy;
	out += "\";q=";
	append_number(out, report.limit.count);
	out += ";w=";
	append_number(out, report.limit.period_ns / 1000000000);
	out += "\r\nRateLimit: \"";
	out += report.policy;
	out += "\";r=";
	append_number(out, report.decision.remaining);
	out += ";t=";
	append_number(
	    out, seconds_to_next_unit(report.decision.next_unit_ns));
	out += "\r\n";
}

void
append_connection(std::string &out, Persistence persistence)
{
	switch (persistence) {
	case Persistence::implied:
		break;
	case Persistence::keep_alive:
		out += "Connection: keep-alive\r\n";
		break;
	case Persistence::close:
		out += "Connection: close\r\n";
		break;
	}
}

/* What only some answers have. */
void
append_rare_fields(std::string &out, const AnswerHead &head)
{
	if (!head.allow.empty())
		append_field(out, "Allow: ", head.allow);
	if (head.authenticate)
		append_field(out, "WWW-Authenticate: ", "Bearer");
	if (head.retry_after != 0) {
		out += "Retry-After: ";
		append_number(out, head.retry_after);
		out += "\r\n";
	}
	if (head.replayed)
		append_field(out, "Idempotent-Replayed: ", "true");
	if (head.rate_limit != nullptr && !head.rate_limit->limit.none())
		append_rate_limit(out, *head.rate_limit);
}

/* As strftime(3)'s %a and %b would not be in every locale. */
constexpr const char *day_names[] = {
	"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"
};
constexpr const char *month_names[] = {
	"Jan", "Feb", "Mar", "Apr", "May", "Jun",
	"Jul", "Aug", "Sep", "Oct", "Nov", "Dec"
};

} /* namespace */

std::string_view
HttpDate::at(std::time_t now)
{
	struct tm tm;

	if (now == second && length != 0)
		return (std::string_view(text, length));
	if (gmtime_r(&now, &tm) == nullptr)
		return ("Thu, 01 Jan 1970 00:00:00 GMT");
	int printed = std::snprintf(text, sizeof(text),
	    "%s, %02d %s %04d %02d:%02d:%02d GMT", day_names[tm.tm_wday],
	    tm.tm_mday, month_names[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour,
	    tm.tm_min, tm.tm_sec);
	second = now;
	length = std::min(static_cast<std::size_t>(printed), sizeof(text) - 1);
	return (std::string_view(text, length));
}

std::uint64_t
seconds_to_next_unit(std::uint64_t next_unit_ns)
{
	constexpr std::uint64_t second_ns = 1000000000;

	return (next_unit_ns / second_ns + (next_unit_ns % second_ns != 0));
}

void
append_answer(std::string &out, const AnswerHead &head, std::string_view body)
{
	constexpr std::size_t fields_size = 512;

	/* Growing by doubling, as without reserve(), for pipelined answers. */
	if (out.capacity() - out.size() < fields_size + body.size())
		out.reserve(std::max(out.capacity() * 2,
		    out.size() + fields_size + body.size()));

	append_status_line(out, head.status);
	append_field(out, "Date: ", head.date);
	append_field(out, "X-Request-Id: ", head.request_id);
	out += "Cache-Control: no-store\r\n";
	append_field(out, "Content-Type: ", head.content_type);
	out += "Content-Length: ";
	append_number(out, body.size());
	out += "\r\n";
	append_rare_fields(out, head);
	append_connection(out, head.persistence);
	out += "\r\n";
	if (!head.body_omitted)
		out += body;
}
