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
# `make test`: unit tests, a short run of every fuzzer, and the system tests
# against an installed daemon and real mail servers.  Installs the packages
# that it needs.  The last line counts all of them; the exit status is 1 when
# one failed or, under CI=true, was skipped.
#
#	FUZZ_SECONDS=10		how long each fuzzer runs
#	SANITIZE=address,undefined
#				of the programs built with these: then without
#				the sandbox, and tests of it are skipped

set -u
cd "${0%/*}/.." || exit 1

: "${MAKE:=make}" "${FUZZ_SECONDS:=10}" "${SANITIZE:=}"
build=build${SANITIZE:+/sanitize}
: "${JOBS:=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)}"
# These belong to another PREFIX than ours.
unset PREFIX DESTDIR LIBEXECDIR EXAMPLESDIR MANDIR SYSCONFDIR CHROOT
passed=0
failed=0
skipped=0
wrong=

# Runs a part of the tests and adds its closing line, "N passed, N failed" with
# perhaps ", N skipped", to ours.  A part without one, or with a bad exit
# status and no failure, counts as one failure.
part() {
	title=$1
	shift
	log=build/$(echo "$title" | tr ' ' '-').log
	echo "==> $title"
	{ "$@" 2>&1; echo "status $?"; } | tee "$log" | grep -v '^status [0-9]*$'
	status=$(sed -n 's/^status //p' "$log" | tail -n 1)
	line=$(grep -E '^[0-9]+ passed, [0-9]+ failed(, [0-9]+ skipped)?$' \
	    "$log" | tail -n 1)
	count "${line:-0 passed, 0 failed}" "$status" "$title"
}

count() {
	set -- $(echo "$1" | tr -d ',') "$2" "$3"
	passed=$((passed + $1))
	failed=$((failed + $3))
	bad=$3
	shift 4
	if [ $# -ge 4 ]; then
		skipped=$((skipped + $1))
		[ "${CI:-}" = true ] && bad=$((bad + $1))
		shift 2
	fi
	if [ "$1" != 0 ] && [ "$bad" -eq 0 ]; then
		echo "FAILED: $2 ended with status $1"
		failed=$((failed + 1))
		bad=1
	fi
	[ "$bad" -eq 0 ] || wrong="$wrong $2;"
}

# Whether an ordinary user can get here: the tests start the daemon as one.
reachable() {
	directory=$PWD
	while [ "$directory" != / ]; do
		case $(ls -ld "$directory") in
		d????????[xt]*) ;;
		*)	return 1 ;;
		esac
		directory=$(dirname "$directory")
	done
}

# Where the relay and the mail servers are put for the system tests.
choose_prefix() {
	prefix=$PWD/$build/root
	[ "$(id -u)" = 0 ] && ! reachable || return 0
	scratch=$(mktemp -d /var/tmp/http-smtp-rele.XXXXXXXXXX) || exit 1
	chmod 755 "$scratch"
	trap 'rm -rf "$scratch"' EXIT
	prefix=$scratch/root
	export SERVERS="$scratch/servers"
	trap 'exit 1' HUP INT TERM
}

skip() {
	echo "skipped: $1"
	skipped=$((skipped + 1))
}

sh regress/packages.sh test || exit 1
mkdir -p build
choose_prefix

echo "==> building"
{
	$MAKE -j"$JOBS" PREFIX="$prefix" PRECOMPILED=units stage unit-tests &&
	    $MAKE -j"$JOBS" SANITIZE= tools
} >build/build.log 2>&1 || {
	cat build/build.log
	echo "0 passed, 1 failed"
	exit 1
}

for unit in common parent http smtp; do
	part "unit tests $unit" $build/regress/test-$unit
done
export FUZZ_SECONDS
if [ -n "$SANITIZE" ]; then
	# Nobody may look for leaks in what is not dumpable.
	export SANITIZED=1 ASAN_OPTIONS=detect_leaks=0
fi
part "fuzzers" sh regress/fuzz.sh
if command -v python3 >/dev/null; then
	part "system tests" python3 regress/system/run.py --prefix "$prefix"
else
	skip "system tests: no python3 here"
fi

[ -z "$wrong" ] || echo "not clean:$wrong"
[ "${CI:-}" = true ] && failed=$((failed + skipped)) && skipped=0
if [ "$skipped" -gt 0 ]; then
	echo "$passed passed, $failed failed, $skipped skipped"
else
	echo "$passed passed, $failed failed"
fi
[ "$failed" -eq 0 ]
