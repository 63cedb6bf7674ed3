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


"""Connections that are there and ask for nothing, or take their time."""

import contextlib
import threading

from http_client import request
from outcome import Failure
from tcp import raise_descriptor_limit

OPEN = "timeout idle 10m\ntimeout header 10m"


@contextlib.contextmanager
def connected(relay, count, octets):
	raise_descriptor_limit(count + 1000)
	with contextlib.ExitStack() as stack:
		crowd = [stack.enter_context(relay.connect()) for _ in range(count)]
		for connection in crowd:
			connection.send(octets)
		yield crowd


@contextlib.contextmanager
def idle(relay, count):
	"""Kept connections, each of which has had an answer."""
	with connected(relay, count, request("GET", "/healthz")) as crowd:
		for connection in crowd:
			if connection.response().status != 200:
				raise Failure("an idle connection was refused")
		yield


@contextlib.contextmanager
def dribbling(relay, count):
	"""Heads that never end: each has one octet more every second."""
	octets = b"GET /healthz HTTP/1.1\r\nHost: a\r\nX: "
	done = threading.Event()
	with connected(relay, count, octets) as crowd:
		def dribble():
			while not done.wait(1 / count):
				crowd[0].send(b"a")
				crowd.append(crowd.pop(0))
		thread = threading.Thread(target=dribble)
		thread.start()
		try:
			yield
		finally:
			done.set()
			thread.join()
