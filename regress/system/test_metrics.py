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


"""GET /metrics: its form, its numbers, and what is made of them."""

import glob
import json
import os
import re
import shutil
import signal
import ssl
import tempfile
import threading
import time

import http_client
import process
import prometheus
import relay as relays
import secure
from certificates import certificates
from contract import DATE, REQUEST_ID, check_accepted, check_error
from fault_server import FaultServer, Held, Plan
from http_client import request
from outcome import Failure, equal, true, wait_for
from relay import SECRET, Relay, message
from tcp import free_port

HERE = os.path.dirname(os.path.abspath(__file__))
SLOW = "the-secret-of-a-key-that-is-limited-01234567"
GONE = "the-secret-of-a-key-that-is-disabled-0123456"
KEYS = """key "test" { secret "%s" }
key "slow" { secret "%s" limit 1/h burst 2 }
key "gone" { secret "%s" disabled }
""" % (SECRET, SLOW, GONE)
SAMPLE = re.compile(r'(\w+)(?:\{(.*)\})? (\S+)\Z')
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


class Metrics:
	"""metrics.of("rele_requests_total", status="2xx")"""

	def __init__(self, text):
		self.types = dict(re.findall(r"^# TYPE (\S+) (\S+)$", text, re.M))
		self.samples = []
		for line in text.splitlines():
			if not line.startswith("#"):
				name, labels, value = SAMPLE.match(line).groups()
				self.samples.append((name,
				    dict(LABEL.findall(labels or "")), float(value)))

	def of(self, name, **labels):
		"""The sum of all that have these labels; there must be one."""
		values = self.all(name, labels)
		if not values:
			raise Failure("no %s%r" % (name, labels))
		return sum(values)

	def all(self, name, labels):
		return [v for n, found, v in self.samples if n == name and
		    labels.items() <= found.items()]

	def counters(self):
		"""{(name, labels): value} of all that may only grow."""
		return {(n, tuple(sorted(labels.items()))): v
		    for n, labels, v in self.samples
		    if not n.startswith("rele_process_") and
		    (self.types.get(n) == "counter" or
		    re.search("_(bucket|sum|count)$", n))}


def scrape(relay, **how):
	response = relay.get("/metrics", **how)
	equal(response.status, 200, "status of %r" % response)
	return Metrics(response.body.decode())


def eventually(daemon, name, value, **labels):
	"""It may not be there yet, either."""
	def is_so():
		values = scrape(daemon).all(name, labels)
		return values and sum(values) == value
	wait_for(is_so, "%s%r to be %g" % (name, labels, value), 0.1)


def check_at_rest(daemon):
	"""Nothing is going on besides the request that asks."""
	for name, value in (("requests_in_flight", 1), ("connections_open", 1),
	    ("smtp_submissions_in_flight", 0), ("relay_connections_in_use", 0),
	    ("relay_waiting_messages", 0), ("memory_held_bytes", 0)):
		eventually(daemon, "rele_" + name, value)


def examples(name):
	return os.path.join(relays.prefix, "share/examples/http-smtp-rele", name)


def used(expressions):
	"""The metrics that are named there, histograms without suffix."""
	found = set(re.findall(r"rele_\w+", expressions))
	return {re.sub("_(bucket|sum|count)$", "", name) for name in found}


def test_form():
	with FaultServer() as server, Relay(server.port) as relay:
		check_accepted(relay.post(message()))
		response = relay.get("/metrics")
		equal(response.status, 200)
		equal(response.field("Content-Type"),
		    "text/plain; version=0.0.4; charset=utf-8")
		equal(response.field("Cache-Control"), "no-store")
		true(REQUEST_ID.match(response.field("X-Request-Id")), response)
		true(DATE.match(response.field("Date")), response)
		head = relay.get("/metrics", method="HEAD")
		equal((head.status, head.body), (200, b""))
		equal(head.field("Content-Type"), response.field("Content-Type"))
		true(int(head.field("Content-Length")) > 5000, head)
		with relay.connect() as connection:
			posted = connection.exchange(request("POST", "/metrics",
			    [("Content-Length", "0")]))
			check_error(posted, 405, "method_not_allowed")
			equal(posted.field("Allow"), "GET, HEAD")
		status, said = prometheus.promtool("check", "metrics",
		    text=response.body.decode())
		equal((status, said), (0, ""), "promtool check metrics")


