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

"""What is logged, what is not, and how much of it."""

import base64
import glob
import json
import os
import re
import signal
import time

from certificates import certificates
from fault_plan import Drop, Last, Plan
from fault_server import FaultServer
from http_client import request
from outcome import each, equal, true, wait_for
from redis_server import Redis
from relay import SECRET, Relay, message
from tcp import free_port

TREE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
KEY = "MARK-key-secret-of-thirty-two-characters"
DISABLED = "MARK-disabled-key-of-thirty-two-character"
PASSWORD = "MARK-smtp-password"
STORE_PASSWORD = "MARK-store-password"
KEYS = 'key "test" { secret "%s" }\nkey "old" { secret "%s" disabled }' % (KEY,
    DISABLED)
FORMATS = [("text", "text"), ("json", "json")]


def lines_of(relay):
	"""The log's lines as objects, since the configuration says JSON."""
	return [json.loads(line) for line in relay.log().splitlines()
	    if line.startswith("{")]


def events(relay, name):
	return [line for line in lines_of(relay) if line.get("event") == name]


def echo(code):
	"""A reply that quotes what it was sent, as servers do."""
	return lambda session: "%s <%s>: no, nor %s" % (code,
	    "MARK-to@example.com", "MARK-cc@example.org")


# What no log may hold: each has a mark, which is looked for.
SECRET_MESSAGE = {
	"to": ["MARK-to@example.com", '"MARK quoted"@example.com'],
	"cc": "MARK-cc@example.org",
	"reply_to": "MARK-reply@example.com",
	"subject": "MARK-subject",
	"body": "MARK-body",
	"body_html": "<p>MARK-html</p>",
	"from_name": "MARK-from-name",
	"attachments": [{"filename": "MARK-file.txt", "content_type":
	    "text/plain; name=MARK-type", "data":
	    base64.b64encode(b"MARK-data").decode(), "content_id": "MARK-id"}],
}


def ways(document):
	"""The request, and the same wrong in every field."""
	yield document
	for name in document:
		yield dict(document, **{name: {"MARK": "MARK"}})
		yield dict(document, **{name: "MARK\r\nMARK: MARK"})
	yield dict(document, to="MARK@not-allowed.example")
	yield dict(document, subject="MARK" * 300)
	yield dict(document, **{"MARK\n": 1})
	yield {"to": "MARK@example.com"}


def post_everything(relay):
	for document in ways(SECRET_MESSAGE):
		relay.post(document, KEY)
	bulk = {"messages": list(ways(SECRET_MESSAGE))[:8] + ["MARK"]}
	relay.post(bulk, KEY, path="/v1/send-bulk")
	relay.post(SECRET_MESSAGE, KEY, path="/v1/send?dry_run=1&MARK=MARK")
	for _ in range(2):
		relay.post(SECRET_MESSAGE, KEY,
		    fields=[("Idempotency-Key", "MARK-idempotency")])
	relay.post(dict(SECRET_MESSAGE, body="MARK other"), KEY,
	    fields=[("Idempotency-Key", "MARK-idempotency")])
	for body in (b'{"MARK": "MARK', b'["MARK"]', b"MARK", b'"MARK"'):
		relay.post(body, KEY)


def present_keys(relay):
	for secret in (DISABLED, KEY + "x", "MARK", "MARK" * 1000):
		relay.post(SECRET_MESSAGE, secret)
		relay.get("/v1/keys/self", secret)
		for name, value in (("X-API-Key", secret),
		    ("Authorization", "Basic " + secret),
		    ("Authorization", "Bearer MARK " + secret),
		    ("authorization", "MARK" + secret)):
			relay.get("/v1/keys/self", fields=[(name, value)])
	relay.get("/v1/keys/self", fields=[("X-API-Key", KEY)])
	relay.get("/v1/submissions/MARK?MARK", KEY)
	relay.get("/MARK?key=MARK", fields=[("MARK", "MARK"), ("Cookie", "MARK")])
	for octets in (b"MARK / HTTP/1.1\r\n\r\n", b"GET /MARK MARK\r\n\r\n",
	    b"GET / HTTP/1.1\r\nMARK: MARK\x01MARK\r\n\r\n"):
		with relay.connect() as connection:
			connection.exchange(octets)


