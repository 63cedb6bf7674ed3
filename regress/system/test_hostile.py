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


"""Clients that mean harm: others are answered meanwhile, and nothing stays.

How much slower an honest client is served says `make bench', in the figures
idle_5000_ratio and dribbling_1000_ratio.
"""

import contextlib
import select
import socket
import threading
import time

from contract import check_closing, check_error
from fault_server import FaultServer
from http_client import Closed, post_octets, request
from load import Load
from outcome import WATCHDOG, alone, each, equal, true, wait_for
from relay import SECRET, Relay, message
from siege import MEMORY, attacked, close_all, connections, reset
from tcp import queues

SHORT = "timeout header 5s\ntimeout request 6s"
DUE = 4.9			# seconds, at least
GET = request("GET", "/healthz")


@alone(MEMORY)
def test_five_thousand_idle():
	"""Kept connections that rest cost little, and nobody's time."""
	with attacked(megabytes_more=40) as (relay, honest):
		idle = connections(relay, 5000, GET)
		for connection in idle:
			equal(connection.response().status, 200)
		honest.more()
		for connection in idle[::10]:
			equal(connection.exchange(GET).status, 200, "kept")
		close_all(idle)


@alone(MEMORY)
def test_thousand_dribbling_heads():
	"""An octet now and then: each is cut when its head is due."""
	with attacked(timeouts=SHORT, due=DUE) as (relay, honest):
		start = time.monotonic()
		slow = connections(relay, 1000, b"GET /healthz HTTP/1.1\r\nX: ")
		alive = list(slow)
		def all_cut():
			alive[:] = [c for c in alive if still_sends(c)]
			true(len(alive) == 1000 or time.monotonic() - start > DUE,
			    "cut too early")
			return not alive
		wait_for(all_cut, "all to be cut", 0.2)
		for connection in slow:
			check_error(connection.response(), 408, "request_timeout")
		honest.more()
		close_all(slow)


def still_sends(connection):
	"""Sends an octet, unless an answer is there."""
	connection.socket.setblocking(False)
	try:
		if connection.socket.recv(1, socket.MSG_PEEK) is not None:
			return False
	except BlockingIOError:
		connection.socket.send(b"a")
		return True
	finally:
		connection.socket.settimeout(WATCHDOG)


@each((
	("refused", post_octets(b"x" * 5000, "wrong")[:-4000], 403),
	("taken", post_octets(message(), SECRET)[:-60], 408),
))
def test_dribbling_body(octets, status):
	"""That the rest of a body is dribbled moves no deadline."""
	with Relay(25, timeouts=SHORT) as relay:
		start = time.monotonic()
		with relay.connect() as connection:
			connection.send(octets)
			if status == 403:
				check_error(connection.response(), status, "forbidden")
			with contextlib.suppress(OSError):
				wait_for(lambda: not still_sends(connection),
				    "it to be cut", 0.3)
			took = time.monotonic() - start
			true(took > 5.9, "cut after %.1f s" % took)
			if status == 408:
				response = connection.response()
				check_error(response, status, "request_timeout")
				check_closing(connection, response)
			else:
				true(connection.closed(), "not closed")


@alone(MEMORY)
def test_connection_a_request():
	"""At full rate, from four clients; nothing is left of them."""
	with attacked() as (relay, honest):
		with Load(relay.port, 4, count=2000, reuse=1) as load:
			load.wait()
		equal(load.failures, [])
		honest.more(1)


@alone(MEMORY)
def test_never_reading():
	"""Who asks and asks, and reads nothing, is held up and then cut."""
	with attacked(timeouts=SHORT, due=DUE) as (relay, honest):
		deaf = []
		for _ in range(20):
			deaf.append(relay.connect())
			deaf[-1].socket.setblocking(False)
		for _ in range(100):
			for connection in deaf:
				with contextlib.suppress(OSError):
					connection.socket.send(GET * 500)
		honest.more()
		wait_for(lambda: all(was_cut(c) for c in deaf),
		    "the deaf to be cut")
		close_all(deaf)


def test_never_reading_keeps_little():
	"""Of the answers that nobody reads, the kernel keeps no megabytes."""
	octets = request("GET", "/openapi.json") * 100
	with Relay(25) as relay, relay.connect() as deaf:
		deaf.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
		deaf.socket.setblocking(False)
		def kept():
			return queues(relay.port, deaf.socket)[0]
		wait_for(lambda: not sent(deaf, octets) and kept() > 0,
		    "the relay to read no more")
		true(kept() < 256 * 1024, "%d octets" % kept())


