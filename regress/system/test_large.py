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

"""Any message that may be posted reads back as it was posted."""
"""What large requests cost, one and several at once, and what stays of it."""

import base64
import json
import os
import threading

import http_client
import process
from contract import check_accepted, check_error
from fault_server import FaultServer, Held, Plan
from outcome import each, equal, frugal, unsanitized, wait_for
from relay import SECRET, Relay, message
from resident import Peak, together_kib
from test_messages import check_message

ALONE = "other daemons share the memory that is measured"
MIB = 1024 * 1024
LARGE = "max request 40M\nmax memory %dM"
ATTACHMENTS = "attachments max 5 size 30M total 30M"


def document(mib):
	"""A request of about so many MiB, as it is sent."""
	data = base64.b64encode(os.urandom(mib * MIB * 3 // 4 - 1024)).decode()
	return json.dumps(message(attachments=[{"filename": "large.bin",
	    "content_type": "application/octet-stream", "data": data}])).encode()


def large_texts(count):
	"""Messages, each of whose text is encoded in another way."""
	for line in ("some text of a line\n", "t\u00e4xt of a line\r\n", "\u65e5\n",
	    "\x7f", "From \n"):
		text = line * (count // len(line))
		yield message(body="short", body_html=text, attachments=[{
		    "filename": "a", "content_type": "text/plain",
		    "data": base64.b64encode(text.encode()).decode()}])
	# Alone, their last line is ended in another way.
	for line in ("a", "\u00e4", "b\u00e4b"):
		yield message(body=line * (count // len(line)))


def attached(transaction):
	"""The first attachment's base64."""
	part = transaction.content.split(b"\r\n--=_m_")[2]
	return part.split(b"\r\n\r\n", 1)[1].replace(b"\r\n", b"")


def post_when_invited(port, body):
	"""Sends the body when it is asked for, so that no refusal is lost."""
	with http_client.Connection(port) as connection:
		response = connection.exchange(http_client.request("POST",
		    "/v1/send", [("Authorization", "Bearer " + SECRET),
		    ("Content-Type", "application/json"),
		    ("Content-Length", str(len(body))),
		    ("Expect", "100-continue")]))
		if response.status != 100:
			return response
		return connection.exchange(body)


def growth_kib(pids, before):
	"""The most that each has had beyond what it had: all at their worst."""
	return sum(kib(pid, "VmHWM") - before[pid] for pid in pids)


def kib(pid, figure):
	return int(process.status(pid)[figure].split()[0])


def test_one():
	"""A message is in memory twice at most, in all processes together."""
	body = document(25)
	with FaultServer() as server, Relay(server.port, top=LARGE % 200,
	    mail=ATTACHMENTS) as relay:
		check_accepted(relay.post(message()))
		pids = relay.family()
		idle = together_kib(pids)
		before = {pid: kib(pid, "VmRSS") for pid in pids}
		with Peak(pids) as peak:
			check_accepted(post_when_invited(relay.port, body))
		equal(attached(server.taken()[1]).decode(), json.loads(body)
		    ["attachments"][0]["data"], "the attachment")
		size = len(body) / 1024
		worst = idle + growth_kib(pids, before)
		print("    %.2f times the request, at most %.2f" % (
		    peak.kib / size, worst / size))
		# The second is more than can be at one time, but is not sampled.
		frugal(peak.kib < 2.75 * size, "%.2f times" % (peak.kib / size))
		frugal(worst < 2.75 * size, "at most %.2f times" % (worst / size))


@each((("attachment", lambda: document(25).replace(b"/", b"\\/")),
    ("text", lambda: json.dumps(message(body="a line of text\n" *
    (25 * MIB // 16))).encode()),
    ("octets", lambda: json.dumps(message(body="\u00e4\u00f6\n" *
    (25 * MIB // 6)), ensure_ascii=False).encode())))
def test_escaped(make):
	"""One in which strings hold escapes, so that they are copied."""
	body = make()
	with FaultServer() as server, Relay(server.port, top=LARGE % 200,
	    mail=ATTACHMENTS + "\nmax body 30M") as relay:
		check_accepted(relay.post(message()))
		pids = relay.family()
		idle = together_kib(pids)
		before = {pid: kib(pid, "VmRSS") for pid in pids}
		check_accepted(post_when_invited(relay.port, body))
		worst = idle + growth_kib(pids, before)
		print("    at most %.2f times the request" % (
		    worst * 1024 / len(body)))
		frugal(worst * 1024 < 3.9 * len(body), "%d KiB" % worst)


def test_read_back():
	"""What is handed over piece by piece reads back as it was posted."""
	with FaultServer() as server, Relay(server.port, top=LARGE % 200,
	    mail=ATTACHMENTS + "\nmax body 5M\nhtml") as relay:
		for wanted in large_texts(280000):
			answer = check_accepted(relay.post(wanted))
			check_message(server.taken()[-1].content, wanted,
			    answer["request_id"])
			server.transactions.clear()


@unsanitized("sanitizers keep what is freed")
def test_given_back():
	"""After large requests every process is nearly as small as before."""
	body = document(20)
	with FaultServer() as server, Relay(server.port, prefork=1,
	    top=LARGE % 200, mail=ATTACHMENTS) as relay:
		check_accepted(relay.post(message()))
		pids = relay.http_children() + [relay.smtp_child()]
		before = {pid: kib(pid, "VmRSS") for pid in pids}
		for _ in range(10):
			check_accepted(post_when_invited(relay.port, body))
			server.transactions.clear()
		for pid in pids:
			wait_for(lambda: kib(pid, "VmRSS") < before[pid] + 4096,
			    "%d KiB to be given back to %d" % (
			    kib(pid, "VmRSS"), before[pid]))


def test_several_at_once():
	"""Some are taken, the rest refused; memory stays near `max memory'."""
	body = document(14)
	responses, lock, gate = [], threading.Lock(), threading.Event()

	def work(port):
		response = post_when_invited(port, body)
		with lock:
			responses.append(response)

	with FaultServer() as server, Relay(server.port, top=LARGE % 64,
	    mail=ATTACHMENTS) as relay:
		check_accepted(relay.post(message()))
		server.plan = Plan(data=Held(gate))
		threads = [threading.Thread(target=work, args=(relay.port,))
		    for _ in range(12)]
		with Peak(relay.family()) as peak:
			for thread in threads:
				thread.start()
			wait_for(lambda: responses, "a refusal")
			gate.set()
			for thread in threads:
				thread.join()
		statuses = sorted(r.status for r in responses)
		print("    %d MiB, %r" % (peak.kib / 1024, statuses))
		equal(set(statuses), {202, 503}, "statuses")
		for response in responses:
			if response.status == 503:
				check_error(response, 503, "overloaded")
		equal(len(server.taken()) - 1, statuses.count(202), "taken")
		frugal(peak.kib < (64 + 20) * 1024, "%d KiB" % peak.kib)
		# Nothing of it is still held.
		check_accepted(post_when_invited(relay.port, document(25)))
