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

"""GET /v1/submissions/{id}: one's own, another's, unknown, expired, rejected."""

import contextlib
import datetime
import re

from contract import REQUEST_ID, check_accepted, check_error, check_response
from fault_server import FaultServer, Plan
from http_client import request
from outcome import each, equal, true, wait_for
from redis_server import Redis
from relay import OTHER, SECRET, Relay, message
from test_sqlite import Place

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\Z")


def when(text):
	return datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(
	    tzinfo=datetime.timezone.utc)


def test_own():
	with FaultServer() as server, Relay(server.port) as relay:
		accepted = check_accepted(relay.post(message(to=["a@example.com",
		    "b@example.org"], cc="c@example.com")))
		response = check_response(relay.submission(accepted["request_id"]))
		equal(response.status, 200)
		entry = response.json()
		equal(set(entry), {"request_id", "status", "code", "message",
		    "message_id", "recipient_domains", "recipient_count",
		    "recipient_domain_count", "created_at", "updated_at",
		    "expires_at", "smtp"}, "members")
		equal(entry["request_id"], accepted["request_id"])
		equal(entry["status"], "smtp_accepted")
		equal(entry["code"], None)
		equal(entry["message_id"], accepted["message_id"])
		equal(sorted(entry["recipient_domains"]), ["example.com",
		    "example.org"])
		equal(entry["recipient_count"], 3)
		equal(entry["recipient_domain_count"], 2)
		equal({k: entry["smtp"][k] for k in ("code", "enhanced")},
		    {"code": 250, "enhanced": "2.0.0"})
		for name in ("created_at", "updated_at", "expires_at"):
			true(TIME.match(entry[name]), "%s is %r" % (name, entry[name]))
		true(when(entry["created_at"]) <= when(entry["updated_at"]),
		    "updated before it was created")
		lifetime = when(entry["expires_at"]) - when(entry["created_at"])
		true(3500 < lifetime.total_seconds() < 3700, "ttl %s" % lifetime)
		equal(relay.get("/v1/submissions/" + accepted["request_id"],
		    SECRET, method="HEAD").status, 200)


@contextlib.contextmanager
def in_memory():
	yield "store memory { ttl 3s }"


@contextlib.contextmanager
def in_file():
	with Place() as place:
		yield place.statement("{ ttl 3s }")


@contextlib.contextmanager
def in_redis():
	with Redis() as redis:
		yield 'store redis "%s" { ttl 3s }' % redis.path


@each((("memory", in_memory), ("sqlite", in_file), ("redis", in_redis)))
def test_not_found(store):
	"""Another key's, an expired and an unknown one are the same 404.  That
	they take the same time shows `make bench', in the figures alike_*."""
	with store() as statement, FaultServer() as server, Relay(server.port,
	    store=statement) as relay:
		expired = check_accepted(relay.post(message(), OTHER))["request_id"]
		wait_for(lambda: relay.submission(expired, OTHER).status == 404,
		    "expiry")
		own = check_accepted(relay.post(message()))["request_id"]
		answers = []
		for identifier in (own, expired, "req_01ARZ3NDEKTSV4RRFFQ69G5FAV",
		    "req_01ARZ3NDEKTSV4RRFFQ69G5FA"):
			response = relay.submission(identifier, OTHER)
			document = check_error(response, 404,
			    "submission_not_found")
			equal(document["target_request_id"], identifier)
			own_id = response.field("X-Request-Id").encode()
			answers.append((response.body.replace(own_id, b"ID").replace(
			    identifier.encode(), b"TARGET"), [n for n, _ in
			    response.fields]))
		for answer in answers[1:]:
			equal(answer, answers[0], "the answers")
		check_error(relay.submission(own, None), 401, "unauthorized")
		check_error(relay.submission(own, "wrong"), 403, "forbidden")


