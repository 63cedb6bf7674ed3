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

"""POST /v1/send: every field, right and wrong."""

import contextlib
import json

from contract import check_accepted, check_error
from fault_server import FaultServer
from outcome import each, equal, true
from relay import OTHER, SECRET, Relay, message

DROP = ...
LONG_DOMAIN = ".".join(["a" * 49] * 5) + ".com"

INVALID = (
	("to-missing", message(to=DROP), "to"),
	("to-null", message(to=None), "to"),
	("to-empty-array", message(to=[]), "to"),
	("to-empty", message(to=""), "to"),
	("to-number", message(to=5), "to"),
	("to-object", message(to={}), "to"),
	("to-of-number", message(to=["a@example.com", 5]), "to[1]"),
	("to-no-at", message(to="user"), "to"),
	("to-two-at", message(to="a@b@example.com"), "to"),
	("to-display-name", message(to="User <user@example.com>"), "to"),
	("to-brackets", message(to="<user@example.com>"), "to"),
	("to-list", message(to="a@example.com, b@example.com"), "to"),
	("to-group", message(to="g: a@example.com;"), "to"),
	("to-comment", message(to="user(c)@example.com"), "to"),
	("to-route", message(to="@a.com:user@example.com"), "to"),
	("to-blank", message(to="us er@example.com"), "to"),
	("to-leading-blank", message(to=" user@example.com"), "to"),
	("to-newline", message(to="user@example.com\nBcc: x@example.com"), "to"),
	("to-crlf", message(to="user@example.com\r\n"), "to"),
	("to-dot-first", message(to=".user@example.com"), "to"),
	("to-dots", message(to="a..b@example.com"), "to"),
	("to-dot-last", message(to="user.@example.com"), "to"),
	("to-local-65", message(to="a" * 65 + "@example.com"), "to"),
	("to-domain-hyphen", message(to="a@-example.com"), "to"),
	("to-domain-underscore", message(to="a@exa_mple.com"), "to"),
	("to-domain-dot-last", message(to="a@example.com."), "to"),
	("to-domain-empty", message(to="a@"), "to"),
	("to-domain-not-ascii", message(to="a@ex\u00e4mple.com"), "to"),
	("to-domain-long", message(to="a@" + "a" * 64 + ".com"), "to"),
	("to-literal", message(to="a@[127.0.0.1]"), "to"),
	("to-not-allowed", message(to="a@example.net"), "to"),
	("to-sub-domain", message(to="a@sub.example.com"), "to"),
	("to-third", message(to=["a@example.com", "b@example.com",
	    "c@example.net"]), "to[2]"),
	("to-eleven", message(to=["u%d@example.com" % i for i in range(11)]),
	    None),
	("cc-not-allowed", message(cc=["a@example.com", "a@example.net"]),
	    "cc[1]"),
	("cc-number", message(cc=1), "cc"),
	("to-and-cc-eleven", message(to=["u%d@example.com" % i for i in range(6)],
	    cc=["c%d@example.com" % i for i in range(5)]), None),
	("subject-missing", message(subject=DROP), "subject"),
	("subject-null", message(subject=None), "subject"),
	("subject-empty", message(subject=""), "subject"),
	("subject-blank", message(subject=" \t "), "subject"),
	("subject-number", message(subject=1), "subject"),
	("subject-256", message(subject="\u00e4" * 256), "subject"),
	("subject-cr", message(subject="a\rb"), "subject"),
	("subject-lf", message(subject="a\nBcc: x@example.com"), "subject"),
	("subject-crlf", message(subject="a\r\nBcc: x@example.com"), "subject"),
	("subject-escape", message(subject="a\x1bb"), "subject"),
	("subject-del", message(subject="a\x7fb"), "subject"),
	("subject-c1", message(subject="a\u0085b"), "subject"),
	("subject-2028", message(subject="a\u2028b"), "subject"),
	("subject-2029", message(subject="a\u2029b"), "subject"),
	("body-missing", message(body=DROP), "body"),
	("body-null", message(body=None), "body"),
	("body-number", message(body=1), "body"),
	("body-array", message(body=["a"]), "body"),
	("body-long", message(body="a" * 65537), "body"),
	("body-long-octets", message(body="\u00e4" * 32769), "body"),
	("from-name-number", message(from_name=1), "from_name"),
	("from-name-129", message(from_name="a" * 129), "from_name"),
	("from-name-lf", message(from_name="a\nb"), "from_name"),
	("from-name-tab", message(from_name="a\tb"), "from_name"),
	("reply-to-bad", message(reply_to="nobody"), "reply_to"),
	("reply-to-second", message(reply_to=["a@example.net", "b"]),
	    "reply_to[1]"),
	("reply-to-eleven", message(reply_to=["u%d@example.com" % i
	    for i in range(11)]), "reply_to"),
	("reply-to-lf", message(reply_to="a@example.com\nBcc: b@example.com"),
	    "reply_to"),
	("metadata-string", message(metadata="x"), "metadata"),
	("metadata-array", message(metadata=[1]), "metadata"),
	("metadata-large", message(metadata={"a": "b" * 4096}), "metadata"),
	("from", message(**{"from": "x@example.com"}), "from"),
	("bcc", message(bcc="x@example.com"), "bcc"),
	("headers", message(headers={"X": "y"}), "headers"),
	("member-empty", message(**{"": 1}), None),
	("member-case", message(Subject="x"), "Subject"),
)

