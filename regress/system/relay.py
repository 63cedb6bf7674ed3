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

"""The daemon under test: configuration, start, reload, stop, log."""

import copy
import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile

import http_client
import process
from outcome import SANITIZED, Failure, Skip, wait_for
from tcp import free_port

prefix = "/usr/local"		# set by run.py, for its tests
patience = None			# set by run.py: longer than WATCHDOG
running = []			# what a failed test may have left behind

SECRET = "correct-horse-battery-staple-0123456789"
OTHER = "another-secret-for-the-other-key-9876543210"

# The daemon's own words that tests wait for.
RELOADED = r"configuration reloaded|configuration \d+ (is )?in force"
NOT_RELOADED = r"not reloaded|configuration .*(unchanged|kept|remains)"


def sweep():
	"""Ends what is running, and what it has logged goes."""
	for left in running:
		left.discard()
	del running[:]


def patient(text, *names):
	"""What is to be added, so that no timeout of which the text says nothing is
	reached before a test is taken to hang."""
	return "\n".join("timeout %s %s" % (name, patience) for name in names
	    if patience and "timeout %s " % name not in text)


class Configuration:
	"""http-smtp-rele.conf in parts that a test replaces one by one."""

	def __init__(self, smtp=None, **parts):
		self.ports = [free_port()]
		self.prefork = 2
		self.limits = "limit global none\nlimit address none\nlimit key none"
		self.timeouts = ""
		self.patient = True
		self.top = ""
		self.log = "log { format text level info }"
		self.sender = 'from "noreply@example.com" name "Example"'
		self.recipients = 'recipients { "example.com" "example.org" }'
		self.mail = ""
		self.smtp = [smtp] if isinstance(smtp, int) else smtp or []
		self.relay = ""
		self.relays = None		# whole relay statements instead
		self.store = "store memory { ttl 1h records 10000 }"
		self.keys = ('key "test" { secret "%s" }\n'
		    'key "other" { secret "%s" }' % (SECRET, OTHER))
		for name, value in parts.items():
			if not hasattr(self, name):
				raise TypeError("no part %s" % name)
			setattr(self, name, value)

	def copy(self, **parts):
		other = copy.deepcopy(self)
		for name, value in parts.items():
			setattr(other, name, value)
		return other

	def __str__(self):
		relays = self.relays
		if relays is None:
			items = " ".join([self.relay, patient(self.relay, "connect",
			    "submission")]).strip()
			relays = "\n".join('relay "127.0.0.1" port %d { %s }' % (p,
			    items) if items else
			    'relay "127.0.0.1" port %d' % p for p in self.smtp)
		lines = ["prefork %d" % self.prefork]
		lines += ["listen on 127.0.0.1 port %d" % p for p in self.ports]
		lines += [self.limits, self.timeouts, patient(self.timeouts +
		    self.top, "header", "request", "idle") if self.patient else
		    "", self.top, self.log, "mail {",
		    self.sender, self.recipients, self.mail, "}", relays, self.store,
		    self.keys]
		return "\n".join(line for line in lines if line) + "\n"


