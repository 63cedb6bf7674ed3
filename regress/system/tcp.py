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

"""Ports, sockets and plain TCP facts on the loopback address."""

import resource
import socket

from outcome import Skip

_given = set()


def free_port(host="127.0.0.1"):
	"""A port that nobody listens on and that was not given out before."""
	family = socket.AF_INET6 if ":" in host else socket.AF_INET
	while True:
		with socket.socket(family) as probe:
			probe.bind((host, 0))
			port = probe.getsockname()[1]
		if port not in _given:
			_given.add(port)
			return port


def port_answers(port, host="127.0.0.1"):
	try:
		socket.create_connection((host, port), 1).close()
		return True
	except OSError:
		return False


def raise_descriptor_limit(wanted):
	"""As many sockets for this process."""
	soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
	if soft >= wanted:
		return
	try:
		resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, max(hard, wanted)))
	except (ValueError, OSError):
		raise Skip("no more than %d descriptors here" % hard)
