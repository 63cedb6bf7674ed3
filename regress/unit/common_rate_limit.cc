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

#include <sys/types.h>
#include <sys/wait.h>

#include <unistd.h>

#include "catch.h"
#include "rate_limit.h"
#include "segment.h"

namespace {

constexpr std::uint64_t second = 1000000000;
constexpr std::uint64_t minute = 60 * second;
constexpr RateLimit ten_a_minute{10, minute, 3};

} /* namespace */

TEST_CASE("a full bucket gives its burst, then one unit an interval")
{
	RateBucket bucket{0};
	std::uint64_t now = 1000 * second;

	for (std::uint64_t left : {2, 1, 0}) {
		RateDecision taken = rate_take(bucket, ten_a_minute, now);
		CHECK(taken.allowed);
		CHECK(taken.remaining == left);
		CHECK(taken.next_unit_ns == 6 * second);
	}
	RateDecision refused = rate_take(bucket, ten_a_minute, now);
	CHECK_FALSE(refused.allowed);
	CHECK(refused.remaining == 0);
	CHECK(refused.next_unit_ns == 6 * second);

	now += 6 * second - 1;
	CHECK_FALSE(rate_take(bucket, ten_a_minute, now).allowed);
	now += 1;
	CHECK(rate_take(bucket, ten_a_minute, now).allowed);
	CHECK_FALSE(rate_take(bucket, ten_a_minute, now).allowed);
	/* It fills to the burst and no further. */
	now += 1000 * minute;
	for (int i = 0; i < 3; i++)
		CHECK(rate_take(bucket, ten_a_minute, now).allowed);
	CHECK_FALSE(rate_take(bucket, ten_a_minute, now).allowed);
}

TEST_CASE("a bucket of one unit says when the next one comes")
{
	RateBucket bucket{0};
	RateLimit one{1, second, 1};

	RateDecision taken = rate_take(bucket, one, 5 * second);
	CHECK(taken.allowed);
	CHECK(taken.remaining == 0);
	CHECK(taken.next_unit_ns == second);
}

TEST_CASE("what was allowed elsewhere is charged, to the bottom and no deeper")
{
	RateBucket bucket{0};
	std::uint64_t now = 1000 * second;

	rate_charge(bucket, ten_a_minute, now);
	CHECK(rate_take(bucket, ten_a_minute, now).remaining == 1);
	for (int i = 0; i < 10; i++)
		rate_charge(bucket, ten_a_minute, now);
	RateDecision refused = rate_take(bucket, ten_a_minute, now);
	CHECK_FALSE(refused.allowed);
	CHECK(refused.next_unit_ns == 6 * second);
	CHECK(rate_take(bucket, ten_a_minute, now + 6 * second).allowed);

	bucket = 7;
	rate_charge(bucket, RateLimit(), now);
	CHECK(bucket.load() == 7);
}

TEST_CASE("no limit takes nothing")
{
	RateBucket bucket{7};

	CHECK(rate_take(bucket, RateLimit(), 1).allowed);
	CHECK(bucket.load() == 7);
}

TEST_CASE("an arrival time that cannot be counts as an empty bucket only")
{
	RateBucket bucket{UINT64_MAX};
	std::uint64_t now = 1000 * second;

	CHECK_FALSE(rate_take(bucket, ten_a_minute, now).allowed);
	bucket = UINT64_MAX;
	CHECK(rate_take(bucket, ten_a_minute, now).next_unit_ns ==
	    6 * second);
	/* And from then on it fills as any other does. */
	CHECK(rate_take(bucket, ten_a_minute, now + 6 * second).allowed);
	CHECK_FALSE(rate_take(bucket, ten_a_minute, now + 6 * second).allowed);
}

TEST_CASE("a bucket that a slow limit emptied fills as a faster one says")
{
	RateBucket bucket{0};
	RateLimit slow{1, 86400 * second, 50}, fast{10, second, 2};
	std::uint64_t now = 1000 * second;

	for (int i = 0; i < 50; i++)
		REQUIRE(rate_take(bucket, slow, now).allowed);
	CHECK_FALSE(rate_take(bucket, fast, now).allowed);
	CHECK(rate_take(bucket, fast, now + second / 10).allowed);
	CHECK_FALSE(rate_take(bucket, fast, now + second / 10).allowed);
	CHECK(rate_take(bucket, fast, now + second).remaining == 1);
}

TEST_CASE("the largest bucket of the language does not overflow")
{
	/* 1/d burst 36525: a hundred years. */
	RateLimit slow{1, 86400 * second, 36525};
	RateBucket bucket{0};
	std::uint64_t now = 1ULL << 55; /* more than a year of uptime */

	for (int i = 0; i < 36525; i++)
		REQUIRE(rate_take(bucket, slow, now).allowed);
	CHECK_FALSE(rate_take(bucket, slow, now).allowed);
}

TEST_CASE("a limit that no configuration can hold is not read")
{
	auto read = [](const RateLimit &limit) {
		std::string payload;
		WireWriter out(payload);
		write_rate_limit(out, limit);
		WireReader in(payload);
		read_rate_limit(in);
		return (in.done());
	};

	CHECK(read(ten_a_minute));
	CHECK(read(RateLimit()));
	CHECK_FALSE(read(RateLimit{1000001, minute, 1}));
	CHECK_FALSE(read(RateLimit{1, 86401 * second, 1}));
	CHECK_FALSE(read(RateLimit{1, minute, 0}));
	CHECK_FALSE(read(RateLimit{10, 9, 1}));
	CHECK_FALSE(read(RateLimit{1, 86400 * second, 36526}));
}

TEST_CASE("processes that share a bucket take exactly what is in it")
{
	Segment segment = Segment::create(100);
	RateLimit limit{1, 86400 * second, 1000};
	std::uint64_t now = monotonic_ns();
	constexpr int processes = 4;
	IpAddress address = *IpAddress::parse("192.0.2.1");

	for (int i = 0; i < processes; i++) {
		pid_t pid = fork();
		REQUIRE(pid != -1);
		if (pid != 0)
			continue;
		for (int n = 0; n < 1000; n++) {
			if (rate_take(segment.global_bucket(), limit, now)
				.allowed)
				segment.count(0, Counter::replays);
			RateBucket &bucket =
			    segment.address_bucket(address, limit, now);
			if (rate_take(bucket, limit, now).allowed)
				segment.count(0, Counter::clients_gone);
		}
		_exit(0);
	}
	for (int i = 0; i < processes; i++) {
		int status;
		REQUIRE(wait(&status) != -1);
		CHECK(status == 0);
	}
	auto counted = [&](Counter counter) {
		return (cell_of(segment.statistics(0).counters, counter)
			.load());
	};
	CHECK(counted(Counter::replays) == 1000);
	CHECK(counted(Counter::clients_gone) == 1000);
}
