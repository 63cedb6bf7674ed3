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

"""Programs from PyPI that judge openapi.json, in an environment of their own
below build/: an OpenAPI validator, and schemathesis."""

import os
import shutil
import subprocess
import sys

from outcome import Skip, by_one

WANTED = ["openapi-spec-validator==0.9.0", "schemathesis==4.32.5"]
WHERE = os.path.join(os.path.dirname(os.path.abspath(__file__)),
    "../../build/openapi")


def install(log):
	"""A directory that is there is complete: it is renamed when it is."""
	unfinished = "%s.%d" % (WHERE, os.getpid())
	commands = ([sys.executable, "-m", "venv", unfinished],
	    [os.path.join(unfinished, "bin/python"), "-m", "pip", "install", "-q",
	    "--disable-pip-version-check"] + WANTED)
	try:
		for command in commands:
			result = subprocess.run(command, stdout=log, stderr=log,
			    stdin=subprocess.DEVNULL)
			if result.returncode != 0:
				raise Skip("no openapi-spec-validator and schemathesis: %s "
				    "failed, see %s" % (" ".join(command[1:4]), log.name))
		os.rename(unfinished, WHERE)
	finally:
		shutil.rmtree(unfinished, ignore_errors=True)


def python():
	"""The environment's interpreter, which finds its modules by its place."""
	where = os.path.normpath(WHERE)
	os.makedirs(os.path.dirname(where), exist_ok=True)
	with by_one(where + ".lock"):
		if not os.path.isdir(where):
			with open(where + ".log", "w") as log:
				install(log)
	return os.path.join(where, "bin/python")


def run(arguments, **how):
	"""Runs the environment's interpreter; (exit status, output)."""
	result = subprocess.run([python()] + arguments, stdout=subprocess.PIPE,
	    stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True, **how)
	return result.returncode, result.stdout
