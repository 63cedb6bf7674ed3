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

#include <unistd.h>

#include <string>

#include "captured_log.h"
#include "catch.h"
#include "log_limit.h"
#include "masked_text.h"

namespace {

std::size_t
count_of(const std::string &text, const std::string &what)
{
	std::size_t count = 0;

	for (std::size_t at = text.find(what); at != std::string::npos;
	     at = text.find(what, at + 1))
		count++;
	return (count);
}

} /* namespace */

TEST_CASE("a flood of one kind leaves the others their lines", "[log_limit]")
{
	EventLoop loop;
	std::atomic<std::uint64_t> total{0};
	CapturedLog log(log_as_text);
	LogLimit limit(total);
	unsigned int allowed = 0;
	std::uint64_t begin = monotonic_ns();

	for (int i = 0; i < 10000; i++)
		allowed += limit.allows(
		    LogEvent::auth_failure, LogLevel::warning);
	std::uint64_t more =
	    (monotonic_ns() - begin) * LogLimit::per_second / 1000000000;
	CHECK(allowed >= LogLimit::burst);
	CHECK(allowed <= LogLimit::burst + more + 1);
	CHECK(total == 10000 - allowed);
	CHECK(limit.allows(LogEvent::bad_request, LogLevel::info));
}

TEST_CASE("what was left out is said once, with its number", "[log_limit]")
{
	EventLoop loop;
	std::atomic<std::uint64_t> total{0};
	CapturedLog log(log_as_text);
	std::string said;

	{
		LogLimit limit(total);
		for (int i = 0; i < 1000; i++)
			limit.allows(LogEvent::auth_failure, LogLevel::warning);
		Timer end(&loop, calls<&EventLoop::stop>);
		end.arm(std::chrono::milliseconds(1300));
		loop.run();
		said = log.text();
	}
	CHECK(said == "tester: " + std::to_string(total.load()) +
	    " lines like the last were left out event=lines_left_out "
	    "like=auth_failure count=" + std::to_string(total.load()) + "\n");
	/* Nothing was left to be said at the end. */
	CHECK(log.text().empty());
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
	std::string said = log.text();
	CHECK(count_of(said, "\n") == 2);
	CHECK(count_of(said, "like=auth_failure") == 1);
	CHECK(count_of(said, "like=bad_request") == 1);
}

TEST_CASE("a level that is not logged takes no line away", "[log_limit]")
{
	EventLoop loop;
	std::atomic<std::uint64_t> total{0};
	CapturedLog log(log_as_text);
	LogLimit limit(total);

	for (int i = 0; i < 1000; i++)
		CHECK(!limit.allows(
		    LogEvent::request_refusal, LogLevel::debug));
	CHECK(total == 0);
	CHECK(limit.allows(LogEvent::request_refusal, LogLevel::info));
}

TEST_CASE("a bucket is refilled at its rate", "[log_limit]")
{
	EventLoop loop;
	std::atomic<std::uint64_t> total{0};
	CapturedLog log(log_as_text);
	LogLimit limit(total);

	while (limit.allows(LogEvent::bad_request, LogLevel::info))
		;
	usleep(150000);
	CHECK(limit.allows(LogEvent::bad_request, LogLevel::info));
}

TEST_CASE("addresses in what a server says are masked", "[masked_text]")
{
	struct {
		const char *text, *masked;
	} cases[] = {
	    {"", ""},
	    {"Ok: queued as 4WqX", "Ok: queued as 4WqX"},
	    {"<user@example.com>: no such user", "<*@example.com>: no such user"},
	    {"user@example.com", "*@example.com"},
	    {"to a.b+c@d.example, e@f.example!", "to *@d.example, *@f.example!"},
	    {"@example.com", "@example.com"},
	    {"RCPT TO:<\"a b\"@example.com> no", "RCPT TO:<*@example.com> no"},
	    {"\"a\\\"b@c\"@example.com", "*@*@example.com"},
	    {"o'neill@example.com", "*@example.com"},
	    {"x\"@example.com", "*@example.com"},
	    {"a@b@c", "*@*@c"},
	    {"no \"x y\" here, user@example.com", "no *@example.com"},
	};

	for (const auto &c : cases) {
		INFO(c.text);
		CHECK(mask_addresses(c.text) == c.masked);
	}
}