def test_who_may_ask():
	"""monitor from, on ordinary and monitor listeners alike."""
	port = free_port()
	with Relay(25, top="listen on 127.0.0.1 port %d monitor\n"
	    "monitor from 127.0.0.2" % port) as relay:
		for asked in (relay.port, port):
			allowed = http_client.get(asked, "/metrics",
			    source="127.0.0.2")
			equal(allowed.status, 200)
			true(b"rele_build_info" in allowed.body, allowed)
			check_error(http_client.get(asked, "/metrics"), 403,
			    "forbidden")
			check_error(http_client.get(asked, "/metrics",
			    source="127.0.0.2", fields=[("X-Forwarded-For",
			    "127.0.0.2")]), 403, "forbidden")


def check_counts(relay, wanted):
	"""They are so in the end, all at once: something may be counted when it
	has been answered.  Returns all metrics."""
	found = None
	def differences():
		return [(name, labels, sum(found.all("rele_" + name, labels)), value)
		    for name, labels, value in wanted
		    if sum(found.all("rele_" + name, labels)) != value]
	def are_so():
		nonlocal found
		found = scrape(relay)
		return not differences()
	try:
		wait_for(are_so, "the counts", 0.1)
	except Failure:
		equal(differences(), [], "name, labels, found, wanted")
	return found


def make_traffic(relay):
	"""Over connections of their own, so that all processes have some."""
	for _ in range(24):
		check_accepted(relay.post(message()))
	for _ in range(3):
		check_error(relay.post(message(to="refused@example.com")), 502,
		    "smtp_rejected")
	check_error(relay.post(message(to=["a@example.com", "b@"])), 400,
	    "validation_failed", "to[1]")
	check_error(relay.post(message(subject=3)), 400, "validation_failed")
	check_error(relay.post(message(bcc="x@example.com")), 400,
	    "validation_failed")
	for _ in range(2):
		check_error(relay.post(b"{"), 400, "bad_request")
	check_error(relay.post(message(), None), 401, "unauthorized")
	for _ in range(3):
		check_error(relay.post(message(), "no-such-secret"), 403,
		    "forbidden")
	check_error(relay.post(message(), GONE), 403, "forbidden")
	for _ in range(2):
		equal(relay.get("/nothing").status, 404)


def run_dry(relay):
	"""Each bucket, by itself."""
	relay.reload(limits="limit global none\nlimit key none\n"
	    "limit address 1/h burst 2")
	statuses = [relay.post(message(), source="127.0.0.7").status
	    for _ in range(5)]
	equal(statuses, [202, 202, 429, 429, 429])
	relay.reload(limits="limit global none\nlimit key none\n"
	    "limit address none")
	equal([relay.post(message(), SLOW).status for _ in range(3)],
	    [202, 202, 429])
	relay.reload(limits="limit address none\nlimit key none\n"
	    "limit global 1/h burst 1")
	equal([relay.post(message()).status for _ in range(3)], [202, 429, 429])


def kill_children(relay):
	"""All that count, and waits until others are there."""
	old = relay.http_children() + [relay.smtp_child()]
	for pid in old:
		os.kill(pid, signal.SIGKILL)
	wait_for(lambda: not any(process.alive(p) for p in old), "their end")
	wait_for(lambda: len(relay.http_children()) == 4 and
	    relay.children("relayd-smtp"), "new children")
	relay.wait_until_ready()


