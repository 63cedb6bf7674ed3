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

#include "statistics.h"

namespace {

void
add(std::uint64_t &sum, const SharedCounter &part)
{
	sum += part.load(std::memory_order_relaxed);
}

void add(HistogramOf<std::uint64_t> &sum, const SharedHistogram &part);

template <typename Sum, typename Part, std::size_t size>
void
add(std::array<Sum, size> &sum, const std::array<Part, size> &part)
{
	for (std::size_t i = 0; i < size; i++)
		add(sum[i], part[i]);
}

void
add(HistogramOf<std::uint64_t> &sum, const SharedHistogram &part)
{
	add(sum.buckets, part.buckets);
	add(sum.sum_us, part.sum_us);
}

} /* namespace */

std::size_t
result_code_index(std::string_view code)
{
	if (code.empty())
		return (0);
	auto found =
	    std::find(result_codes.begin(), result_codes.end() - 1, code);

	return (static_cast<std::size_t>(found - result_codes.begin()));
}

void
observe(SharedHistogram &histogram, std::uint64_t microseconds)
{
	auto bound = std::lower_bound(
	    duration_bounds.begin(), duration_bounds.end(), microseconds);

	count_in(histogram.buckets[static_cast<std::size_t>(
	    bound - duration_bounds.begin())]);
	count_in(histogram.sum_us, microseconds);
}

/* FNV-1a: the names are the operator's own. */
std::uint64_t
relay_tag(std::string_view name)
{
	std::uint64_t hash = 0xcbf29ce484222325;

	for (char c : name)
		hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
	return (hash == 0 ? 1 : hash);
}

void
Statistics::clear_gauges()
{
	for (SharedCounter &gauge : gauges)
		set_to(gauge, 0);
	for (RelayStatistics &relay : relays)
		relay.clear_gauges();
}

void
RelayStatistics::clear_gauges()
{
	for (SharedCounter *gauge :
	    {&is_up, &connections, &connections_max, &in_use, &waiting})
		set_to(*gauge, 0);
}

void
RelayStatistics::clear()
{
	clear_gauges();
	for (SharedCounter *counter :
	    {&connections_made, &connections_failed, &probes})
		set_to(*counter, 0);
	for (SharedCounter &result : results)
		set_to(result, 0);
}

void
add_statistics(StatisticsSum &sum, const Statistics &part)
{
	add(sum.counters, part.counters);
	add(sum.gauges, part.gauges);
	add(sum.answers, part.answers);
	add(sum.messages, part.messages);
	add(sum.auth_failures, part.auth_failures);
	add(sum.rate_limited, part.rate_limited);
	add(sum.validation_failures, part.validation_failures);
	add(sum.request_durations, part.request_durations);
	add(sum.submissions, part.submissions);
	add(sum.smtp_duration, part.smtp_duration);
	add(sum.smtp_phases, part.smtp_phases);
	add(sum.transitions, part.transitions);
}

void
add_relay(RelaySum &sum, const RelayStatistics &part)
{
	add(sum.is_up, part.is_up);
	add(sum.connections, part.connections);
	add(sum.connections_max, part.connections_max);
	add(sum.in_use, part.in_use);
	add(sum.waiting, part.waiting);
	add(sum.connections_made, part.connections_made);
	add(sum.connections_failed, part.connections_failed);
	add(sum.probes, part.probes);
	add(sum.results, part.results);
}

ParentSum
read_parent(const ParentStatistics &parent)
{
	ParentSum sum{};

	add(sum.started, parent.started);
	add(sum.generation, parent.generation);
	add(sum.reloads, parent.reloads);
	add(sum.reloads_failed, parent.reloads_failed);
	add(sum.last_reload_failed, parent.last_reload_failed);
	add(sum.last_reload, parent.last_reload);
	add(sum.configured, parent.configured);
	add(sum.restarts, parent.restarts);
	add(sum.hangs, parent.hangs);
	return (sum);
}
