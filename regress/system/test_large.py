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
from fault_server import FaultServer
from outcome import equal, true, wait_for
from relay import SECRET, Relay, message
from resident import Peak, together_kib

MIB = 1024 * 1024
LARGE = "max request 40M\nmax memory %dM\ntimeout request 60s"
ATTACHMENTS = "attachments max 5 size 30M total 30M"


def document(mib):
	"""A request of about so many MiB, as it is sent."""
	data = base64.b64encode(os.urandom(mib * MIB * 3 // 4 - 1024)).decode()
	return json.dumps(message(attachments=[{"filename": "large.bin",
	    "content_type": "application/octet-stream", "data": data}])).encode()


def attached(transaction):
	"""The first attachment's base64."""
	part = transaction.content.split(b"\r\n--=_m_")[2]
	return part.split(b"\r\n\r\n", 1)[1].replace(b"\r\n", b"")


def post_when_invited(port, body):
	"""Sends the body when it is asked for, so that no refusal is lost."""
	with http_client.Connection(port, timeout=60) as connection:
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
		true(peak.kib < 2.75 * size, "%.2f times" % (peak.kib / size))
		true(worst < 4 * size, "at most %.2f times" % (worst / size))


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
	responses, lock = [], threading.Lock()

	def work(port):
		response = post_when_invited(port, body)
		with lock:
			responses.append(response)

	with FaultServer() as server, Relay(server.port, top=LARGE % 64,
	    mail=ATTACHMENTS) as relay:
		check_accepted(relay.post(message()))
		threads = [threading.Thread(target=work, args=(relay.port,))
		    for _ in range(12)]
		with Peak(relay.family()) as peak:
			for thread in threads:
				thread.start()
			for thread in threads:
				thread.join()
		statuses = sorted(r.status for r in responses)
		print("    %d MiB, %r" % (peak.kib / 1024, statuses))
		equal(set(statuses), {202, 503}, "statuses")
		for response in responses:
			if response.status == 503:
				check_error(response, 503, "overloaded")
		equal(len(server.taken()) - 1, statuses.count(202), "taken")
		true(peak.kib < (64 + 20) * 1024, "%d KiB" % peak.kib)
		# Nothing of it is still held.
		check_accepted(post_when_invited(relay.port, document(25)))
