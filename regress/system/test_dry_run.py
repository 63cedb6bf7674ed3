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

"""POST /v1/send?dry_run=1: judged like any other, sent and kept like none."""

from contract import check_accepted, check_error, check_response
from fault_server import FaultServer
from outcome import each, equal, true, wait_for
from relay import SECRET, Relay, message

NO_LIMITS = "limit global none\nlimit address none\nlimit key none"


def dry(relay, document=None, value="1", **how):
	return relay.post(message() if document is None else document,
	    path="/v1/send?dry_run=" + value, **how)


def check_valid(response):
	equal(response.status, 200, repr(response))
	check_response(response)
	identifier = response.field("X-Request-Id")
	equal(response.json(), {"status": "valid", "request_id": identifier})
	return identifier


@each((("1", "1"), ("true", "true"), ("escaped", "%31"),
    ("among-others", "1&x=y")))
def test_valid(value):
	with FaultServer() as server, Relay(server.port) as relay:
		identifier = check_valid(dry(relay, value=value))
		check_error(relay.submission(identifier), 404,
		    "submission_not_found")
		equal(server.connections, 0, "connections")
		relay.wait_for_log("dry run: valid.* request_id=" + identifier)


@each((("0", "0"), ("false", "false")))
def test_not_dry(value):
	with FaultServer() as server, Relay(server.port) as relay:
		check_accepted(dry(relay, value=value))
		check_error(dry(relay, value=value, fields=[("Idempotency-Key",
		    "a b")]), 400, "bad_request")
		equal(len(server.taken()), 1, "taken")


@each((("empty", ""), ("number", "2"), ("upper", "TRUE"), ("word", "yes"),
    ("twice", "1&dry_run=1")))
def test_other_values(value):
	with FaultServer() as server, Relay(server.port) as relay:
		answer = check_error(dry(relay, value=value), 400, "bad_request")
		wait_for(lambda: relay.submission(answer["request_id"]).status ==
		    200, "the entry")
		equal(server.connections, 0, "connections")


@each((
	("json", b"{", 400, "bad_request"),
	("field", message(to="x"), 400, "validation_failed"),
	("policy", message(to="a@example.net"), 400, "validation_failed"),
	("feature", message(body_html="x"), 404, "feature_disabled"),
))
def test_refused(document, status, code):
	"""As without, but no entry is kept."""
	with FaultServer() as server, Relay(server.port) as relay:
		answer = check_error(dry(relay, document), status, code)
		kept = check_error(relay.post(document), status, code)
		# The later one's entry is there, so the earlier one's would be.
		while relay.submission(kept["request_id"]).status != 200:
			pass
		check_error(relay.submission(answer["request_id"]), 404,
		    "submission_not_found")


def test_without_mail_server():
	with Relay(1) as relay:
		check_valid(dry(relay))


def test_limits_count():
	"""A unit of each is taken, and none that is not there."""
	with FaultServer() as server, Relay(server.port,
	    limits="limit global none\nlimit address none\nlimit key 2/h"
	    ) as relay:
		check_valid(dry(relay))
		check_accepted(relay.post(message()))
		answer = check_error(dry(relay), 429, "rate_limited")
		equal(len(server.taken()), 1, "taken")
		relay.reload(limits=NO_LIMITS)
		check_error(relay.submission(answer["request_id"]), 404,
		    "submission_not_found")


@each((("key", [("Idempotency-Key", "k")]),
    ("malformed", [("Idempotency-Key", "a b")]),
    ("repeated", [("Idempotency-Key", "k"), ("Idempotency-Key", "l")])))
def test_no_idempotency_key(fields):
	"""It is not looked at: neither judged, taken nor replayed."""
	with FaultServer() as server, Relay(server.port) as relay:
		check_valid(dry(relay, fields=fields))
		check_valid(dry(relay, message(subject="x"), fields=fields))
		if fields[0][1] == "k" and len(fields) == 1:
			response = relay.post(message(), fields=fields)
			check_accepted(response)
			equal(response.field("Idempotent-Replayed"), None)
			true(dry(relay, fields=fields).field("Idempotent-Replayed")
			    is None, "a dry run was replayed")


def test_store_none():
	with FaultServer() as server, Relay(server.port,
	    store="store none") as relay:
		check_valid(dry(relay, fields=[("Idempotency-Key", "k")]))


def test_key_is_needed():
	with Relay(1) as relay:
		check_error(dry(relay, secret=None), 401, "unauthorized")
		check_error(dry(relay, secret="wrong"), 403, "forbidden")
		check_valid(dry(relay, secret=SECRET))