def marks(relay):
	"""What is in the log of it, but for the names of files of ours."""
	found = re.findall(r".{0,60}MARK.{0,40}", relay.log())
	return [text for text in found if "store of" not in text]


@each(FORMATS)
def test_nothing_secret_is_logged(form):
	"""Neither by success nor by failure of any kind, at no level."""
	files = certificates()
	plans = [Plan(), Plan(rcpt=echo("550 5.1.1")), Plan(mail=echo("451 4.3.0")),
	    Plan(dot=echo("554 5.7.1")), Plan(dot=Drop), Plan(dot=echo("452")),
	    Plan(data=echo("503")), Plan(rcpt=Last("421 MARK-to@example.com bye"))]
	last = [Plan(auth="535 5.7.8 no, MARK-to@example.com"),
	    Plan(greeting="554 MARK-to@example.com"), Plan(auth=Drop)]
	with FaultServer(tls="starttls", users={"relay": PASSWORD},
	    plans=plans * 2 + last) as server, Redis("--requirepass",
	    STORE_PASSWORD, password=STORE_PASSWORD) as redis, \
	    Relay(relays='relay "127.0.0.1" port %d { tls starttls ca "%s" '
	    'auth "relay" password "%s"\nconnections 2 messages 1 }' % (
	    server.port, files.ca.path, PASSWORD), keys=KEYS,
	    mail="html\nattachments max 2\nbulk 20",
	    store='store redis "127.0.0.1" port %d { password "%s" }' % (
	    redis.port, STORE_PASSWORD), arguments=["-v", "-v"],
	    log="log { format %s level debug }" % form) as relay:
		wait_for(lambda: relay.post(SECRET_MESSAGE, KEY).status == 202 or
		    None, "a message to be accepted")
		for _ in range(2):
			post_everything(relay)
		present_keys(relay)
		redis.kill()
		post_everything(relay)
		relay.reload(log="log { format %s level debug }" % form,
		    limits="limit global none\nlimit address none\n"
		    "limit key 1/h burst 1")
		for _ in range(3):
			relay.post(SECRET_MESSAGE, KEY)
		for program in ("relayd-http", "relayd-smtp"):
			os.kill(relay.children(program)[0], signal.SIGKILL)
		wait_for(lambda: "was ended by signal 9" in relay.log(),
		    "the deaths to be logged")
		equal(marks(relay), [])
		true("*@example.com" in relay.log(), "no recipient's domain")
		true(len(relay.log().splitlines()) > 100, "hardly a line")
		if form == "json":
			lines_of(relay)


def test_password_of_a_file_and_keys_of_certificates_are_not_logged():
	files = certificates()
	with open(files.client.key) as file:
		key = "".join(file.read().split("\n")[1:3])
	with FaultServer(tls="implicit", client_ca=files.ca.path) as server, \
	    Relay(relays='relay "127.0.0.1" port %d { tls implicit ca "%s" '
	    'certificate "%s" key "%s" }' % (server.port, files.ca.path,
	    files.client.path, files.client.key), arguments=["-v"]) as relay:
		equal(relay.post(message()).status, 202)
		true(key[:20] not in relay.log(), "the key is in the log")
		relay.write(str(relay.configuration.copy(relays=
		    'relay "127.0.0.1" { tls implicit ca "%s" certificate "%s" '
		    'key "%s" }' % (files.ca.path, files.client.path,
		    files.good.key))))
		relay.hang_up()
		relay.wait_for_log("event=reload result=failed")
		true(key[:20] not in relay.log(), "the key is in the log")


