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

"""Many clients that post messages with numbers and write down every answer.

They are a process of their own.  What became of each number is a line in a file:

	SECONDS STATUS NUMBER REQUEST_ID CODE PORT

STATUS is 0 where the connection was lost before the answer was complete, and the
request_id, the code or both are "-" then.  No number is ever sent twice, except
by clients that repeat: with an Idempotency-Key, until the answer is one that does
not change by that, which is the one that is written down.
"""

import asyncio
import json
import multiprocessing
import random
import re
import time

import http_client
from relay import SECRET, message

LENGTH = re.compile(rb"(?im)^content-length: *(\d+)")
CLOSE = re.compile(rb"(?im)^connection: *close")
ANSWER_TIMEOUT = 60
AFTER_REFUSAL = 0.05	# seconds, or a server that is down uses up all numbers
REPEATS = 200
LAST = (202, 504)


class Answer:
	def __init__(self, line):
		words = line.split()
		self.when, self.status = float(words[0]), int(words[1])
		self.number, self.request_id = int(words[2]), words[3]
		self.code, self.port = words[4], int(words[5])

	def __str__(self):
		return "%.3f number %d: %s %s %s" % (self.when, self.number,
		    self.status or "connection lost", self.code, self.request_id)


class Clients:
	"""Posts `count` messages, or as many as there is time for, to a random one
	of the ports each connection; the first of them always listens."""

	def __init__(self, ports, path, count=None, connections=64, reuse=50,
	    repeats=False):
		self.ports, self.path, self.count = ports, path, count
		self.repeats = repeats
		self.connections, self.reuse = connections, reuse
		self.sent = multiprocessing.Value("q", 0)
		self.refused = multiprocessing.Value("q", 0)
		self.stopping = multiprocessing.Event()
		self.process = multiprocessing.Process(target=self.main, daemon=True)

	def __enter__(self):
		self.process.start()
		return self

	def __exit__(self, *_):
		self.stop()

	def running(self):
		return self.process.is_alive()

	def stop(self):
		self.stopping.set()
		self.process.join()

	def answers(self):
		with open(self.path) as file:
			return [Answer(line) for line in file]

	# In the other process.

	def main(self):
		asyncio.run(self.work())

	async def work(self):
		with open(self.path, "w", buffering=1) as self.file:
			await asyncio.gather(*(self.client()
			    for _ in range(self.connections)))

	def next(self):
		if self.stopping.is_set() or self.sent.value == self.count:
			return None
		self.sent.value += 1
		return self.sent.value

	async def client(self):
		connection = None
		while (number := self.next()) is not None:
			for left in reversed(range(REPEATS if self.repeats else 1)):
				if connection is None or connection.ended() or \
				    connection.used >= self.reuse:
					connection = await self.another(connection)
				status, code, line = await self.post(connection,
				    number)
				if not connection.kept:
					connection = await self.closed(connection)
				if status != 202:
					await asyncio.sleep(random.uniform(0,
					    2 * AFTER_REFUSAL))
				if status in LAST or code == "smtp_rejected":
					break
			self.file.write(line)
		await self.closed(connection)

	async def closed(self, connection):
		if connection is not None:
			connection.writer.close()

	async def another(self, connection):
		await self.closed(connection)
		port = random.choice(self.ports)
		while True:
			try:
				return Connection(port,
				    await asyncio.open_connection("127.0.0.1", port))
			except OSError:
				if port == self.ports[0]:
					self.refused.value += 1
					await asyncio.sleep(0.01)
				port = self.ports[0]

	async def post(self, connection, number):
		"""(status, code, line)"""
		fields = [("Idempotency-Key", "number-%d" % number)] \
		    if self.repeats else []
		try:
			status, body = await asyncio.wait_for(connection.exchange(
			    http_client.post_octets(message(
			    subject="number %d" % number), SECRET, fields=fields)),
			    ANSWER_TIMEOUT)
		except (OSError, asyncio.IncompleteReadError):
			status, body = 0, {}
		except asyncio.TimeoutError:
			status, body = 0, {"code": "no-answer"}
		connection.kept = connection.kept and status != 0
		code = body.get("code", "-")
		return status, code, "%.3f %d %d %s %s %d\n" % (time.monotonic(),
		    status, number, body.get("request_id", "-"), code,
		    connection.port)


class Connection:
	def __init__(self, port, streams):
		self.port = port
		self.reader, self.writer = streams
		self.used, self.kept = 0, True

	def ended(self):
		return self.reader.at_eof()

	async def exchange(self, octets):
		self.used += 1
		self.writer.write(octets)
		status, body = await self.answer()
		return status, json.loads(body)

	async def answer(self):
		head = await self.reader.readuntil(b"\r\n\r\n")
		if CLOSE.search(head):
			self.kept = False
		body = await self.reader.readexactly(int(LENGTH.search(head)[1]))
		return int(head[9:12]), body
