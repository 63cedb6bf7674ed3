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

"""The ledger in Redis: what is kept, by whom, and what happens without it."""

import os
import signal
import threading
import time

from contract import check_accepted, check_error, check_response
from fault_server import FaultServer, Held, Plan
from http_client import post_octets
from load import Load
from outcome import each, equal, once_a_minute, true, wait_for
from redis_server import Redis, SlowRedis
from relay import SECRET, Relay, message
from test_metrics import eventually, scrape
from test_sqlite import Place

DOWN = "store is unavailable"
UP = "store is available again"


def local(redis, items=""):
	return 'store redis "%s" { %s }' % (redis.path, items)


def remote(port, items=""):
	return 'store redis "localhost" port %d { %s }' % (port, items)


def keyed(relay, key="k", **fields):
	return relay.post(message(**fields), fields=[("Idempotency-Key", key)])


def look_up(relay, status, identifier):
	response = check_response(relay.submission(identifier))
	equal(response.status, status, "look-up")
	return response


def is_found(relay, identifier):
	return relay.submission(identifier).status == 200


@each((
	("unix", lambda redis: local(redis)),
	("tcp", lambda redis: remote(redis.port)),
	("address", lambda redis: 'store redis 127.0.0.1 port %d' % redis.port),
))
def test_outlives_the_relay(store):
	"""Entries and keys are there for the next relay, and for another one."""
	with Redis() as redis, FaultServer() as server:
		with Relay(server.port, store=store(redis)) as relay:
			first = keyed(relay)
			own = check_accepted(first)["request_id"]
			entry = look_up(relay, 200, own).json()
			equal(entry["status"], "smtp_accepted")
			with Relay(server.port, store=store(redis)) as other:
				equal(look_up(other, 200, own).json(), entry)
		with Relay(server.port, store=store(redis)) as relay:
			equal(look_up(relay, 200, own).json(), entry)
			repeat = keyed(relay)
			equal(repeat.json(), first.json())
			equal(repeat.field("Idempotent-Replayed"), "true")
		equal(len(server.taken()), 1, "taken")


def test_everything_expires():
	with Redis() as redis, FaultServer() as server, Relay(server.port,
	    store=local(redis, "ttl 1h")) as relay:
		check_accepted(relay.post(message()))
		check_accepted(keyed(relay))
		check_error(relay.post(b"{"), 400, "bad_request")
		wait_for(lambda: len(redis.names()) == 4, "3 entries and a key")
		for name in redis.names():
			true(name.startswith(b"rele:"), "name %r" % name)
			true(0 < redis.command("PTTL", name) <= 3600000, name)


def test_expired():
	with Redis() as redis, FaultServer() as server, Relay(server.port,
	    store=local(redis, "ttl 1s")) as relay:
		own = check_accepted(keyed(relay))["request_id"]
		wait_for(lambda: relay.submission(own).status == 404, "expiry")
		wait_for(lambda: redis.names() == [], "an empty Redis")
		check_accepted(keyed(relay, subject="Another"))
		equal(len(server.taken()), 2, "taken")


def test_nothing_private():
	"""Neither text nor address nor a secret is in Redis."""
	with Redis() as redis, FaultServer(Plan(rcpt={"refused@example.com":
	    "550 5.1.1 no such user"})) as server, Relay(server.port,
	    store=local(redis)) as relay:
		private = message(to="secretuser@example.com",
		    subject="topsubject", body="topbody", reply_to="r@private.net")
		check_accepted(relay.post(private))
		check_accepted(keyed(relay, "topkey", **private))
		check_error(keyed(relay, "second", **dict(private, to=[
		    "secretuser@example.com", "refused@example.com"])), 502,
		    "smtp_rejected")
		octets = redis.octets()
		true(b"example.com" in octets, "no domain in %r" % octets)
		for word in (b"secretuser", b"topsubject", b"topbody", b"private",
		    b"topkey", b"refused@", SECRET.encode()):
			true(word not in octets, "%r is in %r" % (word, octets))


@each((
	("password", ["--requirepass", "open-sesame"], None),
	("user", "--user mail on >open-sesame ~rele:* +@all".split(), "mail"),
))
def test_auth(settings, user):
	with Redis(*settings, password="open-sesame", user=user) as redis, \
	    FaultServer() as server:
		items = 'user "%s" ' % user if user else ""
		with Relay(server.port, store=local(redis,
		    items + 'password "open-sesame"')) as relay:
			own = check_accepted(keyed(relay))["request_id"]
			look_up(relay, 200, own)
			true("open-sesame" not in relay.log(), "password in log")