class Relay:
	"""with Relay(smtp=port) as relay: relay.post({...})"""

	def __init__(self, smtp=None, configuration=None, program=None,
	    arguments=(), wrapper=(), wait=True, mode="-d", **parts):
		self.configuration = configuration or Configuration(smtp, **parts)
		self.program = program or os.path.join(prefix,
		    "sbin/http-smtp-rele")
		self.arguments = list(arguments)
		self.wrapper = list(wrapper)
		self.wait = wait
		self.mode = mode
		self.daemon = None
		self.directory = tempfile.mkdtemp(prefix="rele-test-")
		self.path = os.path.join(self.directory, "http-smtp-rele.conf")
		self.log_path = os.path.join(self.directory, "log")
		self.log_file = open(self.log_path, "ab")
		running.append(self)

	@property
	def port(self):
		return self.configuration.ports[0]

	@property
	def pid(self):
		return self.daemon.pid

	def __enter__(self):
		try:
			self.start()
		except BaseException:
			self.kill()
			raise
		return self

	def __exit__(self, kind, *_):
		try:
			if kind is None:
				self.stop()
		finally:
			self.kill()
			if kind is None:
				running.remove(self)
				shutil.rmtree(self.directory, ignore_errors=True)

	def write(self, text=None):
		with open(os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC,
		    0o600), "w") as file:
			file.write(str(self.configuration) if text is None else text)

	def start(self):
		self.write()
		command = self.wrapper + [self.program, self.mode, "-f",
		    self.path]
		if SANITIZED:
			command.append("-X")
		self.daemon = subprocess.Popen(command + self.arguments,
		    stdin=subprocess.DEVNULL, stdout=self.log_file,
		    stderr=self.log_file)
		if self.wait:
			self.wait_until_ready()

	def wait_until_ready(self):
		def healthy():
			if self.daemon.poll() is not None:
				raise Failure("the daemon ended with status %d: %s" % (
				    self.daemon.returncode, self.log()[-600:]))
			try:
				return self.get("/healthz").status == 200
			except (OSError, http_client.Closed):
				return False
		wait_for(healthy, "GET /healthz to say 200")

	def reload(self, **parts):
		"""Changes parts of the configuration and waits for the commit."""
		self.configuration = self.configuration.copy(**parts)
		self.write()
		mark = len(self.log())
		self.hang_up()
		self.wait_for_log("%s|%s" % (RELOADED, NOT_RELOADED), mark)
		if re.search(NOT_RELOADED, self.log()[mark:]):
			raise Failure("reload refused: %s" % self.log()[mark:])

	def hang_up(self):
		os.kill(self.parent(), signal.SIGHUP)

	def parent(self):
		"""The parent's pid; with a wrapper the started process is another."""
		return self.pid

	def stop(self):
		"""SIGTERM; exit 0 is expected, and that nothing is left running."""
		if self.daemon.poll() is not None:
			raise Failure("the daemon had ended with status %d" %
			    self.daemon.returncode)
		family = [self.parent()] + process.children(self.parent())
		os.kill(self.parent(), signal.SIGTERM)
		status = self.wait_for_end()
		if status != 0:
			raise Failure("SIGTERM: exit status %d" % status)
		wait_for(lambda: not any(process.alive(p) for p in family),
		    "the children to be gone")

	def wait_for_end(self):
		"""Its exit status."""
		wait_for(lambda: self.daemon.poll() is not None,
		    "the daemon to end")
		return self.daemon.returncode

	def kill(self):
		"""Whatever is left of it."""
		if self.daemon is not None and self.daemon.poll() is None:
			family = process.children(self.parent())
			for pid in [self.parent()] + family:
				try:
					os.kill(pid, signal.SIGKILL)
				except ProcessLookupError:
					pass
			self.daemon.wait()
		if not self.log_file.closed:
			self.log_file.close()

	def discard(self):
		"""After a failure was reported."""
		self.kill()
		shutil.rmtree(self.directory, ignore_errors=True)

	# Its processes.

	def children(self, program):
		"""Pids of the children that run libexec's program of this name."""
		found = []
		for pid in process.children(self.parent()):
			try:
				exe = os.readlink("/proc/%d/exe" % pid)
			except OSError:
				continue
			if os.path.basename(exe).split(" ")[0] == program:
				found.append(pid)
		return sorted(found)

	def http_children(self):
		return self.children("relayd-http")

	def smtp_child(self):
		return wait_for(lambda: self.children("relayd-smtp"),
		    "relayd-smtp to run")[0]

	def family(self):
		return [self.parent()] + process.children(self.parent())

	# Its log.

	def log(self):
		"""Its whole lines; one may be half there while it is written."""
		with open(self.log_path, errors="replace") as file:
			text = file.read()
		return text[:text.rfind("\n") + 1]

	def wait_for_log(self, pattern, start=0):
		wait_for(lambda: re.search(pattern, self.log()[start:]),
		    "a log line like %r" % pattern)

	# Requests.

	def get(self, path, secret=None, **how):
		return http_client.get(self.port, path, secret, **how)

	def post(self, document, secret=SECRET, **how):
		return http_client.post(self.port, document, secret, **how)

	def connect(self, **how):
		return http_client.Connection(self.port, **how)

	def submission(self, request_id, secret=SECRET):
		"""The ledger's entry."""
		return self.get("/v1/submissions/" + request_id, secret)


def message(**fields):
	"""A valid request for /v1/send with fields replaced."""
	document = {"to": "user@example.com", "subject": "Hello",
	    "body": "A short text.\n"}
	document.update(fields)
	return {k: v for k, v in document.items() if v is not ...}


class OrdinaryRelay(Relay):
	"""Started by nobody, who is not root."""

	def __init__(self, *arguments, **parts):
		super().__init__(*arguments, **parts)
		if os.geteuid() != 0 or shutil.which("setpriv") is None:
			raise Skip("needs root and setpriv(1) to become another user")
		self.user = pwd.getpwnam("nobody")
		self.wrapper = ["setpriv", "--reuid=%d" % self.user.pw_uid,
		    "--regid=%d" % self.user.pw_gid, "--clear-groups"]
		if subprocess.run(self.wrapper + [self.program, "-K", "x"],
		    capture_output=True).returncode == 126:
			raise Skip("nobody cannot reach " + self.program)

	def give(self, *paths):
		for path in paths:
			os.chown(path, self.user.pw_uid, self.user.pw_gid)

	def write(self, text=None):
		super().write(text)
		self.give(self.directory, self.path)
