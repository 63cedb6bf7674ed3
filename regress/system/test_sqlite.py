"""The ledger in a file: what outlives a process, and what a file can come to."""

import errno
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import threading
import time

import accounts
from contract import check_accepted, check_error
from fault_server import FaultServer, Held, Plan
from outcome import Skip, each, equal, once_a_minute, true, wait_for
from relay import OTHER, SECRET, OrdinaryRelay, Relay, message

FAILS = r"relayd-smtp: ledger /tmp/\S+/ledger.db (?!works)"


class Place:
	"""A directory for the ledger's, on a file system of its own if it has to be
	bounded."""

	def __init__(self, size=None):
		self.above = tempfile.mkdtemp(prefix="rele-ledger-")
		self.mounted = size is not None
		if self.mounted:
			self.mount("size=%s" % size)
		self.directory = os.path.join(self.above, "ledger")
		self.path = os.path.join(self.directory, "ledger.db")

	def mount(self, options):
		done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs",
		    self.above], capture_output=True, text=True)
		if done.returncode != 0:
			self.mounted = False
			raise Skip("no tmpfs can be mounted here: " + done.stderr.strip())

	def __enter__(self):
		return self

	def __exit__(self, *_):
		if self.mounted:
			subprocess.run(["umount", "-l", self.above])
		shutil.rmtree(self.above, ignore_errors=True)

	def statement(self, items="{ ttl 1h }"):
		return 'store sqlite "%s" %s' % (self.path, items)

	def files(self):
		return sorted(os.listdir(self.directory))

	def octets(self):
		"""Of everything in it."""
		found = b""
		for name in self.files():
			with open(os.path.join(self.directory, name), "rb") as file:
				found += file.read()
		return found

	def make(self, owner=accounts.SMTP_USER):
		os.mkdir(self.directory, 0o700)
		if os.geteuid() == 0:
			shutil.chown(self.directory, owner, owner)

	def run(self, *statements):
		"""While no daemon has it open."""
		database = sqlite3.connect(self.path)
		try:
			for statement in statements:
				rows = database.execute(statement).fetchall()
			database.commit()
			return rows
		finally:
			database.close()


def needs_root():
	if os.geteuid() != 0:
		raise Skip("only root can mount")


def state(relay, request_id):
	"""Its status, or the HTTP status when there is none."""
	response = relay.submission(request_id)
	return response.json()["status"] if response.status == 200 else \
	    response.status


def send(relay, **fields):
	return check_accepted(relay.post(message(**fields)))["request_id"]


def failing(relay, known):
	"""Look-ups and Idempotency-Keys get 503, and mail flows."""
	def fails():
		send(relay)
		return state(relay, known) == 503
	wait_for(fails, "look-ups to say 503")
	for refused in relay.submission(known), relay.post(message(),
	    fields=[("Idempotency-Key", "new")]):
		check_error(refused, 503, "status_store_unavailable")
	for _ in range(5):
		send(relay)


def working(relay):
	"""What is sent is found, and what was refused is taken."""
	def works():
		return state(relay, send(relay)) == "smtp_accepted"
	wait_for(works, "the ledger to work again")
	equal(relay.post(message(),
	    fields=[("Idempotency-Key", "new")]).status, 202)


def complaints(relay):
	return re.findall("(?m)" + FAILS, relay.log())


def kill_smtp(relay):
	pid = relay.smtp_child()
	os.kill(pid, signal.SIGKILL)
	wait_for(lambda: relay.children("relayd-smtp") not in ([], [pid]),
	    "another relayd-smtp")
	wait_for(lambda: relay.post(message()).status == 202, "it to send mail")


def test_survives():
	"""kill -9 of relayd-smtp, and a restart of the daemon."""
	with FaultServer() as server, Place() as place:
		with Relay(server.port, store=place.statement()) as relay:
			first = send(relay)
			kill_smtp(relay)
			wait_for(lambda: state(relay, first) == "smtp_accepted",
			    "the first one to be found")
			second = send(relay)
			equal(relay.submission(second, OTHER).status, 404)
		equal(place.files(), ["ledger.db"])
		with Relay(server.port, store=place.statement()) as relay:
			for known in (first, second):
				equal(state(relay, known), "smtp_accepted")
		rows = place.run("SELECT request_id, status FROM submissions")
		for known in (first, second):
			true((known, "smtp_accepted") in rows, "%s: %s" % (known, rows))


