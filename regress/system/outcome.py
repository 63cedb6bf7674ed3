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

"""What a test can come to besides passing, and waiting without guessing."""

import contextlib
import fcntl
import os
import time

# The daemon was built with sanitizers (make test SANITIZE=...): they cannot work
# in its sandbox, so it has none, and keep for a while what it frees.
SANITIZED = "SANITIZED" in os.environ

# Seconds after which something is taken to come never.  No test may depend on it: it
# is far more than anything takes on a slow and busy machine.
WATCHDOG = 240


class Skip(Exception):
	"""The test cannot be run on this machine; the text says why."""


class Failure(AssertionError):
	"""The relay did not do what its documents say."""


def wait_for(condition, what, pause=0.01):
	"""Waits until condition() is true, and returns what it returned."""
	deadline = time.monotonic() + WATCHDOG
	while True:
		result = condition()
		if result:
			return result
		if time.monotonic() > deadline:
			raise Failure("waited %g s in vain for %s" % (WATCHDOG, what))
		time.sleep(pause)


def once_a_minute(count, start):
	"""It was done once, and once more a minute at most since start, which is of
	time.monotonic()."""
	most = 1 + int((time.monotonic() - start) / 60)
	true(1 <= count <= most, "%d times, at most %d" % (count, most))


@contextlib.contextmanager
def by_one(path):
	"""What several processes would do at once is done by one after the other;
	path is made to be locked."""
	with open(path, "w") as file:
		fcntl.flock(file, fcntl.LOCK_EX)
		yield


def equal(found, wanted, what=""):
	if found != wanted:
		raise Failure("%s: found %r, wanted %r" % (what or "value", found,
		    wanted))


def true(condition, what):
	if not condition:
		raise Failure(what)


def frugal(condition, what):
	"""It takes no more memory than that; sanitizers do."""
	true(condition or SANITIZED, what)


def each(rows):
	"""Makes one test of every row; a row's first column is its name."""
	def mark(function):
		function.rows = list(rows)
		return function
	return mark


def alone(why):
	"""Nothing else runs beside the test; why: what that would change.  ALONE
	says the same of all tests of a file."""
	def mark(function):
		function.alone = why
		return function
	return mark


def unsanitized(why):
	"""The test is not for a daemon that was built with sanitizers.
	UNSANITIZED says the same of all tests of a file."""
	def mark(function):
		function.unsanitized = why
		return function
	return mark
