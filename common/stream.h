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

/*
 * A non-blocking stream of octets to a client or a server.  What is above it
 * never sees the descriptor's kind: TLS sits here too.
 */

#ifndef COMMON_STREAM_H
#define COMMON_STREAM_H

#include <sys/types.h>
#include <sys/uio.h>

#include <cstddef>

#include "fd.h"

class Stream {
public:
	enum class Status {
		done,       /* count octets were moved, at least one */
		want_read,  /* nothing moved: wait until it is readable */
		want_write, /* nothing moved: wait until it is writable */
		closed,     /* the peer sent its last octet (reads only) */
		failed,     /* errno says why */
	};
	struct Transfer {
		Status status;
		std::size_t count;
	};

	explicit Stream(Fd descriptor) : fd(std::move(descriptor))
	{
	}

	Transfer read(char *buffer, std::size_t size);
	Transfer write(const struct iovec *pieces, int count);
	/* Sends no more; what the peer sends can still be read. */
	void shutdown_write();
	int descriptor() const
	{
		return (fd.get());
	}

private:
	Fd fd;
};

#endif
