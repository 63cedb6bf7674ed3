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

"""`limit shared': the limits of several relays, in a real Redis.

A relay that has no answer of Redis after half a second counts for itself, for all
machines stand still at times; how often it did it counts itself.
"""

import functools
import os
import signal
import threading
import time

from contract import check_accepted, check_error
from fault_server import FaultServer
from http_client import Closed, post_octets
from outcome import Failure, each, equal, true, wait_for
from redis_server import Redis, SlowRedis
from relay import OTHER, SECRET, Relay, message, running, sweep
from test_limits import hammer, limits
from test_metrics import scrape

AWAY = "shared limits are unavailable"
BACK = "shared limits are available again"
THIRD = "the-secret-of-a-third-key-0123456789"


def shared(bucket, value):
	return limits(bucket, value) + "\nlimit shared"


def unanswered(*relays):
	"""How many units these have judged for themselves."""
	return sum(scrape(relay).of("rele_shared_limits_unavailable_total")
	    for relay in relays)


def check_together(found, burst, *relays, before=0):
	"""Each unit that a relay judged for itself may be one too many; some are
	counted a little later."""
	true(burst <= found, "only %d accepted of %d" % (found, burst))
	wait_for(lambda: found <= burst + unanswered(*relays) - before,
	    "an excuse for %d accepted of %d" % (found, burst))


class SharedRelay(Relay):
	"""Knows when it has ended whether it had to count for itself."""

	alone = False

	def __exit__(self, kind, *rest):
		if kind is not None:
			try:
				# relayd-smtp's figure comes later than its line.
				self.alone = unanswered(self) > 0 or \
				    AWAY in self.log()
			except (OSError, Closed, Failure):
				pass
		super().__exit__(kind, *rest)


def answered_in_time(test):
	"""What is told exactly, unit for unit, holds when Redis was in time: else the
	test is repeated.  Where it never is, nothing is judged but what
	test_is_answered does."""
	@functools.wraps(test)
	def repeated(*arguments):
		for _ in range(5):
			try:
				return test(*arguments)
			except Failure:
				if not any(getattr(relay, "alone", False)
				    for relay in running):
					raise
			sweep()
		print("    Redis was late five times over")
	return repeated


def refused(relay):
	"""The answer to one more; None when it is accepted."""
	response = relay.post(message())
	return None if response.status == 202 else response


def test_is_answered():
	"""However slow all is: sooner or later an answer counts."""
	with Redis() as redis, FaultServer() as server, Relay(server.port,
	    limits=shared("key", "1000/d"), store=store(redis)) as relay:
		def in_time():
			before = unanswered(relay)
			check_accepted(relay.post(message()))
			return unanswered(relay) == before
		wait_for(in_time, "an answer of Redis in time")
		true(b"rele:l:k:test" in redis.names(), "nothing is kept there")


def store(redis):
	return 'store redis "%s"' % redis.path


@each((("global", "global"), ("address", "address"), ("key", "key")))
def test_exact(bucket):
	"""Two daemons with two processes each let fifty through together."""
	with Redis() as redis, FaultServer() as server:
		how = dict(prefork=2, limits=shared(bucket, "1/d burst 50"),
		    store=store(redis))
		with Relay(server.port, **how) as one, \
		    Relay(server.port, **how) as other:
			statuses = hammer([one, other], 240)
			equal(sorted(set(statuses)), [202, 429])
			check_together(statuses.count(202), 50, one, other)
			equal(len(server.taken()), statuses.count(202), "taken")
			for relay in (one, other):
				response = wait_for(lambda: refused(relay),
				    "its own count to be used up")
				check_error(response, 429, "rate_limited")
				equal(response.field("RateLimit-Policy"),
				    '"%s";q=1;w=86400' % bucket)
				true(response.field("RateLimit").startswith(
				    '"%s";r=0;t=' % bucket), "RateLimit")
				wait = int(response.field("Retry-After"))
				true(0 < wait <= 86400, "Retry-After is %d" % wait)
		# What is counted outlives both.
		with Relay(server.port, **how) as relay:
			statuses = [relay.post(message()).status for _ in range(3)]
			check_together(statuses.count(202), 0, relay)


