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

"""The three rate limits: exact over all processes, and how a 429 looks."""

import os
import re
import signal
import threading
import time

import process
from contract import check_accepted, check_error, check_response
from fault_server import FaultServer
from http_client import Closed, post_octets, request
from outcome import each, equal, true, wait_for
from relay import OTHER, SECRET, Relay, message
from tcp import free_port, queues
from test_metrics import eventually, scrape


def limits(bucket, value):
	"""limit lines: value for one bucket, none for the others."""
	return "\n".join("limit %s %s" % (name, value if name == bucket else "none")
	    for name in ("global", "address", "key"))


def hammer(relays, count, threads=8, secret=SECRET):
	"""Statuses of count POSTs over many connections at once."""
	relays = relays if isinstance(relays, list) else [relays]
	statuses, lock = [], threading.Lock()
	def work(share, relay):
		# A connection for every few, so that all processes take part.
		for start in range(0, share, 3):
			with relay.connect() as connection:
				for _ in range(min(3, share - start)):
					status = connection.exchange(post_octets(
					    message(), secret)).status
					with lock:
						statuses.append(status)
	workers = [threading.Thread(target=work, args=(count // threads,
	    relays[number % len(relays)])) for number in range(threads)]
	for worker in workers:
		worker.start()
	for worker in workers:
		worker.join()
	return statuses


@each((("global", "global"), ("address", "address"), ("key", "key")))
def test_exact(bucket):
	"""Twenty are let through by four processes, not one more."""
	with FaultServer() as server, Relay(server.port, prefork=4,
	    limits=limits(bucket, "20/d")) as relay:
		statuses = hammer(relay, 160)
		equal(sorted(set(statuses)), [202, 429])
		equal(statuses.count(202), 20, "accepted")
		equal(len(server.taken()), 20, "taken")


@each((("global", "global"), ("address", "address"), ("key", "key")))
def test_refused(bucket):
	with FaultServer() as server, Relay(server.port,
	    limits=limits(bucket, "2/h burst 2")) as relay:
		check_accepted(relay.post(message()))
		check_accepted(relay.post(message()))
		response = relay.post(message())
		check_error(response, 429, "rate_limited")
		true(1 <= int(response.field("Retry-After")) <= 1800, "Retry-After")
		equal(response.field("RateLimit-Policy"), '"%s";q=2;w=3600' % bucket)
		match = re.match(r'"%s";r=0;t=(\d+)\Z' % bucket,
		    response.field("RateLimit") or "")
		true(match, "RateLimit is %r" % response.field("RateLimit"))
		equal(match.group(1), response.field("Retry-After"), "t")


def test_key_bucket_on_202():
	with FaultServer() as server, Relay(server.port,
	    limits=limits("key", "1/h burst 5")) as relay:
		for left in (4, 3, 2, 1, 0):
			response = relay.post(message())
			check_accepted(response)
			equal(response.field("RateLimit-Policy"), '"key";q=1;w=3600')
			true((response.field("RateLimit") or "").startswith(
			    '"key";r=%d;t=' % left), "RateLimit is %r, %d left" % (
			    response.field("RateLimit"), left))
		check_error(relay.post(message()), 429, "rate_limited")


def test_keys_apart():
	"""One key's bucket is not the other's; a key may have its own."""
	keys = ('key "test" { secret "%s" limit 2/h }\n'
	    'key "other" { secret "%s" limit 3/h }' % (SECRET, OTHER))
	with FaultServer() as server, Relay(server.port, keys=keys) as relay:
		equal([relay.post(message()).status for _ in range(3)],
		    [202, 202, 429])
		equal([relay.post(message(), OTHER).status for _ in range(4)],
		    [202, 202, 202, 429])


def test_addresses_apart():
	with FaultServer() as server, Relay(server.port,
	    limits=limits("address", "1/h")) as relay:
		for last in range(1, 30):
			equal([relay.post(message(),
			    source="127.0.1.%d" % last).status for _ in range(2)],
			    [202, 429], "from 127.0.1.%d" % last)


def test_address_table_full():
	"""Who finds no slot shares one bucket; the busy are not pushed out."""
	with FaultServer() as server, Relay(server.port, limits="limit global none\n"
	    "limit key none\nlimit address 1/h table 8") as relay:
		equal(relay.post(message(), source="127.0.2.1").status, 202)
		for last in range(1, 60):
			relay.post(message(), source="127.0.3.%d" % last)
		equal(relay.post(message(), source="127.0.2.1").status, 429,
		    "the first one was forgotten")


