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
 * The limits of all relays together (`limit shared'): their buckets are in
 * Redis, counted by its clock, in one step for a request.  A question that
 * it does not answer soon is answered `unavailable', and so are all others
 * but one at a time until it is fast again: each relay then counts for
 * itself.
 *
 * With the store's prefix, and until the buckets are full again:
 *
 *	l:a:SETS	a hash: the table of addresses, as in segment.h
 *	l:k:KEY		a key's arrival time
 *	l:g		the global one
 */

#ifndef RELAYD_SMTP_SHARED_LIMITS_H
#define RELAYD_SMTP_SHARED_LIMITS_H

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "event_loop.h"
#include "messages.h"
#include "redis_client.h"
#include "redis_scripts.h"
#include "smtp_config.h"

struct SharedLimitBounds {
	std::chrono::milliseconds answer_time{500};
	std::size_t questions = 10000; /* that wait for an answer */
};

class SharedLimits {
public:
	using Done = std::function<void(const LimitAnswer &answer)>;

	/* client outlives this, and what it calls does not. */
	SharedLimits(RedisClient &redis_client, const std::string &prefix,
	    std::uint64_t address_sets,
	    const SharedLimitBounds &limit_bounds = SharedLimitBounds());
	SharedLimits(const SharedLimits &) = delete;
	SharedLimits &operator=(const SharedLimits &) = delete;

	/*
	 * A unit of the address's bucket and, with a key, of that one's and
	 * the global one.  done is called now or in a later turn.
	 */
	void take(const LimitQuestion &question, const SmtpConfig &config,
	    const SmtpKey *key, Done done);

	/* Answers `unavailable' since the start. */
	std::uint64_t unavailable() const
	{
		return (failures);
	}

private:
	struct Asked {
		LimitBucket bucket;
		RateLimit limit;
	};
	struct Question {
		std::uint64_t id; /* relayd-http's */
		std::vector<Asked> asked;
		Done done;
		Clock::time_point until;
	};
	using Questions = std::map<std::uint64_t, Question>;

	const char *obstacle() const;
	std::vector<std::string> arguments(const LimitQuestion &question,
	    const SmtpKey *key, const Question &asked) const;
	void replied(std::uint64_t number, const redisReply *reply);
	void overdue();
	void watch();
	void fail(const Question &question, const std::string &why);
	void complain(const std::string &why);
	void works();

	RedisClient &client;
	const std::string prefix;
	const std::string sets;
	const std::string seed; /* of the table, when it has none yet */
	const SharedLimitBounds bounds;

	std::uint64_t last_number = 0;
	Questions questions; /* the oldest first */
	std::size_t without_reply = 0; /* those given up too */
	bool is_slow = false;
	Deadline deadline;

	std::uint64_t failures = 0;
	bool is_failing = false;
	bool has_complained = false;
	Clock::time_point last_complaint;

	RedisScript script;
};

#endif
