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

"""The failing mail server of the system tests, with a plan that is left to chance, in
a process of its own that keeps a record.

	mail_server.py --record FILE [--trouble SHARE] PORT ...

At each stage of a session it fails in a share of the cases: it refuses for now or
for good, says 421, hangs up, resets, is slow, says nothing at all, or what is no
reply.  Every message whose final dot came gets a line in FILE, written before its
reply, so that it is there even when the server is killed:

	SECONDS VERDICT NUMBER REQUEST_ID PORT:CLIENT_PORT

VERDICT is `taken', or `left' where the message was not.  NUMBER is the last word of
the subject.
"""

import argparse
import os
import random
import re
import signal
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
if __name__ == "__main__":
	sys.path.insert(0, os.path.join(os.path.dirname(HERE), "system"))

from fault_plan import Drop, Last, Plan, Reset, Silence, Slow
from fault_server import FaultServer

SUBJECT = re.compile(rb"(?m)^Subject: .*?(\d+)\r$")
MESSAGE_ID = re.compile(rb"(?m)^Message-ID: <(\w+)@")

LATER = "451 4.3.0 Later"
NEVER = "550 5.7.1 Never"
BYE = Last("421 4.3.2 Bye")
NO_REPLY = "Hello?"
SUCCESS_AND_BYE = Last()

# What may happen instead of success.  A silent server costs a client seconds.
EVERYWHERE = (LATER, NEVER, BYE, Drop, Reset, Slow, NO_REPLY)
TROUBLES = {
	"greeting": EVERYWHERE + (Silence,),
	"ehlo": EVERYWHERE,
	"mail": EVERYWHERE + (SUCCESS_AND_BYE,),
	"rcpt": EVERYWHERE + (SUCCESS_AND_BYE,),
	"data": EVERYWHERE + (SUCCESS_AND_BYE,),
	"content": (Drop, Reset, BYE, Last(LATER)),
	"dot": EVERYWHERE + (SUCCESS_AND_BYE, Drop, Reset, SUCCESS_AND_BYE,
	    Silence),
}


class Chance:
	"""The plan, and the record of what the server did by it."""

	def __init__(self, record, share):
		self.record = os.open(record, os.O_WRONLY | os.O_CREAT | os.O_APPEND,
		    0o600)
		self.share = share

	def plan(self):
		def stage(name):
			return lambda _: self.trouble(name)
		return Plan(greeting=stage("greeting"), ehlo=stage("ehlo"),
		    mail=stage("mail"), rcpt=stage("rcpt"),
		    content=stage("content"), data=self.data, dot=self.dot,
		    extensions=("PIPELINING", "8BITMIME", "SIZE 10000000",
		    "ENHANCEDSTATUSCODES"))

	def trouble(self, stage):
		"""What is done, or None: success."""
		share = self.share
		if stage in ("greeting", "ehlo"):
			share *= 4		# once a connection, not a message
		if random.random() >= share:
			return None
		trouble = random.choice(TROUBLES[stage])
		if trouble is Silence and random.random() < 0.5:
			trouble = Slow
		return Slow(random.uniform(0, 0.5)) if trouble is Slow else trouble

	def data(self, session):
		# Without a recipient it is refused, whatever chance says.
		return self.trouble("data") if session.transaction.recipients else \
		    None

	def dot(self, session):
		trouble = self.trouble("dot")
		success = trouble is None or getattr(trouble, "reply", "") is None
		untold = trouble in (Drop, Reset, Silence, NO_REPLY)
		taken = success or (untold and random.random() < 0.5)
		content = session.transaction.content
		os.write(self.record, b"%.3f %s %s %s %d:%d\n" % (time.monotonic(),
		    b"taken" if taken else b"left", SUBJECT.search(content)[1],
		    MESSAGE_ID.search(content)[1], session.server.port,
		    session.peer[1]))
		return trouble


class MailServer:
	"""with MailServer(ports, record) as server: starts it, in a process of its
	own, and kills it."""

	def __init__(self, ports, record, trouble=0.0):
		self.ports, self.record = ports, record
		self.command = [sys.executable, "-B", os.path.abspath(__file__),
		    "--record", record, "--trouble", str(trouble)] + \
		    [str(port) for port in ports]

	def __enter__(self):
		self.start()
		return self

	def __exit__(self, *_):
		self.kill()

	def start(self):
		self.process = subprocess.Popen(self.command,
		    stdin=subprocess.DEVNULL)

	def kill(self):
		"""As a power failure does, but the record is safe."""
		self.process.send_signal(signal.SIGKILL)
		self.process.wait()

	def messages(self):
		"""{number: [line of the record as a list of words, ...]} of those
		that were taken."""
		found = {}
		with open(self.record) as file:
			for line in file:
				words = line.split()
				if words[1] == "taken":
					found.setdefault(int(words[2]), []).append(
					    words)
		return found


def main():
	parser = argparse.ArgumentParser()
	parser.add_argument("--record", required=True)
	parser.add_argument("--trouble", type=float, default=0.0)
	parser.add_argument("port", type=int, nargs="+")
	options = parser.parse_args()
	plan = Chance(options.record, options.trouble).plan()
	for port in options.port:
		FaultServer(plan, port=port, keep=False).listen()
	signal.pause()


if __name__ == "__main__":
	main()