def flood(relay, count, octets):
	"""So many requests, pipelined over a few connections."""
	per = 200
	for _ in range(count // per):
		with relay.connect() as connection:
			connection.send(octets * per)
			for _ in range(per):
				connection.response()


def check_flood(relay, event, count, start):
	"""Some of its lines, and the number of all others."""
	def said():
		return sum(line["count"] for line in events(relay,
		    "lines_left_out") if line["like"] == event)
	lines = wait_for(lambda: said() + len(events(relay, event)) == count and
	    events(relay, event), "all lines of %s" % event)
	# 50, then 10 a second of each of two processes, however many seconds.
	seconds = time.monotonic() - start
	true(50 <= len(lines) <= 2 * (50 + 10 * (seconds + 1)),
	    "%d lines of %d in %g s" % (len(lines), count, seconds))
	sayings = [line for line in events(relay, "lines_left_out")
	    if line["like"] == event]
	true(len(sayings) <= 2 * (seconds + 2), "said %d times in %g s" % (
	    len(sayings), seconds))


def test_a_flood_of_refusals_is_cut_and_no_message_with_it():
	with FaultServer() as server, Relay(server.port,
	    log="log { format json }") as relay:
		unknown = request("GET", "/v1/keys/self",
		    [("Authorization", "Bearer " + "x" * 40)])
		accepted, start = [], time.monotonic()
		for _ in range(10):
			flood(relay, 200, unknown)
			flood(relay, 200, request("POST", "/v1/send", [
			    ("Authorization", "Bearer " + SECRET),
			    ("Content-Type", "application/json"),
			    ("Content-Length", "1")], b"{"))
			accepted.append(relay.post(message()))
		check_flood(relay, "auth_failure", 2000, start)
		check_flood(relay, "bad_request", 2000, start)
		equal({r.status for r in accepted}, {202})
		logged = {line["request_id"] for line in events(relay, "message")}
		equal({r.json()["request_id"] for r in accepted}, logged)


def test_what_was_left_out_is_said_at_the_end():
	with Relay(25, log="log { format json }") as relay:
		flood(relay, 1000, request("GET", "/v1/keys/self"))
		relay.stop()
		said = sum(l["count"] for l in events(relay, "lines_left_out"))
		equal(said + len(events(relay, "auth_failure")), 1000)
		relay.start()


def test_events_of_the_daemon_itself():
	port = free_port()
	with Relay(port, log="log { format json }") as relay:
		relay.post(message())
		down = wait_for(lambda: events(relay, "relay_down"), "relay_down")[0]
		equal((down["relay"], down["port"]), ("127.0.0.1", port))
		with FaultServer(port=port):
			wait_for(lambda: events(relay, "relay_up"), "relay_up")
		relay.reload()
		relay.configuration.limits = "no such thing"
		relay.write()
		relay.hang_up()
		wait_for(lambda: len(events(relay, "reload")) == 2, "both reloads")
		equal([(l["result"], l["generation"]) for l in events(relay,
		    "reload")], [("ok", 2), ("failed", 2)])
		true(events(relay, "configuration"), "no event of the mistake")
		os.kill(relay.http_children()[0], signal.SIGKILL)
		death = wait_for(lambda: events(relay, "child_death"), "the death")
		equal(death[0]["signal"], 9)
		for line in lines_of(relay):
			true(re.match(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\Z",
			    line["time"]) and line["level"] in ("error", "warning",
			    "info", "debug") and line["process"] and line["pid"],
			    "time, level, process or pid of %r" % line)


def test_manual_has_every_event_and_field():
	with open(os.path.join(TREE, "man/http-smtp-rele.8")) as file:
		section = file.read().split(".Sh LOGGING")[1].split("\n.Sh ")[0]
	described = set(re.findall(r"[a-z_]+", " ".join(re.findall(
	    r"^\.(?:It )?Cm (.*)$", section, re.M))))
	source = ""
	for path in glob.glob(os.path.join(TREE, "relayd-*/*.cc")) + \
	    glob.glob(os.path.join(TREE, "common/*.cc")):
		with open(path) as file:
			source += file.read()
	fields = set(re.findall(r'\bfield\(\s*"([a-z_]+)"', source))
	named = set(re.findall(r'\bfield\("event",\s*"([a-z_]+)"', source))
	named |= set(re.findall(r'"(relay_(?:down|up))"', source))
	names = re.search(r"names = \{(.*?)\};", open(os.path.join(TREE,
	    "common/log_limit.cc")).read(), re.S).group(1)
	named |= set(re.findall(r'"([a-z_]+)"', names)) | {"message"}
	true(len(fields) > 40 and len(named) > 20, "the source was not found")
	equal(sorted((fields | named) - described), [])
