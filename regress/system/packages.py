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

"""Debian packages unpacked beside the system, never installed.

Mail servers conflict as packages, so each is fetched with apt-get download and
unpacked with dpkg -x under build/servers.  A library that the machine lacks is
unpacked beside the server that needs it.
"""

import functools
import glob
import os
import shutil
import subprocess

from outcome import Skip, by_one

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
# They change user, and must then still get at their files: regress/test.sh says
# where when the tree is only root's.
SERVERS = os.environ.get("SERVERS") or os.path.join(TOP, "build", "servers")

# What a server needs that a minimal Debian may lack.
NEEDS = {
	"postfix": ["libdb5.3", "libicu72", "libnsl2", "libsasl2-2",
	    "libsasl2-modules", "libsasl2-modules-db", "libssl3", "libtirpc3",
	    "sasl2-bin"],
	"opensmtpd": ["libcrypt1", "libdb5.3", "libevent-2.1-7", "libpam0g",
	    "libssl3", "zlib1g"],
	"exim4-daemon-light": ["libdb5.3", "libgnutls-dane0", "libgnutls30",
	    "libidn12", "libidn2-0", "libnsl2", "libpcre2-8-0", "libtirpc3",
	    "libunbound8"],
	"nginx": ["libcrypt1", "libnginx-mod-stream", "libpcre2-8-0", "libssl3",
	    "zlib1g"],
	"haproxy": ["libcrypt1", "liblua5.3-0", "libopentracing-c-wrapper0",
	    "libopentracing1", "libpcre2-8-0", "libssl3", "libsystemd0"],
	"prometheus": [], # its programs are linked statically, but for libc
}

# Debian 12's OpenSMTPD cannot do TLS with Debian 12's OpenSSL (OpenSMTPD's issue
# 1171); the one in its backports can.
BACKPORTED = {("bookworm", "opensmtpd")}
BACKPORTS = "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] " \
    "http://deb.debian.org/debian %s-backports main\n"


@functools.lru_cache(None)
def unpacked(package):
	"""The directory that holds the package's files, fetched on first use."""
	directory = os.path.join(SERVERS, package)
	os.makedirs(SERVERS, exist_ok=True)
	# apt-get, too, wants to be the only one.
	with by_one(os.path.join(SERVERS, "lock")):
		unpack(package, directory)
	return directory


def unpack(package, directory):
	"""Unless it has been."""
	wanted = [package] + [n for n in NEEDS[package] if not installed(n)]
	backported = (release(), package) in BACKPORTED
	made_of = " ".join(wanted) + (" from backports" if backported else "")
	if made_of == contents(os.path.join(directory, ".complete")):
		return
	for tool in ("apt-get", "dpkg", "dpkg-query"):
		if shutil.which(tool) is None:
			raise Skip("%s cannot be fetched: no %s here" % (package, tool))
	shutil.rmtree(directory, ignore_errors=True)
	os.makedirs(directory)
	if backported:
		download_backport(wanted.pop(0), directory)
	if wanted:
		download(wanted, directory)
	for archive in glob.glob(os.path.join(directory, "*.deb")):
		subprocess.run(["dpkg", "-x", archive, directory], check=True)
		os.unlink(archive)
	with open(os.path.join(directory, ".complete"), "w") as file:
		file.write(made_of)


def contents(path):
	"""None where there is no such file."""
	if not os.path.exists(path):
		return None
	with open(path) as file:
		return file.read()


def installed(package):
	query = subprocess.run(["dpkg-query", "-W", "-f", "${db:Status-Status}",
	    package], capture_output=True, text=True)
	return query.returncode == 0 and query.stdout.startswith("installed")


def release():
	"""Debian's name for the release that this machine runs."""
	text = contents("/etc/os-release") or ""
	return text.partition("VERSION_CODENAME=")[2].split("\n")[0]


def download_backport(package, directory):
	"""With lists of our own: the system's stay as they are."""
	own = os.path.join(directory, ".apt")
	lists = os.path.join(own, "lists")
	sources = os.path.join(own, "sources.list")
	os.makedirs(os.path.join(lists, "partial"))
	with open(sources, "w") as file:
		file.write(BACKPORTS % release())
	download([package], directory, ["-o", "Dir::Etc::SourceList=" + sources,
	    "-o", "Dir::Etc::SourceParts=/nonexistent",
	    "-o", "Dir::State::Lists=" + lists, "-o", "Dir::Cache=" + lists])
	shutil.rmtree(own)


def download(packages, directory, options=()):
	command = ["apt-get", "-q", "-o", "APT::Sandbox::User=root", *options]
	for attempt in range(2):
		fetched = subprocess.run(command + ["download"] + packages,
		    cwd=directory, capture_output=True, text=True)
		if fetched.returncode == 0:
			return
		if attempt == 0 and (options or os.geteuid() == 0):
			subprocess.run(command + ["update"], capture_output=True)
	raise Skip("%s cannot be fetched: %s" % (packages[0],
	    fetched.stderr.strip().splitlines()[-1:] or "apt-get failed"))


def library_path(package):
	"""LD_LIBRARY_PATH for the package's programs."""
	directory = unpacked(package)
	return ":".join(os.path.join(directory, name) for name in (
	    "usr/lib/postfix", "usr/lib/x86_64-linux-gnu",
	    "usr/lib/aarch64-linux-gnu", "lib/x86_64-linux-gnu",
	    "lib/aarch64-linux-gnu"))
