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

"""TLS and AUTH between relay and mail server: what is proved, refused, kept secret."""

import base64
import email
import os
import re
import ssl
import subprocess
import threading

import load
from certificates import certificates
from contract import check_accepted, check_error
from exim import Exim
from fault_server import FaultServer, Last, Plan
from http_client import post_octets
from opensmtpd import OpenSMTPD
from outcome import Skip, each, equal, true, wait_for
from postfix import Postfix
from private_server import PASSWORD, SECURITY, USER, shared
from relay import SECRET, Relay, message, patient
from test_delivery import check_message, find
from truth import LOG, audit_line

SERVERS = (("postfix", Postfix), ("opensmtpd", OpenSMTPD), ("exim", Exim))
# What RFC 3848 calls them in Received.
WITH = {
	("plain", False): "esmtp",
	("plain", True): "esmtpa",
	("starttls", False): "esmtps",
	("starttls", True): "esmtpsa",
	("implicit", False): "esmtps",
	("implicit", True): "esmtpsa",
}
FACES = ("good", "rsa", "chained")
BAD_FACES = ("wrong_name", "expired", "self_signed", "strange", "unchained")


def quoted(text):
	return '"%s"' % text.replace("\\", "\\\\").replace('"', '\\"')


def statement(port, *items, host="127.0.0.1"):
	text = "\n\t".join(items)
	return 'relay "%s" port %d {\n\t%s\n%s}' % (host, port, text,
	    patient(text, "connect", "submission"))


def trusting(server, *items, host="127.0.0.1"):
	"""The relay statement that fits the server and its certificate."""
	more = []
	if server.tls and not any(i.startswith("tls ") for i in items):
		more.append("tls " + server.tls)
	if server.tls and not any(i.startswith(("ca ", "no verify"))
	    for i in items):
		more.append('ca "%s"' % certificates().ca.path)
	return statement(server.port, *more, *items, host=host)


def auth(user, password):
	return "auth %s password %s" % (quoted(user), quoted(password))


def check_unavailable(relay, *servers):
	"""502, and none of the servers was sent a message or a password."""
	document = check_error(relay.post(message()), 502, "smtp_unavailable")
	for server in servers:
		equal(server.transactions, [], "transactions")
	return document


def only(items):
	equal(len(items), 1, "how many there are of %r" % (items,))
	return items[0]


# Real servers.

@each(("%s-%s-%s" % (name, security, "auth" if demands else "none"), kind,
    security, demands) for name, kind in SERVERS for security in SECURITY
    for demands in (False, True) if (security, demands) not in kind.unable)
def test_real(kind, security, demands):
	server = shared(kind)
	items = []
	if security != "plain":
		items += ["tls " + security, 'ca "%s"' % certificates().ca.path]
	if demands:
		items.append(auth(USER, PASSWORD))
	if demands and security == "plain":
		items.append("insecure")
	document = message(subject="Gr\u00fc\u00dfe", body=".\n..\nfrom here\n")
	with Relay(relays=statement(server.ports[security, demands],
	    *items)) as relay:
		request_id = check_accepted(relay.post(document),
		    None)["request_id"]
		copy = only(find(server, request_id))
		check_message(copy, document, request_id)
		received = email.message_from_bytes(copy).get_all("Received")[0]
		found = re.search(r"\bwith (e?smtp\w*)", received, re.I)
		equal(found and found.group(1).lower(), WITH[security, demands],
		    "protocol in %r" % received)


@each((("%s-%s" % (name, security), kind, security) for name, kind in SERVERS
    for security in ("starttls", "implicit")))
def test_real_refuses(kind, security):
	"""Neither a wrong password nor none is enough for the servers above."""
	server = shared(kind)
	items = ["tls " + security, 'ca "%s"' % certificates().ca.path]
	port = server.ports[security, True]
	with Relay(relays=statement(port, auth(USER, PASSWORD + "x"),
	    *items)) as relay:
		check_unavailable(relay)
		relay.reload(relays=statement(port, *items))
		equal(relay.post(message()).status, 502, "status without AUTH")


