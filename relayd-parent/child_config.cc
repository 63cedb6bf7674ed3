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

#include <set>

#include "child_config.h"
#include "segment.h"

KeySlots::KeySlots()
{
	for (std::uint32_t slot = key_slots_max; slot-- > 0;)
		unused.push_back(slot);
}

std::vector<std::uint32_t>
KeySlots::assign(const std::vector<Key> &keys)
{
	std::set<std::string> names;

	given.clear();
	for (const Key &key : keys)
		names.insert(key.name);
	/* Freed slots go to the front: they are used again last. */
	for (auto known = slots.begin(); known != slots.end();) {
		if (names.count(known->first) == 0) {
			unused.insert(unused.begin(), known->second);
			known = slots.erase(known);
		} else
			++known;
	}
	std::vector<std::uint32_t> assigned;
	for (const Key &key : keys) {
		auto known = slots.find(key.name);
		if (known == slots.end()) {
			known = slots.emplace(key.name, unused.back()).first;
			unused.pop_back();
			given.push_back(known->second);
		}
		assigned.push_back(known->second);
	}
	return (assigned);
}

/* The digests of digests: what a child compares a proof with. */
static std::vector<Sha256Digest>
key_digests(const Key &key)
{
	std::vector<Sha256Digest> digests;

	for (const Sha256Digest &hash : key.hashes)
		digests.push_back(sha256(hash));
	return (digests);
}

static HttpKey
make_http_key(const Key &key, std::uint32_t slot)
{
	HttpKey out;

	out.name = key.name;
	out.description = key.description;
	out.enabled = key.enabled;
	out.digests = key_digests(key);
	out.slot = slot;
	if (key.sender.from)
		out.message_id_domain = key.sender.from->domain();
	out.own_limit = key.own_limit;
	out.limit = key.limit;
	out.allow_from = key.allow_from;
	out.recipients = key.recipients;
	out.max_recipients = key.max_recipients;
	out.no_html = key.no_html;
	out.no_attachments = key.no_attachments;
	out.no_bulk = key.no_bulk;
	out.mask_recipients = key.mask_recipients;
	return (out);
}

static SmtpKey
make_smtp_key(const Key &key)
{
	SmtpKey out;

	out.name = key.name;
	out.enabled = key.enabled;
	out.digests = key_digests(key);
	out.sender = key.sender;
	out.limit = key.limit;
	out.recipients = key.recipients;
	out.max_recipients = key.max_recipients;
	return (out);
}

SmtpTls
make_smtp_tls(const Relay &relay)
{
	SmtpTls out;

	out.mode = relay.tls;
	out.verify = relay.verify;
	out.name = relay.verify_name;
	out.authorities = relay.authorities;
	out.protocols = relay.protocols;
	out.ciphers = relay.ciphers;
	if (relay.certificate) {
		out.certificate = relay.certificate->chain;
		out.key = relay.certificate->private_key;
	}
	return (out);
}

static SmtpRelay
make_smtp_relay(const Relay &relay)
{
	SmtpRelay out;

	out.kind = relay.kind;
	out.host = relay.host;
	out.port = relay.port;
	out.hostname = relay.hostname;
	out.connections = relay.connections;
	out.idle = relay.idle;
	out.messages = relay.messages;
	out.timeout_connect = relay.timeout_connect;
	out.timeout_submission = relay.timeout_submission;
	out.reply_text = relay.reply_text;
	out.tls = make_smtp_tls(relay);
	if (relay.auth) {
		out.user = relay.auth->user;
		out.password = relay.auth->password;
	}
	out.insecure = relay.insecure;
	return (out);
}

SmtpStore
make_smtp_store(const Store &store)
{
	SmtpStore out;

	out.kind = store.type;
	out.ttl = store.ttl;
	out.records = store.records;
	out.path = store.path;
	out.durable = store.durable;
	out.host = store.host;
	out.port = store.port;
	out.database = store.database;
	out.user = store.user;
	if (store.password)
		out.password = *store.password;
	out.prefix = store.prefix;
	return (out);
}

HttpTls
make_http_tls(const ListenTls &tls)
{
	HttpTls out;

	for (const TlsCertificate &pair : tls.certificates)
		out.certificates.push_back({pair.certificate, pair.not_after,
		    pair.chain, pair.response, pair.private_key});
	out.protocols = tls.protocols;
	out.ciphers = tls.ciphers;
	out.client_authorities = tls.client_authorities;
	out.client_optional = tls.client_optional;
	return (out);
}

static HttpListener
make_http_listener(const Listen &listen)
{
	HttpListener out;

	out.address = listen.address;
	out.port = listen.port;
	out.monitor = listen.monitor;
	out.proxy = listen.proxy;
	if (listen.tls)
		out.tls = make_http_tls(*listen.tls);
	return (out);
}

/* max connections is of all processes together: each has its share. */
static std::uint32_t
share(std::uint32_t value, std::uint32_t processes)
{
	return ((value + processes - 1) / processes);
}

HttpConfig
make_http_config(const Config &config, std::uint64_t generation,
    const std::vector<std::uint32_t> &key_slots)
{
	HttpConfig out;

	out.generation = generation;
	out.log = config.log.settings;
	out.prefork = config.prefork;
	for (const Listen &listen : config.listeners)
		out.listeners.push_back(make_http_listener(listen));
	out.trusted_proxies = config.trusted_proxies;
	out.allow_from = config.allow_from;
	out.monitor_from = config.monitor_from;
	out.global_limit = config.limit_global;
	out.address_limit = config.limit_address;
	out.limit_shared = config.limit_shared;
	out.timeout_header = config.timeout_header;
	out.timeout_request = config.timeout_request;
	out.timeout_idle = config.timeout_idle;
	for (const Relay &relay : config.relays)
		out.timeout_submission += relay.timeout_submission;
	out.max_connections = share(config.max_connections, config.prefork);
	out.max_connections_per_address =
	    share(config.max_connections_per_address, config.prefork);
	out.max_request = config.max_request;
	out.max_memory = config.max_memory;
	out.max_recipients = config.mail.max_recipients;
	out.max_subject = config.mail.max_subject;
	out.max_body = config.mail.max_body;
	out.html = config.mail.html;
	out.attachments = config.mail.attachments;
	out.bulk = config.mail.bulk;
	out.recipients = config.mail.recipients;
	out.store_none = config.store.type == StoreKind::none;
	for (const Relay &relay : config.relays)
		out.relays.push_back(
		    relay_name(relay.kind, relay.host, relay.port));
	for (std::size_t i = 0; i < config.keys.size(); i++)
		out.keys.push_back(
		    make_http_key(config.keys[i], key_slots[i]));
	return (out);
}

SmtpConfig
make_smtp_config(const Config &config, std::uint64_t generation)
{
	SmtpConfig out;

	out.generation = generation;
	out.log = config.log.settings;
	out.timeout_request = config.timeout_request;
	out.max_request = config.max_request;
	out.max_memory = config.max_memory;
	out.recipients = config.mail.recipients;
	out.max_subject = config.mail.max_subject;
	out.global_limit = config.limit_global;
	out.address_limit = config.limit_address;
	out.limit_shared = config.limit_shared;
	for (const Relay &relay : config.relays)
		out.relays.push_back(make_smtp_relay(relay));
	out.store = make_smtp_store(config.store);
	for (const Key &key : config.keys)
		out.keys.push_back(make_smtp_key(key));
	return (out);
}
