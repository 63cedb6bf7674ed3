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
# progress.sh LOG MAKE ARGUMENT...
#
# Builds, and shows how far it is: on a terminal in one line, else with a line
# every few seconds.  What make printed goes to LOG; when it fails, what failed
# is shown.  How many files there are, GNU make tells beforehand; another make
# does not.

set -u

log=$1
shift
: >"$log"
start=$(date +%s)
every=5

# A compiler's command line that makes an object or a precompiled header.
compiles=' -c -o \| -x c++-header -o '

total=
if "$1" --version 2>/dev/null | grep -q '^GNU Make'; then
	total=$("$@" -n 2>/dev/null | grep -c -e "$compiles")
	[ "$total" -ne 0 ] || total=
	# What belongs together is printed together, when it has ended.
	set -- "$@" --output-sync=target
fi

terminal=false
[ ! -t 1 ] || terminal=true

show() {
	text="$n${total:+ of $total} files compiled, $((now - start)) s"
	if $terminal; then
		printf '\r    %s' "$text"
	else
		echo "    $text"
	fi
}

follow() {
	n=0
	shown=$start
	while IFS= read -r line; do
		printf '%s\n' "$line" >>"$log"
		case $line in
		*" -c -o "* | *" -x c++-header -o "* | *" -c "*.cc*) ;;
		*)	continue ;;
		esac
		n=$((n + 1))
		now=$(date +%s)
		$terminal || [ $((now - shown)) -ge $every ] || continue
		shown=$now
		show
	done
	now=$(date +%s)
	if [ "$n" -eq 0 ]; then
		echo "    nothing to compile"
	elif $terminal; then
		show
		echo
	elif [ "$shown" -ne "$now" ] || [ "$n" = "$total" ]; then
		show
	fi
}

# The commands that failed, with what they said: a command begins a block, and
# make's "***" ends one.
failures() {
	awk '
	/(\+\+|cc|clang)[^ ]* .* -o / { block = "" }
	{ block = block $0 "\n" }
	/\*\*\* \[|^\*\*\* Error/ { printf "%s", block; block = ""; found = 1 }
	END { exit !found }' "$log" || tail -n 60 "$log"
}

# The pipe's status is follow's: make's comes by descriptor 3.
exec 4>&1
status=$({
	{ "$@" 2>&1 3>&- 4>&- </dev/null; echo $? >&3; } | follow >&4
} 3>&1)
if [ "${status:-1}" != 0 ]; then
	failures
	exit 1
fi