@each((name, kind) for name, kind in SERVERS)
def test_real_hundred(kind):
	"""Over few TLS connections, as many as there are messages in each."""
	server = shared(kind)
	with Relay(relays=statement(server.ports["starttls", True],
	    "tls starttls", 'ca "%s"' % certificates().ca.path,
	    auth(USER, PASSWORD), "connections 2 messages 7")) as relay:
		with relay.connect() as connection:
			ids = [check_accepted(connection.exchange(post_octets(
			    message(), SECRET)), None)["request_id"]
			    for _ in range(30)]
		for request_id in ids:
			equal(len(find(server, request_id)), 1, "copies")


# Certificates.

@each(("%s-%s" % (face, security), face, security) for face in FACES
    for security in ("starttls", "implicit"))
def test_verified(face, security):
	with FaultServer(tls=security,
	    certificate=getattr(certificates(), face)) as server, \
	    Relay(relays=trusting(server), log=LOG) as relay:
		document = check_accepted(relay.post(message()))
		equal(only(server.taken()).tls, "TLSv1.3")
		equal(audit_line(relay, document["request_id"])["tls"], "yes")


@each(("%s-%s" % (face, security), face, security) for face in BAD_FACES
    for security in ("starttls", "implicit"))
def test_not_verified(face, security):
	"""Nothing goes to whom nobody vouches for, the password least of all."""
	certificate = getattr(certificates(), face)
	with FaultServer(tls=security, certificate=certificate,
	    users={"relay": "sesame"}) as server, Relay(relays=trusting(server,
	    auth("relay", "sesame")), log=LOG) as relay:
		document = check_unavailable(relay, server)
		equal(audit_line(relay, document["request_id"])["stage"], "tls")
		# The name is looked at when the handshake is over, the chain before.
		equal(server.attempts, [], "passwords")
		equal([line for _, line in server.commands], server.clear,
		    "said all the same")
		if face == "expired":
			server.present(certificates().good)
			wait_for(lambda: relay.post(message()).status == 202,
			    "mail to go through again", 0.1)


def test_system_authorities():
	"""Without ca it is the system's bundle, which does not know ours."""
	with FaultServer(tls="implicit") as server, Relay(relays=statement(
	    server.port, "tls implicit")) as relay:
		check_unavailable(relay, server)
		equal(server.handshakes, [])


@each((face, face) for face in BAD_FACES)
def test_no_verify(face):
	with FaultServer(tls="starttls",
	    certificate=getattr(certificates(), face)) as server, \
	    Relay(relays=trusting(server, "no verify")) as relay:
		check_accepted(relay.post(message()))
		equal(only(server.taken()).tls, "TLSv1.3")
		true("no verify" in relay.log(), "not warned about")


def checked(*arguments, **parts):
	"""What -n says of a configuration."""
	relay = Relay(wait=False, **parts)
	relay.write()
	return subprocess.run([relay.program, "-n", "-f", relay.path, *arguments],
	    capture_output=True, text=True)


def test_warnings():
	"""no verify and insecure are allowed, and said to be dangerous."""
	done = checked(relays=statement(25, "tls starttls", "no verify"))
	equal(done.returncode, 0, done.stderr)
	true(re.search(r":\d+: .*no verify", done.stderr), done.stderr)
	done = checked(relays=statement(25, auth("a", "b"), "insecure"))
	equal(done.returncode, 0, done.stderr)
	true(re.search(r":\d+: .*insecure", done.stderr), done.stderr)
	done = checked(relays=statement(25, "tls starttls", auth("a", "b")))
	equal((done.returncode, "arning" in done.stderr), (0, False), done.stderr)


@each((("ca-missing", 'ca "/nonexistent/ca.pem"'),
    ("ca-empty", 'ca "/dev/null"'),
    ("certificate-missing",
    'certificate "/nonexistent/a.pem" key "/nonexistent/a.key"'),
    ("protocols", 'protocols "tlsv9"'), ("ciphers", 'ciphers "nonsense"'),
    ("no-key", 'certificate "/etc/hosts" key "/etc/hosts"')))
