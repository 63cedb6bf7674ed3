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

"""Idempotency-Key: what a repeat is told, and that nothing is sent twice."""

import contextlib
import os
import signal
import threading

import http_client
import process
from contract import check_accepted, check_error, check_response
from fault_server import Drop, FaultServer, Held, Plan, Silence
from outcome import WATCHDOG, each, equal, true, wait_for
from redis_server import Redis
from relay import OTHER, SECRET, Relay, message, running
from test_sqlite import Place, kill_smtp

IMPATIENT = "timeout submission 3s"


def keyed(relay, key="k", document=None, secret=SECRET, **how):
	return relay.post(message() if document is None else document, secret,
	    fields=[("Idempotency-Key", key)], **how)


def check_fresh(response):
	equal(response.field("Idempotent-Replayed"), None, "Idempotent-Replayed")
	return response


def check_replay(response, original):
	"""The original's status and body under an id of its own."""
	check_response(response)
	equal(response.status, original.status, "status")
	equal(response.json(), original.json(), "body")
	equal(response.field("Idempotent-Replayed"), "true", "Idempotent-Replayed")
	true(response.field("X-Request-Id") != original.field("X-Request-Id"),
	    "the repeat has the id of the original")


def test_accepted():
	with FaultServer() as server, Relay(server.port) as relay:
		first = check_fresh(keyed(relay))
		identifier = check_accepted(first)["request_id"]
		for key in ("k", '"k"'):
			for _ in range(3):
				repeat = keyed(relay, key)
				check_replay(repeat, first)
		# Whatever the document looks like, it is the same message.
		check_replay(keyed(relay, document=b'{ "body": "A short text.\\u000a",'
		    b'"to": ["user@example.com"], "metadata": {"x": 1},'
		    b'"subject": "Hello" }'), first)
		equal(len(server.taken()), 1, "taken")
		entry = relay.submission(identifier).json()
		equal(entry["status"], "smtp_accepted")
		relay.wait_for_log("request_id=%s replay_of=%s" % (
		    repeat.field("X-Request-Id"), identifier))
		check_accepted(check_fresh(keyed(relay, "K")))
		check_accepted(check_fresh(relay.post(message())))
		equal(len(server.taken()), 3, "taken")


def test_rejected():
	"""Its refused recipients, too, are named as they were posted."""
	with FaultServer(Plan(rcpt={"b@example.com": "550 5.1.1 No such user",
	    "c@example.com": "551 5.7.1 No"})) as server, \
	    Relay(server.port) as relay:
		document = message(to=["a@example.com", "b@example.com"],
		    cc="c@example.com")
		first = keyed(relay, document=document)
		recipients = check_error(first, 502, "smtp_rejected")["recipients"]
		equal(recipients, [
		    {"field": "to[1]", "code": 550, "enhanced": "5.1.1"},
		    {"field": "cc", "code": 551, "enhanced": "5.7.1"}])
		server.plan = Plan()
		check_replay(keyed(relay, document=document), first)
		equal(server.taken(), [], "taken")


def test_unknown():
	"""Told again while nothing is known; then the server's late word counts."""
	gate = threading.Event()
	with FaultServer(Plan(dot=Held(gate))) as server, Relay(server.port,
	    relay=IMPATIENT) as relay:
		first = keyed(relay)
		document = check_error(first, 504, "smtp_outcome_unknown")
		check_replay(keyed(relay), first)
		gate.set()
		wait_for(lambda: keyed(relay).status == 202, "the late reply")
		repeat = keyed(relay)
		equal(repeat.json()["request_id"], document["request_id"])
		equal(repeat.json()["message_id"], document["message_id"])
		equal(repeat.field("Idempotent-Replayed"), "true")
		equal(len(server.completed()), 1, "sent")


@each((("rejected", "550 5.7.1 Spam", 502), ("temporary", "451 4.3.0 Later",
    202)))
