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


"""The rows of the table that `make bench' prints.

A row is a function that takes a Bench and yields (name, value); TABLE names its
figures, so that one can be chosen, and figures.BARS says what they must be.
"""

import contextlib

import alike
import crowd
import https
import keys
import ledger
import memory
import through
from direct import SmtpSink, smtp_source
from figures import note
from original import Original
from outcome import Failure
from redis_server import Redis
from table import Row
from through import configured, latencies, measure, warmed

# Throughput is the better of these.
CONNECTIONS = (32, 128)


class Bench:
	"""How long to measure, and what several rows need: it is measured once."""

	def __init__(self, seconds, rounds, original):
		self.seconds, self.rounds = seconds, rounds
		self.original = original	# the program, or None
		self.known = {}

	def once(self, function):
		"""A failure is kept as well."""
		if function not in self.known:
			try:
				self.known[function] = function(self)
			except Failure as failure:
				self.known[function] = failure
		if isinstance(self.known[function], Failure):
			raise self.known[function]
		return self.known[function]

	def best(self, loads):
		"""The best Run of each name's load.  They are taken in turns, so that
		what else the machine does troubles all alike."""
		best = {}
		for _ in range(self.rounds):
			for name, load in loads:
				run = load()
				note("%s: %s" % (name, run))
				if name not in best or run.rate > best[name].rate:
					best[name] = run
		return best


def fastest(best, who):
	return max((run for name, run in best.items() if name.startswith(who)),
	    key=lambda run: run.rate)


def named(who, connections):
	return "%s, %d connections" % (who, connections)


def comparison(bench):
	"""The best run straight to the mail server, through the relay and, if it is
	there, through the original."""
	with contextlib.ExitStack() as stack:
		sink = stack.enter_context(SmtpSink())
		relay = stack.enter_context(warmed(configured(sink)))
		original = stack.enter_context(Original(bench.original, sink.port)) \
		    if bench.original else None
		loads = []
		for c in CONNECTIONS:
			loads.append((named("smtp-source", c),
			    lambda c=c: smtp_source(sink, c, bench.seconds)))
			loads.append((named("the relay", c),
			    lambda c=c: measure(relay, bench.seconds, c)))
			if original:
				loads.append((named("the original", c),
				    lambda c=c: through.rate(original.port, c,
				    bench.seconds)))
		best = bench.best(loads)
	return [fastest(best, who) for who in ("smtp-source", "the relay",
	    "the original") if original or who != "the original"]


def throughput(bench):
	direct, relayed = bench.once(comparison)[:2]
	yield "throughput_per_s", relayed.rate
	yield "smtp_source_per_s", direct.rate
	yield "throughput_ratio", relayed.rate / direct.rate


def cpu(bench):
	direct, relayed = bench.once(comparison)[:2]
	yield "cpu_us_per_message", relayed.cpu_us
	yield "smtp_source_cpu_us", direct.cpu_us
	yield "cpu_ratio", relayed.cpu_us / direct.cpu_us


def latency(bench):
	"""The same messages, from the same program, at the same rate, over as many
	connections as the highest throughput had, to the relay and straight to its
	mail server; the lowest of the rounds each."""
	relayed = bench.once(comparison)[1]
	rate, connections = relayed.rate / 2, relayed.connections
	direct, added = [], []
	with SmtpSink() as sink, warmed(configured(sink)) as relay:
		for _ in range(bench.rounds):
			direct.append(latencies(sink.port, rate, bench.seconds,
			    connections, direct=True))
			added.append(latencies(relay.port, rate, bench.seconds,
			    connections))
			note("%.0f/s direct: p50 %.0f us, p99 %.0f us; through the "
			    "relay: p50 %.0f us, p99 %.0f us" % ((rate,) +
			    direct[-1] + added[-1]))
	for index, name in enumerate(("latency_p50_us", "latency_p99_us")):
		yield name, min(l[index] for l in added) - \
		    min(l[index] for l in direct)


def original(bench):
	_, relayed, theirs = bench.once(comparison)
	yield "original_per_s", theirs.rate
	yield "original_ratio", relayed.rate / theirs.rate