def test_reads_are_free():
	with Relay(25, limits=limits("key", "1/h")) as relay:
		for _ in range(5):
			equal(relay.get("/v1/keys/self", SECRET).status, 200)
			equal(relay.get("/healthz").status, 200)


def test_wrong_keys_cost_the_address():
	"""Guessing secrets empties the address bucket, and no other."""
	with FaultServer() as server, Relay(server.port, limits="limit global 5/h\n"
	    "limit key 5/h\nlimit address 3/h") as relay:
		for secret, status in (("x", 403), (None, 401), ("y", 403),
		    ("z", 429)):
			equal(relay.post(message(), secret).status, status)
		check_error(relay.post(message()), 429, "rate_limited")
		check_accepted(relay.post(message(), source="127.0.0.7"))
		equal([relay.post(message(), source="127.0.0.8").status
		    for _ in range(4)], [202, 202, 202, 429])


@each((("key", "/v1/keys/self"),
    ("submission", "/v1/submissions/req_01JX5V0K9Q8Z3M7N2B4C6D8F0G")))
def test_wrong_keys_that_read_cost_the_address(path):
	"""Whatever is wrong with a key, and whatever it would read."""
	with Relay(25, limits=limits("address", "3/d")) as relay:
		for secret, status in (("x", 403), (None, 401), ("y", 403),
		    ("z", 429), (None, 429)):
			equal(relay.get(path, secret).status, status)
		response = relay.get(path, "z")
		check_error(response, 429, "rate_limited")
		equal(response.field("RateLimit-Policy"), '"address";q=3;w=86400')
		# Who has a key reads on.
		equal(relay.get("/v1/keys/self", SECRET).status, 200)
		check_error(relay.post(message()), 429, "rate_limited")


def test_look_ups_in_flight():
	"""32 of a key: leaving, unanswered, makes no room for more."""
	look_up = request("GET", "/v1/submissions/req_01JX5V0K9Q8Z3M7N2B4C6D8F0G",
	    (("X-API-Key", SECRET),))
	with FaultServer() as server, Relay(server.port, prefork=1) as relay:
		with process.stopped(relay.smtp_child()):
			askers = [relay.connect() for _ in range(32)]
			for asker in askers:
				asker.send(look_up)
			eventually(relay, "rele_requests_in_flight", 33)
			for asker in askers:
				asker.close()
			eventually(relay, "rele_requests_in_flight", 1)
			for _ in range(2):
				with relay.connect() as connection:
					response = connection.exchange(look_up)
				check_error(response, 429, "rate_limited")
				equal(response.field("Retry-After"), "1")
				equal(response.field("RateLimit-Policy"), None)
		# The answers that nobody waited for have come by then.
		wait_for(lambda: relay.submission(
		    "req_01JX5V0K9Q8Z3M7N2B4C6D8F0G").status == 404,
		    "a look-up to be answered")


def test_look_ups():
	"""Ten times what the key may send, and no matter of what it sends."""
	path = "/v1/submissions/req_01JX5V0K9Q8Z3M7N2B4C6D8F0G"
	with FaultServer() as server, Relay(server.port, prefork=4,
	    limits=limits("key", "1/d burst 2")) as relay:
		check_accepted(relay.post(message()))
		for number in range(20):
			equal(relay.get(path, SECRET,
			    method=("GET", "HEAD")[number % 2]).status, 404)
		response = relay.get(path, SECRET)
		check_error(response, 429, "rate_limited")
		equal(response.field("RateLimit-Policy"), '"lookup";q=10;w=86400')
		equal(relay.get(path, SECRET, method="HEAD").status, 429)
		equal(relay.get("/v1/keys/self", SECRET).status, 200)
		check_accepted(relay.post(message()))
		equal(scrape(relay).of("rele_rate_limited_total", tier="lookup"), 2)


def test_invalid_requests_cost():
	"""A unit is taken before the body is read, and not given back."""
	with FaultServer() as server, Relay(server.port,
	    limits=limits("key", "2/h")) as relay:
		check_error(relay.post(message(to="x")), 400, "validation_failed")
		check_error(relay.post(b"{"), 400, "bad_request")
		check_error(relay.post(message()), 429, "rate_limited")


