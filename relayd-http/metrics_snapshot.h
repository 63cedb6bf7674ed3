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
 * What GET /metrics tells, at one moment: the counts of all processes added
 * up, their gauges, and what of the configuration belongs beside them.
 */

#ifndef RELAYD_HTTP_METRICS_SNAPSHOT_H
#define RELAYD_HTTP_METRICS_SNAPSHOT_H

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "http_config.h"
#include "segment.h"

struct MetricsSnapshot {
	struct Process {
		ProcessKind kind = ProcessKind::none;
		std::uint32_t slot = 0; /* meaningless for the parent */
		std::uint64_t started = 0; /* seconds since 1970 */
		std::uint64_t cpu_us = 0;
		std::uint64_t memory = 0; /* octets */
	};
	struct Relay {
		std::string name;
		RelaySum counts{};
	};

	std::string_view version;
	StatisticsSum counts{};
	ParentSum parent{};
	std::vector<Process> processes; /* those that run */
	std::vector<Relay> relays; /* in the order of the configuration */
	/* By path, when each ends: the earliest, seconds since 1970. */
	std::map<std::string, std::int64_t> certificates;
	std::uint64_t connections = 0; /* of clients, open now */
	std::uint64_t memory_held = 0;
	/* As configured, for all processes. */
	std::uint64_t connections_max = 0;
	std::uint64_t memory_max = 0;
};

/* Looks at what processes have written, and believes nothing of it. */
MetricsSnapshot take_snapshot(Segment &segment, const HttpConfig &config);

#endif
