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

#include <utility>

#include "admission.h"
#include "api_keys.h"
#include "client_address.h"
#include "idempotency.h"
#include "media_type.h"

namespace {

/* Units of the bucket `lookup' for one of the key's. */
constexpr std::uint32_t lookup_factor = 10;

bool
presents_key(const HttpHead &head)
{
	return (head.field(HttpField::authorization).count != 0 ||
	    head.field(HttpField::x_api_key).count != 0);
}

/* reason: for the log. */
Refusal
no_key(AuthFailure failure, const char *reason)
{
	bool missing = failure == AuthFailure::missing_token;
	Refusal refusal(
	    missing ? ErrorCode::unauthorized : ErrorCode::forbidden,
	    missing ? "an API key is needed: Authorization: Bearer, or "
		      "X-API-Key"
		    : "the API key is not valid here",
	    LogEvent::auth_failure, reason);

	refusal.auth_failure = failure;
	return (refusal);
}

} /* namespace */

std::optional<Refusal>
Admission::judge(Exchange &exchange, const HttpHead &head, const Route &route)
{
	std::optional<Refusal> refusal = judge_origin(exchange, head, route);

	return (refusal ? refusal : judge_rest(exchange, head));
}

std::optional<Refusal>
Admission::judge_origin(
    Exchange &exchange, const HttpHead &head, const Route &route)
{
	std::optional<Refusal> refusal;

	exchange.resource = route.resource;
	exchange.versioned = route.versioned;
	exchange.posted = head.method == "POST";
	exchange.target_id = route.id;
	exchange.dry_run = route.resource == Resource::send &&
	    dry_run_of(head.target.query) == DryRun::yes;
	if ((refusal = find_client(exchange, head)) ||
	    (refusal = judge_route(head, route, exchange.config())))
		return (refusal);
	if (route.resource == Resource::readiness ||
	    route.resource == Resource::metrics)
		return (judge_monitor(exchange));
	const auto &allow_from = exchange.config().allow_from;
	if (route.versioned && allow_from &&
	    !allow_from->contains(exchange.client))
		return (Refusal(ErrorCode::forbidden,
		    "this address is not allowed", LogEvent::source_refusal,
		    "allow from"));
	return (std::nullopt);
}

/* A matter of the head, so it comes first, whatever is asked for. */
std::optional<Refusal>
Admission::find_client(Exchange &exchange, const HttpHead &head)
{
	const TrustedProxies &proxies = exchange.config().trusted_proxies;
	bool trusted = proxies.from.contains(exchange.client);

	exchange.client_hidden = !trusted &&
	    (head.field(HttpField::x_forwarded_for).count != 0 ||
		head.field(HttpField::forwarded).count != 0);
	if (!trusted)
		return (std::nullopt);
	std::optional<IpAddress> client =
	    client_address(exchange.client, proxies, head.field_lines);
	if (!client)
		return (Refusal(ErrorCode::bad_request, proxies.forwarded
			? "Forwarded does not name the client's address"
			: "X-Forwarded-For does not name the client's "
			  "address"));
	exchange.client = *client;
	return (std::nullopt);
}

/* All that is posted is posted to versioned routes. */
std::optional<Refusal>
Admission::judge_rest(Exchange &exchange, const HttpHead &head)
{
	std::optional<Refusal> refusal;

	std::uint64_t now = monotonic_ns();
	if (!exchange.posted) {
		if (!exchange.versioned)
			return (std::nullopt);
		if (!(refusal = find_key(exchange, head)))
			return (take_lookup(exchange));
		/* Guessing is limited, however it is done. */
		std::optional<Refusal> dry = take_of_address(exchange, now);
		return (dry ? dry : refusal);
	}
	if ((refusal = take_of_address(exchange, now)) ||
	    (refusal = judge_key(exchange, head)) ||
	    (refusal = take_of_key_and_global(exchange, now)))
		return (refusal);
	return (judge_post(exchange, head));
}

/* Nobody is to know the key before the address limit allows it. */
Deferred
Admission::defer(Exchange &exchange, const HttpHead &head)
{
	Deferred deferred;

	deferred.key_refusal = judge_key(exchange, head);
	deferred.key = std::exchange(exchange.key, nullptr);
	if (!deferred.key_refusal && exchange.posted)
		deferred.head_refusal = judge_post(exchange, head);
	return (deferred);
}

