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

"""POST /v1/send-bulk: each message for itself, some at a time, others between."""

import os
import re
import signal
import threading

import http_client
import process
from contract import REQUEST_ID, check_accepted, check_error, check_response
from fault_server import FaultServer, Held, Plan, Slow
from outcome import WATCHDOG, each, equal, true, wait_for
from relay import OTHER, SECRET, Relay, message
from test_metrics import eventually

BULK = "bulk 1000 concurrency 5"
ONE_BY_ONE = "bulk 1000 concurrency 1"


def messages(count, **fields):
	return [message(subject="number %d" % i, **fields) for i in range(count)]


def post(relay, elements, **how):
	document = elements if isinstance(elements, (dict, bytes)) else \
	    {"messages": elements}
	return relay.post(document, path="/v1/send-bulk", **how)


def check_bulk(response):
	"""A 202 in all its members; returns the results."""
	equal(response.status, 202, repr(response))
	check_response(response)
	document = response.json()
	equal(set(document), {"bulk_request_id", "total", "accepted", "rejected",
	    "results"}, "members")
	equal(document["bulk_request_id"], response.field("X-Request-Id"))
	results = document["results"]
	equal(document["total"], len(results), "total")
	equal([r["index"] for r in results], list(range(len(results))), "order")
	for status in ("accepted", "rejected"):
		equal(document[status], len([r for r in results
		    if r["status"] == status]), status)
	for result in results:
		true(REQUEST_ID.match(result["request_id"]), repr(result))
		members = set(result) - {"index", "request_id", "status",
		    "replayed"}
		if result["status"] == "accepted":
			equal(members, {"message_id"}, repr(result))
		elif result["status"] == "unknown":
			equal(members, {"message_id", "code", "message",
			    "retryable"}, repr(result))
			equal(result["code"], "smtp_outcome_unknown")
			equal(result["retryable"], False)
		else:
			equal(result["status"], "rejected")
			equal(members - {"field"}, {"code", "message",
			    "retryable"}, repr(result))
		if "message_id" in result:
			equal(result["message_id"], "<%s@example.com>" %
			    result["request_id"])
	equal(len(set(r["request_id"] for r in results)), len(results), "ids")
	return results


def codes(results):
	return [r.get("code", r["status"]) for r in results]


class Background:
	"""A POST that goes on while the test does something else."""

	def __init__(self, relay, elements, **how):
		self.response = None
		def work():
			self.response = post(relay, elements, **how)
		self.thread = threading.Thread(target=work, daemon=True)
		self.thread.start()

	def wait(self):
		self.thread.join(WATCHDOG)
		true(self.response is not None, "the bulk request has no answer")
		return self.response


def subjects(transactions):
	found = []
	for transaction in transactions:
		found += [int(line[len(b"Subject: number "):]) for line in
		    transaction.content.split(b"\r\n")
		    if line.startswith(b"Subject: number ")]
	return sorted(found)


def logged(relay, bulk_id):
	"""{index: request_id} of the audit lines of a bulk request's messages."""
	found = {}
	for line in relay.log().splitlines():
		if "bulk_request_id=" + bulk_id not in line:
			continue
		index = int(re.search(r" index=(\d+)", line).group(1))
		true(index not in found, "two lines of message %d" % index)
		found[index] = re.search(r" request_id=(\S+)", line).group(1)
	return found


def test_off():
	with Relay(1) as relay:
		check_error(post(relay, messages(1), secret=None), 404,
		    "feature_disabled")
		check_error(post(relay, messages(1)), 404, "feature_disabled")


def test_off_for_key():
	keys = ('key "test" { secret "%s" no bulk }\n'
	    'key "other" { secret "%s" }' % (SECRET, OTHER))
	with FaultServer() as server, Relay(server.port, keys=keys,
	    mail=BULK) as relay:
		check_error(post(relay, messages(1), secret=None), 401,
		    "unauthorized")
		check_error(post(relay, messages(1)), 404, "feature_disabled")
		check_accepted(relay.post(message()))
		equal(codes(check_bulk(post(relay, messages(2), secret=OTHER))),
		    ["accepted"] * 2)