def test_refused_at_start(item):
	done = checked(relays=statement(25, "tls starttls", item))
	equal(done.returncode, 1, done.stderr)
	true(re.search(r"http-smtp-rele\.conf:\d+: ", done.stderr), done.stderr)


def test_key_of_another():
	"""A client certificate that does not fit its key, or a key others read."""
	ours = certificates()
	item = 'certificate "%s" key "%s"'
	equal(checked(relays=statement(25, "tls starttls", item % (
	    ours.client.path, ours.good.key))).returncode, 1, "another's key")
	os.chmod(ours.strange_client.key, 0o644)
	try:
		done = checked(relays=statement(25, "tls starttls", item % (
		    ours.strange_client.path, ours.strange_client.key)))
		equal(done.returncode, 1, "a key that all can read")
	finally:
		os.chmod(ours.strange_client.key, 0o600)


def test_verify_name():
	"""The certificate is for a name, the relay is configured by address."""
	named = certificates().named
	with FaultServer(tls="implicit", certificate=named) as server, Relay(
	    relays=trusting(server)) as relay:
		check_unavailable(relay, server)
		relay.reload(relays=trusting(server, 'verify "mail.example.test"'))
		wait_for(lambda: relay.post(message()).status == 202,
		    "mail to go through")
		equal(server.names[-1], "mail.example.test", "the name asked for")
		taken = len(server.taken())
		relay.reload(relays=trusting(server, 'verify "no.example.test"'))
		server.drop_all()
		wait_for(lambda: relay.post(message()).status == 502,
		    "another name to be refused")
		server.drop_all()
		equal(relay.post(message()).status, 502)
		true(len(server.taken()) <= taken + 1, "taken under another name")


@each((("given", "client", True), ("none", None, False),
    ("strange", "strange_client", False)))
def test_client_certificate(face, welcome):
	ours = certificates()
	items = []
	if face:
		certificate = getattr(ours, face)
		items.append('certificate "%s" key "%s"' % (certificate.path,
		    certificate.key))
	for security in ("starttls", "implicit"):
		with FaultServer(tls=security, client_ca=ours.ca.path) as server, \
		    Relay(relays=trusting(server, *items)) as relay:
			if not welcome:
				check_unavailable(relay, server)
				continue
			check_accepted(relay.post(message()))
			peer = only(server.handshakes).peer
			equal(peer["subject"], ((("commonName", "client"),),))


def test_protocols():
	with FaultServer(tls="implicit") as server, Relay(relays=trusting(server,
	    'protocols "tlsv1.2"')) as relay:
		check_accepted(relay.post(message()))
		equal(only(server.taken()).tls, "TLSv1.2")
	with FaultServer(tls="implicit") as server:
		server.context.maximum_version = ssl.TLSVersion.TLSv1_2
		with Relay(relays=trusting(server, 'protocols "tlsv1.3"')) as relay:
			check_unavailable(relay, server)
			relay.reload(relays=trusting(server))
			wait_for(lambda: relay.post(message()).status == 202,
			    "mail to go through")


def test_ciphers():
	with FaultServer(tls="implicit", certificate=certificates().rsa) as \
	    server, Relay(relays=trusting(server, 'protocols "tlsv1.2"',
	    'ciphers "ECDHE-RSA-CHACHA20-POLY1305"')) as relay:
		check_accepted(relay.post(message()))
		server.context.set_ciphers("ECDHE-RSA-AES128-GCM-SHA256")
		server.drop_all()
		wait_for(lambda: relay.post(message()).status == 502,
		    "the cipher to be insisted on")


# After STARTTLS.