def test_unknown_then_refused(reply, status):
	"""After a late 4yz, nothing was delivered, and the key is free."""
	gate = threading.Event()
	with FaultServer(plans=[Plan(dot=Held(gate, reply))]) as server, Relay(
	    server.port, relay=IMPATIENT) as relay:
		identifier = check_error(keyed(relay), 504,
		    "smtp_outcome_unknown")["request_id"]
		gate.set()
		wait_for(lambda: relay.submission(identifier).json()["status"] ==
		    "smtp_failed", "the late reply")
		relay.reload(relay="")
		repeat = keyed(relay)
		equal(repeat.status, status, "the repeat")
		equal(repeat.field("Idempotent-Replayed"),
		    "true" if status == 502 else None)
		equal(len(server.taken()), int(status == 202), "taken")


def test_in_progress():
	gate = threading.Event()
	with FaultServer(Plan(dot=Held(gate))) as server, \
	    Relay(server.port) as relay:
		first = []
		thread = threading.Thread(target=lambda: first.append(keyed(relay)))
		thread.start()
		server.wait_for_completed(1)
		for _ in range(4):
			check_error(keyed(relay), 409, "idempotency_in_progress")
		# What is in flight under it tells nothing of other messages.
		check_error(keyed(relay, document=message(subject="x")), 422,
		    "idempotency_key_reused")
		gate.set()
		thread.join()
		check_accepted(first[0])
		check_replay(keyed(relay), first[0])
		equal(len(server.taken()), 1, "taken")


def test_other_content():
	with FaultServer() as server, Relay(server.port) as relay:
		first = keyed(relay)
		for other in (message(subject="hello"), message(cc="b@example.com"),
		    message(body="A short text.\r\n"), message(from_name="n")):
			check_error(keyed(relay, document=other), 422,
			    "idempotency_key_reused")
		check_replay(keyed(relay), first)
		equal(len(server.taken()), 1, "taken")


def test_other_api_key():
	with FaultServer() as server, Relay(server.port) as relay:
		first = check_accepted(check_fresh(keyed(relay)))
		other = check_accepted(check_fresh(keyed(relay, secret=OTHER)))
		true(first["request_id"] != other["request_id"], "one id")
		check_error(keyed(relay, secret=OTHER, document=message(body="")),
		    422, "idempotency_key_reused")
		equal(len(server.taken()), 2, "taken")


@each((
	("temporary", Plan(rcpt="451 4.2.1 Later"), ""),
	("temporary-dot", Plan(dot="451 4.3.0 Later"), ""),
	("lost", Plan(mail=Drop), ""),
	("slow", Plan(data=Silence), IMPATIENT),
))
def test_released_by_server(plan, items):
	"""What sent nothing lets go of the key, for this content or another."""
	with FaultServer(plan) as server, Relay(server.port,
	    relay=items) as relay:
		check_error(keyed(relay), 502, "smtp_unavailable")
		check_error(keyed(relay), 502, "smtp_unavailable")
		server.plan = Plan()
		relay.reload(relay="")
		other = message(subject="another")
		def accepted():
			# A relay that failed may be marked down for a moment.
			response = check_fresh(keyed(relay, document=other))
			return response.status == 202 and response
		first = wait_for(accepted, "the relay to be back")
		check_replay(keyed(relay, document=other), first)
		equal(len(server.taken()), 1, "taken")


def test_released_by_relay():
	"""Refused by validation, by policy and by limits: the key is still free."""
	with FaultServer() as server, Relay(server.port,
	    limits="limit global none\nlimit address none\nlimit key 4/h"
	    ) as relay:
		check_error(keyed(relay, document=b"{"), 400, "bad_request")
		check_error(keyed(relay, document=message(to="a@example.net")), 400,
		    "validation_failed")
		check_error(keyed(relay, document=message(body_html="x")), 404,
		    "feature_disabled")
		first = check_fresh(keyed(relay))
		check_accepted(first)
		check_error(keyed(relay, "l"), 429, "rate_limited")
		relay.reload(limits="limit global none\nlimit address none\n"
		    "limit key none")
		check_accepted(check_fresh(keyed(relay, "l")))
		check_replay(keyed(relay), first)
		equal(len(server.taken()), 2, "taken")