def test_killed_in_flight():
	"""What was being sent is unknown to client and ledger."""
	release = threading.Event()
	held = Plan(dot=Held(release))
	with FaultServer(plans=[held]) as server, Place() as place, \
	    Relay(server.port, store=place.statement()) as relay:
		answers = []
		def post():
			answers.append(relay.post(message()))
		client = threading.Thread(target=post)
		client.start()
		wait_for(lambda: [t for t in server.transactions if t.complete],
		    "the message to be sent")
		# It is in the file when it was in flight for a moment.
		wait_for(lambda: b"req_" in place.octets(), "the entry")
		kill_smtp(relay)
		client.join()
		release.set()
		equal(answers[0].status, 504)
		known = answers[0].json()["request_id"]
		wait_for(lambda: state(relay, known) == "smtp_outcome_unknown",
		    "the entry to say unknown")


def test_nothing_private():
	"""Neither in the file nor in its log: subject, address, body, secret."""
	private = ["SubjectWord", "local.part", "BodyWord", "FileWord", SECRET,
	    "Display Name", "refusedlocal"]
	plan = Plan(rcpt={"refusedlocal@example.com": "550 5.1.1 no such user"})
	with FaultServer(plan) as server, Place() as place:
		with Relay(server.port, store=place.statement()) as relay:
			known = send(relay, to="local.part@example.com",
			    subject="SubjectWord", body="BodyWord",
			    from_name="Display Name")
			equal(relay.post(message(to=["local.part@example.com",
			    "refusedlocal@example.com"])).status, 502)
			equal(relay.post(message(to="local.part@example.net",
			    subject="SubjectWord")).status, 400)
			equal(state(relay, known), "smtp_accepted")
			def written():
				return b"validation_failed" in place.octets()
			wait_for(written, "all of it to be in the files")
			before = place.octets()
		for octets in (before, place.octets()):
			true(known.encode() in octets, "the id is not there")
			for word in private:
				true(word.encode() not in octets, "%s is there" % word)


def test_disk_full():
	"""Mail flows, look-ups say 503, one line a minute; then all is well."""
	needs_root()
	with FaultServer() as server, Place("1M") as place, \
	    Relay(server.port, store=place.statement()) as relay:
		begun = time.monotonic()
		known = send(relay)
		equal(state(relay, known), "smtp_accepted")
		filler = os.path.join(place.above, "filler")
		with open(filler, "wb", buffering=0) as file:
			try:
				while file.write(bytes(4096)):
					pass
			except OSError as error:
				equal(error.errno, errno.ENOSPC)
		failing(relay, known)
		true(re.search("full|No space", relay.log()), "no reason is given")
		once_a_minute(len(complaints(relay)), begun)
		os.unlink(filler)
		working(relay)
		equal(state(relay, known), "smtp_accepted")
		relay.wait_for_log("ledger .* works again")


def test_read_only():
	needs_root()
	with FaultServer() as server, Place("1M") as place:
		with Relay(server.port, store=place.statement()) as relay:
			known = send(relay)
		subprocess.run(["mount", "-o", "remount,ro", place.above], check=True)
		begun = time.monotonic()
		with Relay(server.port, store=place.statement()) as relay:
			failing(relay, known)
			once_a_minute(len(complaints(relay)), begun)
			subprocess.run(["mount", "-o", "remount,rw", place.above],
			    check=True)
			working(relay)
			equal(state(relay, known), "smtp_accepted")


@each((("the file",), ("and its log", "-wal")))
def test_removed(*ends):
	with FaultServer() as server, Place() as place, \
	    Relay(server.port, store=place.statement()) as relay:
		known = send(relay)
		equal(state(relay, known), "smtp_accepted")
		os.unlink(place.path)
		for end in ends[1:]:
			os.unlink(place.path + end)
		working(relay)
		equal(state(relay, known), 404)
		true(os.path.exists(place.path), "it was not made again")
		relay.wait_for_log("ledger .* removed")