COUNTS = [
	("messages_total", {"code": "accepted"}, 29),
	("messages_total", {"code": "smtp_rejected"}, 3),
	("messages_total", {"code": "validation_failed"}, 3),
	("messages_total", {"code": "bad_request"}, 2),
	("messages_total", {"code": "rate_limited"}, 6),
	("responses_total", {"code": "202"}, 29),
	("responses_total", {"code": "502"}, 3),
	("responses_total", {"code": "400"}, 5),
	("responses_total", {"code": "401"}, 1),
	("responses_total", {"code": "403"}, 4),
	("responses_total", {"code": "404"}, 2),
	("responses_total", {"code": "429"}, 6),
	("requests_total", {"status": "4xx"}, 18),
	("requests_total", {"status": "5xx"}, 3),
	("request_duration_seconds_count", {"route": "/v1/send"}, 48),
	("request_duration_seconds_count", {"route": "other"}, 2),
	("smtp_submissions_total", {"result": "ok"}, 29),
	("smtp_submissions_total", {"result": "error"}, 3),
	("smtp_submissions_total", {"result": "unknown"}, 0),
	("smtp_duration_seconds_count", {}, 32),
	("smtp_phase_duration_seconds_count", {"phase": "envelope"}, 32),
	("smtp_phase_duration_seconds_count", {"phase": "content"}, 29),
	("auth_failures_total", {"reason": "missing_token"}, 1),
	("auth_failures_total", {"reason": "invalid_token"}, 3),
	("auth_failures_total", {"reason": "disabled_key"}, 1),
	("rate_limited_total", {"tier": "ip"}, 3),
	("rate_limited_total", {"tier": "key"}, 1),
	("rate_limited_total", {"tier": "global"}, 2),
	("validation_failures_total", {"field": "to"}, 1),
	("validation_failures_total", {"field": "subject"}, 1),
	("validation_failures_total", {"field": "other"}, 1),
	("validation_failures_total", {"field": "json_parse"}, 2),
	("status_store_transitions_total", {"status": "received"}, 32),
	("status_store_transitions_total", {"status": "smtp_accepted"}, 29),
	("status_store_transitions_total", {"status": "smtp_failed",
	    "code": "smtp_rejected"}, 3),
	("config_reloads_total", {"result": "ok"}, 3),
	("relay_messages_total", {"result": "ok"}, 29),
	("relay_messages_total", {"result": "error"}, 3),
]


def test_exact():
	"""The sums of four processes are what was done; no death takes any."""
	with FaultServer(Plan(rcpt={"refused@example.com":
	    "550 5.1.1 no"})) as server, Relay(server.port, prefork=4,
	    keys=KEYS) as relay:
		make_traffic(relay)
		run_dry(relay)
		before = check_counts(relay, COUNTS)
		true(before.of("rele_requests_total", status="2xx") >= 29,
		    "requests that were answered")
		# Rejections are told to the ledger without being waited for.
		eventually(relay, "rele_status_store_transitions_total", 8,
		    status="rejected")
		eventually(relay, "rele_status_store_records_current", 40)
		kill_children(relay)
		eventually(relay, "rele_child_restarts_total", 4,
		    process="relayd-http")
		check_at_rest(relay)
		after = check_counts(relay, COUNTS + [
		    ("child_restarts_total", {"process": "relayd-smtp"}, 1),
		    ("child_restarts_total", {"process": "resolver"}, 0),
		    ("config_generation", {}, 4)])
		grown = after.counters()
		for name, value in before.counters().items():
			true(grown[name] >= value, "%r went from %g to %g" % (name,
			    value, grown[name]))
		eventually(relay, "rele_status_store_records_current", 0)
		# They go on from there.
		relay.reload(limits="limit global none")
		check_accepted(relay.post(message()))
		check_counts(relay, [("messages_total",
		    {"code": "accepted"}, 30), ("smtp_submissions_total",
		    {"result": "ok"}, 30), ("relay_messages_total",
		    {"result": "ok"}, 30)])


def test_processes():
	begun = time.time() - 1		# the daemon's clock has ticks
	with Relay(25, prefork=3) as relay:
		def running():
			metrics = scrape(relay)
			return sorted(labels["process"] for name, labels, _ in
			    metrics.samples if
			    name == "rele_process_start_time_seconds")
		wait_for(lambda: running() == ["parent"] + 3 * ["relayd-http"] +
		    ["relayd-smtp", "resolver"], "the processes", 0.1)
		metrics = scrape(relay)
		now = time.time()
		for name, labels, value in metrics.samples:
			if name == "rele_process_start_time_seconds":
				true(begun <= value <= now, labels)
			if name == "rele_process_cpu_seconds_total":
				true(0 <= value <= now - begun, "%r %g" % (labels,
				    value))
			if name == "rele_process_resident_memory_max_bytes":
				# Of the parent it may be ours, from before exec.
				true(1 << 20 < value < 1 << 36, labels)
		true(begun <= metrics.of("rele_start_time_seconds") <= now, "start")
		equal(metrics.of("rele_build_info"), 1)


