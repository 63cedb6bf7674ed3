#!/usr/bin/env python3
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

"""Measures the relay against Postfix's own load generator, in one run.

	bench.py --prefix DIR [--seconds N] [--out DIR]

A line for every figure, "name value bar met|missed"; the same as figures.tsv and
figures.svg under regress/bench/out.  Everything is on this machine: wrk, the relay
and smtp-sink, over loopback.  What the lines mean:

throughput_ratio  messages/s through POST /v1/send over those of smtp-source -d into
                  the same smtp-sink, each the better of 32 and 128 connections
cpu_ratio         user and system time of all relay processes a message over that
                  of smtp-source
latency_p50_us    what the relay adds, at half of its highest throughput, to the
latency_p99_us    time of a submission over one kept SMTP connection
rss_idle_mb       proportional set size of all processes, idle
"""

import argparse
import os
import shutil
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "system")]

import accounts
import figures
import relay
from direct import SmtpSink, direct_latency, smtp_source
from outcome import Skip
from through import idle_memory, measure, paced_latency

CONNECTIONS = (32, 128)


def arguments():
	parser = argparse.ArgumentParser()
	parser.add_argument("--prefix", required=True)
	parser.add_argument("--seconds", type=float, default=3,
	    help="how long each of the loads runs")
	parser.add_argument("--rounds", type=int, default=3,
	    help="how often; the best of each kind counts")
	parser.add_argument("--out", default=os.path.join(HERE, "out"))
	return parser.parse_args()


def compare(seconds, rounds):
	"""(best direct run, best run through the relay), taken in turns, so that
	what else the machine does troubles both alike."""
	direct, through = [], []
	with SmtpSink() as sink:
		for connections in CONNECTIONS * rounds:
			direct.append(smtp_source(sink, connections, seconds))
			figures.note("smtp-source, %d connections: %s" % (connections,
			    direct[-1]))
			through.append(measure(sink, connections, seconds))
			figures.note("the relay, %d connections: %s" % (connections,
			    through[-1]))
	best = lambda runs: max(runs, key=lambda run: run.rate)
	return best(direct), best(through)


def run(options):
	rows = figures.Figures()
	rows.add("rss_idle_mb", idle_memory(), "<", 12)
	direct, through = compare(options.seconds,
	    options.rounds)
	rows.add("throughput_per_s", through.rate)
	rows.add("smtp_source_per_s", direct.rate)
	rows.add("throughput_ratio", through.rate / direct.rate, ">=", 0.6)
	rows.add("cpu_us_per_message", through.cpu_us)
	rows.add("smtp_source_cpu_us", direct.cpu_us)
	rows.add("cpu_ratio", through.cpu_us / direct.cpu_us, "<=", 1.5)
	with SmtpSink() as sink:
		base = direct_latency(sink)
		added = paced_latency(sink, through.rate / 2, options.seconds)
	figures.note("direct: p50 %.0f us, p99 %.0f us; through the relay: p50 "
	    "%.0f us, p99 %.0f us" % (base + added))
	rows.add("latency_p50_us", added[0] - base[0], "<", 200)
	rows.add("latency_p99_us", added[1] - base[1], "<", 2000)
	rows.write(options.out)
	return 0


def main():
	options = arguments()
	relay.prefix = os.path.abspath(options.prefix)
	if shutil.which("wrk") is None:
		sys.exit("bench.py: wrk is needed (apt-get install wrk)")
	empty = os.path.join(relay.prefix, "libexec/http-smtp-rele/empty")
	if os.geteuid() == 0:
		os.makedirs(empty, mode=0o755, exist_ok=True)
	people = accounts.Accounts()
	people.make()
	try:
		return run(options)
	except Skip as reason:
		sys.exit("bench.py: %s" % reason)
	finally:
		for left in relay.running:
			left.discard()
		people.remove()


if __name__ == "__main__":
	sys.exit(main())
