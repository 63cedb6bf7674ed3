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

"""HTTPS over SIGHUP: certificates are renewed, listeners come and go."""

import os
import re
import shutil
import ssl
import subprocess
import tempfile
import threading
import time

from certificates import certificates
from fault_server import FaultServer
from http_client import Closed, Connection
from load import Load
from outcome import Failure, each, equal, true, wait_for
from relay import Relay
from secure import HEALTH, configured, connect, context, listen, name_of, \
    pair
from tcp import free_port, port_answers
from test_reload import check_load


def lax(verify=ssl.CERT_REQUIRED):
	made = context()
	made.check_hostname = False
	made.verify_mode = verify
	return made


class Renewed:
	"""A certificate whose files are replaced, as renewal does it."""

	def __init__(self, directory):
		self.path = os.path.join(directory, "server.pem")
		self.key = os.path.join(directory, "server.key")

	def become(self, certificate, key=None):
		for source, target in ((certificate.path, self.path),
		    ((key or certificate).key, self.key)):
			shutil.copy(source, target + ".new")
			os.chmod(target + ".new", 0o600)
			os.rename(target + ".new", target)


def renewed(relay_or_directory):
	files = Renewed(relay_or_directory)
	files.become(certificates().good)
	return files


def test_renewal_under_load():
	"""Twenty renewals fail no request, and each certificate gets seen."""
	seen, lock, tls = [], threading.Lock(), lax()
	def secure(port, **how):
		connection = connect(port, tls=tls, **how)
		with lock:
			seen.append(name_of(connection))
		return connection
	top = os.path.dirname(certificates().good.path)
	files = renewed(top)
	kinds = (certificates().second, certificates().rsa)
	with FaultServer() as server:
		configuration, port = configured(server.port, pair(files))
		with Relay(configuration=configuration) as relay, \
		    Load(port, 4, reuse=5, connect=secure) as load:
			wait_for(lambda: seen, "the first certificate")
			for number in range(20):
				files.become(kinds[number % 2])
				relay.reload()
				mark = len(seen)
				wanted = ("second", "rsa")[number % 2]
				wait_for(lambda: wanted in seen[mark:],
				    "the certificate of renewal %d" % number)
			load.reach(50)
			load.stop()
			check_load(load, server)
	equal(set(seen), {"good", "second", "rsa"}, "certificates")


def test_connection_survives():
	"""Who is connected stays so; who comes next sees the new certificate."""
	files = renewed(os.path.dirname(certificates().good.path))
	configuration, port = configured(25, pair(files))
	with Relay(configuration=configuration) as relay:
		with connect(port, tls=lax()) as client:
			equal(client.exchange(HEALTH).status, 200)
			files.become(certificates().second)
			relay.reload()
			for _ in range(3):
				equal(client.exchange(HEALTH).status, 200)
			equal(name_of(client), "good")
		with connect(port, tls=lax()) as client:
			equal(name_of(client), "second")


def test_half_renewed():
	"""A certificate without its key leaves the one in force; so does -n."""
	files = renewed(os.path.dirname(certificates().good.path))
	configuration, port = configured(25, pair(files))
	with Relay(configuration=configuration) as relay:
		files.become(certificates().second, certificates().rsa)
		mark = len(relay.log())
		try:
			relay.reload()
		except Failure:
			pass
		relay.wait_for_log("certificate %s does not fit key %s" %
		    (files.path, files.key), mark)
		with connect(port, tls=lax()) as client:
			equal(name_of(client), "good")
		files.become(certificates().second)
		relay.reload()
		with connect(port, tls=lax()) as client:
			equal(name_of(client), "second")


def damaged(certificate, mode=0o600, chain=None):
	"""A copy of it in which something is not as it must be."""
	copy = Renewed(tempfile.mkdtemp(dir=os.path.dirname(certificate.path)))
	copy.become(certificate)
	os.chmod(copy.key, mode)
	if chain is not None:
		with open(copy.path, "a") as file:
			file.write(chain)
	return copy


