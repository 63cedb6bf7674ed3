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
# `make openbsd': compiles every source that OpenBSD would build, with its libc's
# headers, and links the programs for it.  The compiler is zig's, from PyPI:
# clang with OpenBSD's headers and the symbols of its libc.  libevent is 1.4's
# API alone (regress/openbsd/event.h); of the other libraries the headers are
# Debian's, and what is linked are stubs with their symbols, so that a program
# that needs a function which OpenBSD lacks does not link.
#
# Nothing of it can be run here.  The last line counts programs.

set -u
cd "${0%/*}/.." || exit 1

targets="x86_64-openbsd aarch64-openbsd"
programs="relayd-parent relayd-http relayd-smtp"
tools="post sink"
libraries="crypto ssl tls jansson sqlite3 hiredis"

: "${JOBS:=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)}"
work=$PWD/build/openbsd
zig=$work/zig/ziglang/zig
export ZIG_GLOBAL_CACHE_DIR="$work/cache" ZIG_LOCAL_CACHE_DIR="$work/cache"
passed=0
failed=0

fail() {
	echo "openbsd: $*" >&2
	echo "0 passed, 1 failed"
	exit 1
}

# A variable of a directory's Makefile, above the first line with a dot.
variable() {
	sed -e '/^\./,$d' -e '/^#/d' "$1/Makefile" | awk -v name="$2" '
	    { more = sub(/\\$/, "") }
	    $0 ~ "^" name "=" { sub(/^[^=]*=/, ""); wanted = 1 }
	    wanted { print }
	    !more { wanted = 0 }' | tr '\n\t' '  '
}

result() {
	if [ "$1" -eq 0 ]; then
		passed=$((passed + 1))
		echo "ok      $2"
	else
		failed=$((failed + 1))
		echo "FAILED  $2"
	fi
}

get_compiler() {
	[ -x "$zig" ] && return
	echo "==> installing ziglang below build/openbsd"
	python3 -m pip install -q --disable-pip-version-check \
	    --target "$work/zig" 'ziglang>=0.17' || fail "no ziglang"
}

# Debian's directories hold glibc too, so what is wanted is taken out of them.
copy_headers() {
	mkdir -p "$work/include"
	cp regress/openbsd/event.h "$work/include"
	for from in /usr/include /usr/include/$(cc -print-multiarch); do
		for header in tls.h jansson.h jansson_config.h sqlite3.h \
		    openssl hiredis; do
			[ ! -e "$from/$header" ] ||
			    cp -R "$from/$header" "$work/include"
		done
	done
}

# OpenSSL's libcrypto has what LibreSSL's has not.
only_openssl='^(OSSL_|EVP_Q_|EVP_RAND|EVP_KDF|EVP_MAC|.*_(fetch|ex2|get0_name)$)'

symbols() {
	if [ "$1" = event ]; then
		grep -o '\<ev[a-z]*_[a-z_]*(struct\|\<ev[a-z]*_[a-z_]*(' \
		    regress/openbsd/event.h | sed 's/(.*//' | sort -u
		return
	fi
	library=$(cc -print-file-name="lib$1.so")
	nm -D --defined-only "$library" |
	    sed -n 's/^[0-9a-f]* [TWDRBV] \([A-Za-z0-9_]*\)\(@.*\)*$/\1/p' |
	    sort -u | grep -vE "$only_openssl"
}

make_stubs() {
	mkdir -p "$work/$1/lib"
	for library in event $libraries; do
		stub=$work/stubs/lib$library.c
		mkdir -p "$work/stubs"
		symbols $library | sed 's/.*/void &(void) {}/' >"$stub"
		[ -s "$stub" ] || fail "no symbols of lib$library"
		"$zig" cc -target "$1" -w -fno-builtin -shared \
		    -o "$work/$1/lib/lib$library.so" "$stub" ||
		    fail "cannot make a stub of lib$library"
	done
}

# compile TARGET DIRECTORY SOURCE...: objects below build/openbsd/TARGET.
compile() {
	target=$1
	directory=$2
	shift 2
	mkdir -p "$work/$target/$directory"
	for source; do
		case $source in
		parse.cc) path=$work/parse.cc ;;
		*)	path=$directory/$source ;;
		esac
		echo "-c -o $work/$target/$directory/${source%.cc}.o $path"
	done | xargs -P "$JOBS" -n 4 "$zig" c++ -target "$target" $flags \
	    $precompiled -I"$directory" -Icommon -I"$work/include"
}

# With the first target a source that lacks an #include has been found.
precompile() {
	precompiled=
	[ "$1" != "${targets%% *}" ] || return 0
	"$zig" c++ -target "$1" $flags -x c++-header \
	    -o "$work/$1/precompiled" regress/precompiled.h &&
	    precompiled="-include-pch $work/$1/precompiled"
}

objects() {
	for source in $(variable "$2" SRCS); do
		echo "$work/$1/$2/${source%.cc}.o"
	done
}

link() {
	target=$1
	name=$2
	shift 2
	mkdir -p "$work/$target/bin"
	"$zig" c++ -target "$target" -L"$work/$target/lib" \
	    -o "$work/$target/bin/$name" "$@"
}

check_target() {
	make_stubs "$1"
	precompile "$1"
	compile "$1" common $(variable common SRCS)
	result $? "$1: common"
	for program in $programs; do
		compile "$1" $program $(variable $program SRCS) &&
		    link "$1" $(variable $program PROG) $(objects "$1" $program) \
		    $(objects "$1" common) $(variable $program LDADD)
		result $? "$1: $program"
	done
	for tool in $tools; do
		compile "$1" regress/tools $tool.cc mail_server.cc &&
		    link "$1" $tool "$work/$1/regress/tools/$tool.o" \
		    "$work/$1/regress/tools/mail_server.o" \
		    $(objects "$1" common) $(variable relayd-smtp LDADD)
		result $? "$1: $tool"
	done
}

flags='-std=c++20 -O0 -g0 -fno-sanitize=undefined -D_FORTIFY_SOURCE=0
    -Wall -Wextra -Wshadow -Werror
    -DVERSION="0" -DSYSCONFDIR="/etc" -DLIBEXECDIR="/usr/local/libexec"
    -DSBINDIR="/usr/local/sbin" -DHTTP_USER="_relehttp"
    -DSMTP_USER="_relesmtp" -DCHROOT="/var/empty"
    -DCA_FILE="/etc/ssl/cert.pem"'

[ "$(uname -s)" != OpenBSD ] || fail "this is OpenBSD: make builds for it"
mkdir -p "$work"
get_compiler
copy_headers
# OpenBSD's yacc is Berkeley's.
"$(command -v byacc || echo yacc)" -o "$work/parse.cc" relayd-parent/parse.y ||
    fail "parse.y is refused"
for target in $targets; do
	check_target "$target"
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
