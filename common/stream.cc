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
#include <string.h>
#include <unistd.h>

#include <tls.h>

#include "stream.h"

/* Says farewell if that is possible at once. */
void
Stream::TlsRelease::operator()(struct tls *context) const
{
	tls_close(context);
	tls_free(context);
}

bool
Stream::start_tls(struct tls_config *config, const std::string &name)
{
	error = 0;
	tls.reset(tls_client());
	if (tls == nullptr) {
		error = ENOMEM;
		return (false);
	}
	return (tls_configure(tls.get(), config) == 0 &&
	    tls_connect_socket(tls.get(), fd.get(), name.c_str()) == 0);
}

bool
Stream::accept_tls(struct tls *server)
{
	struct tls *accepted = nullptr;

	error = 0;
	if (tls_accept_socket(server, &accepted, fd.get()) == -1) {
		error = ENOMEM;
		return (false);
	}
	tls.reset(accepted);
	return (true);
}

Stream::Status
Stream::handshake()
{
	int status = tls_handshake(tls.get());

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
	if (tls != nullptr) {
		Transfer got = outcome(tls_read(tls.get(), buffer, size));
		/* Of a record that fits, nothing is left behind. */
		filled = got.count == size;
		return (got);
	}
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
	struct msghdr message = {};

	if (tls != nullptr) {
		for (; count > 1 && pieces->iov_len == 0; count--)
			pieces++;
		return (outcome(tls_write(
		    tls.get(), pieces->iov_base, pieces->iov_len)));
	}
	message.msg_iov = const_cast<struct iovec *>(pieces);
	message.msg_iovlen =
	    static_cast<decltype(message.msg_iovlen)>(count);
	for (;;) {
		ssize_t n = sendmsg(fd.get(), &message, MSG_NOSIGNAL);
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

	if (tls != nullptr && tls_peer_cert_provided(tls.get()))
		subject = tls_peer_cert_subject(tls.get());
	return (subject != nullptr ? subject : "");
}

std::string
Stream::failure() const
{
	const char *why = nullptr;

	if (error == 0 && tls != nullptr)
		why = tls_error(tls.get());
	return (why != nullptr ? why : strerror(error));
}
