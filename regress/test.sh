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
# `make test`: builds as quickly as it compiles, then runs unit tests, what the
# fuzzers have found and grown (without a fuzzing compiler), and the system tests
# against an installed daemon and real mail servers.  Installs the packages that
# it needs.  The last line counts all of them; the exit status is 1 when one
# failed or, under CI=true, was skipped.
#
#	ONLY=text		only tests, of any kind, whose name holds the text
#				(with `*' at its ends: that begin or end so); only
#				what they need is built
#	PARTS="units fuzzers system"
#				only tests of these kinds
#	SANITIZE=address,undefined
#				of the programs built with these: then without
#				the sandbox, and tests of it are skipped

set -u
cd "${0%/*}/.." || exit 1

: "${MAKE:=make}" "${SANITIZE:=}" "${ONLY:=}"
: "${PARTS:=units fuzzers system}"
objects=build/test
if [ -n "$SANITIZE" ]; then
	objects=build/sanitize
	: "${CXXFLAGS:=-O1 -g1}"
fi
: "${CXXFLAGS:=-O0}"
: "${JOBS:=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)}"
# These belong to another PREFIX than ours.
unset PREFIX DESTDIR LIBEXECDIR EXAMPLESDIR MANDIR SYSCONFDIR CHROOT
export CXXFLAGS
passed=0
failed=0
skipped=0
wrong=
scratch=
running=

clean_up() {
	[ -z "$running" ] || kill $running 2>/dev/null
	[ -z "$scratch" ] || rm -rf "$scratch"
}
trap clean_up EXIT
trap 'exit 1' HUP INT TERM

# What is run: the names of programs of unit tests, of fuzzers, and whether any
# system test.

lower() {
	tr '[:upper:]' '[:lower:]'
}

# ONLY as a pattern of the shell, in small letters.
pattern() {
	text=$(printf '%s' "$ONLY" | lower | sed 's/[][?\\]/\\&/g')
	case $text in
	*"*"*)	printf '%s' "$text" ;;
	*)	printf '*%s*' "$text" ;;
	esac
}

any_matches() {
	while IFS= read -r name; do
		case $name in
		$wanted) return 0 ;;
		esac
	done
	return 1
}

# The names of test cases; a string may be in several pieces.
cases_of() {
	cat regress/unit/"$1"_*.cc | tr '\n\t' '  ' |
	    grep -o 'TEST_CASE( *"[^"]*"\( *"[^"]*"\)*' |
	    sed -e 's/" *"//g' -e 's/^[^"]*"//' -e 's/"$//' | lower
}

# The same for Catch2, which takes some characters for its own.
catch_pattern() {
	text=$(printf '%s' "$ONLY" | sed 's/[][,"\\~]/\\&/g')
	case $text in
	*"*"*)	printf '%s' "$text" ;;
	*)	printf '*%s*' "$text" ;;
	esac
}

choose() {
	units="common parent http smtp"
	fuzzers=$(ls regress/fuzz/fuzz_*.cc | sed 's,.*/fuzz_\(.*\)\.cc$,\1,')
	system=true
	for kind in units fuzzers; do
		case " $PARTS " in
		*" $kind "*) ;;
		*)	eval $kind= ;;
		esac
	done
	case " $PARTS " in
	*" system "*) ;;
	*)	system=false ;;
	esac
	[ -n "$ONLY" ] || return 0

	wanted=$(pattern)
	all_units=$units
	units=
	for unit in $all_units; do
		! cases_of $unit | any_matches || units="$units $unit"
	done
	all_fuzzers=$fuzzers
	fuzzers=
	for name in $all_fuzzers; do
		! echo "fuzz_$name" | any_matches || fuzzers="$fuzzers $name"
	done
	$system && command -v python3 >/dev/null &&
	    [ -n "$(python3 regress/system/run.py -l -k "$ONLY")" ] ||
	    system=false
	if [ -z "$units$fuzzers" ] && ! $system; then
		echo "no test's name holds \"$ONLY\""
		echo "0 passed, 1 failed"
		exit 1
	fi
}

begin() {
	nth=$((nth + 1))
	title=$1
	began=${2:-$(date +%s)}
	echo "==> [$nth/$parts] $title"
}

end() {
	echo "    $title: $1, $((${2:-$(date +%s)} - began)) s"
}

