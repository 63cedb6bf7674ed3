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

"""A mail server that troubles its clients, and keeps a record of its own.

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
import asyncio
import os
import random
import re
import signal
import socket
import struct
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
SUBJECT = re.compile(rb"(?m)^Subject: .*?(\d+)\r$")
MESSAGE_ID = re.compile(rb"(?m)^Message-ID: <(\w+)@")

LATER = "451 4.3.0 Later"
NEVER = "550 5.7.1 Never"
BYE = "421 4.3.2 Bye"
HANG_UP, RESET, SLOW, SILENT, NO_REPLY, LAST = range(6)

# What may happen instead of success.  A silent server costs a client seconds.
TROUBLES = {
	"greeting": (LATER, NEVER, BYE, HANG_UP, RESET, SLOW, NO_REPLY, SILENT),
	"ehlo": (LATER, NEVER, BYE, HANG_UP, RESET, SLOW, NO_REPLY),
	"mail": (LATER, NEVER, BYE, HANG_UP, RESET, SLOW, NO_REPLY, LAST),
	"rcpt": (LATER, NEVER, BYE, HANG_UP, RESET, SLOW, NO_REPLY, LAST),
	"data": (LATER, NEVER, BYE, HANG_UP, RESET, SLOW, NO_REPLY, LAST),
	"content": (HANG_UP, RESET, BYE, LATER),
	"dot": (LATER, NEVER, BYE, HANG_UP, RESET, SLOW, NO_REPLY, LAST, HANG_UP,
	    RESET, LAST, SILENT),
}


class Over(Exception):
	"""The session has ended."""


class Session:
	def __init__(self, server, reader, writer):
		self.server, self.reader, self.writer = server, reader, writer
		self.stage = None	# of the transaction: mail, rcpt
		self.ports = "%d:%d" % (writer.get_extra_info("sockname")[1],
		    writer.get_extra_info("peername")[1])

	async def run(self):
		try:
			await self.answer("greeting", "220 torture.invalid ESMTP")
			while True:
				await self.command(await self.line())
		except (Over, OSError, asyncio.IncompleteReadError):
			pass
		finally:
			self.writer.close()

	async def line(self):
		line = await self.reader.readuntil(b"\r\n")
		return line[:4].upper()

	async def command(self, verb):
		if verb == b"EHLO":
			await self.answer("ehlo", "250-torture.invalid\r\n"
			    "250-PIPELINING\r\n250-8BITMIME\r\n"
			    "250-SIZE 10000000\r\n250 ENHANCEDSTATUSCODES")
		elif verb == b"MAIL":
			if await self.answer("mail", "250 2.1.0 Ok"):
				self.stage = "mail"
		elif verb == b"RCPT" and self.stage == "mail":
			if await self.answer("rcpt", "250 2.1.5 Ok"):
				self.stage = "rcpt"
		elif verb == b"DATA" and self.stage == "rcpt":
			self.stage = None
			if await self.answer("data", "354 Go ahead"):
				await self.message()
		elif verb in (b"RSET", b"NOOP"):
			self.stage = None
			self.say("250 2.0.0 Ok")
		elif verb == b"QUIT":
			self.say("221 2.0.0 Bye")
			raise Over
		else:
			self.stage = None
			self.say("503 5.5.1 Out of order")

	async def message(self):
		trouble = self.server.trouble("content")
		if trouble is not None:
			await self.reader.readuntil(b"\r\n")
			await self.act(trouble, "")
			raise Over
		content = await self.reader.readuntil(b"\r\n.\r\n")
		number = SUBJECT.search(content)
		request_id = MESSAGE_ID.search(content)
		self.judge(await self.dot(), number[1].decode(),
		    request_id[1].decode())
		if self.after is not None:
			await self.act(self.after, "250 2.0.0 Ok")

	async def dot(self):
		"""Whether to take the message; then comes what is in self.after."""
		trouble = self.server.trouble("dot")
		if trouble is SLOW:
			await asyncio.sleep(self.server.pause())
			trouble = None
		self.after = trouble if trouble is not None else ""
		return trouble in (None, LAST) or (
		    trouble in (HANG_UP, RESET, SILENT, NO_REPLY) and
		    random.random() < 0.5)

	def judge(self, taken, number, request_id):
		self.server.note("taken" if taken else "left", number, request_id,
		    self.ports)

	async def answer(self, stage, success):
		"""Whether it was success."""
		trouble = self.server.trouble(stage)
		if trouble is None:
			self.say(success)
			return True
		return await self.act(trouble, success)

	async def act(self, trouble, success):
		if trouble == "" or trouble is SLOW:
			if trouble is SLOW:
				await asyncio.sleep(self.server.pause())
			self.say(success)
			return True
		if trouble is SILENT:
			await self.reader.read()
			raise Over
		if trouble is RESET:
			self.writer.get_extra_info("socket").setsockopt(
			    socket.SOL_SOCKET, socket.SO_LINGER,
			    struct.pack("ii", 1, 0))
		if trouble in (HANG_UP, RESET):
			raise Over
		self.say({LAST: success, NO_REPLY: "Hello?"}.get(trouble, trouble))
		if trouble in (LAST, BYE):
			raise Over
		return False

	def say(self, reply):
		self.writer.write(reply.encode() + b"\r\n")


class Server:
	def __init__(self, record, share):
		self.record = os.open(record, os.O_WRONLY | os.O_CREAT | os.O_APPEND,
		    0o600)
		self.share = share

	def trouble(self, stage):
		share = self.share
		if stage in ("greeting", "ehlo"):
			share *= 4		# once a connection, not a message
		if random.random() >= share:
			return None
		trouble = random.choice(TROUBLES[stage])
		if trouble is SILENT and random.random() < 0.5:
			trouble = SLOW
		return trouble

	def pause(self):
		return random.uniform(0, 0.5)

	def note(self, *words):
		os.write(self.record, ("%.3f %s\n" % (time.monotonic(),
		    " ".join(words))).encode())

	async def session(self, reader, writer):
		await Session(self, reader, writer).run()

	async def serve(self, ports):
		servers = [await asyncio.start_server(self.session, "127.0.0.1",
		    port, limit=1 << 20, backlog=512) for port in ports]
		await asyncio.gather(*(s.serve_forever() for s in servers))


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
	asyncio.run(Server(options.record, options.trouble).serve(options.port))


if __name__ == "__main__":
	main()
