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
 * relayd-smtp's own count of the global and the keys' limits.  relayd-http
 * counts exactly; this one is what a captured relayd-http meets.  So it is
 * wider by what an honest one may bring at once: bodies that were admitted
 * over `timeout request' can end together, and after a reload some of them
 * were admitted under the old limits.
 */

#ifndef RELAYD_SMTP_KEY_LIMITS_H
#define RELAYD_SMTP_KEY_LIMITS_H

#include <chrono>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "messages.h"
#include "rate_limit.h"
#include "smtp_config.h"

/* burst and what the rate gives in that time. */
RateLimit widened(const RateLimit &limit, std::chrono::nanoseconds by);
/* Allows whatever one of the two allows. */
RateLimit larger(const RateLimit &a, const RateLimit &b);

/* A bucket, and the limits that it has had lately. */
class GraceLimit {
public:
	/* The old one counts until grace has passed. */
	void set(const RateLimit &limit, std::uint64_t now_ns,
	    std::uint64_t grace_ns);
	/* The current limit, widened to every old one that still counts. */
	RateLimit in_force(std::uint64_t now_ns) const;
	RateDecision take(std::uint64_t now_ns)
	{
		return (rate_take(bucket, in_force(now_ns), now_ns));
	}

private:
	struct Old {
		RateLimit limit;
		std::uint64_t until_ns;
	};

	RateBucket bucket{0};
	bool is_set = false;
	RateLimit current;
	std::vector<Old> old; /* differ from each other and from current */
};

class KeyLimits {
public:
	void configure(const SmtpConfig &config, std::uint64_t now_ns);
	struct Decision {
		LimitBucket bucket; /* the last that was asked */
		RateDecision rate;
	};
	/* One unit of the key's bucket, then of the global one. */
	Decision take(const std::string &key, std::uint64_t now_ns);

private:
	GraceLimit global;
	/* By name, so that a key keeps its count over a reload. */
	std::unordered_map<std::string, GraceLimit> keys;
};

#endif
