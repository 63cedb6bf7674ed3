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

"""Straight into Postfix's smtp-sink: the measure of all things here."""

import os
import resource
import subprocess
import time

import packages
from outcome import wait_for
from tcp import free_port, port_answers

BACKLOG = "4096"


class Run:
	"""What one load came to."""

	def __init__(self, messages, seconds, cpu_us=None):
		self.messages, self.rate = messages, messages / seconds
		self.cpu_us = cpu_us	# a message
		self.connections = None	# of the load, where it is told

	def __str__(self):
		text = "%.0f messages/s" % self.rate
		if self.cpu_us is not None:
			text += ", %.1f us of CPU each" % self.cpu_us
		return text


def tool(name):
	return os.path.join(packages.unpacked("postfix"), "usr/sbin", name)


def environment():
	return dict(os.environ, LD_LIBRARY_PATH=packages.library_path("postfix"))


class SmtpSink:
	def __enter__(self):
		self.port = free_port()
		user = ["-u", "nobody"] if os.geteuid() == 0 else []
		self.process = subprocess.Popen([tool("smtp-sink")] + user +
		    ["127.0.0.1:%d" % self.port, BACKLOG], env=environment(),
		    stdin=subprocess.DEVNULL)
		wait_for(lambda: port_answers(self.port), "smtp-sink")
		return self

	def __exit__(self, *_):
		self.process.kill()
		self.process.wait()


def send(sink, connections, messages):
	"""(seconds, CPU seconds) of smtp-source for so many messages."""
	command = [tool("smtp-source"), "-d", "-s", str(connections), "-m",
	    str(messages), "-l", "1024", "-f", "noreply@example.com", "-t",
	    "user@example.com", "127.0.0.1:%d" % sink.port]
	before = resource.getrusage(resource.RUSAGE_CHILDREN)
	start = time.monotonic()
	subprocess.run(command, env=environment(), check=True)
	seconds = time.monotonic() - start
	after = resource.getrusage(resource.RUSAGE_CHILDREN)
	return seconds, (after.ru_utime + after.ru_stime - before.ru_utime -
	    before.ru_stime)


def smtp_source(sink, connections, seconds):
	"""First a short run to learn how many messages fill the time."""
	trial = 4000
	took, _ = send(sink, connections, trial)
	messages = max(trial, int(trial / took * seconds))
	took, cpu = send(sink, connections, messages)
	return Run(messages, took, cpu / messages * 1e6)
