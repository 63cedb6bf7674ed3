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

"""Clients behind proxies: X-Forwarded-For, Forwarded, and the PROXY protocol.

nginx and HAProxy are real; what they would not send is written by hand.
"""

import contextlib
import re
import socket
import ssl

import http_client
import secure
from contract import check_accepted, check_error
from fault_server import FaultServer
from http_client import Closed, Connection, post_octets, request
from outcome import each, equal, true, wait_for
from proxies import STRANGER, TRUSTED, HAProxy, Nginx
from relay import SECRET, Relay, message
from tcp import free_port

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
LOCAL = SIGNATURE + b"\x20\0\0\0"
TRUST = "trusted proxies { %s }\n" % TRUSTED


def proxy_header(source, tlvs=b""):
	v6 = ":" in source
	family = socket.AF_INET6 if v6 else socket.AF_INET
	block = socket.inet_pton(family, source)
	block += socket.inet_pton(family, "::1" if v6 else "127.0.0.1")
	block += b"\x30\x39\0\x50" + tlvs
	return SIGNATURE + (b"\x21\x21" if v6 else b"\x21\x11") + \
	    len(block).to_bytes(2, "big") + block


def audit_line(relay, response):
	"""The fields of the line that tells of a response."""
	wanted = "request_id=%s" % response.field("X-Request-Id")
	found = wait_for(lambda: [l for l in relay.log().splitlines()
	    if wanted in l], "a log line with " + wanted)
	return dict(re.findall(r'(\w+)=("[^"]*"|\S+)', found[0]))


def check_client(relay, response, client, peer=TRUSTED):
	check_accepted(response)
	line = audit_line(relay, response)
	equal((line.get("client"), line.get("peer")), (client, peer), "log")


def xff(value):
	return [("X-Forwarded-For", value)]


def own_key(response):
	"""Whether the address was allowed."""
	if response.status == 403:
		check_error(response, 403, "forbidden")
	return response.status


def test_nginx():
	"""Who is who, whatever a client writes; source lists judge it."""
	keys = ('key "test" { secret "%s" allow from { 127.0.0.7 127.0.0.9 } }' %
	    SECRET)
	with FaultServer() as server, Relay(server.port, keys=keys, top=TRUST +
	    "allow from { 127.0.0.7 127.0.0.8 }") as relay, \
	    Nginx(relay.port) as nginx:
		def post(source, port=nginx.trusted, **how):
			return http_client.post(port, message(), SECRET, source=source,
			    **how)
		check_client(relay, post("127.0.0.7"), "127.0.0.7")
		for forged in ("127.0.0.9", "127.0.0.9, 127.0.0.50", "x", ",\"[",
		    "unknown, 127.0.0.9:80"):
			check_client(relay, post("127.0.0.7", fields=xff(forged)),
			    "127.0.0.7")
		# Neither the key's list, nor the relay's, is fooled.
		for source in ("127.0.0.8", "127.0.0.9"):
			for fields in ([], xff("127.0.0.7"),
			    [("Forwarded", "for=127.0.0.7")]):
				check_error(post(source, fields=fields), 403, "forbidden")
		# What the proxy does not say comes from the proxy.
		check_error(post(TRUSTED, relay.port), 403, "forbidden")
		# Who is no trusted proxy is the client.
		check_error(post("127.0.0.7", nginx.stranger), 403, "forbidden")
		check_client(relay, post("127.0.0.7", relay.port,
		    fields=xff("127.0.0.1")), "127.0.0.7", None)
		equal(len(server.taken()), 7, "taken")


def test_nginx_keeps_connections():
	"""One connection of nginx's carries many clients, each judged alone."""
	with FaultServer() as server, Relay(server.port, prefork=1, top=TRUST +
	    "allow from { 127.0.0.7 127.0.0.8 }",
	    limits="limit global none\nlimit key none\nlimit address 2/h") as \
	    relay, Nginx(relay.port) as nginx:
		def post(source):
			return http_client.post(nginx.trusted, message(), SECRET,
			    source=source, fields=xff("127.0.0.1")).status
		for _ in range(2):
			equal([post("127.0.0.%d" % n) for n in (7, 8, 9)],
			    [202, 202, 403])
		equal([post("127.0.0.%d" % n) for n in (7, 8)], [429, 429])


