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

"""Any message that may be posted reads back as it was posted."""

import base64
import email
import email.header
import email.policy
import os
import random
import re

from contract import check_accepted
from exim import Exim
from fault_server import FaultServer
from http_client import Connection, post_octets
from opensmtpd import OpenSMTPD
from outcome import Failure, each, equal, true, wait_for
from postfix import Postfix
from private_server import shared
from relay import SECRET, Relay, message

COUNT = 3000
COUNT_DELIVERED = 40		# by each real server

PARTS = {"top": "max request 4M",
    "mail": "html\nattachments max 5 size 1M total 2M"}

PIECES = ("a", "word", " ", "  ", "\t", ".", "..", "=", "=3D", "=_", "--=_",
    "--=_m_req_01", "--=_a_", "--", "-- ", "From ", ">From ", "From", "\n", "\r\n",
    "\n\n", "\r", "\r\r\n", "\n\r", "\x01", "\x07", "\x1b", "\x7f", "\u0085",
    "\u00e4", "\u00df", "\u65e5\u672c", "\U0001f600",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467", "\u05e9\u05dc\u05d5\u05dd", "\u202e",
    "\u200f", "\u2028", "\ufeff", "<p>x</p>", '<img src="cid:logo">', "&amp;",
    "a sentence of some length, as people write them")
# What a file may be called: anything but control characters, / and \.
NAME_PIECES = ("a", "b", "report", ".", "..", ".pdf", " ", "  ", '"', "'", "%", "%41",
    "*", ";", "=", "=?", "=?utf-8?q?x?=", "?=", ",", "(", ")", "<", ">", "@", ":",
    "utf-8''", "~", "\u00e4", "a\u0308", "\u65e5\u672c", "\U0001f600", "\u05e9",
    "\u202e", "\u00a0", "\u200b", "\ufeff", "name*0*=")
TYPES = ("text/plain", "text/html", "text/csv", "application/pdf",
    "application/octet-stream", "image/png", "TEXT/Plain", "x-odd/a.b+c",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "a!#$%&'*+-.^_`{|}~/b", "application/" + "x" * 100)
PARAMETERS = ("charset=utf-8", 'charset="utf-8"', "format=flowed", "delsp=yes",
    'title="a b; c=d"', 'note="x\\"y\\\\z"', "long=" + "v" * 60, 'q="' + "w " * 40 + 'w"',
    "boundary=abc", "x=1")
ATOMS = ("logo", "a.b", "part1.06090408.01060107", "!#$%&'*+-/=?^_`{|}~", "x" * 100)
DOMAINS = ("", "@example.com", "@a", "@" + "b" * 63 + ".example")


class Maker:
	"""Random messages, in what api.md allows."""

	def __init__(self, seed):
		self.random = random.Random(seed)

	def text(self, pieces=PIECES, most=None):
		r = self.random
		kinds = r.sample(pieces, r.randint(1, min(len(pieces), 12)))
		most = most or (300 if r.random() < .1 else 30)
		return "".join(r.choice(kinds) * (r.randint(1, 300)
		    if r.random() < .02 else 1) for _ in range(r.randint(0, most)))

	def line(self, octets, characters=None):
		"""Of a header field: not blank, no control."""
		made = "".join(c for c in self.text(NAME_PIECES, 20))
		made = made[:characters].encode()[:octets].decode(errors="ignore")
		return made if made.strip() else "x" + made[1:]

	def filename(self):
		made = self.text(NAME_PIECES, 20)
		return made.encode()[:255].decode(errors="ignore") or "x"

	def content_type(self):
		r = self.random
		parts = [r.choice(TYPES)]
		if r.random() < .5:
			chosen = {}
			for each in r.sample(PARAMETERS, r.randint(1, 4)):
				chosen.setdefault(each.split("=")[0], each)
			parts += chosen.values()
		made = parts[0]
		for part in parts[1:]:
			added = made + r.choice((";", "; ", " ;  ")) + part
			made = added if len(added) <= 255 else made
		return made

	def attachment(self, number, html):
		r = self.random
		size = r.choice((0, 1, 2, 3, 56, 57, 58, 114)) if r.random() < .4 else \
		    r.randint(0, 5000 if r.random() < .1 else 300)
		document = {"filename": self.filename(),
		    "content_type": self.content_type(),
		    "data": base64.b64encode(r.randbytes(size)).decode()}
		if html and r.random() < .5:
			document["content_id"] = "%d%s%s" % (number, r.choice(ATOMS),
			    r.choice(DOMAINS))
		return document

	def message(self):
		r = self.random
		fields = {"subject": self.line(4000, 255), "body": self.text()}
		if r.random() < .5:
			fields["from_name"] = self.line(2000, 128)
		if r.random() < .5:
			fields["body_html" if r.random() < .8 else "html_body"] = \
			    self.text()
		html = "body_html" in fields or "html_body" in fields
		if r.random() < .6:
			fields["attachments"] = [self.attachment(i, html)
			    for i in range(r.randint(1, 5))]
		if r.random() < .3:
			fields["cc"] = ["c%d@example.org" % i
			    for i in range(r.randint(1, 5))]
		if r.random() < .3:
			fields["reply_to"] = ["r%d@example.net" % i
			    for i in range(r.randint(1, 3))]
		return message(**fields)


