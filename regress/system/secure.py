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

"""HTTPS: a relay that listens with TLS, and clients of it."""

import ssl

import http_client
from certificates import certificates
from relay import Configuration
from tcp import free_port

NAME = "mail.example.test"
HEALTH = http_client.request("GET", "/healthz")
VERSIONS = {"TLS 1.2": ssl.TLSVersion.TLSv1_2, "TLS 1.3": ssl.TLSVersion.TLSv1_3}


def pair(certificate, ocsp=None):
	return 'certificate "%s" key "%s"%s' % (certificate.path, certificate.key,
	    ' ocsp "%s"' % ocsp if ocsp else "")


def listen(port, *items):
	"""A statement; without items there is the good certificate."""
	return "listen on 127.0.0.1 port %d tls {\n\t%s\n}" % (port,
	    "\n\t".join(items or (pair(certificates().good),)))


def configured(smtp, *items, **parts):
	"""(configuration, the port with TLS)"""
	port = free_port()
	parts.setdefault("top", "")
	parts["top"] += "\n" + listen(port, *items)
	return Configuration(smtp, **parts), port


def context(version=None, ca=None, client=None):
	"""Trusts ca, by default the one of most certificates here."""
	made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
	made.load_verify_locations(ca or certificates().ca.path)
	if version is not None:
		made.minimum_version = made.maximum_version = VERSIONS[version]
	if client is not None:
		made.load_cert_chain(client.path, client.key)
	return made


def connect(port, name=NAME, tls=None, **how):
	return http_client.Connection(port, tls=tls or context(), name=name, **how)


def name_of(connection):
	"""Of the server's certificate."""
	return dict(pair[0] for pair in
	    connection.socket.getpeercert()["subject"])["commonName"]
