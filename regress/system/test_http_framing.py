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

"""RFC 9112, strictly: what is refused, with what, and that the daemon goes on."""

from contract import check_error, check_response
from fault_server import FaultServer
from http_client import post_octets, request
from outcome import each, equal, true
from relay import SECRET, Relay, message

HOST = b"Host: relay.example.test\r\n"
KEY = b"Authorization: Bearer " + SECRET.encode() + b"\r\n"
JSON = b"Content-Type: application/json\r\n"


def get(*lines):
	"""GET /healthz with header lines as they are."""
	return b"GET /healthz HTTP/1.1\r\n" + HOST + b"".join(lines) + b"\r\n"


def send(*lines, body=b""):
	"""POST /v1/send with header lines as they are."""
	return b"POST /v1/send HTTP/1.1\r\n" + HOST + KEY + JSON + \
	    b"".join(lines) + b"\r\n" + body


def chunked(body):
	return send(b"Transfer-Encoding: chunked\r\n", body=body)


REFUSED = (
	("length-and-chunked", send(b"Content-Length: 5\r\n"
	    b"Transfer-Encoding: chunked\r\n", body=b"0\r\n\r\n"), 400),
	("two-lengths", send(b"Content-Length: 5\r\nContent-Length: 6\r\n",
	    body=b"hello"), 400),
	("length-list", send(b"Content-Length: 5, 6\r\n", body=b"hello"), 400),
	("length-plus", send(b"Content-Length: +5\r\n", body=b"hello"), 400),
	("length-minus", send(b"Content-Length: -5\r\n", body=b"hello"), 400),
	("length-hex", send(b"Content-Length: 0x5\r\n", body=b"hello"), 400),
	("length-blank", send(b"Content-Length: 5 5\r\n", body=b"hello"), 400),
	("length-empty", send(b"Content-Length:\r\n", body=b"hello"), 400),
	("length-on-get", get(b"Content-Length: x\r\n"), 400),
	("chunked-not-last", send(b"Transfer-Encoding: chunked, gzip\r\n"), 400),
	("chunked-twice", send(b"Transfer-Encoding: chunked, chunked\r\n"), 400),
	("chunked-twice-lines", send(b"Transfer-Encoding: chunked\r\n"
	    b"Transfer-Encoding: chunked\r\n"), 400),
	("gzip-chunked", send(b"Transfer-Encoding: gzip, chunked\r\n"), 501),
	("coding-unknown", send(b"Transfer-Encoding: xchunked\r\n"), 501),
	("no-length", send(), 411),
	("space-before-colon", get(b"Accept : */*\r\n"), 400),
	("tab-before-colon", get(b"Accept\t: */*\r\n"), 400),
	("obs-fold", get(b"X-Long: one\r\n two\r\n"), 400),
	("obs-fold-tab", get(b"X-Long: one\r\n\ttwo\r\n"), 400),
	("bare-cr", get(b"X-Field: a\rb\r\n"), 400),
	("bare-lf", get(b"X-Field: a\n"), 400),
	("bare-lf-all", get().replace(b"\r\n", b"\n"), 400),
	("bare-lf-request-line", b"GET /healthz HTTP/1.1\n" + HOST + b"\r\n", 400),
	("bare-cr-all", get().replace(b"\r\n", b"\r"), 400),
	("bare-cr-request-line", b"GET /heal\rthz HTTP/1.1\r\n" + HOST + b"\r\n",
	    400),
	("nul-in-value", get(b"X-Field: a\0b\r\n"), 400),
	("nul-in-target", b"GET /health\0z HTTP/1.1\r\n" + HOST + b"\r\n", 400),
	("control-in-value", get(b"X-Field: a\x01b\r\n"), 400),
	("name-empty", get(b": value\r\n"), 400),
	("name-no-token", get(b"X(Field): value\r\n"), 400),
	("name-not-ascii", get(b"X-F\xc3\xa4: value\r\n"), 400),
	("no-colon", get(b"Accept\r\n"), 400),
	("host-missing", b"GET /healthz HTTP/1.1\r\n\r\n", 400),
	("host-twice", get(HOST), 400),
	("host-space", b"GET /healthz HTTP/1.1\r\nHost: a b\r\n\r\n", 400),
	("host-slash", b"GET /healthz HTTP/1.1\r\nHost: a/b\r\n\r\n", 400),
	("host-user", b"GET /healthz HTTP/1.1\r\nHost: u@b\r\n\r\n", 400),
	("host-port", b"GET /healthz HTTP/1.1\r\nHost: a:b\r\n\r\n", 400),
	("absolute-ftp", b"GET ftp://a/healthz HTTP/1.1\r\n" + HOST + b"\r\n", 400),
	("target-relative", b"GET healthz HTTP/1.1\r\n" + HOST + b"\r\n", 400),
	("target-empty", b"GET  HTTP/1.1\r\n" + HOST + b"\r\n", 400),
	("two-spaces", b"GET  /healthz HTTP/1.1\r\n" + HOST + b"\r\n", 400),
	("tab-separator", b"GET\t/healthz\tHTTP/1.1\r\n" + HOST + b"\r\n", 400),
	("no-version", b"GET /healthz\r\n" + HOST + b"\r\n", 400),
	("version-lower", b"GET /healthz http/1.1\r\n" + HOST + b"\r\n", 400),
	("version-digits", b"GET /healthz HTTP/1.10\r\n" + HOST + b"\r\n", 400),
	("version-2", b"GET /healthz HTTP/2.0\r\n" + HOST + b"\r\n", 505),
	("method-no-token", b"G@T /healthz HTTP/1.1\r\n" + HOST + b"\r\n", 400),
	("tls-hello", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
	("request-line-long", b"GET /healthz?" + b"a" * 9000 + b" HTTP/1.1\r\n" +
	    HOST + b"\r\n", 414),
	("head-long", get(*[b"X-%d: " % i + b"a" * 1000 + b"\r\n"
	    for i in range(40)]), 431),
	("one-field-long", get(b"X-Long: " + b"a" * 40000 + b"\r\n"), 431),
	("fields-many", get(*[b"X-%d: a\r\n" % i for i in range(100)]), 431),
	("expectation-unknown", send(b"Expect: tea\r\nContent-Length: 2\r\n",
	    body=b"{}"), 417),
	("chunk-size-bad", chunked(b"zz\r\n{}\r\n0\r\n\r\n"), 400),
	("chunk-size-empty", chunked(b"\r\n{}\r\n0\r\n\r\n"), 400),
	("chunk-size-sign", chunked(b"+2\r\n{}\r\n0\r\n\r\n"), 400),
	("chunk-size-0x", chunked(b"0x2\r\n{}\r\n0\r\n\r\n"), 400),
	("chunk-size-overflow", chunked(b"ffffffffffffffff2\r\n{}\r\n"), 400),
	("chunk-size-blank", chunked(b" 2\r\n{}\r\n0\r\n\r\n"), 400),
	("chunk-bare-lf", chunked(b"2\n{}\r\n0\r\n\r\n"), 400),
	("chunk-data-long", chunked(b"2\r\n{}}\r\n0\r\n\r\n"), 400),
	("chunk-extension-endless", chunked(b"2;" + b"a" * 70000), 400),
	("trailer-obs-fold", chunked(b"2\r\n{}\r\n0\r\nA: b\r\n c\r\n\r\n"), 400),
	("trailer-bare-lf", chunked(b"2\r\n{}\r\n0\r\nA: b\n\r\n"), 400),
	("trailer-no-token", chunked(b"2\r\n{}\r\n0\r\nA b: c\r\n\r\n"), 400),
	("trailers-many", chunked(b"2\r\n{}\r\n0\r\n" + b"".join(
	    b"X-%d: a\r\n" % i for i in range(101)) + b"\r\n"), 431),
)

GOOD = (
	("plain", get()),
	("absolute-form", b"GET http://relay.example.test/healthz HTTP/1.1\r\n" +
	    HOST + b"\r\n"),
	("host-empty-port", b"GET /healthz HTTP/1.1\r\nHost: a:\r\n\r\n"),
	("host-literal", b"GET /healthz HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n"),
	("no-blank-after-colon", get(b"Accept:*/*\r\n")),
	("blanks-around-value", get(b"Accept: \t */* \t\r\n")),
	("value-empty", get(b"X-Empty:\r\n")),
	("value-obs-text", get(b"X-Field: \xe4\xff\r\n")),
	("name-odd-token", get(b"!#$%&'*+-.^_`|~9: a\r\n")),
	("field-names-in-any-case", b"GET /healthz HTTP/1.1\r\nhOsT: a\r\n\r\n"),
	("query", b"GET /healthz?a=b&c HTTP/1.1\r\n" + HOST + b"\r\n"),
	("version-1.0", b"GET /healthz HTTP/1.0\r\n\r\n"),
	("fields-99", get(*[b"X-%d: a\r\n" % i for i in range(99)])),
	("head-30k", get(*[b"X-%d: " % i + b"a" * 1000 + b"\r\n"
	    for i in range(29)])),
)


@each((name, octets, status) for name, octets, status in REFUSED)
def test_refused(octets, status):
	with FaultServer() as server, Relay(server.port) as relay:
		with relay.connect() as connection:
			connection.send(octets)
			response = connection.response()
			check_error(response, status, "bad_request")
			equal(response.field("Connection"), "close", "Connection")
			true(connection.closed(), "the connection stays open")
		equal(relay.get("/healthz").status, 200, "afterwards")
		equal(server.taken(), [], "what the mail server took")


@each(GOOD)
def test_good(octets):
	with Relay(25) as relay, relay.connect() as connection:
		response = check_response(connection.exchange(octets))
		equal(response.status, 200)
		equal(response.json()["status"], "ok")


CHUNKS = (
	("one", lambda body: b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)),
	("upper-case", lambda body: b"%X\r\n%s\r\n0\r\n\r\n" % (len(body), body)),
	("leading-zeros", lambda body: b"%08x\r\n%s\r\n000\r\n\r\n" % (len(body),
	    body)),
	("single-octets", lambda body: b"".join(b"1\r\n%c\r\n" % c for c in body) +
	    b"0\r\n\r\n"),
	("extensions", lambda body: b'%x;a;b=c;d="e;f"\r\n%s\r\n0;x=y\r\n\r\n' % (
	    len(body), body)),
	("trailers", lambda body: b"%x\r\n%s\r\n0\r\nX-Sum: 1\r\nX-More: 2\r\n\r\n"
	    % (len(body), body)),
)


