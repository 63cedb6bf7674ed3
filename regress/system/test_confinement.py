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


"""What each process of the running daemon may do, tried from inside of it."""

import mmap
import os
import platform
import re
import signal
import socket
import struct
import subprocess
import sys

import accounts
import process
import secure
from contract import check_accepted
from fault_server import FaultServer
from http_client import Closed
from outcome import Failure, Skip, each, equal, true, wait_for
from relay import OrdinaryRelay, Relay, message
from test_sqlite import Place
import relay as daemon

HERE = os.path.dirname(os.path.abspath(__file__))
INJECT = os.environ.get("INJECT") or os.path.join(HERE,
    "../../build/regress/inject")
UNSANITIZED = "it is all about the sandbox"
KILLED = "killed by signal SIGSYS"

AT_FDCWD, O_WRONLY, O_CREAT, O_TMPFILE = -100, 1, 0o100, 0o20200000
AF_UNIX, AF_INET, AF_NETLINK, AF_PACKET = 1, 2, 16, 17
MSG_FASTOPEN = 0x20000000
F_SETFL, F_SETOWN, FIONBIO = 4, 8, 0x5421
PTRACE_SEIZE = 0x4206
PROT_READ_EXEC, MAP_PRIVATE_ANONYMOUS = 5, 0x22
ENOENT, EACCES = 2, 13


def internet(port):
	"""127.0.0.1 as connect(2) takes it."""
	return "x:" + struct.pack("=H", AF_INET).hex() + struct.pack("!H4s8x",
	    port, bytes((127, 0, 0, 1))).hex()


# What ends relayd-http, relayd-smtp and the resolver alike.  "PARENT" becomes
# the parent's pid.
FORBIDDEN = (
	("make a file", "openat", AT_FDCWD, "s:/intruder", O_WRONLY | O_CREAT),
	("make a packet socket", "socket", AF_PACKET, 3, 0),
	("listen", "listen", 3, 1),
	("connect by sendto", "sendto", 3, "s:x", 1, MSG_FASTOPEN, internet(25),
	    16),
	("connect by sendmsg", "sendmsg", 3, 0, MSG_FASTOPEN),
	("send to whom a message names", "sendmsg", 3, "x:" + "00" * 56, 0),
	("shut down reading", "shutdown", 3, socket.SHUT_RD),
	("shut down both ways", "shutdown", 3, socket.SHUT_RDWR),
	("empty what others map", "madvise", 0, 4096, mmap.MADV_REMOVE),
	("connect by sendmmsg", "sendmmsg", 3, 0, 0, MSG_FASTOPEN),
	("execute", "execve", "s:/bin/sh", 0, 0),
	("fork", "fork"),
	("clone", "clone", 17, 0, 0, 0, 0),
	("trace the parent", "ptrace", PTRACE_SEIZE, "PARENT", 0, 0),
	("read the parent's memory", "process_vm_readv", "PARENT", 0, 0, 0, 0, 0),
	("kill the parent", "kill", "PARENT", 9),
	("kill a thread of the parent", "tgkill", "PARENT", "PARENT", 9),
	("set flags of a shared file", "fcntl", 3, F_SETFL, 0),
	("own a file's signals", "fcntl", 3, F_SETOWN, "PARENT"),
	("set flags by ioctl", "ioctl", 3, FIONBIO, 0),
	("become root", "setuid", 0),
	("change the root", "chroot", "s:/"),
	("change a mode", "chmod", "s:/etc/passwd", 0o777),
	("remove", "unlink", "s:/etc/passwd"),
	("change itself", "prctl", 4, 1, 0, 0, 0),
	("raise a limit", "prlimit64", 0, 7, "x:" + "ff" * 16, 0),
	("make memory files", "memfd_create", "s:x", 0),
	("make pairs of sockets", "socketpair", AF_UNIX, 1, 0, "x:" + "00" * 8),
	("start io_uring", "io_uring_setup", 1, "x:" + "00" * 120),
	("load a program", "bpf", 5, 0, 0),
	("mount", "mount", 0, "s:/", 0, 0, 0),
	("leave a namespace", "unshare", 0x10000000),
)