def test_hello_again():
	"""EHLO is said again, and only what the second reply offers holds."""
	with FaultServer(Plan(extensions=("PIPELINING", "SIZE 100"),
	    secure_extensions=("SMTPUTF8", "8BITMIME", "SIZE 3000")),
	    tls="starttls") as server, Relay(relays=trusting(server)) as relay:
		check_accepted(relay.post(message(to="j\u00fcrgen@example.com")),
		    None)
		true("SMTPUTF8" in only(server.taken()).parameters, "no SMTPUTF8")
		equal([line.split(" ")[0] for _, line in server.commands][:4],
		    ["EHLO", "STARTTLS", "EHLO", "MAIL"])
		equal(server.clear, [server.commands[0][1], "STARTTLS"])
		check_error(relay.post(message(body="word " * 1000)), 413,
		    "payload_too_large")
	with FaultServer(Plan(secure_extensions=("PIPELINING",)),
	    tls="starttls") as server, Relay(relays=trusting(server)) as relay:
		check_error(relay.post(message(to="j\u00fcrgen@example.com")), 502,
		    "smtp_rejected")
		check_accepted(relay.post(message(body="word " * 1000)), None)
		equal(only(server.transactions).parameters, "", "parameters")


def test_starttls_not_offered():
	"""A downgrade is no way to read mail or password."""
	with FaultServer(Plan(offers_tls=False,
	    clear_mechanisms=("PLAIN", "LOGIN")), tls="starttls",
	    users={"relay": "sesame"}) as server, Relay(relays=trusting(server,
	    auth("relay", "sesame"))) as relay:
		check_unavailable(relay, server)
		equal(server.attempts, [])
		equal({line.split(" ")[0] for line in server.clear} -
		    {"EHLO", "QUIT", "STARTTLS"}, set(), "in the clear")


# AUTH.

@each(("%s-%s" % (mechanism, name), mechanism, user, password)
    for mechanism in ("PLAIN", "LOGIN") for name, user, password in (
    ("plain", "relay", "open sesame"),
    ("unicode", "j\u00fcrgen@example.com", "Pa\u00dfwort \u6771\u4eac"),
    ("quotes", 'a"b', 'back\\slash "quoted" #no comment $HOME'),
    ("one", "u", "p"), ("two", "us", "pw"),
    ("long", "u" * 300, "p" * 300), ("longest", "u" * 4095, "p" * 4095)))
def test_credentials(mechanism, user, password):
	with FaultServer(Plan(mechanisms=(mechanism,)), tls="implicit",
	    users={user: password}) as server, Relay(relays=trusting(server,
	    auth(user, password))) as relay:
		check_accepted(relay.post(message()))
		equal(only(server.taken()).user, user)
		attempt = only(server.attempts)
		equal((attempt.mechanism, attempt.user, attempt.password),
		    (mechanism, user, password))


@each((("both", ("LOGIN", "PLAIN"), "PLAIN"),
    ("among-others", ("CRAM-MD5", "LOGIN", "XOAUTH2"), "LOGIN")))
def test_mechanism_chosen(offered, chosen):
	with FaultServer(Plan(mechanisms=offered), tls="implicit",
	    users={"relay": "sesame"}) as server, Relay(relays=trusting(server,
	    auth("relay", "sesame"))) as relay:
		check_accepted(relay.post(message()))
		equal(only(server.attempts).mechanism, chosen)


def test_password_file():
	"""password file: the first line, and one that others read is refused."""
	with FaultServer(tls="implicit", users={"relay": "from a file"}) as \
	    server:
		relay = Relay(relays="")
		path = os.path.join(relay.directory, "password")
		with open(path, "w") as file:
			file.write("from a file\n")
		relay.configuration.relays = trusting(server,
		    'auth "relay" password file "%s"' % path)
		os.chmod(path, 0o644)
		relay.write()
		equal(subprocess.run([relay.program, "-n", "-f", relay.path],
		    capture_output=True).returncode, 1, "a file that all can read")
		os.chmod(path, 0o600)
		with relay:
			check_accepted(relay.post(message()))
			equal(only(server.attempts).password, "from a file")


