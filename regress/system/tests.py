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

"""The tests that there are, in the order of their files."""

import dataclasses
import glob
import importlib
import os

HERE = os.path.dirname(os.path.abspath(__file__))


@dataclasses.dataclass(frozen=True)
class Test:
	"""One row of a table, or a function without one."""
	subject: str		# the file
	name: str
	function: object
	arguments: tuple
	limit: float		# seconds after which it hangs, or None
	alone: str		# why no other may run beside it, or None
	unsanitized: str	# why not of a build with sanitizers, or None


def tests():
	for path in sorted(glob.glob(os.path.join(HERE, "test_*.py"))):
		subject = os.path.basename(path)[:-3]
		module = importlib.import_module(subject)
		for name, function in list(vars(module).items()):
			if name.startswith("test_") and callable(function):
				yield from of_function(module, subject, name, function)


def of_function(module, subject, name, function):
	marks = (getattr(function, "limit", None),
	    getattr(function, "alone", getattr(module, "ALONE", None)),
	    getattr(function, "unsanitized",
	    getattr(module, "UNSANITIZED", None)))
	full = "%s.%s" % (subject, name)
	if not hasattr(function, "rows"):
		yield Test(subject, full, function, (), *marks)
		return
	for row in function.rows:
		yield Test(subject, "%s[%s]" % (full, row[0]), function, row[1:],
		    *marks)
