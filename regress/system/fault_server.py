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
end, or octets as they are), one of the actions of fault_plan, or a function of the
session that returns one.  The server's own record, not the relay's, is the truth
that tests compare answers with.
"""

import collections
import socket
import threading

from certificates import certificates
from fault_plan import (Drop, HalfHandshake, Held, Last, Plan, Reset, Silence,
    Slow)
from fault_session import Session
from outcome import wait_for
from tcp import free_port


class FaultServer:
	def __init__(self, plan=None, plans=(), port=None, backlog=512,
	    host="127.0.0.1", tls=None, certificate=None, client_ca=None,
	    users=None, keep=True):
		"""plans are for the first connections, plan for all others.

		tls: "starttls" or "implicit"; with client_ca (a path) clients need
		a certificate.  users: {name: password}; MAIL then needs AUTH.
		Without keep no transaction and no command is remembered: the plan
		sees the session's own.
		"""
		self.plan = plan or Plan()
		self.plans = list(plans)
		self.host = host
		self.port = port or free_port(host)
		self.backlog = backlog
		self.tls = tls
		self.users = users
		if tls is not None:
			self.present(certificate or certificates().good, client_ca)
		self.lock = threading.Lock()
		kept = list if keep else lambda: collections.deque(maxlen=0)
		self.transactions = kept()
		self.commands = kept()		# (connection, line)
		self.clear = kept()		# lines that came without TLS
		self.names = []			# asked for by SNI
		self.handshakes = []
		self.failures = []		# handshakes that were not completed
		self.attempts = []		# at AUTH
		self.connections = 0
		self.open = set()
		self.listener = None

	def present(self, certificate, client_ca=None):
		"""From now on, this certificate."""
		self.context = certificate.server_context(client_ca)
		self.context.sni_callback = lambda _, name, __: \
		    self.names.append(name)

	def __enter__(self):
		self.listen()
		return self

	def __exit__(self, *_):
		self.close()

	def listen(self):
		self.listener = socket.socket(socket.AF_INET6 if ":" in self.host
		    else socket.AF_INET)
		self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
		self.listener.bind((self.host, self.port))
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
			sessions = list(self.open)
		for session in sessions:
			session.cut()

	def accept(self, listener):
		while True:
			try:
				client, peer = listener.accept()
			except OSError:
				return
			client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
			with self.lock:
				plan = self.plans.pop(0) if self.plans else None
				session = Session(self, client, peer, self.connections,
				    plan)
				self.connections += 1
				self.open.add(session)
			threading.Thread(target=self.serve, args=(session,),
			    daemon=True).start()

	def serve(self, session):
		try:
			session.run()
		finally:
			with self.lock:
				self.open.discard(session)

	# What happened.

	def taken(self):
		"""Transactions that the server answered 2yz to the final dot of."""
		with self.lock:
			return [t for t in self.transactions if t.taken()]

	def completed(self):
		"""Transactions whose final dot came in, whatever the reply."""
		with self.lock:
			return [t for t in self.transactions if t.complete]

	def wait_for_completed(self, count):
		wait_for(lambda: len(self.completed()) >= count,
		    "%d complete messages" % count)
		return self.completed()

	def open_connections(self):
		with self.lock:
			return len(self.open)
