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

"""GET /openapi.json: valid, and what the daemon does, by programs from PyPI."""

import json
import os
import re
import subprocess

import openapi_tools
from contract import check_error, check_response
from fault_plan import Plan
from fault_server import FaultServer
from http_client import Connection, request
from outcome import equal, true, wait_for
from packages import library_path, unpacked
from relay import SECRET, Relay, message
from tcp import free_port, port_answers

HERE = os.path.dirname(os.path.abspath(__file__))
# All that the language of the configuration allows at most.
OPEN = dict(recipients="recipients any",
    mail="html\nattachments max 100 size 1M total 2M\nbulk 20\n"
    "max recipients 1000\nmax subject 998\nmax body 1M",
    top="max request 8M\nmax memory 64M")


def fetch(relay):
	"""The document, in a file of the daemon's directory."""
	response = check_response(relay.get("/openapi.json"))
	equal(response.status, 200)
	path = os.path.join(relay.directory, "openapi.json")
	with open(path, "wb") as file:
		file.write(response.body)
	return path


def run(arguments, **how):
	status, output = openapi_tools.run(arguments, **how)
	true(status == 0, "%s: status %d\n%s" % (arguments[:3], status,
	    output[-6000:]))
	return output


def judge(*arguments):
	return run([os.path.join(HERE, "openapi_judge.py"), *arguments])


def test_document_needs_no_key_and_is_not_on_monitor_listeners():
	with Relay(25) as relay:
		response = check_response(relay.get("/openapi.json"))
		equal(response.field("Content-Type"), "application/json")
		document = response.json()
		equal(document["openapi"], "3.1.0")
		equal(document["info"]["version"],
		    relay.get("/healthz").json()["version"])
		head = check_response(relay.get("/openapi.json", method="HEAD"))
		equal((head.status, head.field("Content-Length"), head.body),
		    (200, str(len(response.body)), b""))
		with relay.connect() as connection:
			refused = connection.exchange(request("POST", "/openapi.json",
			    [("Content-Length", "0")]))
		check_error(refused, 405, "method_not_allowed")
		equal(refused.field("Allow"), "GET, HEAD")
		port = free_port()
		relay.reload(top="listen on 127.0.0.1 port %d monitor" % port)
		with Connection(port) as connection:
			check_error(connection.exchange(request("GET",
			    "/openapi.json")), 404, "not_found")


def test_document_is_valid_and_so_are_its_examples():
	with Relay(25) as relay:
		path = fetch(relay)
		run(["-m", "openapi_spec_validator", path])
		true("judged" in judge(path), "nothing was judged")


test_document_is_valid_and_so_are_its_examples.limit = 900


