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
#include "segment.h"
#include "smtp_config.h"

namespace {

constexpr std::size_t text_max = 4096; /* any string of the language */
constexpr std::size_t pem_max = 16 * 1024 * 1024; /* as a file may have */
using std::chrono::milliseconds;
using std::chrono::seconds;

void
write_key(WireWriter &out, const SmtpKey &key)
{
	out.string(key.name);
	out.boolean(key.enabled);
	write_digests(out, key.digests);
	write_mail_address(out, key.sender.from);
	out.string(key.sender.name);
	write_mail_address(out, key.sender.envelope_from);
	write_rate_limit(out, key.limit);
	write_optional(out, key.recipients, write_recipients);
	out.integer(key.max_recipients);
}

SmtpKey
read_key(WireReader &in)
{
	SmtpKey key;

	key.name = in.string(text_max);
	key.enabled = in.boolean();
	key.digests = read_digests(in);
	key.sender.from = read_mail_address(in);
	key.sender.name = in.string(text_max);
	key.sender.envelope_from = read_mail_address(in);
	key.limit = read_rate_limit(in);
	key.recipients = read_optional<RecipientPolicy>(in, read_recipients);
	key.max_recipients = in.integer<std::uint32_t>();
	if (!key.sender.from)
		in.fail();
	return (key);
}

void
write_tls(WireWriter &out, const SmtpTls &tls)
{
	out.enumerator(tls.mode);
	out.boolean(tls.verify);
	out.string(tls.name);
	out.string(tls.authorities);
	out.string(tls.protocols);
	out.string(tls.ciphers);
	out.string(tls.certificate);
}

SmtpTls
read_tls(WireReader &in)
{
	SmtpTls tls;

	tls.mode = in.enumerator(RelayTls::implicit);
	tls.verify = in.boolean();
	tls.name = in.string(text_max);
	tls.authorities = in.string(pem_max);
	tls.protocols = in.string(text_max);
	tls.ciphers = in.string(text_max);
	tls.certificate = in.string(pem_max);
	return (tls);
}

void
write_relay(WireWriter &out, const SmtpRelay &relay)
{
	out.enumerator(relay.kind);
	out.string(relay.host);
	out.integer(relay.port);
	out.string(relay.hostname);
	out.integer(relay.connections);
	write_duration(out, relay.idle);
	out.integer(relay.messages);
	write_duration(out, relay.timeout_connect);
	write_duration(out, relay.timeout_submission);
	out.boolean(relay.reply_text);
	write_tls(out, relay.tls);
	out.string(relay.user);
	out.boolean(relay.insecure);
}

SmtpRelay
read_relay(WireReader &in)
{
	SmtpRelay relay;

	relay.kind = in.enumerator(RelayKind::sendmail);
	relay.host = in.string(text_max);
	relay.port = in.integer<std::uint16_t>();
	relay.hostname = in.string(text_max);
	relay.connections = in.integer<std::uint32_t>();
	relay.idle = read_duration<milliseconds>(in);
	relay.messages = in.integer<std::uint32_t>();
	relay.timeout_connect = read_duration<milliseconds>(in);
	relay.timeout_submission = read_duration<milliseconds>(in);
	relay.reply_text = in.boolean();
	relay.tls = read_tls(in);
	relay.user = in.string(text_max);
	relay.insecure = in.boolean();
	if (relay.connections == 0 || relay.messages == 0)
		in.fail();
	return (relay);
}

void
write_store(WireWriter &out, const SmtpStore &store)
{
	out.enumerator(store.kind);
	write_duration(out, store.ttl);
	out.integer(store.records);
	out.string(store.path);
	out.boolean(store.durable);
	out.string(store.host);
	out.integer(store.port);
	out.integer(store.database);
	out.string(store.user);
	out.string(store.prefix);
}

SmtpStore
read_store(WireReader &in)
{
	SmtpStore store;

	store.kind = in.enumerator(StoreKind::redis);
	store.ttl = read_duration<seconds>(in);
	store.records = in.integer<std::uint64_t>();
	store.path = in.string(text_max);
	store.durable = in.boolean();
	store.host = in.string(text_max);
	store.port = in.integer<std::uint16_t>();
	store.database = in.integer<std::uint32_t>();
	store.user = in.string(text_max);
	store.prefix = in.string(text_max);
	return (store);
}

/*
 * The secrets come last, and room for them is there before: a string that
 * grows leaves its octets in memory that nobody clears.
 */
void
write_secrets(std::string &octets, const SmtpConfig &config)
{
	std::size_t size =
	    octets.size() + 8 + config.store.password.view().size();
	WireWriter out(octets);

	for (const SmtpRelay &relay : config.relays)
		size += 16 + relay.password.view().size() +
		    relay.tls.key.view().size();
	octets.reserve(size);
	for (const SmtpRelay &relay : config.relays) {
		out.string(relay.password.view());
		out.string(relay.tls.key.view());
	}
	out.string(config.store.password.view());
}

void
read_secrets(WireReader &in, SmtpConfig &config)
{
	for (SmtpRelay &relay : config.relays) {
		relay.password = Secret(in.string(text_max));
		relay.tls.key = Secret(in.string(pem_max));
	}
	config.store.password = Secret(in.string(text_max));
}

} /* namespace */

