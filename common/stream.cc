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
#include <sys/uio.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <tls.h>

#include <algorithm>
#include <cstring>

#include "stream.h"

namespace {

/*
 * What one recv(2) gives: a record of TLS and its header, and a little more.
 * All connections share it, for what a call leaves in it is kept elsewhere.
 */
char received[17 * 1024];

/* Of TLS itself, at once: who sends more wants to keep us busy. */
constexpr int messages_max = 100;

/* As libtls's callbacks return it. */
ssize_t
as_result(ssize_t n, ssize_t want)
{
	return (n == -1 && errno == EAGAIN ? want : n);
}

} /* namespace */

/*
 * A connection's TLS.  libssl asks for a record's header and then for its
 * rest: one recv(2) is made of that.
 */
class Stream::Tls {
public:
	explicit Tls(int descriptor) : fd(descriptor)
	{
	}
	/* Says farewell if that is possible at once. */
	~Tls()
	{
		if (context == nullptr)
			return;
		tls_close(context);
		tls_free(context);
	}
	Tls(const Tls &) = delete;
	Tls &operator=(const Tls &) = delete;

	bool connect(struct tls_config *config, const std::string &name)
	{
		return (tls_configure(context, config) == 0 &&
		    tls_connect_cbs(context, receive, send, this,
			name.c_str()) == 0);
	}
	bool accept(struct tls *server)
	{
		return (tls_accept_cbs(
			    server, &context, receive, send, this) == 0);
	}

	ssize_t read(char *buffer, std::size_t size)
	{
		ssize_t n = again([&] {
			return (tls_read(context, buffer, size));
		});

		/* Of a record that fits, libssl has nothing left. */
		filled = n == static_cast<ssize_t>(size);
		keep_rest();
		return (n);
	}
	ssize_t write(const void *buffer, std::size_t size)
	{
		ssize_t n = tls_write(context, buffer, size);

		keep_rest();
		return (n);
	}
	ssize_t handshake()
	{
		ssize_t status =
		    again([&] { return (tls_handshake(context)); });

		keep_rest();
		return (status);
	}
	bool holds_input() const
	{
		return (filled || begin != end);
	}

	struct tls *context = nullptr;

private:
	static ssize_t receive(
	    struct tls *, void *buffer, std::size_t size, void *argument)
	{
		return (static_cast<Tls *>(argument)->take(buffer, size));
	}
	static ssize_t send(
	    struct tls *, const void *buffer, std::size_t size, void *argument)
	{
		ssize_t n;

		do
			n = ::send(static_cast<Tls *>(argument)->fd, buffer,
			    size, MSG_NOSIGNAL);
		while (n == -1 && errno == EINTR);
		if (n == -1 && errno == ENOBUFS)
			errno = EAGAIN;
		return (as_result(n, TLS_WANT_POLLOUT));
	}
	ssize_t take(void *buffer, std::size_t size)
	{
		if (begin == end) {
			ssize_t n = fill();

			if (n <= 0)
				return (as_result(n, TLS_WANT_POLLIN));
			begin = 0;
			end = static_cast<std::size_t>(n);
		}
		size = std::min(size, end - begin);
		std::memcpy(buffer, octets + begin, size);
		begin += size;
		return (static_cast<ssize_t>(size));
	}
	ssize_t fill()
	{
		ssize_t n;

		octets = received;
		do
			n = recv(fd, received, sizeof(received), 0);
		while (n == -1 && errno == EINTR);
		return (n);
	}

	/*
	 * libtls stops behind every message of TLS itself, and no event tells
	 * of those that are here already.
	 */
	template <typename Call> ssize_t again(Call call)
	{
		ssize_t result = call();

		for (int i = 0; result == TLS_WANT_POLLIN && begin != end;
		     i++) {
			if (i == messages_max)
				return (-1);
			result = call();
		}
		return (result);
	}
	/* Until the next call; mostly there is none, and it costs nothing. */
	void keep_rest()
	{
		if (begin == end)
			kept.reset();
		else if (octets == received) {
			end -= begin;
			kept = std::make_unique_for_overwrite<char[]>(end);
			std::memcpy(kept.get(), received + begin, end);
			begin = 0;
			octets = kept.get();
		}
	}

