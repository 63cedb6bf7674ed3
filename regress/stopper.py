#!/usr/bin/env python3
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

"""Stops and continues at random whatever a command starts, until it ends.

	stopper.py [--mean MS] [--go MS] [--seed N] COMMAND [ARGUMENT...]

Every process below the command, of whatever session or group, and also one whose
parent has died, is stopped for a random time, MS milliseconds (300) on average and
twice that at most, let go for another, as long on average or as --go says, and so
on, each by itself.  At the end everything goes on; the exit status is
the command's.

A test that stops a process itself asks for it in the directory that STOPPER names:
it makes a file PID.asked, which becomes PID when the process goes on, and is left
alone until the test removes that.

	regress/stopper.py make test

is how the tests are shown to judge nothing by the clock: see README.
"""

import argparse
import ctypes
import heapq
import os
import random
import shutil
import signal
import sys
import tempfile
import time

MEAN = 300			# milliseconds
LOOK = 0.05			# seconds between looks for new processes
ASKED = ".asked"
PR_SET_CHILD_SUBREAPER = 36


def tree(root):
	"""{pid: (start time, state)} of all that descend from us, zombies left out;
	a pid is one process's as long as the start time is the same."""
	parents, found = {}, {}
	for name in os.listdir("/proc"):
		if not name.isdigit():
			continue
		try:
			with open("/proc/%s/stat" % name) as file:
				fields = file.read().rsplit(")", 1)[1].split()
		except OSError:
			continue
		parents[int(name)] = int(fields[1])
		found[int(name)] = (int(fields[19]), fields[0])
	def below(pid):
		seen = 0
		while pid in parents and seen < 1000:
			if parents[pid] == root:
				return True
			pid, seen = parents[pid], seen + 1
		return False
	return {pid: facts for pid, facts in found.items()
	    if facts[1] not in "ZX" and below(pid)}


def send(pid, number):
	try:
		os.kill(pid, number)
		return True
	except OSError:
		return False


class Stopper:
	def __init__(self, stop, go, seed, agreed):
		self.stop, self.go = stop, go
		self.agreed = agreed		# the directory of pids to leave alone
		self.random = random.Random(seed)
		self.known = {}			# pid: start time
		self.stopped = {}		# the same, of those that we stopped
		self.turns = []			# (when, pid, start time)

	def pause(self, mean):
		return self.random.uniform(0, 2 * mean)

	def look(self, now):
		"""New processes get their first turn."""
		there = tree(os.getpid())
		self.known = {pid: start for pid, start in self.known.items()
		    if pid in there and there[pid][0] == start}
		for pid, (start, _) in there.items():
			if pid not in self.known:
				self.known[pid] = start
				self.later(now, min(self.go, self.stop), pid,
				    start)
		return there

	def later(self, now, mean, pid, start):
		heapq.heappush(self.turns, (now + self.pause(mean), pid, start))

	def turn(self, now, there):
		"""Everybody whose time has come."""
		while self.turns and self.turns[0][0] <= now:
			_, pid, start = heapq.heappop(self.turns)
			if there.get(pid, (None,))[0] != start:
				self.stopped.pop(pid, None)
				continue
			if os.path.exists(os.path.join(self.agreed, str(pid))):
				self.later(now, self.go, pid, start)
			else:
				self.change(now, pid, start)

	def agree(self):
		"""Lets those go that are to be left alone, and says so."""
		for name in os.listdir(self.agreed):
			if not name.endswith(ASKED):
				continue
			pid = int(name[:-len(ASKED)])
			if self.stopped.pop(pid, None) is not None:
				send(pid, signal.SIGCONT)
			path = os.path.join(self.agreed, str(pid))
			os.rename(path + ASKED, path)

	def change(self, now, pid, start):
		if self.stopped.pop(pid, None) is not None:
			send(pid, signal.SIGCONT)
			self.later(now, self.go, pid, start)
		elif send(pid, signal.SIGSTOP):
			self.stopped[pid] = start
			self.later(now, self.stop, pid, start)

	def release(self):
		for pid in self.stopped:
			send(pid, signal.SIGCONT)
		self.stopped.clear()


def reap(command):
	"""The status of the command when it has ended; the dead of others, too."""
	while True:
		try:
			pid, status = os.waitpid(-1, os.WNOHANG)
		except ChildProcessError:
			return None
		if pid == 0:
			return None
		if pid == command:
			return os.waitstatus_to_exitcode(status)


def run(stopper, command):
	seen, there = 0.0, {}
	while True:
		status = reap(command)
		if status is not None:
			return status
		now = time.monotonic()
		if now - seen >= LOOK:
			there, seen = stopper.look(now), now
		stopper.agree()
		stopper.turn(now, there)
		time.sleep(0.005)


def interrupted(number, _):
	raise SystemExit(128 + number)


def arguments():
	parser = argparse.ArgumentParser()
	parser.add_argument("--mean", type=float, default=MEAN, metavar="MS")
	parser.add_argument("--go", type=float, metavar="MS")
	parser.add_argument("--seed", type=int, metavar="N")
	parser.add_argument("command", nargs=argparse.REMAINDER)
	options = parser.parse_args()
	if not options.command:
		parser.error("no command")
	return options


def main():
	options = arguments()
	# Who loses its parent becomes our child, not init's.
	if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0,
	    0) != 0:
		sys.exit("stopper.py: prctl: " + os.strerror(ctypes.get_errno()))
	stop = options.mean / 1000
	go = stop if options.go is None else options.go / 1000
	for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
		signal.signal(number, interrupted)
	agreed = tempfile.mkdtemp(prefix="stopper-")
	command = os.posix_spawnp(options.command[0], options.command,
	    dict(os.environ, STOPPER=agreed))
	stopper = Stopper(stop, go, options.seed, agreed)
	try:
		status = run(stopper, command)
	except SystemExit:
		send(command, signal.SIGCONT)
		send(command, signal.SIGTERM)
		raise
	finally:
		stopper.release()
		shutil.rmtree(agreed, ignore_errors=True)
	return status if status >= 0 else 128 - status


if __name__ == "__main__":
	sys.exit(main())