def original_latency(bench):
	"""Both at half of the original's highest throughput."""
	rate = bench.once(comparison)[2].rate / 2
	how = (rate, max(2, bench.seconds), max(CONNECTIONS))
	with SmtpSink() as sink:
		with Original(bench.original, sink.port) as program:
			theirs, _ = latencies(program.port, *how)
		with warmed(configured(sink)) as relay:
			ours, _ = latencies(relay.port, *how)
	note("p50 at %.0f/s: %.0f us, the original %.0f us" % (rate, ours, theirs))
	yield "original_latency_ratio", ours / theirs


def attachments(bench):
	with SmtpSink() as sink:
		rate, peak, posted = memory.attachments(sink, max(2, bench.seconds))
	note("at most %.1f MB for a body of %.1f MB" % (peak, posted))
	yield "attachment_mb_s", rate
	yield "attachment_memory_ratio", peak / posted


def idle_memory(_):
	yield "rss_idle_mb", memory.idle()


def connected_memory(_):
	with SmtpSink() as sink:
		yield "rss_5000_mb", memory.with_connections(sink, 5000)


def crowds(bench):
	"""The load alone, and beside clients that do not come to the point."""
	with contextlib.ExitStack() as stack:
		sink = stack.enter_context(SmtpSink())
		relays = [stack.enter_context(warmed(configured(sink,
		    timeouts=crowd.OPEN, top=through.room(8000))))
		    for _ in range(3)]
		stack.enter_context(crowd.idle(relays[1], 5000))
		stack.enter_context(crowd.dribbling(relays[2], 1000))
		best = bench.best([(name, lambda relay=relay: measure(relay,
		    bench.seconds)) for name, relay in zip(("alone", "idle_5000",
		    "dribbling_1000"), relays)])
	for name in ("idle_5000", "dribbling_1000"):
		yield name + "_per_s", best[name].rate
		yield name + "_ratio", best[name].rate / best["alone"].rate


def compared(bench, name, settings):
	"""Each setting's messages/s, and the worst over the best.  All the relays
	run all the time: one has load, the others cost nothing."""
	with contextlib.ExitStack() as stack:
		sink = stack.enter_context(SmtpSink())
		loads = []
		for number, parts, keys_used in settings:
			relay = stack.enter_context(warmed(
			    configured(sink, **parts), keys_used))
			loads.append(("%s_%d" % (name, number),
			    lambda relay=relay, keys_used=keys_used: measure(relay,
			    bench.seconds, keys=keys_used)))
		best = bench.best(loads)
	for figure, run in best.items():
		yield figure, run.rate
	rates = [run.rate for run in best.values()]
	yield name + "_flat", min(rates) / max(rates)


def prefork(bench):
	return compared(bench, "prefork", [(n, {"prefork": n}, None)
	    for n in (1, 2, 4)])


def pool(bench):
	return compared(bench, "pool", [(n, {"relay": through.pool(n)}, None)
	    for n in (1, 10, 100)])


def many_keys(bench):
	"""All of them are used in turn, and each one's limit is counted."""
	limits = "limit global none\nlimit address none\nlimit key 1000000/s"
	return compared(bench, "keys", [(n, {"keys": keys.statements(n),
	    "limits": limits}, n) for n in (10, 100, 1000, 10000)])


def redis(bench):
	"""What the ledger in a Redis on the same machine costs."""
	with SmtpSink() as sink, Redis() as server, \
	    warmed(configured(sink)) as memory_relay, \
	    warmed(configured(sink, store='store redis "%s"' %
	    server.path)) as redis_relay:
		best = bench.best([("store memory", lambda: measure(memory_relay,
		    bench.seconds)), ("store redis", lambda: measure(redis_relay,
		    bench.seconds))])
	yield "redis_per_s", best["store redis"].rate
	yield "redis_cpu_us", best["store redis"].cpu_us
	yield "redis_ratio", best["store redis"].rate / best["store memory"].rate


