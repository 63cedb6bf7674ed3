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


"""Everything that can be wrong with a request, two things at a time.

Which answer wins, how it looks and whether the connection is kept is compared with
http_model, which is api.md's "order of checks" in other words.
"""

import itertools

import http_model
from contract import check_error, check_response
from outcome import Failure, each, equal
from relay import SECRET, Relay

KEY = "Authorization: Bearer %s\r\n" % SECRET
JSON = "Content-Type: application/json\r\n"

LINES = ("POST /v1/send HTTP/1.1", "POST /v1/send HTTP/1.0",
    "GET /healthz HTTP/1.1", "GET /healthz HTTP/1.0", "POST /healthz HTTP/1.1",
    "GET http://b/healthz HTTP/1.1", "GET https://b/healthz HTTP/1.1",
    "GET /v1/send HTTP/1.1", "HEAD /v1/send HTTP/1.1",
    "HEAD /v1/keys/self HTTP/1.1", "GET /v1/keys/self?dry_run=7 HTTP/1.2",
    "PUT /v1/keys/self HTTP/1.1", "POST /v1/send?dry_run=x HTTP/1.1",
    "POST /v1/send?a=b&dry_run=true HTTP/1.1", "POST /v1/send-bulk HTTP/1.1",
    "DELETE /v1/send-bulk HTTP/1.1", "GET /v1/submissions/x HTTP/1.1",
    "POST /nothing HTTP/1.1", "HEAD /nothing HTTP/1.1",
    "POST /v1/%73end HTTP/1.1", "GET /v1/../healthz HTTP/1.1",
    "OPTIONS * HTTP/1.1", "TRACE /healthz HTTP/1.1", "CONNECT a:1 HTTP/1.1",
    "GET /healthz HTTP/2.0", "GET /healthz HTTP/1.10")
# The first of each is right.
PARTS = (
	("Host: a\r\n", "", "Host: a\r\nHost: a\r\n", "Host: a b\r\n",
	    "Host:\r\n"),
	(KEY, "", "Authorization: Basic x\r\n", "X-API-Key: bad\r\n",
	    "X-API-Key: %s\r\n" % SECRET, KEY + KEY,
	    KEY + "X-API-Key: bad\r\n", "Authorization: Bearer bad\r\n" +
	    "X-API-Key: %s\r\n" % SECRET),
	(JSON, "", "Content-Type: text/plain\r\n", JSON + JSON,
	    JSON + "Content-Encoding: gzip\r\n",
	    "content-type:Application/JSON; CHARSET=\"UTF-8\"\r\n"),
	("Content-Length: 2\r\n", "", "Content-Length: x\r\n",
	    "Content-Length: 2\r\nContent-Length: 3\r\n",
	    "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n",
	    "Transfer-Encoding: gzip\r\n", "Transfer-Encoding: chunked\r\n",
	    "Transfer-Encoding: chunked, gzip\r\n",
	    "Content-Length: 2000000\r\n", "Content-Length: 0\r\n"),
	("", "Expect: 100-continue\r\n", "Expect: tea\r\n"),
	("", "Connection: close\r\n", "Connection: x, Keep-Alive\r\n",
	    "X : a\r\n", "X: a\r\n b\r\n", "X: a\0\r\n", "X: a\rb\r\n",
	    "Upgrade: h2c\r\nConnection: Upgrade\r\nAccept: text/html\r\n"),
)
CODES = {401: "unauthorized", 403: "forbidden", 405: "method_not_allowed",
    413: "payload_too_large", 415: "unsupported_media_type"}


def heads(line):
	"""With at most two of the parts not right, each once."""
	seen = {}
	for two in itertools.combinations(range(len(PARTS)), 2):
		for one, other in itertools.product(*(PARTS[i] for i in two)):
			parts = [part[0] for part in PARTS]
			parts[two[0]], parts[two[1]] = one, other
			seen[line + "\r\n" + "".join(parts) + "\r\n"] = True
	return [head.encode("latin-1") for head in seen]


def check(connection, head):
	"""Whether the connection is kept afterwards."""
	status, kept = http_model.answer(head, SECRET.encode())
	silent = head.startswith(b"HEAD ")
	connection.send(head)
	if status == 100:
		if b"Expect" in head and b"Length: 0" not in head and \
		    b"HTTP/1.0" not in head:
			equal(connection.response().status, 100, "interim answer")
		if b"chunked" in head:
			connection.send("2\r\n{}\r\n0\r\n\r\n")
		elif b"Length: 2\r\n" in head:
			connection.send("{}")
		status = 400
	elif kept and b"Length: 2\r\n" in head:
		connection.send("{}")
	response = connection.response(silent)
	equal(response.status, status, "status")
	equal(response.field("Connection") == "close", not kept, "closed")
	if silent:
		equal(response.body, b"")
		check_response(response)
	elif status >= 400:
		code = response.json()["code"]
		check_error(response, status, CODES.get(status, code))
	return kept


@each((line.replace(" ", "-"), line) for line in LINES)
def test_two_at_a_time(line):
	with Relay(25) as relay:
		connection = relay.connect()
		for head in heads(line):
			try:
				kept = check(connection, head)
				if not kept:
					equal(connection.closed(), True, "closed")
			except Exception as error:
				raise Failure("%s: to %r" % (error, head))
			if not kept:
				connection.close()
				connection = relay.connect()
		connection.close()