def test_released_by_overload():
	"""503: relayd-smtp was not there."""
	with FaultServer() as server, Relay(server.port) as relay:
		child = relay.smtp_child()
		def refused():
			response = keyed(relay)
			if response.status != 503:
				# Handed over before the death was noticed.
				check_error(response, 504, "smtp_outcome_unknown")
			return response.status == 503
		with process.stopped(relay.pid):		# who would start another
			os.kill(child, signal.SIGSTOP)
			os.kill(child, signal.SIGKILL)
			wait_for(refused, "the death to be noticed")
		def accepted():
			response = check_fresh(keyed(relay))
			return response.status == 202 and response
		first = wait_for(accepted, "a new relayd-smtp")
		check_replay(keyed(relay), first)
		equal(len(server.taken()), 1, "taken")


@each((
	("empty", [("Idempotency-Key", "")]),
	("blank", [("Idempotency-Key", "a b")]),
	("long", [("Idempotency-Key", "x" * 256)]),
	("open", [("Idempotency-Key", '"k')]),
	("parameter", [("Idempotency-Key", '"k";p')]),
	("repeated", [("Idempotency-Key", "k"), ("Idempotency-Key", "k")]),
))
def test_malformed(fields):
	with FaultServer() as server, Relay(server.port) as relay:
		document = check_error(relay.post(message(), fields=fields), 400,
		    "bad_request")
		true("Idempotency-Key" in document["message"], document["message"])
		equal(server.connections, 0, "connections")


def test_store_none():
	with FaultServer() as server, Relay(server.port,
	    store="store none") as relay:
		document = check_error(keyed(relay), 400, "bad_request")
		true("store" in document["message"], document["message"])
		check_accepted(relay.post(message()))
		equal(len(server.taken()), 1, "taken")


def test_pairs():
	"""Of two at once, on two connections, exactly one is sent: 1,000 times."""
	count, pairs = 1000, 5
	with FaultServer() as server, Relay(server.port) as relay:
		told = {}
		lock = threading.Lock()
		def work(first, barrier):
			with relay.connect() as connection:
				for number in range(first, count, pairs):
					octets = http_client.post_octets(
					    message(subject="number %d" % number),
					    SECRET, fields=[("Idempotency-Key",
					    "key-%d" % number)])
					barrier.wait(WATCHDOG)
					response = connection.exchange(octets)
					with lock:
						told.setdefault(number, []).append(response)
		threads = []
		for first in range(pairs):
			barrier = threading.Barrier(2)
			threads += [threading.Thread(target=work,
			    args=(first, barrier)) for _ in range(2)]
		for thread in threads:
			thread.start()
		for thread in threads:
			thread.join()
		equal(len(told), count, "keys")
		for number, responses in told.items():
			fresh = [r for r in responses if r.status == 202 and
			    r.field("Idempotent-Replayed") is None]
			equal(len(fresh), 1, "sent of number %d" % number)
			for response in responses:
				if response.status == 202:
					equal(response.json(), fresh[0].json())
				else:
					check_error(response, 409,
					    "idempotency_in_progress")
		subjects = sorted(line for t in server.taken()
		    for line in t.content.split(b"\r\n")
		    if line.startswith(b"Subject: "))
		equal(len(subjects), count, "taken")
		equal(len(set(subjects)), count, "different ones taken")


def test_child_killed():
	"""With store memory the keys die with relayd-smtp, never a 202 with them."""
	gate = threading.Event()
	with FaultServer(plans=[Plan(dot=Held(gate))]) as server, \
	    Relay(server.port) as relay:
		answers = []
		thread = threading.Thread(target=lambda: answers.append(keyed(relay)))
		thread.start()
		server.wait_for_completed(1)
		child = relay.smtp_child()
		os.kill(child, signal.SIGKILL)
		thread.join()
		gate.set()
		check_error(answers[0], 504, "smtp_outcome_unknown")
		def accepted():
			response = check_fresh(keyed(relay))
			return response.status == 202 and response
		first = wait_for(accepted, "a new relayd-smtp")
		check_replay(keyed(relay), first)


@contextlib.contextmanager
def in_file():
	with Place() as place:
		yield place.statement()


