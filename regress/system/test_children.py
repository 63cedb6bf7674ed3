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

"""Children that are killed or stand still: no 202 lost or doubled, and others come.
How soon they do says `make torture', in the figures recovery_*_s."""

import os
import signal
import threading
import time

import process
from contract import check_accepted, check_error
from fault_server import Drop, FaultServer, Held, Last, Plan
from http_client import Closed, post_octets
from load import Load, request_ids
from outcome import Failure, each, equal, true, wait_for
from relay import SECRET, Relay, message

NEW = "a-new-secret-that-comes-with-the-reload-42"


def kill(pid):
	try:
		os.kill(pid, signal.SIGKILL)
	except ProcessLookupError:
		pass


def until_accepted(relay):
	def accepted():
		try:
			return relay.post(message()).status == 202
		except (OSError, Closed):
			return False
	wait_for(accepted, "a new request to be accepted", 0.005)


def check_truth(load, server):
	"""Every 202 was taken, and nothing was taken twice."""
	taken = request_ids(server.taken())
	equal(len(taken), len(set(taken)), "taken, and different ones")
	lost = set(load.accepted) - set(taken)
	equal(lost, set(), "202s that the server did not take")
	equal(len(load.accepted), len(set(load.accepted)), "request ids of 202s")


def check_failures(load):
	"""What may happen to those that were under way, and nothing else."""
	for status, text in load.failures:
		if status not in (None, 502, 503, 504):
			raise Failure("a request got %r: %r" % (status, text))


@each((("http", "relayd-http", 10), ("smtp", "relayd-smtp", 10)))
def test_killed_under_load(program, times):
	with FaultServer() as server, Relay(server.port) as relay, \
	    Load(relay.port, 6) as load:
		for _ in range(times):
			sent = len(load.accepted)
			wait_for(lambda: len(load.accepted) > sent + 30, "requests")
			victim = wait_for(lambda: relay.children(program),
			    program)[0]
			kill(victim)
			until_accepted(relay)
		load.stop()
		check_truth(load, server)
		check_failures(load)
		relay.wait_for_log(r"relayd-%s.*(signal|killed|terminated)" %
		    program[7:])


def test_all_killed():
	"""Every child at once; the parent brings all of them back."""
	with FaultServer() as server, Relay(server.port, prefork=3) as relay:
		for _ in range(3):
			before = process.children(relay.pid)
			for pid in before:
				kill(pid)
			until_accepted(relay)
			wait_for(lambda: not set(before) &
			    set(process.children(relay.pid)), "the killed to be gone")
			wait_for(lambda: len(relay.http_children()) == 3,
			    "three processes")


@each((("before-data", "mail", 503), ("after-dot", "dot", 504)))
def test_smtp_killed_with_one_in_flight(stage, status):
	"""Handed over and not answered is unknown, never 202, never twice."""
	gate = threading.Event()
	with FaultServer(Plan(**{stage: Held(gate)})) as server, Relay(
	    server.port) as relay:
		with relay.connect() as connection:
			connection.send(post_octets(message(), SECRET))
			wait_for(lambda: server.transactions, "MAIL")
			if stage == "dot":
				server.wait_for_completed(1)
			kill(relay.smtp_child())
			response = connection.response()
			true(response.status in (status, 504), "found %r" % response)
			if response.status == 504:
				check_error(response, 504, "smtp_outcome_unknown")
		gate.set()
		server.plan = Plan()
		until_accepted(relay)
		equal(len(server.completed()), 2 if stage == "dot" else 1)


def test_killed_during_reloads():
	"""Deaths at every point of a change: it goes on, and tells the truth."""
	with FaultServer() as server, Relay(server.port) as relay, \
	    Load(relay.port, 4) as load:
		for turn in range(60):
			os.kill(relay.pid, signal.SIGHUP)
			time.sleep(0.002 * (turn % 8))
			children = process.children(relay.pid)
			if children:
				kill(children[turn % len(children)])
			if turn % 5 == 4:
				until_accepted(relay)
		until_accepted(relay)
		load.stop()
		check_truth(load, server)
		check_failures(load)
		relay.reload()
		equal(relay.post(message()).status, 202)


def test_surplus_that_is_down():
	"""Fewer processes are wanted while none of them runs."""
	# What the parent lets go of is filled, so that its use shows.
	with FaultServer() as server, Relay(server.port, prefork=6,
	    wrapper=["env", "GLIBC_TUNABLES="
	    "glibc.malloc.perturb=165:glibc.malloc.tcache_count=0"]) as relay:
		until_accepted(relay)
		full = min(process.descriptors(p) for p in relay.http_children())
		def ready():
			found = relay.http_children()
			return len(found) == 6 and not set(found) & set(before) and \
			    all(process.descriptors(p) >= full for p in found)
		# Every death lengthens the pause before the next start.
		before = []
		for _ in range(6):
			wait_for(ready, "six new processes")
			before = relay.http_children()
			for pid in before:
				kill(pid)
		wait_for(ready, "six new processes")
		mark = len(relay.log())
		relay.configuration = relay.configuration.copy(prefork=1)
		relay.write()
		with process.stopped(relay.pid):
			for pid in relay.http_children():
				kill(pid)
			relay.hang_up()
		relay.wait_for_log("configuration reloaded", mark)
		until_accepted(relay)
		wait_for(lambda: len(relay.http_children()) == 1, "one process")


