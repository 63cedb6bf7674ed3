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

"""What the failing SMTP server does at each stage, and its record of what came."""

import dataclasses
import threading


class Drop:
	"""Closes the connection instead of replying."""


class Reset:
	"""Closes it with a TCP reset."""


class Silence:
	"""Never replies; the connection stays open until the client leaves."""


class HalfHandshake:
	"""In stage tls: closes in the middle of its first flight."""


@dataclasses.dataclass
class Slow:
	"""Replies after a while, or octet by octet with the pause between."""
	seconds: float
	reply: str = None
	octet_by_octet: bool = False


@dataclasses.dataclass
class Held:
	"""Replies when the test lets go."""
	release: threading.Event
	reply: str = None


@dataclasses.dataclass
class Last:
	"""Replies, then closes the connection."""
	reply: str = None


@dataclasses.dataclass
class Plan:
	"""What each stage does; None is success."""
	greeting: object = None
	ehlo: object = None
	mail: object = None
	rcpt: object = None		# for all, or {address: action}, or [1st, 2nd...]
	data: object = None
	dot: object = None
	content: object = None		# once its first line has come in
	quit: object = None
	starttls: object = None		# octets can hold more than the reply
	tls: object = None		# no reply: Drop, Silence, HalfHandshake, octets
	challenge: object = None	# instead of AUTH's 334, for all or [1st, 2nd]
	auth: object = None		# the verdict
	extensions: tuple = ("PIPELINING", "8BITMIME", "ENHANCEDSTATUSCODES",
	    "SMTPUTF8", "SIZE 104857600")
	secure_extensions: tuple = None	# after STARTTLS, when they are others
	offers_tls: bool = True		# STARTTLS, where the server can
	mechanisms: tuple = ("PLAIN", "LOGIN")
	clear_mechanisms: tuple = ()	# without TLS
	idle: float = None		# idle so long after a message, it takes leave:
	idle_end: object = Drop


@dataclasses.dataclass
class Transaction:
	"""One MAIL and what followed."""
	connection: int
	sender: str
	parameters: str
	tls: str = None			# the protocol's version
	user: str = None		# who was authenticated
	recipients: list = dataclasses.field(default_factory=list)
	refused: list = dataclasses.field(default_factory=list)
	content: bytes = b""
	complete: bool = False		# the final dot came in
	reply: str = None		# what was said to it

	def taken(self):
		return self.complete and (self.reply or "").startswith("2")


@dataclasses.dataclass
class Attempt:
	"""Credentials that came in, right or wrong."""
	connection: int
	mechanism: str
	user: str
	password: str
	tls: str
	initial: bool			# with AUTH itself


@dataclasses.dataclass
class Handshake:
	"""One that was completed."""
	connection: int
	version: str
	peer: dict			# the client's certificate


SUCCESS = {
	"greeting": "220 fault.example.test ESMTP",
	"starttls": "220 2.0.0 Go ahead",
	"mail": "250 2.1.0 Ok",
	"rcpt": "250 2.1.5 Ok",
	"data": "354 Go ahead",
	"dot": "250 2.0.0 Ok: queued as FAULT",
	"quit": "221 2.0.0 Bye",
}
