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

"""nginx and HAProxy from Debian's packages, in front of a relay.

Each connects to the relay from an address of its own, so that the relay can
trust one proxy and not the other, and both have their clients' addresses to tell.
"""

import os
import shutil
import socket
import subprocess
import tempfile

import packages
from outcome import WATCHDOG, Failure, wait_for
from tcp import free_port, port_answers

TRUSTED, STRANGER = "127.0.0.50", "127.0.0.60"

NGINX = """
daemon off;
{user}
worker_processes 1;
pid {top}/pid;
error_log stderr notice;
load_module {package}/usr/lib/nginx/modules/ngx_stream_module.so;
events {{ }}
http {{
	access_log off;
	client_body_temp_path {top}/body;
	proxy_temp_path {top}/proxy;
	fastcgi_temp_path {top}/fastcgi;
	uwsgi_temp_path {top}/uwsgi;
	scgi_temp_path {top}/scgi;
	proxy_http_version 1.1;
	proxy_set_header Connection "";
	proxy_set_header Host $host;
	proxy_connect_timeout 300s;
	proxy_read_timeout 300s;
	proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
	upstream relay {{ server 127.0.0.1:{relay}; keepalive 4; }}
	server {{
		listen 127.0.0.1:{trusted};
		location / {{ proxy_bind {trusted_address}; proxy_pass http://relay; }}
	}}
	server {{
		listen 127.0.0.1:{stranger};
		location / {{
			proxy_bind {stranger_address};
			proxy_pass http://127.0.0.1:{relay};
		}}
	}}
}}
"""
NGINX_STREAM = """
stream {{
	server {{
		listen 127.0.0.1:{stream};
		proxy_bind {trusted_address};
		proxy_protocol on;
		proxy_pass 127.0.0.1:{proxied};
	}}
}}
"""

# add-header leaves what the client wrote where it is, as a line before.
HAPROXY = """
global
	stats socket {top}/stats level admin
	maxconn 200
defaults
	mode http
	timeout connect 5m
	timeout client 5m
	timeout server 5m
	timeout check 5m
frontend forwarded
	bind 127.0.0.1:{forwarded}
	http-request add-header Forwarded for=%[src];proto=http;by=_edge
	default_backend forwarded
backend forwarded
	server relay 127.0.0.1:{relay} source {trusted_address}
"""
HAPROXY_V2 = """
frontend version2
	bind 127.0.0.1:{version2}
	default_backend version2
backend version2
	option httpchk GET /readyz
	http-check expect status 200
	server relay 127.0.0.1:{proxied} source {trusted_address} send-proxy-v2 proxy-v2-options crc32c check check-send-proxy inter 200
"""
HAPROXY_TCP = """
frontend tcp
	mode tcp
	bind 127.0.0.1:{tcp}
	default_backend tcp
backend tcp
	mode tcp
	server relay 127.0.0.1:{secure} source {trusted_address} send-proxy-v2
"""


class Proxy:
	"""Base: temporary directory, start, stop.  ports: name to number."""

	package = None

	def __init__(self, relay, proxied=None, names=(), secure=None):
		self.directory = tempfile.mkdtemp(prefix="rele-proxy-")
		self.log_path = os.path.join(self.directory, "log")
		self.ports = {name: free_port() for name in names}
		self.values = dict(self.ports, top=self.directory, relay=relay,
		    proxied=proxied, secure=secure,
		    package=packages.unpacked(self.package),
		    trusted_address=TRUSTED, stranger_address=STRANGER,
		    user="user root;" if os.geteuid() == 0 else "")
		self.process = None

	def __getattr__(self, name):
		if name in self.__dict__.get("ports", ()):
			return self.ports[name]
		raise AttributeError(name)

	def __enter__(self):
		try:
			self.start()
		except BaseException:
			self.__exit__()
			raise
		return self

	def __exit__(self, *_):
		if self.process is not None:
			self.process.terminate()
			try:
				self.process.wait(WATCHDOG)
			except subprocess.TimeoutExpired:
				self.process.kill()
				self.process.wait()
		shutil.rmtree(self.directory, ignore_errors=True)

	def start(self):
		path = os.path.join(self.directory, "conf")
		with open(path, "w") as file:
			file.write(self.configuration().format(**self.values))
		environment = dict(os.environ,
		    LD_LIBRARY_PATH=packages.library_path(self.package))
		with open(self.log_path, "ab") as log:
			self.process = subprocess.Popen(self.command(path),
			    stdin=subprocess.DEVNULL, stdout=log, stderr=log,
			    env=environment)
		wait_for(self.answers, "%s to answer" % self.package)

	def program(self):
		return os.path.join(self.values["package"], "usr/sbin", self.package)

	def answers(self):
		if self.process.poll() is not None:
			with open(self.log_path, errors="replace") as log:
				raise Failure("%s does not start: %s" % (self.package,
				    log.read()[-600:]))
		return all(port_answers(p) for p in self.ports.values())


class Nginx(Proxy):
	"""X-Forwarded-For; with proxied, version 1 of PROXY, its only one."""

	package = "nginx"

	def __init__(self, relay, proxied=None):
		super().__init__(relay, proxied, ("trusted", "stranger") +
		    (("stream",) if proxied else ()))

	def configuration(self):
		return NGINX + (NGINX_STREAM if "stream" in self.ports else "")

	def command(self, path):
		return [self.program(), "-e", "stderr", "-p", self.directory,
		    "-c", path]


class HAProxy(Proxy):
	"""Forwarded; with proxied, version 2 of PROXY; with secure, before TLS."""

	package = "haproxy"

	def __init__(self, relay, proxied=None, secure=None):
		super().__init__(relay, proxied, ("forwarded",) +
		    (("version2",) if proxied else ()) +
		    (("tcp",) if secure else ()), secure)

	def configuration(self):
		return HAPROXY + (HAPROXY_V2 if "version2" in self.ports else "") + \
		    (HAPROXY_TCP if "tcp" in self.ports else "")

	def command(self, path):
		return [self.program(), "-db", "-f", path]

	def check(self):
		"""(UP or DOWN, L7OK or what else, HTTP status) of the checks."""
		with socket.socket(socket.AF_UNIX) as client:
			client.connect(os.path.join(self.directory, "stats"))
			client.sendall(b"show stat\n")
			text = b""
			while True:
				octets = client.recv(65536)
				if not octets:
					break
				text += octets
		lines = text.decode().lstrip("# ").splitlines()
		names = lines[0].split(",")
		for line in lines[1:]:
			row = dict(zip(names, line.split(",")))
			if (row.get("pxname"), row.get("svname")) == ("version2",
			    "relay"):
				return (row["status"], row["check_status"],
				    row["check_code"])
		raise Failure("HAProxy does not know of its server")
