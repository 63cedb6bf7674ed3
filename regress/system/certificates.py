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

"""Certificates made for a test run: an authority, and what it signs, good and bad.

openssl(1) makes them, with elliptic keys, in a directory that goes with the run.
Keys have mode 0600, as the configuration demands.
"""

import functools
import os
import shutil
import ssl
import subprocess
import tempfile

from outcome import Skip

EXTENSIONS = """
[ca]
default_ca = authority
[authority]
database = {top}/index
new_certs_dir = {top}
default_md = sha256
policy = any
rand_serial = yes
unique_subject = no
[any]
commonName = supplied
[req]
distinguished_name = name
[name]
[root]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[leaf]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth, clientAuth
{names}
"""
NAMES = ("mail.example.test", "localhost")
ADDRESSES = ("127.0.0.1", "::1")
NOW = ("20240101000000Z", "20490101000000Z")
LONG_AGO = ("20200101000000Z", "20210101000000Z")


def openssl(*arguments):
	done = subprocess.run(("openssl",) + arguments, capture_output=True,
	    text=True, stdin=subprocess.DEVNULL)
	if done.returncode != 0:
		raise RuntimeError("openssl %s: %s" % (" ".join(arguments),
		    done.stderr))


class Certificate:
	"""path: the certificate and what leads to the root; key: its key."""

	def __init__(self, path, key):
		self.path, self.key = path, key

	def server_context(self, client_ca=None):
		"""For ssl's server side; with client_ca a client needs one too."""
		context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
		context.load_cert_chain(self.path, self.key)
		if client_ca is not None:
			context.load_verify_locations(client_ca)
			context.verify_mode = ssl.CERT_REQUIRED
		return context


class Authority:
	"""A root of its own, or one that another authority signed."""

	def __init__(self, top, name, signer=None):
		self.top = os.path.join(top, name)
		os.mkdir(self.top)
		open(os.path.join(self.top, "index"), "w").close()
		self.name, self.signer = name, signer
		self.key = self.make_key("ca")
		self.path = os.path.join(self.top, "ca.pem")
		maker = signer or self
		maker.sign(self.request(self.key, name), self.path, "root", NOW,
		    own_key=None if signer else self.key)

	def make_key(self, name, kind=("EC", "ec_paramgen_curve:P-256")):
		path = os.path.join(self.top, name + ".key")
		openssl("genpkey", "-quiet", "-algorithm", kind[0], "-pkeyopt",
		    kind[1], "-out", path)
		os.chmod(path, 0o600)
		return path

	def configuration(self, names=""):
		path = os.path.join(self.top, "openssl.cnf")
		with open(path, "w") as file:
			file.write(EXTENSIONS.format(top=self.top, names=names))
		return path

	def request(self, key, name):
		path = key[:-len("key")] + "csr"
		openssl("req", "-new", "-config", self.configuration(), "-key", key,
		    "-subj", "/CN=" + name, "-out", path)
		return path

	def sign(self, request, path, kind, dates, names="", own_key=None):
		"""With own_key, the certificate is its own issuer."""
		issuer = ("-selfsign", "-keyfile", own_key) if own_key else \
		    ("-cert", self.path, "-keyfile", self.key)
		openssl("ca", "-batch", "-notext", "-config",
		    self.configuration(names), "-extensions", kind, "-in", request,
		    "-out", path, "-startdate", dates[0], "-enddate", dates[1],
		    *issuer)

	def issue(self, name, names=NAMES, addresses=ADDRESSES, dates=NOW,
	    chain=True, self_signed=False, **key_kind):
		"""Returns a Certificate for these names."""
		alternatives = ["DNS:" + n for n in names] + \
		    ["IP:" + a for a in addresses]
		key = self.make_key(name, **key_kind)
		path = os.path.join(self.top, name + ".pem")
		self.sign(self.request(key, name), path, "leaf", dates,
		    "subjectAltName = " + ", ".join(alternatives),
		    key if self_signed else None)
		if chain and self.signer is not None:
			with open(path, "a") as file, open(self.path) as middle:
				file.write(middle.read())
		return Certificate(path, key)


	def ocsp(self, certificate):
		"""The path of a response that says it is good."""
		path = certificate.path[:-len("pem")] + "ocsp"
		question = certificate.path[:-len("pem")] + "question"
		openssl("ocsp", "-issuer", self.path, "-cert", certificate.path,
		    "-no_nonce", "-reqout", question)
		openssl("ocsp", "-index", os.path.join(self.top, "index"), "-CA",
		    self.path, "-rsigner", self.path, "-rkey", self.key, "-reqin",
		    question, "-respout", path, "-ndays", "7")
		return path


class Certificates:
	"""ca and other_ca are roots; the rest are Certificates by their fault."""

	def __init__(self):
		if shutil.which("openssl") is None:
			raise Skip("certificates need openssl(1)")
		self.directory = tempfile.TemporaryDirectory(prefix="rele-tls-")
		top = self.directory.name
		os.chmod(top, 0o755)
		self.ca = Authority(top, "root")
		self.other_ca = Authority(top, "stranger")
		self.middle_ca = Authority(top, "middle", self.ca)
		self.good = self.ca.issue("good")
		# The older kind of key that most servers still have.
		self.rsa = self.ca.issue("rsa", kind=("RSA", "rsa_keygen_bits:2048"))
		self.second = self.ca.issue("second", ("second.example.test",),
		    ())
		self.named = self.ca.issue("named", ("mail.example.test",), ())
		self.wrong_name = self.ca.issue("wrong", ("other.example.test",),
		    ("127.0.0.9",))
		self.expired = self.ca.issue("expired", dates=LONG_AGO)
		self.self_signed = self.ca.issue("lonely", self_signed=True)
		self.strange = self.other_ca.issue("strange")
		self.chained = self.middle_ca.issue("chained")
		self.unchained = self.middle_ca.issue("unchained", chain=False)
		self.client = self.ca.issue("client", ("client.example.test",), ())
		self.strange_client = self.other_ca.issue("client",
		    ("client.example.test",), ())


@functools.lru_cache(None)
def certificates():
	"""Those of this run, made when the first test asks."""
	return Certificates()
