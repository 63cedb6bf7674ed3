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

#include "key_limits.h"

RateLimit
widened(const RateLimit &limit, std::chrono::nanoseconds by)
{
	if (limit.none())
		return (limit);

	RateLimit wide = limit;
	std::uint64_t interval = limit.interval_ns();
	std::uint64_t more =
	    static_cast<std::uint64_t>(by.count()) / interval + 1;
	std::uint64_t most =
	    std::min<std::uint64_t>(bucket_ns_max / interval, UINT32_MAX);
	wide.burst = static_cast<std::uint32_t>(
	    std::clamp<std::uint64_t>(limit.burst + more, 1, most));
	return (wide);
}

RateLimit
larger(const RateLimit &a, const RateLimit &b)
{
	if (a.none() || b.none())
		return (RateLimit());

	RateLimit both = a.interval_ns() <= b.interval_ns() ? a : b;
	both.burst = std::max(a.burst, b.burst);
	return (both);
}

void
GraceLimit::set(const RateLimit &limit, std::uint64_t now_ns,
    std::uint64_t grace_ns)
{
	old.erase(std::remove_if(old.begin(), old.end(),
	    [&](const Old &o) {
		    return (o.until_ns <= now_ns || o.limit == limit ||
			o.limit == current);
	    }), old.end());
	if (is_set && !(current == limit))
		old.push_back({current, now_ns + grace_ns});
	current = limit;
	is_set = true;
}

RateLimit
GraceLimit::in_force(std::uint64_t now_ns) const
{
	RateLimit limit = current;

	for (const Old &o : old)
		if (o.until_ns > now_ns)
			limit = larger(limit, o.limit);
	return (limit);
}

void
KeyLimits::configure(const SmtpConfig &config, std::uint64_t now_ns)
{
	std::chrono::nanoseconds request = config.timeout_request;
	auto grace_ns = static_cast<std::uint64_t>(2 * request.count());

	global.set(widened(config.global_limit, request), now_ns, grace_ns);
	std::unordered_map<std::string, GraceLimit> gone;
	gone.swap(keys);
	for (const SmtpKey &key : config.keys) {
		auto node = gone.extract(key.name);
		GraceLimit &limit = node.empty()
		    ? keys[key.name]
		    : keys.insert(std::move(node)).position->second;
		limit.set(widened(key.limit, request), now_ns, grace_ns);
	}
}

KeyLimits::Decision
KeyLimits::take(const std::string &key, std::uint64_t now_ns)
{
	Decision decision = {LimitBucket::key, RateDecision{false, 0, 0}};
	auto found = keys.find(key);

	if (found != keys.end())
		decision.rate = found->second.take(now_ns);
	if (decision.rate.allowed)
		decision = {LimitBucket::global, global.take(now_ns)};
	return (decision);
}
