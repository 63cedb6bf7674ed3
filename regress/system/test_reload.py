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

"""SIGHUP: everything changes, nothing fails; a wrong file changes nothing."""

import os
import re
import threading
import time

from contract import check_accepted, check_error
from fault_server import Drop, FaultServer, Held, Plan
from http_client import Closed, post, post_octets, request
from load import Load, request_ids
from outcome import each, equal, wait_for
from relay import NOT_RELOADED, OTHER, SECRET, Relay, message
from tcp import free_port, port_answers, queues

NEW = "a-new-secret-that-comes-with-the-reload-42"


def check_load(load, server):
	equal(load.failures, [], "failed requests of %d" % load.sent)
	taken = request_ids(server.taken())
	equal(len(taken), len(set(taken)), "taken, and different ones")
	equal(set(taken), set(load.accepted), "taken and accepted")


def test_same_under_load():
	"""Twenty reloads of the same file fail no request."""
	with FaultServer() as server, Relay(server.port) as relay, \
	    Load(relay.port, 6) as load:
		for _ in range(20):
			relay.reload()
			load.reach(len(load.accepted) + 3)
		load.stop()
		check_load(load, server)


def test_changes_under_load():
	"""Listeners, prefork, keys, limits and relays change; no request fails."""
	with FaultServer() as server, FaultServer() as second, \
	    Relay(server.port) as relay, Load(relay.port, 6) as load:
		more = free_port()
		key = relay.configuration.keys
		for change in ({"prefork": 4}, {"ports": [relay.port, more]},
		    {"prefork": 1}, {"ports": [relay.port]},
		    {"keys": key + '\nkey "new" { secret "%s" }' % NEW},
		    {"limits": "limit global 100000/s\nlimit address none\n"
		    "limit key 100000/s"}, {"keys": key}, {"prefork": 3},
		    {"smtp": [second.port, server.port]}, {"smtp": [server.port]},
		    {"relay": "connections 3 messages 7"},
		    {"timeouts": "timeout idle 30s"}, {"prefork": 2}):
			relay.reload(**change)
			sent = len(load.accepted)
			wait_for(lambda: len(load.accepted) > sent + 20, "requests")
		load.stop()
		equal(load.failures, [])
		taken = request_ids(server.taken() + second.taken())
		equal(sorted(taken), sorted(load.accepted), "taken and accepted")
		wait_for(lambda: len(relay.http_children()) == 2, "two processes")


def test_another_store_under_load():
	"""Another store has another relayd-smtp; the old one finishes and ends."""
	with FaultServer() as server, Relay(server.port) as relay, \
	    Load(relay.port, 6) as load:
		for store in ("none", "memory { ttl 1m }", "none",
		    "memory { ttl 1h records 10000 }"):
			before = relay.smtp_child()
			relay.reload(store="store " + store)
			sent = len(load.accepted)
			wait_for(lambda: len(load.accepted) > sent + 20, "requests")
			wait_for(lambda: relay.smtp_child() not in (None, before),
			    "another relayd-smtp")
			wait_for(lambda: len(relay.children("relayd-smtp")) == 1,
			    "the old one to end")
		before = relay.smtp_child()
		relay.reload(store="store memory { ttl 2h records 5000 }")
		equal(relay.smtp_child(), before, "relayd-smtp, in place")
		load.reach(50)
		load.stop()
		check_load(load, server)


def test_another_store_waits_for_what_is_sent():
	"""A message that is under way is answered by the old one."""
	release = threading.Event()
	with FaultServer(Plan(dot=Held(release))) as server, \
	    Relay(server.port) as relay:
		with relay.connect() as connection:
			connection.send(post_octets(message(), SECRET))
			wait_for(lambda: any(t.complete for t in
			    server.transactions), "the final dot")
			relay.reload(store="store none")
			server.plan = Plan()
			check_accepted(relay.post(message()))
			equal(len(relay.children("relayd-smtp")), 2)
			release.set()
			check_accepted(connection.response())
		wait_for(lambda: len(relay.children("relayd-smtp")) == 1,
		    "the old one to end")


