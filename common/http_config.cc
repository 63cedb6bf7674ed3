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

#include "config_wire.h"
#include "http_config.h"
#include "segment.h"

namespace {

constexpr std::uint32_t listeners_max = 64;
constexpr std::size_t text_max = 1024;
constexpr std::size_t pem_max = 16 * 1024 * 1024; /* as a file may have */
constexpr std::size_t relay_name_max = 5000; /* it may be a path */
using std::chrono::milliseconds;

void
write_attachment_limits(WireWriter &out, const AttachmentLimits &limits)
{
	out.integer(limits.max);
	out.integer(limits.size);
	out.integer(limits.total);
}

AttachmentLimits
read_attachment_limits(WireReader &in)
{
	AttachmentLimits limits;

	limits.max = in.integer<std::uint32_t>();
	limits.size = in.integer<std::uint64_t>();
	limits.total = in.integer<std::uint64_t>();
	return (limits);
}

void
write_bulk_limits(WireWriter &out, const BulkLimits &limits)
{
	out.integer(limits.messages);
	out.integer(limits.concurrency);
}

BulkLimits
read_bulk_limits(WireReader &in)
{
	BulkLimits limits;

	limits.messages = in.integer<std::uint32_t>();
	limits.concurrency = in.integer<std::uint32_t>();
	/* With none at a time, no bulk request would end. */
	if (limits.concurrency == 0)
		in.fail();
	return (limits);
}

void
write_key(WireWriter &out, const HttpKey &key)
{
	out.string(key.name);
	out.string(key.description);
	out.boolean(key.enabled);
	write_digests(out, key.digests);
	out.integer(key.slot);
	out.string(key.message_id_domain);
	write_optional(out, key.own_limit, write_rate_limit);
	write_rate_limit(out, key.limit);
	write_optional(out, key.allow_from, write_prefixes);
	write_optional(out, key.recipients, write_recipients);
	out.integer(key.max_recipients);
	out.boolean(key.no_html);
	out.boolean(key.no_attachments);
	out.boolean(key.no_bulk);
	out.boolean(key.mask_recipients);
}

HttpKey
read_key(WireReader &in)
{
	HttpKey key;

	key.name = in.string(text_max);
	key.description = in.string(text_max);
	key.enabled = in.boolean();
	key.digests = read_digests(in);
	key.slot = in.at_most(key_slots_max - 1);
	key.message_id_domain = in.string(text_max);
	key.own_limit = read_optional<RateLimit>(in, read_rate_limit);
	key.limit = read_rate_limit(in);
	key.allow_from = read_optional<PrefixList>(in, read_prefixes);
	key.recipients = read_optional<RecipientPolicy>(in, read_recipients);
	key.max_recipients = in.integer<std::uint32_t>();
	key.no_html = in.boolean();
	key.no_attachments = in.boolean();
	key.no_bulk = in.boolean();
	key.mask_recipients = in.boolean();
	return (key);
}

/* But for the keys, which are with the other secrets. */
void
write_tls(WireWriter &out, const HttpTls &tls)
{
	out.integer(static_cast<std::uint32_t>(tls.certificates.size()));
	for (const HttpCertificate &certificate : tls.certificates) {
		out.string(certificate.path);
		out.integer(certificate.not_after);
		out.string(certificate.chain);
		out.string(certificate.ocsp);
	}
	out.string(tls.protocols);
	out.string(tls.ciphers);
	out.string(tls.client_authorities);
	out.boolean(tls.client_optional);
}

HttpTls
read_tls(WireReader &in)
{
	HttpTls tls;
	std::uint32_t count = in.at_most(certificates_max);

	if (count == 0)
		in.fail();
	for (std::uint32_t i = 0; i < count && in.ok(); i++) {
		HttpCertificate certificate;
		certificate.path = in.string(text_max);
		certificate.not_after = in.integer<std::int64_t>();
		certificate.chain = in.string(pem_max);
		certificate.ocsp = in.string(pem_max);
		tls.certificates.push_back(std::move(certificate));
	}
	tls.protocols = in.string(text_max);
	tls.ciphers = in.string(text_max);
	tls.client_authorities = in.string(pem_max);
	tls.client_optional = in.boolean();
	return (tls);
}

void
write_listener(WireWriter &out, const HttpListener &listener)
{
	write_address(out, listener.address);
	out.integer(listener.port);
	out.boolean(listener.monitor);
	out.boolean(listener.proxy);
	write_optional(out, listener.tls, write_tls);
}

HttpListener
read_listener(WireReader &in)
{
	HttpListener listener;

	listener.address = read_address(in);
	listener.port = in.integer<std::uint16_t>();
	listener.monitor = in.boolean();
	listener.proxy = in.boolean();
	listener.tls = read_optional<HttpTls>(in, read_tls);
	return (listener);
}

void
write_trusted_proxies(WireWriter &out, const TrustedProxies &proxies)
{
	write_prefixes(out, proxies.from);
	out.boolean(proxies.forwarded);
}

TrustedProxies
read_trusted_proxies(WireReader &in)
{
	TrustedProxies proxies;

	proxies.from = read_prefixes(in);
	proxies.forwarded = in.boolean();
	return (proxies);
}

/*
 * The secrets come last, and room for them is there before: a string that
 * grows leaves its octets in memory that nobody clears.
 */
void
write_secrets(std::string &octets, const HttpConfig &config)
{
	std::size_t size = octets.size();
	std::vector<std::string_view> secrets;
	WireWriter out(octets);

	for (const HttpListener &listener : config.listeners) {
		if (!listener.tls)
			continue;
		for (const HttpCertificate &pair : listener.tls->certificates)
			secrets.push_back(pair.key.view());
	}
	for (std::string_view secret : secrets)
		size += sizeof(std::uint32_t) + secret.size();
	octets.reserve(size);
	for (std::string_view secret : secrets)
		out.string(secret);
}

void
read_secrets(WireReader &in, HttpConfig &config)
{
	for (HttpListener &listener : config.listeners) {
		if (!listener.tls)
			continue;
		for (HttpCertificate &pair : listener.tls->certificates)
			pair.key = Secret(in.string(pem_max));
	}
}

} /* namespace */