def test_clear_offer_only():
	"""AUTH offered before TLS and not after: the second offer counts."""
	with FaultServer(Plan(clear_mechanisms=("PLAIN",), mechanisms=()),
	    tls="starttls", users={"relay": "sesame"}) as server, Relay(
	    relays=trusting(server, auth("relay", "sesame"))) as relay:
		check_unavailable(relay, server)
		equal(server.attempts, [])


@each((("PLAIN", "PLAIN"), ("LOGIN", "LOGIN")))
def test_insecure(mechanism):
	"""AUTH without TLS, when the operator insists."""
	with FaultServer(Plan(clear_mechanisms=(mechanism,)),
	    users={"relay": "sesame"}) as server, Relay(relays=trusting(server,
	    auth("relay", "sesame"), "insecure")) as relay:
		check_accepted(relay.post(message()))
		equal(only(server.attempts).mechanism, mechanism)
		equal(only(server.taken()).user, "relay")
	done = checked(relays=statement(25, auth("relay", "sesame")))
	equal(done.returncode, 1, "AUTH in the clear without insecure")


def test_auth_once_a_connection():
	with FaultServer(tls="implicit", users={"relay": "sesame"}) as server, \
	    Relay(relays=trusting(server, auth("relay", "sesame"),
	    "connections 1 messages 5")) as relay:
		for _ in range(20):
			check_accepted(relay.post(message()))
		counts = {}
		for transaction in server.taken():
			counts[transaction.connection] = counts.get(
			    transaction.connection, 0) + 1
		equal(list(counts.values()), [5] * 4, "messages a connection")
		equal(len({a.connection for a in server.attempts}),
		    len(server.attempts), "AUTH more than once")


@each((("535", "535 5.7.8 No"), ("454", "454 4.7.0 Later"),
    ("421", Last("421 4.3.2 Busy"))))
def test_auth_refused_then_next(verdict):
	with FaultServer(Plan(auth=verdict), tls="implicit",
	    users={"relay": "sesame"}) as first, FaultServer() as second, Relay(
	    relays=trusting(first, auth("relay", "sesame")) + "\n" +
	    trusting(second)) as relay:
		for _ in range(5):
			check_accepted(relay.post(message()))
		equal((len(first.transactions), len(second.taken())), (0, 5))
		first.plan = Plan()
		def returned():
			check_accepted(relay.post(message()))
			return first.taken()
		wait_for(returned, "the first relay to be used again", 0.1)


@each((("wrong-name", "wrong_name", Plan()),
    ("expired", "expired", Plan()),
    ("not-offered", "good", Plan(offers_tls=False)),
    ("injection", "good", Plan(starttls=b"220 2.0.0 Go\r\n250 x\r\n"))))
def test_tls_failed_then_next(face, plan):
	with FaultServer(plan, tls="starttls",
	    certificate=getattr(certificates(), face)) as first, FaultServer(
	    tls="starttls", users={"relay": "sesame"}) as second, Relay(
	    relays=trusting(first) + "\n" + trusting(second,
	    auth("relay", "sesame"))) as relay:
		for _ in range(5):
			check_accepted(relay.post(message()))
		equal((len(first.transactions), len(second.taken())), (0, 5))


# What must not be seen.

def shapes(user, password):
	"""The password as it could show up."""
	plain = base64.b64encode(("\0%s\0%s" % (user, password)).encode())
	login = base64.b64encode(password.encode())
	return [password, plain.decode(), login.decode()]