	int fd;
	bool filled = false; /* read() gave all that it was asked for */
	/* Received, not yet asked for: from begin to end of octets. */
	const char *octets = nullptr;
	std::size_t begin = 0, end = 0;
	std::unique_ptr<char[]> kept;
};

Stream::Stream(Fd descriptor) : fd(std::move(descriptor))
{
}

Stream::~Stream() = default;

bool
Stream::start_tls(struct tls_config *config, const std::string &name)
{
	error = 0;
	tls = std::make_unique<Tls>(fd.get());
	tls->context = tls_client();
	if (tls->context == nullptr) {
		error = ENOMEM;
		return (false);
	}
	return (tls->connect(config, name));
}

bool
Stream::accept_tls(struct tls *server)
{
	error = 0;
	tls = std::make_unique<Tls>(fd.get());
	if (tls->accept(server))
		return (true);
	tls.reset();
	error = ENOMEM;
	return (false);
}

bool
Stream::holds_input() const
{
	return (tls != nullptr && tls->holds_input());
}

Stream::Status
Stream::handshake()
{
	ssize_t status = tls->handshake();

	if (status == 0)
		return (Status::done);
	return (outcome(status).status);
}

/* What a call of libtls came to. */
Stream::Transfer
Stream::outcome(ssize_t n) const
{
	if (n > 0)
		return {Status::done, static_cast<std::size_t>(n)};
	switch (n) {
	case 0:
		return {Status::closed, 0};
	case TLS_WANT_POLLIN:
		return {Status::want_read, 0};
	case TLS_WANT_POLLOUT:
		return {Status::want_write, 0};
	default:
		return {Status::failed, 0};
	}
}

Stream::Transfer
Stream::read(char *buffer, std::size_t size)
{
	if (tls != nullptr)
		return (outcome(tls->read(buffer, size)));
	for (;;) {
		ssize_t n = recv(fd.get(), buffer, size, 0);
		if (n > 0)
			return {Status::done, static_cast<std::size_t>(n)};
		if (n == 0)
			return {Status::closed, 0};
		if (errno == EAGAIN)
			return {Status::want_read, 0};
		if (errno != EINTR) {
			error = errno;
			return {Status::failed, 0};
		}
	}
}

Stream::Transfer
Stream::write(const struct iovec *pieces, int count)
{
	if (tls != nullptr) {
		for (; count > 1 && pieces->iov_len == 0; count--)
			pieces++;
		return (outcome(
		    tls->write(pieces->iov_base, pieces->iov_len)));
	}
	for (;;) {
		ssize_t n = writev(fd.get(), pieces, count);
		if (n > 0)
			return {Status::done, static_cast<std::size_t>(n)};
		if (n == 0 || errno == EAGAIN || errno == ENOBUFS)
			return {Status::want_write, 0};
		if (errno != EINTR) {
			error = errno;
			return {Status::failed, 0};
		}
	}
}

void
Stream::shutdown_write()
{
	tls.reset();
	shutdown(fd.get(), SHUT_WR);
}

std::string
Stream::peer_subject() const
{
	const char *subject = nullptr;

	if (tls != nullptr && tls_peer_cert_provided(tls->context))
		subject = tls_peer_cert_subject(tls->context);
	return (subject != nullptr ? subject : "");
}

std::string
Stream::failure() const
{
	const char *why = nullptr;

	if (error == 0 && tls != nullptr)
		why = tls_error(tls->context);
	/* Where libtls has no reason there were messages_max of them. */
	return (why != nullptr ? why : strerror(error != 0 ? error : EPROTO));
}
