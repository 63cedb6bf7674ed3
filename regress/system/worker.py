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

"""A process that runs tests, one after the other, as run.py tells it.

Standard input is a socket: a line in names a test and the seconds that it may
take, a line out says what came of it and how long it took.  What there is to say
about a test besides goes to standard output before that.  All that tests leave
behind or share (daemons, real mail servers, certificates) belongs to this process
and goes with it.
"""

import json
import os
import signal
import socket
import sys
import time
import traceback

sys.dont_write_bytecode = True

import private_server
import relay
from outcome import SANITIZED, WATCHDOG, Skip
from tests import tests


class TooLong(BaseException):
	"""Not an Exception: no test may swallow it."""


def alarm(*_):
	raise TooLong()


def terminated(number, _):
	raise SystemExit(128 + number)


def run(test, seconds):
	"""None when it passed, else (kind, text)."""
	if SANITIZED and test.unsanitized:
		return "skipped", test.unsanitized
	signal.setitimer(signal.ITIMER_REAL, seconds)
	try:
		test.function(*test.arguments)
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


def explain(kind, text):
	"""What went wrong, and what the daemon logged meanwhile."""
	print("    " + text.rstrip().replace("\n", "\n    "))
	for left in relay.running if kind == "FAILED" else ():
		print("    --- the daemon's log ends with")
		for line in left.log().splitlines()[-25:]:
			print("    | " + line[:400])


def detached():
	"""The socket, out of the reach of what tests start."""
	link = socket.socket(fileno=os.dup(0))
	null = os.open(os.devnull, os.O_RDONLY)
	os.dup2(null, 0)
	os.close(null)
	return link.makefile("rw")


def serve(link):
	known = {test.name: test for test in tests()}
	for line in link:
		name, seconds = json.loads(line)
		start = time.monotonic()
		problem = run(known[name], seconds)
		took = time.monotonic() - start
		if problem is not None:
			explain(*problem)
		relay.sweep()
		sys.stdout.flush()
		print(json.dumps([problem[0] if problem else "ok", took]),
		    file=link, flush=True)


def main():
	relay.prefix = sys.argv[1]
	relay.patience = "%ds" % (2 * WATCHDOG)
	signal.signal(signal.SIGALRM, alarm)
	signal.signal(signal.SIGTERM, terminated)
	link = detached()
	try:
		serve(link)
	finally:
		relay.sweep()
		private_server.stop_shared()


if __name__ == "__main__":
	main()
