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

"""Through real mail servers, read back with Python's email package."""

import datetime
import email
import email.header
import email.policy
import email.utils
import re

import load
from contract import check_accepted, check_error
from exim import Exim
from opensmtpd import OpenSMTPD
from outcome import each, equal, true, wait_for
from postfix import Postfix
from private_server import shared
from relay import Relay, message
from test_metrics import eventually

SERVERS = (("postfix", Postfix), ("opensmtpd", OpenSMTPD), ("exim", Exim))

# OpenSMTPD takes no quoted local part with a blank.
REFUSED = {("opensmtpd", "quoted-local")}

POEM = """\u00c4pfel, \u03a9mega, \u65e5\u672c\u8a9e, \u05e9\u05dc\u05d5\u05dd, \U0001f600\U0001f468\u200d\U0001f469\u200d\U0001f467

.
..
. a dot first
From here on
trailing blanks   \t
=3D is no equals sign, = is
\ttabs\tand   runs of blanks
-- \nsignature
"""

CASES = (
	("plain", {}),
	("empty", {"body": ""}),
	("one-newline", {"body": "\n"}),
	("newlines", {"body": "\n\n\n"}),
	("no-newline-at-end", {"body": "no newline"}),
	("lone-dots", {"body": ".\n..\n.\n"}),
	("crlf", {"body": "one\r\ntwo\r\n\r\nthree\r\n"}),
	("mixed-line-ends", {"body": "one\r\ntwo\nthree\r\nfour\n"}),
	("from-lines", {"body": "From me\n>From you\nFrom\n"}),
	("trailing-blanks", {"body": "a \nb\t\n  \n"}),
	("unicode", {"body": POEM, "subject": "Gr\u00fc\u00dfe aus \u6771\u4eac \U0001f600",
	    "from_name": "J\u00fcrgen \u65e5\u672c"}),
	("long-line", {"body": "x" * 5000 + "\n" + "y " * 3000 + "\n"}),
	("long-unicode-line", {"body": "\u65e5\u672c\u8a9e" * 2000}),
	("line-998", {"body": "z" * 998 + "\n"}),
	("control", {"body": "bell \x07, escape \x1b, form feed \x0c\n"}),
	("right-to-left", {"body": "\u202e\u05d0\u05d1\u05d2\n",
	    "subject": "\u05e9\u05dc\u05d5\u05dd \u05e2\u05d5\u05dc\u05dd"}),
	("long-subject", {"subject": "word " * 50 + "end"}),
	("long-word-subject", {"subject": "w" * 255}),
	("long-unicode-subject", {"subject": "\u00e4\u65e5\U0001f600" * 85}),
	("subject-blanks", {"subject": " two  blanks "}),
	("subject-like-encoded", {"subject": "=?utf-8?q?not_this?= =?"}),
	("subject-tab", {"subject": "a\tb"}),
	("name-specials", {"from_name": 'O"Brien, Pat (at) <home> \\ @ ; :'}),
	("name-long", {"from_name": "n" * 128}),
	("name-unicode-long", {"from_name": "\u65e5" * 128}),
	("cc-and-reply-to", {"to": ["a@example.com", "b@example.org"],
	    "cc": ["c@example.com", "d@example.org"],
	    "reply_to": ["reply@example.net", "else@example.net"]}),
	("reply-to-one", {"reply_to": "reply@example.net"}),
	("many-recipients", {"to": ["a-rather-long-local-part-%d@example.com" % i
	    for i in range(10)]}),
	("quoted-local", {"to": '"with blank"@example.com'}),
	("64k", {"body": ("0123456789" * 7 + "\n") * 900}),
)


def now():
	return datetime.datetime.now(datetime.timezone.utc)


BEGUN = now().replace(microsecond=0)


def normal(text):
	"""Line ends as LF, and one at the end of the last line."""
	text = text.replace("\r\n", "\n")
	return text if text.endswith("\n") else text + "\n"


def find(server, request_id, count=1):
	"""The copies that were stored of one request's message."""
	def stored():
		found = [m for m in server.messages() if request_id.encode() in m]
		return found if len(found) >= count else None
	return wait_for(stored, "%d copies of %s" % (count, request_id), 0.05)


def delivered_to(octets):
	read = email.message_from_bytes(octets)
	return read["Delivered-To"] or read["Envelope-To"]


def as_list(value):
	return value if isinstance(value, list) else [value] if value else []


def addresses(header):
	return [a.addr_spec for a in header.addresses] if header else []


def display_name(octets):
	"""By email.header: Python before 3.13 keeps the blanks between the
	encoded-words of a phrase, which RFC 2047 6.2 says are none."""
	field = email.message_from_bytes(octets)["From"]
	phrase = field.rpartition("<")[0].strip()
	if phrase.startswith('"'):
		return email.utils.parseaddr(field)[0]
	return str(email.header.make_header(email.header.decode_header(
	    " ".join(phrase.split()))))