def canonical(text):
	"""CRLF and LF are line breaks; a bare CR is none."""
	return re.sub("\r?\n", "\r\n", text).encode()


def shape(document):
	"""The leaves that the message must have, in lists named by their level."""
	html = document.get("body_html", document.get("html_body"))
	attachments = document.get("attachments", [])
	inner = ("text/plain", document["body"])
	if html is not None:
		root = ("text/html", html)
		inline = [a for a in attachments if "content_id" in a]
		if inline:
			root = ("multipart/related", [root] + inline)
		inner = ("multipart/alternative", [inner, root])
	attached = [a for a in attachments if "content_id" not in a]
	if attached:
		return ("multipart/mixed", [inner] + attached)
	return inner


def unfolded(part, name):
	"""The field's body as it was before it was folded."""
	return part.get(name, "").replace("\r\n", "")


def parameters(value):
	"""What is before the first semicolon, and the parameters, by RFC 2045 and 2231;
	all of it must be read."""
	token = r"[^\x00-\x20\x7f-\xff()<>@,;:\\\"/\[\]?=]+"
	first = re.match(r" *([^;]*[^; ]) *", value)
	found, at = {}, first.end()
	while at < len(value):
		match = re.compile(r'; *(%s)=(%s|"((?:[^"\\]|\\.)*)") *' % (token,
		    token)).match(value, at)
		true(match, "parameters of %r at %d" % (value, at))
		text = match[2] if match[3] is None else \
		    re.sub(r"\\(.)", r"\1", match[3])
		true(match[1].lower() not in found, "%s is there twice" % match[1])
		found[match[1].lower()] = text
		at = match.end()
	return first[1], found


def extended(found, name):
	"""A parameter's value as RFC 2231 has it."""
	if name in found:
		return found[name]
	if name + "*" in found:
		text = found[name + "*"]
	else:
		sections = [k for k in found if k.startswith(name + "*")]
		text = "".join(found["%s*%d*" % (name, i)]
		    for i in range(len(sections)))
	charset, _, encoded = text.split("'")
	return re.sub(rb"%([0-9A-F]{2})", lambda m: bytes([int(m[1], 16)]),
	    encoded.encode()).decode(charset)


def check_text(part, content_type, text, alone):
	equal(unfolded(part, "Content-Type"), content_type + "; charset=utf-8")
	wanted = canonical(text)
	# SMTP sends whole lines, so 7bit cannot say that the last is not ended.
	if alone and part["Content-Transfer-Encoding"] == "7bit" and wanted and \
	    not wanted.endswith(b"\r\n"):
		wanted += b"\r\n"
	equal(part.get_payload(decode=True), wanted, "the text")
	equal(sorted(k.lower() for k in part.keys() if k.startswith("Content-")),
	    ["content-transfer-encoding", "content-type"])


def check_attachment(part, attachment):
	equal(part["Content-Transfer-Encoding"], "base64")
	equal(part.get_payload(decode=True), base64.b64decode(attachment["data"]),
	    "the attachment's octets")
	equal(parameters(unfolded(part, "Content-Type")),
	    parameters(attachment["content_type"]))
	inline = "content_id" in attachment
	disposition, found = parameters(unfolded(part, "Content-Disposition"))
	equal(disposition, "inline" if inline else "attachment")
	equal(extended(found, "filename"), attachment["filename"])
	# What an ordinary reader makes of it: it strips the name.
	equal(part.get_filename(), attachment["filename"].strip())
	if inline:
		equal(unfolded(part, "Content-ID"),
		    "<%s>" % attachment["content_id"])
	else:
		true("Content-ID" not in part, "a Content-ID that was not posted")


def check_part(part, wanted, boundaries, alone=False):
	"""A leaf, or the level's multipart with all that is in it."""
	if isinstance(wanted, dict):
		check_attachment(part, wanted)
		return
	content_type, content = wanted
	if isinstance(content, str):
		check_text(part, content_type, content, alone)
		return
	found, given = parameters(unfolded(part, "Content-Type"))
	equal(found, content_type)
	boundaries.append((given.pop("boundary"), len(content)))
	equal(given, {"type": "text/html"} if content_type == "multipart/related"
	    else {})
	true(not part.preamble and not part.epilogue, "octets between parts")
	children = part.get_payload()
	equal(len(children), len(content), "parts of " + content_type)
	for child, child_wanted in zip(children, content):
		check_part(child, child_wanted, boundaries)


