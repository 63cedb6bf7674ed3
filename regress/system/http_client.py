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

"""An HTTP client that sends exactly the octets it is given."""

import json
import socket

from outcome import WATCHDOG, Failure


class Closed(Exception):
	"""The server closed the connection before a whole response."""


class Response:
	def __init__(self, status, reason, fields, body):
		self.status, self.reason = status, reason
		self.fields, self.body = fields, body

	def all(self, name):
		return [v for n, v in self.fields if n.lower() == name.lower()]

	def field(self, name):
		"""The field's value, None where it is missing; twice is a failure."""
		values = self.all(name)
		if len(values) > 1:
			raise Failure("%s is there %d times" % (name, len(values)))
		return values[0] if values else None

	def json(self):
		return json.loads(self.body)

	def code(self):
		return self.json().get("code")

	def __repr__(self):
		return "<%d %r %r>" % (self.status, self.fields, self.body[:500])


class Connection:
	"""tls: the context that its client side is made of; name: for SNI."""

	def __init__(self, port, host="127.0.0.1", timeout=WATCHDOG, source=None,
	    tls=None, name=None, session=None):
		self.socket = socket.create_connection((host, port), timeout,
		    (source, 0) if source else None)
		self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
		if tls is not None:
			self.socket = tls.wrap_socket(self.socket,
			    server_hostname=name, session=session,
			    suppress_ragged_eofs=False)
		self.buffer = b""

	def __enter__(self):
		return self

	def __exit__(self, *_):
		self.close()

	def close(self):
		self.socket.close()

	def send(self, octets):
		if isinstance(octets, str):
			octets = octets.encode()
		self.socket.sendall(octets)

	def fill(self):
		try:
			octets = self.socket.recv(65536)
		except ConnectionResetError:
			raise Closed("reset after %r" % self.buffer[:200])
		if not octets:
			raise Closed("closed after %r" % self.buffer[:200])
		self.buffer += octets

	def response(self, head=False):
		"""Reads one response, interim ones as well, by its framing."""
		while b"\r\n\r\n" not in self.buffer:
			self.fill()
		text, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
		lines = text.decode("latin-1").split("\r\n")
		version, status, reason = (lines[0].split(" ", 2) + [""])[:3]
		if version != "HTTP/1.1":
			raise Failure("the response begins with %r" % lines[0])
		fields = [tuple(p.strip(" ") for p in l.split(":", 1)) for l in lines[1:]]
		response = Response(int(status), reason, fields, b"")
		if head or response.status < 200 or response.status in (204, 304):
			return response
		length = response.field("Content-Length")
		if length is None:
			raise Failure("no Content-Length in %r" % fields)
		while len(self.buffer) < int(length):
			self.fill()
		response.body = self.buffer[:int(length)]
		self.buffer = self.buffer[int(length):]
		return response

	def exchange(self, octets, head=False):
		self.send(octets)
		return self.response(head)

	def closed(self):
		"""True when the server closes without a further octet."""
		if self.buffer:
			return False
		self.socket.settimeout(WATCHDOG)
		try:
			return self.socket.recv(1) == b""
		except ConnectionResetError:
			return True
		except socket.timeout:
			return False

	def quiet(self, seconds):
		"""True when nothing comes, and nobody closes, for so long: what is
		never to come, for it may be late without being wrong."""
		self.socket.settimeout(seconds)
		try:
			self.socket.recv(1)
			return False
		except socket.timeout:
			return True
		finally:
			self.socket.settimeout(WATCHDOG)


def request(method, path, fields=(), body=b"", version="HTTP/1.1"):
	"""The octets of a request; Host is put first where none is given."""
	lines = ["%s %s %s" % (method, path, version)]
	if not any(n.lower() == "host" for n, _ in fields):
		lines.append("Host: relay.example.test")
	lines += ["%s: %s" % field for field in fields]
	return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body


def get(port, path, secret=None, fields=(), method="GET", source=None):
	fields = list(fields)
	if secret:
		fields.append(("Authorization", "Bearer " + secret))
	with Connection(port, source=source) as connection:
		return connection.exchange(request(method, path, fields),
		    method == "HEAD")


def post_octets(document, secret, path="/v1/send", fields=()):
	"""The octets of a POST of a document, or of a body as it is."""
	body = document if isinstance(document, bytes) else \
	    json.dumps(document).encode()
	fields = list(fields)
	names = [n.lower() for n, _ in fields]
	if secret and "authorization" not in names:
		fields.append(("Authorization", "Bearer " + secret))
	if "content-type" not in names:
		fields.append(("Content-Type", "application/json"))
	fields.append(("Content-Length", str(len(body))))
	return request("POST", path, fields, body)


def post(port, document, secret, path="/v1/send", fields=(), source=None,
    timeout=WATCHDOG):
	with Connection(port, source=source, timeout=timeout) as connection:
		return connection.exchange(post_octets(document, secret, path, fields))
