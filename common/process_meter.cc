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
#include <sys/time.h>
#include <sys/resource.h>

#include <chrono>
#include <ctime>

#include "log.h"
#include "process_meter.h"

namespace {

constexpr std::chrono::seconds between_looks{1};

std::uint64_t
microseconds(const struct timeval &time)
{
	return (static_cast<std::uint64_t>(time.tv_sec) * 1000000 +
	    static_cast<std::uint64_t>(time.tv_usec));
}

} /* namespace */

ProcessUsage
process_usage()
{
	struct rusage used;

	if (getrusage(RUSAGE_SELF, &used) == -1)
		return {};
	/* The resident set is in kilobytes on both systems. */
	return {microseconds(used.ru_utime) + microseconds(used.ru_stime),
	    static_cast<std::uint64_t>(used.ru_maxrss) * 1024};
}

void
show_start(Statistics &statistics)
{
	set_to(cell_of(statistics.gauges, Gauge::process_started),
	    static_cast<std::uint64_t>(std::time(nullptr)));
}

void
show_usage(Statistics &statistics, const ProcessUsage &usage)
{
	set_to(cell_of(statistics.gauges, Gauge::process_cpu_us),
	    usage.cpu_us);
	set_to(cell_of(statistics.gauges, Gauge::process_memory),
	    usage.memory);
}

ProcessMeter::ProcessMeter(Statistics &statistics, Segment &shared)
    : own(statistics), segment(shared), timer(this, calls<&ProcessMeter::look>)
{
	show_start(own);
	look();
}

void
ProcessMeter::look()
{
	std::uint64_t lost = log_lost();

	timer.arm(between_looks);
	count_in(cell_of(own.counters, Counter::log_lost), lost - lines_lost);
	lines_lost = lost;
	show_usage(own, process_usage());
	segment.rewrite();
}