def test_another_store_replaces_a_lost_connection():
	"""What drains still gets connections, however many changes ago."""
	release, sent = threading.Event(), []
	def mail(_):
		sent.append("MAIL")
		if len(sent) != 2:
			return None
		release.wait()
		return Drop
	with FaultServer(Plan(mail=mail)) as server, Relay(server.port) as relay:
		check_accepted(relay.post(message()))
		old = relay.smtp_child()
		with relay.connect() as connection:
			connection.send(post_octets(message(), SECRET))
			wait_for(lambda: len(sent) == 2, "the second MAIL")
			relay.reload(store="store none")
			relay.reload(store="store memory { ttl 1m records 10 }")
			relay.reload(limits="limit global none\nlimit address none\n"
			    "limit key 1000/s")
			release.set()
			check_accepted(connection.response())
		equal(len(server.taken()), 2)
		wait_for(lambda: relay.children("relayd-smtp") != [] and
		    old not in relay.children("relayd-smtp") and
		    len(relay.children("relayd-smtp")) == 1, "the old ones to end")


def test_fast_reloads_under_load():
	"""A SIGHUP every 20 ms, whether the last one is through or not."""
	with FaultServer() as server, Relay(server.port) as relay, \
	    Load(relay.port, 4) as load:
		for _ in range(100):
			relay.hang_up()
			time.sleep(0.02)
		relay.reload()
		load.reach(50)
		load.stop()
		check_load(load, server)


def test_listeners():
	with FaultServer() as server, Relay(server.port) as relay:
		first, second = relay.port, free_port()
		relay.reload(ports=[first, second])
		for port in (first, second):
			check_accepted(post(port, message(), SECRET))
		with relay.connect() as kept:
			equal(kept.exchange(request("GET", "/healthz")).status, 200)
			relay.reload(ports=[second])
			wait_for(lambda: not port_answers(first), "the port to close")
			check_accepted(relay.post(message()))
			# A connection through the closed listener is not cut under
			# a request; it may have been told that it ends.
			try:
				kept.send(post_octets(message(), SECRET))
				equal(kept.response().status, 202)
			except (Closed, OSError):
				pass
		relay.reload(ports=[first, second])
		check_accepted(post(first, message(), SECRET))


def test_all_addresses():
	"""From one address to all of them, and back, with the same port."""
	with FaultServer() as server, Relay(server.port) as relay:
		port = relay.port
		for address in ("*", "127.0.0.1", "*"):
			relay.reload(ports=[], top="listen on %s port %d" % (
			    address, port))
			check_accepted(post(port, message(), SECRET))


def test_keys():
	"""A revoked key is revoked at once, on kept connections too."""
	with FaultServer() as server, Relay(server.port) as relay:
		with relay.connect() as kept:
			check_accepted(kept.exchange(post_octets(message(), OTHER)))
			relay.reload(keys='key "test" { secret "%s" }\n'
			    'key "new" { secret "%s" }' % (SECRET, NEW))
			try:
				check_error(kept.exchange(post_octets(message(),
				    OTHER)), 403, "forbidden")
			except Closed:
				pass
		check_error(relay.post(message(), OTHER), 403, "forbidden")
		check_accepted(relay.post(message(), NEW))
		check_accepted(relay.post(message()))
		relay.reload(keys='key "new" { secret "%s" }' % NEW)
		check_error(relay.post(message()), 403, "forbidden")


def test_revoked_while_waiting():
	"""relayd-smtp judges by its newest configuration: no mail for a key
	that was revoked between head and body."""
	with FaultServer() as server, Relay(server.port) as relay:
		octets = post_octets(message(), OTHER)
		with relay.connect() as connection:
			connection.send(octets[:-10])
			wait_for(lambda: queues(relay.port, connection.socket)[1] == 0,
			    "the head to be read")
			relay.reload(keys='key "test" { secret "%s" }' % SECRET)
			connection.send(octets[-10:])
			check_error(connection.response(), 403, "forbidden")
		equal(server.completed(), [], "sent for a revoked key")


def test_policy_and_sender():
	with FaultServer() as server, Relay(server.port) as relay:
		check_error(relay.post(message(to="a@example.net")), 400,
		    "validation_failed", "to")
		relay.reload(recipients='recipients { "example.net" }',
		    sender='from "sales@example.com" name "Sales"')
		check_accepted(relay.post(message(to="a@example.net")))
		check_error(relay.post(message()), 400, "validation_failed", "to")
		equal(server.taken()[0].sender, "sales@example.com")


def test_limits():
	"""Buckets outlive a reload; what changed counts at once."""
	def limits(value):
		return "limit global none\nlimit address none\nlimit key " + value
	with FaultServer() as server, Relay(server.port,
	    limits=limits("3/d")) as relay:
		equal([relay.post(message()).status for _ in range(4)],
		    [202, 202, 202, 429])
		relay.reload()
		equal(relay.post(message()).status, 429, "after a reload")
		relay.reload(limits=limits("none"))
		equal([relay.post(message()).status for _ in range(5)], [202] * 5)


