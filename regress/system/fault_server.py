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

"""An SMTP server that fails as it is told, and records what it really took.

What each stage does is said by a Plan.  A stage is a reply (text without its line
end, or octets as they are), one of the actions below, or a function of the session
that returns one.  The server's own record, not the relay's, is the truth that tests
compare answers with.
"""

import dataclasses
import socket
import struct
import threading
import time

from outcome import wait_for
from tcp import free_port


class Drop:
	"""Closes the connection instead of replying."""


class Reset:
	"""Closes it with a TCP reset."""


class Silence:
	"""Never replies; the connection stays open until the client leaves."""


@dataclasses.dataclass
class Slow:
	"""Replies after a while, or octet by octet with the pause between."""
	seconds: float
	reply: str = None
	octet_by_octet: bool = False


@dataclasses.dataclass
class Held:
	"""Replies when the test lets go."""
	release: threading.Event
	reply: str = None


@dataclasses.dataclass
class Last:
	"""Replies, then closes the connection."""
	reply: str


@dataclasses.dataclass
class Plan:
	"""What each stage does; None is success."""
	greeting: object = None
	ehlo: object = None
	mail: object = None
	rcpt: object = None		# for all, or {address: action}, or [1st, 2nd...]
	data: object = None
	dot: object = None
	extensions: tuple = ("PIPELINING", "8BITMIME", "ENHANCEDSTATUSCODES",
	    "SMTPUTF8", "SIZE 104857600")
	idle: float = None		# closes a connection that is idle so long


@dataclasses.dataclass
class Transaction:
	"""One MAIL and what followed."""
	connection: int
	sender: str
	parameters: str
	recipients: list = dataclasses.field(default_factory=list)
	refused: list = dataclasses.field(default_factory=list)
	content: bytes = b""
	complete: bool = False		# the final dot came in
	reply: str = None		# what was said to it

	def taken(self):
		return self.complete and (self.reply or "").startswith("2")


SUCCESS = {
	"greeting": "220 fault.example.test ESMTP",
	"mail": "250 2.1.0 Ok",
	"rcpt": "250 2.1.5 Ok",
	"data": "354 Go ahead",
	"dot": "250 2.0.0 Ok: queued as FAULT",
}


class Gone(Exception):
	"""The connection has ended."""


class FaultServer:
	def __init__(self, plan=None, plans=(), port=None, backlog=512):
		"""plans are for the first connections, plan for all others."""
		self.plan = plan or Plan()
		self.plans = list(plans)
		self.port = port or free_port()
		self.backlog = backlog
		self.lock = threading.Lock()
		self.transactions = []
		self.commands = []		# (connection, line)
		self.connections = 0
		self.open = set()
		self.listener = None

	def __enter__(self):
		self.listen()
		return self

	def __exit__(self, *_):
		self.close()

	def listen(self):
		self.listener = socket.socket()
		self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
		self.listener.bind(("127.0.0.1", self.port))
		self.listener.listen(self.backlog)
		threading.Thread(target=self.accept, args=(self.listener,),
		    daemon=True).start()

	def close(self):
		"""Stops listening and drops every connection: the server is down."""
		if self.listener is not None:
			try:
				self.listener.shutdown(socket.SHUT_RDWR)
			except OSError:
				pass
			self.listener.close()
			self.listener = None
		self.drop_all()

	def drop_all(self):
		with self.lock:
			sockets = list(self.open)
		for each in sockets:
			try:
				each.shutdown(socket.SHUT_RDWR)
			except OSError:
				pass

	def accept(self, listener):
		while True:
			try:
				client, _ = listener.accept()
			except OSError:
				return
			client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
			with self.lock:
				number = self.connections
				self.connections += 1
				plan = self.plans.pop(0) if self.plans else None
				self.open.add(client)
			threading.Thread(target=self.serve, args=(client, number, plan),
			    daemon=True).start()

	def serve(self, client, number, plan):
		try:
			Session(self, client, number, plan).run()
		except (Gone, OSError):
			pass
		finally:
			with self.lock:
				self.open.discard(client)
			client.close()

	# What happened.

	def taken(self):
		"""Transactions that the server answered 2yz to the final dot of."""
		with self.lock:
			return [t for t in self.transactions if t.taken()]

	def completed(self):
		"""Transactions whose final dot came in, whatever the reply."""
		with self.lock:
			return [t for t in self.transactions if t.complete]

	def wait_for_completed(self, count, timeout=10):
		wait_for(lambda: len(self.completed()) >= count,
		    "%d complete messages" % count, timeout)
		return self.completed()

	def open_connections(self):
		with self.lock:
			return len(self.open)


