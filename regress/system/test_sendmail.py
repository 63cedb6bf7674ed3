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

"""relay sendmail: what the program is given, and what is made of its end."""

import email
import email.policy
import os
import pwd
import shutil
import signal
import tempfile
import threading

import accounts
import process
from contract import check_accepted, check_error
from fault_server import FaultServer
from http_client import post_octets
from opensmtpd import OpenSMTPD
from outcome import Skip, each, equal, frugal, true, wait_for
from postfix import Postfix
from private_server import shared
from relay import SECRET, OrdinaryRelay, Relay, message, patient
from test_delivery import check_message, find
from truth import (ACCEPTED, LOG, REJECTED, UNAVAILABLE, UNKNOWN, audit_line,
    check_told)

# Each run has a directory that is named by its process id.
PROGRAM = """#!/bin/sh
run=%s/$$
mkdir $run
cat /proc/$$/cmdline >$run/arguments
cat /proc/$$/environ >$run/environment
cat /proc/self/status >$run/status
ls /proc/self/fd >$run/descriptors
umask >$run/umask
pwd >$run/directory
%s
"""
TAKE = "cat >$run/part && mv $run/part $run/message\n"


class Program:
	"""A sendmail that records its runs: with Program("exit 75") as program."""

	def __init__(self, end="exit 0", take=TAKE):
		self.top = tempfile.mkdtemp(prefix="rele-sendmail-")
		os.chmod(self.top, 0o755)
		self.out = os.path.join(self.top, "runs")
		os.mkdir(self.out)
		os.chmod(self.out, 0o1777)
		self.path = os.path.join(self.top, "sendmail")
		self.write(PROGRAM % (self.out, take + end))

	def write(self, text):
		# Under another name first: a running script is not to change.
		with open(self.path + ".new", "w") as file:
			file.write(text)
		os.chmod(self.path + ".new", 0o755)
		os.rename(self.path + ".new", self.path)

	def __enter__(self):
		return self

	def __exit__(self, *_):
		self.let_go()
		for pid in self.runs():
			try:
				# Each leads a process group of its own.
				if self.path in self.read(pid, "arguments").decode():
					os.killpg(pid, signal.SIGKILL)
			except OSError:
				pass
		shutil.rmtree(self.top, ignore_errors=True)

	def relay(self, *items, **parts):
		return Relay(relays=self.statement(*items), log=LOG, **parts)

	def statement(self, *items):
		text = "\n".join(items)
		return 'relay sendmail "%s" { %s\n%s }' % (self.path, text,
		    patient(text, "submission"))

	def runs(self):
		return sorted((int(n) for n in os.listdir(self.out) if n.isdigit()),
		    key=lambda n: os.stat(os.path.join(self.out, str(n))).st_mtime_ns)

	def read(self, run, name):
		with open(os.path.join(self.out, str(run), name), "rb") as file:
			return file.read()

	def messages(self):
		"""What was read to its end."""
		return [self.read(run, "message") for run in self.runs()
		    if os.path.exists(os.path.join(self.out, str(run), "message"))]

	def only(self, name):
		runs = self.runs()
		equal(len(runs), 1, "runs of the program")
		return self.read(runs[0], name)

	def let_go(self):
		"""For those that HOLD."""
		open(os.path.join(self.out, "go"), "w").close()


HOLD = "while [ ! -e $run/../go ]; do sleep 0.02; done\n"


def arguments(program, run=None):
	octets = program.read(run, "arguments") if run else program.only(
	    "arguments")
	return octets.decode().split("\0")[:-1]


def test_what_it_is_given():
	text = ".\n..\n.dot\nFrom here\r\nlast line without end"
	with Program() as program, program.relay() as relay:
		response = relay.post(message(to=["a@example.com",
		    "b@example.org"], cc="a@example.com", body=text))
		document = check_told(relay, response, ACCEPTED, None, "reply")
		true("smtp" not in document, "smtp in %r" % document)
		# The kernel puts the interpreter before a script's path.
		equal(arguments(program), ["/bin/sh", program.path, "-i", "-f",
		    "noreply@example.com", "--", "a@example.com",
		    "b@example.org"])
		equal(program.only("environment"), b"", "environment")
		equal(program.only("directory"), b"/\n", "working directory")
		equal(program.only("umask").strip()[-3:], b"022", "umask")
		# The last of them is what ls itself reads.
		equal(program.only("descriptors").split(), [b"0", b"1", b"2", b"3"],
		    "descriptors")
		octets = program.only("message")
		true(b"\r" not in octets, "CR in %r" % octets)
		read = email.message_from_bytes(octets, policy=email.policy.default)
		equal(read.get_content().rstrip("\n"), text.replace("\r\n", "\n"))
		equal(read["To"], "a@example.com, b@example.org")
		equal(read["Message-ID"], document["message_id"])


