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

"""HTTPS as clients see it: versions, names, certificates, bad clients."""

import base64
import email
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import time

import sslyze_tool
from certificates import certificates
from contract import check_accepted, check_error
from fault_server import FaultServer
from http_client import Closed, Connection, post_octets, request
from outcome import Failure, Skip, each, equal, true, unsanitized, wait_for
from relay import SECRET, Relay, message
from secure import HEALTH, NAME, VERSIONS, configured, connect, context, listen, \
    name_of, pair
from tcp import free_port
from test_confinement import descriptors

BOTH = [(version, version) for version in VERSIONS]


def needs(program):
	if shutil.which(program) is None:
		raise Skip("%s is not installed" % program)


def s_client(port, *arguments):
	"""What openssl s_client says of a connection."""
	done = subprocess.run(["openssl", "s_client", "-connect",
	    "127.0.0.1:%d" % port, "-CAfile", certificates().ca.path] +
	    list(arguments), stdin=subprocess.DEVNULL,
	    stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
	return done.stdout.decode("latin-1")


def refused_with(function, *words):
	"""The error of a connection or request that must fail."""
	try:
		function()
	except (OSError, Closed) as error:
		true(any(word in str(error) for word in words),
		    "found %r, wanted one of %r" % (error, words))
		return
	raise Failure("it was not refused")


@each(BOTH)
def test_message(version):
	"""A message, from a client of either version, with both kinds of key."""
	for kind in ("good", "rsa"):
		with FaultServer() as server:
			configuration, port = configured(server.port,
			    pair(getattr(certificates(), kind)))
			with Relay(configuration=configuration), \
			    connect(port, tls=context(version)) as client:
				equal(client.socket.version(), version.replace(" ", "v"))
				check_accepted(client.exchange(
				    post_octets(message(), SECRET)))
				check_accepted(client.exchange(
				    post_octets(message(), SECRET)))
				equal(len(server.taken()), 2, "messages")


def test_outdated_version():
	"""TLS 1.1 is refused, by the alert that says so; \"protocols\" narrows."""
	configuration, port = configured(25)
	newest = free_port()
	configuration.top += "\n" + listen(newest, pair(certificates().good),
	    'protocols "tlsv1.3"')
	old = context()
	old.set_ciphers("DEFAULT:@SECLEVEL=0")
	old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
	with Relay(configuration=configuration):
		refused_with(lambda: connect(port, tls=old),
		    "TLSV1_ALERT_PROTOCOL_VERSION")
		refused_with(lambda: connect(newest, tls=context("TLS 1.2")),
		    "TLSV1_ALERT_PROTOCOL_VERSION")
		connect(newest).close()


def test_curl():
	"""curl, which offers HTTP/2, is content with HTTP/1.1."""
	needs("curl")
	configuration, port = configured(25)
	with Relay(configuration=configuration):
		for version in ("--tlsv1.3", "--tls-max=1.2"):
			done = subprocess.run(["curl", "-sS", "--http2", "--cacert",
			    certificates().ca.path, "--resolve", "%s:%d:127.0.0.1" %
			    (NAME, port), *version.split("="), "-w",
			    "\n%{http_version} %{ssl_verify_result}",
			    "https://%s:%d/healthz" % (NAME, port)],
			    capture_output=True, text=True)
			equal(done.returncode, 0, done.stderr)
			body, facts = done.stdout.rsplit("\n", 1)
			equal(json.loads(body)["status"], "ok")
			equal(facts, "1.1 0")


def test_names():
	"""SNI chooses among a listener's certificates; the first is the default."""
	known = certificates()
	configuration, port = configured(25, pair(known.good), pair(known.second),
	    pair(known.wrong_name))
	other = free_port()
	configuration.top += "\n" + listen(other, pair(known.second))
	lax = context()
	lax.check_hostname = False
	with Relay(configuration=configuration):
		for name, common_name in ((NAME, "good"), (None, "good"),
		    ("second.example.test", "second"), ("unknown.test", "good"),
		    ("other.example.test", "wrong")):
			with connect(port, name, tls=lax) as client:
				equal(name_of(client), common_name, name)
		with connect(other, NAME, tls=lax) as client:
			equal(name_of(client), "second")


def test_chain():
	"""What leads to the root is sent along; without it nobody is convinced."""
	for kind, code in (("chained", "0 (ok)"),
	    ("unchained", "21 (unable to verify the first certificate)")):
		configuration, port = configured(25,
		    pair(getattr(certificates(), kind)))
		with Relay(configuration=configuration):
			said = s_client(port, "-servername", NAME)
			true("Verify return code: " + code in said, said)


@each(BOTH)
def test_ocsp(version):
	"""The response is stapled for who asks, of the certificate that has one."""
	known = certificates()
	configuration, port = configured(25, pair(known.good,
	    known.ca.ocsp(known.good)), pair(known.second))
	flag = "-" + version.lower().replace(" ", "").replace(".", "_")
	with Relay(configuration=configuration):
		said = s_client(port, flag, "-status", "-servername", NAME)
		true("Cert Status: good" in said, said)
		said = s_client(port, flag, "-status", "-servername",
		    "second.example.test")
		true("OCSP response: no response sent" in said, said)


def test_alpn():
	"""http/1.1 is agreed on; who offers only others is served without."""
	configuration, port = configured(25)
	with Relay(configuration=configuration):
		for offered, selected in ((["h2", "http/1.1"], "http/1.1"),
		    (["h2"], None), ([], None)):
			tls = context()
			if offered:
				tls.set_alpn_protocols(offered)
			with connect(port, tls=tls) as client:
				equal(client.socket.selected_alpn_protocol(), selected)
				equal(client.exchange(HEALTH).status, 200)


@each((name + " " + version, name, version) for name, _ in
    (("required", 0), ("optional", 0)) for version in VERSIONS)
def test_client_certificate(kind, version):
	"""Who has none, a stranger's or the right one; the log names it."""
	known = certificates()
	optional = " optional" if kind == "optional" else ""
	with FaultServer() as server:
		configuration, port = configured(server.port, pair(known.good),
		    'client ca "%s"%s' % (known.ca.path, optional))
		def post(client):
			with connect(port, tls=context(version,
			    client=client)) as connection:
				return connection.exchange(post_octets(message(),
				    SECRET))
		with Relay(configuration=configuration) as relay:
			mark = len(relay.log())
			check_accepted(post(known.client))
			relay.wait_for_log("message accepted.*"
			    'client_certificate="?/CN=client"? ', mark)
			# With TLS 1.3 the client learns of it by its first read.
			refused_with(lambda: post(known.strange_client),
			    "UNKNOWN_CA", "DECRYPT_ERROR")
			if optional:
				mark = len(relay.log())
				check_accepted(post(None))
				relay.wait_for_log("message accepted", mark)
				true("client_certificate" not in relay.log()[mark:],
				    "a certificate that was not there")
			else:
				refused_with(lambda: post(None),
				    "CERTIFICATE_REQUIRED", "HANDSHAKE_FAILURE")
			equal(len(server.taken()), 2 if optional else 1, "messages")


def test_deadline():
	"""The handshake and the first head together have timeout header."""
	configuration, port = configured(25, timeouts="timeout header 5s")
	with Relay(configuration=configuration):
		hello = client_hello()
		begun = time.monotonic()
		silent, half, dribbling = (Connection(port) for _ in range(3))
		half.send(hello)
		# One octet in a while is no progress.
		for octet in hello[:8]:
			dribbling.send(bytes((octet,)))
			time.sleep(0.05)
		wait_for(lambda: served(port), "an honest client to be served")
		true(silent.closed(), "a client that says nothing")
		true(time.monotonic() - begun > 4.9, "cut too early")
		true(dribbling.closed(), "a client that dribbles")
		# It has the server's part of the handshake, and no more comes.
		wait_for(lambda: not drained(half), "the half-open one to end")
		begun = time.monotonic()
		with wait_for(lambda: shaken(port), "a handshake in time") as slow:
			slow.send(HEALTH[:10])
			check_error(slow.response(), 408, "request_timeout")
		true(time.monotonic() - begun > 4.9, "cut too early")


def shaken(port):
	"""A connection; None when it was cut, which may be on a slow machine."""
	try:
		return connect(port)
	except OSError:
		return None


def served(port):
	client = shaken(port)
	if client is None:
		return False
	with client:
		try:
			return client.exchange(HEALTH).status == 200
		except Closed:
			return False


def client_hello():
	"""The octets with which a client begins."""
	incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
	client = context().wrap_bio(incoming, outgoing, server_hostname=NAME)
	try:
		client.do_handshake()
	except ssl.SSLWantReadError:
		pass
	return outgoing.read()


def drained(connection):
	"""Reads what there is: False at the end."""
	try:
		return connection.socket.recv(65536) != b""
	except ConnectionResetError:
		return False


def test_garbage():
	"""What is no TLS is closed without an answer, and others are served."""
	configuration, port = configured(25,
	    log="log { format text level debug }")
	hello = client_hello()
	with Relay(configuration=configuration) as relay:
		children = relay.http_children()
		for octets in (HEALTH, b"\0" * 5000, b"\xff" * 70000,
		    os.urandom(3000), hello[:5] + b"\xff" * (len(hello) - 5),
		    b"\x16\x03\x01\xff\xff", hello + hello,
		    hello + b"\x15\x03\x03\x00\x02\x02\x28"):
			with Connection(port) as client:
				try:
					client.send(octets)
					client.socket.shutdown(socket.SHUT_WR)
					answer = b""
					while True:
						more = client.socket.recv(65536)
						if not more:
							break
						answer += more
				except OSError:
					pass		# it may be reset at any time
				true(b"HTTP" not in answer, repr(answer[:80]))
			# One that is reset in the middle of it.
			client = Connection(port)
			client.socket.setsockopt(socket.SOL_SOCKET,
			    socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
			client.send(hello[:100])
			client.close()
			with connect(port) as honest:
				equal(honest.exchange(HEALTH).status, 200)
		equal(relay.http_children(), children, "processes")
		relay.wait_for_log("TLS handshake failed event=tls_failure "
		    "client=127.0.0.1 reason=.*http request")


def test_end():
	"""The last answer is followed by close_notify."""
	configuration, port = configured(25)
	with Relay(configuration=configuration):
		with connect(port) as client:
			client.send(request("GET", "/healthz",
			    [("Connection", "close")]))
			equal(client.response().status, 200)
			equal(client.socket.recv(1), b"", "close_notify")
		# Refused without its body being read: the answer arrives.
		with connect(port) as client:
			client.send(request("POST", "/v1/send",
			    [("Content-Length", "900000")]) + b"x" * 300000)
			check_error(client.response(), 401, "unauthorized")
			equal(client.socket.recv(1), b"", "close_notify")


def test_large_and_pipelined():
	"""Large bodies arrive whole; many requests in one record are answered."""
	body = "".join("%07d\n" % n for n in range(50000))
	with FaultServer() as server:
		configuration, port = configured(server.port, mail="max body 512K")
		with Relay(configuration=configuration):
			with connect(port) as client:
				check_accepted(client.exchange(post_octets(
				    message(body=body), SECRET)))
				text = server.taken()[-1].content
				true(all(b"%07d" % n in text for n in
				    range(0, 50000, 997)), "the text")
				client.send(HEALTH * 100 + post_octets(message(),
				    SECRET) * 20 + HEALTH)
				statuses = [client.response().status
				    for _ in range(121)]
				equal(statuses, [200] * 100 + [202] * 20 + [200])
			# Octet by octet, each in a record of its own.
			with connect(port) as client:
				for octet in post_octets(message(), SECRET):
					client.send(bytes((octet,)))
				check_accepted(client.response())


@each(BOTH)
def test_attachments(version):
	"""Megabytes, in one piece and in chunks, arrive octet for octet;
	what the kernel can take at once is far less."""
	posted = [os.urandom(1024 * 1024 + n) for n in range(3)]
	document = message(attachments=[{"filename": "%d.bin" % n,
	    "content_type": "application/octet-stream",
	    "data": base64.b64encode(octets).decode()}
	    for n, octets in enumerate(posted)])
	octets = post_octets(document, SECRET)
	head, body = octets.split(b"\r\n\r\n", 1)
	chunked = re.sub(rb"Content-Length: \d+", b"Transfer-Encoding: chunked",
	    head) + b"\r\n\r\n" + b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk)
	    for chunk in (body[at:at + 70001]
	    for at in range(0, len(body), 70001))) + b"0\r\n\r\n"
	with FaultServer() as server:
		configuration, port = configured(server.port,
		    top="max request 20M", mail="attachments max 3")
		with Relay(configuration=configuration), \
		    connect(port, tls=context(version)) as client:
			for one in (octets, chunked):
				check_accepted(client.exchange(one))
				mail = email.message_from_bytes(
				    server.taken()[-1].content)
				true([part.get_payload(decode=True) for part in
				    mail.get_payload()[1:]] == posted,
				    "the attachments")


