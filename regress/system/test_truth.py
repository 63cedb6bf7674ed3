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

import dataclasses
import re
import threading
import time

import process
from certificates import certificates
from contract import check_accepted, check_error
from fault_server import (Drop, FaultServer, HalfHandshake, Held, Last, Plan,
    Reset, Silence, Slow)
from http_client import post_octets
from outcome import each, equal, frugal, true, wait_for
from relay import SECRET, Relay, message
from tcp import free_port
from truth import (ACCEPTED, ANY, LOG, REJECTED, UNAVAILABLE, UNKNOWN,
    check_told)

GARBAGE = b"hello, is anybody there?\r\n"
BUSY = Last("421 4.3.2 Busy")
MEGABYTES = {
	"line": b"250-" + b"a" * 10000000 + b"\r\n250 2.1.0 Ok\r\n",
	"endless": b"250 " + b"a" * 10000000,
	"lines": b"250-2.1.0 a line of the reply\r\n" * 330000 +
	    b"250 2.1.0 Ok\r\n",
}
USERS = {"relay": "open sesame"}


@dataclasses.dataclass
class Transport:
	"""How relay and server speak with each other."""
	tls: str = None
	auth: bool = False
	patience: int = None		# seconds that the relay waits for each

	def server(self, plan):
		return FaultServer(plan, tls=self.tls, users=USERS if self.auth else
		    None)

	def relay(self, server):
		items = []
		if self.patience:
			items.append("timeout submission %ds" % self.patience)
		if self.tls:
			items.append('tls %s ca "%s"' % (self.tls,
			    certificates().ca.path))
		if self.auth:
			items.append('auth "relay" password "open sesame"')
		return Relay(server.port, relay=" ".join(items), log=LOG)


BRIEFLY = 5
CLEAR = Transport()
STARTTLS = Transport("starttls")
IMPLICIT = Transport("implicit")
AUTH = Transport("implicit", True)
ALL = Transport("starttls", True)
# For servers that say nothing.
BRIEF = Transport(patience=BRIEFLY)
BRIEF_STARTTLS = Transport("starttls", patience=BRIEFLY)
BRIEF_IMPLICIT = Transport("implicit", patience=BRIEFLY)
BRIEF_AUTH = Transport("implicit", True, patience=BRIEFLY)


def in_tls(action):
	"""Only once TLS is there."""
	return lambda session: action if session.tls else None


def only_helo(session):
	"""As a server that is older than EHLO."""
	line = session.server.commands[-1][1]
	return "502 5.5.1 What" if line.startswith("EHLO") else None


def deaf(session):
	"""Reads no more, until the relay has had enough."""
	wait_for(lambda: session.closed(), "the relay to leave")
	return Drop


def in_vain(stage):
	"""The connection is given up half a second before who waits for it; a relay
	that is stopped meanwhile may see both at once."""
	return ("connect", stage)


