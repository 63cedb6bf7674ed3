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

import os
import resource
import socket

from outcome import WATCHDOG, Failure, Skip

# Below what systems choose from for connections, so that none of those can have
# the port when it is wanted; in blocks, each of one process at a time.
BLOCKS = range(10000, 32000, 250)
_claims = []			# sockets on the first port of each block of ours
_left = []			# ports of the last one


def claim():
	"""Another block: whoever listens on its first port has it.  Listening on
	nothing is shared, so this holds among all test runs of the machine."""
	for first in BLOCKS:
		try:
			_claims.append(socket.create_server(("127.0.0.1", first)))
		except OSError:
			continue
		return list(range(first + 1, first + BLOCKS.step))
	if not _claims:
		raise Failure("no ports are left from %d to %d" % (BLOCKS.start,
		    BLOCKS.stop))
	# All ports again that this process has given out before.
	return [port for taken in _claims for port in range(
	    taken.getsockname()[1] + 1, taken.getsockname()[1] + BLOCKS.step)]


def free_port(host="127.0.0.1"):
	"""A port that nobody listens on, and that nobody else will be given."""
	family = socket.AF_INET6 if ":" in host else socket.AF_INET
	while True:
		if not _left:
			_left.extend(claim())
		port = _left.pop(0)
		with socket.socket(family) as probe:
			try:
				probe.bind((host, port))
			except OSError:
				continue
		return port


def port_answers(port, host="127.0.0.1"):
	try:
		socket.create_connection((host, port), WATCHDOG).close()
		return True
	except OSError:
		return False


def queues(port, client):
	"""(octets that the server at this port has for the client's socket, octets
	of the client's that it has not read yet)"""
	if not os.path.exists("/proc/net/tcp"):
		raise Skip("no /proc/net/tcp here")
	wanted = (port, client.getsockname()[1])
	with open("/proc/net/tcp") as file:
		for line in file.readlines()[1:]:
			_, local, remote, _, both = line.split()[:5]
			if (int(local[-4:], 16), int(remote[-4:], 16)) == wanted:
				return tuple(int(n, 16) for n in both.split(":"))
	raise Failure("no connection from port %d to %d" % wanted[::-1])


def raise_descriptor_limit(wanted):
	"""As many sockets for this process."""
	soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
	if soft >= wanted:
		return
	try:
		resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, max(hard, wanted)))
	except (ValueError, OSError):
		raise Skip("no more than %d descriptors here" % hard)
