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


"""A relayd-http that was taken over: what it does to what it shares with others
ends with it, and the daemon serves on."""

import errno
import os
import pwd
import resource
import signal
import socket
import struct

import process
from contract import check_accepted
from fault_server import FaultServer
from http_client import Closed
from outcome import each, equal, wait_for
from relay import Relay, message
from test_confinement import KILLED, confined_child, descriptors, inject
from test_confinement import listening, needs_injector

UNSANITIZED = "system calls are injected, and the sandbox has its say"

RESET = "x:0100000000000000"		# struct linger { 1, 0 }


def post(relay):
	"""The status over a connection of its own; None: there was no answer."""
	try:
		return relay.post(message(), timeout=10).status
	except (OSError, Closed):
		return None


def held_as(pid, names):
	"""Descriptors of the process that are one of these."""
	return sorted(fd for fd, what in descriptors(pid).items() if what in names)


def listener_of(relay, pid):
	"""Its descriptor of the one listener, when it has come."""
	return wait_for(lambda: held_as(pid, listening(relay.port)),
	    "a listener in %d" % pid)[0]


def link_of(relay, pid):
	"""Its descriptor of its socket to relayd-smtp, which it has got last."""
	listener_of(relay, pid)
	def find():
		ours = listening(relay.port)
		return [fd for fd, what in descriptors(pid).items() if fd > 4 and
		    what.startswith("socket:") and what not in ours]
	return max(wait_for(find, "a link in %d" % pid))


def renewed(relay, old):
	"""Its new listening socket, when every process has it and no other."""
	def find():
		now = listening(relay.port)
		holders = [relay.pid] + relay.http_children()
		return len(holders) == 1 + relay.configuration.prefork and \
		    len(now) == 1 and now != old and \
		    all(held_as(pid, now) for pid in holders) and now
	return wait_for(find, "another socket in place of %s" % old)


@each((
	("shut-down", "shutdown", (socket.SHUT_RD,)),
	("reset", "setsockopt", (socket.SOL_SOCKET, socket.SO_LINGER, RESET, 8)),
))
def test_listener_is_out_of_reach(call, arguments):
	"""What it tries on the listener ends it, and all get another one."""
	needs_injector()
	with FaultServer() as server, Relay(server.port) as relay:
		pid = confined_child(relay, "relayd-http")
		old = listening(relay.port)
		listener = listener_of(relay, pid)
		equal(inject(pid, relay.pid, (call, listener) + arguments), KILLED)
		renewed(relay, old)
		for _ in range(10):
			check_accepted(relay.post(message()))
		alone_on_its_port(relay)


def bind_as(uid, port):
	"""The errno with which this user shares the port, or 0: in a child."""
	try:
		os.setgroups([])
		os.setuid(uid)
		with socket.socket() as other:
			for option in (socket.SO_REUSEADDR, socket.SO_REUSEPORT):
				other.setsockopt(socket.SOL_SOCKET, option, 1)
			other.bind(("127.0.0.1", port))
		return 0
	except OSError as problem:
		return problem.errno


def alone_on_its_port(relay):
	"""No other user can have the port, whatever he shares."""
	pid = os.fork()
	if pid == 0:
		os._exit(bind_as(pwd.getpwnam("nobody").pw_uid, relay.port))
	status = os.waitpid(pid, 0)[1]
	equal(os.waitstatus_to_exitcode(status), errno.EADDRINUSE)


def test_half_shut_listener():
	"""What it may do to it, to send no more, does nothing."""
	needs_injector()
	with FaultServer() as server, Relay(server.port) as relay:
		pid = confined_child(relay, "relayd-http")
		listener = listener_of(relay, pid)
		inject(pid, relay.pid, ("shutdown", listener, socket.SHUT_WR))
		for _ in range(10):
			check_accepted(relay.post(message()))
		equal(confined_child(relay, "relayd-http"), pid, "pid")


def test_broken_listener():
	"""A listener that takes nothing any more, whoever it was, is replaced,
	once, and nobody spins."""
	needs_injector()
	with FaultServer() as server, Relay(server.port,
	    arguments=("-X",)) as relay:
		check_accepted(relay.post(message()))
		pid = relay.http_children()[0]
		for _ in range(2):
			old = listening(relay.port)
			mark = len(relay.log())
			equal(inject(pid, relay.pid, ("shutdown",
			    listener_of(relay, pid), socket.SHUT_RD)), "returned 0")
			renewed(relay, old)
			for _ in range(10):
				check_accepted(relay.post(message()))
			equal(relay.log()[mark:].count("accept fails"), 1, "lines")
			alone_on_its_port(relay)
		equal(relay.http_children()[0], pid, "pid")
		relay.reload(prefork=1)
		check_accepted(relay.post(message()))


