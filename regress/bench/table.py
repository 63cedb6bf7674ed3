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

"""Rows of figures: how they are chosen and measured."""

import sys
import time

import figures
import machine
import relay
from http_client import Closed
from outcome import Failure, Skip


class Row:
	"""function(context) yields (name, value) for each of the figures."""

	def __init__(self, function, figures, needs_original=False):
		self.function, self.figures = function, figures.split()
		self.needs_original = needs_original

	def named(self, word):
		return any(figure.startswith(word) for figure in self.figures)


def chosen(table, words):
	"""The rows that the words name, or all."""
	for word in words:
		if not any(row.named(word) for row in table):
			sys.exit("no row %s; there are %s" % (word,
			    " ".join(f for row in table for f in row.figures)))
	return [row for row in table
	    if not words or any(row.named(word) for word in words)]


def measure(row, context, shown):
	"""A figure that could not be had is shown as one that failed."""
	missing = list(row.figures)
	try:
		for name, value in row.function(context):
			shown.add(name, value)
			missing.remove(name)
	except (Failure, Skip, Closed, OSError) as failure:
		figures.note("FAILED: %s" % str(failure).strip())
		for name in missing:
			shown.add(name, None)
	for left in list(relay.running):
		for line in left.log().splitlines()[-10:]:
			figures.note("| " + line[:200])
		left.discard()
		relay.running.remove(left)


def measure_all(table, context):
	"""All of them, as Figures."""
	shown = figures.Figures()
	start = time.monotonic()
	for number, row in enumerate(table, 1):
		figures.note("==> %d of %d, %d s, other work has %.0f%% of the "
		    "machine: %s" % (number, len(table),
		    time.monotonic() - start, 100 * machine.taken_by_others(),
		    " ".join(row.figures)))
		measure(row, context, shown)
	figures.note("%d s" % (time.monotonic() - start))
	return shown
