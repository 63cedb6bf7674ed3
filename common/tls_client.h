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

/* What all TLS connections to a relay have in common. */

#ifndef COMMON_TLS_CLIENT_H
#define COMMON_TLS_CLIENT_H

#include <memory>
#include <string>

#include "result.h"
#include "smtp_config.h"

struct tls_config;

class TlsClient {
public:
	/* None, for a relay without TLS. */
	TlsClient() = default;
	/* The error is libtls's; the parent checks what it can before. */
	static Result<TlsClient> make(const SmtpTls &tls);
	/*
	 * Empty, or what libtls has against it when a connection to the name
	 * is begun: before that, it only keeps what it is given.
	 */
	std::string trouble(const std::string &name) const;

	struct tls_config *config() const
	{
		return (tls_config_.get());
	}

private:
	struct Release {
		void operator()(struct tls_config *config) const;
	};

	std::unique_ptr<struct tls_config, Release> tls_config_;
};

#endif