def test_who_it_is():
	"""_relesmtp and nobody else, free to be more by a set-gid bit."""
	if os.geteuid() != 0:
		raise Skip("needs root to become another user")
	with Program(end="$run/../../id -g >$run/gid; exit 0") as program:
		# As Postfix's postdrop and OpenSMTPD's smtpctl are.
		tool = shutil.copy(shutil.which("id"), os.path.join(program.top,
		    "id"))
		os.chown(tool, 0, 64099)
		os.chmod(tool, 0o2755)
		mounted = os.statvfs(program.top).f_flag & os.ST_NOSUID
		with program.relay() as relay:
			equal(relay.post(message()).status, 202)
		status = dict(line.split(":\t", 1) for line in program.only(
		    "status").decode().splitlines() if ":\t" in line)
		user = pwd.getpwnam(accounts.SMTP_USER)
		equal(status["Uid"].split(), [str(user.pw_uid)] * 4, "user ids")
		equal(status["Gid"].split(), [str(user.pw_gid)] * 4, "group ids")
		equal(status["Groups"].split(), [str(user.pw_gid)], "groups")
		equal(int(status["CapEff"], 16), 0, "capabilities")
		equal(status["NoNewPrivs"], "0", "NoNewPrivs")
		# Signals 32 and 33 are the C library's own.
		for name in ("SigIgn", "SigBlk"):
			equal(int(status[name], 16) & ~(3 << 31), 0, name)
		if not mounted:
			equal(program.only("gid"), b"64099\n", "the set-gid bit")


@each((("null", 'envelope from "<>"', "<>"),
    ("bounces", 'envelope from "bounces@example.org"', "bounces@example.org")))
def test_sender(line, sender):
	with Program() as program, program.relay(mail=line) as relay:
		equal(relay.post(message()).status, 202)
		equal(arguments(program)[3:6], ["-f", sender, "--"])


@each((("option", "-oQ/tmp@example.com"), ("long", "--help@example.com"),
    ("quoted", '"-oQ/tmp"@example.com'),
    ("shell", "`id`@example.com"), ("dollar", "$HOME@example.com"),
    ("pipe", "|cat@example.com"), ("spaces", '"a b; id"@example.com'),
    ("slash", "/etc/passwd@example.com"),
    ("utf8", "j\u00fcrgen@example.com")))
def test_odd_recipient(address):
	"""An address is an argument behind --, whatever it looks like."""
	with Program() as program, program.relay() as relay:
		response = relay.post(message(to=address))
		if address.isascii():
			equal(response.status, 202)
			equal(arguments(program)[5:], ["--", address])
			return
		# Whether a sendmail can do SMTPUTF8 is not known.
		true(response.status in (202, 502), response)
		equal(len(program.runs()), int(response.status == 202), "runs")


def test_many_recipients():
	"""As many as there may be, as long as they may be."""
	to = ["%s%04d@%s.example.com" % ("r" * 60, i, "d" * 60)
	    for i in range(1000)]
	domain = '"%s.example.com"' % ("d" * 60)
	with Program() as program, program.relay(
	    recipients="recipients { %s }" % domain,
	    mail="max recipients 1000") as relay:
		equal(relay.post(message(to=to)).status, 202)
		equal(arguments(program)[6:], to)


def test_as_ordinary_user():
	"""Started by nobody, the program is nobody's, too."""
	with Program() as program, OrdinaryRelay(relays=program.statement(),
	    log=LOG) as relay:
		equal(relay.post(message()).status, 202)
		uid = [line.split()[1:] for line in program.only(
		    "status").decode().splitlines() if line.startswith("Uid:")]
		equal(uid, [[str(relay.user.pw_uid)] * 4], "user ids")


