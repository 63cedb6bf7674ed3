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
# Prints the name of a compiler that has libFuzzer, or nothing: FUZZ_CXX before
# others.

scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT

cat >"$scratch/target.cc" <<EOT
extern "C" int
LLVMFuzzerTestOneInput(const unsigned char *, unsigned long)
{
	return (0);
}
EOT

for compiler in ${FUZZ_CXX:-} clang++ clang++-16 clang++-19; do
	command -v "$compiler" >/dev/null || continue
	"$compiler" -fsanitize=fuzzer,address -o "$scratch/target" \
	    "$scratch/target.cc" >/dev/null 2>&1 || continue
	echo "$compiler"
	break
done
