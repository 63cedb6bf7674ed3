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


"""A real Prometheus that scrapes one target, and promtool."""

import json
import os
import shutil
import subprocess
import tempfile
import urllib.parse
import urllib.request

import packages
from outcome import Skip, wait_for
from tcp import free_port

CONFIGURATION = """
global:
  scrape_interval: 1s
  evaluation_interval: 1s
rule_files: ["%s"]
scrape_configs:
  - job_name: http-smtp-rele
    static_configs:
      - targets: ["127.0.0.1:%d"]
"""


def program(name):
	path = os.path.join(packages.unpacked("prometheus"), "usr/bin", name)
	if not os.access(path, os.X_OK):
		raise Skip("the package prometheus has no %s" % name)
	return path


def promtool(*arguments, text=None, directory=None):
	"""(exit status, all that it says)"""
	done = subprocess.run([program("promtool"), *arguments], input=text,
	    cwd=directory, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
	    text=True, stdin=None if text else subprocess.DEVNULL)
	return done.returncode, done.stdout


class Prometheus:
	"""with Prometheus(port, rules) as prometheus: prometheus.query("up")"""

	def __init__(self, target, rules):
		self.program = program("prometheus")
		self.directory = tempfile.mkdtemp(prefix="rele-prometheus-")
		self.port = free_port()
		self.process = None
		self.configuration = os.path.join(self.directory, "prometheus.yml")
		with open(self.configuration, "w") as file:
			file.write(CONFIGURATION % (rules, target))

	def __enter__(self):
		with open(os.path.join(self.directory, "log"), "wb") as log:
			self.process = subprocess.Popen([self.program,
			    "--config.file=" + self.configuration,
			    "--storage.tsdb.path=" + os.path.join(self.directory,
			    "data"), "--web.listen-address=127.0.0.1:%d" %
			    self.port], stdin=subprocess.DEVNULL, stdout=log,
			    stderr=log, cwd=self.directory)
		try:
			wait_for(self.answers, "Prometheus to answer", 0.1)
		except BaseException:
			self.__exit__()
			raise
		return self

	def __exit__(self, *_):
		if self.process is not None:
			self.process.kill()
			self.process.wait()
		shutil.rmtree(self.directory, ignore_errors=True)

	def answers(self):
		try:
			return self.get("/-/ready") is not None
		except OSError:
			return False

	def get(self, path):
		with urllib.request.urlopen("http://127.0.0.1:%d%s" % (self.port,
		    path)) as response:
			return response.read()

	def api(self, path):
		return json.loads(self.get("/api/v1/" + path))["data"]

	def query(self, expression):
		"""[(labels, value)]"""
		found = self.api("query?query=" + urllib.parse.quote(expression))
		return [(one["metric"], one["value"][1]) for one in found["result"]]