# Adds a part's closing line, "N passed, N failed" with perhaps ", N skipped", to
# ours.  A part without one, or with a bad exit status and no failure, counts as
# one failure.
sum_up() {
	status=$1
	line=$(grep -E '^[0-9]+ passed, [0-9]+ failed(, [0-9]+ skipped)?$' \
	    "$2" | tail -n 1)
	line=${line:-0 passed, 0 failed}
	set -- $(echo "$line" | tr -d ',')
	passed=$((passed + $1))
	failed=$((failed + $3))
	bad=$3
	if [ $# -ge 6 ]; then
		skipped=$((skipped + $5))
		[ "${CI:-}" = true ] && bad=$((bad + $5))
	fi
	if [ "$status" != 0 ] && [ "$bad" -eq 0 ]; then
		echo "FAILED: $title ended with status $status"
		failed=$((failed + 1))
		bad=1
	fi
	[ "$bad" -eq 0 ] || wrong="$wrong $title;"
}

# A part that is shown while it runs.
part() {
	log=build/$(echo "$1" | tr ' ' '-').log
	begin "$1"
	shift
	status=$({
		{ "$@" 2>&1 3>&- 4>&-; echo $? >&3; } | tee "$log" >&4
	} 3>&1)
	sum_up "${status:-1}" "$log"
	end "$line"
}

# Unit tests have nothing in common, so their programs run beside each other;
# each is shown when it, and those before it, have ended.
start_units() {
	for unit in $units; do
		log=build/unit-tests-$unit.log
		{
			date +%s
			"$objects/regress/test-$unit" \
			    ${ONLY:+"$(catch_pattern)"} 2>&1 </dev/null
			echo "status $?"
			date +%s
		} >"$log" &
		running="$running $!"
	done
}

show_unit() {
	log=build/unit-tests-$1.log
	process=${running# }
	process=${process%% *}
	wait "$process"
	running=${running#" $process"}
	begin "unit tests $1" "$(sed -n 1p "$log")"
	sed -e 1d -e '/^status [0-9]*$/,$d' "$log"
	sum_up "$(sed -n 's/^status //p' "$log")" "$log"
	end "$line" "$(tail -n 1 "$log")"
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
	prefix=$PWD/$objects/root
	[ "$(id -u)" = 0 ] && ! reachable || return 0
	scratch=$(mktemp -d /var/tmp/http-smtp-rele.XXXXXXXXXX) || exit 1
	chmod 755 "$scratch"
	prefix=$scratch/root
	export SERVERS="$scratch/servers"
}

build() {
	sh regress/progress.sh "build/$1.log" $MAKE -j"$JOBS" \
	    CXXFLAGS="$CXXFLAGS" PRECOMPILED="sources units" PREFIX="$prefix" \
	    UNITS="$units" UNIT_CXXFLAGS="${UNIT_CXXFLAGS:--O0}" \
	    BUILD="$2" SANITIZE="$3" $4 || {
		echo "0 passed, 1 failed"
		exit 1
	}
}

skip() {
	echo "skipped: $1"
	skipped=$((skipped + 1))
}

sh regress/packages.sh test || exit 1
mkdir -p build
choose_prefix
choose
exec 4>&1

nth=0
parts=1
for unit in $units; do
	parts=$((parts + 1))
done
[ -z "$fuzzers" ] || parts=$((parts + 1))
! $system || parts=$((parts + 1))

begin "building, in $objects"
build build "$objects" "$SANITIZE" "${units:+unit-tests}\
    ${fuzzers:+fuzz-programs} $(! $system || echo stage-test)"
# It cannot be sanitized.
! $system || [ -z "$SANITIZE" ] || build build-tools build/test "" system-tools
end "done"

if [ -n "$SANITIZE" ]; then
	# Nobody may look for leaks in what is not dumpable.
	export SANITIZED=1 ASAN_OPTIONS=detect_leaks=0
fi
start_units
for unit in $units; do
	show_unit $unit
done
[ -z "$fuzzers" ] ||
    part "fuzzers" sh regress/replay.sh "$objects/fuzzers" $fuzzers
if ! $system; then
	:
elif command -v python3 >/dev/null; then
	export INJECT="$PWD/build/test/regress/inject"
	part "system tests" python3 regress/system/run.py --prefix "$prefix" \
	    ${ONLY:+-k "$ONLY"}
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