def test_password_unseen():
	"""Not in the log at its most talkative, whatever the server does."""
	user, password = "relay", "never-to-be-seen-0123456789"
	plans = [Plan(), Plan(auth="535 5.7.8 No"), Plan(auth="334 "),
	    Plan(auth=Last("421 4.3.2 Busy")), Plan(mechanisms=("LOGIN",)),
	    Plan(mechanisms=("LOGIN",), auth="535 No")]
	with FaultServer(tls="starttls", users={user: password}) as server, \
	    Relay(relays=trusting(server, auth(user, password), "reply text"),
	    arguments=["-v", "-v"], log="log { level debug }") as relay:
		answers = b""
		for plan in plans:
			server.plan = plan
			server.drop_all()
			attempts = len(server.attempts)
			def attempted():
				nonlocal answers
				answers += relay.post(message()).body
				return len(server.attempts) > attempts
			wait_for(attempted, "AUTH", 0.1)
		relay.reload()
		relay.post(message())
		text = relay.log() + answers.decode()
		for shape in shapes(user, password):
			true(shape not in text, "%r is shown" % shape)
		for pid in relay.family():
			with open("/proc/%d/cmdline" % pid) as file:
				true(password not in file.read(), "in ps(1)")
	done = checked("-v", relays=statement(25, "tls starttls",
	    auth(user, password)))
	equal(done.returncode, 0, done.stderr)
	true(user in done.stdout, "auth is not in %s" % done.stdout)
	true(password not in done.stdout + done.stderr, "shown by -n -v")


def test_password_echoed():
	"""A server that repeats what it was told tells neither log nor client."""
	user, password = "relay", "never-to-be-seen-0123456789"
	plan = Plan(auth=lambda session: "535 5.7.8 Wrong: " +
	    session.server.commands[-1][1])
	with FaultServer(plan, tls="starttls", users={user: password}) as server, \
	    Relay(relays=trusting(server, auth(user, password), "reply text"),
	    arguments=["-v", "-v"], log="log { level debug }") as relay:
		text = relay.post(message()).body.decode() + relay.log()
		true(server.attempts, "no AUTH")
		for shape in shapes(user, password):
			true(shape not in text, "%r is shown" % shape)


# Readiness, reload, the pool.

def test_readyz():
	"""Ready means that TLS and AUTH work, too."""
	with FaultServer(tls="starttls", users={"relay": "sesame"}) as server, \
	    Relay(relays=trusting(server, auth("relay", "sesame"))) as relay:
		def says(status):
			wait_for(lambda: relay.get("/readyz").status == status,
			    "/readyz to say %d" % status, 0.1)
		says(200)
		before = server.connections
		for _ in range(50):
			equal(relay.get("/readyz").status, 200)
		true(server.connections - before < 25, "a connection per probe")
		server.users = {"relay": "changed"}
		server.drop_all()
		says(503)
		equal(server.transactions, [])
		server.users = {"relay": "sesame"}
		says(200)
		server.present(certificates().expired)
		server.drop_all()
		says(503)
		server.present(certificates().good)
		says(200)


def test_reload_password():
	with FaultServer(tls="implicit", users={"relay": "old"}) as server, \
	    Relay(relays=trusting(server, auth("relay", "old"))) as relay:
		check_accepted(relay.post(message()))
		server.users = {"relay": "new"}
		relay.reload(relays=trusting(server, auth("relay", "new")))
		check_accepted(relay.post(message()))
		server.drop_all()
		check_accepted(relay.post(message()))
		equal(server.attempts[-1].password, "new")
		true("old" not in [a.password for a in server.attempts[1:]],
		    "the old password after the reload")


def test_reload_ca():
	ours = certificates()
	with FaultServer(tls="implicit", certificate=ours.strange) as server, \
	    Relay(relays=trusting(server)) as relay:
		check_unavailable(relay, server)
		relay.reload(relays=trusting(server, 'ca "%s"' %
		    ours.other_ca.path))
		wait_for(lambda: relay.post(message()).status == 202,
		    "mail to go through")
		relay.reload(relays=trusting(server))
		server.drop_all()
		wait_for(lambda: relay.post(message()).status == 502,
		    "the old authority to be gone")
		before = len(server.handshakes)
		equal(relay.post(message()).status, 502)
		equal(len(server.handshakes), before, "handshakes")


def test_reload_ca_file():
	"""The same path with other content."""
	ours = certificates()
	with FaultServer(tls="implicit", certificate=ours.strange) as server:
		relay = Relay(relays="")
		path = os.path.join(relay.directory, "ca.pem")
		def install(authority):
			with open(authority.path) as source, open(path, "w") as file:
				file.write(source.read())
		install(ours.ca)
		relay.configuration.relays = trusting(server, 'ca "%s"' % path)
		with relay:
			check_unavailable(relay, server)
			install(ours.other_ca)
			relay.reload()
			wait_for(lambda: relay.post(message()).status == 202,
			    "mail to go through")


