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

"""Postfix from Debian's package: smtpd in, virtual(8) delivery to a maildir."""

import os
import subprocess

import packages
from private_server import MAIL_UID, PASSWORD, USER, PrivateServer

MAIN = """
compatibility_level = 3.6
queue_directory = {top}/spool
data_directory = {top}/data
command_directory = {package}/usr/sbin
daemon_directory = {package}/usr/lib/postfix/sbin
shlib_directory = {package}/usr/lib/postfix
meta_directory = {package}/etc/postfix
sendmail_path = {package}/usr/sbin/sendmail
newaliases_path = {package}/usr/sbin/sendmail
mailq_path = {package}/usr/sbin/sendmail
import_environment = MAIL_CONFIG LD_LIBRARY_PATH SASL_PATH
export_environment = MAIL_CONFIG LD_LIBRARY_PATH SASL_PATH
maillog_file_prefixes = {top}
maillog_file = {top}/maillog
mail_owner = relepostfix
setgid_group = relepostdrop
default_privs = nobody
inet_interfaces = loopback-only
inet_protocols = ipv4
myhostname = mail.example.test
mydestination =
mynetworks = 127.0.0.0/8
alias_maps =
smtputf8_enable = yes
allow_min_user = yes
message_size_limit = {size}
virtual_mailbox_domains = example.com, example.org
virtual_mailbox_base = {mail}
virtual_mailbox_maps = static:box/
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{uid}
virtual_mailbox_limit = 0
virtual_minimum_uid = 100
smtpd_recipient_restrictions =
    check_recipient_access inline:{{
      {{refused@example.com = 550 5.1.1 No such user here}},
      {{busy@example.com = 450 4.2.0 Try again later}} }}
    permit_mynetworks, reject
smtpd_relay_restrictions = permit_mynetworks, reject
smtpd_client_connection_count_limit = 0
smtpd_banner = $myhostname ESMTP
smtpd_timeout = {idle}
smtpd_tls_chain_files = {key}, {certificate}
smtpd_tls_received_header = yes
smtpd_sasl_type = cyrus
smtpd_sasl_path = smtpd
cyrus_sasl_config_path = {top}/etc/sasl
smtpd_sasl_local_domain = example.test
smtpd_sasl_authenticated_header = yes
"""

SASL = """
pwcheck_method: auxprop
auxprop_plugin: sasldb
sasldb_path: {top}/etc/sasldb
mech_list: PLAIN LOGIN
"""

LISTENER = "127.0.0.1:%d inet n - n - 60 smtpd%s\n"
SECURE = {
	"plain": "",
	"starttls": " -o smtpd_tls_security_level=encrypt",
	"implicit": " -o smtpd_tls_wrappermode=yes",
}
DEMAND_AUTH = " -o smtpd_sasl_auth_enable=yes" \
    " -o smtpd_client_restrictions=permit_sasl_authenticated,reject"

MASTER = """
tlsmgr unix - - n 1000? 1 tlsmgr
postlog unix-dgram n - n - 1 postlogd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
virtual unix - n n - - virtual
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
"""


class Postfix(PrivateServer):
	users = (("relepostfix", 64021, "/nonexistent"),
	    ("relepostdrop", 64022, "/nonexistent"))

	def __init__(self, idle="300s", size=10240000):
		self.package = packages.unpacked("postfix")
		super().__init__()
		self.idle, self.size = idle, size
		self.configure()

	def configure(self):
		values = {"top": self.directory, "package": self.package,
		    "mail": self.mail, "uid": MAIL_UID, "idle": self.idle,
		    "size": self.size, "key": self.key,
		    "certificate": self.certificate}
		self.write("etc/main.cf", MAIN.format(**values))
		self.write("etc/master.cf", "".join(LISTENER % (port,
		    SECURE[security] + (DEMAND_AUTH if auth else ""))
		    for (security, auth), port in self.ports.items()) + MASTER)
		self.write("etc/sasl/smtpd.conf", SASL.format(**values))
		self.make_user(os.path.join(self.directory, "etc/sasldb"))
		for name in ("spool", "data"):
			os.makedirs(os.path.join(self.directory, name), exist_ok=True)
		os.chown(os.path.join(self.directory, "data"), 64021, 64021)

	def make_user(self, path):
		subprocess.run([os.path.join(self.package, "usr/sbin/saslpasswd2"),
		    "-p", "-c", "-f", path, "-u", "example.test", USER],
		    input=PASSWORD, text=True, check=True, env=self.environment())
		os.chown(path, 64021, 64021)

	def environment(self):
		libraries = packages.library_path("postfix")
		plugins = [os.path.join(d, "sasl2") for d in libraries.split(":")]
		return dict(os.environ, LD_LIBRARY_PATH=libraries,
		    SASL_PATH=":".join(p for p in plugins if os.path.isdir(p)),
		    MAIL_CONFIG=os.path.join(self.directory, "etc"))

	def prepare(self):
		# The queue's directories are post-install's business; master wants them.
		spool = os.path.join(self.directory, "spool")
		lines = []
		for name in ("active bounce corrupt defer deferred flush hold incoming"
		    " private saved trace").split():
			lines.append("mkdir -p %s/%s; chmod 700 %s/%s; chown relepostfix %s/%s"
			    % ((spool, name) * 3))
		lines.append("mkdir -p %s/pid; chmod 755 %s/pid" % (spool, spool))
		# Open to all, for its postdrop is not set-gid here.
		for name in ("maildrop", "public"):
			lines.append("mkdir -p %s/%s; chown relepostfix:relepostdrop"
			    " %s/%s; chmod 1777 %s/%s" % ((spool, name) * 3))
		return "\n".join(lines) + "\n" + self.default_configuration()

	def default_configuration(self):
		# For its sendmail: nobody but root may name another.
		return """
rm -rf /etc/postfix
ln -s %s/etc /etc/postfix
""" % self.directory

	def sendmail(self):
		"""Its path, for those who see the server's files."""
		return self.write("sendmail", """#!/bin/sh
LD_LIBRARY_PATH=%s exec %s/usr/sbin/sendmail "$@"
""" % (packages.library_path("postfix"), self.package), 0o755)

	def command(self):
		return [os.path.join(self.package, "usr/lib/postfix/sbin/master"),
		    "-c", os.path.join(self.directory, "etc"), "-i"]
