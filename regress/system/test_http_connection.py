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

"""Connections: kept, pipelined, waited for, cut at their deadlines."""

import contextlib
import json
import threading
import time

from contract import check_accepted, check_closing, check_error
from fault_server import FaultServer, Held, Plan
from http_client import Closed, post_octets, request
from outcome import WATCHDOG, each, equal, true, wait_for
from relay import SECRET, Relay, message
from test_metrics import eventually

SHORT = "timeout header 3s\ntimeout request 5s\ntimeout idle 3s"


def test_kept():
	with FaultServer() as server, Relay(server.port, prefork=1) as relay:
		with relay.connect() as connection:
			for _ in range(200):
				check_accepted(connection.exchange(post_octets(
				    message(), SECRET)))
		equal(len(server.taken()), 200)


def test_asked_to_close():
	with FaultServer() as server, Relay(server.port) as relay:
		for value in ("close", "Close", "foo, close"):
			with relay.connect() as connection:
				response = connection.exchange(post_octets(message(),
				    SECRET, fields=[("Connection", value)]))
				equal(response.status, 202)
				check_closing(connection, response)


def test_pipelined():
	"""Answers come in the order of the requests, whatever each takes."""
	gate = threading.Event()
	plan = Plan(dot=Held(gate))
	with FaultServer(plan) as server, Relay(server.port) as relay:
		with relay.connect() as connection:
			connection.send(post_octets(message(), SECRET) +
			    request("GET", "/nothing") +
			    post_octets(message(), SECRET) +
			    post_octets(message(to="x"), SECRET) +
			    request("GET", "/healthz"))
			true(connection.quiet(0.5), "answered out of order")
			gate.set()
			statuses = [connection.response().status for _ in range(5)]
			equal(statuses, [202, 404, 202, 400, 200], "order")
		equal(len(server.taken()), 2)


def test_many_pipelined():
	"""A thousand requests in one write: all answered, in order."""
	octets = b"".join(request("GET", "/healthz" if i % 2 else "/no")
	    for i in range(1000))
	with Relay(25) as relay, relay.connect() as connection:
		writer = threading.Thread(target=connection.send, args=(octets,))
		writer.start()
		for i in range(1000):
			equal(connection.response().status, 200 if i % 2 else 404,
			    "response %d" % i)
		writer.join()


def test_expect_continue():
	body = json.dumps(message()).encode()
	def head(secret=SECRET, path="/v1/send", kind="application/json",
	    version="HTTP/1.1", length=None):
		return request("POST", path, [("Authorization", "Bearer " + secret),
		    ("Content-Type", kind), ("Expect", "100-Continue"),
		    ("Content-Length", str(length or len(body)))], b"", version)
	with FaultServer() as server, Relay(server.port) as relay:
		with relay.connect() as connection:
			equal(connection.exchange(head()).status, 100, "interim")
			check_accepted(connection.exchange(body))
			equal(connection.exchange(head()).status, 100, "again")
			check_accepted(connection.exchange(body))
		for octets, status in ((head("no"), 403), (head(path="/x"), 404),
		    (head(kind="text/plain"), 415), (head(length=9999999), 413)):
			with relay.connect() as connection:
				response = connection.exchange(octets)
				equal(response.status, status, "instead of 100")
				check_closing(connection, response)
		with relay.connect() as connection:
			connection.send(head(version="HTTP/1.0"))
			true(connection.quiet(0.3), "1.0 was told to continue")
			equal(connection.exchange(body).status, 202)
		with relay.connect() as connection:
			connection.send(head() + body)
			equal(connection.response().status, 202,
			    "body sent without waiting")


def test_refused_body_read_off():
	"""Up to 64 KiB of a refused request is read off, the connection kept."""
	with Relay(25) as relay, relay.connect() as connection:
		for size in (1, 65536):
			response = connection.exchange(post_octets(b"x" * size, "bad"))
			check_error(response, 403, "forbidden")
			equal(response.field("Connection"), None, "Connection")
			equal(connection.exchange(request("GET",
			    "/healthz")).status, 200, "kept")


def test_refused_body_too_long():
	"""Longer ones: the answer arrives although the body is not read whole."""
	with Relay(25) as relay:
		for size in (65537, 900000):
			with relay.connect() as connection:
				connection.send(post_octets(b"x" * size, "bad"))
				response = connection.response()
				check_error(response, 403, "forbidden")
				check_closing(connection, response)
		with relay.connect() as connection:
			connection.send(request("POST", "/v1/send", [
			    ("Authorization", "Bearer bad"),
			    ("Transfer-Encoding", "chunked")], b"5\r\nhello\r\n"))
			response = connection.response()
			check_error(response, 403, "forbidden")
			check_closing(connection, response)


def test_refused_body_endless():
	"""Who goes on sending is cut off after 2 s, however little that is, or
	1 MiB."""
	for octets in (b"x", b"x" * 65536):
		with Relay(25) as relay, relay.connect() as connection:
			connection.send(request("POST", "/v1/send", [
			    ("Authorization", "Bearer bad"),
			    ("Content-Length", "10000000000")]))
			check_error(connection.response(), 403, "forbidden")
			def cut():
				try:
					connection.send(octets)
					return False
				except OSError:
					return True
			wait_for(cut, "it to be cut")


