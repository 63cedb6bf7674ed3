/*
 * Copyright (c) 2026 The http-smtp-rele authors
 *
 * Permission to use, copy, modify, and distribute this software for any
 * purpose with or without fee is hereby granted, provided that the above
 * copyright notice and this permission notice appear in all copies.
 *
 * THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
 * WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
 * MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
 * ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
 * WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
 * ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
 * OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.
 */

/* Two connected sockets of a test's own. */

#ifndef REGRESS_UNIT_SOCKET_PAIR_H
#define REGRESS_UNIT_SOCKET_PAIR_H

#include <sys/types.h>
#include <sys/socket.h>

#include <stdlib.h>

#include <utility>

#include "fd.h"

/*
 * Non-blocking and close-on-exec, with room for 208 KB each way, as Linux
 * gives: OpenBSD's have 32 KB, too little for what tests write before they
 * read.
 */
inline std::pair<Fd, Fd>
make_socket_pair()
{
	const int room = 208 * 1024;
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
		fds) == -1)
		abort();
	for (int fd : fds)
		for (int option : {SO_SNDBUF, SO_RCVBUF}) {
			int has = 0;
			socklen_t length = sizeof(has);

			if (getsockopt(fd, SOL_SOCKET, option, &has, &length) ==
				-1 ||
			    (has < room &&
				setsockopt(fd, SOL_SOCKET, option, &room,
				    sizeof(room)) == -1))
				abort();
		}
	return {Fd(fds[0]), Fd(fds[1])};
}

#endif