std::string
write_smtp_config(const SmtpConfig &config)
{
	std::string octets;
	WireWriter out(octets);

	out.integer(config.generation);
	out.integer(config.daemon);
	out.integer(config.instance);
	out.integer(config.first_alive);
	write_log_settings(out, config.log);
	write_duration(out, config.timeout_request);
	out.integer(config.max_request);
	out.integer(config.max_memory);
	write_recipients(out, config.recipients);
	out.integer(config.max_subject);
	write_rate_limit(out, config.global_limit);
	write_rate_limit(out, config.address_limit);
	out.boolean(config.limit_shared);
	out.integer(static_cast<std::uint32_t>(config.relays.size()));
	for (const SmtpRelay &relay : config.relays)
		write_relay(out, relay);
	write_store(out, config.store);
	out.integer(static_cast<std::uint32_t>(config.keys.size()));
	for (const SmtpKey &key : config.keys)
		write_key(out, key);
	write_secrets(octets, config);
	return (octets);
}

std::optional<SmtpConfig>
read_smtp_config(std::string_view octets)
{
	WireReader in(octets);
	SmtpConfig config;

	config.generation = in.integer<std::uint64_t>();
	config.daemon = in.integer<std::uint64_t>();
	config.instance = in.integer<std::uint64_t>();
	config.first_alive = in.integer<std::uint64_t>();
	config.log = read_log_settings(in);
	config.timeout_request = read_duration<milliseconds>(in);
	config.max_request = in.integer<std::uint64_t>();
	config.max_memory = in.integer<std::uint64_t>();
	config.recipients = read_recipients(in);
	config.max_subject = in.integer<std::uint32_t>();
	config.global_limit = read_rate_limit(in);
	config.address_limit = read_rate_limit(in);
	config.limit_shared = in.boolean();
	std::uint32_t count = in.at_most(relays_max);
	for (std::uint32_t i = 0; i < count && in.ok(); i++)
		config.relays.push_back(read_relay(in));
	config.store = read_store(in);
	count = in.at_most(key_slots_max);
	for (std::uint32_t i = 0; i < count && in.ok(); i++)
		config.keys.push_back(read_key(in));
	read_secrets(in, config);
	if (!in.done() || config.relays.empty())
		return (std::nullopt);
	return (config);
}

std::string
relay_name(RelayKind kind, const std::string &host, std::uint16_t port)
{
	if (kind == RelayKind::sendmail)
		return (host);
	if (host.find(':') != std::string::npos)
		return ("[" + host + "]:" + std::to_string(port));
	return (host + ":" + std::to_string(port));
}

/* Not what changes in place: ttl, records, durable, user and password. */
bool
is_same_store(const SmtpStore &a, const SmtpStore &b)
{
	return (a.kind == b.kind && a.path == b.path && a.host == b.host &&
	    a.port == b.port && a.database == b.database &&
	    a.prefix == b.prefix);
}