def test_malformed():
	with FaultServer() as server, Relay(server.port) as relay:
		own = check_accepted(relay.post(message()))["request_id"]
		for identifier in ("x", own[:-1], own + "0", own.lower(),
		    "%00", own[4:]):
			response = relay.submission(identifier)
			equal(response.status, 404, identifier)
			true(response.code() in ("submission_not_found", "not_found"),
			    "code of %s: %s" % (identifier, response.code()))
		check_error(relay.get("/v1/submissions/", SECRET), 404, "not_found")
		equal(relay.submission(own).status, 200)


def test_expired():
	with FaultServer() as server, Relay(server.port,
	    store="store memory { ttl 1s }") as relay:
		own = check_accepted(relay.post(message()))["request_id"]
		wait_for(lambda: relay.submission(own).status == 404, "expiry")
		check_error(relay.submission(own), 404, "submission_not_found")


def test_oldest_out():
	"""One of the five is owed to the other key."""
	with FaultServer() as server, Relay(server.port,
	    store="store memory { records 5 }") as relay:
		own = [check_accepted(relay.post(message()))["request_id"]
		    for _ in range(8)]
		equal([relay.submission(i).status for i in own],
		    [404] * 4 + [200] * 4)


def test_store_none():
	with FaultServer() as server, Relay(server.port,
	    store="store none") as relay:
		own = check_accepted(relay.post(message()))["request_id"]
		check_error(relay.submission(own), 404, "submission_not_found")


@each((
	("field", message(to="x"), 400, "validation_failed"),
	("json", b"{", 400, "bad_request"),
	("policy", message(to="a@example.net"), 400, "validation_failed"),
	("feature", message(body_html="x"), 404, "feature_disabled"),
))
def test_rejected(document, status, code):
	"""Every rejected POST with a valid key has an entry of its own."""
	with FaultServer() as server, Relay(server.port) as relay:
		answer = check_error(relay.post(document), status, code)
		def entry():
			response = relay.submission(answer["request_id"])
			return response.status == 200 and response.json()
		# It may reach the ledger a moment after the answer went out.
		entry = wait_for(entry, "the entry")
		equal(entry["status"], "rejected")
		equal(entry["code"], code)
		check_error(relay.submission(answer["request_id"], OTHER), 404,
		    "submission_not_found")


def test_rejected_by_limit_and_type():
	with FaultServer() as server, Relay(server.port,
	    limits="limit global none\nlimit address none\nlimit key 2/h"
	    ) as relay:
		answers = [relay.post(message(), fields=[("Content-Type",
		    "text/plain")]), relay.post(message()), relay.post(message())]
		equal([a.status for a in answers], [415, 202, 429])
		# What it takes to wait is not to be limited.
		relay.reload(limits="limit global none\nlimit address none\n"
		    "limit key none")
		for answer, status in zip(answers, ("rejected", "smtp_accepted",
		    "rejected")):
			identifier = answer.json()["request_id"]
			wait_for(lambda: relay.submission(identifier).status == 200,
			    "the entry of a %d" % answer.status)
			equal(relay.submission(identifier).json()["status"], status)


def test_nothing_private():
	"""Neither body nor subject, address or secret."""
	with FaultServer(Plan(rcpt="550 5.1.1 no secretuser here")) as server, \
	    Relay(server.port) as relay:
		document = check_error(relay.post(message(to="secretuser@example.com",
		    subject="topsubject", body="topbody", reply_to="r@private.net")),
		    502, "smtp_rejected")
		entry = relay.submission(document["request_id"]).body
		for word in (b"secretuser", b"topsubject", b"topbody", b"private",
		    SECRET.encode()):
			true(word not in entry, "%r is in %r" % (word, entry))


def test_request_ids_rise():
	"""Unique over all processes, monotonic on one connection."""
	with Relay(25, prefork=4) as relay:
		seen = set()
		for _ in range(20):
			with relay.connect() as connection:
				last = ""
				for _ in range(50):
					identifier = connection.exchange(request("GET",
					    "/healthz")).field("X-Request-Id")
					true(REQUEST_ID.match(identifier), identifier)
					true(identifier > last, "%s after %s" % (
					    identifier, last))
					last = identifier
					seen.add(identifier)
		equal(len(seen), 1000, "different ids")
