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

"""The rows of the table that `make torture' prints.  A row is a function that takes
a Torture and yields (name, value); TABLE names its figures."""

import contextlib
import os
import re
import signal
import tempfile
import time

import leak
from clients import Clients
from figures import note
from http_client import Closed
from mail_server import MailServer
from outcome import Failure, wait_for
from relay import NOT_RELOADED, Configuration, Relay, message, running
from table import Row
from tcp import free_port
from trouble import KINDS, LASTING, STORES, Changes, Kills, Reloads, \
    Restarts, kill
from verdict import Verdict

TROUBLE = 0.01		# share of what the mail server does wrong, each stage
RELOAD_PAUSE = 0.1
RELOADS = 100
KILLS = 50
PROGRESS = 10		# seconds
REPEATED_PART = 4	# of the messages, for they take longer
ROOM = "max connections 4096 per address 4096"
# Now and then there are not units for everybody.
SCARCE = "limit global none\nlimit address 2000/s burst 20\nlimit key none"


class Torture:
	def __init__(self, messages, requests):
		self.messages, self.requests = messages, requests


@contextlib.contextmanager
def world(trouble=0.0, mode="-d", **parts):
	"""(directory, mail server with two ports, relay)"""
	with tempfile.TemporaryDirectory(prefix="rele-torture-") as directory:
		ports = [free_port(), free_port()]
		with MailServer(ports, os.path.join(directory, "record"),
		    trouble) as server:
			configuration = Configuration(ports, top=ROOM,
			    log="log { format text level info to stderr }", **parts)
			relay = Relay(configuration=configuration, mode=mode)
			relay.start()
			wait_for(lambda: posted(relay) == 202,
			    "a first message to be accepted", 20)
			yield directory, server, relay
			# After a failure its log is shown first: table.py.
			relay.discard()
			running.remove(relay)


def posted(relay):
	"""The status of an answer, if one came."""
	try:
		# The record has no number 0 otherwise.
		return relay.post(message(subject="number 0"), timeout=2).status
	except (OSError, Closed):
		return None


def progress(clients, text):
	"""Until they are through."""
	last = time.monotonic()
	while clients.running():
		time.sleep(0.1)
		if time.monotonic() - last > PROGRESS:
			last = time.monotonic()
			note(text())


def tortured(count, stores, repeats):
	"""(verdict, the relay's log, connections lost without a reason)"""
	with world(TROUBLE) as (directory, server, relay):
		ports = [relay.port, free_port(), free_port()]
		changes = Changes(ports, server.ports, directory, [SCARCE], stores)
		relay.reload(**changes.next())
		kills = Kills(relay)
		reloads = Reloads(relay, RELOAD_PAUSE, changes.next)
		restarts = Restarts(server)
		clients = Clients(ports, os.path.join(directory, "answers"), count,
		    repeats=repeats)
		with kills, reloads, restarts, clients:
			progress(clients, lambda: "%d of %d messages, %d kills, %d "
			    "reloads, %d restarts" % (clients.sent.value, count,
			    kills.times, reloads.times, restarts.times))
		relay.stop()
		verdict = Verdict(clients.answers(), server.messages())
		if len(verdict.answers) != count:
			raise Failure("%d answers to %d messages" %
			    (len(verdict.answers), count))
		note("%s; %d kills (%s), %d reloads, %d of them refused, %d "
		    "restarts, %d connections refused" % (verdict, kills.times,
		    ", ".join("%d %s" % (len(when), kind)
		    for kind, when in kills.when.items()),
		    reloads.times, len(re.findall(NOT_RELOADED, relay.log())),
		    restarts.times, clients.refused.value))
		cut = verdict.cut_without(kills.when["http"], relay.port)
		others = [verdict.cut_without(kills.when["http"], port)
		    for port in ports[1:]]
		note("through listeners that come and go %d connections were lost "
		    "without a kill" % sum(len(lost) for lost in others))
		return verdict, relay.log(), cut


