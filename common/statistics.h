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
 * What the processes count for GET /metrics: each has its own part of the
 * shared segment, which it alone writes to; relayd-http adds them up.
 * Counters are kept when a process dies, gauges are cleared.
 *
 * Integers only, and nobody trusts them: a captured process may have written
 * them.  Whoever adds a counter gives it a name in relayd-http/metrics.cc.
 */

#ifndef COMMON_STATISTICS_H
#define COMMON_STATISTICS_H

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

using SharedCounter = std::atomic<std::uint64_t>;
static_assert(SharedCounter::is_always_lock_free);

/* Counts without labels; a name's first word says what it is of. */
enum class Counter : std::uint32_t {
	connections_made,    /* accepted from the listeners */
	connections_refused, /* more than `per address' */
	connections_displaced, /* idle ones that made room */
	clients_gone,        /* before their request was answered */
	tls_handshakes,      /* done; that failed or did not end: */
	tls_handshakes_failed,
	bulk_requests,       /* that were taken */
	bulk_messages,       /* of these */
	replays,             /* earlier outcomes that were told again */
	smtp_canceled,       /* not sent: the client had gone */
	smtp_late_replies,   /* to messages of unknown outcome */
	store_expired,
	store_evicted,       /* pushed out by newer entries */
	store_failures,      /* times that it became unavailable */
	store_lost,          /* entries that it could not take */
	limits_unanswered,   /* questions for limits that relays share */
	log_lost,            /* lines that could not be written */
	log_left_out,        /* lines that log_limit.h left out */
	last
};

enum class Gauge : std::uint32_t {
	requests_in_flight,
	submissions,    /* that relayd-smtp has in hand */
	store_is_known, /* 1: the next two mean something */
	store_records,
	store_works,    /* 0 or 1 */
	process_started, /* seconds since 1970; 0: there is none */
	process_cpu_us,
	process_memory, /* the largest resident set so far, in octets */
	last
};

/* The statuses of api.md. */
constexpr std::array http_statuses = {200, 202, 400, 401, 403, 404, 405, 408,
    409, 411, 413, 414, 415, 417, 422, 429, 431, 500, 501, 502, 503, 504, 505};

/*
 * What came of a message: no error, or one of api.md's codes; the last one
 * stands for whatever is none of them.
 */
constexpr std::array<std::string_view, 23> result_codes = {"none",
    "bad_request", "validation_failed", "unauthorized", "forbidden",
    "not_found", "submission_not_found", "feature_disabled",
    "method_not_allowed", "request_timeout", "idempotency_in_progress",
    "payload_too_large", "unsupported_media_type", "idempotency_key_reused",
    "rate_limited", "internal_error", "smtp_rejected", "smtp_unavailable",
    "overloaded", "shutting_down", "status_store_unavailable",
    "smtp_outcome_unknown", "other"};
/* Of result_codes; empty is "none". */
std::size_t result_code_index(std::string_view code);

/* Why a request had no valid key. */
enum class AuthFailure : std::uint32_t {
	missing_token,
	invalid_token,
	disabled_key,
	address, /* which the key is not for */
	last
};

enum class LimitTier : std::uint32_t {
	global,
	ip,
	key,
	lookup, /* of a key, or as many in flight as may be */
	relayd_smtp, /* its own count, which honest processes do not reach */
	last
};

enum class SmtpResult : std::uint32_t { ok, error, unknown, last };
enum class SmtpPhase : std::uint32_t { queue, envelope, content, last };

/* Places for those that relayd-http has names for. */
constexpr std::size_t routes_max = 12;
constexpr std::size_t validation_fields_max = 20;
/* received ... rejected, of LedgerStatus */
constexpr std::size_t ledger_statuses = 6;
constexpr std::uint32_t relays_max = 8;

/* What the buckets of all histograms end at, in microseconds. */
constexpr std::array<std::uint64_t, 15> duration_bounds = {500, 1000, 2500,
    5000, 10000, 25000, 50000, 100000, 250000, 500000, 1000000, 2500000,
    5000000, 10000000, 30000000};