def test_in_flight():
	"""Gauges say what there is, and are back at nothing."""
	gate = threading.Event()
	with FaultServer(Plan(dot=Held(gate))) as server, Relay(server.port,
	    relay="connections 2") as relay:
		connections = [relay.connect() for _ in range(3)]
		for connection in connections:
			connection.send(http_client.post_octets(message(), SECRET))
		server.wait_for_completed(2)
		for name, value in (("requests_in_flight", 4),
		    ("connections_open", 4), ("smtp_submissions_in_flight", 3),
		    ("relay_connections", 2), ("relay_connections_max", 2),
		    ("relay_connections_in_use", 2),
		    ("relay_waiting_messages", 1)):
			eventually(relay, "rele_" + name, value)
		true(scrape(relay).of("rele_memory_held_bytes") > 0, "memory")
		connections[0].close()
		eventually(relay, "rele_client_disconnects_total", 1)
		gate.set()
		for connection in connections[1:]:
			check_accepted(connection.response())
			connection.close()
		check_at_rest(relay)
		equal(scrape(relay).of("rele_client_disconnects_total"), 1)


def test_tls():
	"""Handshakes that were done and that were not; when certificates end."""
	configuration, port = secure.configured(25)
	with Relay(configuration=configuration) as relay:
		with secure.connect(port) as client:
			equal(client.exchange(secure.HEALTH).status, 200)
			end = ssl.cert_time_to_seconds(
			    client.socket.getpeercert()["notAfter"])
		with http_client.Connection(port) as garbage:
			garbage.send(b"this is no handshake\r\n\r\n")
			try:
				while True:
					garbage.fill()
			except http_client.Closed:
				pass
		check_counts(relay, [
		    ("tls_handshakes_total", {"result": "ok"}, 1),
		    ("tls_handshakes_total", {"result": "error"}, 1),
		    ("tls_certificate_not_after_timestamp_seconds",
		    {"certificate": certificates().good.path}, end)])


def test_relay_states():
	"""Down and up again; each relay under its own name."""
	dead = free_port()
	with FaultServer() as server, Relay([dead, server.port]) as relay:
		check_accepted(relay.post(message()))
		name = "127.0.0.1:%d" % dead
		eventually(relay, "rele_relay_up", 0, relay=name)
		other = "127.0.0.1:%d" % server.port
		check_counts(relay, [("relay_up", {"relay": other}, 1),
		    ("relay_messages_total", {"relay": other, "result": "ok"}, 1),
		    ("relay_messages_total", {"relay": name}, 0)])
		wait_for(lambda: scrape(relay).of("rele_relay_probes_total",
		    relay=name) >= 1, "a probe", 0.1)
		with FaultServer(port=dead):
			eventually(relay, "rele_relay_up", 1, relay=name)


def test_bulk_and_replays():
	with FaultServer() as server, Relay(server.port,
	    mail="bulk 5") as relay:
		for _ in range(2):
			answer = relay.post({"messages": [message(), message(),
			    message(to=7)]}, path="/v1/send-bulk",
			    fields=[("Idempotency-Key", "k")])
			equal(answer.json()["accepted"], 2)
		check_counts(relay, [
		    ("bulk_requests_total", {}, 2), ("bulk_messages_total", {}, 6),
		    ("idempotent_replays_total", {}, 2),
		    ("messages_total", {"code": "accepted"}, 2),
		    ("messages_total", {"code": "validation_failed"}, 2),
		    ("validation_failures_total", {"field": "to"}, 2),
		    ("request_duration_seconds_count",
		    {"route": "/v1/send-bulk"}, 2),
		    ("smtp_submissions_total", {"result": "ok"}, 2)])


def test_reload_that_fails():
	with Relay(25) as relay:
		equal(scrape(relay).of("rele_config_last_reload_successful"), 1)
		equal(scrape(relay).of("rele_config_generation"), 1)
		relay.write("nonsense\n")
		start = int(time.time()) - 1	# the daemon's clock has ticks
		relay.hang_up()
		relay.wait_for_log(relays.NOT_RELOADED)
		check_counts(relay, [
		    ("config_reloads_total", {"result": "error"}, 1),
		    ("config_reloads_total", {"result": "ok"}, 0),
		    ("config_last_reload_successful", {}, 0),
		    ("config_generation", {}, 1)])
		true(start <= scrape(relay).of(
		    "rele_config_last_reload_timestamp_seconds") <= time.time(),
		    "time of the reload")
		relay.reload()
		check_counts(relay, [
		    ("config_reloads_total", {"result": "ok"}, 1),
		    ("config_last_reload_successful", {}, 1),
		    ("config_generation", {}, 2)])


