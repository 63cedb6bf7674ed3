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

"""Flags, start, stop: the daemon as its operator meets it."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import threading
import time

import packages
import process
import relay as relays
from contract import check_accepted, check_error
from fault_server import FaultServer, Held, Plan
from http_client import Closed, post_octets, request
from outcome import Skip, each, equal, true, unsanitized, wait_for
from relay import SECRET, Configuration, OrdinaryRelay, Relay, message
from tcp import free_port, port_answers


def program():
	return os.path.join(relays.prefix, "sbin/http-smtp-rele")


def run(*arguments):
	return subprocess.run([program()] + list(arguments),
	    stdin=subprocess.DEVNULL, capture_output=True, text=True)


def written(configuration):
	"""A Relay that is not started, for its configuration file."""
	relay = Relay(configuration=configuration)
	relay.write()
	return relay


def test_check():
	relay = written(Configuration(25))
	done = run("-n", "-f", relay.path)
	equal(done.returncode, 0, done.stderr)
	true("configuration OK" in done.stdout + done.stderr, done)


def test_check_verbose():
	"""Everything in force, defaults too, secrets hidden; reads back."""
	relay = written(Configuration(25, patient=False))
	done = run("-n", "-v", "-f", relay.path)
	equal(done.returncode, 0, done.stderr)
	text = done.stdout
	for word in ("prefork 2", "listen on 127.0.0.1 port", "timeout header 10s",
	    "limit global none", "noreply@example.com", "max connections",
	    'key "test"', "store memory"):
		true(word in text, "%r is not in %s" % (word, text))
	true(SECRET not in text + done.stderr, "a secret is shown")


def test_check_reports_all():
	"""All errors at once, each with file and line; exit 1."""
	relay = written(Configuration(25))
	text = str(relay.configuration)
	wrong = ["prefork 99", "nonsense", 'timeout header "x"', "timeout idle 60",
	    "limit global 5"]
	relay.write(text + "\n".join(wrong) + "\n")
	done = run("-n", "-f", relay.path)
	equal(done.returncode, 1)
	first = text.count("\n") + 1
	for number in range(first, first + len(wrong)):
		true(re.search(r"http-smtp-rele\.conf:%d: " % number, done.stderr),
		    "line %d is not in %s" % (number, done.stderr))
	true("configuration OK" not in done.stdout + done.stderr, "OK?")


@each((("unknown-flag", ["-Z"]), ("argument", ["extra"]),
    ("missing-argument", ["-f"]), ("bad-key-name", ["-K", "a b"])))
def test_usage(arguments):
	done = run(*arguments)
	equal(done.returncode, 1, done)
	true(done.stderr, "nothing on stderr")
	equal(done.stdout, "", "on stdout")


@each((("short", "-Z"), ("long", "--no-such-flag")))
def test_unknown_flag(flag):
	"""What each flag is for, on stderr."""
	done = run(flag)
	equal((done.returncode, done.stdout), (1, ""))
	true(done.stderr.endswith(run("--help").stdout), done.stderr)


def test_help():
	"""Every flag has a line that says what it is for, on stdout."""
	done = run("--help")
	equal((done.returncode, done.stderr), (0, ""))
	true(done.stdout.startswith("usage: http-smtp-rele "), done.stdout)
	for flag in "D:dFf:K:nVvX".replace(":", ""):
		equal(len(re.findall(r"^  -%s[ ,].* [a-z]" % flag, done.stdout, re.M)),
		    1, "lines for -%s" % flag)


@each((("short", "-V"), ("long", "--version")))
def test_version(flag):
	"""Said in one place of the tree, and by the daemon everywhere alike."""
	with open(os.path.join(packages.TOP, "common/build.mk")) as file:
		version = re.search(r"^VERSION=\s*(\S+)$", file.read(), re.M).group(1)
	done = run(flag)
	equal((done.returncode, done.stdout, done.stderr),
	    (0, "http-smtp-rele %s\n" % version, ""))
	with Relay(25) as relay:
		equal(relay.get("/healthz").json()["version"], version, "/healthz")
		equal(relay.get("/openapi.json").json()["info"]["version"], version,
		    "/openapi.json")



def test_missing_file():
	done = run("-n", "-f", "/nonexistent/http-smtp-rele.conf")
	equal(done.returncode, 1)
	true("/nonexistent/http-smtp-rele.conf" in done.stderr, done.stderr)


@each((("others-read", 0o604), ("group-writes", 0o620), ("all", 0o644)))
def test_file_mode(mode):
	relay = written(Configuration(25))
	os.chmod(relay.path, mode)
	equal(run("-n", "-f", relay.path).returncode, 1)
	equal(run("-d", "-f", relay.path).returncode, 1)


def test_macro_from_command_line():
	relay = written(Configuration(25, top="timeout idle $rest"))
	equal(run("-n", "-f", relay.path).returncode, 1, "without -D")
	done = run("-n", "-v", "-D", "rest=17s", "-f", relay.path)
	equal(done.returncode, 0, done.stderr)
	true("timeout idle 17s" in done.stdout, done.stdout)


def test_make_key():
	"""-K prints a block that works and, once, the secret."""
	done = run("-K", "billing")
	equal(done.returncode, 0, done.stderr)
	block = re.search(r'key "billing" \{.*?\}', done.stdout, re.S)
	true(block, "no block in %r" % done.stdout)
	true(re.search(r'hash "sha256:[0-9a-f]{64}"', block.group()), block)
	words = [w for w in re.findall(r"[A-Za-z0-9_\-+/=]{32,}", done.stdout +
	    done.stderr) if w not in block.group()]
	equal(len(words), 1, "secrets shown")
	true(run("-K", "billing").stdout != done.stdout, "the same key twice")
	with FaultServer() as server, Relay(server.port,
	    keys=block.group()) as relay:
		check_accepted(relay.post(message(), words[0]))


def test_port_in_use():
	with Relay(25) as relay:
		other = written(Configuration(25, ports=[relay.port]))
		done = run("-d", "-f", other.path)
		equal(done.returncode, 1)
		true(re.search("(?i)in use", done.stderr), done.stderr)
		true(str(relay.port) in done.stderr, "the port is not named: %s" %
		    done.stderr)
		equal(relay.get("/healthz").status, 200)


def test_port_shared_by_another():
	"""A socket that lets others share its port is in use all the same."""
	with socket.socket() as other:
		other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
		other.bind(("127.0.0.1", 0))
		other.listen()
		done = run("-d", "-f", written(Configuration(25,
		    ports=[other.getsockname()[1]])).path)
		equal(done.returncode, 1)
		true(re.search("(?i)in use", done.stderr), done.stderr)


def test_child_by_hand():
	"""A child refuses to be started by anybody but the parent."""
	for name in ("relayd-http", "relayd-smtp"):
		path = os.path.join(relays.prefix, "libexec/http-smtp-rele", name)
		done = subprocess.run([path], stdin=subprocess.DEVNULL,
		    capture_output=True, text=True)
		equal(done.returncode, 1, name)
		true(done.stderr, "%s says nothing" % name)


@unsanitized("it is confined then, too")
def test_as_ordinary_user():
	"""It works, and warns once that it cannot change user or root."""
	with FaultServer() as server, OrdinaryRelay(server.port) as relay:
		check_accepted(relay.post(message()))
		for pid in relay.family():
			equal(process.status(pid)["Uid"].split(),
			    [str(relay.user.pw_uid)] * 4, "user ids")
		for pid in relay.http_children() + [relay.smtp_child()]:
			equal(process.status(pid)["Seccomp"], "2",
			    "seccomp of %d" % pid)
		warnings = re.findall(r"(?i)[^\n]*chroot[^\n]*", relay.log())
		equal(len(warnings), 1, "warnings %r" % warnings)
		relay.reload()
		check_accepted(relay.post(message()))


@unsanitized("it is started as an operator does, with its sandbox")
@each((("from a terminal", []), ("with nothing open", ["sh", "-c",
    'exec "$@" <&- >&- 2>&-', "sh"])))
def test_daemonizes(wrapper):
	"""Without -d it goes to the background with a relative file name."""
	relay = written(Configuration(25))
	# No other daemon is started with this name.
	name = os.path.basename(relay.directory) + ".conf"
	os.rename(relay.path, os.path.join(relay.directory, name))
	done = subprocess.run(wrapper + [program(), "-f", name],
	    cwd=relay.directory, stdin=subprocess.DEVNULL,
	    stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
	equal(done.returncode, 0, done.stderr)
	daemons = []
	try:
		wait_for(lambda: port_answers(relay.port), "the port")
		wait_for(lambda: healthy(relay), "GET /healthz to say 200")
		daemons = wait_for(lambda: [p.pid for p in process.processes()
		    if reads(p.pid, name)], "the parent")
		equal(len(daemons), 1, "parents")
		equal(os.readlink("/proc/%d/cwd" % daemons[0]), "/", "directory")
		os.kill(daemons[0], signal.SIGHUP)
		equal(relay.get("/healthz").status, 200)
	finally:
		for pid in daemons:
			os.kill(pid, signal.SIGTERM)
	wait_for(lambda: not any(process.alive(p) for p in daemons), "the end")
	wait_for(lambda: not port_answers(relay.port), "the port to close")


def healthy(relay):
	try:
		return relay.get("/healthz").status == 200
	except (OSError, Closed):
		return False


def reads(pid, name):
	"""Is it the parent that was started with this file?"""
	try:
		with open("/proc/%d/cmdline" % pid, "rb") as file:
			line = file.read()
		exe = os.readlink("/proc/%d/exe" % pid)
	except OSError:
		return False
	return os.path.basename(exe) == "http-smtp-rele" and \
	    name.encode() in line.split(b"\0")


@each((("term", signal.SIGTERM), ("int", signal.SIGINT)))
def test_drain(number):
	"""What is in flight is finished, nothing new is taken, exit 0."""
	gate = threading.Event()
	with FaultServer(Plan(dot=Held(gate))) as server, Relay(server.port,
	    timeouts="timeout shutdown 1h") as relay:
		idle = relay.connect()
		equal(idle.exchange(request("GET", "/healthz")).status, 200)
		connections = [relay.connect() for _ in range(5)]
		for connection in connections:
			connection.send(post_octets(message(), SECRET))
		server.wait_for_completed(5)
		os.kill(relay.pid, number)
		wait_for(lambda: not port_answers(relay.port), "the port to close")
		true(idle.closed(), "an idle connection stays open")
		equal(relay.daemon.poll(), None, "exit status")
		gate.set()
		for connection in connections:
			check_accepted(connection.response())
			connection.close()
		equal(relay.wait_for_end(), 0, "exit status")
		equal(len(server.taken()), 5)
		relay.start()


def test_drain_ends():
	"""timeout shutdown bounds it, whatever the mail server does.  Then
	relayd-http has a second for its last words: when it stands still for that
	long it says none, so it is asked several times."""
	gate = threading.Event()
	with FaultServer(Plan(dot=Held(gate))) as server, Relay(server.port,
	    timeouts="timeout shutdown 1s") as relay:
		try:
			true(any(ends_with_an_answer(server, relay)
			    for _ in range(5)), "no answer in five times")
		finally:
			gate.set()


def ends_with_an_answer(server, relay):
	"""Of unknown outcome, logged; then it is started again."""
	sent, mark = len(server.completed()), len(relay.log())
	with relay.connect() as connection:
		connection.send(post_octets(message(), SECRET))
		server.wait_for_completed(sent + 1)
		start = time.monotonic()
		os.kill(relay.pid, signal.SIGTERM)
		equal(relay.wait_for_end(), 0, "exit status")
		true(time.monotonic() - start > 0.9, "it did not wait")
		relay.start()
		try:
			check_error(connection.response(), 504,
			    "smtp_outcome_unknown")
		except Closed:
			return False
	return re.search(r"event=message .*status=504", relay.log()[mark:])


def test_second_term():
	"""Signals that come again during the drain change nothing."""
	with Relay(25) as relay:
		for number in (signal.SIGTERM, signal.SIGTERM, signal.SIGHUP):
			try:
				os.kill(relay.pid, number)
			except ProcessLookupError:
				pass
		equal(relay.wait_for_end(), 0, "exit status")
		relay.start()


def test_ignored_signals():
	with FaultServer() as server, Relay(server.port) as relay:
		before = relay.family()
		for pid in process.children(relay.pid):
			for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
				os.kill(pid, number)
		for number in (signal.SIGUSR1, signal.SIGUSR2):
			os.kill(relay.pid, number)
		check_accepted(relay.post(message()))
		equal(relay.family(), before, "the processes")


@each((("http", "relayd-http"), ("smtp", "relayd-smtp")))
def test_five_deaths(name):
	"""A child that never gets ready ends the daemon with exit 1."""
	if os.geteuid() != 0 or shutil.which("unshare") is None:
		raise Skip("needs root and unshare(1) to cover a child's program")
	path = os.path.join(relays.prefix, "libexec/http-smtp-rele", name)
	script = "mount --bind %s %s && exec \"$@\"" % (shutil.which("false"), path)
	relay = Relay(25, wait=False, wrapper=["unshare", "--mount",
	    "--propagation", "private", "sh", "-c", script, "sh"])
	try:
		relay.start()
		equal(relay.wait_for_end(), 1, "exit status")
		true(name in relay.log(), "the log does not name it")
	finally:
		relay.kill()


def test_unconfigured_listener_address():
	done = run("-d", "-f", written(Configuration(25, top="listen on "
	    "192.0.2.99 port %d" % free_port())).path)
	equal(done.returncode, 1)
	true("192.0.2.99" in done.stderr, done.stderr)


def test_log_lines():
	"""One audit line a message, with what an operator looks for."""
	with FaultServer(Plan(dot="250 2.0.0 Ok: queued as ABC123")) as server, \
	    Relay(server.port) as relay:
		accepted = check_accepted(relay.post(message(metadata={
		    "request_id": "client-7"})))
		own = accepted["request_id"]
		relay.wait_for_log(own)
		lines = [l for l in relay.log().splitlines() if own in l]
		equal(len(lines), 1, "lines about one message")
		for word in ("test", "202", "127.0.0.1", "client-7", "ABC123", "250"):
			true(word in lines[0], "%r is not in %r" % (word, lines[0]))


def test_log_json():
	with FaultServer() as server, Relay(server.port,
	    log="log { format json mask recipients }") as relay:
		own = check_accepted(relay.post(message(
		    to="secretuser@example.com",
		    metadata={"note": 'quote " and \u00e4'})))["request_id"]
		relay.wait_for_log(own)
		for line in relay.log().splitlines():
			true(len(line) <= 2048, "a line of %d octets" % len(line))
			if line.startswith("{"):
				json.loads(line)
		line = [l for l in relay.log().splitlines() if own in l][0]
		equal(json.loads(line)["request_id"], own)
		true("secretuser" not in relay.log(), "the recipient is not masked")
