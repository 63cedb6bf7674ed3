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

#include "captured_log.h"
#include "log_limit.h"
#include "runner.h"

namespace {

struct Limited {
	EventLoop loop;
	fixture::Runner runner{loop};
	std::atomic<std::uint64_t> total{0};
	CapturedLog log{log_as_text};
	LogLimit limit{total};

	/* How many of so many are allowed. */
	unsigned int allowed(unsigned int count, LogEvent event)
	{
		unsigned int lines = 0;

		for (unsigned int i = 0; i < count; i++)
			lines += limit.allows(event, LogLevel::warning);
		return (lines);
	}
	void run_for(int ms)
	{
		runner.run_for(std::chrono::milliseconds(ms));
	}
};

std::string
left_out(int count, const std::string &like)
{
	std::string number = std::to_string(count);

	return ("tester: " + number + " lines like the last were left out "
	    "event=lines_left_out like=" + like + " count=" + number + "\n");
}

} /* namespace */

TEST_CASE("a flood of one kind leaves the others their lines", "[log_limit]")
{
	Limited l;

	CHECK(l.allowed(10000, LogEvent::auth_failure) == LogLimit::burst);
	CHECK(l.total == 10000 - LogLimit::burst);
	CHECK(l.limit.allows(LogEvent::bad_request, LogLevel::info));
}

TEST_CASE("what was left out is said once, with its number", "[log_limit]")
{
	Limited l;

	l.allowed(1000, LogEvent::auth_failure);
	l.run_for(999);
	CHECK(l.log.text().empty());
	l.run_for(1);
	CHECK(l.log.text() == left_out(950, "auth_failure"));
	l.run_for(10000);
	CHECK(l.log.text().empty());
	/* And again, of what is left out then. */
	l.allowed(60, LogEvent::auth_failure);
	l.run_for(1000);
	CHECK(l.log.text() == left_out(10, "auth_failure"));
	CHECK(l.total == 960);
}

TEST_CASE("at the end it is said at once", "[log_limit]")
{
	EventLoop loop;
	std::atomic<std::uint64_t> total{0};
	CapturedLog log(log_as_text);

	{
		LogLimit limit(total);
		for (int i = 0; i < 1000; i++) {
			limit.allows(LogEvent::auth_failure, LogLevel::warning);
			limit.allows(LogEvent::bad_request, LogLevel::info);
		}
		CHECK(log.text().empty());
	}
	CHECK(log.text() ==
	    left_out(950, "auth_failure") + left_out(950, "bad_request"));
}

TEST_CASE("a level that is not logged takes no line away", "[log_limit]")
{
	Limited l;

	for (int i = 0; i < 1000; i++)
		CHECK(!l.limit.allows(
		    LogEvent::request_refusal, LogLevel::debug));
	CHECK(l.total == 0);
	CHECK(l.limit.allows(LogEvent::request_refusal, LogLevel::info));
}

TEST_CASE("a bucket is refilled at its rate", "[log_limit]")
{
	Limited l;

	l.allowed(100, LogEvent::bad_request);
	l.run_for(99);
	CHECK(l.allowed(1, LogEvent::bad_request) == 0);
	l.run_for(1);
	CHECK(l.allowed(2, LogEvent::bad_request) == 1);
	l.run_for(1000);
	CHECK(l.allowed(100, LogEvent::bad_request) == 10);
	l.run_for(3600000);
	CHECK(l.allowed(100, LogEvent::bad_request) == LogLimit::burst);
}