def test_reload_to_tls():
	"""Once TLS is configured, no connection without it is used again."""
	with FaultServer(tls="starttls") as server, Relay(relays=statement(
	    server.port)) as relay:
		check_accepted(relay.post(message()))
		equal(server.taken()[0].tls, None)
		relay.reload(relays=trusting(server))
		for _ in range(5):
			check_accepted(relay.post(message()))
		equal([t.tls for t in server.taken()[1:]], ["TLSv1.3"] * 5)


def test_reload_under_load():
	"""TLS, AUTH and authorities change again and again: no request fails."""
	with FaultServer(tls="starttls", users={"relay": "sesame"}) as server, \
	    Relay(relays=trusting(server, auth("relay", "sesame"))) as relay:
		with load.Load(relay.port) as sender:
			for i in range(15):
				items = ["connections %d" % (2 + i % 3),
				    auth("relay", "sesame")]
				if i % 2:
					items += ['protocols "tlsv1.2"', "no verify"]
				before = len(sender.accepted)
				relay.reload(relays=trusting(server, *items))
				wait_for(lambda: len(sender.accepted) > before + 5,
				    "mail to go through")
		equal(sender.failures, [])
		equal(sorted(load.request_ids(server.taken())),
		    sorted(sender.accepted))
		true(all(t.user == "relay" and t.tls for t in server.taken()),
		    "without TLS or AUTH")
		equal({t.tls for t in server.taken()}, {"TLSv1.2", "TLSv1.3"})


def test_idle_quit():
	with FaultServer(tls="implicit") as server, Relay(relays=trusting(server,
	    "connections 5 idle 1s")) as relay:
		check_accepted(relay.post(message()))
		wait_for(lambda: server.open_connections() == 0, "idle ones to quit")
		true("QUIT" in [c for _, c in server.commands], "left without QUIT")
		check_accepted(relay.post(message()))


@each((("starttls", "starttls"), ("implicit", "implicit")))
def test_closed_as_it_is_used(security):
	"""The server leaves at the moment of the next MAIL: another connection."""
	for end in (Last("421 4.4.2 Idle"), None):
		def leave(session):
			if session.server.taken() and session.number % 2 == 0:
				session.cut()
				return end
			return None
		with FaultServer(Plan(mail=leave), tls=security) as server, Relay(
		    relays=trusting(server, "connections 1")) as relay:
			for i in range(6):
				check_accepted(relay.post(message(subject="n%d" % i)))
			equal(sorted(t.content.split(b"Subject: ")[1].split(b"\r\n")[
			    0] for t in server.taken()),
			    [b"n%d" % i for i in range(6)])


def test_many_at_once():
	"""Concurrent handshakes, AUTH and mail, over no more than allowed."""
	with FaultServer(tls="starttls", users={"relay": "sesame"}) as server, \
	    Relay(relays=trusting(server, auth("relay", "sesame"),
	    "connections 8 messages 3")) as relay:
		results = []
		def work():
			for _ in range(5):
				results.append(relay.post(message()).status)
		threads = [threading.Thread(target=work) for _ in range(16)]
		for thread in threads:
			thread.start()
		for thread in threads:
			thread.join()
		equal(results, [202] * 80)
		equal(len(server.taken()), 80)
		true(all(t.user == "relay" and t.tls for t in server.taken()),
		    "without TLS or AUTH")


@each((security or "plain", security) for security in (None, "starttls",
    "implicit"))
def test_large(security):
	"""Megabytes each way, more than any buffer holds; a dot is doubled where it
	begins a line."""
	text = "".join("line %d of a long message\n" % i if i % 50 else ".\n"
	    for i in range(300000))
	sent = text.replace(".\n", "..\n").replace("\n", "\r\n").encode()
	with FaultServer(tls=security) as server, Relay(relays=trusting(server),
	    mail="max body 16M", top="max request 32M\nmax memory 64M") as relay:
		for _ in range(2):
			check_accepted(relay.post(message(body=text)))
		for transaction in server.taken():
			body = transaction.content.partition(b"\r\n\r\n")[2]
			true(body == sent, "%d octets, wanted %d" % (len(body),
			    len(sent)))