def test_each_for_itself():
	with FaultServer(Plan(rcpt={"no@example.com": "550 5.1.1 No",
	    "later@example.com": "451 4.2.1 Later"})) as server, \
	    Relay(server.port, mail=BULK) as relay:
		response = post(relay, [message(), message(to="x"), 7, None,
		    message(bcc="a@example.com"), message(to="no@example.com"),
		    message(to=["a@example.com", "later@example.com"]),
		    message(to=["a@example.com", "b@example.net"]), message()])
		results = check_bulk(response)
		equal(codes(results), ["accepted", "validation_failed",
		    "validation_failed", "validation_failed", "validation_failed",
		    "smtp_rejected", "smtp_unavailable", "validation_failed",
		    "accepted"])
		equal([r.get("field") for r in results], [None, "to", None, None,
		    "bcc", None, None, "to[1]", None])
		equal([r.get("retryable") for r in results], [None] + [False] * 5 +
		    [True, False, None])
		equal(len(server.taken()), 2, "taken")
		bulk_id = response.field("X-Request-Id")
		ids = wait_for(lambda: len(logged(relay, bulk_id)) == 9 and
		    logged(relay, bulk_id), "the audit lines")
		equal(ids, {r["index"]: r["request_id"] for r in results})
		for result in results:
			def entry():
				got = relay.submission(result["request_id"])
				return got.status == 200 and got.json()
			entry = wait_for(entry, "the entry of %r" % result)
			equal(entry["code"], result.get("code"))
			equal(entry["status"], {"accepted": "smtp_accepted",
			    "validation_failed": "rejected",
			    "smtp_rejected": "smtp_failed",
			    "smtp_unavailable": "smtp_failed"}[codes([result])[0]])
			if result["status"] == "accepted":
				equal(result["message_id"], "<%s@example.com>" %
				    result["request_id"])
				equal(entry["message_id"], result["message_id"])
		check_error(relay.submission(bulk_id), 404, "submission_not_found")


@each((
	("json", b"{", "", 400, "bad_request", None),
	("array", b"[]", "", 400, "bad_request", None),
	("null", {"messages": None}, "", 400, "validation_failed", "messages"),
	("empty-object", {}, "", 400, "validation_failed", "messages"),
	("string", {"messages": "x"}, "", 400, "validation_failed", "messages"),
	("object", {"messages": {}}, "", 400, "validation_failed", "messages"),
	("other-member", {"messages": [message()], "to": "x"}, "", 400,
	    "validation_failed", "to"),
	("none", {"messages": []}, "", 400, "bad_request", "messages"),
	("too-many", {"messages": [message()] * 4}, "", 413,
	    "payload_too_large", "messages"),
	("dry-run", {"messages": [message()]}, "?dry_run=1", 400,
	    "bad_request", None),
	("dry-run-value", {"messages": [message()]}, "?dry_run=2", 400,
	    "bad_request", None),
))
def test_refused(document, query, status, code, field):
	"""As a whole, with an entry of its own."""
	with FaultServer() as server, Relay(server.port, mail="bulk 3") as relay:
		answer = check_error(relay.post(document,
		    path="/v1/send-bulk" + query), status, code, field)
		wait_for(lambda: relay.submission(answer["request_id"]).status ==
		    200, "the entry")
		equal(relay.submission(answer["request_id"]).json()["status"],
		    "rejected")
		equal(server.connections, 0, "connections")
		equal(codes(check_bulk(post(relay, [message()] * 3))),
		    ["accepted"] * 3)


@each((("key", "key"), ("global", "global"), ("address", "address")))
def test_limits(bucket):
	"""Each message that is handed over takes its unit; the rest is told so."""
	lines = "\n".join("limit %s %s" % (name, "5/d" if name == bucket else
	    "none") for name in ("global", "address", "key"))
	with FaultServer() as server, Relay(server.port, mail=BULK,
	    limits=lines) as relay:
		elements = messages(8)
		elements[1] = message(to="x")
		# Nor is it looked at any more, once there is no unit.
		elements[7] = message(to="x")
		response = post(relay, elements)
		results = check_bulk(response)
		equal(codes(results), ["accepted", "validation_failed"] +
		    ["accepted"] * 4 + ["rate_limited"] * 2)
		true(results[-1]["retryable"], "retryable")
		if bucket == "key":
			equal(response.field("RateLimit-Policy"),
			    '"key";q=5;w=86400')
			true(response.field("RateLimit").startswith('"key";r=0;'),
			    response.field("RateLimit"))
		check_error(post(relay, messages(1)), 429, "rate_limited")
		check_error(relay.post(message()), 429, "rate_limited")
		equal(subjects(server.taken()), [0, 2, 3, 4, 5], "taken")


