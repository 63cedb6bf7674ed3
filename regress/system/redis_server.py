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

"""A real Redis or Valkey on loopback and on a UNIX socket, and a slow way to it."""

import os
import re
import shutil
import socket
import subprocess
import tempfile
import threading

import process
from outcome import WATCHDOG, Failure, Skip, wait_for
from tcp import free_port


class RedisError(Exception):
	"""What the server answered with a minus."""


class Redis:
	"""with Redis() as redis: redis.command("GET", "x")"""

	def __init__(self, *settings, password=None, user=None):
		self.program = shutil.which("redis-server") or \
		    shutil.which("valkey-server")
		if self.program is None:
			raise Skip("no redis-server here")
		self.settings = list(settings)
		self.login = [user, password] if user else [password] \
		    if password else None
		self.directory = tempfile.mkdtemp(prefix="rele-redis-")
		self.path = os.path.join(self.directory, "socket")
		self.port = free_port()
		self.process = None

	def __enter__(self):
		try:
			self.start()
		except BaseException:
			self.__exit__()
			raise
		return self

	def __exit__(self, *_):
		self.kill()
		shutil.rmtree(self.directory, ignore_errors=True)

	def start(self):
		with open(os.path.join(self.directory, "log"), "ab") as log:
			self.process = subprocess.Popen([self.program,
			    "--bind", "127.0.0.1", "--port", str(self.port),
			    "--unixsocket", self.path, "--unixsocketperm", "777",
			    "--save", "", "--dir", self.directory] +
			    self.settings, stdin=subprocess.DEVNULL, stdout=log,
			    stderr=log)
		wait_for(self.answers, "redis-server to answer")

	def answers(self):
		try:
			return self.command("PING") == b"PONG"
		except OSError:
			return False

	def kill(self):
		if self.process is not None:
			process.go_on(self.process.pid)
			self.process.kill()
			self.process.wait()
			self.process = None

	def hang(self):
		process.stop(self.process.pid)

	def go_on(self):
		process.go_on(self.process.pid)

	def command(self, *words, database=0):
		"""The reply; errors are raised."""
		with socket.socket(socket.AF_UNIX) as link:
			link.settimeout(WATCHDOG)
			link.connect(self.path)
			stream = link.makefile("rwb")
			if self.login:
				self.exchange(stream, ["AUTH"] + self.login)
			if database:
				self.exchange(stream, ["SELECT", database])
			return self.exchange(stream, words)

	def exchange(self, stream, words):
		octets = [w if isinstance(w, bytes) else str(w).encode()
		    for w in words]
		stream.write(b"*%d\r\n" % len(octets) + b"".join(
		    b"$%d\r\n%s\r\n" % (len(w), w) for w in octets))
		stream.flush()
		return self.reply(stream)

	def reply(self, stream):
		line = stream.readline()
		kind, rest = line[:1], line[1:-2]
		if kind == b"+":
			return rest
		if kind == b"-":
			raise RedisError(rest.decode())
		if kind == b":":
			return int(rest)
		if kind == b"$":
			return None if rest == b"-1" else \
			    stream.read(int(rest) + 2)[:-2]
		if kind == b"*":
			return [self.reply(stream) for _ in range(int(rest))]
		raise Failure("redis-server said %r" % line)

	def calls(self, command):
		"""How often it was given so far."""
		found = re.search(rb"cmdstat_%s:calls=(\d+)" % command.encode(),
		    self.command("INFO", "commandstats"))
		return int(found[1]) if found else 0

	def names(self, database=0):
		return sorted(self.command("KEYS", "*", database=database))

	def octets(self, database=0):
		"""Everything that is kept, names and values."""
		kept = []
		for name in self.names(database):
			hashed = self.command("TYPE", name,
			    database=database) == b"hash"
			value = self.command("HGETALL" if hashed else "GET", name,
			    database=database)
			kept += [name] + (value if hashed else [value])
		return b"\n".join(kept)


class SlowRedis:
	"""A port that leads to a Redis, and delays what that says."""

	def __init__(self, redis, delay):
		self.redis, self.delay = redis, delay
		self.listener = socket.create_server(("127.0.0.1", 0))
		self.port = self.listener.getsockname()[1]
		self.stopping = threading.Event()
		self.links = []

	def __enter__(self):
		self.thread = threading.Thread(target=self.accept, daemon=True)
		self.thread.start()
		return self

	def __exit__(self, *_):
		self.stopping.set()
		# A thread that is left in accept(2) would take what comes to the
		# next socket of the same number.
		self.listener.shutdown(socket.SHUT_RDWR)
		self.thread.join()
		self.listener.close()
		for link in self.links:
			self.end(link)

	def accept(self):
		while True:
			try:
				client, _ = self.listener.accept()
			except OSError:
				return
			try:
				server = socket.create_connection(("127.0.0.1",
				    self.redis.port))
			except OSError:
				client.close()
				continue
			self.links += [client, server]
			for source, target, delay in ((client, server, 0),
			    (server, client, self.delay)):
				threading.Thread(target=self.carry, daemon=True,
				    args=(source, target, delay)).start()

	def carry(self, source, target, delay):
		try:
			while True:
				octets = source.recv(65536)
				if not octets or self.stopping.wait(delay):
					break
				target.sendall(octets)
		except OSError:
			pass
		self.end(source)
		self.end(target)

	@staticmethod
	def end(link):
		"""It is closed by the last who holds it."""
		try:
			link.shutdown(socket.SHUT_RDWR)
		except OSError:
			pass