def test_monitoring():
	"""The resolved client's right, and nobody's through a stranger."""
	with FaultServer() as server, Relay(server.port, top=TRUST +
	    "monitor from { 127.0.0.7 %s %s }" % (STRANGER, TRUSTED)) as relay, \
	    Nginx(relay.port) as nginx:
		def ready(port, source, **how):
			return http_client.get(port, "/readyz", source=source, **how)
		wait_for(lambda: ready(relay.port, STRANGER).status == 200,
		    "GET /readyz to say 200")
		equal(ready(nginx.trusted, "127.0.0.7").status, 200)
		equal(ready(relay.port, TRUSTED).status, 200, "a proxy's own")
		check_error(ready(nginx.trusted, "127.0.0.8"), 403, "forbidden")
		check_error(ready(nginx.trusted, "127.0.0.8",
		    fields=xff("127.0.0.7")), 403, "forbidden")
		check_error(ready(nginx.stranger, "127.0.0.7"), 403, "forbidden")
		check_error(ready(relay.port, "127.0.0.7",
		    fields=[("Forwarded", "for=_x")]), 403, "forbidden")


def test_haproxy_forwarded():
	"""Forwarded, in several lines when the client has sent one."""
	with FaultServer() as server, Relay(server.port, top="trusted proxies "
	    "{ %s } header forwarded\nallow from 127.0.0.7" % TRUSTED) as relay, \
	    HAProxy(relay.port) as haproxy:
		def post(source, *fields):
			return http_client.post(haproxy.forwarded, message(), SECRET,
			    source=source, fields=fields)
		check_client(relay, post("127.0.0.7"), "127.0.0.7")
		check_client(relay, post("127.0.0.7", ("Forwarded", 'for="')),
		    "127.0.0.7")
		check_client(relay, post("127.0.0.7", ("X-Forwarded-For", "x")),
		    "127.0.0.7")
		for fields in ((), (("Forwarded", "for=127.0.0.7"),),
		    (("Forwarded", 'for="127.0.0.7";by="'),),
		    (("X-Forwarded-For", "127.0.0.7"),)):
			check_error(post("127.0.0.8", *fields), 403, "forbidden")


@each((("x-forwarded-for", "", "X-Forwarded-For", "x, 127.0.0.50"),
    ("forwarded", " header forwarded", "Forwarded", "for=unknown")))
def test_unparsable(option, field, value):
	"""400 for everything, and the connection goes on."""
	with FaultServer() as server, Relay(server.port,
	    top=TRUST.rstrip("\n") + option) as relay:
		fields = [(field, value)]
		with relay.connect(source=TRUSTED) as connection:
			for path in ("/v1/keys/self", "/healthz", "/nothing"):
				check_error(connection.exchange(request("GET", path,
				    fields)), 400, "bad_request")
			check_error(connection.exchange(post_octets(message(), SECRET,
			    fields=fields)), 400, "bad_request")
			check_accepted(connection.exchange(post_octets(message(),
			    SECRET)))
		# From anybody else it is nothing at all.
		check_accepted(relay.post(message(), source=STRANGER,
		    fields=fields))


def proxied_relay(server, **parts):
	"""A relay whose second port wants PROXY, and that port."""
	port = free_port()
	top = parts.pop("top", "")
	return Relay(server.port, top="%slisten on 127.0.0.1 port %d proxy\n%s" % (
	    TRUST, port, top), **parts), port


@contextlib.contextmanager
def ready(relay, source):
	"""Before HAProxy checks it, who turns away from what is not."""
	wait_for(lambda: relay.get("/readyz", source=source).status == 200,
	    "the relay to be ready")
	yield


