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


"""A relay under attack, and what honest clients notice of it."""

import contextlib
import socket
import struct
import threading
import time

import process
from fault_server import FaultServer
from http_client import Closed, post_octets
from outcome import equal, frugal, wait_for
from relay import SECRET, Relay, message
from tcp import raise_descriptor_limit

# Why nothing runs beside the tests that attack.
MEMORY = "other daemons share its memory, and want the time of honest clients"
MANY = "max connections 16384 per address 16384"


def descriptors(relay):
	return [process.descriptors(p) for p in relay.http_children()]


def megabytes(relay):
	return sum(process.proportional_kib(p) for p in relay.family()) / 1024


@contextlib.contextmanager
def attacked(megabytes_more=20, top="", connect=None, due=None, **parts):
	"""A relay whose honest clients are answered all the time, while memory
	stays bounded, and which is afterwards as it was before.

	connect: a function of the relay, for honest clients that use TLS.
	due: the shortest of the relay's timeouts, in seconds, when it is short.
	"""
	raise_descriptor_limit(16384)
	connect = connect or Relay.connect
	with FaultServer() as server, Relay(server.port, top=MANY + top,
	    **parts) as relay:
		with Honest(relay, connect, due) as honest:
			honest.more()
		family, held = relay.family(), megabytes(relay)
		before = descriptors(relay)
		with Honest(relay, connect, due) as honest:
			yield relay, honest
			grown = megabytes(relay) - held
		honest.check()
		frugal(grown < megabytes_more, "grown by %.1f MB" % grown)
		# Who had nothing to do before may have met its peer since.
		wait_for(lambda: all(a <= b + 2 for a, b in
		    zip(descriptors(relay), before)),
		    "descriptors to be given back")
		equal(relay.family(), family, "the processes")


class Honest:
	"""Posts one message after the other, every few over a new connection.  On
	a slow machine it may be cut at a short timeout as others are, but not
	earlier."""

	def __init__(self, relay, connect, due):
		self.relay, self.connect, self.done = relay, connect, False
		self.due = due
		self.answered, self.wrong = 0, []
		self.thread = threading.Thread(target=self.work, daemon=True)

	def __enter__(self):
		self.thread.start()
		return self

	def __exit__(self, *_):
		self.done = True
		self.thread.join()

	def work(self):
		while not self.done:
			start = time.monotonic()
			try:
				with self.connect(self.relay) as connection:
					for _ in range(5):
						start = self.post(connection, start)
			except (OSError, Closed) as error:
				self.failed(start, repr(error))

	def post(self, connection, start):
		"""When the next one begins."""
		response = connection.exchange(post_octets(message(), SECRET))
		if response.status != 202:
			raise Closed(repr(response))
		self.answered += 1
		return time.monotonic()

	def failed(self, start, what):
		if self.due is None or time.monotonic() - start < self.due:
			self.wrong.append(what)

	def more(self, count=20):
		"""Waits until so many more were answered."""
		wanted = self.answered + count
		wait_for(lambda: self.answered >= wanted or self.wrong,
		    "honest clients to be answered")

	def check(self):
		equal(self.wrong, [], "what honest clients got")


def connections(relay, count, octets=b""):
	found = []
	for _ in range(count):
		found.append(relay.connect())
		if octets:
			found[-1].send(octets)
	return found


def close_all(found):
	for connection in found:
		connection.close()


def reset(connection):
	"""Ends it with RST."""
	connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
	    struct.pack("ii", 1, 0))
	connection.close()