@answered_in_time
def test_what_is_told():
	"""What the other relay took is gone for this one."""
	with Redis() as redis, FaultServer() as server:
		how = dict(limits=shared("key", "1/d burst 5"),
		    store=store(redis))
		with SharedRelay(server.port, **how) as one, \
		    SharedRelay(server.port, **how) as other:
			for relay, left in ((one, 4), (other, 3), (one, 2)):
				response = relay.post(message())
				check_accepted(response)
				equal(response.field("RateLimit-Policy"),
				    '"key";q=1;w=86400')
				true(response.field("RateLimit").startswith(
				    '"key";r=%d;t=' % left), response)
			# The other key has its own.
			response = one.post(message(), OTHER)
			true('r=4;' in response.field("RateLimit"), response)


@answered_in_time
def test_order():
	"""As without it: the address before the key, and no unit given back."""
	with Redis() as redis, FaultServer() as server, SharedRelay(server.port,
	    store=store(redis), limits="limit global 5/d\nlimit key 5/d\n"
	    "limit address 3/d\nlimit shared") as relay:
		for secret, status in (("x", 403), (None, 401), ("y", 403),
		    ("z", 429)):
			equal(relay.post(message(), secret).status, status)
		check_error(relay.post(message()), 429, "rate_limited")
		equal([relay.post(message(to="x"), source="127.0.0.7").status
		    for _ in range(4)], [400, 400, 400, 429])
		equal([relay.post(message(), source="127.0.0.8").status
		    for _ in range(4)], [202, 202, 429, 429])
		# Reading is free.
		equal(relay.get("/v1/keys/self", SECRET).status, 200)


@answered_in_time
def test_bulk():
	"""Each message of a request takes a unit, in order, of all relays."""
	elements = {"messages": [message(subject="m%d" % i) for i in range(8)]}
	with Redis() as redis, FaultServer() as server:
		how = dict(limits=shared("key", "1/d burst 5"),
		    store=store(redis), mail="bulk 10")
		with SharedRelay(server.port, **how) as one, \
		    SharedRelay(server.port, **how) as other:
			check_accepted(one.post(message()))
			response = other.post(elements, path="/v1/send-bulk")
			equal(response.status, 202)
			results = response.json()["results"]
			equal([r["status"] for r in results],
			    ["accepted"] * 4 + ["rejected"] * 4)
			equal(set(r["code"] for r in results[4:]), {"rate_limited"})
			check_error(one.post(message()), 429, "rate_limited")


@answered_in_time
def test_large_and_expected():
	"""The body is asked for when the units are there, and all of it comes."""
	with Redis() as redis, FaultServer() as server, SharedRelay(server.port,
	    limits=shared("key", "1/d burst 3"), store=store(redis),
	    top="max request 4M", mail="max body 3M") as relay:
		text = "0123456789abcdef" * 60 + "\n"
		check_accepted(relay.post(message(body=text * 2000)))
		octets = post_octets(message(), SECRET,
		    fields=[("Expect", "100-continue")])
		head, body = octets.split(b"\r\n\r\n", 1)
		for status in (202, 202, 429):
			with relay.connect() as connection:
				connection.send(head + b"\r\n\r\n")
				response = connection.response()
				if status == 429:
					check_error(response, 429, "rate_limited")
					continue
				equal(response.status, 100)
				equal(connection.exchange(body).status, status)
		true(server.taken()[0].content.count(b"0123456789abcdef") == 120000,
		    "the text is not whole")


def accepts(relay, count):
	"""As many are accepted, and then no more."""
	equal([relay.post(message()).status for _ in range(count + 1)],
	    [202] * count + [429])


@each((("killed", Redis.kill, Redis.start), ("hanging", Redis.hang,
    Redis.go_on)))
def test_away(leave, come):
	"""Each counts for itself, from what it allowed; then together again."""
	with Redis() as redis, FaultServer() as server:
		how = dict(limits=shared("key", "1/d burst 6"),
		    store=store(redis), keys="\n".join('key "%s" { secret "%s" }'
		    % pair for pair in (("test", SECRET), ("other", OTHER),
		    ("third", THIRD))))
		with Relay(server.port, **how) as one, \
		    Relay(server.port, **how) as other:
			for relay in (one, one, other):
				check_accepted(relay.post(message()))
			leave(redis)
			accepts(one, 4)
			accepts(other, 5)
			for relay in (one, other):
				relay.wait_for_log(AWAY)
			come(redis)
			for relay in (one, other):
				# A key that is not counted tells when it is back.
				wait_for(lambda: (relay.post(message(to="x"), THIRD),
				    BACK in relay.log())[1], BACK, 0.05)
			before = unanswered(one, other)
			found = hammer([one, other], 40, secret=OTHER).count(202)
			check_together(found, 6, one, other, before=before)