# Without TLS: (name, plan, answer, the reply code that client, ledger and log are
# shown, the stage that the log names)
IN_CLEAR = (
	("greeting-421", Plan(greeting=BUSY), UNAVAILABLE, ANY, "greeting"),
	("greeting-554", Plan(greeting=Last("554 5.3.2 No")), UNAVAILABLE, ANY,
	    "greeting"),
	("greeting-drop", Plan(greeting=Drop), UNAVAILABLE, None, "greeting"),
	("greeting-reset", Plan(greeting=Reset), UNAVAILABLE, None,
	    ("connect", "greeting")),
	("greeting-silence", Plan(greeting=Silence), UNAVAILABLE, None,
	    in_vain("greeting")),
	("greeting-garbage", Plan(greeting=GARBAGE), UNAVAILABLE, None,
	    "greeting"),
	("greeting-delay", Plan(greeting=Slow(1)), ACCEPTED, 250, "reply"),
	("greeting-lines", Plan(greeting="220-one\r\n220-two\r\n220 three"),
	    ACCEPTED, 250, "reply"),
	("greeting-many-lines", Plan(greeting="220-a\r\n" * 1000 + "220 b"),
	    ACCEPTED, 250, "reply"),
	("ehlo-421", Plan(ehlo=BUSY), UNAVAILABLE, ANY, "ehlo"),
	("ehlo-drop", Plan(ehlo=Drop), UNAVAILABLE, None, "ehlo"),
	("ehlo-silence", Plan(ehlo=Silence), UNAVAILABLE, None,
	    in_vain("ehlo")),
	("ehlo-garbage", Plan(ehlo=GARBAGE), UNAVAILABLE, None, "ehlo"),
	("mail-421", Plan(mail=BUSY), UNAVAILABLE, 421, "mail"),
	("mail-451", Plan(mail="451 4.3.0 Later"), UNAVAILABLE, 451, "mail"),
	("mail-550", Plan(mail="550 5.7.1 No"), REJECTED, 550, "mail"),
	("mail-354", Plan(mail="354 What"), UNAVAILABLE, ANY, "mail"),
	("mail-drop", Plan(mail=Drop), UNAVAILABLE, None, "mail"),
	("mail-reset", Plan(mail=Reset), UNAVAILABLE, None, "mail"),
	("mail-silence", Plan(mail=Silence), UNAVAILABLE, None, "mail"),
	("mail-garbage", Plan(mail=GARBAGE), UNAVAILABLE, None, "mail"),
	("rcpt-421", Plan(rcpt=BUSY), UNAVAILABLE, 421, "rcpt"),
	("rcpt-450", Plan(rcpt="450 4.2.1 Busy"), UNAVAILABLE, 450, "rcpt"),
	("rcpt-550", Plan(rcpt="550 5.1.1 Nobody"), REJECTED, 550, "rcpt"),
	("rcpt-550-lines", Plan(rcpt="550-5.1.1 Nobody\r\n550 5.1.1 here"),
	    REJECTED, 550, "rcpt"),
	("rcpt-drop", Plan(rcpt=Drop), UNAVAILABLE, None, "rcpt"),
	("rcpt-silence", Plan(rcpt=Silence), UNAVAILABLE, None, "rcpt"),
	("rcpt-garbage", Plan(rcpt=GARBAGE), UNAVAILABLE, None, "rcpt"),
	("rcpt-251", Plan(rcpt="251 2.1.5 Will forward"), ACCEPTED, 250, "reply"),
	("data-421", Plan(data=BUSY), UNAVAILABLE, 421, "data"),
	("data-451", Plan(data="451 4.3.0 Later"), UNAVAILABLE, 451, "data"),
	("data-554", Plan(data="554 5.6.0 No"), REJECTED, 554, "data"),
	("data-250", Plan(data="250 2.0.0 Ok"), UNAVAILABLE, ANY, "data"),
	("data-drop", Plan(data=Drop), UNAVAILABLE, None, "data"),
	("data-silence", Plan(data=Silence), UNAVAILABLE, None, "data"),
	("data-garbage", Plan(data=GARBAGE), UNAVAILABLE, None, "data"),
	("dot-421", Plan(dot=BUSY), UNAVAILABLE, 421, "reply"),
	("dot-451", Plan(dot="451 4.3.0 Later"), UNAVAILABLE, 451, "reply"),
	("dot-550", Plan(dot="550 5.7.1 Spam"), REJECTED, 550, "reply"),
	("dot-552", Plan(dot="552 5.2.2 Full"), REJECTED, 552, "reply"),
	("dot-drop", Plan(dot=Drop), UNKNOWN, None, "reply"),
	("dot-reset", Plan(dot=Reset), UNKNOWN, None, "reply"),
	("dot-silence", Plan(dot=Silence), UNKNOWN, None, "reply"),
	("dot-garbage", Plan(dot=GARBAGE), UNKNOWN, None, "reply"),
	("dot-354", Plan(dot="354 Again"), UNKNOWN, ANY, "reply"),
	("dot-600", Plan(dot="600 Again"), UNKNOWN, ANY, "reply"),
	("dot-half-line", Plan(dot=b"250 2.0.0"), UNKNOWN, None, "reply"),
	("dot-lines", Plan(dot="250-2.0.0 Ok\r\n250 2.0.0 queued"), ACCEPTED, 250,
	    "reply"),
	("dot-many-lines", Plan(dot="250-2.0.0 Ok\r\n" * 1000 + "250 2.0.0 queued"),
	    ACCEPTED, 250, "reply"),
	("dot-slow", Plan(dot=Slow(0.02, octet_by_octet=True)), ACCEPTED, 250,
	    "reply"),
	("all-slow", Plan(*[Slow(0.2)] * 6), ACCEPTED, 250, "reply"),
	("quit-drop", Plan(quit=Drop), ACCEPTED, 250, "reply"),
	("quit-silence", Plan(quit=Silence), ACCEPTED, 250, "reply"),
	("no-extensions", Plan(extensions=()), ACCEPTED, 250, "reply"),
	("no-pipelining-550", Plan(rcpt="550 5.1.1 Nobody", extensions=()),
	    REJECTED, 550, "rcpt"),
	("no-pipelining-drop", Plan(rcpt=Drop, extensions=()), UNAVAILABLE, None,
	    "rcpt"),
	("rcpt-550-data-354", Plan(rcpt="550 5.1.1 Nobody", data="354 Go"),
	    REJECTED, 550, "rcpt"),
	("mail-550-data-354", Plan(mail="550 5.1.1 No", data="354 Go"),
	    REJECTED, 550, "mail"),
)