NOT_JSON = (
	("empty", b""),
	("blank", b"   "),
	("not-json", b"to=user@example.com"),
	("truncated", b'{"to":"user@example.com"'),
	("trailing", json.dumps(message()).encode() + b"x"),
	("two-documents", json.dumps(message()).encode() * 2),
	("single-quotes", b"{'to':'a@example.com'}"),
	("trailing-comma", b'{"to":"a@example.com","subject":"a","body":"b",}'),
	("comment", b'{"to":"a@example.com",/**/"subject":"a","body":"b"}'),
	("duplicate", b'{"to":"a@example.com","subject":"a","subject":"b",'
	    b'"body":"c"}'),
	("duplicate-escaped", b'{"to":"a@example.com","subject":"a",'
	    b'"\\u0073ubject":"b","body":"c"}'),
	("duplicate-deep", b'{"to":"a@example.com","subject":"a","body":"b",'
	    b'"metadata":{"a":1,"a":2}}'),
	("utf-8-invalid", b'{"to":"a@example.com","subject":"\xff","body":"b"}'),
	("utf-8-overlong", b'{"to":"a@example.com","subject":"\xc0\xaf",'
	    b'"body":"b"}'),
	("utf-8-surrogate", b'{"to":"a@example.com","subject":"\xed\xa0\x80",'
	    b'"body":"b"}'),
	("surrogate-unpaired", b'{"to":"a@example.com","subject":"\\ud800",'
	    b'"body":"b"}'),
	("nul-escaped", b'{"to":"a@example.com","subject":"a\\u0000b",'
	    b'"body":"b"}'),
	("nul-in-body", b'{"to":"a@example.com","subject":"a",'
	    b'"body":"b\\u0000"}'),
	("nul-in-name", b'{"to":"a@example.com","subject":"a","body":"b",'
	    b'"a\\u0000":1}'),
	("control-raw", b'{"to":"a@example.com","subject":"a\nb","body":"b"}'),
	("bom", b"\xef\xbb\xbf" + json.dumps(message()).encode()),
	("utf-16", json.dumps(message()).encode("utf-16")),
	("deep", b'{"to":"a@example.com","subject":"a","body":"b","metadata":' +
	    b'{"a":' * 33 + b"1" + b"}" * 33 + b"}"),
	("very-deep", b"[" * 100000),
	("many-values", b'{"to":"a@example.com","subject":"a","body":"b",'
	    b'"cc":[' + b",".join([b'"a@example.com"'] * 20000) + b"]}"),
	("many-members", b'{"to":"a@example.com","subject":"a","body":"b",'
	    b'"metadata":{' + b",".join(b'"%d":1' % i for i in range(80000)) +
	    b"}}"),
	("number-huge", b'{"to":"a@example.com","subject":"a","body":"b",'
	    b'"metadata":{"a":1e999}}'),
)

# Valid JSON that is no object: not a field's fault, yet no message either.
NO_OBJECT = (("array", b"[]"), ("string", b'"a"'), ("number", b"1"),
    ("null", b"null"), ("true", b"true"))


@contextlib.contextmanager
def relaying(**parts):
	with FaultServer() as server, Relay(server.port, **parts) as relay:
		yield server, relay


def test_invalid():
	failures = []
	with relaying() as (server, relay):
		for name, document, field in INVALID:
			try:
				check_error(relay.post(document), 400,
				    "validation_failed", field)
			except AssertionError as failure:
				failures.append("%s: %s" % (name, failure))
		true(not failures, "\n".join(failures))
		equal(server.commands, [], "what the mail server was told")