std::string
write_http_config(const HttpConfig &config)
{
	std::string octets;
	WireWriter out(octets);

	out.integer(config.generation);
	write_log_settings(out, config.log);
	out.integer(config.prefork);
	out.integer(static_cast<std::uint32_t>(config.listeners.size()));
	for (const HttpListener &listener : config.listeners)
		write_listener(out, listener);
	write_trusted_proxies(out, config.trusted_proxies);
	write_optional(out, config.allow_from, write_prefixes);
	write_prefixes(out, config.monitor_from);
	write_rate_limit(out, config.global_limit);
	write_rate_limit(out, config.address_limit);
	out.boolean(config.limit_shared);
	write_duration(out, config.timeout_header);
	write_duration(out, config.timeout_request);
	write_duration(out, config.timeout_idle);
	write_duration(out, config.timeout_submission);
	out.integer(config.max_connections);
	out.integer(config.max_connections_per_address);
	out.integer(config.max_request);
	out.integer(config.max_memory);
	out.integer(config.max_recipients);
	out.integer(config.max_subject);
	out.integer(config.max_body);
	out.boolean(config.html);
	write_optional(out, config.attachments, write_attachment_limits);
	write_optional(out, config.bulk, write_bulk_limits);
	write_recipients(out, config.recipients);
	out.boolean(config.store_none);
	out.integer(static_cast<std::uint32_t>(config.relays.size()));
	for (const std::string &relay : config.relays)
		out.string(relay);
	out.integer(static_cast<std::uint32_t>(config.keys.size()));
	for (const HttpKey &key : config.keys)
		write_key(out, key);
	write_secrets(octets, config);
	return (octets);
}

std::optional<HttpConfig>
read_http_config(std::string_view octets)
{
	WireReader in(octets);
	HttpConfig config;

	config.generation = in.integer<std::uint64_t>();
	config.log = read_log_settings(in);
	config.prefork = in.integer<std::uint32_t>();
	std::uint32_t count = in.at_most(listeners_max);
	for (std::uint32_t i = 0; i < count && in.ok(); i++)
		config.listeners.push_back(read_listener(in));
	config.trusted_proxies = read_trusted_proxies(in);
	config.allow_from = read_optional<PrefixList>(in, read_prefixes);
	config.monitor_from = read_prefixes(in);
	config.global_limit = read_rate_limit(in);
	config.address_limit = read_rate_limit(in);
	config.limit_shared = in.boolean();
	config.timeout_header = read_duration<milliseconds>(in);
	config.timeout_request = read_duration<milliseconds>(in);
	config.timeout_idle = read_duration<milliseconds>(in);
	config.timeout_submission = read_duration<milliseconds>(in);
	config.max_connections = in.integer<std::uint32_t>();
	config.max_connections_per_address = in.integer<std::uint32_t>();
	config.max_request = in.integer<std::uint64_t>();
	config.max_memory = in.integer<std::uint64_t>();
	config.max_recipients = in.integer<std::uint32_t>();
	config.max_subject = in.integer<std::uint32_t>();
	config.max_body = in.integer<std::uint64_t>();
	config.html = in.boolean();
	config.attachments =
	    read_optional<AttachmentLimits>(in, read_attachment_limits);
	config.bulk = read_optional<BulkLimits>(in, read_bulk_limits);
	config.recipients = read_recipients(in);
	config.store_none = in.boolean();
	count = in.at_most(relays_max);
	for (std::uint32_t i = 0; i < count && in.ok(); i++)
		config.relays.emplace_back(in.string(relay_name_max));
	count = in.at_most(key_slots_max);
	for (std::uint32_t i = 0; i < count && in.ok(); i++)
		config.keys.push_back(read_key(in));
	read_secrets(in, config);
	if (!in.done() || config.prefork == 0)
		return (std::nullopt);
	return (config);
}
