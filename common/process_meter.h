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
 * What a process tells of itself for GET /metrics: since when it runs, the
 * time it used, the memory it needed, the log lines that it lost.  Looked at
 * once a second, for another process shows it; and what is its own in the
 * segment is written anew.
 */

#ifndef COMMON_PROCESS_METER_H
#define COMMON_PROCESS_METER_H

#include <cstdint>

#include "event_loop.h"
#include "messages.h"
#include "segment.h"
#include "statistics.h"

/* Of this process. */
ProcessUsage process_usage();
/* A process was started; its parent says that for who shares no memory. */
void show_start(Statistics &statistics);
void show_usage(Statistics &statistics, const ProcessUsage &usage);

class ProcessMeter {
public:
	/* statistics: the process's part of the segment, which outlives this. */
	ProcessMeter(Statistics &statistics, Segment &shared);

	void look();

private:
	Statistics &own;
	Segment &segment;
	std::uint64_t lines_lost = 0; /* that are counted already */
	Timer timer;
};

#endif