def test_listener_broken_before_a_reload():
	"""Neither the new configuration nor the old one is left without."""
	needs_injector()
	with FaultServer() as server, Relay(server.port, prefork=1,
	    arguments=("-X",)) as relay:
		pid = relay.http_children()[0]
		old = listening(relay.port)
		inject(pid, relay.pid, ("shutdown", listener_of(relay, pid),
		    socket.SHUT_RD))
		relay.reload(limits="limit global none\nlimit address none\n"
		    "limit key none")
		renewed(relay, old)
		check_accepted(relay.post(message()))


def test_lost_link():
	"""A relayd-http whose link to relayd-smtp ended gets another one."""
	needs_injector()
	with FaultServer() as server, Relay(server.port, prefork=1) as relay:
		check_accepted(relay.post(message()))
		pid = confined_child(relay, "relayd-http")
		smtp = relay.smtp_child()
		for _ in range(3):
			equal(inject(pid, relay.pid, ("shutdown",
			    link_of(relay, pid), socket.SHUT_WR)), "returned 0")
			wait_for(lambda: post(relay) == 202, "a 202")
			wait_for(lambda: relay.get("/readyz").status == 200,
			    "/readyz to say 200")
		equal(relay.http_children(), [pid], "relayd-http")
		equal(relay.smtp_child(), smtp, "relayd-smtp")


def limit_descriptors(relay, pid, number):
	limits = struct.pack("=QQ", number, 1000)
	equal(inject(pid, relay.pid, ("prlimit64", 0, resource.RLIMIT_NOFILE,
	    "x:" + limits.hex(), 0)), "returned 0")


def test_no_descriptor_for_a_link():
	"""Where relayd-smtp has none to take it with, it is tried again."""
	needs_injector()
	with FaultServer() as server, Relay(server.port, prefork=1,
	    arguments=("-X",)) as relay:
		check_accepted(relay.post(message()))
		pid = relay.http_children()[0]
		smtp = relay.smtp_child()
		limit_descriptors(relay, smtp, 3)
		inject(pid, relay.pid, ("shutdown", link_of(relay, pid),
		    socket.SHUT_WR))
		wait_for(lambda: relay.get("/readyz").status == 503,
		    "/readyz to say 503")
		equal(relay.get("/healthz").status, 200, "/healthz")
		limit_descriptors(relay, smtp, 1000)
		wait_for(lambda: relay.get("/readyz").status == 200,
		    "/readyz to say 200")
		wait_for(lambda: post(relay) == 202, "a 202")
		equal(relay.smtp_child(), smtp, "relayd-smtp")
		equal(relay.http_children(), [pid], "relayd-http")


def overwrite(pid, octets):
	"""All that it shares with the others, over and over with these."""
	with open("/proc/%d/maps" % pid) as file:
		places = [line.split()[0].split("-") for line in file
		    if "memfd:" in line]
	equal(len(places), 1, "shared mappings")
	begin, end = (int(place, 16) for place in places[0])
	with open("/proc/%d/mem" % pid, "r+b", buffering=0) as memory:
		memory.seek(begin)
		memory.write(octets * ((end - begin) // len(octets)))


@each((("huge", struct.pack("=Q", 1 << 62)), ("ones", b"\xff" * 8),
    ("negative", struct.pack("=q", -100000))))
def test_overwritten_segment(octets):
	"""What it writes into the shared memory is soon no more than rubbish in
	figures: nobody is refused for it, and new processes start."""
	needs_injector()
	with FaultServer() as server, Relay(server.port,
	    top="max memory 16M") as relay:
		check_accepted(relay.post(message()))
		victim, other = relay.http_children()
		overwrite(confined_child(relay, "relayd-http"), octets)
		wait_for(lambda: post(relay) == 202, "a 202")
		for pid in victim, other, relay.smtp_child():
			overwrite(pid, octets)
			os.kill(pid, signal.SIGKILL)
			wait_for(lambda: not process.alive(pid) and
			    post(relay) == 202, "a 202")
		# All that could have been believed has been said anew.
		wait_for(lambda: all(post(relay) == 202 for _ in range(20)),
		    "twenty in a row")
		relay.reload(prefork=3)
		wait_for(lambda: len(relay.http_children()) == 3,
		    "three processes")
		check_accepted(relay.post(message()))