def test_refill():
	"""10/s: emptied, and back after a tenth of a second, one at a time."""
	with FaultServer() as server, Relay(server.port,
	    limits=limits("key", "10/s burst 1")) as relay, \
	    relay.connect() as connection:
		octets = post_octets(message(), SECRET)
		statuses = []
		start = time.monotonic()
		while statuses.count(202) < 10:
			statuses.append(connection.exchange(octets).status)
			time.sleep(0.005)
		seconds = time.monotonic() - start
		equal(set(statuses) - {429}, {202})
		# However slow this machine is, no unit comes early.
		true(seconds >= 0.9, "ten units in %g s" % seconds)


def check_gone(relay):
	"""All of a bucket of three that takes days to fill was used."""
	check_error(relay.post(message()), 429, "rate_limited")


@each((("global", "global"), ("address", "address"), ("key", "key")))
def test_kept(bucket):
	"""Over a reload, and over the death of any child."""
	slow = limits(bucket, "1/d burst 3")
	with FaultServer() as server, Relay(server.port, limits=slow) as relay:
		check_accepted(relay.post(message()))
		relay.reload(top="timeout idle 50s")
		check_accepted(relay.post(message()))
		for program in ("relayd-http", "relayd-smtp"):
			for pid in relay.children(program):
				os.kill(pid, signal.SIGKILL)
			# Not a unit is left over for a request that fails.
			wait_for(lambda: answers(relay), "%s to be back" % program)
		check_accepted(relay.post(message()))
		check_gone(relay)
		relay.reload(top="timeout idle 51s", prefork=3)
		for pid in relay.family()[1:]:
			os.kill(pid, signal.SIGKILL)
		wait_for(lambda: answers(relay), "all children to be back")
		check_gone(relay)
		equal(len(server.taken()), 3, "taken")


def answers(relay):
	"""Both kinds of children do, and no limit counts that."""
	try:
		return relay.get("/readyz").status == 200
	except (OSError, Closed):
		return False


def test_reload_to_a_faster_limit():
	"""What a slow limit emptied fills as the new one says."""
	with FaultServer() as server, Relay(server.port,
	    limits=limits("key", "1/d burst 2")) as relay:
		equal([relay.post(message()).status for _ in range(3)],
		    [202, 202, 429])
		relay.reload(limits=limits("key", "10/s burst 2"))
		wait_for(lambda: relay.post(message()).status == 202,
		    "a unit of the new limit", 0.1)


def test_table_needs_a_restart():
	with Relay(25, limits="limit address 20/m burst 5 table 100") as relay:
		mark = len(relay.log())
		relay.reload(limits="limit address 20/m burst 5 table 200")
		true("at the next start" in relay.log()[mark:], relay.log()[mark:])


def test_flood_of_wrong_keys():
	"""Guessing is cut off before the key is looked at; others go on."""
	with FaultServer() as server, Relay(server.port, prefork=1,
	    limits="limit global none\nlimit key none\n"
	    "limit address 1/d burst 500") as relay:
		counts, lock, stopping = {}, threading.Lock(), threading.Event()
		def guess(source):
			octets = post_octets(message(), "wrong")
			while not stopping.is_set():
				with relay.connect(source=source) as connection:
					for _ in range(200):
						status = connection.exchange(
						    octets).status
						with lock:
							counts[status] = counts.get(
							    status, 0) + 1
						if stopping.is_set():
							break
		guessers = [threading.Thread(target=guess, args=("127.0.9.9",))
		    for _ in range(4)]
		for guesser in guessers:
			guesser.start()
		try:
			wait_for(lambda: counts.get(429, 0) > 500, "the flood")
			with relay.connect(source="127.0.9.1") as honest:
				octets = post_octets(message(), SECRET)
				for _ in range(100):
					check_accepted(honest.exchange(octets))
		finally:
			stopping.set()
			for guesser in guessers:
				guesser.join()
		equal(set(counts), {403, 429}, "statuses of guesses")
		equal(counts[403], 500, "guesses that were looked at")


def test_monitor_listener():
	"""/healthz, /readyz and /metrics, and nothing else is there."""
	port = free_port()
	with FaultServer() as server, Relay(server.port,
	    top="listen on 127.0.0.1 port %d monitor" % port) as relay:
		from http_client import get, post
		equal(get(port, "/healthz").status, 200)
		equal(get(port, "/readyz").status, 200)
		for path in ("/v1/keys/self", "/openapi.json", "/v1/send",
		    "/v1/submissions/req_01J00000000000000000000000", "/"):
			check_error(get(port, path, SECRET), 404, "not_found")
		for path in ("/v1/send", "/v1/send-bulk"):
			check_error(post(port, message(), SECRET, path=path), 404,
			    "not_found")
		equal(len(server.taken()), 0, "taken")
		check_accepted(relay.post(message()))


