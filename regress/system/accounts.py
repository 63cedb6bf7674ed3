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

"""The users that the children run as, made for a test run where missing.

Runs may overlap: the last one that ends takes away what any of them made.  That
is kept in a file, of which one octet is locked while users are made or taken away
and the next one, shared, for as long as a run needs them.  Such locks end with
their process, so a run that was killed leaves users only until the next ends.
"""

import fcntl
import grp
import os
import pwd
import shutil
import subprocess
import time

HTTP_USER = "_relehttp"
SMTP_USER = "_relesmtp"
USES = "/var/run/http-smtp-rele-tests"
CHANGING, USING = 0, 1		# octets of it
IN_USE = 8		# userdel(8)


def exists(name):
	try:
		pwd.getpwnam(name)
		return True
	except KeyError:
		return False


def add(name):
	"""Whether it was missing and could be made."""
	return not exists(name) and subprocess.run(["useradd", "--system",
	    "--user-group", "--no-create-home", "--home-dir", "/var/empty",
	    "--shell", "/usr/sbin/nologin", name],
	    capture_output=True).returncode == 0


def take_away(name):
	for _ in range(50):
		if subprocess.run(["userdel", name],
		    capture_output=True).returncode != IN_USE:
			break
		time.sleep(0.1)		# by a process that was just killed
	try:
		grp.getgrnam(name)
		subprocess.run(["groupdel", name], capture_output=True)
	except KeyError:
		pass


class Accounts:
	"""Makes what is missing; what tests made, the last of them takes away."""

	def __init__(self, uses=USES, names=(HTTP_USER, SMTP_USER)):
		self.uses, self.names = uses, names
		self.file = None

	def make(self):
		if os.geteuid() != 0 or shutil.which("useradd") is None:
			return
		self.file = self.open()
		fcntl.lockf(self.file, fcntl.LOCK_SH, 1, USING)
		made = self.made() + [name for name in self.names if add(name)]
		self.file.seek(0)
		self.file.write("\n".join(made))
		self.file.truncate()
		self.file.flush()
		self.unlock(CHANGING)

	def open(self):
		"""The file, locked; not one that another run has just removed."""
		while True:
			file = open(os.open(self.uses, os.O_RDWR | os.O_CREAT, 0o600),
			    "r+")
			fcntl.lockf(file, fcntl.LOCK_EX, 1, CHANGING)
			if os.path.exists(self.uses) and os.path.samestat(
			    os.fstat(file.fileno()), os.stat(self.uses)):
				return file
			file.close()

	def unlock(self, octet):
		fcntl.lockf(self.file, fcntl.LOCK_UN, 1, octet)

	def made(self):
		self.file.seek(0)
		return self.file.read().split()

	def remove(self):
		if self.file is None:
			return
		fcntl.lockf(self.file, fcntl.LOCK_EX, 1, CHANGING)
		self.unlock(USING)
		if not self.used():
			for name in self.made():
				take_away(name)
			os.unlink(self.uses)
		self.file.close()
		self.file = None

	def used(self):
		try:
			fcntl.lockf(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1,
			    USING)
			return False
		except OSError:
			return True
