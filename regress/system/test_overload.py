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

"""Slow clients in great number, no descriptors left, no memory to spare."""

import json
import threading
import time

import process
from contract import check_accepted, check_error
from fault_server import FaultServer, Held, Plan
from http_client import Closed, Connection, post_octets
from load import Load
from outcome import alone, equal, frugal, true, unsanitized, wait_for
from relay import SECRET, Relay, message
from tcp import raise_descriptor_limit
from test_large import post_when_invited

MANY = "max connections 8192 per address 4096"


def test_thousand_slow_connections():
	"""They dribble heads and bodies; real requests are answered meanwhile."""
	raise_descriptor_limit(4096)
	with FaultServer() as server, Relay(server.port, top=MANY) as relay:
		slow = []
		half = post_octets(message(), SECRET)[:-20]
		for i in range(1000):
			connection = Connection(relay.port)
			connection.send(b"POST /v1/send HTTP/1.1\r\nHost: a\r\nX: "
			    if i % 2 else half)
			slow.append(connection)
		with Load(relay.port, 4, count=300) as load:
			alive = list(slow)
			while not all(not t.is_alive() for t in load.threads):
				for connection in alive[:]:
					try:
						connection.send(b"a" if connection.socket
						    else b"")
					except OSError:
						alive.remove(connection)
				time.sleep(0.05)
		equal(load.failures, [])
		equal(len(load.accepted), 300)
		for connection in slow:
			connection.close()
		wait_for(lambda: sum(process.descriptors(p)
		    for p in relay.http_children()) < 100,
		    "the descriptors to be given back")
		equal(len(server.taken()), 300)


def test_descriptors_run_out():
	"""Accepting rests while there are none, without spinning, and comes back."""
	with FaultServer() as server, Relay(server.port, prefork=1,
	    relay="connections 2", wrapper=["prlimit", "--nofile=64:64"]) as relay:
		child = relay.http_children()[0]
		before = process.descriptors(child)
		# Idle ones would be closed to make room; these have begun to ask.
		held = []
		for _ in range(100):
			held.append(Connection(relay.port))
			held[-1].send(b"GET /healthz HTTP/1.1\r\nHost: a\r\n")
		wait_for(lambda: process.descriptors(child) > before + 20,
		    "connections to be taken")
		# One that spins may be found preempted or stopped, but never
		# asleep so many times in a row.
		wait_for(lambda: all(is_asleep(child) for _ in range(200)),
		    "it to rest")
		# The connections that it has keep working.
		held[0].send(b"\r\n")
		equal(held[0].response().status, 200, "within the limit")
		for connection in held:
			connection.close()
		def back():
			try:
				return relay.post(message()).status == 202
			except (OSError, Closed):
				return False
		wait_for(back, "requests to be accepted again")
		equal(relay.http_children(), [child], "the process lived on")
		wait_for(lambda: process.descriptors(child) <= before + 2,
		    "descriptors to be given back")


def is_asleep(pid):
	time.sleep(0.001)
	return process.Process(pid).state == "S"


def test_few_descriptors_from_the_start():
	"""With a low limit the defaults shrink; nothing written is cut silently."""
	with FaultServer() as server, Relay(server.port, wrapper=["prlimit",
	    "--nofile=256:256"]) as relay:
		with Load(relay.port, 4, count=100) as load:
			load.wait()
		equal(load.failures, [])


def test_written_connections_are_there():
	"""A number that the file may have is served, and reloaded with."""
	with FaultServer() as server, Relay(server.port, prefork=1,
	    top="max connections 94 per address 94", relay="connections 2",
	    wrapper=["prlimit", "--nofile=128:128"]) as relay:
		held = []
		# These have begun to ask, so that none gives way to another.
		for _ in range(94):
			held.append(Connection(relay.port))
			held[-1].send(b"GET /healthz HTTP/1.1\r\nHost: a\r\n")
		def served():
			return process.descriptors(relay.http_children()[0]) > 94
		wait_for(served, "all of them to be taken")
		relay.reload()
		held[-1].send(b"\r\n")
		equal(held[-1].response().status, 200, "the last one")
		mark = len(relay.log())
		relay.configuration = relay.configuration.copy(
		    top="max connections 95")
		relay.write()
		relay.hang_up()
		relay.wait_for_log("max connections 95 needs 129 descriptors", mark)
		for connection in held:
			connection.close()
		check_accepted(relay.post(message()))


def test_max_memory():
	"""Past it: 503 with Retry-After; one alone is always taken."""
	gate = threading.Event()
	with FaultServer(Plan(dot=Held(gate))) as server, Relay(server.port,
	    top="max memory 1M\nmax request 1M", mail="max body 900K",
	    relay="connections 1") as relay:
		large = json.dumps(message(body=("x" * 70 + "\n") * 12000)).encode()
		statuses, lock = [], threading.Lock()
		def work():
			response = post_when_invited(relay.port, large)
			with lock:
				statuses.append(response.status)
			if response.status == 503:
				check_error(response, 503, "overloaded")
		threads = [threading.Thread(target=work) for _ in range(6)]
		for thread in threads:
			thread.start()
		wait_for(lambda: statuses.count(503) >= 3, "refusals")
		gate.set()
		for thread in threads:
			thread.join()
		true(set(statuses) == {202, 503}, "statuses %r" % statuses)
		equal(len(server.taken()), statuses.count(202))
		server.plan = Plan()
		check_accepted(relay.post(large))


@unsanitized("sanitizers need more room than it is given")
def test_memory_runs_out():
	"""A process that gets none says so and ends; a new one goes on."""
	with FaultServer() as server, Relay(server.port, prefork=1,
	    mail="max body 100M", top="max request 128M\nmax memory 1G",
	    wrapper=["prlimit", "--as=%d" % (80 << 20)]) as relay:
		check_accepted(relay.post(message()))
		child = relay.http_children()
		try:
			relay.post(message(body="x y\n" * 10000000))
		except (OSError, Closed):
			pass
		relay.wait_for_log("relayd-http: no memory.*annot allocate")
		wait_for(lambda: relay.http_children() not in (child, []),
		    "a new process")
		def back():
			try:
				return relay.post(message()).status == 202
			except (OSError, Closed):
				return False
		wait_for(back, "requests to be accepted again")
		equal(len(server.taken()), 2, "taken")


@alone("other daemons share the memory that is measured")
def test_nothing_leaks():
	"""Descriptors and memory after thousands of requests as after a hundred."""
	with FaultServer() as server, Relay(server.port, prefork=1,
	    relay="connections 4 idle 1s") as relay:
		def figures():
			pids = relay.http_children() + [relay.smtp_child(), relay.pid]
			return ([process.descriptors(p) for p in pids],
			    sum(process.proportional_kib(p) for p in pids))
		def send(count):
			with Load(relay.port, 4, count=count, reuse=5) as load:
				load.wait()
			equal(load.failures, [])
			wait_for(lambda: server.open_connections() == 0,
			    "idle connections to end")
		send(500)
		descriptors, memory = figures()
		send(3000)
		wait_for(lambda: all(a <= b for a, b in zip(figures()[0],
		    descriptors)), "descriptors to be as before")
		grown = figures()[1] - memory
		frugal(grown < 4000, "grown by %d KiB in 3,000 requests" % grown)