# relayd-http and relayd-smtp know no files and make no sockets at all.
WITHOUT_NAMES = (
	("read /etc/passwd", "openat", AT_FDCWD, "s:/etc/passwd", 0),
	("open /etc/passwd", "open", "s:/etc/passwd", 0),
	("ask about a file", "stat", "s:/etc/passwd", "x:" + "00" * 144),
	("make a socket", "socket", AF_INET, 1, 0),
	("make a datagram socket", "socket", AF_INET, 2, 0),
	("make a UNIX socket", "socket", AF_UNIX, 1, 0),
	("ask for addresses", "socket", AF_NETLINK, 3, 0),
	("connect", "connect", 3, internet(25), 16),
	("bind", "bind", 3, internet(25), 16),
	("send to an address", "sendto", 3, "s:x", 1, 0, internet(25), 16),
	("map code", "mmap", 0, 4096, PROT_READ_EXEC, MAP_PRIVATE_ANONYMOUS, -1,
	    0),
	("make memory code", "mprotect", 0, 0, PROT_READ_EXEC),
	("speed a connection up", "setsockopt", 3, 6, 1, "x:01000000", 4),
	("have connections reset", "setsockopt", 3, socket.SOL_SOCKET,
	    socket.SO_LINGER, "x:0100000000000000", 8),
	("let others have the port", "setsockopt", 3, socket.SOL_SOCKET,
	    socket.SO_REUSEPORT, "x:01000000", 4),
	("shrink what is sent", "setsockopt", 3, socket.SOL_SOCKET,
	    socket.SO_SNDBUF, "x:01000000", 4),
	("shrink what is received", "setsockopt", 3, socket.SOL_SOCKET,
	    socket.SO_RCVBUF, "x:01000000", 4),
	("move in a file", "lseek", 2, 0, 0),
)

# relayd-http alone takes connections.
WITHOUT_LISTENERS = (
	("accept", "accept4", 3, 0, 0, 0),
	("accept as of old", "accept", 3, 0, 0),
)

ROLES = (
	("relayd-http", FORBIDDEN + WITHOUT_NAMES + (
	    ("accept as of old", "accept", 3, 0, 0),)),
	("relayd-smtp", FORBIDDEN + WITHOUT_NAMES + WITHOUT_LISTENERS),
	("resolver", FORBIDDEN + WITHOUT_LISTENERS),
)

# With its ledger in a file it knows that file's directory; no other call has
# become possible.  (Numbers: what the injector has no name for.)
OWN_FILES = ("make a file", "remove", "read /etc/passwd", "open /etc/passwd",
    "ask about a file", "move in a file")
WITH_SQLITE = tuple(call for call in FORBIDDEN + WITHOUT_NAMES +
    WITHOUT_LISTENERS if call[0] not in OWN_FILES) + (
	("make a directory", 83, "s:/intruder", 0o700),
	("make a link", 86, "s:/ledger.db", "s:/intruder"),
	("make a symbolic link", 88, "s:/etc/passwd", "s:/intruder"),
	("make a fifo", 133, "s:/intruder", 0o10600, 0),
	("change a mode by name", 268, AT_FDCWD, "s:/ledger.db", 0o777),
	("change an owner by name", 260, AT_FDCWD, "s:/ledger.db", 0, 0, 0),
	("change a time", 280, AT_FDCWD, "s:/ledger.db", 0, 0),
	("open a file without a name", "openat", AT_FDCWD, "s:/", O_TMPFILE | 2,
	    0o600),
)

PARENT_FORBIDDEN = (
	("trace", "ptrace", PTRACE_SEIZE, 1, 0, 0),
	("read another's memory", "process_vm_readv", 1, 0, 0, 0, 0, 0),
	("take another's descriptor", "pidfd_getfd", 0, 0, 0),
	("mount", "mount", 0, "s:/", 0, 0, 0),
	("leave a namespace", "unshare", 0x20000),
	("fork into a namespace", "clone", 0x10000011, 0, 0, 0, 0),
	("enter a namespace", "setns", 0, 0),
	("start io_uring", "io_uring_setup", 1, "x:" + "00" * 120),
	("load a program", "bpf", 5, 0, 0),
)