@each((
	("password", "--requirepass right-one", 'password "wrong-one"',
	    "WRONGPASS"),
	("user", "--requirepass right-one", 'user "x" password "wrong-one"',
	    "WRONGPASS"),
	("none", "--requirepass right-one", "", "NOAUTH"),
	# It repeats what it was sent.
	("unknown", "--rename-command AUTH ''", 'password "wrong-one"', "ERR"),
))
def test_refused(settings, items, reason):
	"""Mail flows, the log says why, and never says the password."""
	redis = Redis(*settings.replace("''", "NONE").split())
	redis.login = ["right-one"] if "right" in settings else None
	with redis, FaultServer() as server, Relay(server.port,
	    store=local(redis, items)) as relay:
		own = check_accepted(relay.post(message()))["request_id"]
		check_error(relay.submission(own), 503, "status_store_unavailable")
		relay.wait_for_log("%s event=[a-z_]+ reason=.?%s" % (DOWN, reason))
		true("wrong-one" not in relay.log(), "password in log")


def test_database_and_prefix():
	with Redis() as redis, FaultServer() as server, Relay(server.port,
	    store=local(redis, 'database 3 prefix "mine/"')) as relay:
		look_up(relay, 200, check_accepted(keyed(relay))["request_id"])
		equal(redis.names(), [])
		names = redis.names(database=3)
		equal(len(names), 2, "names")
		true(all(n.startswith(b"mine/") for n in names), names)


def test_killed():
	"""Mail flows; what needs the store is refused; it is found again."""
	with Redis() as redis, FaultServer() as server, Relay(server.port,
	    store=local(redis)) as relay:
		own = check_accepted(relay.post(message()))["request_id"]
		look_up(relay, 200, own)
		begun = time.monotonic()
		redis.kill()
		relay.wait_for_log(DOWN)
		for number in range(20):
			check_accepted(relay.post(message()))
			check_error(relay.submission(own), 503,
			    "status_store_unavailable")
			check_error(keyed(relay), 503, "status_store_unavailable")
		equal(len(server.taken()), 21, "taken")
		once_a_minute(relay.log().count(DOWN), begun)
		redis.start()
		relay.wait_for_log(UP)
		own = check_accepted(keyed(relay))["request_id"]
		look_up(relay, 200, own)


def test_not_there_at_start():
	"""The daemon starts without its store, and finds it later."""
	redis = Redis()
	with FaultServer() as server, Relay(server.port,
	    store=local(redis)) as relay:
		check_accepted(relay.post(message()))
		relay.wait_for_log(DOWN)
		with redis:
			relay.wait_for_log(UP)
			look_up(relay, 200,
			    check_accepted(relay.post(message()))["request_id"])


def test_hanging():
	"""It takes connections and says nothing: nobody waits but who asked."""
	with Redis() as redis, FaultServer() as server, Relay(server.port,
	    store=local(redis)) as relay:
		own = check_accepted(relay.post(message()))["request_id"]
		look_up(relay, 200, own)
		def not_waited_for():
			"""Mail is answered before its replies are overdue; only a
			machine that stands still can be slower."""
			redis.hang()
			check_accepted(relay.post(message()))
			if is_up(relay):
				return True
			redis.go_on()
			eventually(relay, "rele_status_store_up", 1)
			return False
		wait_for(not_waited_for, "mail that does not wait for Redis")
		# Past the time that its replies have, and the next connection's.
		for value in (1, 0):
			eventually(relay, "rele_status_store_up", value)
			check_accepted(relay.post(message()))
		relay.wait_for_log(DOWN)
		check_error(relay.submission(own), 503, "status_store_unavailable")
		check_error(keyed(relay), 503, "status_store_unavailable")
		redis.go_on()
		relay.wait_for_log(UP)
		wait_for(lambda: is_found(relay, own), "the entry of before")
		check_accepted(keyed(relay))


def is_up(relay):
	return scrape(relay).of("rele_status_store_up") == 1