def test_concurrency():
	"""Never more at once than the configuration says, and no fewer."""
	gate = threading.Event()
	with FaultServer(Plan(dot=Held(gate))) as server, Relay(server.port,
	    mail="bulk 20 concurrency 3", relay="connections 10") as relay:
		going = Background(relay, messages(12))
		server.wait_for_completed(3)
		check_error(relay.post(b"{"), 400, "bad_request")
		equal(len(server.transactions), 3, "at once")
		gate.set()
		equal(codes(check_bulk(going.wait())), ["accepted"] * 12)
		equal(subjects(server.taken()), list(range(12)))
		true(server.connections <= 3, "%d connections" %
		    server.connections)


def test_one_slow():
	"""One that takes long holds up no other: the next goes when any has ended."""
	gate = threading.Event()
	def dot(session):
		first = b"Subject: number 0\r" in session.transaction.content
		return Held(gate) if first else None
	with FaultServer(Plan(dot=dot)) as server, Relay(server.port,
	    mail="bulk 20 concurrency 3") as relay:
		going = Background(relay, messages(12))
		wait_for(lambda: len(server.taken()) == 11, "the others")
		true(going.response is None, "answered before all had ended")
		gate.set()
		equal(codes(check_bulk(going.wait())), ["accepted"] * 12)


