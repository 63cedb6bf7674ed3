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

#include "metrics_snapshot.h"
#include "pathnames.h"

namespace {

using Process = MetricsSnapshot::Process;

void
add_process(MetricsSnapshot &snapshot, ProcessKind kind, std::uint32_t slot,
    const Statistics &statistics)
{
	auto gauge = [&](Gauge which) {
		return (cell_of(statistics.gauges, which)
			.load(std::memory_order_relaxed));
	};
	Process process{kind, slot, gauge(Gauge::process_started),
	    gauge(Gauge::process_cpu_us), gauge(Gauge::process_memory)};

	if (process.started != 0)
		snapshot.processes.push_back(process);
}

/* A relay keeps its counts wherever it stands in the configuration. */
void
add_relays(MetricsSnapshot &snapshot, const Statistics &statistics)
{
	for (MetricsSnapshot::Relay &relay : snapshot.relays) {
		std::uint64_t tag = relay_tag(relay.name);

		for (const RelayStatistics &part : statistics.relays) {
			if (part.tag.load(std::memory_order_relaxed) == tag)
				add_relay(relay.counts, part);
		}
	}
}

/* Several listeners may have one; between renewals they may differ. */
void
add_certificates(MetricsSnapshot &snapshot, const HttpListener &listener)
{
	if (!listener.tls)
		return;
	for (const HttpCertificate &one : listener.tls->certificates) {
		std::int64_t &end = snapshot.certificates
			.try_emplace(one.path, one.not_after).first->second;
		end = std::min(end, one.not_after);
	}
}

} /* namespace */

MetricsSnapshot
take_snapshot(Segment &segment, const HttpConfig &config)
{
	MetricsSnapshot snapshot;

	snapshot.version = release_version;
	snapshot.parent = read_parent(segment.parent());
	snapshot.memory_held = segment.memory_held(config.max_memory);
	snapshot.memory_max = config.max_memory;
	snapshot.connections_max =
	    std::uint64_t{config.max_connections} * config.prefork;
	snapshot.connections = segment.connections(config.max_connections);
	for (const HttpListener &listener : config.listeners)
		add_certificates(snapshot, listener);
	for (const std::string &name : config.relays)
		snapshot.relays.push_back({name});
	add_statistics(snapshot.counts, segment.parent_process());
	add_process(snapshot, ProcessKind::parent, 0,
	    segment.parent_process());
	for (std::uint32_t slot = 0; slot < process_slots_max; slot++) {
		ProcessSlot &process = segment.process(slot);
		std::uint64_t kind =
		    process.kind.load(std::memory_order_relaxed);

		/* A slot that nobody had yet takes up no memory. */
		if (kind == 0 ||
		    kind >= static_cast<std::uint64_t>(ProcessKind::last))
			continue;
		const Statistics &statistics = segment.statistics(slot);
		add_statistics(snapshot.counts, statistics);
		add_relays(snapshot, statistics);
		add_process(snapshot, static_cast<ProcessKind>(kind), slot,
		    statistics);
	}
	return (snapshot);
}
