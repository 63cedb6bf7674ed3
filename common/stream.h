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
#include <memory>
#include <string>

#include "fd.h"

struct tls;
struct tls_config;

class Stream {
public:
	enum class Status {
		done,       /* count octets were moved, at least one */
		want_read,  /* nothing moved: wait until it is readable */
		want_write, /* nothing moved: wait until it is writable */
		closed,     /* the peer sent its last octet (reads only) */
		failed,     /* failure() says why */
	};
	struct Transfer {
		Status status;
		std::size_t count;
	};

	explicit Stream(Fd descriptor);
	~Stream();
	Stream(const Stream &) = delete;
	Stream &operator=(const Stream &) = delete;

	/*
	 * From here on there is TLS, of which we are the client; handshake()
	 * comes next.  name: whom the server's certificate must name, unless
	 * config says otherwise.  False: failed.
	 */
	bool start_tls(struct tls_config *config, const std::string &name);
	/*
	 * The same as the server's side of a connection; server must outlive
	 * the handshake.
	 */
	bool accept_tls(struct tls *server);
	/* To be called until it is done, without a count, or failed. */
	Status handshake();
	bool has_tls() const
	{
		return (tls != nullptr);
	}

	/*
	 * With TLS, octets may have arrived that no event tells of: read until
	 * it wants more, or while holds_input().
	 */
	Transfer read(char *buffer, std::size_t size);
	/* The last read() may have left something here that it could give. */
	bool holds_input() const;
	/*
	 * With TLS, what it could not write is to be written next, unchanged,
	 * and it may want to read first.
	 */
	Transfer write(const struct iovec *pieces, int count);
	/*
	 * Sends no more; what the peer sends can still be read, but with TLS
	 * as it comes: undeciphered, good for nothing but to be thrown away.
	 */
	void shutdown_write();
	/* The subject of the client's certificate; empty: it gave none. */
	std::string peer_subject() const;
	/* Why the last call failed, for the log. */
	std::string failure() const;
	int descriptor() const
	{
		return (fd.get());
	}

private:
	class Tls;

	Transfer outcome(ssize_t n) const;

	Fd fd;
	std::unique_ptr<Tls> tls;
	int error = 0; /* errno; 0: TLS knows */
};

#endif