@each(CHUNKS)
def test_chunked(encode):
	"""Decoded whatever the chunks, at once and octet by octet; then kept."""
	body = post_octets(message(), None).split(b"\r\n\r\n", 1)[1]
	octets = chunked(encode(body))
	with FaultServer() as server, Relay(server.port) as relay:
		with relay.connect() as connection:
			equal(connection.exchange(octets).status, 202)
			for i in range(0, len(octets)):
				connection.send(octets[i:i + 1])
			equal(connection.response().status, 202)
			equal(connection.exchange(get()).status, 200, "kept")
		equal(len(server.taken()), 2, "messages taken")


def test_octet_by_octet():
	"""Where reads cut a request does not matter."""
	octets = post_octets(message(subject="Gr\u00fc\u00dfe"), SECRET)
	with FaultServer() as server, Relay(server.port) as relay:
		with relay.connect() as connection:
			for i in range(len(octets)):
				connection.send(octets[i:i + 1])
			equal(connection.response().status, 202)


def test_smuggling():
	"""What follows a refused request on the connection is never read as one."""
	hidden = post_octets(message(subject="hidden"), SECRET)
	with FaultServer() as server, Relay(server.port) as relay:
		for octets in (
		    send(b"Content-Length: 0\r\nTransfer-Encoding: chunked\r\n",
		    body=b"0\r\n\r\n"),
		    send(b"Content-Length: 0\r\nContent-Length: 5\r\n"),
		    send(b"Transfer-Encoding : chunked\r\nContent-Length: 0\r\n"),
		    send(b"Transfer-Encoding: \x0bchunked\r\nContent-Length: 0\r\n"),
		    chunked(b"2\r\n{}\n0\r\n\r\n")):
			with relay.connect() as connection:
				connection.send(octets + hidden)
				true(connection.response().status in (400, 501),
				    "not refused: %r" % octets[:200])
				true(connection.closed(), "read on after %r" %
				    octets[:200])
		equal(server.completed(), [], "what the mail server got")


def test_head_and_version_10():
	with Relay(25) as relay:
		response = relay.get("/healthz", method="HEAD")
		check_response(response)
		equal(response.status, 200)
		equal(int(response.field("Content-Length")),
		    len(relay.get("/healthz").body), "Content-Length of HEAD")
		with relay.connect() as connection:
			octets = request("HEAD", "/nothing")
			connection.send(octets + request("GET", "/healthz"))
			equal(connection.response(head=True).status, 404)
			equal(connection.response().status, 200, "after HEAD")
		with relay.connect() as connection:
			connection.send(b"GET /healthz HTTP/1.0\r\n\r\n")
			equal(connection.response().status, 200)
			true(connection.closed(), "1.0 without keep-alive stays open")


def test_garbage():
	"""A thousand connections of rubbish, and the daemon answers still."""
	import random
	source = random.Random(20260101)
	with Relay(25) as relay:
		before = relay.family()
		for _ in range(1000):
			octets = bytes(source.choice((source.randrange(256), 13, 10, 32,
			    58, 71)) for _ in range(source.randrange(1, 400)))
			with relay.connect() as connection:
				try:
					connection.send(octets)
				except OSError:
					pass
		equal(relay.get("/healthz").status, 200)
		equal(relay.family(), before, "the processes")
