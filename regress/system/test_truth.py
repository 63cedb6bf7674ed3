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

"""What the client is told, what the ledger says, and what the server took.

The table has a row for every stage and failure; each row is checked against the
record of the server that failed.
"""

import threading

import process
from contract import check_accepted, check_error, check_response
from fault_server import (Drop, FaultServer, Held, Last, Plan, Reset, Silence,
    Slow)
from outcome import each, equal, true, wait_for
from relay import Relay, message
from tcp import free_port

PATIENCE = "timeout connect 2s timeout submission 2s"
UNAVAILABLE = (502, "smtp_unavailable", "smtp_failed")
REJECTED = (502, "smtp_rejected", "smtp_failed")
UNKNOWN = (504, "smtp_outcome_unknown", "smtp_outcome_unknown")
ACCEPTED = (202, None, "smtp_accepted")
GARBAGE = b"hello, is anybody there?\r\n"

ANY = "any"		# the documents leave open whether smtp is there

# (name, plan, answer, the reply code that answer and ledger show)
TABLE = (
	("greeting-421", Plan(greeting=Last("421 4.3.2 Busy")), UNAVAILABLE, ANY),
	("greeting-554", Plan(greeting=Last("554 5.3.2 No")), UNAVAILABLE, ANY),
	("greeting-drop", Plan(greeting=Drop), UNAVAILABLE, None),
	("greeting-reset", Plan(greeting=Reset), UNAVAILABLE, None),
	("greeting-silence", Plan(greeting=Silence), UNAVAILABLE, None),
	("greeting-garbage", Plan(greeting=GARBAGE), UNAVAILABLE, None),
	("greeting-delay", Plan(greeting=Slow(1)), ACCEPTED, 250),
	("greeting-lines", Plan(greeting="220-one\r\n220-two\r\n220 three"),
	    ACCEPTED, 250),
	("ehlo-421", Plan(ehlo=Last("421 4.3.2 Busy")), UNAVAILABLE, ANY),
	("ehlo-drop", Plan(ehlo=Drop), UNAVAILABLE, None),
	("ehlo-silence", Plan(ehlo=Silence), UNAVAILABLE, None),
	("ehlo-garbage", Plan(ehlo=GARBAGE), UNAVAILABLE, None),
	("mail-421", Plan(mail=Last("421 4.3.2 Busy")), UNAVAILABLE, 421),
	("mail-451", Plan(mail="451 4.3.0 Later"), UNAVAILABLE, 451),
	("mail-550", Plan(mail="550 5.7.1 No"), REJECTED, 550),
	("mail-354", Plan(mail="354 What"), UNAVAILABLE, ANY),
	("mail-drop", Plan(mail=Drop), UNAVAILABLE, None),
	("mail-reset", Plan(mail=Reset), UNAVAILABLE, None),
	("mail-silence", Plan(mail=Silence), UNAVAILABLE, None),
	("mail-garbage", Plan(mail=GARBAGE), UNAVAILABLE, None),
	("rcpt-421", Plan(rcpt=Last("421 4.3.2 Busy")), UNAVAILABLE, 421),
	("rcpt-450", Plan(rcpt="450 4.2.1 Busy"), UNAVAILABLE, 450),
	("rcpt-550", Plan(rcpt="550 5.1.1 Nobody"), REJECTED, 550),
	("rcpt-550-lines", Plan(rcpt="550-5.1.1 Nobody\r\n550 5.1.1 here"),
	    REJECTED, 550),
	("rcpt-drop", Plan(rcpt=Drop), UNAVAILABLE, None),
	("rcpt-silence", Plan(rcpt=Silence), UNAVAILABLE, None),
	("rcpt-garbage", Plan(rcpt=GARBAGE), UNAVAILABLE, None),
	("rcpt-251", Plan(rcpt="251 2.1.5 Will forward"), ACCEPTED, 250),
	("data-421", Plan(data=Last("421 4.3.2 Busy")), UNAVAILABLE, 421),
	("data-451", Plan(data="451 4.3.0 Later"), UNAVAILABLE, 451),
	("data-554", Plan(data="554 5.6.0 No"), REJECTED, 554),
	("data-250", Plan(data="250 2.0.0 Ok"), UNAVAILABLE, ANY),
	("data-drop", Plan(data=Drop), UNAVAILABLE, None),
	("data-silence", Plan(data=Silence), UNAVAILABLE, None),
	("data-garbage", Plan(data=GARBAGE), UNAVAILABLE, None),
	("dot-421", Plan(dot=Last("421 4.3.2 Busy")), UNAVAILABLE, 421),
	("dot-451", Plan(dot="451 4.3.0 Later"), UNAVAILABLE, 451),
	("dot-550", Plan(dot="550 5.7.1 Spam"), REJECTED, 550),
	("dot-552", Plan(dot="552 5.2.2 Full"), REJECTED, 552),
	("dot-drop", Plan(dot=Drop), UNKNOWN, None),
	("dot-reset", Plan(dot=Reset), UNKNOWN, None),
	("dot-silence", Plan(dot=Silence), UNKNOWN, None),
	("dot-garbage", Plan(dot=GARBAGE), UNKNOWN, None),
	("dot-354", Plan(dot="354 Again"), UNKNOWN, ANY),
	("dot-600", Plan(dot="600 Again"), UNKNOWN, ANY),
	("dot-half-line", Plan(dot=b"250 2.0.0"), UNKNOWN, None),
	("dot-lines", Plan(dot="250-2.0.0 Ok\r\n250 2.0.0 queued"), ACCEPTED, 250),
	("dot-slow", Plan(dot=Slow(0.02, octet_by_octet=True)), ACCEPTED, 250),
	("all-slow", Plan(*[Slow(0.2)] * 6), ACCEPTED, 250),
	("no-extensions", Plan(extensions=()), ACCEPTED, 250),
	("no-pipelining-550", Plan(rcpt="550 5.1.1 Nobody", extensions=()),
	    REJECTED, 550),
	("rcpt-550-data-354", Plan(rcpt="550 5.1.1 Nobody", data="354 Go"),
	    REJECTED, 550),
	("mail-550-data-354", Plan(mail="550 5.1.1 No", data="354 Go"),
	    REJECTED, 550),
)


