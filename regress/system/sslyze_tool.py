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

"""sslyze, a TLS scanner from PyPI."""

import json
import subprocess
import tempfile

import pypi
from outcome import Failure

WANTED = ["sslyze==6.2.0"]


def scan(port):
	"""What its JSON says of the server on this port of 127.0.0.1."""
	python = pypi.python("sslyze", WANTED)
	# In a file: into a pipe it writes a part when it is stopped meanwhile.
	with tempfile.NamedTemporaryFile() as result:
		said = run(python, port, result.name)
		try:
			return json.load(result)["server_scan_results"][0]
		except (ValueError, KeyError, IndexError):
			raise Failure("sslyze: %s" % said[-2000:])


def run(python, port, path):
	"""What it says besides."""
	return subprocess.run([python, "-m", "sslyze", "--json_out=" + path,
	    "--sslv2", "--sslv3", "--tlsv1", "--tlsv1_1", "--tlsv1_2", "--tlsv1_3",
	    "--compression", "--heartbleed", "--openssl_ccs", "--reneg", "--robot",
	    "--early_data", "127.0.0.1:%d" % port], stdin=subprocess.DEVNULL,
	    stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout
