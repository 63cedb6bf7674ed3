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

#include <sys/socket.h>

#include <errno.h>
#include <unistd.h>

#include "stream.h"

Stream::Transfer
Stream::read(char *buffer, std::size_t size)
{
	for (;;) {
		ssize_t n = recv(fd.get(), buffer, size, 0);
		if (n > 0)
			return {Status::done, static_cast<std::size_t>(n)};
		if (n == 0)
			return {Status::closed, 0};
		if (errno == EAGAIN)
			return {Status::want_read, 0};
		if (errno != EINTR)
			return {Status::failed, 0};
	}
}

Stream::Transfer
Stream::write(const struct iovec *pieces, int count)
{
	struct msghdr message = {};

	message.msg_iov = const_cast<struct iovec *>(pieces);
	message.msg_iovlen =
	    static_cast<decltype(message.msg_iovlen)>(count);
	for (;;) {
		ssize_t n = sendmsg(fd.get(), &message, MSG_NOSIGNAL);
		if (n > 0)
			return {Status::done, static_cast<std::size_t>(n)};
		if (n == 0 || errno == EAGAIN || errno == ENOBUFS)
			return {Status::want_write, 0};
		if (errno != EINTR)
			return {Status::failed, 0};
	}
}

void
Stream::shutdown_write()
{
	shutdown(fd.get(), SHUT_WR);
}