@each(TABLE)
def test_table(plan, answer, code):
	status, error, entry_status = answer
	with FaultServer(plan) as server, Relay(server.port,
	    relay=PATIENCE) as relay:
		response = relay.post(message())
		if status == 202:
			document = check_accepted(response, None)
		else:
			document = check_error(response, status, error)
			check_code(document, code)
		entry = check_response(relay.submission(document["request_id"]))
		equal(entry.status, 200, "the ledger's entry")
		entry = entry.json()
		equal(entry["status"], entry_status, "the ledger")
		equal(entry["code"], error, "the ledger's code")
		check_code(entry, code)
		check_truth(server, status, document)
		server.plan = Plan()
		wait_for(lambda: relay.post(message()).status == 202,
		    "mail to go through again", 10)


def check_code(document, code):
	if code != ANY:
		equal((document.get("smtp") or {}).get("code"), code,
		    "smtp.code of %r" % document)


def check_truth(server, status, document):
	identifier = document["request_id"].encode()
	def holding(transactions):
		return [t for t in transactions if identifier in t.content]
	if status == 202:
		equal(len(holding(server.taken())), 1, "times taken")
	elif status == 504:
		equal(document["message_id"], "<%s@example.com>" %
		    document["request_id"], "message_id")
		equal(len(holding(server.completed())), 1, "times sent in full")
	else:
		equal(holding(server.taken()), [], "taken, and an error told")
	equal([t for t in server.completed() if not t.content.strip()], [],
	    "empty messages that the server took")


def test_refused_connection():
	with Relay(free_port()) as relay:
		for _ in range(3):
			document = check_error(relay.post(message()), 502,
			    "smtp_unavailable")
			equal(relay.submission(document["request_id"]).json()[
			    "status"], "smtp_failed")


@each((("to", {"to": ["a@example.com", "no@example.com", "c@example.com"]},
    ["to[1]"]), ("string", {"to": "no@example.com"}, ["to"]),
    ("cc", {"cc": ["a@example.com", "no@example.com"]}, ["cc[1]"]),
    ("cc-string", {"cc": "no@example.com"}, ["cc"]),
    ("two", {"to": ["no@example.com", "a@example.com"],
    "cc": "neither@example.com"}, ["to[0]", "cc"])))
def test_partial_refusal(fields, refused):
	"""Nobody gets it, and the answer names who was refused."""
	plan = Plan(rcpt={"no@example.com": "550 5.1.1 Nobody",
	    "neither@example.com": "553 5.1.3 Bad"})
	codes = {"no@example.com": (550, "5.1.1"),
	    "neither@example.com": (553, "5.1.3")}
	for extensions in (("PIPELINING", "ENHANCEDSTATUSCODES"),
	    ("ENHANCEDSTATUSCODES",)):
		plan.extensions = extensions
		with FaultServer(plan) as server, Relay(server.port) as relay:
			document = check_error(relay.post(message(**fields)), 502,
			    "smtp_rejected")
			# Of a string, "to" and "to[0]" name the same address.
			equal([r["field"] if r["field"] in refused else
			    r["field"].replace("[0]", "")
			    for r in document["recipients"]], refused)
			true(all((r["code"], r["enhanced"]) in codes.values()
			    for r in document["recipients"]), "codes in %r" % document)
			if len(fields) > 1 or len(fields.get("to", [])) == 3:
				equal([c for _, c in server.commands if c == "DATA"], [],
				    "DATA although a recipient was refused")
			equal(server.completed(), [], "messages sent")
			server.plan = Plan()
			check_accepted(relay.post(message()))