def test_more_values_than_can_be():
	"""The bound is the configuration's: of bulk requests, and of one."""
	def bulk(values):
		return b'{"messages":[[' + b",".join([b"1"] * values) + b"]]}"
	with relaying(mail="bulk 1") as (server, relay):
		check_error(relay.post(bulk(60000), path="/v1/send-bulk"), 400,
		    "bad_request")
		equal(relay.post(bulk(100), path="/v1/send-bulk").status, 202)
	with relaying(mail="bulk 10000") as (server, relay):
		equal(relay.post(bulk(60000), path="/v1/send-bulk").status, 202)
		check_error(relay.post(bulk(100001), path="/v1/send-bulk"), 400,
		    "bad_request")


def test_not_json():
	failures = []
	with relaying() as (server, relay):
		for name, body in NOT_JSON:
			try:
				check_error(relay.post(body), 400, "bad_request")
			except AssertionError as failure:
				failures.append("%s: %s" % (name, failure))
		true(not failures, "\n".join(failures))
		equal(server.commands, [], "what the mail server was told")


@each(NO_OBJECT)
def test_no_object(body):
	with relaying() as (server, relay):
		response = relay.post(body)
		equal(response.status, 400)
		true(response.code() in ("bad_request", "validation_failed"),
		    "code %r" % response.code())


VALID = (
	("array", message(to=["a@example.com"])),
	("limits", message(to=["u%d@example.com" % i for i in range(10)])),
	("domain-case", message(to="User@EXAMPLE.com")),
	("quoted-local", message(to='"a b"@example.com')),
	("quoted-escape", message(to='"a\\"b"@example.com')),
	("local-64", message(to="a" * 64 + "@example.com")),
	("odd-atoms", message(to="!#$%&'*+-/=?^_`{|}~@example.com")),
	("nulls", message(cc=None, reply_to=None, from_name=None, metadata=None,
	    body_html=None, attachments=None)),
	("empties", message(cc=[], reply_to=[], attachments=[])),
	("body-empty", message(body="")),
	("body-64k", message(body="a" * 65536)),
	("subject-255", message(subject="\u00e4" * 255)),
	("subject-tab", message(subject="a\tb")),
	("subject-emoji", message(subject="\U0001f600" * 50)),
	("reply-to-ten", message(reply_to=["u%d@example.net" % i
	    for i in range(10)])),
	("metadata", message(metadata={"request_id": "abc", "n": [1, {"x": None}]})),
	("from-name-128", message(from_name="\u00e4" * 128)),
	("from-name-quotes", message(from_name='O"Brien, \\ <x@y>')),
	("deep-32", json.dumps(message()).encode()[:-1] + b', "metadata":' +
	    b'{"a":' * 30 + b"1" + b"}" * 31),
	("white-space", b" \r\n\t" + json.dumps(message(), indent=4).encode() +
	    b"\n\n"),
	("one-label-domain", message(to="root@localhost")),
)


def test_valid():
	failures = []
	with relaying(recipients='recipients { "example.com" "localhost" }') as (
	    server, relay):
		for name, document in VALID:
			try:
				check_accepted(relay.post(document))
			except AssertionError as failure:
				failures.append("%s: %s" % (name, failure))
		equal(len(server.taken()), len(VALID) - len(failures), "taken")
	true(not failures, "\n".join(failures))


ATTACHED = {"filename": "a", "content_type": "text/plain", "data": "YQ=="}
FEATURES = {"body_html": "<p>x</p>", "html_body": "<p>x</p>",
    "attachments": [ATTACHED]}


def test_feature_disabled():
	"""For everybody, or for one key."""
	with relaying() as (server, relay):
		for name, value in FEATURES.items():
			check_error(relay.post(message(**{name: value})), 404,
			    "feature_disabled", name)
	keys = ('key "test" { secret "%s" no html no attachments }\n'
	    'key "other" { secret "%s" }' % (SECRET, OTHER))
	with relaying(keys=keys, mail="html\nattachments max 1") as (server, relay):
		for name, value in FEATURES.items():
			document = message(**{name: value})
			check_error(relay.post(document), 404, "feature_disabled",
			    name)
			check_accepted(relay.post(document, OTHER))


def attached(*objects, **fields):
	"""A message with attachments, each the usual one with members replaced."""
	return message(attachments=[o if not isinstance(o, dict) else
	    {k: v for k, v in dict(ATTACHED, **o).items() if v is not DROP}
	    for o in objects], **fields)


