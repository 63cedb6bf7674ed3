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
 * Token buckets kept as one theoretical arrival time each (GCRA), in
 * nanoseconds of CLOCK_MONOTONIC, updated by compare-and-swap: many processes
 * may share one bucket.
 */

#ifndef COMMON_RATE_LIMIT_H
#define COMMON_RATE_LIMIT_H

#include <atomic>
#include <cstdint>

#include "wire.h"

constexpr std::uint64_t day_ns = 86400ULL * 1000000000;
/* Burst times interval: 100 years, so that no sum overflows. */
constexpr std::uint64_t bucket_ns_max = 36525 * day_ns;
/* And another interval, which is a day at most. */
constexpr std::uint64_t bucket_wait_ns_max = bucket_ns_max + day_ns;

/* count units each period, burst at once; count 0 is no limit. */
struct RateLimit {
	std::uint32_t count = 0; /* 0..10^6; times() may have more */
	std::uint64_t period_ns = 0; /* 1 s, 1 m, 1 h or 1 d */
	std::uint32_t burst = 0; /* >= 1 unless count is 0 */

	bool none() const
	{
		return (count == 0);
	}
	std::uint64_t interval_ns() const
	{
		return (period_ns / count);
	}
	double per_minute() const;
	/* So many times rate and burst, as far as bounds allow; factor <= 10 */
	RateLimit times(std::uint32_t factor) const;
	bool operator==(const RateLimit &) const = default;
};

struct RateDecision {
	bool allowed = true;
	std::uint64_t remaining = 0; /* units left after this one */
	std::uint64_t next_unit_ns = 0; /* until one more is there, 0 if full */
};

using RateBucket = std::atomic<std::uint64_t>;
static_assert(RateBucket::is_always_lock_free);

/*
 * Takes one unit.  now_ns: monotonic.  An arrival time beyond now plus the
 * burst counts as just that: nobody can lock a bucket for longer.
 */
RateDecision rate_take(RateBucket &bucket, const RateLimit &limit,
    std::uint64_t now_ns);

/* What a bucket says that used_ns stand for after another unit. */
RateDecision rate_decision(const RateLimit &limit, std::uint64_t used_ns);

/*
 * Takes one unit, or what is left of one: it was allowed elsewhere, and this
 * bucket is to know.
 */
void rate_charge(RateBucket &bucket, const RateLimit &limit,
    std::uint64_t now_ns);

/* CLOCK_MONOTONIC in nanoseconds. */
std::uint64_t monotonic_ns();

void write_rate_limit(WireWriter &out, const RateLimit &limit);
RateLimit read_rate_limit(WireReader &in);

#endif