def check_message(octets, document, request_id):
	read = email.message_from_bytes(octets, policy=email.policy.default)
	equal(read.defects, [], "defects")
	for name in ("From", "To", "Subject", "Date", "Message-ID",
	    "MIME-Version", "Content-Type"):
		equal(len(read.get_all(name, [])), 1, "fields " + name)
		equal(list(read[name].defects), [], "defects of " + name)
	equal(read["Subject"], document["subject"], "Subject")
	equal(read["Message-ID"], "<%s@example.com>" % request_id, "Message-ID")
	equal(addresses(read["From"]), ["noreply@example.com"], "From")
	equal(display_name(octets), document.get("from_name", "Example"),
	    "the name in From")
	equal(addresses(read["To"]), as_list(document["to"]), "To")
	equal(addresses(read["Cc"]), as_list(document.get("cc")), "Cc")
	equal(addresses(read["Reply-To"]), as_list(document.get("reply_to")),
	    "Reply-To")
	equal(read.get_content_type(), "text/plain", "Content-Type")
	equal(normal(read.get_content()), normal(document["body"]), "the text")
	date = read["Date"].datetime
	equal(date.utcoffset(), datetime.timedelta(0), "Date's zone")
	true(BEGUN <= date <= now(), "Date is %s" % read["Date"])


def check_lines(octets):
	head = octets.split(b"\n\n")[0]
	true(all(len(l) <= 998 for l in octets.split(b"\n")), "a line over 998")
	for line in re.split(rb"\n(?!$)", head):
		if line.startswith((b"Subject", b" ", b"From", b"To", b"Cc")):
			true(len(line) <= 78 or b" " not in line.strip(),
			    "not folded at 78: %r" % line)
	true(octets.isascii(), "not 7-bit clean")
	true(b"\r" not in octets, "a bare CR")


@each((("%s-%s" % (server, case), kind, fields)
    for server, kind in SERVERS for case, fields in CASES
    if (server, case) not in REFUSED))
def test_read_back(kind, fields):
	server = shared(kind)
	document = message(**fields)
	with Relay(server.port, mail="max body 128K") as relay:
		request_id = check_accepted(relay.post(document),
		    None)["request_id"]
		recipients = as_list(document["to"]) + as_list(document.get("cc"))
		copies = find(server, request_id, len(recipients))
		delivered = [delivered_to(c) for c in copies]
		equal(sorted(delivered), sorted(recipients), "Delivered-To")
		for copy in copies:
			equal(email.message_from_bytes(copy)["Return-Path"],
			    "<noreply@example.com>")
			check_message(copy, document, request_id)
			check_lines(copy)


@each(SERVERS)
def test_refused(kind):
	"""One refused recipient: nobody gets it."""
	server = shared(kind)
	with Relay(server.port) as relay:
		document = check_error(relay.post(message(to=["a@example.com",
		    "refused@example.com"])), 502, "smtp_rejected")
		equal([(r["field"], r["code"]) for r in document["recipients"]],
		    [("to[1]", 550)])
		later = check_accepted(relay.post(message()), None)["request_id"]
		find(server, later)
		true(not any(document["request_id"].encode() in m
		    for m in server.messages()), "delivered all the same")


def test_busy_postfix():
	server = shared(Postfix)
	with Relay(server.port) as relay:
		document = check_error(relay.post(message(
		    to="busy@example.com")), 502, "smtp_unavailable")
		equal(document["smtp"], {"code": 450, "enhanced": "4.2.0"})


def test_smtputf8_postfix():
	server = shared(Postfix)
	with Relay(server.port) as relay:
		to = "j\u00fcrgen@example.com"
		request_id = check_accepted(relay.post(message(to=to)),
		    None)["request_id"]
		copy = find(server, request_id)[0]
		true(("Delivered-To: " + to).encode() in copy, "Delivered-To")
		true(("To: " + to).encode() in copy, "To")


def test_smtputf8_opensmtpd():
	"""OpenSMTPD does not know it: refused, not mangled."""
	with Relay(shared(OpenSMTPD).port) as relay:
		check_error(relay.post(message(to="j\u00fcrgen@example.com")), 502,
		    "smtp_rejected")


@each(SERVERS)
def test_hundred(kind):
	"""A hundred over few connections: each stored once."""
	server = shared(kind)
	with Relay(server.port, relay="connections 4") as relay:
		with load.Load(relay.port, threads=8, count=100) as sender:
			sender.wait()
		equal(sender.failures, [])
		equal(len(sender.accepted), 100)
		for request_id in sender.accepted:
			equal(len(find(server, request_id)), 1)


def test_postfix_closes_idle():
	"""A real server that hangs up after five seconds of silence."""
	with Postfix(idle="5s") as server, Relay(server.port) as relay:
		for _ in range(3):
			check_accepted(relay.post(message()), None)
			eventually(relay, "rele_relay_connections", 0)
		equal(len(server.wait_for_messages(3)), 3)


def test_postfix_restarts():
	with Postfix() as server, Relay(server.port) as relay:
		check_accepted(relay.post(message()), None)
		server.halt()
		check_error(relay.post(message()), 502, "smtp_unavailable")
		server.start()
		wait_for(lambda: relay.post(message()).status == 202, "mail again")
