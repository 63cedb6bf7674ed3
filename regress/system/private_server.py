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

"""A server that believes to be alone: own mounts, users and process ids.

It listens on a port for each security, with AUTH demanded and without.

Paths that a Debian package has compiled in are put where it looks for them, in
a mount namespace that nobody else sees; the users that it wants exist only there.
"""

import contextlib
import os
import shlex
import shutil
import signal
import subprocess
import tempfile

import packages
import process
from certificates import certificates
from outcome import Skip, wait_for
from tcp import free_port, port_answers

MAIL_UID = 64025
# Who may send where a server asks; what it wants to hear is quoted nowhere.
USER, PASSWORD = "relay", "horse battery-9"
SECURITY = ("plain", "starttls", "implicit")
_shared = {}


def shared(kind):
	"""One server of the kind for all tests, started by the first."""
	if kind not in _shared:
		server = kind()
		server.__enter__()
		_shared[kind] = server
	return _shared[kind]


def stop_shared():
	while _shared:
		_shared.popitem()[1].stop()


class PrivateServer:
	"""Base of the real mail servers: temporary directory, start, stop."""

	users = ()		# (name, uid, home) beside root and the mail user
	covered = ()		# directories of the system hidden under a tmpfs
	unable = ()		# (security, auth) that the server does not offer
	key_owner = 0		# who reads the TLS key
	certificate_kind = "good"

	def __init__(self):
		if os.geteuid() != 0:
			raise Skip("%s needs root" % type(self).__name__)
		if shutil.which("unshare") is None:
			raise Skip("%s needs unshare(1)" % type(self).__name__)
		self.process = None
		self.directory = tempfile.mkdtemp(prefix="rele-mail-")
		os.chmod(self.directory, 0o755)
		self.mail = os.path.join(self.directory, "mail")
		os.mkdir(self.mail, 0o755)
		os.chown(self.mail, MAIL_UID, MAIL_UID)
		self.log = os.path.join(self.directory, "log")
		self.ports = {(security, auth): free_port()
		    for security in SECURITY for auth in (False, True)
		    if (security, auth) not in self.unable}
		self.port = self.ports["plain", False]
		self.certificate, self.key = self.install_certificate()

	def install_certificate(self):
		made = getattr(certificates(), self.certificate_kind)
		with open(made.path) as certificate, open(made.key) as key:
			paths = self.write("tls.pem", certificate.read()), \
			    self.write("tls.key", key.read(), 0o600)
		os.chown(paths[1], self.key_owner, self.key_owner)
		return paths

	def __enter__(self):
		try:
			self.start()
		except BaseException:
			self.stop()
			raise
		return self

	def __exit__(self, *_):
		self.stop()

	def start(self):
		"""Starts what command() gives, after the steps of prepare()."""
		script = "set -e\n" + self.mounts() + self.prepare()
		script += "exec " + " ".join(shlex.quote(a) for a in self.command())
		output = open(self.log, "ab")
		self.process = subprocess.Popen(["unshare", "--mount", "--pid",
		    "--fork", "--propagation", "private",
		    "sh", "-c", script], stdin=subprocess.DEVNULL, stdout=output,
		    stderr=output, env=self.environment())
		output.close()
		wait_for(self.answers, "%s to answer: %s" % (type(self).__name__,
		    self.log))

	def answers(self):
		if self.process.poll() is not None:
			with open(self.log, errors="replace") as log:
				raise Skip("%s does not start: %s" % (
				    type(self).__name__, log.read()[-600:]))
		return all(port_answers(p) for p in self.ports.values())

	def halt(self):
		"""Ends the server at once, as a power failure would."""
		if self.process is None:
			return
		# Killing the namespace's first process kills all that live in it.
		for pid in process.children(self.process.pid):
			with contextlib.suppress(ProcessLookupError):
				os.kill(pid, signal.SIGKILL)
		if self.process.poll() is None:
			self.process.kill()
		self.process.wait()
		self.process = None
		wait_for(lambda: not any(port_answers(p) for p in
		    self.ports.values()), "the ports to close")

	def stop(self):
		self.halt()
		shutil.rmtree(self.directory, ignore_errors=True)

	def mounts(self):
		"""Of /etc as a whole: when somebody replaces a file of it, a mount
		on that file alone is gone."""
		etc = os.path.join(self.directory, "system")
		self.copy_etc(etc)
		lines = ["mount --bind %s /etc" % etc]
		lines += ["mount -t tmpfs -o mode=755 none %s" % d for d in self.covered]
		return "\n".join(lines) + "\n"

	def copy_etc(self, etc):
		"""With the server's users added."""
		shutil.rmtree(etc, ignore_errors=True)
		# It is said to fail when a file has gone meanwhile.
		subprocess.run(["cp", "-a", "/etc", etc], capture_output=True)
		users = tuple(self.users) + (("relemail", MAIL_UID, self.mail),)
		with open(os.path.join(etc, "passwd"), "a") as passwd, \
		    open(os.path.join(etc, "group"), "a") as group:
			for name, uid, home in users:
				passwd.write("%s:x:%d:%d::%s:/bin/sh\n" % (name, uid,
				    uid, home))
				group.write("%s:x:%d:\n" % (name, uid))

	def library_mounts(self, package):
		"""What is set-id finds its libraries by ld.so.cache alone."""
		paths = packages.library_path(package).replace(":", "\n")
		listed = self.write("ld.so.conf", "include /etc/ld.so.conf\n" +
		    paths + "\n")
		return """
ldconfig -X -f %s
""" % listed

	def write(self, name, text, mode=0o644):
		path = os.path.join(self.directory, name)
		os.makedirs(os.path.dirname(path), exist_ok=True)
		with open(path, "w") as file:
			file.write(text)
		os.chmod(path, mode)
		return path

	def environment(self):
		return dict(os.environ)

	def prepare(self):
		return ""

	def messages(self):
		"""Every message stored so far, as octets, oldest first."""
		found = []
		for directory, _, names in os.walk(self.mail):
			if os.path.basename(directory) == "new":
				found += [os.path.join(directory, n) for n in names]
		found.sort(key=lambda path: os.stat(path).st_mtime_ns)
		return [open(path, "rb").read() for path in found]

	def wait_for_messages(self, count):
		return wait_for(lambda: len(self.messages()) >= count and
		    self.messages(), "%d messages in the mailbox" % count, 0.05)