# Addresses and names.

@each((security or "plain", security) for security in (None, "starttls",
    "implicit"))
def test_ipv6(security):
	try:
		server = FaultServer(tls=security, host="::1")
	except OSError:
		raise Skip("no IPv6 here")
	with server, Relay(relays=trusting(server, host="::1"), log=LOG) as relay:
		document = check_accepted(relay.post(message()))
		equal(len(server.taken()), 1)
		equal(audit_line(relay, document["request_id"])["address"], "::1")


HOSTS = 'mount --bind "$0" /etc/hosts && exec "$@"'


class NamedRelay(Relay):
	"""Sees an /etc/hosts of its own."""

	def __init__(self, **parts):
		if os.geteuid() != 0:
			raise Skip("needs root to have an /etc/hosts of its own")
		super().__init__(**parts)
		self.hosts = os.path.join(self.directory, "hosts")
		self.wrapper = ["unshare", "--mount", "--propagation", "private",
		    "sh", "-c", HOSTS, self.hosts]

	def resolve(self, *addresses):
		# In place: the file is mounted, a new one would not be seen.
		with open(self.hosts, "w") as file:
			for address in addresses:
				file.write("%s mail.example.test\n" % address)


def named(server, *items):
	return trusting(server, *items, host="mail.example.test")


def test_name():
	"""Found by name, asked for by name, and verified by name."""
	with FaultServer(tls="implicit",
	    certificate=certificates().named) as server:
		relay = NamedRelay(relays=named(server), log=LOG)
		relay.resolve("127.0.0.1")
		with relay:
			document = check_accepted(relay.post(message()))
			equal(only(server.names), "mail.example.test")
			line = audit_line(relay, document["request_id"])
			equal((line["relay"], line["address"]),
			    ("mail.example.test", "127.0.0.1"))


def test_name_moves():
	"""The server moves to another address: the relay follows it."""
	with FaultServer() as old, FaultServer(host="127.0.0.2",
	    port=old.port) as new:
		relay = NamedRelay(relays=named(old, "tls none"))
		relay.resolve("127.0.0.1")
		with relay:
			check_accepted(relay.post(message()))
			relay.resolve("127.0.0.2")
			old.close()
			wait_for(lambda: relay.post(message()).status == 202,
			    "the new address to be found", 0.1)
			equal((len(old.taken()), len(new.taken())), (1, 1))


def test_name_moves_at_reload():
	"""A reload asks again, though the old address still answers."""
	with FaultServer() as old, FaultServer(host="127.0.0.2",
	    port=old.port) as new:
		relay = NamedRelay(relays=named(old, "tls none"))
		relay.resolve("127.0.0.1")
		with relay:
			check_accepted(relay.post(message()))
			relay.resolve("127.0.0.2")
			relay.reload()
			old.drop_all()
			def followed():
				check_accepted(relay.post(message()))
				old.drop_all()
				return new.taken()
			wait_for(followed, "the new address to be used", 0.1)


def test_name_with_two_addresses():
	"""The second is tried where the first does not answer."""
	with FaultServer(host="127.0.0.2") as server:
		relay = NamedRelay(relays=named(server, "tls none"))
		relay.resolve("127.0.0.1", "127.0.0.2")
		with relay:
			for _ in range(3):
				check_accepted(relay.post(message()))


def test_name_unknown():
	"""Unavailable until the name is there."""
	with FaultServer() as server:
		relay = NamedRelay(relays=named(server, "tls none"))
		relay.resolve()
		with relay:
			check_unavailable(relay, server)
			relay.resolve("127.0.0.1")
			wait_for(lambda: relay.post(message()).status == 202,
			    "the name to be found", 0.1)
