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


"""The same through the relay."""

import contextlib

import process
from direct import Run
from generators import pace, wrk
from outcome import Failure
from relay import Configuration, Relay

# Whoever measures something else does it under this load.
CONNECTIONS = 128


def configured(sink, **parts):
	"""Limits out of the way, everything else as it comes."""
	parts.setdefault("relay", pool(32))
	parts.setdefault("top", room(4096))
	return Configuration(sink.port, log="log { level warning }", **parts)


def room(connections):
	return "max connections %d per address %d" % (connections, connections)


def pool(connections):
	return "connections %d messages 1000000" % connections


def cpu(pids):
	return sum(process.cpu_microseconds(p) for p in pids)


@contextlib.contextmanager
def warmed(configuration, keys=None):
	"""A relay that has had its first second of load."""
	with Relay(configuration=configuration) as relay:
		wrk(relay.port, CONNECTIONS, 1, keys)
		yield relay


def measure(relay, seconds, connections=CONNECTIONS, keys=None,
    tls_port=None):
	family = relay.family()
	before = cpu(family)
	run = rate(tls_port or relay.port, connections, seconds, keys,
	    tls_port is not None)
	if relay.family() != family:
		raise Failure("a process of the relay died under load")
	run.cpu_us = (cpu(family) - before) / run.messages
	run.connections = connections
	return run


def rate(port, connections, seconds, keys=None, tls=False):
	"""A Run of whatever listens there."""
	figures = wrk(port, connections, seconds, keys, tls)
	return Run(figures["requests"], figures["seconds"])


def latencies(port, per_second, seconds, connections, direct=False):
	"""(p50, p99) in us at an even rate; direct: of a mail server."""
	figures = pace(port, connections, seconds, per_second, direct)
	return figures["p50_us"], figures["p99_us"]
