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
# Functions for the accounts of the children; to be sourced.

PATH=$PATH:/usr/sbin:/sbin

account_exists() {
	id "$1" >/dev/null 2>&1
}

# A user and a group of one name, who own nothing and cannot log in.
make_account() {
	if [ "$(uname -s)" = OpenBSD ]; then
		useradd -c "http-smtp-rele" -d /var/empty -g =uid -L daemon \
		    -s /sbin/nologin "$1"
	elif command -v useradd >/dev/null; then
		useradd --system --user-group --no-create-home \
		    --home-dir /nonexistent --shell /usr/sbin/nologin \
		    --comment "http-smtp-rele" "$1"
	else
		addgroup -S "$1"
		adduser -S -D -H -h /nonexistent -s /sbin/nologin -G "$1" "$1"
	fi
}

remove_account() {
	if command -v userdel >/dev/null; then
		userdel "$1"
	else
		deluser "$1"
	fi
	# Most remove the group with its user.
	if ! command -v groupdel >/dev/null; then
		delgroup "$1" 2>/dev/null || :
	elif grep -q "^$1:" /etc/group; then
		groupdel "$1"
	fi
}
