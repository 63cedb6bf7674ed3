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
# `make bench': installs the relay below build/ and prints the figures for
# speed, which regress/bench/bench.py explains (--help).
#
#	make bench				every row, in under 4 minutes
#	make bench ROWS="throughput pool"	those whose figures begin so
#	make bench ORIGINAL=/path		also against http-smtp-rele 0.15.1
#
# ORIGINAL is that program, or its tree (github.com/nabbisen/http-smtp-rele,
# tag 0.15.1) after `cargo build --release -p http-smtp-rele-cli'.
# Exit status 1: a figure is "failed", because a request was.

set -eu
cd "${0%/*}/.."

: "${MAKE:=make}"
: "${JOBS:=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)}"
# These belong to another PREFIX than ours.
unset PREFIX DESTDIR LIBEXECDIR EXAMPLESDIR MANDIR SYSCONFDIR CHROOT

sh regress/packages.sh bench
mkdir -p build
$MAKE -j"$JOBS" PREFIX="$PWD/build/root" stage >build/build.log 2>&1 || {
	cat build/build.log
	exit 1
}
# ROWS are words.
exec python3 regress/bench/bench.py --prefix "$PWD/build/root" \
    --original "${ORIGINAL:-}" ${ROWS:-}
