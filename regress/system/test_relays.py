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

"""The connections to mail servers: pool, order, down and back, idle closes."""

import threading
import time

from contract import check_accepted, check_error, check_response
from fault_server import Drop, FaultServer, Held, Last, Plan, Silence
from http_client import post_octets
from outcome import each, equal, true, wait_for
from relay import SECRET, Relay, message


def in_parallel(count, function):
	results = [None] * count
	def work(index):
		results[index] = function()
	threads = [threading.Thread(target=work, args=(i,)) for i in range(count)]
	for thread in threads:
		thread.start()
	return threads, results


def test_down_and_back():
	"""What is down is not ready; a probe finds it back."""
	server = FaultServer()
	with Relay(server.port) as relay:
		check_error(relay.post(message()), 502, "smtp_unavailable")
		check_error(relay.post(message()), 502, "smtp_unavailable")
		wait_for(lambda: relay.get("/readyz").status == 503, "not ready")
		with server:
			wait_for(lambda: relay.get("/readyz").status == 200, "ready")
			check_accepted(relay.post(message()))
			equal(len(server.taken()), 1)


def test_probes_once_a_second():
	"""A relay that greets with 554 is tried about once a second, no more."""
	with FaultServer(Plan(greeting=Last("554 5.3.2 No"))) as server, \
	    Relay(server.port) as relay:
		check_error(relay.post(message()), 502, "smtp_unavailable")
		first = server.connections
		start = time.monotonic()
		while time.monotonic() - start < 3:
			relay.post(message())
		made = server.connections - first
		took = time.monotonic() - start
		true(made <= took + 5, "%d connections in %.1f s" % (made, took))


def test_readyz():
	with FaultServer() as server, Relay(server.port) as relay:
		wait_for(lambda: relay.get("/readyz").status == 200, "ready")
		response = check_response(relay.get("/readyz"))
		equal(response.json(), {"status": "ready", "smtp": "ok"})
		before = server.connections
		for _ in range(50):
			equal(relay.get("/readyz").status, 200)
		true(server.connections - before < 25, "a connection per probe")
		equal(relay.get("/readyz", method="HEAD").status, 200)
		server.close()
		wait_for(lambda: relay.post(message()).status == 502, "down")
		response = wait_for(lambda: [r for r in [relay.get("/readyz")]
		    if r.status == 503], "not ready")[0]
		check_response(response)
		equal(response.json(), {"status": "not_ready", "smtp": "unavailable"})


def test_monitors_only():
	with FaultServer() as server, Relay(server.port,
	    top="monitor from 127.0.0.2") as relay:
		check_error(relay.get("/readyz"), 403, "forbidden")
		wait_for(lambda: relay.get("/readyz", source="127.0.0.2").status ==
		    200, "ready")
		for field in ("X-Forwarded-For", "Forwarded"):
			check_error(relay.get("/readyz", source="127.0.0.2",
			    fields=[(field, "127.0.0.2")]), 403, "forbidden")


@each((("closed", None), ("554", Plan(greeting=Last("554 5.3.2 No"))),
    ("421", Plan(greeting=Last("421 4.3.2 Busy"))),
    ("drop", Plan(greeting=Drop)),
    ("silence", Plan(greeting=Silence), "timeout submission 15s"),
    ("ehlo-421", Plan(ehlo=Last("421 4.3.2 Busy"))),
    ("ehlo-554", Plan(ehlo="554 5.3.2 No")), ("ehlo-drop", Plan(ehlo=Drop))))
def test_next_relay(plan, items=""):
	"""Whatever fails before MAIL sends the message to the next relay."""
	first, second = FaultServer(plan), FaultServer()
	with second, Relay([first.port, second.port], relay=items) as relay:
		if plan:
			first.listen()
		try:
			for _ in range(5):
				check_accepted(relay.post(message()))
			equal(len(second.taken()), 5, "taken by the second")
			first.close()
			first.plan = Plan()
			first.listen()
			def returned():
				check_accepted(relay.post(message()))
				return first.taken()
			wait_for(returned, "the first relay to be used again", 0.1)
		finally:
			first.close()


@each((("mail-451", Plan(mail="451 4.3.0 Later"), "smtp_unavailable"),
    ("rcpt-550", Plan(rcpt="550 5.1.1 Nobody"), "smtp_rejected"),
    ("dot-451", Plan(dot="451 4.3.0 Later"), "smtp_unavailable"),
    ("dot-drop", Plan(dot=Drop), "smtp_outcome_unknown")))
def test_reply_is_final(plan, code):
	"""From MAIL on, a reply of the first relay is never asked for elsewhere."""
	with FaultServer(plan) as first, FaultServer() as second, Relay(
	    [first.port, second.port]) as relay:
		check_error(relay.post(message()), 504 if "unknown" in code else 502,
		    code)
		equal(second.transactions, [], "transactions at the second")