def damage(path, start):
	size = os.stat(path).st_size
	with open(path, "r+b") as file:
		file.seek(start)
		file.write(b"Z" * (size - start))


def test_damaged_before():
	"""It is moved aside at the start, as it was."""
	with FaultServer() as server, Place() as place:
		with Relay(server.port, store=place.statement()) as relay:
			known = send(relay)
		damage(place.path, 0)
		octets = place.octets()
		with Relay(server.port, store=place.statement()) as relay:
			working(relay)
			equal(state(relay, known), 404)
			relay.wait_for_log("ledger %s was damaged; it is now %s.corrupt-" %
			    (place.path, place.path))
		aside = [n for n in place.files() if n.startswith("ledger.db.corrupt")]
		equal(len(aside), 1, "files moved aside")
		true(re.match(r"ledger\.db\.corrupt-\d{8}T\d{6}\Z", aside[0]), aside)
		with open(os.path.join(place.directory, aside[0]), "rb") as file:
			equal(file.read() == octets, True, "the same octets")
		# Those do not keep the next one from starting.
		with Relay(server.port, store=place.statement()) as relay:
			working(relay)


def test_damaged_later():
	"""Under its hands; mail flows, and the entries begin anew."""
	with FaultServer() as server, Place() as place:
		with Relay(server.port, store=place.statement()) as relay:
			known = [send(relay) for _ in range(60)]
		with Relay(server.port, store=place.statement()) as relay:
			equal(relay.get("/healthz").status, 200)
			damage(place.path, 4096)
			wait_for(lambda: state(relay, known[30]) in (503, 404),
			    "the damage to be found")
			working(relay)
			relay.wait_for_log("ledger %s was damaged; it is now %s.corrupt-" %
			    (place.path, place.path))


def test_held_by_another():
	"""Another process has it: no harm is done, and it is waited for."""
	with FaultServer() as server, Place() as place:
		with Relay(server.port, store=place.statement()) as relay:
			known = send(relay)
		other = sqlite3.connect(place.path, isolation_level=None)
		other.execute("PRAGMA locking_mode = EXCLUSIVE")
		other.execute("BEGIN EXCLUSIVE")
		with Relay(server.port, store=place.statement()) as relay:
			failing(relay, known)
			relay.wait_for_log("another process")
			other.close()
			working(relay)
			equal(state(relay, known), "smtp_accepted")


def test_two_daemons():
	"""The second one has no ledger while the first one runs."""
	with FaultServer() as server, Place() as place, \
	    Relay(server.port, store=place.statement()) as first:
		known = send(first)
		with Relay(server.port, store=place.statement()) as second:
			failing(second, known)
			equal(state(first, known), "smtp_accepted")
		working(first)


def newer(place):
	place.run("PRAGMA user_version = 99")


def foreign(place):
	os.unlink(place.path)
	place.run("CREATE TABLE addresses (name)", "PRAGMA user_version = 3")


def too_open(place):
	os.chmod(place.directory, 0o755)


def not_alone(place):
	with open(os.path.join(place.directory, "notes.txt"), "w"):
		pass


def not_owned(place):
	os.chown(place.directory, 65534, 65534)


def file_not_owned(place):
	os.chown(place.path, 65534, 65534)


def no_way_there(place):
	shutil.rmtree(place.directory)
	place.path = os.path.join(place.directory, "deeper", "ledger.db")


@each((("newer", newer, "newer http-smtp-rele .schema 99, this one knows 3"),
    ("foreign", foreign, "another program's database"),
    ("open", too_open, "chmod 700"),
    ("not owned", not_owned, "/ledger must belong to"),
    ("file not owned", file_not_owned, "/ledger.db must belong to"),
    ("no way there", no_way_there, "only the last directory")))