def test_large_declared():
	with FaultServer() as server, Relay(server.port,
	    top="max request 64K", mail="max body 16K") as relay:
		with relay.connect() as connection:
			connection.send(request("POST", "/v1/send", [
			    ("Authorization", "Bearer " + SECRET),
			    ("Content-Type", "application/json"),
			    ("Content-Length", "65537")]))
			check_error(connection.response(), 413, "payload_too_large")
		with relay.connect() as connection:
			connection.send(request("POST", "/v1/send", [
			    ("Authorization", "Bearer " + SECRET),
			    ("Content-Type", "application/json"),
			    ("Transfer-Encoding", "chunked")],
			    b"8000\r\n" + b" " * 32768 + b"\r\n" +
			    b"8001\r\n" + b" " * 32769 + b"\r\n0\r\n\r\n"))
			response = connection.response()
			check_error(response, 413, "payload_too_large")
			check_closing(connection, response)
		padded = json.dumps(message()).encode().ljust(65536)
		equal(relay.post(padded).status, 202, "of exactly max request")


def test_header_deadline():
	with Relay(25, timeouts=SHORT) as relay:
		start = time.monotonic()
		with relay.connect() as connection:
			connection.send("GET /healthz HTTP/1.1\r\nHost: a\r\n")
			response = connection.response()
			check_error(response, 408, "request_timeout")
			check_closing(connection, response)
			true(time.monotonic() - start > 2.9, "too early")


def test_header_deadline_trickle():
	"""One octet at a time moves no deadline."""
	with Relay(25, timeouts=SHORT) as relay:
		start = time.monotonic()
		with relay.connect() as connection:
			connection.send("GET /healthz HTTP/1.1\r\nHost: a\r\nX: ")
			response = wait_for(lambda: dribble(connection, b"a"),
			    "it to be cut")
			check_error(response, 408, "request_timeout")
			true(time.monotonic() - start > 2.9, "too early")


def dribble(connection, octet):
	"""Sends it, and then the answer if there is one within a moment."""
	connection.socket.settimeout(0.2)
	with contextlib.suppress(ConnectionError):
		connection.send(octet)
	try:
		return connection.response()
	except TimeoutError:
		return None
	finally:
		connection.socket.settimeout(WATCHDOG)


def test_no_octet():
	"""No octet at all: closed without a word."""
	with Relay(25, timeouts=SHORT) as relay:
		start = time.monotonic()
		with relay.connect() as connection:
			true(connection.closed(), "not closed silently")
			true(time.monotonic() - start > 2.9, "too early")


def test_body_deadline():
	with Relay(25, timeouts=SHORT) as relay, relay.connect() as connection:
		octets = post_octets(message(), SECRET)
		start = time.monotonic()
		connection.send(octets[:-30])
		response = None
		for octet in octets[-30:-1]:		# 5.8 s
			response = response or dribble(connection,
			    bytes([octet]))
		response = response or connection.response()
		check_error(response, 408, "request_timeout")
		check_closing(connection, response)
		true(time.monotonic() - start > 4.9, "too early")


def test_idle_deadline():
	with Relay(25, timeouts=SHORT) as relay, relay.connect() as connection:
		start = time.monotonic()
		equal(connection.exchange(request("GET", "/healthz")).status, 200)
		true(connection.closed(), "not closed")
		true(2.8 < time.monotonic() - start, "closed too early")


def test_submission_has_its_own_time():
	"""A mail server slower than timeout request delays the answer only."""
	gate = threading.Event()
	with FaultServer(Plan(dot=Held(gate))) as server, \
	    Relay(server.port, timeouts=SHORT) as relay:
		with relay.connect() as connection:
			connection.send(post_octets(message(), SECRET))
			true(connection.quiet(6), "answered before the mail server")
			gate.set()
			check_accepted(connection.response())


@each((("before-data", "mail"), ("after-data", "dot")))
def test_client_gone(stage):
	"""Before DATA that cancels the submission, after it nothing does."""
	gate = threading.Event()
	# Without PIPELINING, or DATA would be on its way with MAIL.
	plan = Plan(**{stage: Held(gate)}, extensions=("ENHANCEDSTATUSCODES",))
	with FaultServer(plan) as server, Relay(server.port,
	    prefork=1) as relay:
		with relay.connect() as connection:
			connection.send(post_octets(message(), SECRET))
			wait_for(lambda: server.transactions, "MAIL")
			if stage == "dot":
				server.wait_for_completed(1)
		# The relay sees the connection end before the server goes on.
		eventually(relay, "rele_client_disconnects_total", 1)
		# What relayd-smtp answers, it answers in order.
		relay.submission("req_01ARZ3NDEKTSV4RRFFQ69G5FAV")
		gate.set()
		server.plan = Plan()
		if stage == "dot":
			wait_for(server.taken, "the message to be taken")
		check_accepted(relay.post(message(subject="next")))
		taken = [b"Subject: next" in t.content for t in server.taken()]
		equal(taken, [False, True] if stage == "dot" else [True], "taken")


def test_half_close():
	"""A client that shuts its sending side down still gets its answer."""
	import socket
	with FaultServer() as server, Relay(server.port) as relay:
		with relay.connect() as connection:
			connection.send(post_octets(message(), SECRET))
			connection.socket.shutdown(socket.SHUT_WR)
			try:
				status = connection.response().status
			except Closed:
				status = None
			# Cancelled without an answer, or accepted and answered.
			equal(status == 202, len(server.taken()) == 1, "202 and taken")


def test_max_connections_per_address():
	with Relay(25, prefork=1, top="max connections 50 per address 10") as relay:
		held = [relay.connect() for _ in range(10)]
		try:
			for connection in held:
				equal(connection.exchange(request("GET",
				    "/healthz")).status, 200)
			with relay.connect() as extra:
				try:
					extra.send(request("GET", "/healthz"))
					status = extra.response().status
				except (Closed, OSError):
					status = None
				true(status in (None, 503), "the eleventh: %r" % status)
		finally:
			for connection in held:
				connection.close()
		def again():
			try:
				return relay.get("/healthz").status == 200
			except (OSError, Closed):
				return False
		wait_for(again, "connections to be accepted again")
