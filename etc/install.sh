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
# install.sh FILE...: puts the examples of etc/ under EXAMPLESDIR, with PREFIX
# in them where they say /usr/local.

set -eu
cd "${0%/*}"

for file; do
	directory=$DESTDIR$EXAMPLESDIR
	mode=444
	case $file in
	rc.d/*)	mode=555 ;;
	esac
	case $file in
	*/*)	directory=$directory/${file%/*} ;;
	esac
	${INSTALL:-install} -d "$directory"
	sed "s,/usr/local/,$PREFIX/,g" "$file" >"$directory/.new"
	chmod $mode "$directory/.new"
	mv -f "$directory/.new" "$directory/${file##*/}"
	echo "$directory/${file##*/}"
done