# The same with a transport, in the second column.
SECURED = (
	("starttls", STARTTLS, Plan(), ACCEPTED, 250, "reply"),
	("starttls-missing", STARTTLS, Plan(offers_tls=False), UNAVAILABLE, None,
	    "tls"),
	("starttls-helo", STARTTLS, Plan(ehlo=only_helo), UNAVAILABLE, None, "tls"),
	("starttls-421", STARTTLS, Plan(starttls=BUSY), UNAVAILABLE, ANY, "tls"),
	("starttls-454", STARTTLS, Plan(starttls="454 4.7.0 Not now"),
	    UNAVAILABLE, ANY, "tls"),
	("starttls-502", STARTTLS, Plan(starttls="502 5.5.1 What"), UNAVAILABLE,
	    ANY, "tls"),
	("starttls-250", STARTTLS, Plan(starttls="250 2.0.0 Ok"), UNAVAILABLE,
	    ANY, "tls"),
	("starttls-drop", STARTTLS, Plan(starttls=Drop), UNAVAILABLE, None, "tls"),
	("starttls-reset", STARTTLS, Plan(starttls=Reset), UNAVAILABLE, None,
	    "tls"),
	("starttls-silence", BRIEF_STARTTLS, Plan(starttls=Silence), UNAVAILABLE, None,
	    in_vain("tls")),
	("starttls-garbage", STARTTLS, Plan(starttls=GARBAGE), UNAVAILABLE, None,
	    "tls"),
	("starttls-lines", STARTTLS, Plan(starttls="220-2.0.0 Go\r\n220 ahead"),
	    ACCEPTED, 250, "reply"),
	# CVE-2011-0411: what an attacker puts behind the reply is never obeyed.
	("starttls-injection", STARTTLS, Plan(starttls=b"220 2.0.0 Go ahead\r\n"
	    b"250-fault.example.test\r\n250 PIPELINING\r\n"), UNAVAILABLE, None,
	    "tls"),
	("starttls-injection-part", STARTTLS, Plan(
	    starttls=b"220 2.0.0 Go ahead\r\n2"), UNAVAILABLE, None, "tls"),
	("starttls-injection-tls", STARTTLS, Plan(
	    starttls=b"220 2.0.0 Go ahead\r\n\x16\x03"), UNAVAILABLE, None, "tls"),
	("tls-drop", ALL, Plan(tls=Drop), UNAVAILABLE, None, "tls"),
	("tls-reset", STARTTLS, Plan(tls=Reset), UNAVAILABLE, None, "tls"),
	("tls-silence", BRIEF_STARTTLS, Plan(tls=Silence), UNAVAILABLE, None,
	    in_vain("tls")),
	("tls-garbage", STARTTLS, Plan(tls=GARBAGE), UNAVAILABLE, None, "tls"),
	("tls-half", STARTTLS, Plan(tls=HalfHandshake), UNAVAILABLE, None, "tls"),
	("secure-ehlo-421", STARTTLS, Plan(ehlo=in_tls(BUSY)), UNAVAILABLE, ANY,
	    "ehlo"),
	("secure-ehlo-drop", STARTTLS, Plan(ehlo=in_tls(Drop)), UNAVAILABLE,
	    None, "ehlo"),
	("implicit", IMPLICIT, Plan(), ACCEPTED, 250, "reply"),
	("implicit-drop", IMPLICIT, Plan(tls=Drop), UNAVAILABLE, None, "tls"),
	("implicit-silence", BRIEF_IMPLICIT, Plan(tls=Silence), UNAVAILABLE, None,
	    in_vain("tls")),
	("implicit-garbage", IMPLICIT, Plan(tls=GARBAGE), UNAVAILABLE, None,
	    "tls"),
	("implicit-greeting", IMPLICIT, Plan(
	    tls=b"220 fault.example.test ESMTP\r\n"), UNAVAILABLE, None, "tls"),
	("implicit-half", IMPLICIT, Plan(tls=HalfHandshake), UNAVAILABLE, None,
	    "tls"),
	("implicit-greeting-421", IMPLICIT, Plan(greeting=BUSY), UNAVAILABLE, ANY,
	    "greeting"),
	("implicit-mail-421", IMPLICIT, Plan(mail=BUSY), UNAVAILABLE, 421, "mail"),
	("implicit-rcpt-550", IMPLICIT, Plan(rcpt="550 5.1.1 Nobody"), REJECTED,
	    550, "rcpt"),
	("implicit-dot-451", IMPLICIT, Plan(dot="451 4.3.0 Later"), UNAVAILABLE,
	    451, "reply"),
	("implicit-dot-drop", IMPLICIT, Plan(dot=Drop), UNKNOWN, None, "reply"),
	("implicit-dot-reset", IMPLICIT, Plan(dot=Reset), UNKNOWN, None, "reply"),
	("implicit-dot-silence", BRIEF_IMPLICIT, Plan(dot=Silence), UNKNOWN, None,
	    "reply"),
	("implicit-dot-slow", IMPLICIT, Plan(dot=Slow(0.01, octet_by_octet=True)),
	    ACCEPTED, 250, "reply"),
	("auth", AUTH, Plan(), ACCEPTED, 250, "reply"),
	("starttls-auth", ALL, Plan(), ACCEPTED, 250, "reply"),
	("starttls-auth-missing", ALL, Plan(offers_tls=False,
	    clear_mechanisms=("PLAIN", "LOGIN")), UNAVAILABLE, None, "tls"),
	("auth-missing", AUTH, Plan(mechanisms=()), UNAVAILABLE, None, "auth"),
	("auth-unknown", AUTH, Plan(mechanisms=("CRAM-MD5", "XOAUTH2")),
	    UNAVAILABLE, None, "auth"),
	("auth-421", ALL, Plan(auth=BUSY), UNAVAILABLE, ANY, "auth"),
	("auth-454", AUTH, Plan(auth="454 4.7.0 Later"), UNAVAILABLE, ANY, "auth"),
	("auth-535", AUTH, Plan(auth="535 5.7.8 No"), UNAVAILABLE, ANY, "auth"),
	("auth-334", AUTH, Plan(auth="334 "), UNAVAILABLE, ANY, "auth"),
	("auth-354", AUTH, Plan(auth="354 Go"), UNAVAILABLE, ANY, "auth"),
	("auth-drop", AUTH, Plan(auth=Drop), UNAVAILABLE, None, "auth"),
	("auth-reset", AUTH, Plan(auth=Reset), UNAVAILABLE, None, "auth"),
	("auth-silence", BRIEF_AUTH, Plan(auth=Silence), UNAVAILABLE, None,
	    in_vain("auth")),
	("auth-garbage", AUTH, Plan(auth=GARBAGE), UNAVAILABLE, None, "auth"),
	("auth-250", AUTH, Plan(auth="250 2.7.0 Ok"), ACCEPTED, 250, "reply"),
	("login-535", AUTH, Plan(mechanisms=("LOGIN",), challenge=[
	    "334 VXNlcm5hbWU6", "535 5.7.8 No"]), UNAVAILABLE, ANY, "auth"),
	("login-334", AUTH, Plan(mechanisms=("LOGIN",), auth="334 Again"),
	    UNAVAILABLE, ANY, "auth"),
	("login-ahead", AUTH, Plan(mechanisms=("LOGIN",),
	    challenge="334 VXNlcm5hbWU6\r\n334 UGFzc3dvcmQ6"), UNAVAILABLE, ANY,
	    "auth"),
	("login-drop", AUTH, Plan(mechanisms=("LOGIN",), challenge=Drop),
	    UNAVAILABLE, None, "auth"),
	("login-silence", BRIEF_AUTH, Plan(mechanisms=("LOGIN",), challenge=Silence),
	    UNAVAILABLE, None, in_vain("auth")),
)
TABLE = tuple((row[0], BRIEF if re.search("silence|half-line", row[0]) else CLEAR) +
    row[1:] for row in IN_CLEAR) + SECURED


