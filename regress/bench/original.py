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


"""http-smtp-rele 0.15.1, the program in Rust that this one follows, under the same
load; its configuration takes every limit out of the way."""

import os
import shutil
import subprocess
import tempfile

import http_client
from outcome import Failure, wait_for
from relay import SECRET
from tcp import free_port

CONFIGURATION = """
[server]
bind_address = "127.0.0.1:%(port)d"
concurrency_limit = 0

[[security.api_keys]]
id = "test"
secret = "%(secret)s"
enabled = true
rate_limit_per_min = 4000000000
burst = 4000000000

[rate_limit]
global_per_min = 4000000000
per_ip_per_min = 4000000000
per_key_per_min = 4000000000
global_burst = 4000000000
per_ip_burst = 4000000000
per_key_burst = 4000000000

[mail]
default_from = "noreply@example.com"
allowed_recipient_domains = ["example.com"]

[smtp]
mode = "smtp"
host = "127.0.0.1"
port = %(smtp)d

[logging]
level = "error"
"""


class Original:
	"""with Original(program, port of a mail server) as original: original.port"""

	def __init__(self, program, smtp):
		self.program, self.smtp, self.port = program, smtp, free_port()

	def __enter__(self):
		self.directory = tempfile.mkdtemp(prefix="rele-bench-")
		path = os.path.join(self.directory, "http-smtp-rele.toml")
		with open(path, "w") as file:
			file.write(CONFIGURATION % {"port": self.port,
			    "secret": SECRET, "smtp": self.smtp})
		environment = dict(os.environ)
		environment.pop("RUST_LOG", None)	# it would win over the file
		self.process = subprocess.Popen([self.program, "--config", path],
		    env=environment, stdin=subprocess.DEVNULL,
		    stdout=subprocess.DEVNULL)
		try:
			wait_for(self.healthy, "%s to answer" % self.program)
		except BaseException:
			self.__exit__()
			raise
		return self

	def __exit__(self, *_):
		self.process.kill()
		self.process.wait()
		shutil.rmtree(self.directory, ignore_errors=True)

	def healthy(self):
		if self.process.poll() is not None:
			raise Failure("%s ended with status %d" % (self.program,
			    self.process.returncode))
		try:
			return http_client.get(self.port, "/healthz").status == 200
		except (OSError, http_client.Closed):
			return False
