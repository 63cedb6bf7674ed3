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

"""What TLS costs: on kept connections, with a new one each time, at rest."""

import contextlib

import memory
import secure
from generators import wrk_handshakes
from outcome import Failure
from through import configured, room, warmed

HANDSHAKING = 16	# connections
RESTING = 500


@contextlib.contextmanager
def relays(sink):
	"""(a relay, its port with TLS); its other port is plain."""
	port = secure.free_port()
	top = room(4096) + "\n" + secure.listen(port)
	with warmed(configured(sink, top=top)) as relay:
		yield relay, port


def handshakes(port, seconds):
	figures = wrk_handshakes(port, HANDSHAKING, seconds)
	return figures["requests"] / figures["seconds"]


def connection_kb(sink):
	"""Of all processes, for one connection with TLS that rests."""
	with relays(sink) as (relay, port):
		before = memory.resting_mb(relay)
		tls = secure.context("TLS 1.3")
		connections = [secure.connect(port, tls=tls)
		    for _ in range(RESTING)]
		for connection in connections:
			if connection.exchange(secure.HEALTH).status != 200:
				raise Failure("no answer over TLS")
		held = memory.resting_mb(relay) - before
		for connection in connections:
			connection.close()
	return held * 1024 / RESTING
