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

"""Runs the system tests: run.py --prefix DIR [-k TEXT] [-l] [-t SECONDS]

Every function test_* of every file test_*.py beside this one is a test; a table
given with outcome.each() makes one of every row.  A test that cannot be run here
is skipped by name.  The last line is "N passed, N failed, N skipped"; the exit
status is 1 when a test failed, or was skipped under CI=true.
"""

import argparse
import glob
import importlib
import os
import signal
import sys
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True

import accounts
import private_server
import relay
from outcome import Skip


class TooLong(BaseException):
	"""Not an Exception: no test may swallow it."""


def alarm(*_):
	raise TooLong()


def terminated(number, _):
	raise SystemExit(128 + number)


def tests():
	"""(name, function without arguments, seconds it may take)"""
	for path in sorted(glob.glob(os.path.join(HERE, "test_*.py"))):
		subject = os.path.basename(path)[:-3]
		module = importlib.import_module(subject)
		for name, function in list(vars(module).items()):
			if not name.startswith("test_") or not callable(function):
				continue
			full = "%s.%s" % (subject, name)
			limit = getattr(function, "limit", None)
			if hasattr(function, "rows"):
				for row in function.rows:
					yield ("%s[%s]" % (full, row[0]),
					    lambda f=function, r=row: f(*r[1:]), limit)
			else:
				yield full, function, limit


def run(function, seconds):
	"""None when it passed, else (kind, text)."""
	signal.setitimer(signal.ITIMER_REAL, seconds)
	try:
		function()
		return None
	except Skip as reason:
		return "skipped", str(reason)
	except TooLong:
		return "FAILED", "took longer than %d s\n%s" % (seconds,
		    traceback.format_exc())
	except Exception:
		return "FAILED", traceback.format_exc()
	finally:
		signal.setitimer(signal.ITIMER_REAL, 0)


def report(text):
	print(text, flush=True)


def explain(text):
	"""What went wrong, and what the daemon logged meanwhile."""
	report("    " + text.rstrip().replace("\n", "\n    "))
	for left in relay.running:
		report("    --- the daemon's log ends with")
		for line in left.log().splitlines()[-25:]:
			report("    | " + line[:400])


def sweep():
	for left in relay.running:
		left.discard()
	del relay.running[:]


def arguments():
	parser = argparse.ArgumentParser()
	parser.add_argument("--prefix", required=True)
	parser.add_argument("-k", metavar="TEXT", action="append", default=[],
	    help="only tests whose name holds TEXT (repeats: any of them)")
	parser.add_argument("-l", action="store_true", help="list, do not run")
	parser.add_argument("-t", type=float, default=90, metavar="SECONDS",
	    help="what one test may take")
	return parser.parse_args()


def prepare(options):
	relay.prefix = os.path.abspath(options.prefix)
	if not os.access(os.path.join(relay.prefix, "sbin/http-smtp-rele"), os.X_OK):
		sys.exit("run.py: no sbin/http-smtp-rele under %s" % relay.prefix)
	empty = os.path.join(relay.prefix, "libexec/http-smtp-rele/empty")
	if os.geteuid() == 0 and sys.platform.startswith("linux"):
		os.makedirs(empty, mode=0o755, exist_ok=True)
	signal.signal(signal.SIGALRM, alarm)
	signal.signal(signal.SIGTERM, terminated)


def main():
	options = arguments()
	prepare(options)
	people = accounts.Accounts()
	people.make()
	passed, failed, skipped = [], [], []
	try:
		for name, function, limit in tests():
			if options.k and not any(text in name for text in options.k):
				continue
			if options.l:
				report(name)
				continue
			start = time.monotonic()
			problem = run(function, limit or options.t)
			seconds = time.monotonic() - start
			report("%-7s %6.2f s  %s" % (problem[0] if problem else "ok",
			    seconds, name))
			if problem is None:
				passed.append(name)
			elif problem[0] == "skipped":
				report("    " + problem[1])
				skipped.append(name)
			else:
				explain(problem[1])
				failed.append(name)
			sweep()
	finally:
		sweep()
		private_server.stop_shared()
		people.remove()
	for kind, names in (("failed", failed), ("skipped", skipped)):
		for name in names:
			report("%s: %s" % (kind, name))
	report("%d passed, %d failed, %d skipped" % (len(passed), len(failed),
	    len(skipped)))
	ci = os.environ.get("CI") == "true"
	return 1 if failed or (ci and skipped) else 0


if __name__ == "__main__":
	sys.exit(main())
