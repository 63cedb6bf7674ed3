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
# replay.sh DIRECTORY NAME...: gives each fuzzer in DIRECTORY, which replays
# files, what is in regress/fuzz/corpus and what was found and mended, in
# regress/fuzz/findings.  The last line counts fuzzers.

set -u
cd "${0%/*}/.." || exit 1

directory=$1
shift
passed=0
failed=0

for name; do
	log=$directory/fuzz_$name.log
	inputs=$(find "regress/fuzz/findings/$name" "regress/fuzz/corpus/$name" \
	    -type f 2>/dev/null | sort)
	if [ -n "$inputs" ] &&
	    "$directory/fuzz_$name" $inputs >"$log" 2>&1 </dev/null; then
		passed=$((passed + 1))
		echo "ok      fuzz_$name: $(echo "$inputs" | wc -l | tr -d ' ') inputs"
	else
		failed=$((failed + 1))
		echo "FAILED  fuzz_$name${inputs:+, see $log}"
		[ -z "$inputs" ] || tail -n 40 "$log"
		echo "alone: make test ONLY=fuzz_$name"
	fi
done

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
