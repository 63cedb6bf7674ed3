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

"""Measures how reliable the relay is, on this machine and over loopback.

	torture.py --prefix DIR [--messages N] [--requests N] [ROW ...]

A line for every figure, "name value bar met|missed".  A ROW is the beginning of a
figure's name; without one all are measured.

truth_    N messages through the relay, each with its own number, while children are
          killed, the mail server fails at every stage and restarts, and the
          configuration changes every 100 ms.  Afterwards its record, not the
          relay's, says what came:
  truth_lost             202s that it did not take
  truth_doubled          202s that it took twice
  truth_refused_taken    refused, and taken all the same
  truth_unknown_twice    of 504s and lost connections, taken more than once
  truth_wrong_answers    none of those that api.md has for this
  truth_cut              lost connections that no killed relayd-http explains
  truth_accepted_share   202s of all: less, and this measured nothing
repeats_  the same by a quarter of so many clients' messages that have an
          Idempotency-Key and are repeated, with the ledger in a file:
  repeats_doubled        taken twice, whatever the client was told
reload_   failed requests while the configuration changes 100 times
recovery_ the most seconds from SIGKILL for all children of a kind to the next 202,
          of 50 kills
hang_     seconds from SIGSTOP for relayd-http, or relayd-smtp, to the next 202:
          it is noticed after 20
leak_     what a process has more after N requests of all sorts than after 1,000:
          descriptors, MB resident

The exit status is 1 when a bar is missed, or a figure could not be had.
"""

import argparse
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path[:0] = [HERE] + [os.path.join(os.path.dirname(HERE), d)
    for d in ("bench", "system")]

import accounts
import figures
import relay
import table
import tortures


def arguments():
	parser = argparse.ArgumentParser(description=__doc__,
	    formatter_class=argparse.RawDescriptionHelpFormatter)
	parser.add_argument("--prefix", required=True)
	parser.add_argument("--messages", type=int, default=100000)
	parser.add_argument("--requests", type=int, default=1000000)
	parser.add_argument("row", metavar="ROW", nargs="*")
	return parser.parse_args()


def run(options):
	shown = table.measure_all(table.chosen(tortures.TABLE, options.row),
	    tortures.Torture(options.messages, options.requests))
	for what, names in ("missed", shown.missed()), ("failed", shown.failed()):
		if names:
			figures.note("%s: %s" % (what, " ".join(names)))
	return 1 if shown.missed() or shown.failed() else 0


def main():
	options = arguments()
	relay.prefix = os.path.abspath(options.prefix)
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