template <typename Cell, typename Enum>
using CellsOf = std::array<Cell, static_cast<std::size_t>(Enum::last)>;

/* Cell is SharedCounter, or std::uint64_t for sums. */
template <typename Cell> struct HistogramOf {
	/* One more than there are bounds: what is beyond them. */
	std::array<Cell, duration_bounds.size() + 1> buckets;
	Cell sum_us;
};

template <typename Cell> struct RelayStatisticsOf {
	Cell tag; /* of its name; 0: there is none here */
	/* Gauges. */
	Cell is_up;
	Cell connections;
	Cell connections_max; /* as configured */
	Cell in_use; /* of these, or programs that run */
	Cell waiting; /* messages without a connection */
	/* Counters. */
	Cell connections_made;
	Cell connections_failed; /* or could not be used */
	Cell probes; /* attempts while it was down */
	CellsOf<Cell, SmtpResult> results;
};

template <typename Cell> struct StatisticsOf {
	CellsOf<Cell, Counter> counters;
	CellsOf<Cell, Gauge> gauges;
	/* relayd-http */
	std::array<Cell, http_statuses.size()> answers;
	std::array<Cell, result_codes.size()> messages;
	CellsOf<Cell, AuthFailure> auth_failures;
	CellsOf<Cell, LimitTier> rate_limited;
	std::array<Cell, validation_fields_max> validation_failures;
	std::array<HistogramOf<Cell>, routes_max> request_durations;
	/* relayd-smtp */
	CellsOf<Cell, SmtpResult> submissions;
	HistogramOf<Cell> smtp_duration; /* all phases together */
	CellsOf<HistogramOf<Cell>, SmtpPhase> smtp_phases;
	std::array<std::array<Cell, result_codes.size()>, ledger_statuses>
	    transitions;
};

struct RelayStatistics : RelayStatisticsOf<SharedCounter> {
	void clear_gauges();
	void clear(); /* for another relay */
};

/* A process's own, from the first cache line to the last. */
struct alignas(64) Statistics : StatisticsOf<SharedCounter> {
	std::array<RelayStatistics, relays_max> relays;

	/* The process has died. */
	void clear_gauges();
};
using StatisticsSum = StatisticsOf<std::uint64_t>;
using RelaySum = RelayStatisticsOf<std::uint64_t>;
using SharedHistogram = HistogramOf<SharedCounter>;

/* The parent's, beside what it counts as a process. */
enum class ProcessKind : std::uint32_t {
	none,
	parent,
	relayd_http,
	relayd_smtp,
	resolver,
	last
};
template <typename Cell> struct ParentStatisticsOf {
	Cell started; /* seconds since 1970, as all times here */
	Cell generation; /* of the configuration in force */
	Cell reloads;
	Cell reloads_failed;
	Cell last_reload_failed; /* 0 or 1 */
	Cell last_reload; /* when that was; 0: never */
	Cell configured; /* when the one in force came into force */
	CellsOf<Cell, ProcessKind> restarts;
	CellsOf<Cell, ProcessKind> hangs; /* ended because of them */
};
using ParentStatistics = ParentStatisticsOf<SharedCounter>;
using ParentSum = ParentStatisticsOf<std::uint64_t>;

inline void
count_in(SharedCounter &counter, std::uint64_t number = 1)
{
	counter.fetch_add(number, std::memory_order_relaxed);
}

inline void
set_to(SharedCounter &gauge, std::uint64_t value)
{
	gauge.store(value, std::memory_order_relaxed);
}

template <typename Array, typename Enum>
auto &
cell_of(Array &cells, Enum which)
{
	return (cells[static_cast<std::size_t>(which)]);
}

void observe(SharedHistogram &histogram, std::uint64_t microseconds);

/* What a relay is known by, in a tag: never 0. */
std::uint64_t relay_tag(std::string_view name);

/* Sums wrap, as unsigned numbers do; relays are added one by one. */
void add_statistics(StatisticsSum &sum, const Statistics &part);
void add_relay(RelaySum &sum, const RelayStatistics &part);
ParentSum read_parent(const ParentStatistics &parent);

#endif
