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
# `make fuzz SECONDS=600`: runs each fuzzer of regress/fuzz so long (60 s unless
# told), as many at once as there are processors, from its seeds in
# regress/fuzz/corpus and what earlier runs found in build/fuzz/corpus.  The last
# line counts fuzzers that found nothing and fuzzers that found something; what
# they found is in regress/fuzz/findings, and is tried again in every run, before
# anything else.

set -u
cd "${0%/*}/.." || exit 1

: "${MAKE:=make}" "${FUZZ_SECONDS:=60}" "${FUZZ_CXXFLAGS:=-O1 -g1}"
: "${JOBS:=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)}"
passed=0
failed=0

sh regress/packages.sh fuzz || exit 1
compiler=$(sh regress/fuzzing_compiler.sh)
if [ -z "$compiler" ]; then
	echo "no compiler with libFuzzer here (make test replays the corpus)" >&2
	echo "0 passed, 1 failed"
	exit 1
fi
engine=-fsanitize=fuzzer
if [ -n "${FUZZ_STDLIB:-}" ]; then
	compiler="$compiler -stdlib=$FUZZ_STDLIB"
	# libFuzzer itself needs the other; for -lstdc++ the compiler would take
	# the chosen one.
	engine="$engine -Wl,-lstdc++"
fi
directory=build/fuzz
mkdir -p build/fuzz/new
sh regress/progress.sh build/fuzz/build.log $MAKE -j"$JOBS" CXX="$compiler" \
    FUZZ_ENGINE="$engine" SANITIZE=fuzzer-no-link,address,undefined \
    CXXFLAGS="$FUZZ_CXXFLAGS" PRECOMPILED="sources units" BUILD="$directory" \
    fuzz-programs || {
	echo "0 passed, 1 failed"
	exit 1
}

# run NAME: as long as it is to run, or until it has found something.
run() {
	name=$1
	found=build/fuzz/corpus/$name
	seeds=regress/fuzz/corpus/$name
	findings=regress/fuzz/findings/$name
	log=build/fuzz/$name.log
	mkdir -p "$found" "$seeds"
	set -- "$directory/fuzzers/fuzz_$name"
	earlier=$(find "$findings" -type f 2>/dev/null)

	status=0
	if [ -n "$earlier" ] && ! "$@" $earlier >"$log" 2>&1; then
		status=1
	else
		"$@" -max_total_time="$FUZZ_SECONDS" -timeout=10 -rss_limit_mb=2048 \
		    -artifact_prefix="build/fuzz/new/$name-" \
		    -print_final_stats=1 "$found" "$seeds" >"$log" 2>&1 || status=$?
	fi
	echo $status >"build/fuzz/$name.status"
}

# They take the same time, so JOBS at once until all of those have ended.
names=$(ls regress/fuzz/fuzz_*.cc | sed 's,.*/fuzz_\(.*\)\.cc$,\1,')
rm -f build/fuzz/*.status
running=0
for name in $names; do
	run "$name" &
	running=$((running + 1))
	[ $((running % JOBS)) -ne 0 ] || wait
done
wait

for name in $names; do
	log=build/fuzz/$name.log
	status=$(cat "build/fuzz/$name.status" 2>/dev/null)
	if [ "$status" = 0 ]; then
		passed=$((passed + 1))
		echo "ok      fuzz_$name" \
		    "$(sed -n 's/^stat::number_of_executed_units: */runs: /p' \
		    "$log")"
	else
		failed=$((failed + 1))
		echo "FAILED  fuzz_$name ($log)"
		tail -n 40 "$log"
	fi
done

# Findings stay in the tree, for the next run.
for new in build/fuzz/new/*; do
	[ -e "$new" ] || break
	name=${new##*/}
	target=${name%%-*}
	mkdir -p "regress/fuzz/findings/$target"
	mv "$new" "regress/fuzz/findings/$target/${name#*-}"
	echo "kept regress/fuzz/findings/$target/${name#*-}"
done

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