REFUSALS = (
	("no certificate", lambda k: 'certificate "/none" key "%s"' % k.good.key,
	    "certificate /none: cannot be opened"),
	("another's key", lambda k: 'certificate "%s" key "%s"' % (k.good.path,
	    k.rsa.key), "does not fit key /"),
	("key that others read", lambda k: pair(damaged(k.good, 0o644)),
	    "mode 0644 lets others read it"),
	("damaged chain", lambda k: pair(damaged(k.good, chain="-----BEGIN "
	    "CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")), "tls: "),
	("no OCSP response", lambda k: pair(k.good, k.good.path),
	    "holds no OCSP response in DER form"),
	("another's OCSP response", lambda k: pair(k.good, k.ca.ocsp(k.rsa)),
	    "is about another certificate"),
	("no authority", lambda k: pair(k.good) + ' client ca "/dev/null"',
	    "client ca /dev/null: is not a regular file"),
	("no protocol", lambda k: pair(k.good) + ' protocols "sslv2"',
	    "protocols: no list of protocols"),
	("too many", lambda k: "\n".join([pair(k.good)] * 17),
	    "more than 16 certificates"),
)


@each(REFUSALS)
def test_refused(items, words):
	"""At start and by -n: the line, and what is wrong with it."""
	configuration, _ = configured(25, items(certificates()))
	relay = Relay(configuration=configuration)
	relay.write()
	done = subprocess.run([relay.program, "-n", "-f", relay.path],
	    capture_output=True, text=True)
	equal(done.returncode, 1, done.stderr)
	true(re.search("conf:\\d+: listen on: .*" + re.escape(words), done.stderr),
	    done.stderr)


def test_ended_is_warned_about():
	"""A certificate that has ended, or does soon, is served all the same."""
	known = certificates()
	soon = time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + 9.5 * 86400))
	ending = known.ca.issue("soon", dates=("20240101000000Z", soon))
	configuration, port = configured(25, pair(known.expired), pair(ending))
	with Relay(configuration=configuration) as relay:
		relay.wait_for_log("certificate %s has ended" % known.expired.path)
		relay.wait_for_log("certificate %s ends in 9 days" % ending.path)
		with connect(port, tls=lax(ssl.CERT_NONE)) as client:
			equal(client.exchange(HEALTH).status, 200)


def test_listeners_change():
	"""TLS comes to a socket, changes and goes, and takes others with it."""
	with Relay(25) as relay:
		port, more = free_port(), free_port()
		plain = "listen on 127.0.0.1 port %d" % port
		relay.reload(top=plain)
		with Connection(port) as kept:
			equal(kept.exchange(HEALTH).status, 200)
			relay.reload(top=listen(port) + "\n" + listen(more,
			    pair(certificates().second)))
			# What was plain when it was accepted stays so.
			equal(kept.exchange(HEALTH).status, 200)
			with connect(port) as client:
				equal(client.exchange(HEALTH).status, 200)
				equal(name_of(client), "good")
			with connect(more, tls=lax()) as client:
				equal(name_of(client), "second")
			with connect(port) as client:
				relay.reload(top=plain)
				equal(client.exchange(HEALTH).status, 200)
			with Connection(port) as client:
				equal(client.exchange(HEALTH).status, 200)
		wait_for(lambda: not port_answers(more), "the socket to go")


def test_client_authority_changes():
	"""Whose certificates are good is reloaded as well."""
	known = certificates()
	port = free_port()
	def with_ca(authority):
		return listen(port, pair(known.good), 'client ca "%s"' %
		    authority.path)
	def welcome(client):
		try:
			with connect(port, tls=context(client=client)) as c:
				return c.exchange(HEALTH).status == 200
		except (OSError, Closed):
			return False
	with Relay(25, top=with_ca(known.ca)) as relay:
		true(welcome(known.client), "a known client")
		true(not welcome(known.strange_client), "a stranger")
		relay.reload(top=with_ca(known.other_ca))
		true(not welcome(known.client), "who is a stranger now")
		true(welcome(known.strange_client), "who is known now")