class Session:
	def __init__(self, server, client, number, plan):
		self.server, self.client, self.number = server, client, number
		self.fixed = plan
		self.input = client.makefile("rb")
		self.transaction = None
		self.recipient = 0

	def plan(self):
		return self.fixed or self.server.plan

	def run(self):
		self.act(self.plan().greeting, SUCCESS["greeting"])
		while True:
			self.client.settimeout(self.plan().idle)
			line = self.input.readline(65536)
			self.client.settimeout(None)
			if not line.endswith(b"\r\n"):
				raise Gone
			text = line[:-2].decode("utf-8", "replace")
			with self.server.lock:
				self.server.commands.append((self.number, text))
			self.command(text)

	def command(self, text):
		word = text.split(":")[0].split(" ")[0].upper()
		if word in ("EHLO", "HELO"):
			self.transaction = None
			lines = ["fault.example.test"] + list(self.plan().extensions)
			if word == "HELO":
				lines = lines[:1]
			self.act(self.plan().ehlo, "\r\n".join("250%s%s" % (
			    " " if i == len(lines) - 1 else "-", line)
			    for i, line in enumerate(lines)))
		elif word == "MAIL":
			self.mail(text)
		elif word == "RCPT":
			self.rcpt(text)
		elif word == "DATA":
			self.data()
		elif word == "RSET":
			self.transaction = None
			self.say("250 2.0.0 Ok")
		elif word == "NOOP":
			self.say("250 2.0.0 Ok")
		elif word == "QUIT":
			self.say("221 2.0.0 Bye")
			raise Gone
		else:
			self.say("502 5.5.2 Command not recognised")

	def mail(self, text):
		path, _, parameters = text[len("MAIL FROM:"):].partition("> ")
		transaction = Transaction(self.number, path.strip("<>"), parameters)
		self.recipient = 0
		with self.server.lock:
			self.server.transactions.append(transaction)
		reply = self.act(self.plan().mail, SUCCESS["mail"])
		self.transaction = transaction if reply.startswith("2") else None

	def rcpt(self, text):
		address = text[len("RCPT TO:"):].partition(">")[0].lstrip("<")
		action = self.plan().rcpt
		if isinstance(action, dict):
			action = action.get(address)
		elif isinstance(action, (list, tuple)):
			index = min(self.recipient, len(action) - 1)
			action = action[index]
		self.recipient += 1
		if self.transaction is None:
			self.say("503 5.5.1 MAIL first")
			return
		reply = self.act(action, SUCCESS["rcpt"])
		if reply.startswith("2"):
			self.transaction.recipients.append(address)
		else:
			self.transaction.refused.append(address)

	def data(self):
		if self.transaction is None:
			self.say("503 5.5.1 MAIL first")
			return
		if not self.transaction.recipients and self.plan().data is None:
			self.say("554 5.5.1 No valid recipients")
			return
		reply = self.act(self.plan().data, SUCCESS["data"])
		if not reply.startswith("354"):
			return
		self.read_content()
		transaction, self.transaction = self.transaction, None
		with self.server.lock:
			transaction.complete = bool(transaction.recipients)
		self.act(self.plan().dot, SUCCESS["dot"], transaction)

	def read_content(self):
		lines = []
		while True:
			line = self.input.readline()
			if not line.endswith(b"\n"):
				self.transaction.content = b"".join(lines)
				raise Gone
			if line == b".\r\n":
				break
			lines.append(line)
		self.transaction.content = b"".join(lines)

	def act(self, action, success, transaction=None):
		"""Does what the plan says, and returns the reply that was sent."""
		if callable(action) and not isinstance(action, type):
			action = action(self)
		if action in (Drop, Reset):
			if action is Reset:
				self.client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
				    struct.pack("ii", 1, 0))
				# The reset goes out when the last reference closes.
				self.input.close()
				self.client.close()
			raise Gone
		if action is Silence:
			while self.client.recv(65536):
				pass
			raise Gone
		pause, octet_by_octet = 0, False
		if isinstance(action, Slow):
			pause, octet_by_octet = action.seconds, action.octet_by_octet
		if isinstance(action, Held):
			action.release.wait()
		last = isinstance(action, Last)
		reply = getattr(action, "reply", action) or success
		# Recorded before it is sent: the client may act on it at once.
		if transaction is not None:
			with self.server.lock:
				transaction.reply = reply if isinstance(reply, str) else \
				    reply.decode("latin-1")
		self.send(reply, pause, octet_by_octet)
		if last:
			raise Gone
		return reply if isinstance(reply, str) else reply.decode("latin-1")

	def send(self, reply, pause, octet_by_octet):
		octets = reply if isinstance(reply, bytes) else \
		    (reply + "\r\n").encode()
		if octet_by_octet:
			for i in range(len(octets)):
				self.client.sendall(octets[i:i + 1])
				time.sleep(pause)
			return
		time.sleep(pause)
		self.client.sendall(octets)

	def say(self, reply):
		self.client.sendall((reply + "\r\n").encode())
