#!/bin/sh
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
# `make setup': what the installed daemon needs outside PREFIX.  The users that
# the children change to, the empty directory that they are confined to, and a
# configuration with a fresh key.  What is there already stays as it is.

set -eu
cd "${0%/*}"
. ./accounts.sh

daemon=$PREFIX/sbin/http-smtp-rele
configuration=$SYSCONFDIR/http-smtp-rele.conf

fail() {
	echo "setup: $*" >&2
	exit 1
}

[ -z "${DESTDIR:-}" ] || fail "this changes the running system, not DESTDIR"
[ "$(id -u)" = 0 ] || fail "has to be run as root"
[ -x "$daemon" ] || fail "no $daemon: make install comes first"

for user in "$HTTP_USER" "$SMTP_USER"; do
	if account_exists "$user"; then
		echo "user $user: is there"
	else
		make_account "$user"
		echo "user $user: made"
	fi
done

if [ -d "$CHROOT" ]; then
	echo "$CHROOT: is there"
else
	(umask 022 && mkdir -p "$CHROOT")
	chown 0:0 "$CHROOT"
	chmod 755 "$CHROOT"
	echo "$CHROOT: made"
fi

if [ -e "$configuration" ]; then
	echo "$configuration: is there"
	exit 0
fi
umask 077
new=$configuration.new
cat "$EXAMPLESDIR/http-smtp-rele.conf" >"$new"
echo >>"$new"
# This shows the secret, once: it is stored nowhere.
"$daemon" -K default >>"$new"
"$daemon" -n -f "$new" || fail "$new is not good"
mv "$new" "$configuration"
echo "$configuration: made, with the key of that secret"
echo "Say in it who mail is from and who may be written to."