@contextlib.contextmanager
def in_redis():
	with Redis() as redis:
		yield 'store redis "%s"' % redis.path


REFUSED = message(to="no@example.com")


def check_remembered(relay, accepted, rejected, unknown):
	"""What they were is told again, by this relay."""
	check_replay(keyed(relay, "accepted"), accepted)
	check_replay(keyed(relay, "rejected", REFUSED), rejected)
	# Who was told so by relayd-http has its words.
	repeat = check_response(keyed(relay, "unknown"))
	equal(repeat.status, 504)
	equal(repeat.field("Idempotent-Replayed"), "true")
	for name in ("request_id", "message_id", "code"):
		equal(repeat.json()[name], unknown.json()[name], name)
	check_error(keyed(relay, "accepted", REFUSED), 422,
	    "idempotency_key_reused")


@each((("sqlite", in_file), ("redis", in_redis)))
def test_survives_kill(store):
	"""Of relayd-smtp: accepted, rejected and unknown are told again."""
	gate = threading.Event()
	with FaultServer(Plan(rcpt={"no@example.com": "550 5.1.1 No"})) as server, \
	    store() as statement, Relay(server.port, store=statement) as relay:
		accepted = keyed(relay, "accepted")
		check_accepted(accepted)
		rejected = keyed(relay, "rejected", REFUSED)
		check_error(rejected, 502, "smtp_rejected")
		server.drop_all()
		server.plan = Plan(dot=Held(gate))
		answers = []
		thread = threading.Thread(target=lambda: answers.append(
		    keyed(relay, "unknown")))
		thread.start()
		server.wait_for_completed(2)
		server.plan = Plan()
		kill_smtp(relay)
		thread.join()
		gate.set()
		check_error(answers[0], 504, "smtp_outcome_unknown")
		wait_for(lambda: keyed(relay, "accepted").status == 202,
		    "the store to be there")
		sent = len(server.completed())
		check_remembered(relay, accepted, rejected, answers[0])
		equal(len(server.completed()), sent, "sent")


@each((("sqlite", in_file, False), ("redis", in_redis, False),
    ("sqlite-killed", in_file, True), ("redis-killed", in_redis, True)))
def test_survives_restart(store, killed):
	"""Of the whole daemon, which ends in order or is killed."""
	gate = threading.Event()
	with FaultServer(Plan(rcpt={"no@example.com": "550 5.1.1 No"})) as server, \
	    store() as statement:
		first = Relay(server.port, store=statement)
		with contextlib.nullcontext(first) if killed else first:
			if killed:
				first.start()
			accepted = keyed(first, "accepted")
			check_accepted(accepted)
			rejected = keyed(first, "rejected", REFUSED)
			equal(rejected.status, 502, "refused")
			first.reload(relay=IMPATIENT)
			server.drop_all()
			server.plan = Plan(dot=Held(gate))
			unknown = keyed(first, "unknown")
			check_error(unknown, 504, "smtp_outcome_unknown")
			if killed:
				first.discard()
				running.remove(first)
		server.plan = Plan()
		gate.set()
		with Relay(server.port, store=statement) as second:
			wait_for(lambda: keyed(second, "accepted").status == 202,
			    "the store to be there")
			sent = len(server.completed())
			check_remembered(second, accepted, rejected, unknown)
			equal(len(server.completed()), sent, "sent")


def test_client_leaves():
	"""Cancelled before DATA: nothing was sent, and the key is free."""
	gate = threading.Event()
	with FaultServer(Plan(greeting=Held(gate))) as server, \
	    Relay(server.port) as relay:
		octets = http_client.post_octets(message(), SECRET,
		    fields=[("Idempotency-Key", "k")])
		with relay.connect() as connection:
			connection.send(octets)
			wait_for(lambda: server.connections, "a connection")
			check_error(keyed(relay), 409, "idempotency_in_progress")
		relay.wait_for_log("the client went away")
		gate.set()
		first = check_fresh(keyed(relay))
		check_accepted(first)
		check_replay(keyed(relay), first)
		equal(len(server.taken()), 1, "taken")
