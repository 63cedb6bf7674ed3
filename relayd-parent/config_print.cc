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

#include <sstream>

#include "config.h"
#include "config_values.h"

/*
 * One function for each block.  Whatever parse.y learns is printed here, so
 * that what is printed parses to the same configuration.
 */

namespace {

/* Nobody's password; it parses. */
constexpr std::string_view hidden = "\"hidden\"";

/* Tells a key's hashes apart, and is of no use to find the secret. */
constexpr std::size_t shown_digits = 16;

void
print_prefixes(std::ostream &out, const char *item, const PrefixList &list)
{
	out << item << " {";
	for (const Prefix &prefix : list.all())
		out << ' ' << prefix.text();
	out << " }\n";
}

void
print_recipients(
    std::ostream &out, const char *indent, const RecipientPolicy &policy)
{
	if (policy.is_any()) {
		out << indent << "recipients any\n";
		return;
	}
	out << indent << "recipients {";
	for (const std::string &entry : policy.entries())
		out << ' ' << quoted_text(entry);
	out << " }\n";
}

void
print_sender(std::ostream &out, const Sender &sender)
{
	out << "\tfrom " << quoted_text(sender.from->text());
	if (!sender.name.empty())
		out << " name " << quoted_text(sender.name);
	out << "\n\tenvelope from "
	    << (sender.envelope_from ? quoted_text(sender.envelope_from->text())
				     : "\"<>\"")
	    << '\n';
}

void
print_mask(std::ostream &out, bool mask)
{
	out << (mask ? "\tmask recipients\n" : "\tno mask recipients\n");
}

void
print_certificate(std::ostream &out, const TlsCertificate &pair)
{
	out << "certificate " << quoted_text(pair.certificate) << " key "
	    << quoted_text(pair.key);
	if (!pair.ocsp.empty())
		out << " ocsp " << quoted_text(pair.ocsp);
	out << '\n';
}

void
print_listen_tls(std::ostream &out, const ListenTls &tls)
{
	out << " tls {\n";
	for (const TlsCertificate &pair : tls.certificates) {
		out << '\t';
		print_certificate(out, pair);
	}
	out << "\tprotocols " << quoted_text(tls.protocols) << "\n\tciphers "
	    << quoted_text(tls.ciphers) << '\n';
	if (!tls.client_ca.empty())
		out << "\tclient ca " << quoted_text(tls.client_ca)
		    << (tls.client_optional ? " optional\n" : "\n");
	out << '}';
}

void
print_listen(std::ostream &out, const Listen &listen)
{
	out << "listen on " << listen.address.text() << " port " << listen.port;
	if (listen.monitor)
		out << " monitor";
	if (listen.proxy)
		out << " proxy";
	if (listen.tls)
		print_listen_tls(out, *listen.tls);
	out << '\n';
}

void
print_sources(std::ostream &out, const Config &config)
{
	if (!config.trusted_proxies.from.empty()) {
		out << "trusted proxies {";
		for (const Prefix &prefix : config.trusted_proxies.from.all())
			out << ' ' << prefix.text();
		out << " }"
		    << (config.trusted_proxies.forwarded ? " header forwarded\n"
							 : "\n");
	}
	if (config.allow_from)
		print_prefixes(out, "allow from", *config.allow_from);
	else
		out << "allow from any\n";
	print_prefixes(out, "monitor from", config.monitor_from);
}

void
print_limits(std::ostream &out, const Config &config)
{
	out << "limit global " << rate_text(config.limit_global)
	    << "\nlimit address " << rate_text(config.limit_address)
	    << " table " << config.address_table << "\nlimit key "
	    << rate_text(config.limit_key) << '\n';
	if (config.limit_shared)
		out << "limit shared\n";
	out << "timeout header " << time_text(config.timeout_header)
	    << "\ntimeout request " << time_text(config.timeout_request)
	    << "\ntimeout idle " << time_text(config.timeout_idle)
	    << "\ntimeout shutdown " << time_text(config.timeout_shutdown)
	    << "\nmax connections " << config.max_connections << " per address "
	    << config.max_connections_per_address << "\nmax request "
	    << size_text(config.max_request) << "\nmax memory "
	    << size_text(config.max_memory) << '\n';
}

const char *
level_text(LogLevel level)
{
	switch (level) {
	case LogLevel::error:
		return ("error");
	case LogLevel::warning:
		return ("warning");
	case LogLevel::info:
		return ("info");
	case LogLevel::debug:
		return ("debug");
	}
	return ("info");
}

void
print_log(std::ostream &out, const LogConfig &log)
{
	out << "log {\n\tto ";
	if (log.settings.to_stderr)
		out << "stderr";
	else
		out << "syslog facility "
		    << facility_text(log.settings.facility);
	out << "\n\tformat " << (log.settings.json ? "json" : "text")
	    << "\n\tlevel " << level_text(log.settings.level) << '\n';
	print_mask(out, log.mask_recipients);
	out << "}\n";
}

void
print_mail(std::ostream &out, const MailConfig &mail)
{
	out << "mail {\n";
	print_sender(out, mail.sender);
	print_recipients(out, "\t", mail.recipients);
	out << "\tmax recipients " << mail.max_recipients << "\n\tmax subject "
	    << mail.max_subject << "\n\tmax body " << size_text(mail.max_body)
	    << '\n';
	if (mail.html)
		out << "\thtml\n";
	if (mail.attachments)
		out << "\tattachments max " << mail.attachments->max << " size "
		    << size_text(mail.attachments->size) << " total "
		    << size_text(mail.attachments->total) << '\n';
	if (mail.bulk)
		out << "\tbulk " << mail.bulk->messages << " concurrency "
		    << mail.bulk->concurrency << '\n';
	out << "}\n";
}

void
print_relay_tls(std::ostream &out, const Relay &relay)
{
	if (relay.tls == RelayTls::none) {
		out << "\ttls none\n";
	} else {
		out << (relay.tls == RelayTls::starttls ? "\ttls starttls\n"
							: "\ttls implicit\n");
		if (!relay.ca.empty())
			out << "\tca " << quoted_text(relay.ca) << '\n';
		if (relay.verify)
			out << "\tverify " << quoted_text(relay.verify_name)
			    << '\n';
		else
			out << "\tno verify\n";
		if (relay.certificate) {
			out << '\t';
			print_certificate(out, *relay.certificate);
		}
		out << "\tprotocols " << quoted_text(relay.protocols)
		    << "\n\tciphers " << quoted_text(relay.ciphers) << '\n';
	}
	if (relay.auth)
		out << "\tauth " << quoted_text(relay.auth->user)
		    << " password " << hidden << '\n';
	if (relay.insecure)
		out << "\tinsecure\n";
}

void
print_relay(std::ostream &out, const Relay &relay)
{
	if (relay.kind == RelayKind::sendmail) {
		out << "relay sendmail " << quoted_text(relay.host)
		    << " {\n\tconnections " << relay.connections
		    << "\n\ttimeout submission "
		    << time_text(relay.timeout_submission) << "\n}\n";
		return;
	}
	out << "relay " << quoted_text(relay.host) << " port " << relay.port
	    << " {\n\tconnections " << relay.connections << " idle "
	    << time_text(relay.idle) << " messages " << relay.messages
	    << "\n\ttimeout connect " << time_text(relay.timeout_connect)
	    << "\n\ttimeout submission " << time_text(relay.timeout_submission)
	    << '\n';
	if (!relay.hostname.empty())
		out << "\thostname " << quoted_text(relay.hostname) << '\n';
	if (relay.source)
		out << "\tsource " << relay.source->text() << '\n';
	print_relay_tls(out, relay);
	if (relay.reply_text)
		out << "\treply text\n";
	out << "}\n";
}

void
print_redis(std::ostream &out, const Store &store)
{
	out << "store redis ";
	if (store.path.empty())
		out << quoted_text(store.host) << " port " << store.port;
	else
		out << quoted_text(store.path);
	out << " {\n\tttl " << time_text(store.ttl) << "\n\tdatabase "
	    << store.database << '\n';
	if (!store.user.empty())
		out << "\tuser " << quoted_text(store.user) << '\n';
	if (store.password)
		out << "\tpassword " << hidden << '\n';
	out << "\tprefix " << quoted_text(store.prefix) << "\n}\n";
}

void
print_store(std::ostream &out, const Store &store)
{
	switch (store.type) {
	case StoreKind::none:
		out << "store none\n";
		break;
	case StoreKind::redis:
		print_redis(out, store);
		break;
	case StoreKind::memory:
	case StoreKind::sqlite:
		out << "store "
		    << (store.type == StoreKind::memory
			       ? "memory"
			       : "sqlite " + quoted_text(store.path))
		    << " {\n\tttl " << time_text(store.ttl) << "\n\trecords "
		    << store.records << '\n'
		    << (store.durable ? "\tdurable\n" : "") << "}\n";
		break;
	}
}

void
print_hash(std::ostream &out, const Sha256Digest &hash)
{
	std::string digits = digest_to_hex(hash);

	digits.replace(
	    shown_digits, std::string::npos, digits.size() - shown_digits, '0');
	out << "\thash \"sha256:" << digits << "\"\n";
}

void
print_key(std::ostream &out, const Key &key)
{
	out << "key " << quoted_text(key.name) << " {\n";
	for (const Sha256Digest &hash : key.hashes)
		print_hash(out, hash);
	if (!key.enabled)
		out << "\tdisabled\n";
	if (!key.description.empty())
		out << "\tdescription " << quoted_text(key.description) << '\n';
	print_sender(out, key.sender);
	if (key.recipients)
		print_recipients(out, "\t", *key.recipients);
	if (key.allow_from)
		print_prefixes(out, "\tallow from", *key.allow_from);
	if (key.own_limit)
		out << "\tlimit " << rate_text(*key.own_limit) << '\n';
	out << "\tmax recipients " << key.max_recipients << '\n'
	    << (key.no_html ? "\tno html\n" : "")
	    << (key.no_attachments ? "\tno attachments\n" : "")
	    << (key.no_bulk ? "\tno bulk\n" : "");
	print_mask(out, key.mask_recipients);
	out << "}\n";
}

} /* namespace */

std::string
print_config(const Config &config)
{
	std::ostringstream out;

	out << "# Effective configuration.  Passwords are hidden, and hashes "
	       "cut short.\n";
	if (!config.hostname.empty())
		out << "hostname " << quoted_text(config.hostname) << '\n';
	out << "prefork " << config.prefork << '\n';
	for (const Listen &listen : config.listeners)
		print_listen(out, listen);
	print_sources(out, config);
	print_limits(out, config);
	print_log(out, config.log);
	print_mail(out, config.mail);
	for (const Relay &relay : config.relays)
		print_relay(out, relay);
	print_store(out, config.store);
	for (const Key &key : config.keys)
		print_key(out, key);
	return (out.str());
}
