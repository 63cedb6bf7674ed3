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

"""sslyze, a TLS scanner from PyPI, in an environment of its own below build/."""

import json
import os
import shutil
import subprocess
import sys

from outcome import Failure, Skip, by_one

WANTED = "sslyze==6.2.0"
WHERE = os.path.join(os.path.dirname(os.path.abspath(__file__)),
    "../../build/sslyze")


def install(log):
	"""A directory that is there is complete: it is renamed when it is."""
	unfinished = "%s.%d" % (WHERE, os.getpid())
	try:
		for command in ([sys.executable, "-m", "venv", unfinished],
		    [os.path.join(unfinished, "bin/python"), "-m", "pip", "install",
		    "-q", "--disable-pip-version-check", WANTED]):
			done = subprocess.run(command, stdout=log, stderr=log,
			    stdin=subprocess.DEVNULL)
			if done.returncode != 0:
				raise Skip("no sslyze: %s failed, see %s" % (
				    " ".join(command[1:4]), log.name))
		os.rename(unfinished, WHERE)
	finally:
		shutil.rmtree(unfinished, ignore_errors=True)


def scan(port):
	"""What its JSON says of the server on this port of 127.0.0.1."""
	where = os.path.normpath(WHERE)
	os.makedirs(os.path.dirname(where), exist_ok=True)
	with by_one(where + ".lock"):
		if not os.path.isdir(where):
			with open(where + ".log", "w") as log:
				install(log)
	done = subprocess.run([os.path.join(where, "bin/python"), "-m", "sslyze",
	    "--json_out=-", "--sslv2", "--sslv3", "--tlsv1", "--tlsv1_1",
	    "--tlsv1_2", "--tlsv1_3", "--compression", "--heartbleed",
	    "--openssl_ccs", "--reneg", "--robot", "--early_data",
	    "127.0.0.1:%d" % port], capture_output=True, text=True,
	    stdin=subprocess.DEVNULL)
	try:
		return json.loads(done.stdout)["server_scan_results"][0]
	except (ValueError, KeyError, IndexError):
		raise Failure("sslyze: %s" % (done.stderr or done.stdout)[-2000:])
