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

"""Keys, sources, and the order in which a request is judged."""

import hashlib

from contract import check_accepted, check_error
from fault_server import FaultServer
from http_client import get, request
from outcome import each, equal, true
from relay import OTHER, SECRET, Relay, message

MALFORMED = (
	("none", []),
	("empty", [("Authorization", "")]),
	("basic", [("Authorization", "Basic dXNlcjpwYXNz")]),
	("bearer-alone", [("Authorization", "Bearer")]),
	("bearer-blank", [("Authorization", "Bearer ")]),
	("secret-alone", [("Authorization", SECRET)]),
	("empty-key", [("X-API-Key", "")]),
)

RIGHT = (
	("bearer", [("Authorization", "Bearer " + SECRET)]),
	("lower-case", [("Authorization", "bearer " + SECRET)]),
	("upper-case", [("authorization", "BEARER " + SECRET)]),
	("x-api-key", [("X-API-Key", SECRET)]),
	("authorization-wins", [("X-API-Key", "wrong"),
	    ("Authorization", "Bearer " + SECRET)]),
)


@each(MALFORMED)
def test_unauthorized(fields):
	with Relay(25) as relay:
		check_error(relay.post(message(), None, fields=fields), 401,
		    "unauthorized")
		check_error(relay.get("/v1/keys/self", fields=fields), 401,
		    "unauthorized")


@each(RIGHT)
def test_right(fields):
	with FaultServer() as server, Relay(server.port) as relay:
		check_accepted(relay.post(message(), None, fields=fields))


def test_authorization_wins_when_wrong():
	with Relay(25) as relay:
		check_error(relay.post(message(), None, fields=[
		    ("X-API-Key", SECRET), ("Authorization", "Bearer wrong")]),
		    403, "forbidden")


def test_unknown_and_disabled_look_alike():
	keys = ('key "test" { secret "%s" }\nkey "other" { secret "%s" disabled }'
	    % (SECRET, OTHER))
	with Relay(25, keys=keys) as relay:
		answers = []
		for secret in (OTHER, "x", SECRET + "x", SECRET[:-1],
		    SECRET.upper(), "a" * 8000):
			document = check_error(relay.post(message(), secret), 403,
			    "forbidden")
			answers.append({k: v for k, v in document.items()
			    if k != "request_id"})
		true(all(a == answers[0] for a in answers),
		    "the answers differ: %r" % answers)


def test_hash_and_rotation():
	digest = hashlib.sha256(SECRET.encode()).hexdigest()
	keys = 'key "test" { hash "sha256:%s" secret "%s" }' % (digest, OTHER)
	with FaultServer() as server, Relay(server.port, keys=keys) as relay:
		request_id = check_accepted(relay.post(message()))["request_id"]
		check_accepted(relay.post(message(), OTHER))
		equal(relay.submission(request_id, OTHER).status, 200,
		    "one key under two secrets")


def test_sources():
	"""Judged before limits and keys; a key's list narrows the global one."""
	keys = ('key "test" { secret "%s" }\nkey "other" { secret "%s" '
	    'allow from 127.0.0.2 }' % (SECRET, OTHER))
	with FaultServer() as server, Relay(server.port, keys=keys,
	    top="allow from { 127.0.0.1 127.0.0.2 }") as relay:
		check_accepted(relay.post(message()))
		check_accepted(relay.post(message(), source="127.0.0.2"))
		check_error(relay.post(message(), source="127.0.0.3"), 403,
		    "forbidden")
		check_error(relay.post(message(), None, source="127.0.0.3"), 403,
		    "forbidden")
		equal(relay.get("/healthz", source="127.0.0.3").status, 200,
		    "/healthz is for all")
		check_error(relay.post(message(), OTHER), 403, "forbidden")
		check_accepted(relay.post(message(), OTHER, source="127.0.0.2"))


@each((
	("path-before-key", "POST", "/nothing", None, [], b"", 404, "not_found"),
	("v1-path-before-key", "POST", "/v1/nothing", None, [], b"", 404,
	    "not_found"),
	("path-octets", "GET", "/v1/%73end", None, [], b"", 404, "not_found"),
	("path-dots", "GET", "/v1/../healthz", None, [], b"", 404, "not_found"),
	("path-slash", "GET", "/healthz/", None, [], b"", 404, "not_found"),
	("path-case", "GET", "/Healthz", None, [], b"", 404, "not_found"),
	("method-before-key", "GET", "/v1/send", None, [], b"", 405,
	    "method_not_allowed"),
	("bulk-off-before-key", "POST", "/v1/send-bulk", None, [], b"", 404,
	    "feature_disabled"),
	("key-before-type", "POST", "/v1/send", None, [("Content-Type",
	    "text/plain")], b"{}", 401, "unauthorized"),
	("key-before-json", "POST", "/v1/send", "x", [], b"{", 403, "forbidden"),
	("type-before-json", "POST", "/v1/send", SECRET, [("Content-Type",
	    "text/plain")], b"{", 415, "unsupported_media_type"),
	("json-before-fields", "POST", "/v1/send", SECRET, [("Content-Type",
	    "application/json")], b'{"to":', 400, "bad_request"),
))
def test_order(method, path, secret, fields, body, status, code):
	with Relay(25) as relay, relay.connect() as connection:
		fields = list(fields)
		if secret:
			fields.append(("Authorization", "Bearer " + secret))
		if method == "POST":
			fields.append(("Content-Length", str(len(body))))
		check_error(connection.exchange(request(method, path, fields, body)),
		    status, code)


@each((
	("send", "/v1/send", "POST"), ("healthz", "/healthz", "GET, HEAD"),
	("readyz", "/readyz", "GET, HEAD"),
	("self", "/v1/keys/self", "GET, HEAD"),
	("submission", "/v1/submissions/req_01ARZ3NDEKTSV4RRFFQ69G5FAV",
	    "GET, HEAD")))
def test_allow(path, wanted):
	with Relay(25) as relay:
		for method in ("DELETE", "PUT", "OPTIONS", "BREW", "get"):
			response = get(relay.port, path, method=method)
			check_error(response, 405, "method_not_allowed")
			equal(sorted((response.field("Allow") or "").split(", ")),
			    sorted(wanted.split(", ")), "Allow of " + path)


def test_secrets_stay_secret():
	"""No answer, log line or ledger entry shows a secret, at any level."""
	with FaultServer() as server, Relay(server.port, arguments=["-v", "-v"],
	    log="log { level debug }") as relay:
		check_accepted(relay.post(message()))
		relay.post(message(), SECRET + "x")
		relay.post(message(subject="\n" + SECRET))
		relay.post(SECRET.encode())
		relay.get("/" + SECRET)
		answer = relay.get("/v1/keys/self", SECRET)
		true(SECRET.encode() not in answer.body, "keys/self shows it")
		relay.stop()
		true(SECRET not in relay.log(), "the log shows it")
		relay.start()