def test_buckets_outlive_children():
	with FaultServer() as server, Relay(server.port,
	    limits="limit global none\nlimit address none\nlimit key 3/d") as relay:
		equal([relay.post(message()).status for _ in range(4)],
		    [202, 202, 202, 429])
		for pid in relay.http_children():
			kill(pid)
		def answered():
			try:
				return relay.post(message()).status
			except (OSError, Closed):
				return None
		equal(wait_for(answered, "an answer"), 429, "after the kill")


def test_mail_server_fails_under_load():
	"""The server restarts and hangs up at every stage: still the truth."""
	with FaultServer() as server, Relay(server.port) as relay, \
	    Load(relay.port, 6) as load:
		for plan in (Plan(greeting=Drop), Plan(ehlo=Drop), Plan(mail=Drop),
		    Plan(rcpt=Drop), Plan(data=Drop), Plan(dot=Drop),
		    Plan(dot="451 4.3.0 Later"), Plan(mail=Last("421 4.3.2 Bye")),
		    Plan(rcpt="550 5.1.1 No"), Plan(idle=0.01)):
			server.plan = plan
			time.sleep(0.1)
			server.plan = Plan()
			sent = len(load.accepted)
			wait_for(lambda: len(load.accepted) > sent + 10, "requests")
		for _ in range(5):
			server.close()
			time.sleep(0.05)
			server.listen()
			sent = len(load.accepted)
			wait_for(lambda: len(load.accepted) > sent + 10, "requests")
		load.stop()
		check_truth(load, server)
		check_failures(load)
		told = {s for s, _ in load.failures}
		true(None not in told, "connections were cut: %r" % load.failures[:3])


def test_parent_killed():
	"""Children do not outlive a parent that dies of SIGKILL."""
	with FaultServer() as server:
		relay = Relay(server.port)
		relay.start()
		children = process.children(relay.pid)
		true(len(children) >= 3, "children: %r" % children)
		kill(relay.pid)
		relay.daemon.wait()
		try:
			wait_for(lambda: not any(process.alive(p) for p in children),
			    "the children to end")
		finally:
			for pid in children:
				kill(pid)


def test_stopped_during_reload():
	"""Who does not take a configuration is ended, and the others have it."""
	with FaultServer() as server, Relay(server.port) as relay:
		check_accepted(relay.post(message()))
		with process.stopped(relay.http_children()[0]):
			relay.write(str(relay.configuration.copy(keys=
			    'key "new" { secret "%s" }' % NEW)))
			relay.hang_up()
			relay.wait_for_log("takes no configuration")
			wait_for(lambda: relay.post(message(), NEW).status == 202,
			    "the new key to be taken")


def test_death_by_configuration():
	"""What ends the process that is given it is not in force."""
	with FaultServer() as server, Relay(server.port) as relay:
		check_accepted(relay.post(message()))
		pid = relay.smtp_child()
		with process.stopped(pid):
			# Of two, one has no effect: then it is about to be sent.
			relay.write(str(relay.configuration.copy(
			    top="max request 1M\nmax request 2M")))
			relay.hang_up()
			relay.wait_for_log("has no effect")
			# It waits for what is stopped when it has told all.
			wait_for(lambda: process.Process(relay.pid).state == "S",
			    "the parent to rest")
			os.kill(pid, signal.SIGSEGV)
		relay.wait_for_log("not reloaded: relayd-smtp ended")
		until_accepted(relay)


def test_smtp_stopped():
	"""A relayd-smtp that stands still: nobody waits for ever, or is lied to."""
	answers = {}
	with FaultServer() as server, Relay(server.port) as relay:
		check_accepted(relay.post(message()))
		relay.reload(relay="timeout submission 3s")
		asks = {"post": lambda: relay.post(message()),
		    "ready": lambda: relay.get("/readyz"),
		    "look-up": lambda: relay.submission(
		    "req_01ARZ3NDEKTSV4RRFFQ69G5FAV")}
		def ask(name):
			answers[name] = asks[name]()
		with process.stopped(relay.smtp_child()):
			threads = [threading.Thread(target=ask, args=(name,))
			    for name in asks]
			for thread in threads:
				thread.start()
			equal(relay.get("/healthz").status, 200, "/healthz")
			for thread in threads:
				thread.join()
		check_error(answers["post"], 504, "smtp_outcome_unknown")
		check_error(answers["look-up"], 503, "status_store_unavailable")
		equal(answers["ready"].status, 503, "/readyz")
		relay.reload(relay="")
		check_accepted(relay.post(message()))
		# The unknown one may have gone out meanwhile, once.
		true(len(server.taken()) in (2, 3), "taken: %r" % server.taken())


def test_parent_stopped():
	"""Mail goes on over the connections that there are; else it is refused."""
	with FaultServer() as server, Relay(server.port, prefork=1) as relay:
		check_accepted(relay.post(message()))
		child = relay.smtp_child()
		with process.stopped(relay.pid):
			check_accepted(relay.post(message()))
			server.drop_all()
			kill(child)
			def refused():
				return relay.post(message()).status == 503
			wait_for(refused, "the death to be noticed")
			check_error(relay.post(message()), 503, "overloaded")
			check_error(relay.submission(
			    "req_01ARZ3NDEKTSV4RRFFQ69G5FAV"), 503,
			    "status_store_unavailable")
			equal(relay.get("/healthz").status, 200, "/healthz")
		until_accepted(relay)
