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

#include "digest.h"
#include "tls_server.h"

namespace {

/*
 * What LibreSSL's libtls means by it: forward secrecy, and encryption that
 * authenticates.  libretls takes all that OpenSSL calls high.  (The suites of
 * TLS 1.3 are like that anyway.)
 */
constexpr const char *secure_ciphers = "ECDHE+AESGCM:ECDHE+CHACHA20";

const std::uint8_t *
octets_of(std::string_view text)
{
	return (text.empty() ? nullptr
			     : reinterpret_cast<const std::uint8_t *>(
				   text.data()));
}

/*
 * Of one secret for the whole daemon, but another for each list of
 * authorities: a session that one listener began is not resumed on another
 * that would not have let its client in.
 */
Sha256Digest
session_id(const HttpTls &tls, const TicketKeys &keys)
{
	std::string text(keys.session_id.begin(), keys.session_id.end());

	text += tls.client_optional ? '?' : '!';
	text += tls.client_authorities;
	return (sha256(text));
}

} /* namespace */

void
TlsServer::Release::operator()(struct tls_config *made) const
{
	tls_config_clear_keys(made);
	tls_config_free(made);
}

void
TlsServer::Release::operator()(struct tls *context) const
{
	tls_free(context);
}

Result<std::shared_ptr<TlsServer>>
TlsServer::make(const HttpTls &tls, const TicketKeys &keys)
{
	std::shared_ptr<TlsServer> made(new TlsServer());
	std::string wrong = made->configure(tls, keys);

	if (!wrong.empty())
		return (Error{wrong});
	return (made);
}

/* Empty, or what is wrong. */
std::string
TlsServer::configure(const HttpTls &tls, const TicketKeys &keys)
{
	const char *why;

	config.reset(tls_config_new());
	server.reset(tls_server());
	if (config == nullptr || server == nullptr)
		return ("out of memory");
	if (!use_certificates(tls) || !use_versions(tls) ||
	    !ask_for_certificate(tls) || !use_sessions(tls, keys) ||
	    tls_config_set_alpn(config.get(), "http/1.1") == -1)
		why = tls_config_error(config.get());
	else if (tls_configure(server.get(), config.get()) == -1)
		why = tls_error(server.get());
	else {
		/* What signs has its own copy. */
		tls_config_clear_keys(config.get());
		return ("");
	}
	return (why != nullptr ? why : "unusable");
}

/* The first one is for who asks for no name, or for one that is unknown. */
bool
TlsServer::use_certificates(const HttpTls &tls)
{
	bool first = true;

	for (const HttpCertificate &pair : tls.certificates) {
		auto use = first ? tls_config_set_keypair_ocsp_mem
				 : tls_config_add_keypair_ocsp_mem;
		std::string_view key = pair.key.view();
		if (use(config.get(), octets_of(pair.chain), pair.chain.size(),
			octets_of(key), key.size(), octets_of(pair.ocsp),
			pair.ocsp.size()) == -1)
			return (false);
		first = false;
	}
	return (true);
}

bool
TlsServer::use_versions(const HttpTls &tls)
{
	std::uint32_t protocols;
	const char *ciphers =
	    tls.ciphers == "secure" ? secure_ciphers : tls.ciphers.c_str();

	return (tls_config_parse_protocols(
		    &protocols, tls.protocols.c_str()) == 0 &&
	    tls_config_set_protocols(config.get(), protocols) == 0 &&
	    tls_config_set_ciphers(config.get(), ciphers) == 0);
}

bool
TlsServer::ask_for_certificate(const HttpTls &tls)
{
	if (tls.client_authorities.empty())
		return (true);
	if (tls.client_optional)
		tls_config_verify_client_optional(config.get());
	else
		tls_config_verify_client(config.get());
	return (tls_config_set_ca_mem(config.get(),
		    octets_of(tls.client_authorities),
		    tls.client_authorities.size()) == 0);
}

bool
TlsServer::use_sessions(const HttpTls &tls, const TicketKeys &keys)
{
	if (keys.keys.empty())
		return (true);
	Sha256Digest id = session_id(tls, keys);
	return (tls_config_set_session_id(
		    config.get(), id.data(), id.size()) == 0 &&
	    tls_config_set_session_lifetime(config.get(),
		static_cast<int>(ticket_lifetime.count())) == 0 &&
	    use_ticket_keys(keys));
}

bool
TlsServer::use_ticket_keys(const TicketKeys &keys)
{
	for (const TicketKey &key : keys.keys) {
		if (key.revision <= newest_key)
			continue;
		std::string_view octets = key.key.view();
		/* It is only read. */
		auto *data = const_cast<unsigned char *>(octets_of(octets));
		if (tls_config_add_ticket_key(config.get(), key.revision, data,
			octets.size()) == -1)
			return (false);
		newest_key = key.revision;
	}
	return (true);
}
