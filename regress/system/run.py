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

"""Runs the system tests: run.py --prefix DIR [-j N] [-k TEXT] [-l] [-t SECONDS]

Every function test_* of every file test_*.py beside this one is a test; a table
given with outcome.each() makes one of every row.  N processes run them beside each
other; tests that measure what others would change (outcome.alone() says why) run
afterwards, one by one.  A test that cannot be run here is skipped by name.  The
last line is "N passed, N failed, N skipped"; the exit status is 1 when a test
failed, or was skipped under CI=true.
"""

import argparse
import os
import re
import shlex
import signal
import sys
import time

sys.dont_write_bytecode = True

import accounts
import pool
from tests import tests

# Tests wait more than they work.
WORKERS = min(4, 2 * (os.cpu_count() or 1))


def terminated(number, _):
	raise SystemExit(128 + number)


def say(text):
	print(text, flush=True)


class Results:
	def __init__(self, of):
		self.names = {"ok": [], "FAILED": [], "skipped": []}
		self.of = of

	def note(self, test, kind, seconds, text):
		self.names[kind].append(test.name)
		n = sum(map(len, self.names.values()))
		line = "[%*d/%d] %-7s %6.2f s  %s" % (len(str(self.of)), n, self.of,
		    kind, seconds, test.name)
		say("\n".join([line] + text.splitlines()))

	def sum_up(self):
		"""The exit status."""
		failed, skipped = self.names["FAILED"], self.names["skipped"]
		for kind, names in (("failed", failed), ("skipped", skipped)):
			for name in names:
				say("%s: %s" % (kind, name))
		for name in failed:
			say("alone: make test ONLY=%s" % shlex.quote(name))
		say("%d passed, %d failed, %d skipped" % (len(self.names["ok"]),
		    len(failed), len(skipped)))
		ci = os.environ.get("CI") == "true"
		return 1 if failed or (ci and skipped) else 0


def matches(name, text):
	"""Whether the name holds the text, or, where that has a `*', is of that
	form."""
	parts = map(re.escape, text.lower().split("*"))
	how = re.fullmatch if "*" in text else re.search
	return how(".*".join(parts), name.lower()) is not None


def arguments():
	parser = argparse.ArgumentParser()
	parser.add_argument("--prefix", default="/usr/local")
	parser.add_argument("-j", type=int, default=WORKERS, metavar="N",
	    help="so many tests at once (%d); 1: all in order" % WORKERS)
	parser.add_argument("-k", metavar="TEXT", action="append", default=[],
	    help="only tests whose name holds TEXT; `*' in it is anything, and "
	    "then it is all of the name (repeats: any of them)")
	parser.add_argument("-l", action="store_true", help="list, do not run")
	parser.add_argument("-t", type=float, default=900, metavar="SECONDS",
	    help="when a test is taken to hang")
	return parser.parse_args()


def prepare(options):
	options.prefix = os.path.abspath(options.prefix)
	if not os.access(os.path.join(options.prefix, "sbin/http-smtp-rele"),
	    os.X_OK):
		sys.exit("run.py: no sbin/http-smtp-rele under %s" % options.prefix)
	empty = os.path.join(options.prefix, "libexec/http-smtp-rele/empty")
	if os.geteuid() == 0 and sys.platform.startswith("linux"):
		os.makedirs(empty, mode=0o755, exist_ok=True)
	signal.signal(signal.SIGTERM, terminated)
	os.environ["RUN"] = "%d %f" % (os.getpid(), time.time())


def run(chosen, options, results):
	def limit(test):
		return test.limit or options.t

	def in_order(some):
		if some:
			pool.run(pool.InOrder(some), 1, options.prefix, limit,
			    results.note)

	if options.j == 1:
		in_order(chosen)
		return
	beside = [test for test in chosen if not test.alone]
	pool.run(pool.Queue(beside), min(options.j, len(beside)), options.prefix,
	    limit, results.note)
	in_order([test for test in chosen if test.alone])


def main():
	options = arguments()
	chosen = [test for test in tests() if not options.k or
	    any(matches(test.name, text) for text in options.k)]
	if options.l:
		for test in chosen:
			say(test.name)
		return 0
	prepare(options)
	people = accounts.Accounts()
	people.make()
	results = Results(len(chosen))
	try:
		run(chosen, options, results)
	finally:
		people.remove()
	return results.sum_up()


if __name__ == "__main__":
	sys.exit(main())
