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

"""What a million requests leave behind in the relay's processes: nothing.

The requests are of every sort: accepted and refused, one by one, pipelined, on
connections that are kept, closed and left in the middle of something.
"""

import asyncio
import contextlib
import os
import random
import socket
import struct
import subprocess
import time

import process
from clients import Connection
from figures import note
from http_client import post_octets, request
from outcome import Failure, wait_for
from relay import OTHER, SECRET, Configuration, Relay, message, running
from tcp import free_port, port_answers

HERE = os.path.dirname(os.path.abspath(__file__))
SINK = os.path.join(HERE, "../../build/regress/sink")
FIRST = 1000		# requests
CONNECTIONS = 32
PROGRESS = 10		# seconds
POOR = "this-key-has-had-its-only-message-today-01"
UNKNOWN = "nobody-has-a-key-with-this-for-a-secret-02"
LARGE = "2000000"	# octets, more than `max request'

# The octets of each sort and the status of their answer; a connection is kept
# after all of these.
KEPT = [
	(post_octets(message(), SECRET), 202),
	(post_octets(message(), OTHER), 202),
	(post_octets(message(to="user@example.net"), SECRET), 400),
	(post_octets(message(surplus=1), SECRET), 400),
	(post_octets(b'{"to":', SECRET), 400),
	(post_octets(message(), None), 401),
	(post_octets(message(), UNKNOWN), 403),
	(post_octets(message(), SECRET, "/v1/nothing"), 404),
	(request("GET", "/v1/submissions/req_01ARZ3NDEKTSV4RRFFQ69G5FAV",
	    [("Authorization", "Bearer " + SECRET)]), 404),
	(request("PUT", "/v1/send", [("Content-Length", "0")]), 405),
	(post_octets(message(), SECRET, fields=[("Content-Type",
	    "text/plain")]), 415),
	(post_octets(message(), POOR), 429),
	(request("GET", "/healthz"), 200),
]
# And these are answered with Connection: close.
CLOSED = [
	(post_octets(message(), SECRET, fields=[("Connection", "close")]), 202),
	(request("GET", "/healthz", [("Connection", "close")]), 200),
	(request("POST", "/v1/send", [("Authorization", "Bearer " + SECRET),
	    ("Content-Type", "application/json"), ("Content-Length", LARGE)]), 413),
	(request("POST", "/v1/send", [("Transfer-Encoding", "chunked"),
	    ("Content-Length", "3")]), 400),
	(b"GET / HTTP/1.1\r\n\r\n", 400),
]


class Mixture:
	"""Requests of all sorts from several connections at once."""

	def __init__(self, port):
		self.port = port
		self.sent = 0

	def run(self, count):
		asyncio.run(self.work(count))

	async def work(self, count):
		self.until = self.sent + count
		self.shown = time.monotonic()
		await asyncio.gather(*(self.client() for _ in range(CONNECTIONS)))

	async def client(self):
		while self.sent < self.until:
			connection = Connection(self.port,
			    await asyncio.open_connection("127.0.0.1", self.port))
			try:
				await random.choice((self.one_by_one, self.pipelined,
				    self.pipelined, self.closing,
				    self.going_away))(connection)
			finally:
				connection.writer.close()
			self.progress()

	def progress(self):
		if time.monotonic() - self.shown > PROGRESS:
			self.shown = time.monotonic()
			note("%d requests" % self.sent)

	async def one_by_one(self, connection):
		for sort in random.choices(KEPT, k=10):
			await self.exchange(connection, [sort])
			if not connection.kept:
				break

	async def pipelined(self, connection):
		for _ in range(5):
			await self.exchange(connection, random.choices(KEPT, k=10))
			if not connection.kept:
				break

	async def closing(self, connection):
		await self.exchange(connection, random.choices(KEPT, k=3) +
		    [random.choice(CLOSED)])
		if await connection.reader.read() != b"":
			raise Failure("more than the answers came")

	async def going_away(self, connection):
		"""In the middle of a request, or before its answer."""
		octets, _ = random.choice(KEPT + CLOSED)
		self.sent += 1
		connection.writer.write(octets[:random.choice((len(octets),
		    random.randrange(len(octets))))])
		await asyncio.sleep(random.choice((0, 0.001)))
		if random.random() < 0.5:
			connection.writer.get_extra_info("socket").setsockopt(
			    socket.SOL_SOCKET, socket.SO_LINGER,
			    struct.pack("ii", 1, 0))

	async def exchange(self, connection, sorts):
		self.sent += len(sorts)
		connection.writer.write(b"".join(octets for octets, _ in sorts))
		for octets, wanted in sorts:
			status, body = await connection.answer()
			if status != wanted:
				raise Failure("%d %s instead of %d to %r" % (status,
				    body[:200], wanted, octets[:300]))


@contextlib.contextmanager
def sink():
	"""The port of a mail server that takes everything."""
	port = free_port()
	process = subprocess.Popen([SINK, "-p", str(port)],
	    stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
	try:
		wait_for(lambda: port_answers(port), "the mail server")
		yield port
	finally:
		process.kill()
		process.wait()


def configured(port):
	# The ledger is full after the first requests.
	return Configuration(port, log="log { level warning }",
	    relay="connections 10 idle 1s messages 1000",
	    store="store memory { records 100 }",
	    keys=Configuration().keys + '\nkey "poor" { secret "%s" '
	    'limit 1/d burst 1 }' % POOR)


class Held:
	"""What a process has, once it rests."""

	def __init__(self, pid):
		self.descriptors = process.descriptors(pid)
		self.kib = process.memory_kib(pid)["Rss"]
		self.name = process.Process(pid).name

	def __str__(self):
		return "%s %d descriptors %d KiB" % (self.name, self.descriptors,
		    self.kib)


def resting(relay):
	"""{pid: Held} when nothing changes any more."""
	def descriptors():
		return [process.descriptors(pid) for pid in relay.family()]
	def quiet():
		before = descriptors()
		time.sleep(3)		# `idle' of the relay's connections, and more
		return before == descriptors()
	wait_for(quiet, "the relay to rest")
	return {pid: Held(pid) for pid in relay.family()}


def row(torture):
	with sink() as port:
		relay = Relay(configuration=configured(port))
		relay.start()
		relay.post(message(), POOR)
		mixture = Mixture(relay.port)
		mixture.run(FIRST)
		before = resting(relay)
		mixture.run(torture.requests - FIRST)
		after = resting(relay)
		if before.keys() != after.keys():
			raise Failure("a process of the relay died")
		for pid, held in before.items():
			note("%s, %s" % (held, after[pid]))
		relay.discard()
		running.remove(relay)
	yield "leak_descriptors", max(abs(after[p].descriptors -
	    before[p].descriptors) for p in before)
	yield "leak_mb", max(after[p].kib - before[p].kib for p in before) / 1024