@each(TABLE)
def test_table(transport, plan, answer, code, stage):
	with transport.server(plan) as server, transport.relay(server) as relay:
		document = check_told(relay, relay.post(message()), answer, code,
		    stage)
		if transport.patience == BRIEFLY and isinstance(stage, tuple):
			wait_for(lambda: stage_of_end(relay) == stage[-1],
			    "the log to say how far the connection came")
		check_truth(server, answer[0], document)
		check_clear(server, transport)
		# A relay that could not be set up is probed once a second: a few
		# rows are enough.
		if transport in (CLEAR, BRIEF, ALL):
			check_recovers(server, relay)
			check_clear(server, transport)


def stage_of_end(relay):
	"""Of the first connection that made the relay one that is down."""
	line = re.search(r'"event":"relay_down".*?"stage":"([a-z]+)"', relay.log())
	return line and line.group(1)


def check_recovers(server, relay):
	server.plan = Plan()
	wait_for(lambda: relay.post(message()).status == 202,
	    "mail to go through again")


def check_clear(server, transport):
	"""Where TLS is configured, nothing but its beginning goes without."""
	if transport.tls:
		equal({line.split(" ")[0] for line in server.clear} -
		    {"EHLO", "HELO", "STARTTLS", "QUIT"}, set(),
		    "commands in the clear")
	if transport.auth:
		true(all(t.user == "relay" for t in server.taken()),
		    "taken without AUTH")


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
			equal([r["field"] for r in document["recipients"]], refused)
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