def test_slow():
	"""A Redis that is slower than the limits may wait is not waited for."""
	with Redis() as redis, SlowRedis(redis, 0.8) as slow, \
	    FaultServer() as server, Relay(server.port,
	    limits=shared("key", "1/d burst 39"),
	    store='store redis 127.0.0.1 port %d' % slow.port) as relay:
		wait_for(lambda: relay.submission("req_01ARZ3NDEKTSV4RRFFQ69G5FAV"
		    ).status == 404, "the store, which may take its time")
		start = time.monotonic()
		statuses = [relay.post(message()).status for _ in range(40)]
		equal(statuses, [202] * 39 + [429])
		# Each that waited would have waited for half a second.
		asked = redis.calls("time")	# which the script asks for
		took = time.monotonic() - start
		true(asked <= 2 + took / 0.8, "asked %d times in %.1f s" % (asked,
		    took))
		relay.wait_for_log("%s event=[a-z_]+ reason=.no " % AWAY)


@answered_in_time
def test_children_killed():
	"""The buckets are nobody's who dies."""
	with Redis() as redis, FaultServer() as server, SharedRelay(server.port,
	    limits=shared("key", "1/d burst 2"), store=store(redis)) as relay:
		check_accepted(relay.post(message()))
		for pid in relay.family()[1:]:
			os.kill(pid, signal.SIGKILL)
		def ready():
			try:
				return relay.get("/readyz").status == 200
			except Exception:
				return False
		wait_for(ready, "the children to be back")
		accepts(relay, 1)


@answered_in_time
def test_reload():
	"""On and off; what was allowed together counts here when it is off."""
	with Redis() as redis, FaultServer() as server, SharedRelay(server.port,
	    limits=limits("key", "1/d burst 4"), store=store(redis)) as relay:
		check_accepted(relay.post(message()))
		relay.reload(limits=shared("key", "1/d burst 4"))
		equal([n for n in redis.names() if b":l:" in n], [])
		for left in (3, 2):
			response = relay.post(message())
			check_accepted(response)
			true("r=%d;" % left in response.field("RateLimit"), response)
		equal([n for n in redis.names() if b":l:" in n],
		    [b"rele:l:k:test"])
		relay.reload(limits=limits("key", "1/d burst 4"))
		accepts(relay, 1)
		relay.reload(limits=shared("key", "1/d burst 4"))
		response = relay.post(message())
		check_accepted(response)
		true("r=1;" in response.field("RateLimit"), response)


def test_reload_under_load():
	with Redis() as redis, FaultServer() as server, Relay(server.port,
	    limits=shared("key", "1/d burst 40"), store=store(redis)) as relay:
		statuses = []
		worker = threading.Thread(target=lambda: statuses.extend(
		    hammer(relay, 120, 4)))
		worker.start()
		for number in range(5):
			relay.reload(limits=shared("key", "1/d burst 40"),
			    top="timeout idle %ds" % (40 + number))
		worker.join()
		equal(sorted(set(statuses)), [202, 429])
		check_together(statuses.count(202), 40, relay)


@answered_in_time
def test_bounded_and_private():
	"""Of many addresses no more is kept than the table says, and no address."""
	with Redis() as redis, FaultServer() as server, SharedRelay(server.port,
	    limits="limit global none\nlimit key none\n"
	    "limit address 1/d burst 2 table 16\nlimit shared",
	    store=store(redis)) as relay:
		check_accepted(relay.post(message(), source="127.0.5.1"))
		for last in range(1, 120):
			relay.post(message(), source="127.0.6.%d" % last)
		names = [n for n in redis.names() if b":l:" in n]
		equal(names, [b"rele:l:a:2"])
		true(redis.command("HLEN", names[0]) <= 4, "fields")
		octets = redis.octets()
		for word in (b"127.0", b"\x7f\x00", SECRET.encode()):
			true(word not in octets, "%r is in Redis" % word)
		true(0 < redis.command("PTTL", names[0]) <= 172800001, "PTTL")
		# The first one has its other unit still, and no third.
		equal([relay.post(message(), source="127.0.5.1").status
		    for _ in range(2)], [202, 429])


def test_needs_redis():
	import subprocess
	with Redis() as redis, Relay(25, limits=shared("key", "1/h"),
	    store=store(redis)) as relay:
		for text, words in (("store memory", "limit shared needs store redis"),
		    (store(redis), "configuration OK")):
			relay.write(str(relay.configuration.copy(store=text)))
			found = subprocess.run([relay.program, "-n", "-f",
			    relay.path], capture_output=True, text=True)
			true(words in found.stdout + found.stderr, found)
