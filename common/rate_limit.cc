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

#include "rate_limit.h"
#include "timer.h"

namespace {

constexpr std::uint32_t count_max = 1000000;

} /* namespace */

double
RateLimit::per_minute() const
{
	return (60e9 * count / static_cast<double>(period_ns));
}

/* 10^7 units a second still have an interval of 100 ns. */
RateLimit
RateLimit::times(std::uint32_t factor) const
{
	RateLimit product = *this;

	if (none())
		return (product);
	product.count *= factor;
	std::uint64_t burst_max = std::min<std::uint64_t>(
	    UINT32_MAX, bucket_ns_max / product.interval_ns());
	product.burst = static_cast<std::uint32_t>(
	    std::min(std::uint64_t{burst} * factor, burst_max));
	return (product);
}

RateDecision
rate_decision(const RateLimit &limit, std::uint64_t used_ns)
{
	std::uint64_t interval = limit.interval_ns();
	std::uint64_t full = interval * limit.burst;

	if (used_ns > full)
		return (RateDecision{false, 0, used_ns - full});
	std::uint64_t remaining = (full - used_ns) / interval;
	return (RateDecision{true, remaining,
	    used_ns - (limit.burst - remaining - 1) * interval});
}

RateDecision
rate_take(RateBucket &bucket, const RateLimit &limit, std::uint64_t now_ns)
{
	if (limit.none())
		return (RateDecision());

	std::uint64_t interval = limit.interval_ns();
	std::uint64_t full = interval * limit.burst;
	std::uint64_t seen = bucket.load(std::memory_order_relaxed);
	for (;;) {
		std::uint64_t arrival =
		    std::clamp(seen, now_ns, now_ns + full);
		RateDecision decision =
		    rate_decision(limit, arrival - now_ns + interval);
		/* Refused: but what cannot be is not left to stand. */
		if (!decision.allowed && seen <= now_ns + full)
			return (decision);
		if (bucket.compare_exchange_weak(seen,
			decision.allowed ? arrival + interval : arrival,
			std::memory_order_relaxed))
			return (decision);
	}
}

void
rate_charge(RateBucket &bucket, const RateLimit &limit, std::uint64_t now_ns)
{
	if (limit.none())
		return;

	std::uint64_t interval = limit.interval_ns();
	std::uint64_t full = interval * limit.burst;
	std::uint64_t seen = bucket.load(std::memory_order_relaxed);
	std::uint64_t arrival;
	do
		arrival = std::clamp(seen, now_ns, now_ns + full) + interval;
	while (!bucket.compare_exchange_weak(seen,
	    std::min(arrival, now_ns + full), std::memory_order_relaxed));
}

std::uint64_t
monotonic_ns()
{
	return (static_cast<std::uint64_t>(
	    Clock::now().time_since_epoch().count()));
}

void
write_rate_limit(WireWriter &out, const RateLimit &limit)
{
	out.integer(limit.count);
	out.integer(limit.period_ns);
	out.integer(limit.burst);
}

RateLimit
read_rate_limit(WireReader &in)
{
	RateLimit limit;

	limit.count = in.at_most(count_max);
	limit.period_ns = in.at_most(day_ns);
	limit.burst = in.integer<std::uint32_t>();
	if (limit.none())
		return (limit);
	if (limit.period_ns < limit.count || limit.burst == 0 ||
	    limit.burst > bucket_ns_max / limit.interval_ns())
		in.fail();
	return (limit);
}
