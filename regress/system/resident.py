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
"""The most that processes had resident together, measured from a process of its
own: what is looked for may last some milliseconds.  resident.py PID... looks until
its standard input ends, then prints KiB.
"""

import select
import subprocess
import sys

import process
from outcome import Skip

PAUSE = 0.002


def together_kib(pids):
	try:
		return sum(process.proportional_kib(pid) for pid in pids)
	except PermissionError:
		raise Skip("only root sees the memory of confined processes")


class Peak:
	"""with Peak(pids) as peak: ...; then peak.kib"""

	def __init__(self, pids):
		together_kib(pids)
		self.pids = pids
		self.kib = None

	def __enter__(self):
		self.looking = subprocess.Popen([sys.executable, "-B", __file__] +
		    [str(pid) for pid in self.pids], stdin=subprocess.PIPE,
		    stdout=subprocess.PIPE)
		self.looking.stdout.readline()	# it has looked once
		return self

	def __exit__(self, *_):
		output, _ = self.looking.communicate()
		self.kib = int(output)


def main(pids):
	peak = together_kib(pids)
	print(peak, flush=True)
	while not select.select([sys.stdin], [], [], PAUSE)[0]:
		peak = max(peak, together_kib(pids))
	print(peak)


if __name__ == "__main__":
	main([int(pid) for pid in sys.argv[1:]])
