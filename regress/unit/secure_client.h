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

/* A TLS client of the relay, non-blocking, on a socket that a test made. */

#ifndef REGRESS_UNIT_SECURE_CLIENT_H
#define REGRESS_UNIT_SECURE_CLIENT_H

#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include <tls.h>

#include "certificates.h"
#include "fd.h"

class SecureClient {
public:
	explicit SecureClient(Fd socket)
	    : fd(std::move(socket)), config(tls_config_new()),
	      tls(tls_client())
	{
		tls_config_insecure_noverifycert(config.get());
		tls_config_insecure_noverifyname(config.get());
		if (tls_configure(tls.get(), config.get()) == -1 ||
		    tls_connect_socket(
			tls.get(), fd.get(), "mail.example.com") == -1)
			abort();
	}

	/* A step: true when it is done. */
	bool shake_hands()
	{
		int status = tls_handshake(tls.get());

		failed = failed || status == -1;
		return (status == 0);
	}
	/* One record, if it is not too long for one and there is room. */
	std::size_t send(std::string_view octets)
	{
		if (octets.empty())
			return (0);
		ssize_t n = tls_write(tls.get(), octets.data(), octets.size());

		return (n < 0 ? 0 : static_cast<std::size_t>(n));
	}
	/* Into received; ended at close_notify, failed at anything worse. */
	void receive()
	{
		char buffer[65536];
		ssize_t n;

		while ((n = tls_read(tls.get(), buffer, sizeof(buffer))) > 0)
			received.append(buffer, static_cast<std::size_t>(n));
		ended = ended || n == 0;
		failed = failed || n == -1;
	}
	std::size_t answers() const
	{
		std::size_t count = 0;

		for (std::size_t at = received.find("HTTP/1.1 ");
		     at != std::string::npos;
		     at = received.find("HTTP/1.1 ", at + 1))
			count++;
		return (count);
	}
	bool has(std::string_view text) const
	{
		return (received.find(text) != std::string::npos);
	}
	/* close_notify */
	void end_sending()
	{
		tls_close(tls.get());
	}
	void close()
	{
		fd.reset();
	}

	std::string received;
	bool ended = false;
	bool failed = false;

private:
	struct Release {
		void operator()(struct tls_config *c) const
		{
			tls_config_free(c);
		}
		void operator()(struct tls *c) const
		{
			tls_free(c);
		}
	};

	Fd fd;
	std::unique_ptr<struct tls_config, Release> config;
	std::unique_ptr<struct tls, Release> tls;
};

#endif