@each((("clear", CLEAR), ("secured", ALL)))
def test_partial_mixed(transport):
	"""Refused for now and for good: nobody gets it, both are named, and that one
	is for good decides."""
	plan = Plan(rcpt={"b@example.com": "450 4.2.1 Busy",
	    "c@example.com": "550 5.1.1 Nobody"})
	with transport.server(plan) as server, transport.relay(server) as relay:
		response = relay.post(message(to=["a@example.com",
		    "b@example.com"], cc=["c@example.com", "d@example.com"]))
		document = check_told(relay, response, REJECTED, 550, "rcpt")
		equal([(r["field"], r["code"]) for r in document["recipients"]],
		    [("to[1]", 450), ("cc[0]", 550)])
		equal(server.completed(), [], "messages sent")
		check_recovers(server, relay)


@each((("accepted", CLEAR, "250 2.0.0 Ok", "smtp_accepted"),
    ("rejected", CLEAR, "550 5.7.1 Spam", "smtp_failed"),
    ("temporary", CLEAR, "451 4.3.0 Later", "smtp_failed"),
    ("secured", AUTH, "250 2.0.0 Ok", "smtp_accepted")))
def test_late_reply(transport, reply, status):
	"""A reply that comes after the client was told 504 corrects the ledger."""
	gate = threading.Event()
	brief = dataclasses.replace(transport, patience=BRIEFLY)
	with brief.server(Plan(dot=Held(gate, reply))) as server, \
	    brief.relay(server) as relay:
		document = check_error(relay.post(message()), 504,
		    "smtp_outcome_unknown")
		identifier = document["request_id"]
		equal(relay.submission(identifier).json()["status"],
		    "smtp_outcome_unknown")
		gate.set()
		wait_for(lambda: relay.submission(identifier).json()["status"] ==
		    status, "the ledger to say " + status)