def test_fairness():
	"""A single message waits for a few of a bulk request's, never for all."""
	with FaultServer(Plan(dot=Slow(0.005))) as server, Relay(server.port,
	    mail="bulk 1000 concurrency 4", relay="connections 2", prefork=1
	    ) as relay:
		going = Background(relay, messages(1000))
		server.wait_for_completed(10)
		waited = []
		for _ in range(10):
			before = len(server.completed())
			check_accepted(relay.post(message()))
			waited.append(len(server.completed()) - before)
		# In flight before it, itself, those beside it, and what comes
		# until this process notices.
		true(sorted(waited)[len(waited) // 2] <= 50,
		    "passed by %r of the bulk request's" % waited)
		true(going.response is None, "the bulk request is over")
		equal(codes(check_bulk(going.wait())), ["accepted"] * 1000)
		equal(subjects(server.taken()), list(range(1000)))


def test_client_leaves():
	"""What is past DATA goes on; what was not handed over is never sent."""
	gate = threading.Event()
	with FaultServer(Plan(dot=Held(gate))) as server, Relay(server.port,
	    mail="bulk 50 concurrency 3") as relay:
		with relay.connect() as connection:
			connection.send(http_client.post_octets(
			    {"messages": messages(40)}, SECRET, "/v1/send-bulk"))
			server.wait_for_completed(3)
		relay.wait_for_log("the client went away before")
		gate.set()
		bulk_id = re.search("bulk_request_id=(req_[0-9A-Z]+)",
		    relay.log()).group(1)
		wait_for(lambda: len(logged(relay, bulk_id)) == 40, "audit lines")
		equal(subjects(server.taken()), [0, 1, 2], "taken")
		for index, identifier in logged(relay, bulk_id).items():
			wait_for(lambda: relay.submission(identifier).status == 200,
			    "the entry of message %d" % index)
			equal(relay.submission(identifier).json()["status"],
			    "smtp_accepted" if index < 3 else "rejected")
		eventually(relay, "rele_memory_held_bytes", 0)


def test_client_leaves_before_data():
	gate = threading.Event()
	with FaultServer(Plan(greeting=Held(gate))) as server, Relay(
	    server.port, mail="bulk 50 concurrency 3") as relay:
		with relay.connect() as connection:
			connection.send(http_client.post_octets(
			    {"messages": messages(10)}, SECRET, "/v1/send-bulk"))
			wait_for(lambda: server.connections, "a connection")
		relay.wait_for_log(r" index=9 ")
		relay.wait_for_log(r" index=0 .*the client went away")
		gate.set()
		check_accepted(relay.post(message()))
		equal(len(server.completed()), 1, "sent")


def test_reload():
	"""It ends under the configuration that it began under."""
	gate = threading.Event()
	with FaultServer(Plan(dot=Held(gate))) as server, Relay(server.port,
	    mail=ONE_BY_ONE) as relay:
		going = Background(relay, messages(20))
		server.wait_for_completed(1)
		relay.reload(mail="max subject 200", prefork=1)
		check_error(post(relay, messages(1)), 404, "feature_disabled")
		gate.set()
		equal(codes(check_bulk(going.wait())), ["accepted"] * 20)
		equal(subjects(server.taken()), list(range(20)))


def test_key_revoked():
	"""What is handed over after it is refused."""
	gate = threading.Event()
	with FaultServer(Plan(dot=Held(gate))) as server, Relay(server.port,
	    mail=ONE_BY_ONE) as relay:
		going = Background(relay, messages(5))
		server.wait_for_completed(1)
		relay.reload(keys='key "other" { secret "%s" }' % OTHER)
		gate.set()
		equal(codes(check_bulk(going.wait())), ["accepted"] +
		    ["forbidden"] * 4)
		equal(subjects(server.taken()), [0])


def test_smtp_child_killed():
	"""In flight: unknown.  What nobody took: overloaded.  The rest: as it was."""
	gate = threading.Event()
	with FaultServer(Plan(dot=Held(gate))) as server, Relay(server.port,
	    mail="bulk 100 concurrency 4") as relay:
		going = Background(relay, messages(30))
		server.wait_for_completed(4)
		os.kill(relay.smtp_child(), signal.SIGKILL)
		gate.set()
		results = check_bulk(going.wait())
		equal(codes(results)[:4], ["smtp_outcome_unknown"] * 4)
		true(set(codes(results)[4:]) <= {"overloaded", "accepted",
		    "smtp_outcome_unknown"}, codes(results))
		taken = subjects(server.taken())
		equal(len(set(taken)), len(taken), "different ones taken")
		for result in results:
			if result["status"] == "accepted":
				true(result["index"] in taken, "202 without mail")
			if result["status"] == "rejected":
				true(result["index"] not in taken,
				    "sent, but rejected")


def test_http_child_killed():
	"""The answer is lost; nothing more is sent than what was in flight."""
	gate = threading.Event()
	with FaultServer(Plan(dot=Held(gate))) as server, Relay(server.port,
	    mail="bulk 100 concurrency 4", prefork=1) as relay:
		with relay.connect() as connection:
			connection.send(http_client.post_octets(
			    {"messages": messages(30)}, SECRET, "/v1/send-bulk"))
			server.wait_for_completed(4)
			os.kill(relay.http_children()[0], signal.SIGKILL)
			true(connection.closed(), "the connection stays open")
		gate.set()
		def accepted():
			try:
				return relay.post(message()).status == 202
			except (OSError, http_client.Closed):
				return False
		wait_for(accepted, "a new relayd-http")
		server.wait_for_completed(5)
		equal(subjects(server.taken()), [0, 1, 2, 3], "taken")


def test_shutdown():
	"""SIGTERM: what is in flight is finished, the rest is told to come again."""
	gate = threading.Event()
	with FaultServer(Plan(dot=Held(gate))) as server, Relay(server.port,
	    mail="bulk 100 concurrency 2", timeouts="timeout shutdown 1h") as relay:
		going = Background(relay, messages(10))
		server.wait_for_completed(2)
		os.kill(relay.pid, signal.SIGTERM)
		def refused():
			try:
				relay.connect().close()
				return False
			except OSError:
				return True
		wait_for(refused, "the listener to be closed")
		gate.set()
		results = check_bulk(going.wait())
		equal(codes(results), ["accepted"] * 2 + ["shutting_down"] * 8)
		equal(relay.wait_for_end(), 0, "exit status")
		equal(subjects(server.taken()), [0, 1], "taken")
		relay.start()


def keyed(relay, elements, key="k"):
	return post(relay, elements, fields=[("Idempotency-Key", key)])


def test_idempotency():
	"""Message i is held under (key, i): only what was released is sent again."""
	with FaultServer(Plan(rcpt={"no@example.com": "550 5.1.1 No",
	    "later@example.com": "451 4.2.1 Later"})) as server, \
	    Relay(server.port, mail=BULK) as relay:
		elements = [message(), message(to="no@example.com"),
		    message(to="later@example.com"), message(to="x"), message()]
		first = check_bulk(keyed(relay, elements))
		equal(codes(first), ["accepted", "smtp_rejected",
		    "smtp_unavailable", "validation_failed", "accepted"])
		# The same text twice in one request is two messages.
		equal(len(server.taken()), 2, "taken")
		server.plan = Plan()
		elements[3] = message(to="y@example.com")
		elements[4] = message(subject="another")
		response = keyed(relay, elements)
		second = check_bulk(response)
		equal(response.field("Idempotent-Replayed"), None)
		equal(codes(second), ["accepted", "smtp_rejected", "accepted",
		    "accepted", "idempotency_key_reused"])
		for index in (0, 1):
			equal(second[index], dict(first[index], replayed=True))
		true(all("replayed" not in r for r in second[2:]), second)
		equal(len(server.taken()), 4, "taken")
		# Another order is other messages.
		equal(codes(check_bulk(keyed(relay, [elements[3], elements[0]]))),
		    ["idempotency_key_reused"] * 2)
		# A single message with the same key has nothing to do with them.
		single = relay.post(message(), fields=[("Idempotency-Key", "k")])
		check_accepted(single)
		equal(single.field("Idempotent-Replayed"), None)
		equal(len(server.taken()), 5, "taken")


def test_idempotency_refused():
	"""As for one message, and for the request as a whole."""
	with FaultServer() as server, Relay(server.port, mail=BULK,
	    store="store none") as relay:
		equal(codes(check_bulk(post(relay, messages(2)))),
		    ["accepted"] * 2)
		document = check_error(keyed(relay, messages(1)), 400,
		    "bad_request")
		true("store" in document["message"], document["message"])
		check_error(keyed(relay, messages(1), "a b"), 400, "bad_request")
		equal(len(server.taken()), 2, "taken")


def test_idempotency_at_once():
	"""Two of the same at once: each message is sent exactly once."""
	with FaultServer() as server, Relay(server.port, mail=BULK) as relay:
		elements = messages(200)
		answers = []
		threads = [threading.Thread(target=lambda: answers.append(
		    keyed(relay, elements))) for _ in range(4)]
		for thread in threads:
			thread.start()
		for thread in threads:
			thread.join()
		fresh = [0] * len(elements)
		for response in answers:
			results = response.json()["results"]
			true(set(codes(results)) <= {"accepted",
			    "idempotency_in_progress"}, set(codes(results)))
			for result in results:
				if codes([result]) == ["accepted"] and \
				    "replayed" not in result:
					fresh[result["index"]] += 1
		equal(fresh, [1] * len(elements), "sent")
		equal(subjects(server.taken()), list(range(200)))


def test_slow_in_all():
	"""It may take longer than any one message may."""
	with FaultServer(Plan(dot=Slow(1.1))) as server, Relay(server.port,
	    mail=ONE_BY_ONE, relay="timeout submission 10s") as relay:
		equal(codes(check_bulk(post(relay, messages(11)))),
		    ["accepted"] * 11)


def test_smtp_child_stopped():
	"""It says nothing any more: the client is told so in the end."""
	gate = threading.Event()
	with FaultServer(Plan(dot=Held(gate))) as server, Relay(server.port,
	    mail="bulk 10 concurrency 2", relay="timeout submission 15s") as relay:
		going = Background(relay, messages(5))
		server.wait_for_completed(2)
		child = relay.smtp_child()
		with process.stopped(child):
			results = check_bulk(going.wait())
		gate.set()
		equal(codes(results), ["smtp_outcome_unknown"] * 2 +
		    ["overloaded"] * 3)
