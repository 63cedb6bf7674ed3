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

/* What relayd-http is told of the configuration, and nothing more. */

#ifndef COMMON_HTTP_CONFIG_H
#define COMMON_HTTP_CONFIG_H

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "address.h"
#include "digest.h"
#include "log.h"
#include "mail_address.h"
#include "rate_limit.h"
#include "secret.h"

/* certificate PATH key PATH [ocsp PATH], and what is in them */
struct HttpCertificate {
	std::string path; /* the certificate's: what it is called */
	std::int64_t not_after = 0; /* seconds since 1970 */
	/* Once the listener's TlsServer is made, these are empty. */
	std::string chain; /* PEM, the certificate first */
	std::string ocsp; /* the response, DER; empty: none */
	Secret key; /* PEM */
};

/* listen on ... tls */
struct HttpTls {
	std::vector<HttpCertificate> certificates; /* 1..16, default first */
	std::string protocols; /* as tls_config_parse_protocols(3) */
	std::string ciphers;
	/* PEM; empty: no client is asked for a certificate. */
	std::string client_authorities;
	bool client_optional = false;
};
constexpr std::uint32_t certificates_max = 16;

struct HttpListener {
	IpAddress address;
	std::uint16_t port = 0;
	bool monitor = false; /* serves the monitoring routes only */
	bool proxy = false; /* connections begin with a PROXY header */
	std::optional<HttpTls> tls; /* nullopt: plain HTTP */
};

/* trusted proxies */
struct TrustedProxies {
	PrefixList from; /* empty: nobody */
	bool forwarded = false; /* Forwarded, not X-Forwarded-For */
};

/* attachments, when they are on */
struct AttachmentLimits {
	std::uint32_t max = 0; /* 1..100, no default */
	/* Octets, decoded; the defaults are cut to what max request holds. */
	std::uint64_t size = 10 * 1024 * 1024; /* of each */
	std::uint64_t total = 20 * 1024 * 1024;
};

/* bulk, when it is on */
struct BulkLimits {
	std::uint32_t messages = 0; /* 1..10,000, no default */
	std::uint32_t concurrency = 5; /* 1..1,000 */
};

struct HttpKey {
	std::string name;
	std::string description;
	bool enabled = true;
	/* SHA-256(SHA-256(secret)) of each of its secrets, one at least. */
	std::vector<Sha256Digest> digests;
	std::uint32_t slot = 0; /* its bucket in the segment */
	/* Of its From: names the message when relayd-smtp cannot. */
	std::string message_id_domain;
	std::optional<RateLimit> own_limit; /* `limit' in its block */
	RateLimit limit; /* in force */
	std::optional<PrefixList> allow_from;
	std::optional<RecipientPolicy> recipients;
	std::uint32_t max_recipients = 0;
	bool no_html = false;
	bool no_attachments = false;
	bool no_bulk = false;
	bool mask_recipients = true;
};

struct HttpConfig {
	std::uint64_t generation = 0;
	LogSettings log;
	std::uint32_t prefork = 1;
	std::vector<HttpListener> listeners;
	TrustedProxies trusted_proxies;
	std::optional<PrefixList> allow_from; /* nullopt: any */
	PrefixList monitor_from;

	RateLimit global_limit;
	RateLimit address_limit;
	bool limit_shared = false; /* relayd-smtp is to be asked */

	std::chrono::milliseconds timeout_header{0};
	std::chrono::milliseconds timeout_request{0};
	std::chrono::milliseconds timeout_idle{0};
	/* The longest that relayd-smtp may take: all its relays' together. */
	std::chrono::milliseconds timeout_submission{0};

	std::uint32_t max_connections = 0; /* of this process */
	std::uint32_t max_connections_per_address = 0;
	std::uint64_t max_request = 0;
	std::uint64_t max_memory = 0;

	std::uint32_t max_recipients = 0;
	std::uint32_t max_subject = 0; /* characters */
	std::uint64_t max_body = 0;
	bool html = false;
	std::optional<AttachmentLimits> attachments; /* nullopt: off */
	std::optional<BulkLimits> bulk; /* nullopt: off */
	RecipientPolicy recipients;
	bool store_none = false;
	std::vector<std::string> relays; /* relay_name() of each, in order */

	std::vector<HttpKey> keys;
};

/*
 * The descriptors of a relayd-http besides its connections: the listeners
 * twice, for a reload; the log, sockets to the other processes, events.
 */
constexpr std::uint64_t other_descriptors = 32;
constexpr std::uint64_t
http_descriptors_besides(std::size_t listeners)
{
	return (2 * listeners + other_descriptors);
}

std::string write_http_config(const HttpConfig &config);
/* nullopt: it was not written by write_http_config() of this version. */
std::optional<HttpConfig> read_http_config(std::string_view octets);

#endif
