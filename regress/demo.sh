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
# `make demo': builds the relay, installs it below build/, starts it with a
# throw-away configuration beside a small mail server of ours, sends one
# message through it and shows what each side saw.  Afterwards nothing is left
# but what was compiled, for `make test' and another demo: users that had to be
# made for it are taken away.

set -eu
cd "${0%/*}/.."

. etc/accounts.sh

: "${MAKE:=make}" "${HTTP_USER:=_relehttp}" "${SMTP_USER:=_relesmtp}"
# These belong to another PREFIX than ours.
unset PREFIX DESTDIR LIBEXECDIR EXAMPLESDIR MANDIR SYSCONFDIR CHROOT
: "${JOBS:=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)}"
objects=build/test
tools=$PWD/$objects/regress
home=$PWD/build/demo
daemon=$home/sbin/http-smtp-rele
made_users=
relay=
sink=

say() {
	echo
	echo "==> $*"
}

fail() {
	echo "demo: $*" >&2
	[ ! -s "$home/log" ] || tail -n 20 "$home/log" >&2
	exit 1
}

stop() {
	[ -z "$1" ] || ! kill "$1" 2>/dev/null || wait "$1" || :
}

clean_up() {
	status=$?
	trap - EXIT
	trap '' HUP INT TERM
	stop "$relay"
	stop "$sink"
	for user in $made_users; do
		remove_account "$user"
		echo "user $user: taken away again"
	done
	rm -rf "$home"
	exit $status
}
trap clean_up EXIT
trap 'exit 1' HUP INT TERM

# As quickly as it compiles: for the relay to install, `make' builds another.
# (BSD make builds in obj/ in each directory, whatever BUILD is.)
build() {
	say "Building, in $objects"
	rm -rf "$home"
	mkdir -p "$home" "$objects"
	sh regress/progress.sh "$objects/demo.log" $MAKE -j"$JOBS" \
	    BUILD="$objects" SANITIZE= CXXFLAGS="${CXXFLAGS:--O0}" \
	    PRECOMPILED=sources PREFIX="$home" CHROOT="$home/empty" \
	    BINOWN="$(id -un)" BINGRP="$(id -gn)" \
	    MANOWN="$(id -un)" MANGRP="$(id -gn)" stage-demo ||
	    fail "it does not build"
	echo "three programs, installed below $home"
}

# As root the children change user and root directory; otherwise the daemon
# says that they cannot, and runs all the same.
prepare_users() {
	[ "$(id -u)" = 0 ] || return 0
	for user in "$HTTP_USER" "$SMTP_USER"; do
		account_exists "$user" && continue
		make_account "$user"
		made_users="$made_users $user"
		echo "user $user: made"
	done
	mkdir -m 755 "$home/empty"
}

start_sink() {
	mkdir "$home/mail"
	: >"$home/sink.out"
	"$tools/sink" -n 1 -o "$home/mail" >"$home/sink.out" &
	sink=$!
	for try in 1 2 3 4 5 6 7 8 9 10; do
		smtp_port=$(sed -n 's/^listening .* port //p' "$home/sink.out")
		[ -z "$smtp_port" ] || break
		sleep 1
	done
	[ -n "$smtp_port" ] || fail "the mail server did not start"
	say "A mail server is" "$(head -n 1 "$home/sink.out")"
}

configure() {
	umask 077
	"$daemon" -K demo >"$home/key.conf" 2>"$home/key.secret"
	sed -n 's/^# *\([A-Za-z0-9_-]*\)$/\1/p' "$home/key.secret" \
	    >"$home/secret"
	cat >"$home/http-smtp-rele.conf" <<EOT
listen on 127.0.0.1 port $1
mail {
	from "noreply@example.com" name "Example"
	recipients { "example.org" }
}
relay "127.0.0.1" port $smtp_port { reply text }
$(cat "$home/key.conf")
EOT
	"$daemon" -n -f "$home/http-smtp-rele.conf" 2>"$home/log" ||
	    fail "the configuration is refused"
}

# A port that another program has is an error at start: the next is tried.
start_relay() {
	port=$((20000 + $$ % 20000))
	for try in 1 2 3 4 5; do
		configure $port
		"$daemon" -d -f "$home/http-smtp-rele.conf" >"$home/log" 2>&1 &
		relay=$!
		"$tools/post" -q -w 10 127.0.0.1 $port /healthz \
		    >"$home/health" 2>/dev/null &&
		    kill -0 "$relay" 2>/dev/null && break
		stop "$relay"
		relay=
		port=$((port + 7))
	done
	[ -n "$relay" ] || fail "the relay did not start"
	say "The relay runs, with this configuration"
	cat "$home/http-smtp-rele.conf"
	echo
	cat "$home/health"
}

send() {
	cat >"$home/request.json" <<'EOT'
{"to":["user@example.org"],"subject":"Grüße vom Relay",
 "body":"The mail server said 250 before you were told 202.\n.\nÄpfel & Birnen\n"}
EOT
	say "POST /v1/send"
	"$tools/post" -k "$home/secret" 127.0.0.1 $port /v1/send \
	    "$home/request.json" | tee "$home/answer" || :
	id=$(sed -n 's/.*"request_id":"\([^"]*\)".*/\1/p' "$home/answer")
	grep -q '^< HTTP/1.1 202 ' "$home/answer" || fail "it was not accepted"
}

show_mail() {
	say "The mail server took"
	grep '^message' "$home/sink.out" || fail "nothing"
	echo
	tr -d '\r' <"$home/mail/1.eml"
}

show_status() {
	say "GET /v1/submissions/$id"
	"$tools/post" -k "$home/secret" 127.0.0.1 $port "/v1/submissions/$id" |
	    tee "$home/answer"
	grep -q '"smtp_accepted"' "$home/answer" || fail "its status is wrong"
}

show_log() {
	say "The relay logged"
	stop "$relay"
	relay=
	cat "$home/log"
}

start=$(date +%s)
sh regress/packages.sh demo
build
prepare_users
start_sink
start_relay
send
show_mail
show_status
show_log
say "Done, after $(($(date +%s) - start)) s"
