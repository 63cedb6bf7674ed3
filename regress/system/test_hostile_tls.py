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


"""Clients that mean harm before they have said anything: in the handshake."""

import contextlib
import threading
import time

from certificates import certificates
from http_client import Connection
from outcome import alone, each, equal, true, wait_for
from secure import HEALTH, connect, context, listen, pair
from siege import MEMORY, attacked, close_all, descriptors, reset
from tcp import free_port
from test_hostile import DUE
from test_https import client_hello, drained


@contextlib.contextmanager
def attacked_tls(**parts):
	"""(port, honest, relay): honest clients use TLS, too."""
	port, trusted = free_port(), context()
	with attacked(top="\n" + listen(port, pair(certificates().good)),
	    connect=lambda _: connect(port, tls=trusted),
	    **parts) as (relay, honest):
		yield port, honest, relay


@alone(MEMORY)
@each((("silent", 0), ("half", 100), ("whole", None)))
def test_half_open(octets):
	"""A thousand handshakes that do not go on: each is cut when it is due."""
	hello = client_hello()[:octets]
	with attacked_tls(timeouts="timeout header 5s", due=DUE,
	    megabytes_more=120) as (port, honest, relay):
		start = time.monotonic()
		slow = [Connection(port) for _ in range(1000)]
		for connection in slow:
			with contextlib.suppress(OSError):
				connection.send(hello)
		honest.more()
		wait_for(lambda: not drained(slow[0]), "the first to be cut")
		true(time.monotonic() - start > DUE, "it was cut too early")
		for connection in slow[1:]:
			wait_for(lambda: not drained(connection), "it to be cut")
		wait_for(lambda: sum(descriptors(relay)) < 100,
		    "the half-open ones to be given back")
		close_all(slow)


@alone(MEMORY)
@each((("ended", Connection.close), ("reset", reset)))
def test_flood(end):
	"""Handshakes as fast as four clients can make them, and nothing else."""
	trusted, wrong = context(), []
	def work(port):
		for _ in range(100):
			try:
				end(connect(port, tls=trusted))
			except OSError as error:
				wrong.append(repr(error))
	with attacked_tls() as (port, honest, _):
		threads = [threading.Thread(target=work, args=(port,))
		    for _ in range(4)]
		for thread in threads:
			thread.start()
		for thread in threads:
			thread.join()
		equal(wrong, [], "handshakes")
		honest.more(5)


@alone(MEMORY)
def test_resets_in_the_handshake():
	hello = client_hello()
	with attacked_tls() as (port, honest, _):
		for turn in range(600):
			connection = Connection(port)
			connection.send(hello[:1 + turn % len(hello)])
			reset(connection)
		honest.more(5)


@alone(MEMORY)
def test_idle():
	"""Three hundred kept connections, each with its TLS session."""
	trusted = context()
	with attacked_tls(megabytes_more=40) as (port, honest, _):
		idle = [connect(port, tls=trusted) for _ in range(300)]
		for connection in idle:
			equal(connection.exchange(HEALTH).status, 200)
		honest.more()
		for connection in idle[::20]:
			equal(connection.exchange(HEALTH).status, 200, "kept")
		close_all(idle)
