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

"""Programs from PyPI, each in an environment of its own below build/.  Where they
cannot be had, the tests that need them are skipped."""

import os
import shutil
import subprocess
import sys

from outcome import Skip, by_one

BUILD = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)),
    "../../build"))
# What cannot be reached is not waited for long, unless it must be there.
PATIENCE = [] if os.environ.get("CI") == "true" else ["--retries", "1",
    "--timeout", "15"]


def install(where, wanted, log):
	"""A directory that is there is complete: it is renamed when it is."""
	unfinished = "%s.%d" % (where, os.getpid())
	try:
		for command in ([sys.executable, "-m", "venv", unfinished],
		    [os.path.join(unfinished, "bin/python"), "-m", "pip", "install",
		    "-q", "--disable-pip-version-check", *PATIENCE, *wanted]):
			done = subprocess.run(command, stdout=log, stderr=log,
			    stdin=subprocess.DEVNULL)
			if done.returncode != 0:
				return "no %s: %s failed, see %s" % (" and ".join(wanted),
				    " ".join(command[1:4]), log.name)
		os.rename(unfinished, where)
		return None
	finally:
		shutil.rmtree(unfinished, ignore_errors=True)


def python(name, wanted):
	"""The interpreter of the environment build/NAME, which finds its modules by
	its place.  An installation that failed is not tried again in the same run of
	the tests."""
	where = os.path.join(BUILD, name)
	failed = where + ".failed"
	run = os.environ.get("RUN", "")
	os.makedirs(BUILD, exist_ok=True)
	with by_one(where + ".lock"):
		if not os.path.isdir(where):
			if run and os.path.exists(failed):
				with open(failed) as file:
					of, _, why = file.read().partition("\n")
				if of == run:
					raise Skip(why)
			with open(where + ".log", "w") as log:
				why = install(where, wanted, log)
			if why:
				with open(failed, "w") as file:
					file.write("%s\n%s" % (run, why))
				raise Skip(why)
	return os.path.join(where, "bin/python")
