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
# packages.sh demo | test | fuzz | bench | check
#
# Installs the Debian packages that building, testing or checking needs and
# that are missing.  Says so, and asks nothing.  Without apt-get it does
# nothing: the compiler then names what it misses.  The names are those of
# Debian 12 and 13, but for check's, which are Debian 12's.

set -eu

demo="g++ make byacc libevent-dev libtls-dev libssl-dev libjansson-dev
    libsqlite3-dev libhiredis-dev"
# netbase: /etc/services, for ports with names; openssl: certificates;
# python3-venv: what judges openapi.json and TLS is from PyPI, where that can
# be reached.
test="$demo catch2 python3 python3-venv netbase redis-server openssl curl"
fuzz="$demo"
bench="$demo python3 wrk redis-server"
# The oldest compiler and library that OpenBSD has, and what boots Debian 13.
check="$test clang-16 libclang-rt-16-dev libc++-16-dev libc++abi-16-dev
    bmake mandoc python3-pip debootstrap"

command -v apt-get >/dev/null && command -v dpkg-query >/dev/null || exit 0

case $1 in
demo)	wanted=$demo ;;
test)	wanted=$test ;;
fuzz)	wanted=$fuzz
	# Any clang that has libFuzzer will do.
	[ -n "$(sh "${0%/*}/fuzzing_compiler.sh")" ] ||
	    wanted="$wanted clang libclang-rt-dev" ;;
bench)	wanted=$bench ;;
check)	wanted=$check ;;
esac

missing=
for package in $wanted; do
	status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>&1) || :
	[ "$status" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

as_root=
if [ "$(id -u)" != 0 ]; then
	if ! sudo -n true 2>/dev/null; then
		echo "These packages are missing; as root, say" >&2
		echo "    apt-get install$missing" >&2
		exit 1
	fi
	as_root="sudo -n"
fi

echo "==> Installing with apt-get:$missing"
export DEBIAN_FRONTEND=noninteractive
install="$as_root apt-get -q -y --no-install-recommends install"
# The lists may be missing or old.
$install $missing </dev/null >/dev/null 2>&1 || {
	$as_root apt-get -q update </dev/null
	$install $missing </dev/null
}