def needs_injector():
	if not sys.platform.startswith("linux") or platform.machine() != "x86_64":
		raise Skip("system calls are injected on Linux, x86_64, only")
	if os.geteuid() != 0:
		raise Skip("only root can inject system calls")
	if not os.access(INJECT, os.X_OK):
		raise Skip("build/regress/inject is missing (make tools)")


def inject(pid, parent, call):
	"""What became of the call: the injector's line."""
	words = [str(parent if word == "PARENT" else word) for word in call]
	with process.left_alone(pid):
		done = subprocess.run([INJECT, str(pid)] + words,
		    capture_output=True, text=True)
	if done.returncode not in (0, 1):
		raise Failure("inject %s: %s" % (words, done.stderr))
	return done.stdout.strip()


def confined(pid):
	"""The parent's filter and its own."""
	try:
		facts = process.status(pid)
	except OSError:
		return False
	return facts["Seccomp"] == "2" and int(facts["Seccomp_filters"]) == 2


def confined_child(relay, role):
	"""The pid of a child with this role that has confined itself."""
	program = "http-smtp-rele" if role == "resolver" else role
	def find():
		return [p for p in relay.children(program) if confined(p)]
	return wait_for(find, "a confined %s" % role)[0]


def serves(relay):
	def accepted():
		try:
			return relay.post(message()).status == 202
		except (OSError, Closed):
			return False
	wait_for(accepted, "the daemon to accept a message again")


def identity(relay, role):
	"""User, group and root directory that the design gives to a role."""
	user = accounts.HTTP_USER if role == "relayd-http" else accounts.SMTP_USER
	root = "/" if role == "resolver" else os.path.join(
	    os.path.realpath(daemon.prefix), "libexec/http-smtp-rele/empty")
	return user, root


@each((role, role) for role, _ in ROLES)
def test_identity(role):
	"""User, groups, capabilities, root directory, core dumps."""
	needs_injector()
	with Relay(25) as relay:
		pid = confined_child(relay, role)
		user, root = identity(relay, role)
		entry = accounts.pwd.getpwnam(user)
		facts = process.status(pid)
		equal(set(facts["Uid"].split()), {str(entry.pw_uid)}, "users")
		equal(set(facts["Gid"].split()), {str(entry.pw_gid)}, "groups")
		equal(set(facts["Groups"].split()), {str(entry.pw_gid)},
		    "supplementary groups")
		for kind in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
			equal(int(facts[kind], 16), 0, kind)
		equal(facts["NoNewPrivs"], "1", "no_new_privs")
		equal(os.readlink("/proc/%d/root" % pid), root, "root directory")
		equal(os.readlink("/proc/%d/cwd" % pid), root, "directory")
		# Who cannot be traced nor dump core has its /proc owned by root.
		equal(os.stat("/proc/%d/mem" % pid).st_uid, 0, "owner in /proc")
		with open("/proc/%d/limits" % pid) as file:
			true(re.search(r"core file size +0 +0 ", file.read()),
			    "it may dump core")


def test_parent_identity():
	"""Root, with the list of what is denied, and able to start a set-gid."""
	needs_injector()
	with Relay(25) as relay:
		facts = process.status(relay.pid)
		equal(facts["Uid"].split()[1], "0", "user")
		equal(facts["NoNewPrivs"], "0", "no_new_privs")
		equal((facts["Seccomp"], facts["Seccomp_filters"]), ("2", "1"))
		equal(os.readlink("/proc/%d/root" % relay.pid), "/")


def listening(port):
	"""Inodes of the sockets that listen on the port."""
	found = set()
	with open("/proc/net/tcp") as file:
		for line in list(file)[1:]:
			fields = line.split()
			if fields[3] == "0A" and fields[1].endswith(":%04X" % port):
				found.add("socket:[%s]" % fields[9])
	return found


def descriptors(pid):
	"""What each of them is."""
	found = {}
	for fd in os.listdir("/proc/%d/fd" % pid):
		try:
			found[int(fd)] = os.readlink("/proc/%d/fd/%s" % (pid, fd))
		except FileNotFoundError:
			pass			# closed meanwhile
	return found


