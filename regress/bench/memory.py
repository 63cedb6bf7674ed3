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


"""What the relay's processes hold in memory, all of them together."""

import base64
import os
import select
import threading
import time

import figures
import http_client
import process
from outcome import Failure, wait_for
from relay import SECRET, Relay, message
from tcp import raise_descriptor_limit
from through import configured, cpu, room

ATTACHMENT = 5000000	# octets


def total_mb(family):
	return sum(process.proportional_kib(p) for p in family) / 1024


def quiet(family):
	before = cpu(family)
	time.sleep(0.5)
	return cpu(family) - before < 5000


def resting_mb(relay):
	family = relay.family()
	wait_for(lambda: quiet(family), "the daemon to be idle")
	return total_mb(family)


def idle():
	"""MB a while after the first message."""
	with Relay(25) as relay:
		relay.post(message())
		return resting_mb(relay)


def with_connections(sink, count):
	"""MB with kept connections that each have sent a message and now rest."""
	raise_descriptor_limit(count + 200)
	configuration = configured(sink, timeouts="timeout idle 10m",
	    top=room(count + 1000))
	octets = http_client.post_octets(message(), SECRET)
	with Relay(configuration=configuration) as relay:
		connections = [relay.connect() for _ in range(count)]
		for start in range(0, count, 100):
			some = connections[start:start + 100]
			for connection in some:
				connection.send(octets)
			for connection in some:
				accepted(connection.response())
		held = resting_mb(relay)
		ended = select.poll()
		for connection in connections:
			ended.register(connection.socket, select.POLLIN)
		if ended.poll(0):
			raise Failure("an idle connection was closed")
		for connection in connections:
			connection.close()
		return held


def accepted(response):
	if response.status != 202:
		raise Failure("%d instead of 202: %r" % (response.status,
		    response.body[:300]))


def high_water_kib(pid):
	return int(process.status(pid)["VmHWM"].split()[0])


def forget_high_water(pid):
	with open("/proc/%d/clear_refs" % pid, "w") as file:
		file.write("5")


def shared_kib(pid):
	"""What of the process's memory counts with others."""
	memory = process.memory_kib(pid)
	return memory["Rss"] - memory["Pss"]


class Peak:
	"""with Peak(pids) as peak: ...; then peak.mb is the most that all of them
	held at once.  Where samples missed what a process had, it is the sum of
	what each had at most, which may be more."""

	def __init__(self, family):
		self.family, self.samples, self.done = family, 0, False
		self.resident = dict.fromkeys(family, 0)
		self.kib = 0
		self.thread = threading.Thread(target=self.work, daemon=True)

	def __enter__(self):
		for pid in self.family:
			forget_high_water(pid)
		self.thread.start()
		return self

	def __exit__(self, *_):
		self.done = True
		self.thread.join()
		marks = {p: high_water_kib(p) for p in self.family}
		note = "%d samples, at most %.1f MB" % (self.samples,
		    self.kib / 1024)
		if any(self.resident[p] < 0.95 * marks[p] for p in self.family):
			self.kib = max(self.kib, sum(marks[p] - shared_kib(p)
			    for p in self.family))
			note += "; they missed a peak: %.1f MB" % (self.kib / 1024)
		figures.note(note)
		self.mb = self.kib / 1024

	def work(self):
		while not self.done:
			self.sample()
			self.samples += 1

	def sample(self):
		total = 0
		for pid in self.family:
			memory = process.memory_kib(pid)
			total += memory["Pss"]
			self.resident[pid] = max(self.resident[pid], memory["Rss"])
		self.kib = max(self.kib, total)


def attachments(sink, seconds):
	"""(MB/s, peak MB, MB posted) of messages with ATTACHMENT octets each, one
	after the other over one connection; the peak is taken in a second run."""
	data = os.urandom(ATTACHMENT)
	octets = http_client.post_octets(message(attachments=[{
	    "filename": "data.bin", "content_type": "application/octet-stream",
	    "data": base64.b64encode(data).decode()}]), SECRET)
	configuration = configured(sink, mail="attachments max 1",
	    top="max request 16M\nmax memory 64M")
	with Relay(configuration=configuration) as relay:
		post_for(relay, octets, 0)
		count, took = post_for(relay, octets, seconds)
		with Peak(relay.family()) as peak:
			post_for(relay, octets, seconds)
		return count * ATTACHMENT / took / 1e6, peak.mb, \
		    len(octets) / 1024 / 1024


def post_for(relay, octets, seconds):
	"""(messages, seconds that they took)"""
	count, start = 0, time.monotonic()
	with relay.connect() as connection:
		while count == 0 or time.monotonic() - start < seconds:
			accepted(connection.exchange(octets))
			count += 1
	return count, time.monotonic() - start
