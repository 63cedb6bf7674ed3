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

"""Two test runs at once share the users that they need."""

import os
import subprocess
import sys
import tempfile

from accounts import exists, take_away
from outcome import Skip, equal, true

ALONE = "its tests make and take away the same user"
NAME = "_reletest"
HERE = os.path.dirname(os.path.abspath(__file__))
# Another run: makes the users, says so, and takes them away when told.
OTHER = """
import sys
sys.path.insert(0, %r)
from accounts import Accounts
people = Accounts(sys.argv[1], [sys.argv[2]])
people.make()
print(flush=True)
sys.stdin.readline()
people.remove()
""" % HERE


class Run:
	def __init__(self, uses):
		self.process = subprocess.Popen([sys.executable, "-B", "-c", OTHER,
		    uses, NAME], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
		equal(self.process.stdout.readline(), b"\n", "the other run")

	def end(self):
		self.process.communicate(b"\n")
		equal(self.process.returncode, 0, "the other run's status")

	def kill(self):
		self.process.kill()
		self.process.communicate()


def uses_in(directory):
	if os.geteuid() != 0:
		raise Skip("only root can make users")
	if exists(NAME):
		raise Skip("there is a user %s here" % NAME)
	return os.path.join(directory, "uses")


def test_last_one_takes_them_away():
	with tempfile.TemporaryDirectory() as directory:
		uses = uses_in(directory)
		try:
			first, second = Run(uses), Run(uses)
			true(exists(NAME), "the user was not made")
			first.end()
			true(exists(NAME), "taken away while another run needs it")
			second.end()
			true(not exists(NAME), "left behind")
			equal(os.listdir(directory), [])
		finally:
			take_away(NAME)


def test_killed_run_leaves_them_to_the_next():
	with tempfile.TemporaryDirectory() as directory:
		uses = uses_in(directory)
		try:
			Run(uses).kill()
			true(exists(NAME), "the user was not made")
			Run(uses).end()
			true(not exists(NAME), "left behind")
		finally:
			take_away(NAME)


def test_others_users_stay():
	with tempfile.TemporaryDirectory() as directory:
		uses = uses_in(directory)
		try:
			equal(subprocess.run(["useradd", "--system", NAME]).returncode,
			    0, "useradd")
			Run(uses).end()
			true(exists(NAME), "taken away though it was there before")
		finally:
			take_away(NAME)
