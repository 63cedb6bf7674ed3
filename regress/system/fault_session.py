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

"""One connection to the failing SMTP server."""

import base64
import binascii
import socket
import ssl
import struct
import time

from fault_plan import (SUCCESS, Attempt, Drop, HalfHandshake, Handshake, Held,
    Last, Reset, Silence, Slow, Transaction)


TCP_ESTABLISHED = 1


class Gone(Exception):
	"""The connection has ended."""


class Session:
	def __init__(self, server, client, peer, number, plan):
		self.server, self.client, self.number = server, client, number
		self.peer = peer		# the client's address and port
		self.fixed = plan
		self.input = client.makefile("rb")
		self.tls = None
		self.user = None
		self.transaction = None
		self.recipient = 0
		self.served = False		# a message; before that it is not idle

	def plan(self):
		return self.fixed or self.server.plan

	def cut(self):
		"""From another thread: what is under way ends at once."""
		try:
			socket.socket.shutdown(self.client, socket.SHUT_RDWR)
		except OSError:
			pass

	def closed(self):
		"""The client has left, whatever of its octets is still unread."""
		state = self.client.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)
		return state[0] != TCP_ESTABLISHED

	def run(self):
		try:
			if self.server.tls == "implicit":
				self.handshake()
			self.act(self.plan().greeting, SUCCESS["greeting"])
			while True:
				self.command(self.next_line())
		except (Gone, OSError):
			pass
		finally:
			self.end()

	def end(self):
		# The socket closes when its last reference does.
		self.input.close()
		self.client.close()

	def next_line(self):
		plan = self.plan()
		self.client.settimeout(plan.idle if self.served else None)
		try:
			text = self.read_line()
		except TimeoutError:
			self.client.settimeout(None)
			self.act(plan.idle_end, None)
			raise Gone
		self.client.settimeout(None)
		return text

	def read_line(self):
		line = self.input.readline(65536)
		if not line.endswith(b"\r\n"):
			raise Gone
		text = line[:-2].decode("utf-8", "replace")
		with self.server.lock:
			self.server.commands.append((self.number, text))
			if self.tls is None:
				self.server.clear.append(text)
		return text

	def command(self, text):
		word = text.split(":")[0].split(" ")[0].upper()
		if word in ("EHLO", "HELO"):
			self.hello(word)
		elif word == "STARTTLS" and self.server.tls == "starttls" and \
		    self.tls is None:
			self.starttls()
		elif word == "AUTH":
			self.auth(text)
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
			self.act(self.plan().quit, SUCCESS["quit"])
			self.take_leave()
		else:
			self.say("502 5.5.2 Command not recognised")

	def hello(self, word):
		self.transaction = None
		lines = ["fault.example.test"]
		if word == "EHLO":
			lines += self.extensions()
		self.act(self.plan().ehlo, "\r\n".join("250%s%s" % (
		    " " if i == len(lines) - 1 else "-", line)
		    for i, line in enumerate(lines)))

	def extensions(self):
		plan = self.plan()
		offered = list(plan.extensions)
		if self.tls is not None and plan.secure_extensions is not None:
			offered = list(plan.secure_extensions)
		if self.server.tls == "starttls" and self.tls is None and \
		    plan.offers_tls:
			offered.append("STARTTLS")
		if self.mechanisms():
			offered.append("AUTH " + " ".join(self.mechanisms()))
		return offered

	# TLS.

	def starttls(self):
		reply = self.act(self.plan().starttls, SUCCESS["starttls"])
		if reply.startswith("220"):
			self.handshake()
			self.transaction = None

	def handshake(self):
		action = self.plan().tls
		if action is HalfHandshake:
			self.half_handshake()
		elif action is not None:
			self.act(action, None)
			# After garbage: the client's turn to leave.
			self.act(Silence, None)
		try:
			self.client = self.server.context.wrap_socket(self.client,
			    server_side=True)
		except OSError as problem:
			with self.server.lock:
				self.server.failures.append(str(problem))
			raise Gone
		self.client.settimeout(None)
		self.input = self.client.makefile("rb")
		self.tls = self.client.version()
		with self.server.lock:
			self.server.handshakes.append(Handshake(self.number,
			    self.tls, self.client.getpeercert()))

	def half_handshake(self):
		incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
		half = self.server.context.wrap_bio(incoming, outgoing,
		    server_side=True)
		while not outgoing.pending:
			octets = self.client.recv(65536)
			if not octets:
				raise Gone
			incoming.write(octets)
			try:
				half.do_handshake()
			except ssl.SSLWantReadError:
				pass
		flight = outgoing.read()
		self.client.sendall(flight[:len(flight) // 2])
		raise Gone

	def take_leave(self):
		"""Closes as TLS wants it, with close_notify."""
		if self.tls is not None:
			self.client.settimeout(1)
			self.client.unwrap()
		raise Gone

	# AUTH.

	def mechanisms(self):
		if self.server.users is None:
			return ()
		plan = self.plan()
		return plan.mechanisms if self.tls else plan.clear_mechanisms

	def auth(self, text):
		# RFC 4954 4: what makes it longer comes after a 334.
		if len(text) + 2 > 512:
			self.say("500 5.5.6 The line is too long")
			return
		mechanism, _, initial = text[len("AUTH "):].partition(" ")
		answers = [initial] if initial else []
		prompts = {"PLAIN": [""], "LOGIN": ["VXNlcm5hbWU6", "UGFzc3dvcmQ6"]}
		for prompt in prompts.get(mechanism, [])[len(answers):]:
			answer = self.challenge(prompt, len(answers))
			if answer is None:
				return
			answers.append(answer)
		attempt = self.attempt(mechanism, answers, bool(initial))
		right = mechanism in self.mechanisms() and attempt is not None and \
		    self.server.users.get(attempt.user) == attempt.password
		self.judge("235 2.7.0 Welcome" if right else "535 5.7.8 No", attempt)

	def challenge(self, prompt, index):
		"""The client's answer, or None when the dialog has ended."""
		action = self.plan().challenge
		if isinstance(action, (list, tuple)):
			action = action[min(index, len(action) - 1)]
		if not self.act(action, "334 " + prompt).startswith("334"):
			return None
		answer = self.read_line()
		if answer == "*":
			self.say("501 5.7.0 Cancelled")
			return None
		return answer

	def attempt(self, mechanism, answers, initial):
		try:
			words = [base64.b64decode(a, validate=True).decode()
			    for a in answers]
		except (binascii.Error, UnicodeDecodeError):
			return None
		if mechanism == "PLAIN":
			words = words[0].split("\0")[1:]
		if len(words) != 2:
			return None
		made = Attempt(self.number, mechanism, words[0], words[1], self.tls,
		    initial)
		with self.server.lock:
			self.server.attempts.append(made)
		return made

	def judge(self, verdict, attempt):
		reply = self.act(self.plan().auth, verdict)
		while reply.startswith("334"):
			if self.read_line() == "*":
				self.say("501 5.7.0 Cancelled")
				return
			reply = self.act(self.plan().auth, verdict)
		if reply.startswith("2") and attempt is not None:
			self.user = attempt.user

	# Mail.

	def mail(self, text):
		path, _, parameters = text[len("MAIL FROM:"):].partition("> ")
		transaction = Transaction(self.number, path.strip("<>"), parameters,
		    self.tls, self.user)
		self.recipient = 0
		with self.server.lock:
			self.server.transactions.append(transaction)
		welcome = self.server.users is None or self.user is not None
		reply = self.act(self.plan().mail, SUCCESS["mail"] if welcome else
		    "530 5.7.0 Authentication required")
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
		action = self.chosen(self.plan().data)
		if not self.transaction.recipients and action is None:
			self.say("554 5.5.1 No valid recipients")
			return
		reply = self.act(action, SUCCESS["data"])
		if not reply.startswith("354"):
			return
		self.read_content()
		with self.server.lock:
			self.transaction.complete = bool(self.transaction.recipients)
		self.served = True
		self.act(self.plan().dot, SUCCESS["dot"], self.transaction)
		self.transaction = None

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
			if len(lines) == 1:
				action = self.chosen(self.plan().content)
				if action is not None:
					self.transaction.content = line
					self.act(action, None)
		self.transaction.content = b"".join(lines)

	# Replies.

	def chosen(self, action):
		"""What a function of the session returns, or what is no function."""
		if callable(action) and not isinstance(action, type):
			return action(self)
		return action

	def act(self, action, success, transaction=None):
		"""Does what the plan says, and returns the reply that was sent."""
		action = self.chosen(action)
		if action in (Drop, Reset):
			if action is Reset:
				self.client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
				    struct.pack("ii", 1, 0))
				self.end()
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
		reply = getattr(action, "reply", action) or success
		# Recorded before it is sent: the client may act on it at once.
		if transaction is not None:
			with self.server.lock:
				transaction.reply = reply if isinstance(reply, str) else \
				    reply.decode("latin-1")
		self.send(reply, pause, octet_by_octet)
		if isinstance(action, Last):
			self.take_leave()
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