def truth(torture):
	verdict, log, cut = tortured(torture.messages, STORES, False)
	for name, answers in (("lost", verdict.lost),
	    ("doubled", verdict.doubled),
	    ("refused_taken", verdict.refused_but_taken),
	    ("unknown_twice", verdict.unknown_twice),
	    ("wrong_answers", verdict.wrong_answers), ("cut", cut)):
		verdict.explain(name, answers, log)
		yield "truth_" + name, len(answers)
	yield "truth_accepted_share", verdict.accepted_share()


def repeats(torture):
	"""Whatever a client was told, or not told, it repeats: that is safe."""
	verdict, log, _ = tortured(torture.messages // REPEATED_PART, LASTING, True)
	for name, answers in (("lost", verdict.lost),
	    ("doubled", verdict.doubled + verdict.unknown_twice),
	    ("refused_taken", verdict.refused_but_taken),
	    ("wrong_answers", verdict.wrong_answers)):
		verdict.explain(name, answers, log)
		yield "repeats_" + name, len(answers)
	yield "repeats_accepted_share", verdict.accepted_share()


def reloads(_):
	"""With a healthy mail server everything is accepted, and comes once."""
	with world() as (directory, server, relay):
		changes = Changes([relay.port, free_port()], server.ports,
		    directory)
		clients = Clients([relay.port], os.path.join(directory, "answers"))
		with clients:
			for _ in range(RELOADS):
				sent = clients.sent.value
				relay.reload(**changes.next())
				wait_for(lambda: clients.sent.value > sent + 20,
				    "requests after a reload")
		relay.stop()
		verdict = Verdict(clients.answers(), server.messages())
		failed = [a for a in verdict.answers if a.status != 202]
		note("%s, %d reloads" % (verdict, RELOADS))
		for answers in failed, verdict.lost, verdict.doubled:
			verdict.explain("failed", answers, relay.log())
		yield "reload_failures", len(failed) + len(verdict.lost) + \
		    len(verdict.doubled)


def recovery(_):
	for program, kind in KINDS.items():
		with world() as (_, _, relay):
			took = [until_accepted(relay, program)
			    for _ in range(KILLS)]
			note("%s: %d kills, %.3f s in the middle" % (kind, KILLS,
			    sorted(took)[KILLS // 2]))
			yield "recovery_%s_s" % kind, max(took)


def until_accepted(relay, program):
	"""Seconds, from when all children that run the program were killed."""
	count = relay.configuration.prefork if program == "relayd-http" else 1
	pids = wait_for(lambda: all_children(relay, program, count),
	    "%d %s to run" % (count, program))
	start = time.monotonic()
	for pid in pids:
		kill(pid)
	wait_for(lambda: posted(relay) == 202, "a 202 after a kill", 0.002)
	return time.monotonic() - start


def all_children(relay, program, count):
	pids = relay.children(program)
	return pids if len(pids) == count else None


def hang(_):
	"""Children that stand still: others take their places."""
	for program, kind in KINDS.items():
		if kind == "resolver":		# nobody waits for it
			continue
		with world(mode="-F", prefork=1) as (_, _, relay):
			pid = all_children(relay, program, 1)[0]
			start = time.monotonic()
			os.kill(pid, signal.SIGSTOP)
			wait_for(lambda: pid not in relay.children(program) and
			    posted(relay) == 202, "a 202 after a hang", 120, 0.05)
			took = time.monotonic() - start
			for line in "does not answer", "hangs and is ended":
				if relay.log().count("%s %d %s" % (program, pid,
				    line)) != 1:
					raise Failure("not said: " + line)
			note("%s: ended, and accepted again after %.1f s" % (kind,
			    took))
			yield "hang_%s_s" % kind, took


TABLE = [
	Row(truth, "truth_lost truth_doubled truth_refused_taken "
	    "truth_unknown_twice truth_wrong_answers truth_cut "
	    "truth_accepted_share"),
	Row(repeats, "repeats_lost repeats_doubled repeats_refused_taken "
	    "repeats_wrong_answers repeats_accepted_share"),
	Row(reloads, "reload_failures"),
	Row(recovery, "recovery_http_s recovery_smtp_s recovery_resolver_s"),
	Row(hang, "hang_http_s hang_smtp_s"),
	Row(leak.row, "leak_descriptors leak_mb"),
]
