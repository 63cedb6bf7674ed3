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


class Figure:
	def __init__(self, name, value, sign=None, bar=None):
		self.name, self.value, self.sign, self.bar = name, value, sign, bar

	def met(self):
		if self.bar is None:
			return None
		return {"<": self.value < self.bar, "<=": self.value <= self.bar,
		    ">=": self.value >= self.bar}[self.sign]

	def verdict(self):
		return {None: "-", True: "met", False: "missed"}[self.met()]

	def columns(self):
		bar = "-" if self.bar is None else "%s%g" % (self.sign, self.bar)
		return [self.name, "%.4g" % self.value if self.value < 1000 else
		    "%.0f" % self.value, bar, self.verdict()]


class Figures:
	def __init__(self):
		self.rows = []

	def add(self, name, value, sign=None, bar=None):
		self.rows.append(Figure(name, value, sign, bar))
		print(" ".join(self.rows[-1].columns()), flush=True)

	def write(self, directory):
		os.makedirs(directory, exist_ok=True)
		with open(os.path.join(directory, "figures.tsv"), "w") as file:
			file.write("name\tvalue\tbar\tverdict\n")
			for row in self.rows:
				file.write("\t".join(row.columns()) + "\n")
		with open(os.path.join(directory, "figures.svg"), "w") as file:
			file.write(svg([r for r in self.rows if r.bar is not None]))


def note(text):
	"""What is no figure goes to stderr."""
	print("    " + text, file=sys.stderr, flush=True)


def svg(rows):
	"""A bar for every figure, as a share of its limit; the line is the limit."""
	height, width, left, scale = 26, 760, 170, 260
	lines = ['<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" '
	    'font-family="sans-serif" font-size="13">' % (width,
	    height * len(rows) + 40),
	    '<rect width="100%" height="100%" fill="white"/>']
	for index, row in enumerate(rows):
		y = 10 + index * height
		share = max(0.0, min(2.0, row.value / row.bar))
		colour = "#4a8f5c" if row.met() else "#b5483a"
		lines.append('<text x="%d" y="%d" text-anchor="end">%s</text>' % (
		    left - 8, y + 15, row.name))
		lines.append('<rect x="%d" y="%d" width="%.0f" height="18" '
		    'fill="%s"/>' % (left, y, share * scale, colour))
		lines.append('<text x="%.0f" y="%d">%s (bar %s)</text>' % (
		    left + max(share, 1) * scale + 8, y + 15, row.columns()[1],
		    row.columns()[2].replace("<", "&lt;").replace(">", "&gt;")))
	bottom = 10 + len(rows) * height
	lines.append('<line x1="%d" y1="4" x2="%d" y2="%d" stroke="black" '
	    'stroke-dasharray="3 3"/>' % (left + scale, left + scale, bottom))
	lines.append('<text x="%d" y="%d" text-anchor="middle">bar</text>' % (
	    left + scale, bottom + 14))
	return "\n".join(lines) + "\n</svg>\n"