def close_on_exec(pid, fd):
	try:
		with open("/proc/%d/fdinfo/%d" % (pid, fd)) as file:
			flags = re.search(r"flags:\s+(\d+)", file.read())
	except FileNotFoundError:
		return True			# closed meanwhile
	return bool(int(flags.group(1), 8) & os.O_CLOEXEC)


@each((role, role) for role, _ in ROLES)
def test_descriptors(role):
	"""No file, nothing that survives an exec, listeners in relayd-http alone."""
	needs_injector()
	with Relay(25) as relay:
		pid = confined_child(relay, role)
		listener = listening(relay.port)
		equal(len(listener), 1, "listening sockets")
		if role == "relayd-http":
			wait_for(lambda: listener <= set(descriptors(pid).values()),
			    "relayd-http to hold the listener")
		held = descriptors(pid)
		for fd, what in held.items():
			if fd < 3:
				true(what in ("/dev/null", relay.log_path),
				    "descriptor %d is %s" % (fd, what))
				continue
			true(close_on_exec(pid, fd), "%d survives an exec" % fd)
			# libevent's own pipe has both its ends here.
			true(what.startswith("socket:") or
			    what == "anon_inode:[eventpoll]" or
			    what.startswith("pipe:") and
			    list(held.values()).count(what) == 2,
			    "descriptor %d is %s" % (fd, what))
		if role != "relayd-http":
			true(not listener & set(held.values()), "it holds a listener")


@each((role, role) for role, _ in ROLES)
def test_no_writable_code(role):
	needs_injector()
	with Relay(25) as relay:
		pid = confined_child(relay, role)
		with open("/proc/%d/maps" % pid) as file:
			for line in file:
				access = line.split()[1]
				true(not ("w" in access and "x" in access), line)


@each((role, role) for role, _ in ROLES)
def test_harmless_call(role):
	"""The injector itself does no harm: the next tests depend on it."""
	needs_injector()
	with FaultServer() as server:
		configuration, port = secure.configured(server.port, prefork=1)
		with Relay(configuration=configuration) as relay:
			harmless_calls(relay, role, port)


def harmless_calls(relay, role, port):
	pid = confined_child(relay, role)
	for _ in range(5):
		equal(inject(pid, relay.pid, ("getpid",)),
		    "returned %d" % pid)
		check_accepted(relay.post(message()))
		with secure.connect(port) as client:
			equal(client.exchange(secure.HEALTH).status, 200)
	equal(confined_child(relay, role), pid, "pid")


def one_call(relay, role, name, call):
	pid = confined_child(relay, role)
	mark = len(relay.log())
	equal(inject(pid, relay.pid, call), KILLED, "%s: %s" % (role, name))
	relay.wait_for_log(r"\b%d\b.*signal %d\b" % (pid, signal.SIGSYS), mark)
	true(confined_child(relay, role) != pid, "the same process")


@each((role, role, calls) for role, calls in ROLES)
def test_forbidden_calls(role, calls):
	"""Each one ends the process; the daemon logs it, and serves on.  There is
	a listener with TLS, which asks for no call more."""
	needs_injector()
	with FaultServer() as server:
		configuration, _ = secure.configured(server.port, prefork=1)
		with Relay(configuration=configuration) as relay:
			for name, *call in calls:
				one_call(relay, role, name, call)
				serves(relay)


test_forbidden_calls.limit = 1200


def test_forbidden_calls_with_sqlite():
	"""The same for relayd-smtp that has its ledger in a file."""
	needs_injector()
	with FaultServer() as server, Place() as place, Relay(server.port,
	    prefork=1, store=place.statement()) as relay:
		for name, *call in WITH_SQLITE:
			one_call(relay, "relayd-smtp", name, call)
			serves(relay)
		equal(place.files(), ["ledger.db", "ledger.db-wal"])


test_forbidden_calls_with_sqlite.limit = 1200


def reach(relay, pid, path, flags):
	line = inject(pid, relay.pid, ("openat", AT_FDCWD, "s:" + path, flags,
	    0o600))
	true(line.startswith("returned "), "%s: %s" % (path, line))
	return int(line.split()[1])


