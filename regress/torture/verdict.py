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

"""Whether the clients were told the truth: their answers beside the mail server's
record."""

import collections

from figures import note

# What api.md has for a valid request in a world like this one.
ANSWERS = {(202, "-"), (429, "rate_limited"), (502, "smtp_unavailable"),
    (502, "smtp_rejected"), (503, "overloaded"), (503, "shutting_down"),
    (504, "smtp_outcome_unknown"),
    # With an Idempotency-Key, after very many repeats.
    (409, "idempotency_in_progress"), (503, "status_store_unavailable")}
# A lost connection is seen so long after the kill, on a busy machine.
LATE = 1.0		# seconds
SHOWN = 10


class Verdict:
	"""Numbers of messages by what is wrong with them."""

	def __init__(self, answers, messages):
		self.answers, self.messages = answers, messages
		self.lost, self.doubled = [], []
		self.refused_but_taken, self.unknown_twice = [], []
		self.wrong_answers = []
		self.cut = []
		self.counts = collections.Counter()
		for answer in answers:
			self.judge(answer, messages.get(answer.number, []))

	def judge(self, answer, taken):
		self.counts[answer.status] += 1
		if (answer.status, answer.code) not in ANSWERS and \
		    (answer.status, answer.code) != (0, "-"):
			self.wrong_answers.append(answer)
		if answer.status == 0:
			self.cut.append(answer)
		if answer.status == 202:
			# Each word list is SECONDS VERDICT NUMBER REQUEST_ID PORTS.
			if answer.request_id not in [words[3] for words in taken]:
				self.lost.append(answer)
			if len(taken) > 1:
				self.doubled.append(answer)
		elif answer.status in (0, 504):
			if len(taken) > 1:
				self.unknown_twice.append(answer)
		elif taken:
			self.refused_but_taken.append(answer)

	def cut_without(self, kills, port):
		"""Connections to the port that were lost when nothing was killed."""
		return [a for a in self.cut if a.port == port and
		    not any(k <= a.when <= k + LATE for k in kills)]

	def accepted_share(self):
		return self.counts[202] / max(1, len(self.answers))

	def explain(self, what, answers, log=""):
		"""The first ones with what each side wrote down."""
		for answer in answers[:SHOWN]:
			note("%s: the client: %s" % (what, answer))
			for words in self.messages.get(answer.number, []):
				note("    the mail server: " + " ".join(words))
			ids = {answer.request_id} | {words[3] for words in
			    self.messages.get(answer.number, [])}
			for line in log.splitlines():
				if any(i != "-" and i in line for i in ids):
					note("    the relay: " + line[:500])

	def __str__(self):
		return "%d messages: %s" % (len(self.answers), ", ".join(
		    "%d %s" % (count, "lost connections" if status == 0 else
		    "of %d" % status)
		    for status, count in sorted(self.counts.items())))
