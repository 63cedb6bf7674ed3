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

"""The users that the children run as, made for a test run where missing."""

import grp
import os
import pwd
import shutil
import subprocess

HTTP_USER = "_relehttp"
SMTP_USER = "_relesmtp"


def exists(name):
	try:
		pwd.getpwnam(name)
		return True
	except KeyError:
		return False


class Accounts:
	"""Makes what is missing, and takes away only what it made."""

	def __init__(self):
		self.made = []

	def make(self):
		if os.geteuid() != 0 or shutil.which("useradd") is None:
			return
		for name in (HTTP_USER, SMTP_USER):
			if exists(name):
				continue
			done = subprocess.run(["useradd", "--system", "--user-group",
			    "--no-create-home", "--home-dir", "/var/empty",
			    "--shell", "/usr/sbin/nologin", name], capture_output=True)
			if done.returncode == 0:
				self.made.append(name)

	def remove(self):
		for name in self.made:
			subprocess.run(["userdel", name], capture_output=True)
			try:
				grp.getgrnam(name)
				subprocess.run(["groupdel", name], capture_output=True)
			except KeyError:
				pass
		self.made = []
