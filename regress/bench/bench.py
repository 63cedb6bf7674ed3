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

	bench.py --prefix DIR [--original PROGRAM] [--seconds N] [--rounds N]
	    [--out DIR] [ROW ...]

A line for every figure, "name value bar met|missed", and the same as figures.tsv
and figures.svg under regress/bench/out.  Everything is on this machine: wrk, the
relay and smtp-sink, over loopback; a message is 1 KiB of text.  Where there are
several rounds the best of each kind counts: other work only takes away.

A ROW is the beginning of a figure's name: `throughput', `pool', `latency_p99'.
Without one all are measured, those of the original only with --original.

throughput_ratio  messages/s through POST /v1/send over those of smtp-source -d into
                  the same smtp-sink, each the better of 32 and 128 connections
cpu_ratio         user and system time of all relay processes a message over that
                  of smtp-source
latency_p50_us    what the relay adds, at half of its highest throughput, to the
latency_p99_us    time of a submission straight to the mail server at that rate
original_ratio    messages/s over those of http-smtp-rele 0.15.1 under the same load
original_latency_ratio
                  p50 over its p50, both at half of its highest throughput
redis_ratio       messages/s with `store redis' over those with `store memory'
attachment_mb_s   attachments of 5 MB, one after the other, as base64 in JSON
attachment_memory_ratio
                  the most that all processes hold meanwhile, over the posted body
rss_idle_mb       proportional set size of all processes, idle
rss_5000_mb       the same with 5,000 idle connections that have sent a message each
idle_5000_ratio   messages/s beside 5,000 kept connections that are idle, and beside
dribbling_1000_ratio
                  1,000 that send an octet a second, over those without
prefork_N         messages/s with N processes, N connections to the mail server and
pool_N            N keys that are used in turn; NAME_flat is the slowest over the
keys_N            fastest
records_N         the same with a full ledger of N in a file (store sqlite)
https_ratio       messages/s over TLS 1.3, on kept connections, over those without it
https_cpu_us      CPU a message over TLS
tls_handshakes_per_s
                  requests/s, each on a new connection with TLS 1.3 and a P-256 key
tls_connection_kb memory of a connection with TLS that rests
sqlite_ratio      messages/s with the ledger in a file over those with it in memory
sqlite_cpu_us     CPU a message with the ledger in a file
ledger_mb_per_million
                  the size of a file with a million records
lookups_per_s     GET /v1/submissions/ID in that file, at random
alike_NAME        how much longer the slowest takes of another key's id, an expired
                  and an unknown one, which all get 404, with `store NAME'

The exit status is 1 when a figure is "failed": a request was not accepted, a
process died, or what is needed is not here.  A bar that is missed changes nothing.
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
import rows
import table


def arguments():
	parser = argparse.ArgumentParser(description=__doc__,
	    formatter_class=argparse.RawDescriptionHelpFormatter)
	parser.add_argument("--prefix", required=True)
	parser.add_argument("--original", metavar="PROGRAM", default="",
	    help="http-smtp-rele 0.15.1, or its tree after `cargo build "
	    "--release -p http-smtp-rele-cli'")
	parser.add_argument("--seconds", type=float, default=1,
	    help="how long each of the loads runs")
	parser.add_argument("--rounds", type=int, default=5,
	    help="how often; the best of each kind counts")
	parser.add_argument("--out", default=os.path.join(HERE, "out"))
	parser.add_argument("row", metavar="ROW", nargs="*")
	return parser.parse_args()


def program(path):
	"""The original's, given itself or with the tree that it was built in."""
	if os.path.isdir(path):
		path = os.path.join(path, "target/release/http-smtp-rele")
	if not os.access(path, os.X_OK):
		sys.exit("bench.py: ORIGINAL: %s cannot be run; build it with `cargo "
		    "build --release -p http-smtp-rele-cli'" % path)
	return os.path.abspath(path)


def chosen(words, original):
	"""The rows that the words name, or all that can be measured."""
	named = table.chosen(rows.TABLE, words)
	for word in words:
		if not original and all(r.needs_original for r in named
		    if r.named(word)):
			sys.exit("bench.py: %s needs ORIGINAL=/path/to/"
			    "http-smtp-rele-0.15.1" % word)
	return [r for r in named if original or not r.needs_original]


def run(options):
	original = program(options.original) if options.original else None
	shown = table.measure_all(chosen(options.row, original),
	    rows.Bench(options.seconds, options.rounds, original))
	shown.write(options.out)
	figures.note("all is in %s" % options.out)
	if shown.failed():
		figures.note("failed: " + " ".join(shown.failed()))
		return 1
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
	finally:
		for left in relay.running:
			left.discard()
		people.remove()


if __name__ == "__main__":
	sys.exit(main())