@each((stage + "-" + name, transport, stage, octets)
    for transport, stage in ((CLEAR, "greeting"), (CLEAR, "ehlo"),
    (CLEAR, "mail"), (CLEAR, "dot"), (STARTTLS, "starttls"), (AUTH, "auth"))
    for name, octets in MEGABYTES.items())
def test_ten_megabytes(transport, stage, octets):
	"""A reply of that size: survived in little memory, whatever is made of it."""
	with transport.server(Plan(**{stage: octets})) as server, \
	    transport.relay(server) as relay:
		response = relay.post(message())
		if response.status == 504 and stage == "dot":
			check_error(response, 504, "smtp_outcome_unknown")
			equal(len(server.completed()), 1, "sent in full")
		elif response.status != 202:
			check_error(response, 502, "smtp_unavailable")
			equal(server.completed(), [], "sent in full")
		else:
			equal(len(server.taken()), 1, "taken")
		peak = int(process.status(relay.smtp_child())["VmHWM"].split()[0])
		frugal(peak < 30000, "relayd-smtp took %d KiB" % peak)
		if stage in ("mail", "dot"):
			check_recovers(server, relay)


@each((("clear-421", CLEAR, BUSY), ("clear-drop", CLEAR, Drop),
    ("clear-reset", CLEAR, Reset), ("clear-deaf", BRIEF, deaf),
    ("implicit-421", IMPLICIT, BUSY), ("implicit-drop", IMPLICIT, Drop),
    ("starttls-reset", STARTTLS, Reset),
    ("implicit-deaf", BRIEF_IMPLICIT, deaf)))
def test_end_in_content(transport, end):
	"""While the content is still being written: not sent, and to be tried
	again."""
	with transport.server(Plan(content=end)) as server, \
	    transport.relay(server) as relay:
		relay.reload(mail="max body 16M", top="max request 32M\n"
		    "max memory 64M")
		document = check_told(relay, relay.post(message(
		    body="a line of the message\n" * 700000)), UNAVAILABLE, ANY,
		    "content")
		check_truth(server, 502, document)
		equal(server.completed(), [], "sent in full")
		check_recovers(server, relay)


@each((("clear-421", CLEAR, BUSY), ("clear-reset", CLEAR, Reset),
    ("starttls-421", STARTTLS, BUSY), ("starttls-drop", STARTTLS, Drop),
    ("auth-drop", AUTH, Drop), ("auth-reset", AUTH, Reset)))
def test_idle_end(transport, end):
	"""421, or the end, while idle: nothing lost, nothing twice."""
	with transport.server(Plan(idle=0.05, idle_end=end)) as server, \
	    transport.relay(server) as relay:
		count = 15
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
		check_clear(server, transport)


def test_no_enhanced_codes():
	plan = Plan(dot="250 Ok", extensions=("PIPELINING",))
	with FaultServer(plan) as server, Relay(server.port) as relay:
		document = check_accepted(relay.post(message()), None)
		equal(document["smtp"].get("enhanced"), None)
		server.plan = Plan(rcpt="550 Nobody", extensions=("PIPELINING",))
		document = check_error(relay.post(message()), 502, "smtp_rejected")
		equal(document["recipients"], [{"field": "to", "code": 550}])


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
		check_accepted(relay.post(message()), None)
		equal(server.connections, 1, "connections")


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
			document = check_error(relay.post(message(**fields)), 502,
			    "smtp_rejected")
			true("SMTPUTF8" in document["message"], document["message"])
			true("smtp" not in document, "a reply of nobody's")
		check_accepted(relay.post(message()), None)
		equal(len(server.taken()), 1, "taken")
		equal(server.connections, 1, "connections")
