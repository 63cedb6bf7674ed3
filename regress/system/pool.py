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

"""Processes that run tests beside each other, and the handing out of tests."""

import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import tempfile

WORKER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "worker.py")
ENDING = 240		# seconds after which a worker hangs that cleans up


class Worker:
	"""One worker.py, and what it has said that was not shown yet."""

	def __init__(self, prefix):
		self.output = tempfile.TemporaryFile()
		self.shown = 0
		self.test = None
		self.subject = None		# what its last test was from
		self.socket, theirs = socket.socketpair()
		with theirs:
			# A group of its own: so is what it starts, if it dies.
			self.process = subprocess.Popen([sys.executable, "-B",
			    WORKER, prefix], stdin=theirs, stdout=self.output,
			    stderr=self.output, start_new_session=True)
		self.link = self.socket.makefile("rw")

	def fileno(self):
		return self.socket.fileno()

	def give(self, test, seconds):
		self.test, self.subject = test, test.subject
		try:
			print(json.dumps([test.name, seconds]), file=self.link,
			    flush=True)
		except OSError:
			pass		# it has died, and reading will say so

	def result(self):
		"""(kind, seconds), or None when it has died."""
		try:
			line = self.link.readline()
		except OSError:
			line = ""
		return tuple(json.loads(line)) if line.endswith("\n") else None

	def said(self):
		"""What was not shown yet."""
		fd = self.output.fileno()
		text = os.pread(fd, os.fstat(fd).st_size - self.shown, self.shown)
		self.shown += len(text)
		return text.decode(errors="replace")

	def died(self):
		"""Whatever it left is ended; what there is to say of its end."""
		status = self.process.wait()
		self.kill_group()
		self.close()
		return "    the process that ran it ended with status %d\n" % status

	def end(self):
		"""Ends it, whatever it does, and everything that it started."""
		self.close()
		if self.test is not None:
			self.process.terminate()
		try:
			self.process.wait(ENDING)
		except subprocess.TimeoutExpired:
			pass
		self.kill_group()
		self.process.wait()
		self.output.close()

	def close(self):
		try:
			self.link.close()
		except OSError:
			pass
		self.socket.close()

	def kill_group(self):
		try:
			os.killpg(self.process.pid, signal.SIGKILL)
		except ProcessLookupError:
			pass


class Queue:
	"""Tests by file, because those of one share servers that take a while to
	start.  A file whose tests may take long is begun early; when every file is
	begun, who has nothing left helps where most is left."""

	def __init__(self, tests):
		self.left, self.begun = {}, set()
		for test in tests:
			self.left.setdefault(test.subject, []).append(test)
		self.order = sorted(self.left, key=lambda subject: (
		    -max(t.limit or 0 for t in self.left[subject]),
		    -len(self.left[subject])))

	def next(self, subject):
		"""The next test for who had one of this subject; None: no more."""
		if not self.left.get(subject):
			subject = self.another()
		if subject is None:
			return None
		self.begun.add(subject)
		return self.left[subject].pop(0)

	def another(self):
		for subject in self.order:
			if subject not in self.begun:
				return subject
		most = max(self.order, key=lambda s: len(self.left[s]), default=None)
		return most if most and self.left[most] else None


class InOrder:
	"""Tests one after the other, as they are listed."""

	def __init__(self, tests):
		self.left = list(tests)

	def next(self, _):
		return self.left.pop(0) if self.left else None


def run(queue, count, prefix, seconds, report):
	"""Runs all tests of the queue in so many processes; seconds(test) is what
	one may take; report(test, kind, seconds, text) is told of each.  A test
	whose process dies has failed, and another process goes on."""
	workers, selector = set(), selectors.DefaultSelector()

	def feed(worker):
		test = queue.next(worker.subject)
		worker.test = None
		if test is None:
			selector.unregister(worker)
			workers.discard(worker)
			worker.end()
		else:
			worker.give(test, seconds(test))

	def start():
		worker = Worker(prefix)
		workers.add(worker)
		selector.register(worker, selectors.EVENT_READ)
		feed(worker)

	try:
		for _ in range(count):
			start()
		while workers:
			for key, _ in selector.select():
				worker = key.fileobj
				result = worker.result()
				if result is not None:
					report(worker.test, *result, worker.said())
					feed(worker)
					continue
				selector.unregister(worker)
				workers.discard(worker)
				why = worker.died()
				report(worker.test, "FAILED", 0, worker.said() + why)
				start()
	finally:
		for worker in workers:
			worker.end()