def test_gone():
	"""A client that goes away, with or without a word, hurts nobody else."""
	with FaultServer() as server:
		configuration, port = configured(server.port)
		with Relay(configuration=configuration) as relay:
			children = relay.http_children()
			for _ in range(10):
				client = connect(port)
				client.send(post_octets(message(), SECRET)[:200])
				client.close()
				client = connect(port)
				client.send(post_octets(message(), SECRET))
				client.socket.setsockopt(socket.SOL_SOCKET,
				    socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
				client.close()
			with connect(port) as client:
				check_accepted(client.exchange(
				    post_octets(message(), SECRET)))
			equal(relay.http_children(), children, "processes")


def test_monitor():
	"""A listener with TLS may serve the monitoring resources alone."""
	port = free_port()
	with Relay(25, top="listen on 127.0.0.1 port %d monitor tls %s" % (port,
	    pair(certificates().good))):
		with connect(port) as client:
			equal(client.exchange(HEALTH).status, 200)
			check_error(client.exchange(post_octets(message(), SECRET)),
			    404, "not_found")


def test_sessions():
	"""Every process has the ticket keys; libretls 3.7.0 issues no ticket."""
	configuration, port = configured(25, prefork=3)
	with Relay(configuration=configuration, arguments=["-v"]) as relay:
		wait_for(lambda: len(re.findall("TLS ticket key 1$", relay.log(),
		    re.M)) == 3, "three processes to have the keys")
		for version in VERSIONS:
			tls = context(version)
			with connect(port, tls=tls) as client:
				equal(client.exchange(HEALTH).status, 200)
				session = client.socket.session
			true(session is None or not session.has_ticket,
			    "a ticket: say so in http-smtp-rele.conf(5)")
			with connect(port, tls=tls, session=session) as client:
				equal(client.exchange(HEALTH).status, 200)
				true(not client.socket.session_reused,
				    "a session that went on")


@unsanitized("sanitizers keep what is freed")
def test_private_key_is_forgotten():
	"""relayd-http has no file open, and no key's text in its memory."""
	if os.geteuid() != 0 or not os.path.exists("/proc/self/mem"):
		raise Skip("only root can read a process's memory, in /proc")
	known = certificates()
	configuration, port = configured(25, pair(known.good), pair(known.rsa))
	with open(known.good.key) as first, open(known.rsa.key) as second:
		lines = [text.split("\n")[1].encode()[:40] for text in
		    (first.read(), second.read())]
	with Relay(configuration=configuration) as relay:
		relay.reload(timeouts="timeout idle 50s")
		with connect(port) as client:
			equal(client.exchange(HEALTH).status, 200)
		for pid in relay.http_children():
			memory = written_memory(pid)
			true(b"timeout idle" not in memory and
			    len(memory) > 100000, "its memory was not read")
			for line in lines:
				true(line not in memory, "a private key is left")
			for fd, what in descriptors(pid).items():
				true(fd < 3 or not what.startswith("/"), what)
		# The parent has it, for the next process that it starts.
		true(lines[0] in written_memory(relay.pid), "not even the parent")


def written_memory(pid):
	"""All that the process can write to."""
	found = []
	with open("/proc/%d/maps" % pid) as maps, \
	    open("/proc/%d/mem" % pid, "rb", 0) as memory:
		for line in maps:
			area, access = line.split()[:2]
			if access.startswith("rw") and "[v" not in line:
				begin, end = (int(x, 16) for x in area.split("-"))
				memory.seek(begin)
				found.append(memory.read(end - begin))
	return b"".join(found)


def test_scanner():
	"""sslyze, a scanner from PyPI, finds nothing to complain of."""
	configuration, port = configured(25, pair(certificates().rsa))
	with Relay(configuration=configuration) as relay:
		children = relay.http_children()
		result = sslyze_tool.scan(port)
		def of(command):
			attempt = result["scan_result"][command]
			equal(attempt["status"], "COMPLETED", command)
			return attempt["result"]
		for version in ("ssl_2_0", "ssl_3_0", "tls_1_0", "tls_1_1"):
			equal(of(version + "_cipher_suites")["accepted_cipher_suites"],
			    [], version)
		for version in ("tls_1_2", "tls_1_3"):
			suites = of(version + "_cipher_suites")
			names = [suite["cipher_suite"]["name"] for suite in
			    suites["accepted_cipher_suites"]]
			true(names, "no suites of " + version)
			true(all(re.search("GCM|POLY1305|CCM", name) for name in
			    names), repr(names))
			true(version == "tls_1_3" or all("ECDHE" in name
			    for name in names), repr(names))
		equal(of("tls_compression")["supports_compression"], False)
		equal(of("heartbleed")["is_vulnerable_to_heartbleed"], False)
		equal(of("openssl_ccs_injection")
		    ["is_vulnerable_to_ccs_injection"], False)
		renegotiation = of("session_renegotiation")
		equal(renegotiation["supports_secure_renegotiation"], True)
		equal(renegotiation
		    ["is_vulnerable_to_client_renegotiation_dos"], False)
		true(of("robot")["robot_result"].startswith("NOT_VULNERABLE"),
		    "ROBOT")
		equal(of("tls_1_3_early_data")["supports_early_data"], False)
		equal(relay.http_children(), children, "processes")


test_scanner.limit = 240