def test_prefork():
	with Relay(25, prefork=1) as relay:
		for count in (4, 2, 3, 1):
			relay.reload(prefork=count)
			wait_for(lambda: len(relay.http_children()) == count,
			    "%d processes" % count)
			equal(relay.get("/healthz").status, 200)


def test_surplus_finishes():
	"""A surplus process answers what it has begun."""
	gate = threading.Event()
	with FaultServer(Plan(dot=Held(gate))) as server, Relay(server.port,
	    prefork=4) as relay:
		connections = [relay.connect() for _ in range(8)]
		for connection in connections:
			connection.send(post_octets(message(), SECRET))
		server.wait_for_completed(8)
		relay.reload(prefork=1)
		gate.set()
		for connection in connections:
			check_accepted(connection.response())
			connection.close()
		wait_for(lambda: len(relay.http_children()) == 1, "one process")
		check_accepted(relay.post(message()))


def test_in_flight_keeps_its_relay():
	"""A relay that leaves the file finishes what it was given."""
	gate = threading.Event()
	with FaultServer(Plan(dot=Held(gate))) as first, \
	    FaultServer() as second, Relay(first.port) as relay:
		with relay.connect() as connection:
			connection.send(post_octets(message(), SECRET))
			first.wait_for_completed(1)
			relay.reload(smtp=[second.port])
			check_accepted(relay.post(message()))
			equal(len(second.taken()), 1, "taken by the new relay")
			gate.set()
			check_accepted(connection.response())
		wait_for(lambda: first.open_connections() == 0,
		    "connections to the old relay to end")


def test_ledger_survives():
	with FaultServer() as server, Relay(server.port) as relay:
		own = check_accepted(relay.post(message()))["request_id"]
		child = relay.smtp_child()
		relay.reload(store="store memory { ttl 2h records 5000 }")
		equal(relay.submission(own).status, 200)
		equal(relay.smtp_child(), child, "relayd-smtp's pid")


@each((
	("syntax", lambda text: text + "nonsense here\n", "unexpected|nonsense|syntax"),
	("no-key", lambda text: re.sub(r"(?m)^key .*$", "", text), "key"),
	("short-secret", lambda text: text + 'key "x" { secret "short" }\n',
	    "secret"),
	("no-recipients", lambda text: text.replace("recipients {",
	    "# recipients {", 1), "recipients"),
	("range", lambda text: text + "prefork 65\n", "prefork|64"),
	("undefined-macro", lambda text: text + "prefork $count\n", "count"),
	("not-available", lambda text: text + "limit shared\n",
	    "available|limit shared"),
))
def test_wrong(spoil, pattern):
	"""The old configuration stays in force; the log names file and line."""
	with FaultServer() as server, Relay(server.port) as relay:
		check_accepted(relay.post(message()))
		family = relay.family()
		good = str(relay.configuration)
		mark = len(relay.log())
		relay.write(spoil(good))
		relay.hang_up()
		relay.wait_for_log(r"http-smtp-rele\.conf:\d+: .*(%s)" % pattern, mark)
		relay.wait_for_log(NOT_RELOADED, mark)
		check_accepted(relay.post(message()))
		equal(sorted(relay.family()), sorted(family), "the processes")
		relay.reload()
		check_accepted(relay.post(message()))


def test_wrong_mode_and_missing():
	with FaultServer() as server, Relay(server.port) as relay:
		mark = len(relay.log())
		os.chmod(relay.path, 0o644)
		relay.hang_up()
		relay.wait_for_log(NOT_RELOADED, mark)
		mark = len(relay.log())
		os.unlink(relay.path)
		relay.hang_up()
		relay.wait_for_log(NOT_RELOADED, mark)
		check_accepted(relay.post(message()))
		relay.reload()
		check_accepted(relay.post(message()))


def test_listener_in_use():
	"""A port that cannot be bound: the reload is refused whole."""
	with FaultServer() as server, Relay(server.port) as relay:
		mark = len(relay.log())
		relay.configuration = relay.configuration.copy(
		    ports=[relay.port, server.port],
		    keys='key "new" { secret "%s" }' % NEW)
		relay.write()
		relay.hang_up()
		relay.wait_for_log(NOT_RELOADED, mark)
		check_accepted(relay.post(message()))
		check_error(relay.post(message(), NEW), 403, "forbidden")
