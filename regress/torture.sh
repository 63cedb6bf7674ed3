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
# `make torture': installs the relay below build/ and prints the figures for
# reliability, which regress/torture/torture.py explains (--help).
#
#	make torture				every row
#	make torture MESSAGES=10000		so many, not 100,000, while
#						everything fails (truth_)
#	make torture REQUESTS=100000		so many, not 1,000,000, to find
#						leaks (leak_)
#	make torture ROWS="truth recovery"	those whose figures begin so
#
# Exit status 1: a bar was missed, or a figure could not be had.

set -eu
cd "${0%/*}/.."

: "${MAKE:=make}"
: "${JOBS:=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)}"
# These belong to another PREFIX than ours.
unset PREFIX DESTDIR LIBEXECDIR EXAMPLESDIR MANDIR SYSCONFDIR CHROOT

sh regress/packages.sh test
mkdir -p build
$MAKE -j"$JOBS" PREFIX="$PWD/build/root" stage >build/build.log 2>&1 || {
	cat build/build.log
	exit 1
}
# ROWS are words.
exec python3 regress/torture/torture.py --prefix "$PWD/build/root" \
    --messages "${MESSAGES:-100000}" --requests "${REQUESTS:-1000000}" \
    ${ROWS:-}