INVALID_PARTS = (
	("html-number", message(body_html=1), "body_html"),
	("html-long", message(body_html="a" * 65537), "body_html"),
	("html-twice", message(body_html="a", html_body="a"), "html_body"),
	("not-an-array", message(attachments={}), "attachments"),
	("too-many", attached({}, {}, {}, {}), "attachments"),
	("not-an-object", attached({}, "a"), "attachments[1]"),
	("unknown", attached({}, {"foo": 1}), "attachments[1].foo"),
	("no-filename", attached({"filename": DROP}), "attachments[0].filename"),
	("path", attached({"filename": "../a"}), "attachments[0].filename"),
	("line-feed", attached({"filename": "a\nBcc: b"}),
	    "attachments[0].filename"),
	("no-type", attached({"content_type": DROP}),
	    "attachments[0].content_type"),
	("multipart", attached({"content_type": "Multipart/mixed"}),
	    "attachments[0].content_type"),
	("type-line-feed", attached({"content_type": "text/plain;\n a=b"}),
	    "attachments[0].content_type"),
	("no-data", attached({"data": DROP}), "attachments[0].data"),
	("not-base64", attached({"data": "YQ="}), "attachments[0].data"),
	("large", attached({"data": "A" * 1368}), "attachments[0].data"),
	("large-together", attached({"data": "A" * 1364}, {"data": "A" * 1364}),
	    "attachments"),
	("id-without-html", attached({"content_id": "a"}),
	    "attachments[0].content_id"),
	("id-twice", attached({"content_id": "a"}, {"content_id": "a"},
	    body_html="x"), "attachments[1].content_id"),
	("id-brackets", attached({"content_id": "<a@b>"}, body_html="x"),
	    "attachments[0].content_id"),
)


def test_invalid_parts():
	failures = []
	with relaying(mail="html\nattachments max 3 size 1K total 2040") as (
	    server, relay):
		for name, document, field in INVALID_PARTS:
			try:
				check_error(relay.post(document), 400,
				    "validation_failed", field)
			except AssertionError as failure:
				failures.append("%s: %s" % (name, failure))
		true(not failures, "\n".join(failures))
		equal(server.commands, [], "what the mail server was told")


@each((("application/json", "application/json", 202),
    ("charset", "application/json; charset=utf-8", 202),
    ("charset-case", "Application/JSON;charset=UTF-8", 202),
    ("charset-quoted", 'application/json; charset="utf-8"', 202),
    ("parameter", "application/json; a=b; c=\"d;e\"", 202),
    ("latin-1", "application/json; charset=iso-8859-1", 415),
    ("text", "text/plain", 415), ("form", "application/x-www-form-urlencoded",
    415), ("suffix", "application/problem+json", 415), ("jsonx",
    "application/jsonx", 415), ("empty", "", 415), ("list",
    "application/json, text/plain", 415)))
def test_media_type(value, status):
	with relaying() as (server, relay):
		response = relay.post(message(), fields=[("Content-Type", value)])
		if status == 202:
			check_accepted(response)
		else:
			check_error(response, 415, "unsupported_media_type")


def test_no_media_type_and_content_encoding():
	import http_client
	body = json.dumps(message()).encode()
	key = ("Authorization", "Bearer " + SECRET)
	length = ("Content-Length", str(len(body)))
	with relaying() as (server, relay):
		with relay.connect() as connection:
			check_error(connection.exchange(http_client.request("POST",
			    "/v1/send", [key, length], body)), 415,
			    "unsupported_media_type")
		for coding in ("gzip", "br"):
			check_error(relay.post(message(),
			    fields=[("Content-Encoding", coding)]), 415,
			    "unsupported_media_type")


def test_key_policy():
	"""A key's own list narrows the global one; both must allow."""
	keys = ('key "test" { secret "%s" recipients { "example.com" } '
	    'max recipients 2 }\n'
	    'key "other" { secret "%s" recipients { "ops@example.org" } }' %
	    (SECRET, OTHER))
	with relaying(keys=keys) as (server, relay):
		check_accepted(relay.post(message()))
		check_error(relay.post(message(to="a@example.org")), 400,
		    "validation_failed", "to")
		check_error(relay.post(message(to=["a@example.com"] * 2 +
		    ["b@example.com"])), 400, "validation_failed")
		check_accepted(relay.post(message(to="ops@example.org"), OTHER))
		check_error(relay.post(message(), OTHER), 400,
		    "validation_failed", "to")
		check_error(relay.post(message(to="Ops@example.com"), OTHER), 400,
		    "validation_failed", "to")
		equal([t.recipients for t in server.taken()],
		    [["user@example.com"], ["ops@example.org"]], "taken")


def test_key_sender():
	keys = ('key "test" { secret "%s" from "billing@example.com" name '
	    '"Billing" envelope from "bounces@example.com" }' % SECRET)
	with relaying(keys=keys) as (server, relay):
		check_accepted(relay.post(message()))
		transaction = server.taken()[0]
		equal(transaction.sender, "bounces@example.com")
		true(b"\r\nFrom: Billing <billing@example.com>\r\n" in
		    b"\r\n" + transaction.content, "From is another: %r" %
		    transaction.content[:300])
