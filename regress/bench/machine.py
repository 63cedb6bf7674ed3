#
# Copyright (c) 2026 The http-smtp-rele authors
#
# Permission to use, copy, modify, and distribute this software for any
# purpose with or without fee is hereby granted, provided that the above
# copyright notice and this permission notice appear in all copies.
#
# THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
# WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
# MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
# ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
# WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
# ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
# OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.
#


"""What the machine leaves us: other work on it, or on the host of a virtual one,
makes every figure worse, and nothing else tells."""

import multiprocessing
import os
import time

# Who is not interrupted never waits so long between two looks at the clock.
PAUSE = 0.0005


def spin(processor, seconds, results):
	"""How long this process was kept from running."""
	if hasattr(os, "sched_setaffinity"):
		os.sched_setaffinity(0, {processor})
	lost, last = 0.0, time.perf_counter()
	end = last + seconds
	while last < end:
		now = time.perf_counter()
		if now - last > PAUSE:
			lost += now - last
		last = now
	results.put(lost)


def taken_by_others(seconds=0.5):
	"""The share of all processors that something else has now."""
	processors = sorted(os.sched_getaffinity(0)) if \
	    hasattr(os, "sched_getaffinity") else range(os.cpu_count())
	results = multiprocessing.Queue()
	spinning = [multiprocessing.Process(target=spin,
	    args=(processor, seconds, results)) for processor in processors]
	for process in spinning:
		process.start()
	lost = sum(results.get() for _ in spinning)
	for process in spinning:
		process.join()
	return lost / seconds / len(spinning)
