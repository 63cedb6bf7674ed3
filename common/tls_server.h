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
 * What all connections of a TLS listener have in common: its certificates,
 * whom it asks for one, how sessions are resumed.  relayd-http makes one for
 * each listener; the parent, too, to see whether it can be made at all.
 */

#ifndef COMMON_TLS_SERVER_H
#define COMMON_TLS_SERVER_H

#include <cstdint>
#include <memory>

#include "http_config.h"
#include "messages.h"
#include "result.h"

struct tls;
struct tls_config;

class TlsServer {
public:
	/*
	 * keys may be empty: then no session is resumed.  The error is
	 * libtls's.  The private keys of tls are of no more use afterwards.
	 */
	static Result<std::shared_ptr<TlsServer>> make(
	    const HttpTls &tls, const TicketKeys &keys);

	/* Takes those that are new; false: libtls does not. */
	bool use_ticket_keys(const TicketKeys &keys);
	/* A connection must not outlive it: SNI is answered by it. */
	struct tls *context() const
	{
		return (server.get());
	}

private:
	struct Release {
		void operator()(struct tls_config *made) const;
		void operator()(struct tls *context) const;
	};

	TlsServer() = default;
	std::string configure(const HttpTls &tls, const TicketKeys &keys);
	bool use_certificates(const HttpTls &tls);
	bool use_versions(const HttpTls &tls);
	bool ask_for_certificate(const HttpTls &tls);
	bool use_sessions(const HttpTls &tls, const TicketKeys &keys);

	std::unique_ptr<struct tls_config, Release> config;
	std::unique_ptr<struct tls, Release> server;
	std::uint32_t newest_key = 0; /* revision; 0: none */
};

#endif
