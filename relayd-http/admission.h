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
 * What is judged of a request before its body is read, in api.md's order:
 * whom it is from; route and method; source list, address limit, key (and
 * whether it may send in bulk), key limit, global limit; media type; what the
 * head says of the body; dry_run, or Idempotency-Key.
 */

#ifndef RELAYD_HTTP_ADMISSION_H
#define RELAYD_HTTP_ADMISSION_H

#include <optional>

#include "exchange.h"
#include "http_parser.h"
#include "messages.h"
#include "segment.h"

/*
 * What was found out of a request before it is known whether the limits allow
 * it, to be told in its turn.
 */
struct Deferred {
	const HttpKey *key = nullptr;
	/* Of the key: follows the address limit. */
	std::optional<Refusal> key_refusal;
	/* Of the rest of the head: follows all limits. */
	std::optional<Refusal> head_refusal;
};

class Admission {
public:
	Admission(Segment &shared, Tally &count) : segment(shared), tally(count)
	{
	}

	/*
	 * All of it, with the buckets of this relay.  Fills in what the head
	 * says (resource, key, ...).  Units that were taken before a later
	 * step refuses are not given back.
	 */
	std::optional<Refusal> judge(
	    Exchange &exchange, const HttpHead &head, const Route &route);
	/* Another unit of each limit, for one more message of a request. */
	std::optional<Refusal> take_units(Exchange &exchange);
	/*
	 * Of the bucket `lookup' of this relay, also with `limit shared', if
	 * that is what is asked for with the exchange's key.
	 */
	std::optional<Refusal> take_lookup(const Exchange &exchange);

	/*
	 * With `limit shared' it goes in steps: what comes before the limits;
	 * what comes after them, as far as it can be said; and, when
	 * relayd-smtp was asked for the units, what follows from its answer.
	 * Of what is no POST, only a refused key costs a unit.
	 * With its `unavailable' the buckets of this relay decide; of what it
	 * allowed they are told.
	 */
	std::optional<Refusal> judge_origin(
	    Exchange &exchange, const HttpHead &head, const Route &route);
	std::optional<Refusal> judge_rest(
	    Exchange &exchange, const HttpHead &head);
	Deferred defer(Exchange &exchange, const HttpHead &head);
	std::optional<Refusal> settle(Exchange &exchange, Deferred &deferred,
	    const LimitAnswer &answer);
	std::optional<Refusal> note_units(
	    Exchange &exchange, const LimitAnswer &answer);

private:
	std::optional<Refusal> find_client(
	    Exchange &exchange, const HttpHead &head);
	std::optional<Refusal> judge_route(const HttpHead &head,
	    const Route &route, const HttpConfig &config);
	std::optional<Refusal> judge_monitor(const Exchange &exchange);
	std::optional<Refusal> judge_key(
	    Exchange &exchange, const HttpHead &head);
	std::optional<Refusal> find_key(
	    Exchange &exchange, const HttpHead &head);
	std::optional<Refusal> take_of_address(
	    const Exchange &exchange, std::uint64_t now);
	std::optional<Refusal> take_of_key_and_global(
	    Exchange &exchange, std::uint64_t now);
	std::optional<Refusal> note_address(const Exchange &exchange,
	    const LimitAnswer &answer, std::uint64_t now);
	std::optional<Refusal> note_key_and_global(Exchange &exchange,
	    const LimitAnswer &answer, std::uint64_t now);
	Refusal ran_dry(const RateLimitReport &bucket, LimitTier tier);
	std::optional<Refusal> take(const char *policy, LimitTier tier,
	    RateBucket &bucket, const RateLimit &limit, std::uint64_t now,
	    RateLimitReport *report = nullptr);
	std::optional<Refusal> judge_post(
	    Exchange &exchange, const HttpHead &head);
	std::optional<Refusal> judge_idempotency(
	    Exchange &exchange, const HttpHead &head);

	Segment &segment;
	Tally &tally;
};

#endif
