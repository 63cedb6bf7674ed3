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

#include <string>
#include <utility>

#include "log_limit.h"

namespace {

constexpr std::chrono::seconds saying_interval{1};
constexpr RateLimit line_limit = {
    LogLimit::per_second, 1000000000, LogLimit::burst};

/* In the order of LogEvent. */
constexpr std::array names = {
	"auth_failure",
	"source_refusal",
	"limit_refusal",
	"injection_attempt",
	"invalid_message",
	"bad_request",
	"request_timeout",
	"request_refusal",
	"connection_refusal",
	"tls_failure",
	"submission_refusal",
};
static_assert(names.size() == static_cast<std::size_t>(LogEvent::last));

} /* namespace */

const char *
log_event_name(LogEvent event)
{
	return (names[static_cast<std::size_t>(event)]);
}

LogLimit::LogLimit(std::atomic<std::uint64_t> &left_out)
    : total(left_out), timer(this, calls<&LogLimit::say_left_out>)
{
}

LogLimit::~LogLimit()
{
	say_left_out();
}

bool
LogLimit::allows(LogEvent event, LogLevel level)
{
	Kind &kind = kinds[static_cast<std::size_t>(event)];

	if (!log_enabled(level))
		return (false);
	if (rate_take(kind.bucket, line_limit, monotonic_ns()).allowed)
		return (true);
	kind.left_out++;
	total.fetch_add(1, std::memory_order_relaxed);
	if (!timer.armed())
		timer.arm(saying_interval);
	return (false);
}

void
LogLimit::say_left_out()
{
	for (std::size_t i = 0; i < kinds.size(); i++) {
		std::uint64_t count = std::exchange(kinds[i].left_out, 0);

		if (count == 0)
			continue;
		LogRecord(LogLevel::warning, std::to_string(count) +
		    " lines like the last were left out")
		    .field("event", "lines_left_out")
		    .field("like", names[i])
		    .field("count", static_cast<std::int64_t>(count))
		    .write();
	}
}
