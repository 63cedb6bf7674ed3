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

"""A mail server that answers before it reads: what was not written is not sent.

Its socket takes little at a time, so most of a thousand recipients is still with
the relay when the replies to all of them come.
"""

import socket
import threading
import time

from contract import check_accepted, check_error
from fault_server import FaultServer
from outcome import equal
from relay import Relay, message

RECIPIENTS = 1000
LABELS = ".".join(letter * 60 for letter in "abc") + "." + "d" * 32
DOMAIN = LABELS + ".example"


class HastyServer:
	"""Says what it likes to one message, then reads what there is."""

	def __init__(self):
		self.listener = socket.socket()
		# An ordinary client's socket holds as much as these let it.
		self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
		self.listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)
		self.listener.bind(("127.0.0.1", 0))
		self.listener.listen(8)
		self.port = self.listener.getsockname()[1]
		self.octets = b""

	def __enter__(self):
		threading.Thread(target=self.run, daemon=True).start()
		return self

	def __exit__(self, *_):
		self.listener.close()

	def run(self):
		client, _ = self.listener.accept()
		with client:
			client.sendall(b"220 hasty.example.test ESMTP\r\n")
			self.read(client, b"\r\n")
			client.sendall(b"250-hasty.example.test\r\n250 PIPELINING\r\n")
			self.read(client, b"MAIL FROM:")
			client.sendall(b"250 ok\r\n" * (1 + RECIPIENTS))
			time.sleep(0.5)		# for the relay to believe it
			try:
				client.sendall(b"354 go ahead\r\n")
				self.read(client, b"\r\n.\r\n")
				client.sendall(b"250 2.0.0 Ok: queued as HASTY\r\n")
				self.read(client, b"QUIT\r\n")
			except OSError:
				pass

	def read(self, client, until):
		while until not in self.octets:
			octets = client.recv(1024)
			if not octets:
				return
			self.octets += octets


def test_replies_to_recipients_unwritten():
	"""No 202 for a message that the server was not told of, and no hang."""
	to = ["r%d@%s" % (1000 + i, DOMAIN) for i in range(RECIPIENTS)]
	with HastyServer() as hasty, FaultServer() as server, Relay(hasty.port,
	    recipients='recipients { "%s" "example.com" }' % DOMAIN,
	    mail="max recipients %d" % RECIPIENTS,
	    top="max request 1M") as relay:
		response = relay.post(message(to=to))
		check_error(response, 502, "smtp_unavailable")
		equal(b"Subject:" in hasty.octets, False, "content was sent")
		# Nor does it hang: another relay takes the next.
		relay.reload(smtp=[server.port])
		check_accepted(relay.post(message()))
