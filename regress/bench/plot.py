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


"""figures.svg: every figure that has a bar as a share of it, and under that the
messages a second of those that are compared with each other."""

ROW, LEFT, UNIT, WIDTH = 24, 190, 200, 900
MOST = 2.2		# bars; what is longer is cut, and shows that it is
MET, MISSED, PLAIN = "#3f7f55", "#b5483a", "#5b7aa0"


class Drawing:
	def __init__(self):
		self.parts, self.y = [], 16

	def text(self, x, text, anchor="start", weight="normal"):
		self.parts.append('<text x="%d" y="%d" text-anchor="%s" '
		    'font-weight="%s">%s</text>' % (x, self.y + 14, anchor, weight,
		    text.replace("&", "&amp;").replace("<", "&lt;")))

	def title(self, text):
		self.text(LEFT, text, weight="bold")
		self.y += ROW + 4

	def bar(self, name, length, colour, label, clear_of=0):
		"""The label stays clear of what ends there."""
		self.text(LEFT - 8, name, "end")
		self.parts.append('<rect x="%d" y="%d" width="%.1f" height="%d" '
		    'fill="%s"/>' % (LEFT, self.y, length, ROW - 6, colour))
		self.text(LEFT + max(length, clear_of) + 8, label)
		self.y += ROW

	def line(self, x, top):
		self.parts.append('<line x1="%d" y1="%d" x2="%d" y2="%d" '
		    'stroke="black" stroke-dasharray="4 3"/>' % (x, top, x, self.y))

	def svg(self):
		return ('<svg xmlns="http://www.w3.org/2000/svg" width="%d" '
		    'height="%d" font-family="sans-serif" font-size="13">\n'
		    '<rect width="100%%" height="100%%" fill="white"/>\n%s\n</svg>\n' %
		    (WIDTH, self.y + 12, "\n".join(self.parts)))


def against_bars(drawing, figures, title):
	if not figures:
		return
	drawing.title(title)
	top = drawing.y - 4
	for figure in figures:
		share = max(0.0, figure.value / figure.bar)
		label = "%s (bar %s)%s" % (figure.shown(), figure.shown_bar(),
		    ", %.3g times the bar" % share if share > MOST else "")
		drawing.bar(figure.name, min(share, MOST) * UNIT,
		    MET if figure.met() else MISSED, label, UNIT)
	drawing.line(LEFT + UNIT, top)
	drawing.y += 12


def svg(figures):
	drawing = Drawing()
	known = [figure for figure in figures if figure.value is not None]
	barred = [figure for figure in known if figure.bar is not None]
	against_bars(drawing, [f for f in barred if f.sign == ">="],
	    "at least the bar (dashed); green: met, red: missed")
	against_bars(drawing, [f for f in barred if f.sign != ">="],
	    "at most the bar")
	plain = [figure for figure in known if compared(figure.name)]
	if plain:
		drawing.title("messages a second")
		most = max(figure.value for figure in plain)
		for figure in plain:
			drawing.bar(figure.name, figure.value / most * UNIT * MOST,
			    PLAIN, figure.shown())
	failed = [figure.name for figure in figures if figure.value is None]
	if failed:
		drawing.title("failed: " + " ".join(failed))
	return drawing.svg()


def compared(name):
	return name.endswith("_per_s") or name.rpartition("_")[2].isdigit()
