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


"""The figures, their bars, and how they are shown."""

import os
import sys

import plot

# What a figure must be; one that is not here is for information.
BARS = {
	"throughput_ratio": (">=", 0.6),
	"cpu_ratio": ("<=", 1.5),
	"original_ratio": (">=", 10),
	"original_latency_ratio": ("<=", 0.05),
	"latency_p50_us": ("<", 200),
	"latency_p99_us": ("<", 2000),
	"attachment_memory_ratio": ("<=", 4),
	"rss_idle_mb": ("<", 12),
	"rss_5000_mb": ("<", 60),
	"idle_5000_ratio": (">=", 0.9),
	"dribbling_1000_ratio": (">=", 0.9),
	"prefork_flat": (">=", 0.9),
	"pool_flat": (">=", 0.9),
	"keys_flat": (">=", 0.9),
	"truth_lost": ("<=", 0),
	"truth_doubled": ("<=", 0),
	"truth_refused_taken": ("<=", 0),
	"truth_unknown_twice": ("<=", 0),
	"truth_wrong_answers": ("<=", 0),
	"truth_cut": ("<=", 0),
	"truth_accepted_share": (">=", 0.5),
	"repeats_lost": ("<=", 0),
	"repeats_doubled": ("<=", 0),
	"repeats_refused_taken": ("<=", 0),
	"repeats_wrong_answers": ("<=", 0),
	"repeats_accepted_share": (">=", 0.5),
	"reload_failures": ("<=", 0),
	"recovery_http_s": ("<", 1),
	"recovery_smtp_s": ("<", 1),
	"hang_http_s": ("<", 25),
	"hang_smtp_s": ("<", 25),
	"recovery_resolver_s": ("<", 1),
	"leak_descriptors": ("<=", 0),
	"leak_mb": ("<=", 2),
	"https_ratio": (">=", 0.8),
	"sqlite_ratio": (">=", 0.8),
	"redis_ratio": (">=", 0.7),
	"records_flat": (">=", 0.9),
	"alike_memory": ("<", 0.1),
	"alike_sqlite": ("<", 0.1),
	"alike_redis": ("<", 0.1),
}


class Figure:
	"""A value of None is a measurement that failed."""

	def __init__(self, name, value):
		self.name, self.value = name, value
		self.sign, self.bar = BARS.get(name, (None, None))

	def met(self):
		return {"<": self.value < self.bar, "<=": self.value <= self.bar,
		    ">=": self.value >= self.bar}[self.sign]

	def verdict(self):
		if self.value is None:
			return "failed"
		if self.bar is None:
			return "-"
		return "met" if self.met() else "missed"

	def shown(self):
		if self.value is None:
			return "failed"
		return "%.4g" % self.value if self.value < 1000 else \
		    "%.0f" % self.value

	def shown_bar(self):
		return "-" if self.bar is None else "%s%g" % (self.sign, self.bar)

	def columns(self):
		return [self.name, self.shown(), self.shown_bar(), self.verdict()]


class Figures:
	def __init__(self):
		self.all = []

	def add(self, name, value):
		self.all.append(Figure(name, value))
		print(" ".join(self.all[-1].columns()), flush=True)

	def failed(self):
		return [figure.name for figure in self.all if figure.value is None]

	def missed(self):
		return [figure.name for figure in self.all
		    if figure.verdict() == "missed"]

	def write(self, directory):
		os.makedirs(directory, exist_ok=True)
		with open(os.path.join(directory, "figures.tsv"), "w") as file:
			file.write("name\tvalue\tbar\tverdict\n")
			for figure in self.all:
				file.write("\t".join(figure.columns()) + "\n")
		with open(os.path.join(directory, "figures.svg"), "w") as file:
			file.write(plot.svg(self.all))


def note(text):
	"""What is no figure goes to stderr."""
	print("    " + text, file=sys.stderr, flush=True)