def test_outage_is_made_up_for():
	"""What was answered meanwhile is told again afterwards, and found; what was
	refused for it can be sent."""
	gates = [threading.Event(), threading.Event()]
	with Redis() as redis, FaultServer(plans=[Plan(dot=Held(g))
	    for g in gates]) as server, Relay(server.port,
	    store=local(redis)) as relay, relay.connect() as with_key, \
	    relay.connect() as without:
		with_key.send(post_octets(message(), SECRET,
		    fields=[("Idempotency-Key", "k")]))
		server.wait_for_completed(1)
		without.send(post_octets(message(), SECRET))
		server.wait_for_completed(2)
		redis.hang()
		# It is asked about this one, and says nothing.
		check_error(keyed(relay, "other"), 503, "status_store_unavailable")
		for gate in gates:
			gate.set()
		answers = [check_accepted(c.response()) for c in (with_key, without)]
		refused = check_error(relay.post(message(to="a@example.net")), 400,
		    "validation_failed")
		redis.go_on()
		relay.wait_for_log(UP)
		for answer in answers:
			wait_for(lambda: is_found(relay, answer["request_id"]) and
			    look_up(relay, 200, answer["request_id"]).json()["status"]
			    == "smtp_accepted", "what became of %r" % answer)
		wait_for(lambda: is_found(relay, refused["request_id"]),
		    "the entry of a refused one")
		repeat = replayed(keyed(relay))
		true(repeat, "it is not replayed")
		equal(repeat.json(), answers[0])
		fresh = keyed(relay, "other")
		check_accepted(fresh)
		equal(replayed(fresh), None, "replayed")
		equal(len(server.taken()), 3, "taken")


def test_no_memory():
	"""It answers, but takes nothing: as if it were away, and said once."""
	with Redis("--maxmemory-policy", "noeviction") as redis, \
	    FaultServer() as server, Relay(server.port,
	    store=local(redis)) as relay:
		own = check_accepted(keyed(relay, "own"))["request_id"]
		begun = time.monotonic()
		redis.command("CONFIG", "SET", "maxmemory", "1")
		kept = []
		for _ in range(10):
			kept.append(check_accepted(relay.post(message()))["request_id"])
			check_error(keyed(relay), 503, "status_store_unavailable")
			look_up(relay, 200, own)
		relay.wait_for_log("%s event=[a-z_]+ reason=.?OOM" % DOWN)
		once_a_minute(relay.log().count(DOWN), begun)
		equal(relay.log().count(UP), 0, "lines that it is over")
		redis.command("CONFIG", "SET", "maxmemory", "0")
		relay.wait_for_log(UP)
		for identifier in kept:
			wait_for(lambda: is_found(relay, identifier), "an entry")
		check_accepted(keyed(relay))


def test_other_stores_by_reload():
	"""From one store to another and back, each with what it knows."""
	with Redis() as redis, Place() as place, FaultServer() as server, \
	    Relay(server.port) as relay:
		known = {}
		lasting = (place.statement(), local(redis))
		for number, store in enumerate(lasting + ("store none",) + lasting):
			relay.reload(store=store)
			if store in known:
				wait_for(lambda: is_found(relay, known[store]),
				    "what it knew")
			elif store in lasting:
				wait_for(lambda: keyed(relay, "k%d" % number).status
				    == 202, "the store to work")
				own = check_accepted(relay.post(message()))
				known[store] = own["request_id"]
				look_up(relay, 200, known[store])
			for other in known.values():
				if other != known.get(store):
					look_up(relay, 404, other)


def test_drains_in_another_store():
	"""What is in flight there is no dead process's when its store comes back."""
	release = threading.Event()
	with FaultServer(plans=[Plan(dot=Held(release))]) as server, \
	    Redis() as redis, \
	    Relay(server.port, store=local(redis, 'prefix "a/"')) as relay:
		answers = []
		fields = [("Idempotency-Key", "k")]
		client = threading.Thread(target=lambda: answers.append(
		    relay.post(message(), fields=fields)))
		client.start()
		try:
			server.wait_for_completed(1)
			for prefix in "b/", "a/":
				relay.reload(store=local(redis,
				    'prefix "%s"' % prefix))
			check_error(relay.post(message(), fields=fields), 409,
			    "idempotency_in_progress")
		finally:
			release.set()
			client.join()
		check_accepted(answers[0])
		wait_for(lambda: relay.post(message(), fields=fields).field(
		    "Idempotent-Replayed") == "true", "the outcome to be told")
		equal(len(server.completed()), 1, "messages")


