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

"""Facts about running processes, read from /proc."""

import contextlib
import os
import signal

from outcome import wait_for


class Process:
	"""One line of /proc/PID/stat."""

	def __init__(self, pid):
		with open("/proc/%d/stat" % pid) as file:
			text = file.read()
		name, rest = text.rsplit(")", 1)
		fields = rest.split()
		self.pid = pid
		self.name = name.split("(", 1)[1]
		self.state = fields[0]
		self.parent = int(fields[1])
		ticks = os.sysconf("SC_CLK_TCK")
		self.cpu = (int(fields[11]) + int(fields[12])) / ticks


def processes():
	found = []
	for name in os.listdir("/proc"):
		if name.isdigit():
			try:
				found.append(Process(int(name)))
			except OSError:
				pass
	return found


def children(pid):
	"""Pids of the process's children, zombies left out."""
	return [p.pid for p in processes() if p.parent == pid and p.state != "Z"]


def alive(pid):
	try:
		return Process(pid).state != "Z"
	except OSError:
		return False


def status(pid):
	"""/proc/PID/status as a dictionary."""
	with open("/proc/%d/status" % pid) as file:
		return dict(line.rstrip("\n").split(":\t", 1) for line in file
		    if ":\t" in line)


def descriptors(pid):
	return len(os.listdir("/proc/%d/fd" % pid))


def memory_kib(pid):
	"""/proc/PID/smaps_rollup as a dictionary: Rss, Pss and so on."""
	with open("/proc/%d/smaps_rollup" % pid) as file:
		return {line.split(":")[0]: int(line.split()[1]) for line in file
		    if line.endswith(" kB\n")}


def proportional_kib(pid):
	"""Proportional set size: what the process costs with sharing divided."""
	return memory_kib(pid)["Pss"]


def cpu_microseconds(pid):
	"""User and system time of all its threads so far."""
	return Process(pid).cpu * 1e6


# Stopping: regress/stopper.py, which stops and continues all processes at random,
# is asked to leave one alone.

def ask(pid):
	directory = os.environ.get("STOPPER")
	if directory is None:
		return
	path = os.path.join(directory, str(pid))
	open(path + ".asked", "w").close()
	wait_for(lambda: os.path.exists(path), "the stopper to leave %d alone" % pid)


def give_back(pid):
	if "STOPPER" in os.environ:
		with contextlib.suppress(FileNotFoundError):
			os.unlink(os.path.join(os.environ["STOPPER"], str(pid)))


@contextlib.contextmanager
def left_alone(pid):
	ask(pid)
	try:
		yield
	finally:
		give_back(pid)


def stop(pid):
	ask(pid)
	os.kill(pid, signal.SIGSTOP)


def go_on(pid):
	"""Unless it has died meanwhile."""
	with contextlib.suppress(ProcessLookupError):
		os.kill(pid, signal.SIGCONT)
	give_back(pid)


@contextlib.contextmanager
def stopped(pid):
	stop(pid)
	try:
		yield
	finally:
		go_on(pid)