# (name, end, answer)
ENDS = (
	("exit-0", "exit 0", ACCEPTED),
	("exit-1", "exit 1", REJECTED),
	("exit-64", "exit 64", REJECTED),
	("exit-67", "exit 67", REJECTED),
	("exit-69", "exit 69", REJECTED),
	("exit-75", "exit 75", UNAVAILABLE),
	("exit-77", "exit 77", REJECTED),
	("exit-255", "exit 255", REJECTED),
	("killed", "kill -KILL $$", UNKNOWN),
	("crashed", "kill -SEGV $$", UNKNOWN),
	("terminated", "kill -TERM $$", UNKNOWN),
	("left-behind", "sleep 1000 & exit 0", ACCEPTED),
	("closed-early", "exec 0<&- 1>&- 2>&-; sleep 0.2; exit 0", ACCEPTED),
)


@each(ENDS)
def test_end(end, answer):
	with Program(end) as program, program.relay() as relay:
		document = check_told(relay, relay.post(message()), answer, None,
		    "reply")
		equal("message_id" in document, answer in (ACCEPTED, UNKNOWN),
		    "message_id in %r" % document)
		true("recipients" not in document, "recipients named")
		equal(len(program.runs()), 1, "runs")
		true(document["request_id"].encode() in program.only("message"),
		    "not given the message")
		program.write(PROGRAM % (program.out, TAKE + "exit 0"))
		equal(relay.post(message()).status, 202, "the next one")


def test_hangs():
	"""504 after timeout submission, and the program and its own are killed."""
	with Program("sleep 600 & echo $! >$run/other; wait; exit 0") as program, \
	    program.relay("timeout submission 10s") as relay:
		check_told(relay, relay.post(message()), UNKNOWN, None, "reply")
		other = int(program.only("other"))
		for pid in program.runs() + [other]:
			wait_for(lambda: not process.alive(pid), "%d to be killed" %
			    pid)


def test_hangs_deaf():
	"""One that never reads and ignores what it can is killed all the same."""
	with Program("trap '' TERM HUP INT PIPE\n" + HOLD, take="") as program, \
	    program.relay("timeout submission 10s", mail="max body 8M",
	    top="max request 16M") as relay:
		document = check_error(relay.post(message(body="text " * 1000000)),
		    504, "smtp_outcome_unknown")
		equal(audit_line(relay, document["request_id"])["stage"], "content")
		for pid in program.runs():
			wait_for(lambda: not process.alive(pid), "it to be killed")
		equal(program.messages(), [], "messages")


@each((("small", 10), ("large", 1000000)))
def test_reads_nothing(count):
	"""Its end decides, whether it took the message's octets or not."""
	text = "text " * count
	for end, answer in (("exit 0", 202), ("exit 75", 502), ("exit 67", 502),
	    ("kill -KILL $$", 504)):
		with Program(end, take="") as program, \
		    program.relay(mail="max body 8M",
		    top="max request 16M") as relay:
			equal(relay.post(message(body=text)).status, answer,
			    end)
			equal(relay.get("/healthz").status, 200)


@each((("stderr", ">&2"), ("stdout", "")))
def test_floods(where):
	"""100 MB of complaints: read, bounded, and mostly forgotten."""
	flood = "head -c 100000000 /dev/zero | tr '\\0' x %s\n" % where
	with Program(flood + "exit 67") as program, program.relay() as relay:
		check_told(relay, relay.post(message()), REJECTED, None, "reply")
		for pid in [relay.smtp_child(), relay.parent()]:
			peak = int(process.status(pid)["VmHWM"].split()[0])
			frugal(peak < 40000, "%d KiB in memory" % peak)
		true(len(relay.log()) < 100000, "%d octets of log" %
		    len(relay.log()))
		true("xxxx" in relay.log(), "the log says nothing of it")


def test_says_why():
	"""What the program said goes to the log, escaped, and to no client."""
	with Program("printf 'no such user\\nfoo\\033[1m' >&2; exit 67") as \
	    program, program.relay() as relay:
		response = relay.post(message())
		check_told(relay, response, REJECTED, None, "reply")
		true(b"such user" not in response.body, "told to the client")
		wait_for(lambda: "no such user" in relay.log(), "it in the log")
		true("\033" not in relay.log(), "an escape in the log")
		true(all(line.startswith(("{", "/")) or ":" in line
		    for line in relay.log().splitlines()), "a line of its own")


@each((("missing", None), ("mode", 0o644), ("directory", "directory"),
    ("no-program", "text"), ("no-interpreter", "#!/nonexistent/sh\n")))
