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

"""The same through the relay, loaded by wrk."""

import os
import re
import subprocess
import time

import process
from direct import Run
from outcome import Failure, wait_for
from relay import SECRET, Configuration, Relay, message

HERE = os.path.dirname(os.path.abspath(__file__))
PACE = os.path.join(HERE, "../../build/regress/pace")


def configured(sink):
	"""Limits out of the way, everything else as it comes."""
	return Configuration(sink.port, log="log { level warning }",
	    relay="connections 32 messages 1000000",
	    top="max connections 4096 per address 4096")


def cpu(pids):
	return sum(process.cpu_microseconds(p) for p in pids)


def load(command):
	"""The "figure NAME VALUE" lines that a load generator prints."""
	done = subprocess.run(command, capture_output=True, text=True,
	    env=dict(os.environ, SECRET=SECRET))
	figures = dict(re.findall(r"(?m)^figure (\w+) ([0-9.]+)$", done.stdout))
	if done.returncode != 0 or "requests" not in figures:
		raise Failure("%s: %s" % (command[0], done.stderr or done.stdout))
	figures = {k: float(v) for k, v in figures.items()}
	if figures["failures"]:
		raise Failure("%d of %d requests failed" % (figures["failures"],
		    figures["requests"]))
	return figures


def wrk(port, connections, seconds):
	return load(["wrk", "-t1", "-c%d" % connections,
	    "-d%ds" % max(1, seconds), "--timeout", "10s",
	    "-s", os.path.join(HERE, "post.lua"),
	    "http://127.0.0.1:%d/v1/send" % port])


def pace(port, connections, seconds, rate):
	return load([PACE, "-p", str(port), "-c", str(connections),
	    "-t", str(seconds), "-r", "%.0f" % rate])


def measure(sink, connections, seconds):
	with Relay(configuration=configured(sink)) as relay:
		wrk(relay.port, connections, 1)
		family = relay.family()
		before = cpu(family)
		figures = wrk(relay.port, connections, seconds)
		spent = cpu(family) - before
		if relay.family() != family:
			raise Failure("a process of the relay died under load")
		return Run(figures["requests"] / figures["seconds"],
		    spent / figures["requests"])


def paced_latency(sink, rate, seconds, connections=32):
	"""(p50, p99) in us at a rate of requests a second."""
	with Relay(configuration=configured(sink)) as relay:
		pace(relay.port, connections, 1, rate)
		figures = pace(relay.port, connections, seconds, rate)
		return figures["p50_us"], figures["p99_us"]


def idle_memory():
	"""MB of all processes a while after the start."""
	with Relay(25) as relay:
		relay.post(message())
		family = relay.family()
		wait_for(lambda: quiet(family), "the daemon to be idle")
		return sum(process.proportional_kib(p) for p in family) / 1024


def quiet(family):
	before = cpu(family)
	time.sleep(0.5)
	return cpu(family) - before < 5000