def test_haproxy_version_2():
	with FaultServer() as server:
		relay, port = proxied_relay(server, top="allow from { 127.0.0.7 "
		    "127.0.0.8 }\nmonitor from { 127.0.0.7 %s }" % TRUSTED)
		with relay, ready(relay, TRUSTED), HAProxy(relay.port,
		    port) as haproxy:
			def post(source, **how):
				return http_client.post(haproxy.version2, message(),
				    SECRET, source=source, **how)
			check_client(relay, post("127.0.0.7"), "127.0.0.7")
			check_client(relay, post("127.0.0.8",
			    fields=xff("127.0.0.7")), "127.0.0.8")
			check_error(post("127.0.0.9"), 403, "forbidden")
			check_error(post("127.0.0.9", fields=xff("127.0.0.7")), 403,
			    "forbidden")
			# Kept by both sides.
			with Connection(haproxy.version2, source="127.0.0.8") as kept:
				for _ in range(3):
					check_client(relay, kept.exchange(post_octets(
					    message(), SECRET)), "127.0.0.8")
			equal(http_client.get(haproxy.version2, "/readyz",
			    source="127.0.0.7").status, 200)
			check_error(http_client.get(haproxy.version2, "/readyz",
			    source="127.0.0.8"), 403, "forbidden")
			# Its checks say LOCAL: they are its own.
			wait_for(lambda: haproxy.check() == ("UP", "L7OK", "200"),
			    "HAProxy's checks to pass")
			relay.reload(top=relay.configuration.top.replace(
			    "127.0.0.7 %s }" % TRUSTED, "127.0.0.7 }"))
			wait_for(lambda: haproxy.check() == ("DOWN", "L7STS", "403"),
			    "HAProxy's checks to be refused")


def test_haproxy_connections_per_address():
	"""The proxy brings as many as it likes, each of its clients does not."""
	with FaultServer() as server:
		relay, port = proxied_relay(server, prefork=1,
		    top="max connections 100 per address 1")
		with relay, ready(relay, "127.0.0.1"), HAProxy(relay.port,
		    port) as haproxy:
			kept = [Connection(haproxy.version2, source="127.0.0.%d" % n)
			    for n in (7, 8, 9)]
			for connection in kept:
				check_accepted(connection.exchange(post_octets(message(),
				    SECRET)))
			true(http_client.get(haproxy.version2, "/healthz",
			    source="127.0.0.7").status in (502, 503),
			    "a second connection of one client")
			for connection in kept:
				check_accepted(connection.exchange(post_octets(message(),
				    SECRET)))
				connection.close()


def secure_relay(server):
	"""A relay whose second port wants PROXY, then TLS, and that port."""
	port = free_port()
	return Relay(server.port, top="%sallow from 127.0.0.7\n%s proxy" % (TRUST,
	    secure.listen(port))), port


def test_haproxy_before_tls():
	"""HAProxy passes TLS on as it is, and the header comes before it."""
	with FaultServer() as server:
		relay, port = secure_relay(server)
		with relay, HAProxy(relay.port, secure=port) as haproxy:
			def post(source):
				with secure.connect(haproxy.tcp, source=source) as client:
					return client.exchange(post_octets(message(), SECRET))
			check_client(relay, post("127.0.0.7"), "127.0.0.7")
			check_error(post("127.0.0.8"), 403, "forbidden")


def test_proxy_header_and_client_hello_at_once():
	"""What comes with the header in one segment is the TLS handshake's."""
	with FaultServer() as server:
		relay, port = secure_relay(server)
		with relay, Connection(port, source=TRUSTED) as connection:
			incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
			client = secure.context().wrap_bio(incoming, outgoing,
			    server_hostname=secure.NAME)
			before = proxy_header("127.0.0.7")
			def step(action):
				"""Again until TLS needs nothing more from the relay."""
				nonlocal before
				while True:
					try:
						result = action()
					except ssl.SSLWantReadError:
						result = None
					connection.send(before + outgoing.read())
					before = b""
					if result is not None:
						return result
					incoming.write(connection.socket.recv(65536))
			step(lambda: client.do_handshake() or True)
			step(lambda: client.write(request("GET", "/v1/keys/self",
			    [("X-API-Key", SECRET)])))
			answer = step(lambda: client.read(65536))
			true(answer.startswith(b"HTTP/1.1 200 "), repr(answer[:60]))