std::optional<Refusal>
Admission::settle(
    Exchange &exchange, Deferred &deferred, const LimitAnswer &answer)
{
	std::uint64_t now = monotonic_ns();
	std::optional<Refusal> refusal;

	if ((refusal = note_address(exchange, answer, now)))
		return (refusal);
	exchange.key = deferred.key;
	if (deferred.key_refusal)
		return (std::move(deferred.key_refusal));
	if ((refusal = note_key_and_global(exchange, answer, now)))
		return (refusal);
	return (std::move(deferred.head_refusal));
}

std::optional<Refusal>
Admission::note_units(Exchange &exchange, const LimitAnswer &answer)
{
	std::uint64_t now = monotonic_ns();
	std::optional<Refusal> refusal = note_address(exchange, answer, now);

	return (refusal ? refusal : note_key_and_global(exchange, answer, now));
}

std::optional<Refusal>
Admission::judge_route(
    const HttpHead &head, const Route &route, const HttpConfig &config)
{
	/* RFC 9110 9.3.6: a tunnel, which no path of ours is. */
	if (head.target.form == TargetForm::authority)
		return (Refusal(ApiError::framing(
		    501, "CONNECT is not known here")));
	if (route.resource == Resource::none)
		return (Refusal(ErrorCode::not_found, "no such path"));
	if (!route.method_allowed) {
		Refusal refusal(ErrorCode::method_not_allowed,
		    "the path does not have this method");

		refusal.allow = route.allow;
		return (refusal);
	}
	if (route.resource == Resource::send_bulk && !config.bulk)
		return (Refusal(ErrorCode::feature_disabled,
		    "bulk is not enabled on this server"));
	return (std::nullopt);
}

/*
 * Who came through a proxy that is not trusted may be anybody, whatever
 * address the proxy has.
 */
std::optional<Refusal>
Admission::judge_monitor(const Exchange &exchange)
{
	if (!exchange.client_hidden &&
	    exchange.config().monitor_from.contains(exchange.client))
		return (std::nullopt);
	return (Refusal(ErrorCode::forbidden,
	    "monitoring is not allowed from this address",
	    LogEvent::source_refusal, "monitor from"));
}

std::optional<Refusal>
Admission::judge_key(Exchange &exchange, const HttpHead &head)
{
	std::optional<Refusal> refusal = find_key(exchange, head);

	if (!refusal && exchange.resource == Resource::send_bulk &&
	    exchange.key->no_bulk)
		refusal.emplace(ErrorCode::feature_disabled,
		    "bulk is not enabled for this key");
	return (refusal);
}

std::optional<Refusal>
Admission::take_units(Exchange &exchange)
{
	std::uint64_t now = monotonic_ns();
	std::optional<Refusal> refusal = take_of_address(exchange, now);

	return (refusal ? refusal : take_of_key_and_global(exchange, now));
}

std::optional<Refusal>
Admission::take_lookup(const Exchange &exchange)
{
	if (exchange.resource != Resource::submission)
		return (std::nullopt);
	return (take("lookup", LimitTier::lookup,
	    segment.lookup_bucket(exchange.key->slot),
	    exchange.key->limit.times(lookup_factor), monotonic_ns()));
}

std::optional<Refusal>
Admission::take_of_address(const Exchange &exchange, std::uint64_t now)
{
	const RateLimit &limit = exchange.config().address_limit;

	if (limit.none())
		return (std::nullopt);
	return (take("address", LimitTier::ip,
	    segment.address_bucket(exchange.client, limit, now), limit, now));
}

std::optional<Refusal>
Admission::take_of_key_and_global(Exchange &exchange, std::uint64_t now)
{
	std::optional<Refusal> refusal;

	if ((refusal = take("key", LimitTier::key,
		 segment.key_bucket(exchange.key->slot), exchange.key->limit,
		 now, &exchange.key_limit)))
		return (refusal);
	return (take("global", LimitTier::global, segment.global_bucket(),
	    exchange.config().global_limit, now));
}

std::optional<Refusal>
Admission::note_address(const Exchange &exchange, const LimitAnswer &answer,
    std::uint64_t now)
{
	const RateLimit &limit = exchange.config().address_limit;

	if (answer.kind == LimitAnswer::Kind::unavailable)
		return (take_of_address(exchange, now));
	if (answer.kind == LimitAnswer::Kind::dry &&
	    answer.bucket == LimitBucket::address)
		return (ran_dry(
		    {"address", limit, answer.decision}, LimitTier::ip));
	if (!limit.none())
		rate_charge(segment.address_bucket(
		    exchange.client, limit, now), limit, now);
	return (std::nullopt);
}