def test_not_to_be_run(what):
	"""502 smtp_unavailable, and well again when it can be run."""
	with Program() as program, program.relay() as relay:
		aside = program.path + ".aside"
		if what is None:
			os.rename(program.path, aside)
		elif isinstance(what, int):
			shutil.copy2(program.path, aside)
			os.chmod(program.path, what)
		else:
			os.rename(program.path, aside)
			if what == "directory":
				os.mkdir(program.path)
			else:
				program.write(what)
		for _ in range(3):
			document = check_error(relay.post(message()), 502,
			    "smtp_unavailable")
			true("smtp" not in document, document)
		true(program.path in relay.log(), "the log does not name it")
		if what == "directory":
			os.rmdir(program.path)
		os.rename(aside, program.path)
		os.chmod(program.path, 0o755)
		wait_for(lambda: relay.post(message()).status == 202,
		    "mail to go through")


def test_started_at_reload():
	"""From SMTP to a program and back."""
	with FaultServer() as server, Program() as program, Relay(
	    server.port) as relay:
		equal(relay.post(message()).status, 202)
		relay.reload(relays=program.statement())
		equal(relay.post(message()).status, 202)
		relay.reload(relays=None)
		check_accepted(relay.post(message()))
		equal((len(server.taken()), len(program.runs())), (2, 1))


def test_next_relay():
	"""A program that cannot be run, then one that can, then none asked."""
	with Program() as first, Program("exit 75") as second, \
	    FaultServer() as third:
		os.chmod(first.path, 0o644)
		relays = "\n".join((first.statement(), second.statement(),
		    'relay "127.0.0.1" port %d' % third.port))
		with Relay(relays=relays) as relay:
			# What a program that ran says is final.
			check_error(relay.post(message()), 502, "smtp_unavailable")
			equal((len(first.runs()), len(second.runs()),
			    len(third.transactions)), (0, 1, 0))


def start(count, function):
	threads = [threading.Thread(target=function) for _ in range(count)]
	for thread in threads:
		thread.start()
	return threads


def test_at_once():
	"""Never more than connections, and all in the end."""
	with Program(HOLD + "exit 0") as program, program.relay(
	    "connections 3") as relay:
		results = []
		threads = start(12, lambda: results.append(relay.post(
		    message()).status))
		wait_for(lambda: len(program.runs()) == 3, "three to run")
		relay.get("/healthz")
		most = 0
		def ended():
			nonlocal most
			running = sum(process.alive(p) for p in program.runs())
			most = max(most, running)
			return not any(t.is_alive() for t in threads)
		wait_for(lambda: len(program.messages()) == 3, "three messages")
		equal(len(program.runs()), 3, "runs before one had ended")
		program.let_go()
		wait_for(ended, "all answers")
		equal(results, [202] * 12)
		equal(len(program.messages()), 12, "messages")
		true(most <= 3, "%d at once" % most)


def test_waits_too_long():
	"""Those for whom no program was started are told so, and sent nowhere."""
	with Program(HOLD) as program, program.relay("connections 1",
	    "timeout submission 10s") as relay:
		results = []
		for thread in start(4, lambda: results.append(relay.post(
		    message()).status)):
			thread.join()
		true(set(results) <= {502, 503, 504}, results)
		true(results.count(504) >= 1, results)
		# The next one may be killed before it has read what it was given.
		true(len(program.messages()) <= results.count(504), "given out")


def test_client_goes_away():
	"""Once the program has the message, it is mailed and the ledger says so."""
	with Program(HOLD + "exit 0") as program, program.relay() as relay:
		connection = relay.connect()
		connection.send(post_octets(message(), SECRET))
		wait_for(lambda: program.messages(), "the program to run")
		connection.close()
		program.let_go()
		identifier = email.message_from_bytes(program.only("message"))[
		    "Message-ID"].strip("<>").split("@")[0]
		wait_for(lambda: relay.submission(identifier).json()["status"] ==
		    "smtp_accepted", "the ledger to say so")


def test_reload_while_one_runs():
	"""It ends as it would have; the next one is the new program."""
	with Program(HOLD + "exit 0") as old, Program() as new, \
	    old.relay() as relay:
		results = []
		threads = start(1, lambda: results.append(relay.post(message())))
		wait_for(lambda: old.messages(), "the program to run")
		relay.reload(relays=new.statement())
		equal(relay.post(message()).status, 202)
		equal(len(new.runs()), 1)
		old.let_go()
		threads[0].join()
		equal([r.status for r in results], [202])
		equal(len(old.runs()), 1)