def test_expired():
	for items, count, end, kept in (("records 3", 5, "evicted", 3),
	    ("ttl 1s", 3, "expired", 0)):
		with FaultServer() as server, Relay(server.port,
		    store="store memory { %s }" % items) as relay:
			for _ in range(count):
				check_accepted(relay.post(message()))
			eventually(relay, "rele_status_store_%s_total" % end,
			    count - kept)
			eventually(relay, "rele_status_store_records_current", kept)


def test_manual():
	"""relayd-http(8) has all metrics, with their types, and no others."""
	manual = glob.glob(os.path.join(relays.prefix,
	    "share/man/man8/relayd-http.8"))
	with open(manual[0]) as file:
		section = re.search(r"^\.Sh METRICS\n(.*?)^\.Sh ", file.read(),
		    re.M | re.S).group(1)
	listed = dict(re.findall(r"^\.It Li (rele_\w+)(?: Ns [^\n]*?)? Pq (\w+)$",
	    section, re.M))
	equal(len(listed), len(re.findall(r"^\.It Li rele_", section, re.M)),
	    "entries that have a type")
	with Relay(25) as relay:
		equal(listed, scrape(relay).types)


def test_dashboard():
	"""It asks for metrics that there are, and for each of them."""
	with open(examples("grafana-dashboard.json")) as file:
		text = file.read()
	dashboard = json.loads(text)
	identifiers = [panel["id"] for panel in dashboard["panels"]]
	equal(len(identifiers), len(set(identifiers)), "ids of panels")
	expressions = "\n".join(target["expr"] for panel in dashboard["panels"]
	    for target in panel.get("targets", []))
	with Relay(25) as relay:
		served = set(scrape(relay).types)
	equal(used(expressions), served)


def test_rules():
	rules = examples("prometheus-rules.yml")
	with open(rules) as file:
		text = file.read()
	with Relay(25) as relay:
		served = set(scrape(relay).types)
	equal(used(text) - served, set(), "metrics that are not served")
	status, said = prometheus.promtool("check", "rules", rules)
	equal(status, 0, said)
	directory = tempfile.mkdtemp(prefix="rele-rules-")
	try:
		for path in (rules, os.path.join(HERE,
		    "prometheus-rules-test.yml")):
			shutil.copy(path, directory)
		status, said = prometheus.promtool("test", "rules",
		    "prometheus-rules-test.yml", directory=directory)
		equal(status, 0, said)
	finally:
		shutil.rmtree(directory)
	# Every alert is tried there.
	with open(os.path.join(HERE, "prometheus-rules-test.yml")) as file:
		tried = set(re.findall(r'alertname="(\w+)"', file.read()))
	equal(tried, set(re.findall(r"alert: (\w+)", text)), "alerts tried")


def test_prometheus():
	"""A real one scrapes the daemon, loads the rules and asks them."""
	with FaultServer() as server, Relay(server.port) as relay, \
	    prometheus.Prometheus(relay.port,
	    examples("prometheus-rules.yml")) as monitor:
		for _ in range(3):
			check_accepted(relay.post(message()))
		wait_for(lambda: [value for _, value in monitor.query(
		    'rele_messages_total{code="accepted"}')] == ["3"],
		    "the count to be scraped", 0.2)
		def up():
			target = monitor.api("targets")["activeTargets"][0]
			return (target["health"], target["lastError"]) == ("up", "")
		wait_for(up, "the daemon to be up for it", 0.2)
		rules = monitor.api("rules")["groups"][0]["rules"]
		with open(examples("prometheus-rules.yml")) as file:
			equal(len(rules), file.read().count("- alert:"), "rules")
		wait_for(lambda: all(rule["health"] == "ok" for rule in
		    monitor.api("rules")["groups"][0]["rules"]),
		    "all rules to be evaluated", 0.2)
		equal(monitor.query('ALERTS{alertstate="firing"}'), [],
		    "alerts of a daemon that is well")