std::optional<Refusal>
Admission::note_key_and_global(Exchange &exchange, const LimitAnswer &answer,
    std::uint64_t now)
{
	const HttpKey &key = *exchange.key;
	const RateLimit &global = exchange.config().global_limit;
	bool is_dry = answer.kind == LimitAnswer::Kind::dry;

	if (answer.kind == LimitAnswer::Kind::unavailable)
		return (take_of_key_and_global(exchange, now));
	if (!is_dry || answer.bucket == LimitBucket::key)
		exchange.key_limit = {"key", key.limit, answer.decision};
	if (is_dry && answer.bucket == LimitBucket::key)
		return (ran_dry(exchange.key_limit, LimitTier::key));
	rate_charge(segment.key_bucket(key.slot), key.limit, now);
	if (is_dry)
		return (ran_dry(
		    {"global", global, answer.decision}, LimitTier::global));
	rate_charge(segment.global_bucket(), global, now);
	return (std::nullopt);
}

std::optional<Refusal>
Admission::find_key(Exchange &exchange, const HttpHead &head)
{
	std::optional<std::string_view> secret =
	    presented_secret(head.field(HttpField::authorization),
		head.field(HttpField::x_api_key));

	if (!secret)
		return (no_key(AuthFailure::missing_token,
		    presents_key(head) ? "malformed" : "missing"));
	exchange.proof = key_proof(*secret);
	KeyTable::Found found = exchange.serving->keys.find(exchange.proof);
	/* The client cannot tell these from each other; the log does. */
	if (found.key == nullptr)
		return (no_key(AuthFailure::invalid_token, "unknown"));
	if (!found.usable())
		return (no_key(AuthFailure::disabled_key, "disabled"));
	if (found.key->allow_from &&
	    !found.key->allow_from->contains(exchange.client))
		return (no_key(AuthFailure::address, "source"));
	exchange.key = found.key;
	return (std::nullopt);
}

std::optional<Refusal>
Admission::take(const char *policy, LimitTier tier, RateBucket &bucket,
    const RateLimit &limit, std::uint64_t now, RateLimitReport *report)
{
	if (limit.none())
		return (std::nullopt);

	RateLimitReport taken = {policy, limit, rate_take(bucket, limit, now)};
	if (report != nullptr)
		*report = taken;
	if (taken.decision.allowed)
		return (std::nullopt);
	return (ran_dry(taken, tier));
}

Refusal
Admission::ran_dry(const RateLimitReport &bucket, LimitTier tier)
{
	Refusal refusal(ErrorCode::rate_limited, "too many requests",
	    LogEvent::limit_refusal, bucket.policy);

	tally.count(tier);
	refusal.rate_limit = bucket;
	refusal.retry_after =
	    seconds_to_next_unit(bucket.decision.next_unit_ns);
	return (refusal);
}

std::optional<Refusal>
Admission::judge_post(Exchange &exchange, const HttpHead &head)
{
	if (const char *why = refused_media_type(head))
		return (Refusal(ErrorCode::unsupported_media_type, why));
	if (head.body == HttpBody::length &&
	    head.content_length > exchange.config().max_request)
		return (Refusal(ErrorCode::payload_too_large,
		    "the request is larger than is allowed here"));
	if (dry_run_of(head.target.query) == DryRun::invalid)
		return (Refusal(ErrorCode::bad_request,
		    "dry_run must be 1, true, 0 or false, once"));
	if (exchange.resource == Resource::send_bulk &&
	    dry_run_of(head.target.query) == DryRun::yes)
		return (Refusal(ErrorCode::bad_request,
		    "a bulk request has no dry_run: send its messages to "
		    "/v1/send"));
	/* A dry run sends nothing that could be sent twice. */
	if (exchange.dry_run)
		return (std::nullopt);
	return (judge_idempotency(exchange, head));
}

/* What could not be honoured is refused, or mail is sent twice. */
std::optional<Refusal>
Admission::judge_idempotency(Exchange &exchange, const HttpHead &head)
{
	const HttpHead::Field &field = head.field(HttpField::idempotency_key);

	if (field.count == 0)
		return (std::nullopt);
	if (field.count > 1)
		return (Refusal(ErrorCode::bad_request,
		    "Idempotency-Key must not be repeated"));
	std::optional<std::string> key = parse_idempotency_key(field.value);
	if (!key)
		return (Refusal(ErrorCode::bad_request,
		    "Idempotency-Key must be 1 to 255 visible ASCII "
		    "characters, in quotes if there is a \" or a comma in it"));
	if (exchange.config().store_none)
		return (Refusal(ErrorCode::bad_request,
		    "Idempotency-Key is not available here: no store keeps "
		    "what was sent"));
	exchange.idempotency_key = std::move(*key);
	return (std::nullopt);
}