def over_tls(bench):
	"""TLS 1.3 on kept connections, over the same relay's plain listener; for so
	long that the handshakes at the beginning count for little."""
	seconds = max(4, bench.seconds)
	with SmtpSink() as sink, https.relays(sink) as (relay, port):
		best = bench.best([("plain HTTP", lambda: measure(relay,
		    seconds)), ("HTTPS", lambda: measure(relay, seconds,
		    tls_port=port))])
	yield "https_per_s", best["HTTPS"].rate
	yield "https_cpu_us", best["HTTPS"].cpu_us
	yield "https_ratio", best["HTTPS"].rate / best["plain HTTP"].rate


def handshakes(bench):
	"""A new connection with TLS 1.3, and a P-256 key, for each request."""
	with SmtpSink() as sink:
		with https.relays(sink) as (_, port):
			yield "tls_handshakes_per_s", max(https.handshakes(port,
			    bench.seconds) for _ in range(bench.rounds))
		yield "tls_connection_kb", https.connection_kb(sink)


def sqlite(bench):
	"""What the ledger in a file costs; both relays run all the time."""
	with SmtpSink() as sink, ledger.Place() as place, \
	    warmed(configured(sink)) as memory_relay, \
	    warmed(configured(sink, store=place.statement())) as file_relay:
		best = bench.best([("store memory", lambda: measure(memory_relay,
		    bench.seconds)), ("store sqlite", lambda: measure(file_relay,
		    bench.seconds))])
	yield "sqlite_per_s", best["store sqlite"].rate
	yield "sqlite_cpu_us", best["store sqlite"].cpu_us
	yield "sqlite_ratio", best["store sqlite"].rate / \
	    best["store memory"].rate


def ledger_records(bench):
	"""Each file is full before the load, so every message pushes one out."""
	with contextlib.ExitStack() as stack:
		sink = stack.enter_context(SmtpSink())
		loads = []
		for records in ledger.RECORDS:
			place = stack.enter_context(ledger.Place())
			configuration = configured(sink,
			    store=place.statement(records))
			place.fill(configuration, records)
			relay = stack.enter_context(warmed(configuration))
			loads.append(("records_%d" % records, lambda relay=relay:
			    measure(relay, bench.seconds)))
		best = bench.best(loads)
		# The last one is the largest.
		looked_up = ledger.lookups(relay, records, bench.seconds)
		megabytes = place.megabytes() * 1e6 / records
	for figure, run in best.items():
		yield figure, run.rate
		yield figure + "_cpu_us", run.cpu_us
	rates = [run.rate for run in best.values()]
	yield "records_flat", min(rates) / max(rates)
	yield "ledger_mb_per_million", megabytes
	yield "lookups_per_s", looked_up


def alike_lookups(_):
	"""Another key's submission, an expired one and none are the same 404."""
	for name, value in alike.differences():
		yield "alike_" + name, value


TABLE = [
	Row(idle_memory, "rss_idle_mb"),
	Row(connected_memory, "rss_5000_mb"),
	Row(crowds, "idle_5000_per_s idle_5000_ratio dribbling_1000_per_s "
	    "dribbling_1000_ratio"),
	Row(throughput, "throughput_per_s smtp_source_per_s throughput_ratio"),
	Row(cpu, "cpu_us_per_message smtp_source_cpu_us cpu_ratio"),
	Row(latency, "latency_p50_us latency_p99_us"),
	Row(original, "original_per_s original_ratio", True),
	Row(original_latency, "original_latency_ratio", True),
	Row(attachments, "attachment_mb_s attachment_memory_ratio"),
	Row(prefork, "prefork_1 prefork_2 prefork_4 prefork_flat"),
	Row(pool, "pool_1 pool_10 pool_100 pool_flat"),
	Row(many_keys, "keys_10 keys_100 keys_1000 keys_10000 keys_flat"),
	Row(over_tls, "https_per_s https_cpu_us https_ratio"),
	Row(handshakes, "tls_handshakes_per_s tls_connection_kb"),
	Row(sqlite, "sqlite_per_s sqlite_cpu_us sqlite_ratio"),
	Row(redis, "redis_per_s redis_cpu_us redis_ratio"),
	Row(ledger_records, "records_1000 records_1000_cpu_us records_100000 "
	    "records_100000_cpu_us records_1000000 records_1000000_cpu_us "
	    "records_flat ledger_mb_per_million lookups_per_s"),
	Row(alike_lookups, "alike_memory alike_sqlite alike_redis"),
]