def test_refused(change, words):
	"""By -n, at the start and by a reload, which keeps what is in force."""
	if os.geteuid() != 0:
		raise Skip("only root can give a directory away")
	with FaultServer() as server, Place() as place:
		with Relay(server.port, store=place.statement()) as relay:
			send(relay)
		change(place)
		before = None if change is no_way_there else place.octets()
		relay = Relay(server.port, store=place.statement())
		relay.write()
		for arguments in (["-n"], ["-d"]):
			done = subprocess.run([relay.program] + arguments + ["-f",
			    relay.path], capture_output=True, text=True)
			equal(done.returncode, 1, done.stderr)
			true(re.search(words, done.stderr), done.stderr)
			true(re.search(r":\d+: store", done.stderr), done.stderr)
		with Relay(server.port) as other:
			known = send(other)
			other.configuration.store = place.statement()
			other.write()
			other.hang_up()
			other.wait_for_log(words)
			other.wait_for_log("not reloaded")
			equal(state(other, known), "smtp_accepted")
		if before is not None:
			equal(place.octets() == before, True, "untouched")


def test_company():
	"""A file of somebody else's is warned about, and keeps nobody from it."""
	with FaultServer() as server, Place() as place:
		with Relay(server.port, store=place.statement()) as relay:
			send(relay)
			not_alone(place)
			relay.reload(prefork=1)
			relay.wait_for_log("warning: store sqlite: .* holds notes.txt")
			send(relay)
		with Relay(server.port, store=place.statement()) as relay:
			send(relay)
			relay.wait_for_log("holds notes.txt")


def test_refused_to_ordinary_user():
	"""Who may not make the directory is told what to do."""
	with Place() as place:
		relay = OrdinaryRelay(25, store=place.statement())
		relay.write()
		relay.give(place.above)
		for mode, status in ((0o500, 1), (0o700, 0)):
			os.chmod(place.above, mode)
			done = subprocess.run(relay.wrapper + [relay.program, "-n", "-f",
			    relay.path], capture_output=True, text=True)
			equal(done.returncode, status, done.stderr)
			equal("cannot be made: Permission denied: make it" in
			    done.stderr, status == 1, done.stderr)


def test_bounds_change_in_place():
	"""records and durable by a reload: the same process, the same entries."""
	with FaultServer() as server, Place() as place, \
	    Relay(server.port, store=place.statement()) as relay:
		pid = relay.smtp_child()
		known = [send(relay) for _ in range(20)]
		relay.reload(store=place.statement("{ ttl 1h records 5 durable }"))
		equal(relay.smtp_child(), pid, "pid")
		wait_for(lambda: state(relay, known[0]) == 404, "the oldest to go")
		equal(state(relay, known[-1]), "smtp_accepted")
		working(relay)


def test_expires():
	with FaultServer() as server, Place() as place, \
	    Relay(server.port, store=place.statement("{ ttl 3s }")) as relay:
		start = time.monotonic()
		known = send(relay)
		wait_for(lambda: state(relay, known) == 404, "it to expire")
		true(time.monotonic() - start > 2.9, "it did too early")


def test_directory_is_made():
	"""By relayd-smtp, for its user alone, and it is its root directory."""
	needs_root()
	with Place() as place, Relay(25, store=place.statement()) as relay:
		entry = accounts.pwd.getpwnam(accounts.SMTP_USER)
		for path, mode in ((place.directory, 0o40700), (place.path, 0o100600)):
			status = os.stat(path)
			equal((status.st_uid, status.st_gid, status.st_mode),
			    (entry.pw_uid, entry.pw_gid, mode), path)
		equal(os.readlink("/proc/%d/root" % relay.smtp_child()),
		    place.directory)


def test_directory_gone():
	"""A relayd-smtp that has no directory sends mail all the same."""
	needs_root()
	with FaultServer() as server, Place() as place, \
	    Relay(server.port, store=place.statement()) as relay:
		known = send(relay)
		shutil.rmtree(place.directory)
		os.chmod(place.above, 0o700)
		with open(place.directory, "w"):
			pass
		kill_smtp(relay)
		failing(relay, known)
		os.unlink(place.directory)
		kill_smtp(relay)
		working(relay)
