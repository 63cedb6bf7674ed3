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

import re
import threading

from contract import check_accepted, check_error, check_response
from fault_server import FaultServer
from http_client import post_octets
from outcome import each, equal, true
from relay import OTHER, SECRET, Relay, message


def limits(bucket, value):
	"""limit lines: value for one bucket, none for the others."""
	return "\n".join("limit %s %s" % (name, value if name == bucket else "none")
	    for name in ("global", "address", "key"))


def hammer(relay, count, threads=8, secret=SECRET):
	"""Statuses of count POSTs over many connections at once."""
	statuses, lock = [], threading.Lock()
	def work(share):
		# A connection for every few, so that all processes take part.
		for start in range(0, share, 3):
			with relay.connect() as connection:
				for _ in range(min(3, share - start)):
					status = connection.exchange(post_octets(
					    message(), secret)).status
					with lock:
						statuses.append(status)
	workers = [threading.Thread(target=work, args=(count // threads,))
	    for _ in range(threads)]
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
	    limits=limits(bucket, "6/m burst 2")) as relay:
		check_accepted(relay.post(message()))
		check_accepted(relay.post(message()))
		response = relay.post(message())
		check_error(response, 429, "rate_limited")
		true(1 <= int(response.field("Retry-After")) <= 10, "Retry-After")
		equal(response.field("RateLimit-Policy"), '"%s";q=6;w=60' % bucket)
		match = re.match(r'"%s";r=0;t=(\d+)\Z' % bucket,
		    response.field("RateLimit") or "")
		true(match, "RateLimit is %r" % response.field("RateLimit"))
		equal(match.group(1), response.field("Retry-After"), "t")


def test_key_bucket_on_202():
	with FaultServer() as server, Relay(server.port,
	    limits=limits("key", "30/m burst 5")) as relay:
		for left in (4, 3, 2, 1, 0):
			response = relay.post(message())
			check_accepted(response)
			equal(response.field("RateLimit-Policy"), '"key";q=30;w=60')
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


def test_invalid_requests_cost():
	"""A unit is taken before the body is read, and not given back."""
	with FaultServer() as server, Relay(server.port,
	    limits=limits("key", "2/h")) as relay:
		check_error(relay.post(message(to="x")), 400, "validation_failed")
		check_error(relay.post(b"{"), 400, "bad_request")
		check_error(relay.post(message()), 429, "rate_limited")


def test_refill():
	"""10/s: emptied, and back after a tenth of a second."""
	import time
	with FaultServer() as server, Relay(server.port,
	    limits=limits("key", "10/s burst 1")) as relay, \
	    relay.connect() as connection:
		octets = post_octets(message(), SECRET)
		statuses = []
		start = time.monotonic()
		while time.monotonic() - start < 2:
			statuses.append(connection.exchange(octets).status)
			time.sleep(0.005)
		true(15 <= statuses.count(202) <= 22, "%d in 2 s" %
		    statuses.count(202))


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