def test_idle_closed_by_server():
	"""Nothing lost, nothing twice, whenever the server closes."""
	with FaultServer(Plan(idle=0.05)) as server, Relay(server.port) as relay:
		count = 100
		with relay.connect() as connection:
			for i in range(count):
				check_accepted(connection.exchange(post_octets(
				    message(subject="number %d" % i), SECRET)))
				# Around the moment at which the server closes.
				time.sleep(0.04 + (i % 5) * 0.005)
		taken = [t.content.split(b"Subject: ")[1].split(b"\r\n")[0]
		    for t in server.taken()]
		equal(taken, [b"number %d" % i for i in range(count)])
		true(server.connections > 1, "it never hung up")


def test_server_restarts():
	with FaultServer() as server, Relay(server.port) as relay:
		for _ in range(20):
			check_accepted(relay.post(message()))
			server.close()
			server.listen()
		equal(len(server.taken()), 20)


@each((("drop", Drop), ("421", Last("421 4.3.2 Bye"))))
def test_pooled_connection_lost(action):
	"""A pooled connection lost before the final dot is replaced once; a new one
	that is lost is not."""
	for stage in ("mail", "rcpt", "data"):
		plan = Plan(**{stage: lambda session: action
		    if session.server.taken() and session.number == 0 else None})
		with FaultServer(plan) as server, Relay(server.port,
		    relay="connections 1") as relay:
			check_accepted(relay.post(message()))
			check_accepted(relay.post(message()))
			equal((len(server.taken()), server.connections), (2, 2), stage)
		with FaultServer(Plan(**{stage: action})) as server, \
		    Relay(server.port) as relay:
			check_error(relay.post(message()), 502, "smtp_unavailable")
			equal(server.connections, 1, stage)


def test_pool_bounds():
	"""Never more connections than configured; all are used."""
	gate = threading.Event()
	with FaultServer(Plan(dot=Held(gate))) as server, Relay(server.port,
	    relay="connections 3") as relay:
		threads, results = in_parallel(12, lambda: relay.post(message()))
		server.wait_for_completed(3)
		time.sleep(0.5)
		equal(len(server.completed()), 3, "in flight")
		true(server.open_connections() <= 3, "%d connections" %
		    server.open_connections())
		gate.set()
		for thread in threads:
			thread.join()
		equal([r.status for r in results], [202] * 12)
		true(server.open_connections() <= 3, "%d connections" %
		    server.open_connections())
		equal(len(server.taken()), 12)


def test_messages_per_connection():
	with FaultServer() as server, Relay(server.port,
	    relay="connections 1 messages 5") as relay:
		for _ in range(20):
			check_accepted(relay.post(message()))
		counts = {}
		for transaction in server.taken():
			counts[transaction.connection] = counts.get(
			    transaction.connection, 0) + 1
		equal(list(counts.values()), [5] * 4, "messages a connection")
		wait_for(lambda: sum(c == "QUIT" for _, c in server.commands) >= 4,
		    "QUIT on each")


def test_idle_connections_quit():
	with FaultServer() as server, Relay(server.port,
	    relay="connections 5 idle 1s") as relay:
		check_accepted(relay.post(message()))
		wait_for(lambda: server.open_connections() == 0, "idle ones to quit")
		true("QUIT" in [c for _, c in server.commands], "left without QUIT")
		check_accepted(relay.post(message()))


def test_waiting_for_the_pool():
	"""Who waits for a connection too long is told; nothing is sent."""
	gate = threading.Event()
	with FaultServer(Plan(dot=Held(gate))) as server, Relay(server.port,
	    relay="connections 1 timeout submission 15s") as relay:
		threads, results = in_parallel(4, lambda: relay.post(message()))
		for thread in threads:
			thread.join()
		statuses = sorted(r.status for r in results)
		true(504 in statuses and set(statuses) <= {502, 503, 504},
		    "statuses %r" % statuses)
		wait_for(lambda: len(server.completed()) == statuses.count(504),
		    "those that are unknown to be sent in full")
		gate.set()


def test_ehlo_name():
	with FaultServer() as server, Relay(server.port,
	    top='hostname "relay.example.test"') as relay:
		check_accepted(relay.post(message()))
		equal(server.commands[0][1], "EHLO relay.example.test")


def test_recipients_once():
	"""An address named twice is one RCPT."""
	with FaultServer() as server, Relay(server.port) as relay:
		check_accepted(relay.post(message(to=["a@example.com",
		    "b@example.com", "a@example.com"], cc="b@example.com")))
		equal(server.taken()[0].recipients, ["a@example.com",
		    "b@example.com"])


def test_null_sender():
	with FaultServer() as server, Relay(server.port, mail='envelope from "<>"'
	    ) as relay:
		check_accepted(relay.post(message()))
		equal(server.taken()[0].sender, "")