def check_boundaries(lines, boundaries, request_id):
	"""They begin the lines that they should, and no others."""
	wanted = []
	for boundary, children in boundaries:
		true(boundary.startswith("=_") and request_id in boundary, boundary)
		equal(len(boundary), len(boundaries[0][0]), "length of a boundary")
		wanted += ["--" + boundary] * children + ["--" + boundary + "--"]
	found = [line.decode() for line in lines if line.startswith(b"--=_")]
	if boundaries:
		equal(sorted(found), sorted(wanted), "the boundaries' lines")


def check_header_lines(header):
	"""At most 78 octets, but where there is nothing to fold at."""
	for line in header.split(b"\r\n"):
		if len(line) <= 78:
			continue
		rest = re.sub(rb'"(\\.|[^"\\])*"', b"", line)
		true(b" " not in rest.split(b": ", 1)[-1].lstrip(b" "),
		    "a line of %d octets: %r" % (len(line), line))


def check_wire(octets):
	equal(re.findall(rb"(?<!\r)\n|\r(?!\n)|[\x80-\xff\0]", octets), [],
	    "bare CR, bare LF or 8-bit")
	true(octets.endswith(b"\r\n"), "the last line has no end")
	lines = octets.split(b"\r\n")
	true(max(map(len, lines)) <= 998, "a line is too long")
	return lines


def display_name(read):
	"""Python's own takes blanks away: see regress/unit/smtp_header.py."""
	raw = read["From"]
	if "=?utf-8?" not in raw:
		return email.message_from_string("From: %s\n\n" % raw,
		    policy=email.policy.default)["From"].addresses[0].display_name
	return str(email.header.make_header(email.header.decode_header(
	    unfolded(read, "From")[:unfolded(read, "From").rindex("?=") + 2])))


def check_message(octets, document, request_id):
	"""What was posted is what is read back."""
	# The server has doubled dots before it, as they are on the wire.
	true(max(map(len, octets.split(b"\r\n"))) <= 998, "a line is too long")
	octets = re.sub(rb"(^|\r\n)\.", rb"\1", octets)
	lines = check_wire(octets)
	read = email.message_from_bytes(octets)
	boundaries = []
	check_part(read, shape(document), boundaries, alone=True)
	check_boundaries(lines, boundaries, request_id)
	for part in read.walk():
		equal(part.defects, [])
	check_header_lines(octets.split(b"\r\n\r\n")[0])
	for boundary, _ in boundaries:
		for part in octets.split(b"\r\n--%s\r\n" % boundary.encode())[1:]:
			check_header_lines(part.split(b"\r\n\r\n")[0])
	equal(str(email.header.make_header(email.header.decode_header(
	    unfolded(read, "Subject")))), document["subject"])
	equal(display_name(read), document.get("from_name", "Example"))
	for name, field in (("To", "to"), ("Cc", "cc"), ("Reply-To", "reply_to")):
		posted = document.get(field, [])
		equal([a.strip() for a in unfolded(read, name).split(",") if a],
		    [posted] if isinstance(posted, str) else posted)


def make_maker():
	"""SEED=N chooses other messages."""
	seed = int(os.environ.get("SEED", "1"))
	print("    SEED=%d" % seed)
	return Maker(seed)


def test_random_messages():
	maker = make_maker()
	with FaultServer() as server, Relay(server.port, **PARTS) as relay:
		with Connection(relay.port) as connection:
			for number in range(COUNT):
				document = maker.message()
				answer = check_accepted(connection.exchange(
				    post_octets(document, SECRET)))
				transaction = server.taken()[-1]
				try:
					check_message(transaction.content, document,
					    answer["request_id"])
				except (Failure, ValueError, LookupError) as failure:
					raise Failure("message %d: %s\nposted %r\n%s" % (
					    number, failure, document,
					    transaction.content.decode()))
				server.transactions.clear()


@each((("postfix", Postfix), ("opensmtpd", OpenSMTPD), ("exim", Exim)))
def test_delivered(kind):
	"""What real servers have in their mailboxes is what was posted."""
	maker = make_maker()
	server = shared(kind)
	posted = {}
	with Relay(server.port, **PARTS) as relay, \
	    Connection(relay.port) as connection:
		for _ in range(COUNT_DELIVERED):
			document = maker.message()
			answer = check_accepted(connection.exchange(
			    post_octets(document, SECRET)), None)
			posted[answer["request_id"].encode()] = document

		def stored():
			found = {}
			for octets in server.messages():
				match = re.search(rb"\nMessage-ID: <(req_\w+)@", octets)
				if match and match[1] in posted:
					found[match[1]] = octets
			return found if len(found) == len(posted) else None
		for request_id, octets in wait_for(stored, "all messages", 0.1).items():
			octets = octets.replace(b"\n", b"\r\n")
			boundaries = []
			check_part(email.message_from_bytes(octets),
			    shape(posted[request_id]), boundaries, alone=True)
			check_boundaries(check_wire(octets), boundaries,
			    request_id.decode())