def test_slow():
	"""Mail does not wait for it; look-ups do."""
	with Redis() as redis, SlowRedis(redis, 0.2) as slow, \
	    FaultServer() as server, Relay(server.port,
	    store=remote(slow.port)) as relay:
		wait_for(lambda: relay.submission("req_01ARZ3NDEKTSV4RRFFQ69G5FAV"
		    ).status == 404, "the store")
		with Load(relay.port, threads=4, count=200) as load:
			load.wait()
		equal(load.failures, [], "failures")
		def answered():
			"""After 0.2 s at the earliest; a Redis or a relay that stands
			still as well may be given up for a while."""
			start = time.monotonic()
			found = is_found(relay, load.accepted[-1])
			true(time.monotonic() - start >= 0.2 or not found,
			    "it was not asked")
			return found
		wait_for(answered, "a look-up to be answered")


def test_restarted_under_load():
	"""Every message is accepted and delivered once, whatever Redis does."""
	with Redis() as redis, FaultServer() as server, Relay(server.port,
	    store=local(redis)) as relay:
		with Load(relay.port, threads=4) as load:
			for _ in range(3):
				wait_for(lambda: is_found(relay, (load.accepted or
				    ["req_01ARZ3NDEKTSV4RRFFQ69G5FAV"])[-1]),
				    "the store to work")
				redis.kill()
				mark = len(load.accepted)
				wait_for(lambda: len(load.accepted) > mark + 50,
				    "messages without a store")
				redis.start()
		equal(load.failures, [], "failures")
		equal(len(server.taken()), len(load.accepted), "taken")


def test_relayd_smtp_killed():
	"""What it was sending is unknown, and not sent again."""
	gate = threading.Event()
	with Redis() as redis, FaultServer(Plan(dot=Held(gate))) as server, \
	    Relay(server.port, store=local(redis)) as relay:
		with relay.connect() as connection:
			connection.send(post_octets(message(), SECRET,
			    fields=[("Idempotency-Key", "k")]))
			server.wait_for_completed(1)
			os.kill(relay.smtp_child(), signal.SIGKILL)
			own = check_error(connection.response(), 504,
			    "smtp_outcome_unknown")["request_id"]
		gate.set()
		server.plan = Plan()
		repeat = wait_for(lambda: replayed(keyed(relay)), "a replay")
		equal(repeat.status, 504)
		equal(repeat.json()["request_id"], own)
		equal(look_up(relay, 200, own).json()["status"],
		    "smtp_outcome_unknown")
		wait_for(server.taken, "the message to be taken")
		equal(len(server.taken()), 1, "taken")


def replayed(response):
	return response if response.field("Idempotent-Replayed") else None


def test_two_relays_race():
	"""Of two equal requests at two relays, one is sent."""
	pairs, workers = 1000, 8
	answers = {}

	def race(numbers, relays):
		with relays[0].connect() as one, relays[1].connect() as two:
			for number in numbers:
				octets = post_octets(message(
				    subject="pair %d" % number), SECRET,
				    fields=[("Idempotency-Key", "pair-%d" % number)])
				order = (one, two) if number % 2 else (two, one)
				for connection in order:
					connection.send(octets)
				answers[number] = [c.response() for c in order]

	with Redis() as redis, FaultServer() as server, \
	    Relay(server.port, store=local(redis)) as first, \
	    Relay(server.port, store=remote(redis.port)) as second:
		threads = [threading.Thread(target=race, daemon=True, args=(
		    range(worker, pairs, workers), (first, second)))
		    for worker in range(workers)]
		for thread in threads:
			thread.start()
		for thread in threads:
			thread.join()
		equal(len(answers), pairs, "answered pairs")
		for pair in answers.values():
			said = sorted(r.status for r in pair)
			true(said in ([202, 202], [202, 409]), "answers %s" % said)
			sent = [r for r in pair if r.status == 202 and
			    r.field("Idempotent-Replayed") is None]
			equal(len(sent), 1, "sent")
		subjects = [line for t in server.taken()
		    for line in t.content.split(b"\r\n")
		    if line.startswith(b"Subject: ")]
		equal(len(subjects), pairs, "taken")
		equal(len(set(subjects)), pairs, "different")