def test_max_connections():
	"""Idle ones give way; with none idle, others wait for their turn."""
	with FaultServer() as server, Relay(server.port, prefork=1,
	    top="max connections 10 per address 10") as relay:
		busy = [relay.connect() for _ in range(10)]
		try:
			for connection in busy:
				begin(relay, connection)
			with relay.connect(source="127.0.0.2") as extra:
				extra.send(request("GET", "/healthz"))
				true(extra.quiet(0.5), "an eleventh was served")
				busy.pop().close()
				equal(extra.response().status, 200)
				# That one is idle now.
				with relay.connect(source="127.0.0.3") as another:
					equal(another.exchange(request("GET",
					    "/healthz")).status, 200)
					true(extra.closed(), "the idle one was kept")
					begin(relay, another)
					with relay.connect(source="127.0.0.4") as last:
						last.send(request("GET", "/healthz"))
						true(last.quiet(0.3), "too many")
						# Answered, it is idle, and gives way.
						another.send(b"Host: a\r\n\r\n")
						equal(another.response().status, 200)
						equal(last.response().status, 200)
		finally:
			for connection in busy:
				connection.close()


def begin(relay, connection):
	"""A request, which the relay knows of: the connection is not idle."""
	connection.send(b"GET /healthz HTTP/1.1\r\n")
	wait_for(lambda: queues(relay.port, connection.socket)[1] == 0,
	    "its beginning to be read")


def test_connections_of_each_process():
	"""Each of two processes has its half, rounded up."""
	with FaultServer() as server, Relay(server.port, prefork=2,
	    top="max connections 100 per address 7") as relay:
		held, refused = [], 0
		try:
			for _ in range(40):
				connection = relay.connect()
				held.append(connection)
				try:
					connection.send(b"GET /healthz HTTP/1.1\r\n"
					    b"X: y\r\n")
				except OSError:
					pass
			def all_seen():
				metrics = scrape(relay, source="127.0.0.4")
				return metrics.of("rele_connections_open") - 1 + \
				    metrics.of("rele_connections_refused_total") == 40
			wait_for(all_seen, "all to be taken or refused")
			for connection in held:
				try:
					connection.send(b"Host: a\r\n\r\n")
					equal(connection.response().status, 200)
				except (OSError, Closed):
					refused += 1
			true(4 <= len(held) - refused <= 8, "%d of 40 were served"
			    % (len(held) - refused))
			with relay.connect(source="127.0.0.4") as other:
				equal(other.exchange(request("GET",
				    "/healthz")).status, 200)
		finally:
			for connection in held:
				connection.close()


def test_keys_self():
	keys = ('key "test" { secret "%s" description "For tests" recipients '
	    '{ "example.com" "ops@example.org" } limit 30/m burst 5 '
	    'mask recipients }\nkey "other" { secret "%s" }' % (SECRET, OTHER))
	with Relay(25, keys=keys, limits="limit global none\nlimit address none\n"
	    "limit key 1/h burst 2") as relay:
		document = check_response(relay.get("/v1/keys/self",
		    SECRET)).json()
		wanted = {"id": "test", "enabled": True,
		    "description": "For tests",
		    "allowed_recipient_domains": ["example.com"],
		    "allowed_recipients": ["ops@example.org"],
		    "rate_limit_per_min": 30, "burst": 5, "mask_recipient": True,
		    "effective_rate_limit_per_min": 30, "effective_burst": 5}
		equal({k: document.get(k) for k in wanted}, wanted)
		document = relay.get("/v1/keys/self", OTHER).json()
		equal(document["rate_limit_per_min"], None)
		equal(document["burst"], None)
		true(abs(document["effective_rate_limit_per_min"] - 1 / 60) < 1e-9,
		    "1/h is %r a minute" % document["effective_rate_limit_per_min"])
		equal(document["effective_burst"], 2)
		relay.reload(limits=limits("key", "none"))
		document = relay.get("/v1/keys/self", OTHER).json()
		equal(document["effective_rate_limit_per_min"], None)
		equal(document["effective_burst"], None)
