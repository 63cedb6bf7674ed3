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

"""OpenSMTPD from Debian's package, delivering to a maildir."""

import os
import subprocess

import packages
from private_server import PASSWORD, USER, PrivateServer

CONFIGURATION = """
pki ours cert "{certificate}"
pki ours key "{key}"
table people {{ "{user}" = "{password}" }}
{listeners}table everybody {{ "@" = relemail }}
table domains {{ "example.com", "example.org" }}
table refused {{ "refused@example.com" }}
action deliver maildir "{mail}/box" virtual <everybody>
match from any for rcpt-to <refused> reject
match from any for domain <domains> action deliver
"""

LISTENER = "listen on 127.0.0.1 port %d hostname mail.example.test%s\n"
SECURE = {
	"plain": "",
	"starttls": " tls-require pki ours",
	"implicit": " smtps pki ours",
}
DEMAND_AUTH = " auth <people>"


class OpenSMTPD(PrivateServer):
	users = (("opensmtpd", 64023, "/var/lib/opensmtpd/empty"),
	    ("opensmtpq", 64024, "/var/lib/opensmtpd/empty"))
	unable = (("plain", True),)
	certificate_kind = "rsa"
	covered = ("/var/spool", "/var/lib", "/run", "/usr/libexec")

	def __init__(self):
		self.package = packages.unpacked("opensmtpd")
		super().__init__()
		listeners = "".join(LISTENER % (port, SECURE[security] +
		    (DEMAND_AUTH if auth else ""))
		    for (security, auth), port in self.ports.items())
		self.configuration = self.write("smtpd.conf", CONFIGURATION.format(
		    listeners=listeners, mail=self.mail, user=USER,
		    password=self.hashed(), key=self.key,
		    certificate=self.certificate), 0o600)

	def hashed(self):
		"""The password as crypt(3) has it."""
		return subprocess.run(["openssl", "passwd", "-6", "-stdin"],
		    input=PASSWORD, check=True, capture_output=True,
		    text=True).stdout.strip()

	def environment(self):
		return dict(os.environ,
		    LD_LIBRARY_PATH=packages.library_path("opensmtpd"))

	def prepare(self):
		return """
cp -R {package}/usr/libexec/opensmtpd /usr/libexec/opensmtpd
mkdir -p /var/lib/opensmtpd/empty /var/spool/smtpd
chmod 711 /var/spool/smtpd
mkdir -p {top}/bin
cp {package}/usr/sbin/smtpctl {top}/bin/sendmail
chgrp opensmtpq {top}/bin/sendmail
chmod 2755 {top}/bin/sendmail
""".format(package=self.package, top=self.directory) + \
		    self.library_mounts("opensmtpd")

	def sendmail(self):
		"""Its path, for those who see the server's files."""
		return os.path.join(self.directory, "bin/sendmail")

	def command(self):
		return [os.path.join(self.package, "usr/sbin/smtpd"), "-d",
		    "-f", self.configuration]
