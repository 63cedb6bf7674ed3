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

#include <tls.h>

#include "tls_client.h"

namespace {

/*
 * What LibreSSL's libtls means by it, as tls_server.cc has it, with DHE for
 * servers that have no better.  libretls takes CBC, too.
 */
constexpr const char *secure_ciphers = "ECDHE+AESGCM:ECDHE+CHACHA20:"
				       "DHE+AESGCM:DHE+CHACHA20";

const std::uint8_t *
octets_of(std::string_view text)
{
	return (reinterpret_cast<const std::uint8_t *>(text.data()));
}

bool
use_versions(struct tls_config *config, const SmtpTls &tls)
{
	std::uint32_t protocols;
	const char *ciphers =
	    tls.ciphers == "secure" ? secure_ciphers : tls.ciphers.c_str();

	return (tls_config_parse_protocols(
		    &protocols, tls.protocols.c_str()) == 0 &&
	    tls_config_set_protocols(config, protocols) == 0 &&
	    tls_config_set_ciphers(config, ciphers) == 0);
}

bool
use_authorities(struct tls_config *config, const SmtpTls &tls)
{
	if (tls.verify)
		return (tls_config_set_ca_mem(config,
			    octets_of(tls.authorities),
			    tls.authorities.size()) == 0);
	tls_config_insecure_noverifycert(config);
	tls_config_insecure_noverifyname(config);
	return (true);
}

bool
use_certificate(struct tls_config *config, const SmtpTls &tls)
{
	std::string_view key = tls.key.view();

	return (tls.certificate.empty() ||
	    tls_config_set_keypair_mem(config, octets_of(tls.certificate),
		tls.certificate.size(), octets_of(key), key.size()) == 0);
}

struct ReleaseContext {
	void operator()(struct tls *context) const
	{
		tls_free(context);
	}
};

/* A peer that neither says nor hears anything. */
ssize_t
read_nothing(struct tls *, void *, std::size_t, void *)
{
	return (TLS_WANT_POLLIN);
}

ssize_t
write_nothing(struct tls *, const void *, std::size_t, void *)
{
	return (TLS_WANT_POLLOUT);
}

} /* namespace */

void
TlsClient::Release::operator()(struct tls_config *config) const
{
	tls_config_clear_keys(config);
	tls_config_free(config);
}

Result<TlsClient>
TlsClient::make(const SmtpTls &tls)
{
	TlsClient client;

	if (tls.mode == RelayTls::none)
		return (client);
	client.tls_config_.reset(tls_config_new());
	struct tls_config *config = client.tls_config_.get();
	if (config == nullptr)
		return (Error{"out of memory"});
	if (!use_versions(config, tls) || !use_authorities(config, tls) ||
	    !use_certificate(config, tls)) {
		const char *why = tls_config_error(config);
		return (Error{why != nullptr ? why : "unusable"});
	}
	return (client);
}

std::string
TlsClient::trouble(const std::string &name) const
{
	if (tls_config_ == nullptr)
		return ("");
	std::unique_ptr<struct tls, ReleaseContext> context(tls_client());
	if (context == nullptr)
		return ("out of memory");
	if (tls_configure(context.get(), tls_config_.get()) == 0 &&
	    tls_connect_cbs(context.get(), read_nothing, write_nothing, nullptr,
		name.c_str()) == 0)
		return ("");
	const char *why = tls_error(context.get());
	return (why != nullptr ? why : "unusable");
}
