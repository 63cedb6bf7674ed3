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

"""What is done to the relay while it works: children killed, configuration
reloaded, mail server restarted; each as a thread that goes on until it is told
to stop, and raises in the end what went wrong in it."""

import os
import random
import signal
import threading
import time

import process
from mail_server import MailServer
from relay import OTHER, SECRET

KINDS = {"relayd-http": "http", "relayd-smtp": "smtp",
    "http-smtp-rele": "resolver"}
STORES = ("memory { records 10000 }", "memory { records 100 }", "none",
    'sqlite "%s" { records 10000 }')
# What still knows an Idempotency-Key when relayd-smtp was killed.
LASTING = ('sqlite "%s" { records 1000000 }',)


class Trouble:
	"""with Subclass(...): ...; often() is called until the end, after a pause
	each time."""

	def __init__(self, pause):
		self.pause = pause
		self.times = 0
		self.failure = None
		self.stopping = threading.Event()
		self.thread = threading.Thread(target=self.work, daemon=True)

	def __enter__(self):
		self.thread.start()
		return self

	def __exit__(self, *_):
		self.stopping.set()
		self.thread.join()
		if self.failure is not None:
			raise self.failure

	def work(self):
		try:
			while not self.stopping.wait(self.pause()):
				self.often()
				self.times += 1
		except Exception as failure:
			self.failure = failure


class Kills(Trouble):
	"""SIGKILL for one child after the other, of a random kind."""

	def __init__(self, relay):
		super().__init__(lambda: random.uniform(0.5, 1.5))
		self.relay = relay
		self.when = {kind: [] for kind in KINDS.values()}

	def often(self):
		program, kind = random.choice(list(KINDS.items()))
		pids = self.relay.children(program)
		if pids:
			self.when[kind].append(time.monotonic())
			kill(random.choice(pids))


def kill(pid):
	try:
		os.kill(pid, signal.SIGKILL)
	except ProcessLookupError:
		pass


class Restarts(Trouble):
	"""The mail server dies and comes back, sometimes after a while only."""

	def __init__(self, server):
		super().__init__(lambda: random.uniform(3, 7))
		self.server = server

	def often(self):
		self.server.kill()
		self.stopping.wait(random.choice((0, 0, 0.5, 1.5)))
		self.server.start()


class Reloads(Trouble):
	"""SIGHUP again and again, every time with a random configuration."""

	def __init__(self, relay, every, choose):
		super().__init__(lambda: every)
		self.relay, self.choose = relay, choose

	def often(self):
		self.relay.configuration = self.relay.configuration.copy(
		    **self.choose())
		replace(self.relay.path, str(self.relay.configuration))
		self.relay.hang_up()


def replace(path, text):
	"""Not in place: the daemon may be reading it."""
	with open(os.open(path + ".new", os.O_WRONLY | os.O_CREAT | os.O_TRUNC,
	    0o600), "w") as file:
		file.write(text)
	os.rename(path + ".new", path)


def key(name, secret):
	return 'key "%s" { secret "%s" }' % (name, secret)


class Changes:
	"""Configurations that differ in everything that can be reloaded, and under
	all of which a message to the first port is sent."""

	def __init__(self, ports, smtp, directory, limits=(), stores=STORES):
		self.ports, self.smtp = ports, smtp
		path = os.path.join(directory, "ledger", "ledger.db")
		self.stores = [s % path if "%s" in s else s for s in stores]
		self.store = self.stores[0]
		self.limits = ("limit global none\nlimit address none\n"
		    "limit key none", "limit global 1000000/s\nlimit address "
		    "1000000/s\nlimit key 1000000/s") + tuple(limits)

	def next(self):
		choice = random.choice
		# Another store has another relayd-smtp: not every time.
		if random.random() < 0.2:
			self.store = choice(self.stores)
		return {
			"ports": self.ports[:1] + [p for p in self.ports[1:]
			    if choice((True, False))],
			"prefork": choice((1, 2, 2, 2, 3, 4)),
			"limits": choice(self.limits),
			"timeouts": choice(("", "timeout idle 30s")),
			"sender": 'from "noreply@example.com" name "%s"' %
			    choice(("Example", "Another")),
			"mail": choice(("", "html", "max recipients 5")),
			"smtp": choice((self.smtp, self.smtp[:1], self.smtp[1:],
			    self.smtp[::-1])),
			"relay": "connections %d messages %d timeout submission "
			    "%ds %s" % (choice((4, 16, 40)), choice((7, 100, 10000)),
			    choice((2, 4)), choice(("", "reply text"))),
			"store": "store " + self.store,
			"keys": "\n".join([key("test", SECRET)] +
			    [key("other", OTHER)] * choice((0, 1))),
		}
