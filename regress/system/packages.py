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
unpacked with dpkg -x under build/servers.  So is what apt would install with it:
a library that the machine lacks lies beside the server that needs it.
"""

import functools
import glob
import os
import re
import shutil
import subprocess

from outcome import Skip, by_one

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
# They change user, and must then still get at their files: regress/test.sh says
# where when the tree is only root's.
SERVERS = os.environ.get("SERVERS") or os.path.join(TOP, "build", "servers")

# What the tests need of a server beyond what it depends on; from here also where
# the machine has it.
BESIDE = {
	"postfix": ["libsasl2-modules", "libsasl2-modules-db", "sasl2-bin"],
	"nginx": ["libnginx-mod-stream"],
}

# The loader that the kernel starts goes with no other libc than the machine's.
NEVER = {"libc6"}

# Debian 12's OpenSMTPD cannot do TLS with Debian 12's OpenSSL (OpenSMTPD's issue
# 1171); the one in its backports can.  It depends on no more than the other.
BACKPORTED = {("bookworm", "opensmtpd")}
BACKPORTS = "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] " \
    "%s %s-backports main\n"

APT_GET = ["apt-get", "-q", "-o", "APT::Sandbox::User=root"]
# Changes with every package that is installed or removed.
STATUS = "/var/lib/dpkg/status"


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
	for tool in ("apt-get", "dpkg"):
		if shutil.which(tool) is None:
			raise Skip("%s cannot be fetched: no %s here" % (package, tool))
	complete = os.path.join(directory, ".complete")
	wanted = [package] + BESIDE.get(package, [])
	backported = (release(), package) in BACKPORTED
	title = "%s of %s%s:" % (" ".join(wanted), release(),
	    "-backports" if backported else "")
	made_of = contents(complete) or ""
	# apt takes its time to answer.
	if made_of.startswith(title) and \
	    os.stat(STATUS).st_mtime < os.stat(complete).st_mtime:
		return
	lacking = [n for n in missing(wanted) if n not in wanted]
	now_of = " ".join([title] + lacking)
	if made_of == now_of:
		os.utime(complete)
		return
	shutil.rmtree(directory, ignore_errors=True)
	os.makedirs(directory)
	if backported:
		download_backport(wanted.pop(0), directory)
	if wanted + lacking:
		apt_get(package, ["download"] + wanted + lacking,
		    directory=directory)
	for archive in glob.glob(os.path.join(directory, "*.deb")):
		subprocess.run(["dpkg", "-x", archive, directory], check=True)
		os.unlink(archive)
	with open(complete, "w") as file:
		file.write(now_of)


def missing(packages):
	"""What apt would install for the packages; it is only asked, as everybody
	may.  A package of all architectures holds no program and no library."""
	said = apt_get(packages[0], ["-s", "--no-install-recommends", "install"] +
	    packages)
	found = re.findall(r"^Inst (\S+) .*?\(\S+ .*?\[([\w-]+)\]\)", said, re.M)
	return [name for name, architecture in found
	    if architecture != "all" and name not in NEVER]


def contents(path):
	"""None where there is no such file."""
	if not os.path.exists(path):
		return None
	with open(path) as file:
		return file.read()


def release():
	"""Debian's name for the release that this machine runs."""
	text = contents("/etc/os-release") or ""
	return text.partition("VERSION_CODENAME=")[2].split("\n")[0]


def site():
	"""The server that the machine has its own Debian from."""
	said = subprocess.run(["apt-get", "indextargets", "--format",
	    "$(CODENAME) $(COMPONENT) $(SITE)", "Created-By: Packages"],
	    capture_output=True, text=True).stdout
	found = re.search(r"^%s main (.*)$" % release(), said, re.M)
	if not found:
		raise Skip("apt has no source of this Debian")
	return found[1]


def download_backport(package, directory):
	"""With lists of our own: the system's stay as they are."""
	own = os.path.join(directory, ".apt")
	lists = os.path.join(own, "lists")
	sources = os.path.join(own, "sources.list")
	os.makedirs(os.path.join(lists, "partial"))
	with open(sources, "w") as file:
		file.write(BACKPORTS % (site(), release()))
	apt_get(package, ["download", package], [
	    "-o", "Dir::Etc::SourceList=" + sources,
	    "-o", "Dir::Etc::SourceParts=/nonexistent",
	    "-o", "Dir::State::Lists=" + lists, "-o", "Dir::Cache=" + lists],
	    directory)
	shutil.rmtree(own)


def apt_get(package, arguments, options=(), directory=None):
	"""What it prints.  The lists may be missing or old; package is named where
	it fails."""
	command = APT_GET + list(options)
	for attempt in range(2):
		done = subprocess.run(command + arguments, cwd=directory,
		    stdin=subprocess.DEVNULL, capture_output=True, text=True)
		if done.returncode == 0:
			return done.stdout
		if attempt == 0 and (options or os.geteuid() == 0):
			subprocess.run(command + ["update"], capture_output=True)
	raise Skip("%s cannot be fetched: %s" % (package,
	    done.stderr.strip().splitlines()[-1:] or "apt-get failed"))


def library_path(package):
	"""LD_LIBRARY_PATH for the package's programs; a directory of libraries is
	named for the machine's architecture."""
	directory = unpacked(package)
	return ":".join(found for name in ("usr/lib/postfix", "usr/lib/*-linux-*",
	    "lib/*-linux-*") for found in glob.glob(os.path.join(directory, name)))
