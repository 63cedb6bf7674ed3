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

"""A load of many connections at once, and what became of every request."""

import threading
import time

import http_client
from outcome import wait_for
from relay import SECRET, message


class Load:
	"""Threads that POST on kept connections until stopped.

	failures holds every request that was not answered 202; a connection lost
	under a request counts as a failure with status None.
	"""

	def __init__(self, port, threads=4, count=None, secret=SECRET, reuse=20,
	    connect=None):
		self.port, self.count, self.secret = port, count, secret
		self.connect = connect or http_client.Connection
		self.reuse = reuse
		self.lock = threading.Lock()
		self.sent = 0
		self.accepted = []
		self.failures = []
		self.stopping = False
		self.threads = [threading.Thread(target=self.work, daemon=True)
		    for _ in range(threads)]

	def __enter__(self):
		for thread in self.threads:
			thread.start()
		return self

	def __exit__(self, *_):
		self.stop()

	def stop(self):
		self.stopping = True
		self.wait()

	def reach(self, count):
		"""Waits until so many were accepted."""
		wait_for(lambda: len(self.accepted) >= count,
		    "%d messages" % count)

	def wait(self):
		for thread in self.threads:
			thread.join()

	def next(self):
		with self.lock:
			if self.stopping or self.sent == self.count:
				return None
			self.sent += 1
			return self.sent

	def work(self):
		connection, used = None, 0
		while True:
			number = self.next()
			if number is None:
				break
			octets = http_client.post_octets(message(
			    subject="number %d" % number), self.secret)
			try:
				if connection is None:
					connection = self.connect(self.port)
					used = 0
				response = connection.exchange(octets)
			except (OSError, http_client.Closed) as error:
				self.note(None, str(error))
				connection = self.dispose(connection)
				time.sleep(0.005)
				continue
			self.note(response, response.body)
			used += 1
			if response.field("Connection") == "close" or \
			    used >= self.reuse:
				connection = self.dispose(connection)
		self.dispose(connection)

	def dispose(self, connection):
		if connection is not None:
			connection.close()
		return None

	def note(self, response, text):
		with self.lock:
			if response is not None and response.status == 202:
				self.accepted.append(response.json()["request_id"])
			else:
				self.failures.append((response and response.status, text))


def request_ids(transactions):
	"""The request_ids in the Message-ID fields that a server took."""
	found = []
	for transaction in transactions:
		for line in transaction.content.split(b"\r\n"):
			if line.startswith(b"Message-ID: <"):
				found.append(line[13:].split(b"@")[0].decode())
				break
	return found
