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


"""What makes the load: wrk as fast as it goes, pace (regress/tools) at an even rate.
A load in which anything failed is no figure."""

import os
import re
import subprocess

from outcome import Failure
from relay import SECRET

HERE = os.path.dirname(os.path.abspath(__file__))
PACE = os.path.join(HERE, "../../build/regress/pace")


def load(command, **environment):
	"""The "figure NAME VALUE" lines that a load generator prints."""
	done = subprocess.run(command, capture_output=True, text=True,
	    env=dict(os.environ, SECRET=SECRET, **environment))
	figures = {name: float(value) for name, value in
	    re.findall(r"(?m)^figure (\w+) ([0-9.]+)$", done.stdout)}
	name = os.path.basename(command[0])
	if done.returncode != 0 or not figures.get("requests"):
		raise Failure("%s: %s" % (name, done.stderr or done.stdout))
	if figures["failures"]:
		raise Failure("%s: %d of %d requests failed" % (name,
		    figures["failures"], figures["requests"]))
	return figures


def wrk(port, connections, seconds, keys=None, tls=False):
	"""With keys, requests come from so many (keys.py) in turn."""
	environment = {} if keys is None else {"KEYS": str(keys)}
	return load(["wrk", "-t1", "-c%d" % connections,
	    "-d%ds" % max(1, seconds), "--timeout", "10s",
	    "-s", os.path.join(HERE, "post.lua"),
	    "%s://127.0.0.1:%d/v1/send" % ("https" if tls else "http", port)],
	    **environment)


def wrk_handshakes(port, connections, seconds):
	"""Each request on a new connection with TLS, and no message sent."""
	return load(["wrk", "-t1", "-c%d" % connections,
	    "-d%ds" % max(1, seconds), "--timeout", "10s",
	    "-s", os.path.join(HERE, "handshake.lua"),
	    "https://127.0.0.1:%d/healthz" % port])


def wrk_lookups(port, connections, seconds, first, last):
	"""Of submissions with the numbers that ledger.py gave them, at random."""
	return load(["wrk", "-t1", "-c%d" % connections,
	    "-d%ds" % max(1, seconds), "--timeout", "10s",
	    "-s", os.path.join(HERE, "lookup.lua"), "http://127.0.0.1:%d" % port],
	    FIRST=str(first), LAST=str(last))


def pace(port, connections, seconds, rate, direct=False):
	"""direct: to a mail server instead of through a relay."""
	return load([PACE, "-p", str(port), "-c", str(connections),
	    "-t", str(seconds), "-r", "%.0f" % rate] + ["-s"] * direct)