def test_partial_temporary():
	plan = Plan(rcpt={"b@example.com": "450 4.2.1 Busy"})
	with FaultServer(plan) as server, Relay(server.port) as relay:
		document = check_error(relay.post(message(
		    to=["a@example.com", "b@example.com"])), 502,
		    "smtp_unavailable")
		equal(document["smtp"]["code"], 450)
		equal(server.completed(), [], "messages sent")


@each((("accepted", "250 2.0.0 Ok", "smtp_accepted"),
    ("rejected", "550 5.7.1 Spam", "smtp_failed"),
    ("temporary", "451 4.3.0 Later", "smtp_failed")))
def test_late_reply(reply, status):
	"""A reply that comes after the client was told 504 corrects the ledger."""
	gate = threading.Event()
	with FaultServer(Plan(dot=Held(gate, reply))) as server, Relay(
	    server.port, relay="timeout submission 1s") as relay:
		document = check_error(relay.post(message()), 504,
		    "smtp_outcome_unknown")
		identifier = document["request_id"]
		equal(relay.submission(identifier).json()["status"],
		    "smtp_outcome_unknown")
		gate.set()
		wait_for(lambda: relay.submission(identifier).json()["status"] ==
		    status, "the ledger to say " + status)


@each((("one-line", b"250-" + b"a" * 10000000 + b"\r\n250 2.1.0 Ok\r\n"),
    ("no-end", b"250 " + b"a" * 10000000),
    ("many-lines", b"250-2.1.0 a line of the reply\r\n" * 330000 +
    b"250 2.1.0 Ok\r\n")))
def test_reply_of_ten_megabytes(octets):
	"""Survived in little memory, whatever is made of it."""
	with FaultServer(Plan(mail=octets)) as server, Relay(server.port,
	    relay=PATIENCE) as relay:
		response = relay.post(message())
		if response.status != 202:
			check_error(response, 502, "smtp_unavailable")
		equal(len(server.taken()), int(response.status == 202), "taken")
		peak = int(process.status(relay.smtp_child())["VmHWM"].split()[0])
		true(peak < 30000, "relayd-smtp took %d KiB" % peak)
		server.plan = Plan()
		wait_for(lambda: relay.post(message()).status == 202,
		    "mail to go through again")


def test_no_enhanced_codes():
	plan = Plan(dot="250 Ok", extensions=("PIPELINING",))
	with FaultServer(plan) as server, Relay(server.port) as relay:
		document = check_accepted(relay.post(message()), None)
		equal(document["smtp"].get("enhanced"), None)


def test_reply_text():
	"""With reply text the client sees it; ASCII, 512 octets at most."""
	plan = Plan(dot=b"250 2.0.0 queued as \xff\x07" + b"a" * 2000 + b"\r\n")
	with FaultServer(plan) as server, Relay(server.port,
	    relay="reply text") as relay:
		reply = check_accepted(relay.post(message()))["smtp"]["reply"]
		true(reply.isascii() and reply.isprintable(), "reply is %r" % reply)
		true(len(reply) <= 512, "reply has %d octets" % len(reply))
		true("queued as" in reply, "reply is %r" % reply)
	with FaultServer() as server, Relay(server.port) as relay:
		true("reply" not in check_accepted(relay.post(message()))["smtp"],
		    "reply without reply text")
	with FaultServer(Plan(rcpt="550 5.1.1 Nobody")) as server, Relay(
	    server.port) as relay:
		true(b"Nobody" not in relay.post(message()).body,
		    "the server's words without reply text")


def test_size():
	"""Over the server's SIZE: 413, and nothing is sent."""
	plan = Plan(extensions=("PIPELINING", "SIZE 2000"))
	with FaultServer(plan) as server, Relay(server.port) as relay:
		check_accepted(relay.post(message()), None)
		check_error(relay.post(message(body="word " * 1000)), 413,
		    "payload_too_large")
		equal(len(server.transactions), 1, "MAIL commands")


def test_smtputf8():
	local = "j\u00fcrgen@example.com"
	with FaultServer() as server, Relay(server.port) as relay:
		check_accepted(relay.post(message(to=local)))
		true("SMTPUTF8" in server.taken()[0].parameters, "no SMTPUTF8")
		equal(server.taken()[0].recipients, [local])
		check_accepted(relay.post(message()))
		true("SMTPUTF8" not in server.taken()[1].parameters,
		    "SMTPUTF8 without need")
	with FaultServer(Plan(extensions=("PIPELINING",))) as server, Relay(
	    server.port) as relay:
		for fields in ({"to": local}, {"reply_to": local}):
			check_error(relay.post(message(**fields)), 502,
			    "smtp_rejected")
		check_accepted(relay.post(message()), None)
		equal(len(server.taken()), 1, "taken")
