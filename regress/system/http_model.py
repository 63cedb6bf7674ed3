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


"""What api.md and RFC 9112 say to the head of a request, in a second wording.

answer() knows nothing of limits and bodies: it is for whole heads, as tests put
them together out of everything that can be wrong at once.
"""

import re

TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
QUOTED = rb'"(?:[^"\\]|\\.)*"'
NAME = rb"(?:[A-Za-z0-9\-._~!$&'()*+,;=]|%[0-9A-Fa-f]{2})+"
TARGET = rb"(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/]|%[0-9A-Fa-f]{2})*"
JSON = rb"(?i:application/json)[ \t]*(?:;[ \t]*(?i:charset)=\"?(?i:utf-8)\"?)?"
DISCARDED = 65536

GET = (b"GET", b"HEAD")
METHODS = {b"/v1/send": (b"POST",), b"/v1/send-bulk": (b"POST",),
    b"/healthz": GET, b"/v1/keys/self": GET}


class Refused(Exception):
	"""By the framing: the connection ends."""


class Head:
	def __init__(self, octets):
		lines = octets.split(b"\r\n\r\n", 1)[0].split(b"\r\n")
		parts = lines[0].split(b" ")
		if len(parts) != 3 or not re.fullmatch(TOKEN, parts[0]):
			raise Refused(400)
		self.method, target, version = parts
		if not re.fullmatch(rb"HTTP/\d\.\d", version):
			raise Refused(400)
		if version[5:6] != b"1":
			raise Refused(505)
		self.old = version == b"HTTP/1.0"
		self.path, self.query = self.read_target(target)
		self.fields = []
		for line in lines[1:]:
			match = re.fullmatch(b"(" + TOKEN + rb"):[ \t]*(.*?)[ \t]*", line,
			    re.DOTALL)
			if not match or re.search(rb"[\0-\x08\x0a-\x1f\x7f]", match[2]):
				raise Refused(400)
			self.fields.append((match[1].lower(), match[2]))

	def read_target(self, target):
		if self.method == b"CONNECT":
			if not re.fullmatch(NAME + rb":\d+", target):
				raise Refused(400)
			return None, b""
		if target == b"*" and self.method == b"OPTIONS":
			return target, b""
		match = re.fullmatch(rb"((?i:http)://" + NAME + rb"(?::\d*)?)?(" +
		    TARGET + rb")(?:\?([^#]*))?", target)
		if not match or (not match[1] and target[:1] != b"/"):
			raise Refused(400)
		return match[2] or b"/", match[3] or b""

	def all(self, name):
		return [value for n, value in self.fields if n == name]

	def elements(self, name):
		return [e.strip(b" \t").lower() for value in self.all(name)
		    for e in value.split(b",")]


def check_framing(head):
	hosts = head.all(b"host")
	if len(hosts) > 1 or (not hosts and not head.old):
		raise Refused(400)
	if hosts and not re.fullmatch(NAME + rb"(?::\d*)?", hosts[0]):
		raise Refused(400)
	lengths = head.elements(b"content-length")
	codings = head.elements(b"transfer-encoding")
	if len(set(lengths)) > 1 or not all(l.isdigit() for l in lengths):
		raise Refused(400)
	if codings and (lengths or head.old or b"chunked" in codings[:-1]):
		raise Refused(400)
	if codings and codings != [b"chunked"]:
		raise Refused(501)
	expected = set(head.elements(b"expect")) - {b""}
	if not head.old and expected - {b"100-continue"}:
		raise Refused(417)
	if head.method == b"POST" and not lengths and not codings:
		raise Refused(411)
	head.length = int(lengths[0]) if lengths else 0
	head.chunked = bool(codings)
	head.waits = bool(expected) and not head.old and (head.length > 0 or
	    head.chunked)


def judge(head, secret, max_request):
	"""The status, or 100 when the body is asked for."""
	if head.path is None:
		return 501
	methods = METHODS.get(head.path)
	if head.path.startswith(b"/v1/submissions/"):
		methods = GET
	if methods is None:
		return 404
	if head.method not in methods:
		return 405
	if head.path == b"/v1/send-bulk":
		return 404
	if head.path == b"/healthz":
		return 200
	given = None
	if head.all(b"authorization"):
		match = re.fullmatch(rb"(?i:bearer) +([^ ]+)",
		    b",".join(head.all(b"authorization")))
		if len(head.all(b"authorization")) == 1 and match:
			given = match[1]
	elif len(head.all(b"x-api-key")) == 1:
		given = head.all(b"x-api-key")[0]
	if not given:
		return 401
	if given != secret:
		return 403
	if head.method != b"POST":
		return 200 if head.path == b"/v1/keys/self" else 404
	types = head.all(b"content-type")
	if head.all(b"content-encoding") or len(types) != 1 or \
	    not re.fullmatch(JSON, types[0]):
		return 415
	if head.length > max_request:
		return 413
	values = re.findall(rb"(?:^|&)dry_run=?([^&]*)", head.query)
	if values and values[0] not in (b"1", b"true", b"0", b"false"):
		return 400
	return 100


def answer(octets, secret, max_request=1 << 20):
	"""(status, whether the connection is kept); 100: the body is to come."""
	try:
		head = Head(octets)
		check_framing(head)
	except Refused as refused:
		return refused.args[0], False
	asked = head.elements(b"connection")
	kept = b"close" not in asked and (not head.old or b"keep-alive" in asked)
	status = judge(head, secret, max_request)
	if status != 100 and (head.chunked or head.waits or
	    head.length > DISCARDED):
		kept = False
	return status, kept