def sent(connection, octets):
	"""Whether there was room for any of it, now or soon."""
	with contextlib.suppress(BlockingIOError):
		return connection.socket.send(octets) > 0
	_, room, _ = select.select([], [connection.socket], [], 1)
	return bool(room)


def was_cut(connection):
	"""Whether sending more fails for good."""
	try:
		connection.socket.send(GET)
	except BlockingIOError:
		pass
	except OSError:
		return True
	return False


@alone(MEMORY)
def test_endless_heads():
	"""Ten megabytes of one field: 431 after 32 KiB, the rest is not kept."""
	octets = b"GET /healthz HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 10000000
	answers = []
	def work():
		with relay.connect() as connection:
			with contextlib.suppress(OSError):
				connection.send(octets)
			try:
				answers.append(connection.response().status)
			except Closed:
				# Past 1 MiB nobody waits for it to be read.
				answers.append(431)
	with attacked(megabytes_more=10) as (relay, honest):
		threads = [threading.Thread(target=work) for _ in range(20)]
		for thread in threads:
			thread.start()
		for thread in threads:
			thread.join()
		honest.more()
		equal(answers, [431] * 20)


def test_endless_head_reads_its_answer():
	with Relay(25) as relay, relay.connect() as connection:
		connection.send(b"GET /healthz HTTP/1.1\r\nX: " + b"a" * 60000)
		response = connection.response()
		check_error(response, 431, "bad_request")
		check_closing(connection, response)


def test_slow_bodies_fill_memory():
	"""Announced and dribbled: what is over `max memory' is refused, while
	the slow, who have all time, are still there."""
	with Relay(25, top=SMALL) as relay:
		slow = connections(relay, 40)
		for connection in slow:
			with contextlib.suppress(OSError):
				connection.send(LARGE)
		wait_for(lambda: sum(is_answered(c) for c in slow) >= 32,
		    "those beyond eight to be refused")
		check_error(relay.post(b" " * 999999), 503, "overloaded")
		for connection in slow:
			if is_answered(connection):
				with contextlib.suppress(Closed):
					equal(connection.response().status, 503)
		close_all(slow)


def test_slow_bodies_make_room():
	"""When the slow are cut, others are taken."""
	with FaultServer() as server, Relay(server.port, timeouts=SHORT,
	    top=SMALL) as relay:
		slow = connections(relay, 40)
		for connection in slow:
			with contextlib.suppress(OSError):
				connection.send(LARGE)
		for connection in slow:
			with contextlib.suppress(Closed):
				true(connection.response().status in (408, 503),
				    "another answer")
		wait_for(lambda: relay.post(message()).status == 202, "room")
		close_all(slow)


SMALL = "max request 1M\nmax memory 8M"
LARGE = post_octets(b" " * 1000000, SECRET)[:-900000]


def is_answered(connection):
	"""Or closed: what is there is not taken."""
	connection.socket.setblocking(False)
	try:
		connection.socket.recv(1, socket.MSG_PEEK)
		return True
	except BlockingIOError:
		return False
	except OSError:
		return True
	finally:
		connection.socket.settimeout(WATCHDOG)


@alone(MEMORY)
@each((
	("silent", b"", None),
	("incomplete", b"GET /healthz HTTP/1.1\r\nHost: a", 400),
	("no-body", post_octets(message(), SECRET)[:-10], 400),
	("whole", GET, 200),
))
def test_half_closed(octets, status):
	"""A thousand who say that they send no more: each gets its answer."""
	with attacked() as (relay, honest):
		for _ in range(4):
			half = connections(relay, 300, octets)
			for connection in half:
				connection.socket.shutdown(socket.SHUT_WR)
			for connection in half:
				if status is not None:
					equal(connection.response().status, status)
				true(connection.closed(), "not closed")
			close_all(half)
		honest.more(5)


@alone(MEMORY)
@each((
	("silent", b""),
	("incomplete", post_octets(message(), SECRET)[:-10]),
	("refused", post_octets(b"x" * 100000, "wrong")[:70000]),
	("submitted", post_octets(message(), SECRET)),
	("pipelined", GET * 200),
))
def test_resets(octets):
	"""A storm of RST at every stage of a request."""
	with attacked() as (relay, honest):
		for _ in range(1000):
			connection = relay.connect()
			with contextlib.suppress(OSError):
				connection.send(octets)
			reset(connection)
		honest.more(5)
