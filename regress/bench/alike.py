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

"""Whether the time of a look-up tells whose submission it is."""

import contextlib
import random
import time

import ledger
from direct import SmtpSink
from http_client import post_octets, request
from outcome import equal, wait_for
from redis_server import Redis
from relay import OTHER, SECRET, Relay, message
from through import configured

ROUNDS = 250
TRIES = 6
UNKNOWN = "req_01ARZ3NDEKTSV4RRFFQ69G5FAV"
ITEMS = "{ ttl 4s }"


@contextlib.contextmanager
def stores():
	"""{name: statement}"""
	with ledger.Place() as place, Redis() as redis:
		yield {"memory": "store memory " + ITEMS,
		    "sqlite": 'store sqlite "%s" %s' % (place.path, ITEMS),
		    "redis": 'store redis "%s" %s' % (redis.path, ITEMS)}


def ask(connection, identifier):
	return connection.exchange(request("GET", "/v1/submissions/" + identifier,
	    [("Authorization", "Bearer " + OTHER)])).status


def send(connection, secret):
	return connection.exchange(post_octets(message(),
	    secret)).json()["request_id"]


def difference(connection, identifiers):
	"""How much longer the slowest of these ids takes than the fastest, as a part
	of that.  They take turns, so that what else the machine does meets all
	alike, and the faster half of each counts."""
	took = {identifier: [] for identifier in identifiers}
	for _ in range(ROUNDS):
		for identifier in random.sample(identifiers, len(identifiers)):
			start = time.perf_counter()
			status = ask(connection, identifier)
			took[identifier].append(time.perf_counter() - start)
			equal(status, 404, identifier)
	middle = [sorted(times)[ROUNDS // 4] for times in took.values()]
	return max(middle) / min(middle) - 1


def differences():
	"""(name of the store, the least of some tries: one that tells something does
	so every time) of another key's, an expired and an unknown id."""
	with SmtpSink() as sink, stores() as statements:
		for name, statement in statements.items():
			with Relay(configuration=configured(sink,
			    store=statement)) as relay, relay.connect() as connection:
				expired = send(connection, OTHER)
				wait_for(lambda: ask(connection, expired) == 404,
				    "expiry")
				yield name, min(difference(connection,
				    [send(connection, SECRET), expired, UNKNOWN])
				    for _ in range(TRIES))