def test_shutdown_while_one_runs():
	"""SIGTERM waits for it; nothing is killed that can end by itself."""
	with Program(HOLD + "exit 0") as program, program.relay(
	    timeouts="timeout shutdown 1h") as relay:
		results = []
		threads = start(1, lambda: results.append(relay.post(message())))
		wait_for(lambda: program.messages(), "the program to run")
		os.kill(relay.pid, signal.SIGTERM)
		wait_for(lambda: not connects(relay), "the port to be closed")
		program.let_go()
		threads[0].join()
		equal([r.status for r in results], [202])
		equal(relay.wait_for_end(), 0, "exit status")
		# What is expected at the end of every other test.
		relay.stop = lambda: None


def connects(relay):
	try:
		relay.connect().close()
		return True
	except OSError:
		return False


def test_smtp_child_dies():
	"""Half a message is no message: the program is killed before its end."""
	with Program(take="head -c 1000 >$run/half\n" + HOLD + TAKE) as program, \
	    program.relay(mail="max body 8M",
	    top="max request 16M") as relay:
		results = []
		threads = start(1, lambda: results.append(relay.post(message(
		    body="text " * 1000000))))
		wait_for(lambda: program.runs() and os.path.exists(os.path.join(
		    program.out, str(program.runs()[0]), "half")), "half of it")
		os.kill(relay.smtp_child(), signal.SIGKILL)
		run = program.runs()[0]
		wait_for(lambda: not process.alive(run), "the program to be killed")
		program.let_go()
		threads[0].join()
		equal(results[0].status, 504, results[0])
		equal(program.messages(), [], "messages")
		wait_for(lambda: relay.post(message()).status == 202,
		    "mail to go through again")


def test_no_zombies():
	with Program() as program, program.relay() as relay:
		for _ in range(20):
			equal(relay.post(message()).status, 202)
		zombies = [p.pid for p in process.processes()
		    if p.parent == relay.parent() and p.state == "Z"]
		true(len(zombies) <= 1, "zombies %r" % zombies)
		before = process.descriptors(relay.parent())
		for _ in range(20):
			equal(relay.post(message()).status, 202)
		wait_for(lambda: process.descriptors(relay.parent()) <= before,
		    "no more descriptors than before")


@each((("unknown-item", "idle 5s"), ("tls", "tls none"), ("port", "port 25"),
    ("auth", 'auth "a" password "b"')))
def test_items_refused(item):
	with Program() as program:
		relay = program.relay(item, wait=False)
		relay.start()
		equal(relay.wait_for_end(), 1)
		true(item.split(" ")[0] in relay.log(), relay.log())


def test_readyz():
	with Program() as program, program.relay() as relay:
		wait_for(lambda: relay.get("/readyz").status == 200, "ready")
		equal(program.runs(), [], "runs for a look")


# The real ones.

def neighbour(server):
	"""A relay that sees the server's files, sockets and users."""
	if shutil.which("nsenter") is None:
		raise Skip("needs nsenter(1)")
	return Relay(relays='relay sendmail "%s"' % server.sendmail(), log=LOG,
	    wrapper=["nsenter", "--mount", "--target", str(server.process.pid)])


@each((("postfix", Postfix), ("opensmtpd", OpenSMTPD)))
def test_real(kind):
	server = shared(kind)
	with neighbour(server) as relay:
		for fields in ({}, {"body": ".\n..\n.dots\nFrom here\n"},
		    {"subject": "Gr\u00fc\u00dfe", "body": "\u65e5\u672c\n" * 50},
		    {"to": ["-oQ/tmp@example.com", "b@example.org"]}):
			document = message(**fields)
			to = document["to"] if isinstance(document["to"], list) \
			    else [document["to"]]
			request_id = check_told(relay, relay.post(document),
			    ACCEPTED, None, "reply")["request_id"]
			copies = find(server, request_id, len(to))
			equal(len(copies), len(to), "copies")
			for copy in copies:
				check_message(copy, document, request_id)
				equal(email.message_from_bytes(copy)["Return-Path"],
				    "<noreply@example.com>")