class Sink:
	"""Postfix's smtp-sink: takes everything."""

	def __init__(self):
		self.port = free_port()
		user = ["-u", "nobody"] if os.geteuid() == 0 else []
		self.process = subprocess.Popen([os.path.join(unpacked("postfix"),
		    "usr/sbin/smtp-sink")] + user + ["127.0.0.1:%d" % self.port,
		    "100"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
		    stderr=subprocess.DEVNULL, env=dict(os.environ,
		    LD_LIBRARY_PATH=library_path("postfix")))
		wait_for(lambda: port_answers(self.port), "smtp-sink")

	def __enter__(self):
		return self

	def __exit__(self, *_):
		self.process.kill()
		self.process.wait()


# What schemathesis is to leave out, and why: 5xx of the mail server are in
# the contract; a key that is wrong is 403, not 401; and a message of a bulk
# request that is wrong rejects itself, with a 202.
SETTINGS = """
[checks]
not_a_server_error.enabled = false
ignored_auth.enabled = false
positive_data_acceptance.enabled = false

[[operations]]
include-path = "/v1/send-bulk"
checks.negative_data_rejection.enabled = false
"""


def narrowed(value):
	"""Texts and lists are short, or making them takes minutes."""
	if isinstance(value, list):
		return [narrowed(v) for v in value]
	if not isinstance(value, dict):
		return value
	most = {"maxLength": 998, "maxItems": 3}
	return {k: min(v, most[k]) if k in most else narrowed(v)
	    for k, v in value.items()}


def narrow(path):
	with open(path) as file:
		document = narrowed(json.load(file))
	# In a dry run no Idempotency-Key is looked at, not even a wrong one.
	parameters = document["paths"]["/v1/send"]["post"]["parameters"]
	parameters.remove({"$ref": "#/components/parameters/dry_run"})
	with open(path, "w") as file:
		json.dump(document, file)


def test_schemathesis_finds_no_difference():
	with Sink() as sink, Relay(sink.port, **OPEN) as relay:
		path = fetch(relay)
		narrow(path)
		with open(os.path.join(relay.directory, "schemathesis.toml"),
		    "w") as file:
			file.write(SETTINGS)
		output = run(["-m", "schemathesis.cli", "--config-file", file.name,
		    "run", path, "--url", "http://127.0.0.1:%d" % relay.port,
		    "--seed", "1", "--max-examples", "3",
		    "--phases", "examples,coverage,fuzzing",
		    "--generation-database", "none", "--no-color", "--no-shrink",
		    "-H", "Authorization: Bearer " + SECRET],
		    cwd=relay.directory)
		tested = re.search(r"Tested: (\d+)", output)
		true(tested and int(tested.group(1)) >= 12, output[-2000:])


test_schemathesis_finds_no_difference.limit = 900


def refusals():
	"""Plans of a mail server, each for one message, and what comes of it."""
	return [Plan(), Plan(rcpt="550 5.1.1 No such user"),
	    Plan(mail="451 4.3.0 Later"), Plan(dot="554 5.7.1 No"), Plan(dot="600 x")]


def seen_answers(relay):
	"""Of every kind that is quickly had: (method, path, response)."""
	good = message()
	keyed = [("Idempotency-Key", "k")]
	for _ in refusals():
		yield "post", "/v1/send", relay.post(good)
	yield "post", "/v1/send", relay.post(good, fields=keyed)
	yield "post", "/v1/send", relay.post(good, fields=keyed)
	yield "post", "/v1/send", relay.post(message(subject="Other"), fields=keyed)
	yield "post", "/v1/send", relay.post(good, path="/v1/send?dry_run=1")
	yield "post", "/v1/send", relay.post(good, path="/v1/send?dry_run=2")
	yield "post", "/v1/send", relay.post(message(to="no address"))
	yield "post", "/v1/send", relay.post(message(bcc="x"))
	yield "post", "/v1/send", relay.post(b"{")
	yield "post", "/v1/send", relay.post(good, secret=None)
	yield "post", "/v1/send", relay.post(good, secret="x" * 40)
	yield "post", "/v1/send", relay.post(good,
	    fields=[("Content-Type", "text/plain")])
	with relay.connect() as connection:
		yield "post", "/v1/send", connection.exchange(request("POST",
		    "/v1/send", [("Authorization", "Bearer " + SECRET),
		    ("Content-Type", "application/json"),
		    ("Content-Length", str(9 << 20))]))
	yield "post", "/v1/send", relay.post(good, fields=[("Expect", "x")])
	yield "post", "/v1/send", relay.post(good, fields=[("X", "x" * 40000)])
	yield "post", "/v1/send-bulk", relay.post({"messages": [good,
	    message(to="no address"), good]}, path="/v1/send-bulk")
	yield "post", "/v1/send-bulk", relay.post({"messages": []},
	    path="/v1/send-bulk")
	yield "get", "/v1/keys/self", relay.get("/v1/keys/self", SECRET)
	yield "head", "/v1/keys/self", relay.get("/v1/keys/self", SECRET,
	    method="HEAD")
	yield "get", "/healthz", relay.get("/healthz")
	yield "get", "/openapi.json", relay.get("/openapi.json")
	for status in (200, 403):
		source = "127.0.0.1" if status == 200 else "127.0.0.2"
		yield "get", "/readyz", relay.get("/readyz", source=source)


def test_answers_are_as_described_and_nothing_more():
	top = OPEN["top"] + "\nmonitor from 127.0.0.1"
	with FaultServer(plans=refusals()) as server, Relay(server.port,
	    **dict(OPEN, top=top, relay="connections 1 messages 1\nreply text")) as relay:
		seen, statuses = [], set()
		def note(method, path, response):
			statuses.add(response.status)
			seen.append({"method": method, "path": path,
			    "status": response.status, "fields": response.fields,
			    "body": response.body.decode()})
		for method, path, response in seen_answers(relay):
			note(method, path, response)
			if path == "/v1/send" and method == "post":
				look_up = "/v1/submissions/" + \
				    response.field("X-Request-Id")
				note("get", look_up, relay.get(look_up, SECRET))
		relay.reload(limits="limit global none\nlimit address none\n"
		    "limit key 1/h burst 1")
		for _ in range(2):
			note("post", "/v1/send", relay.post(message()))
		true(statuses >= {200, 202, 400, 401, 403, 404, 413, 415, 417, 422,
		    429, 431, 502, 504}, "statuses seen: %s" % statuses)
		path = os.path.join(relay.directory, "answers.json")
		with open(path, "w") as file:
			json.dump(seen, file)
		judge(fetch(relay), path)


test_answers_are_as_described_and_nothing_more.limit = 900