def test_nginx_version_1():
	"""It is closed, and the log says what is wrong."""
	with FaultServer() as server:
		relay, port = proxied_relay(server)
		with relay, Nginx(relay.port, port) as nginx:
			with Connection(nginx.stream) as connection:
				connection.send(request("GET", "/healthz"))
				true(connection.closed(), "an answer")
			relay.wait_for_log('PROXY header.*peer=%s.*version 1' %
			    re.escape(TRUSTED))


def test_proxy_header():
	"""In pieces, with TLVs, of a check, of IPv6; and what is none."""
	with FaultServer() as server:
		relay, port = proxied_relay(server,
		    top="allow from { 2001:db8::/32 127.0.0.7 }")
		octets = post_octets(message(), SECRET)
		tlvs = b"\x02\0\x0bexample.com\x04\x01\0" + bytes(256)
		with relay:
			def answer(*pieces, source=TRUSTED):
				with Connection(port, source=source) as connection:
					for piece in pieces:
						connection.send(piece)
					try:
						return connection.response()
					except Closed:
						return None
			check_client(relay, answer(proxy_header("127.0.0.7", tlvs) +
			    octets), "127.0.0.7")
			check_client(relay, answer(*[bytes([c]) for c in
			    proxy_header("2001:db8::7", tlvs)], octets), "2001:db8::7")
			check_client(relay, answer(proxy_header("::ffff:127.0.0.7"),
			    octets), "127.0.0.7")
			check_error(answer(proxy_header("127.0.0.8") + octets), 403,
			    "forbidden")
			check_error(answer(LOCAL + octets), 403, "forbidden")
			# The named client is no proxy, this one is.
			check_client(relay, answer(proxy_header(TRUSTED) +
			    post_octets(message(), SECRET,
			    fields=xff("2001:db8::9"))), "2001:db8::9")
			for wrong in (octets, b"PROXY TCP4 127.0.0.7 127.0.0.1 1 2\r\n" +
			    octets, SIGNATURE + b"\x21\x11\xff\xff" + octets):
				equal(answer(wrong), None, "an answer to %r" % wrong[:16])
			relay.wait_for_log("PROXY header.*reason=")
			for stranger in ("127.0.0.7", STRANGER):
				equal(answer(proxy_header("127.0.0.7") + octets,
				    source=stranger), None, "an answer to a stranger")
			equal(len(server.taken()), 4, "taken")


def test_proxy_header_deadline():
	"""timeout header is that of the PROXY header and the head together."""
	with FaultServer() as server:
		relay, port = proxied_relay(server, timeouts="timeout header 3s")
		with relay:
			header = proxy_header("127.0.0.7")
			silent = Connection(port, source=TRUSTED)
			partly = Connection(port, source=TRUSTED)
			partly.send(header[:20])
			named = Connection(port, source=TRUSTED)
			named.send(header)
			for connection in (silent, partly, named):
				true(connection.closed(), "left open, or answered")


def test_reload():
	"""Who is trusted may change, also for connections that are open."""
	with FaultServer() as server, Relay(server.port, prefork=1,
	    top=TRUST + "allow from 127.0.0.7") as relay:
		with relay.connect(source=TRUSTED) as connection:
			def ask():
				return own_key(connection.exchange(request("GET",
				    "/v1/keys/self", xff("127.0.0.7") + [("X-API-Key",
				    SECRET)])))
			equal(ask(), 200)
			relay.reload(top="allow from 127.0.0.7")
			equal(ask(), 403)
			relay.reload(top=TRUST + "allow from 127.0.0.7")
			equal(ask(), 200)