def test_sqlite_reaches_its_directory_only():
	"""Its root directory, as root's child; what Landlock allows, otherwise."""
	needs_injector()
	with Place() as place, Relay(25, store=place.statement()) as relay:
		pid = confined_child(relay, "relayd-smtp")
		for path in ("/etc/passwd", "/../etc/passwd", place.path):
			equal(reach(relay, pid, path, 0), -ENOENT, path)
		true(reach(relay, pid, "/ledger.db-other", O_WRONLY | O_CREAT) > 0,
		    "it cannot make a file")
		equal(place.files(), ["ledger.db", "ledger.db-other",
		    "ledger.db-wal"])
	with Place() as place:
		relay = OrdinaryRelay(25, store=place.statement())
		place.make()
		relay.give(place.directory)
		os.chmod(place.above, 0o777)
		with relay:
			pid = confined_child(relay, "relayd-smtp")
			for path in ("/etc/passwd", "/proc/self/maps"):
				equal(reach(relay, pid, path, 0), -EACCES, path)
			for path in ("/tmp/intruder", place.above + "/intruder"):
				equal(reach(relay, pid, path, O_WRONLY | O_CREAT),
				    -EACCES, path)
			true(os.path.exists(place.path), "there is no ledger")


def test_resolver_reads_only():
	"""It may read what getaddrinfo(3) reads, and connect to port 53."""
	needs_injector()
	with FaultServer() as server, Relay(server.port) as relay:
		pid = confined_child(relay, "resolver")
		def call(*words):
			line = inject(pid, relay.pid, words)
			true(line.startswith("returned "), "%r: %s" % (words, line))
			return int(line.split()[1])
		true(call("openat", AT_FDCWD, "s:/etc/hosts", 0) >= 0,
		    "/etc/hosts cannot be read")
		# Readable for everybody, but not for a process in this domain.
		equal(call("openat", AT_FDCWD, "s:/usr/bin/env", 0), -EACCES)
		equal(call("openat", AT_FDCWD, "s:/proc/self/maps", 0), -EACCES)
		tcp = call("socket", AF_INET, 1, 0)
		true(tcp >= 0, "no TCP socket")
		equal(call("connect", tcp, internet(server.port), 16), -EACCES)
		equal(call("bind", tcp, internet(0), 16), -EACCES)
		equal(confined_child(relay, "resolver"), pid, "pid")


@each(PARENT_FORBIDDEN)
def test_parent_forbidden(*call):
	"""A captured parent gets at no other process, and its children end."""
	needs_injector()
	relay = Relay(25)
	relay.start()
	children = process.children(relay.pid)
	equal(inject(relay.pid, relay.pid, call), KILLED)
	equal(relay.wait_for_end(), -signal.SIGSYS, "exit status")
	wait_for(lambda: not any(process.alive(p) for p in children),
	    "the children to end")


def test_ordinary_user():
	"""No other user, no chroot, and still confined, the parent too."""
	needs_injector()
	with FaultServer() as server, OrdinaryRelay(server.port,
	    prefork=1) as relay:
		check_accepted(relay.post(message()))
		equal(process.status(relay.pid)["NoNewPrivs"], "1", "no_new_privs")
		equal(process.status(relay.pid)["Seccomp"], "2", "seccomp")
		for role, calls in ROLES:
			facts = process.status(confined_child(relay, role))
			equal(set(facts["Uid"].split()), {str(relay.user.pw_uid)}, "users")
			equal(facts["NoNewPrivs"], "1", "no_new_privs")
			name, *call = calls[0]
			one_call(relay, role, name, call)
		serves(relay)


def test_without_sandbox():
	"""-X: nothing is confined, and the log says so."""
	needs_injector()
	with FaultServer() as server, Relay(server.port,
	    arguments=("-X",)) as relay:
		check_accepted(relay.post(message()))
		for pid in relay.family():
			facts = process.status(pid)
			equal((facts["Seccomp"], facts["NoNewPrivs"]), ("0", "0"))
		true("sandbox" in relay.log(), "nothing about it in the log")
