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

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "config_check.h"
#include "config_values.h"
#include "http_config.h"

namespace {

constexpr std::size_t max_listeners = 64;
constexpr std::size_t max_keys = 10000;

std::string
on_line(const Location &where)
{
	return (where.file + ":" + std::to_string(where.line));
}

void
fill_listeners(ConfigParse &parse)
{
	Listen listen;

	if (!parse.config.listeners.empty() || parse.top().damaged)
		return;
	listen.address = *IpAddress::parse("127.0.0.1");
	listen.port = 8080;
	parse.config.listeners.push_back(listen);
}

void
fill_relays(ConfigParse &parse)
{
	std::vector<Relay> &relays = parse.config.relays;

	if (relays.empty()) {
		relays.emplace_back();
		relays.back().address = IpAddress::parse(relays.back().host);
		relays.back().verify_name = relays.back().host;
	}
	for (Relay &relay : relays)
		if (relay.hostname.empty())
			relay.hostname = parse.config.hostname;
}

/* The defaults of sizes are cut to what max request lets in at all. */
void
fill_sizes(ConfigParse &parse)
{
	const Block &block = parse.shared_block("mail");
	MailConfig &mail = parse.config.mail;
	/* base64 makes four octets of three. */
	std::uint64_t fits = parse.config.max_request / 4 * 3;

	if (!block.has("max body"))
		mail.max_body =
		    std::min(mail.max_body, parse.config.max_request);
	if (!mail.attachments)
		return;
	AttachmentLimits &limits = *mail.attachments;
	if (!block.has("attachments total"))
		limits.total = std::min(limits.total, fits);
	if (!block.has("attachments size"))
		limits.size = std::min(limits.size, limits.total);
}

void
fill_key(ConfigParse &parse, Key &key, const KeyItems &items)
{
	const Config &config = parse.config;
	bool own_from = items.from.has_value();

	key.sender = config.mail.sender;
	if (own_from) {
		key.sender.from = items.from;
		key.sender.name = items.name;
	}
	if (items.envelope)
		key.sender.envelope_from = items.envelope->envelope_from;
	else if (own_from && !parse.shared_block("mail").has("envelope from"))
		key.sender.envelope_from = items.from;
	key.limit = key.own_limit.value_or(config.limit_key);
	key.max_recipients =
	    std::min(items.max_recipients.value_or(config.mail.max_recipients),
		config.mail.max_recipients);
	key.mask_recipients =
	    items.mask_recipients.value_or(config.log.mask_recipients);
}

/* In the order in which later defaults need earlier ones. */
void
fill_defaults(ConfigParse &parse)
{
	Config &config = parse.config;
	Sender &sender = config.mail.sender;

	if (!parse.top().has("hostname")) {
		/* Without a dot it is no name that others could resolve. */
		std::string name = parse.system.hostname();
		if (name.find('.') != std::string::npos &&
		    parse_ehlo_name(name))
			config.hostname = name;
	}
	if (!parse.top().has("monitor from"))
		config.monitor_from = PrefixList(
		    {*Prefix::parse("127.0.0.0/8"), *Prefix::parse("::1")});
	if (!parse.shared_block("mail").has("envelope from"))
		sender.envelope_from = sender.from;
	fill_listeners(parse);
	fill_relays(parse);
	fill_sizes(parse);
	for (std::size_t i = 0; i < config.keys.size(); i++)
		fill_key(parse, config.keys[i], parse.key_items[i]);
}

/* An item that must be there, unless an error may have hidden it. */
void
check_mail_required(ConfigParse &parse)
{
	const Block &block = parse.shared_block("mail");
	const Location &where =
	    block.where.line == 0 ? parse.here : block.where;

	if (block.damaged || parse.top().damaged)
		return;
	if (!block.has("from"))
		parse.error(
		    where, "mail has no from: write mail { from \"ADDRESS\" }");
	if (!block.has("recipients"))
		parse.error(where,
		    "mail has no recipients: write the domains and addresses "
		    "that mail may go to, mail { recipients { ... } }");
}

/* daemon(3) closes it: every line would be lost without a word. */
void
check_log(ConfigParse &parse)
{
	const Block &block = parse.shared_block("log");

	if (parse.options.detached && parse.config.log.settings.to_stderr)
		parse.error(block.location("to"),
		    "log: to stderr needs -F or -d, for nobody reads the "
		    "stderr of a daemon: start it with -F, or write to syslog");
}

void
check_sizes(ConfigParse &parse)
{
	const Config &config = parse.config;
	const Block &block = parse.shared_block("mail");

	if (config.max_request > config.max_memory)
		parse.error(parse.top().location(parse.top().has("max memory")
				    ? "max memory"
				    : "max request"),
		    "max request " + size_text(config.max_request) +
			" is over max memory " + size_text(config.max_memory) +
			": raise max memory");
	if (config.mail.max_body > config.max_request)
		parse.error(block.location("max body"),
		    "mail: max body " + size_text(config.mail.max_body) +
			" is over max request " +
			size_text(config.max_request) + ": raise max request");
	if (!config.mail.attachments)
		return;
	const AttachmentLimits &limits = *config.mail.attachments;
	if (limits.size > limits.total)
		parse.error(block.location("attachments"),
		    "mail: attachments size " + size_text(limits.size) +
			" is over total " + size_text(limits.total) +
			": raise total" +
			(block.has("attachments total") ? ""
							: ", or max request"));
	/* As three quarters, rounded down: total * 4/3 cannot overflow so. */
	if (limits.total > config.max_request / 4 * 3)
		parse.error(block.location("attachments"),
		    "mail: attachments total " + size_text(limits.total) +
			" does not fit into max request " +
			size_text(config.max_request) +
			" once it is base64: raise max request");
}

void
check_listeners(ConfigParse &parse)
{
	const Config &config = parse.config;
	std::map<std::pair<IpAddress, std::uint16_t>, const Listen *> seen;

	if (config.listeners.size() > max_listeners)
		parse.error(config.listeners[max_listeners].where,
		    "listen on: more than 64 sockets");
	for (const Listen &listen : config.listeners) {
		auto [first, is_new] =
		    seen.try_emplace({listen.address, listen.port}, &listen);
		if (!is_new && listen.port != 0)
			parse.error(listen.where,
			    "listen on: the same socket as " +
				on_line(first->second->where));
		if (listen.proxy && config.trusted_proxies.from.empty() &&
		    !parse.top().has("trusted proxies") && !parse.top().damaged)
			parse.error(listen.where,
			    "listen on: proxy needs trusted proxies { ... }: "
			    "who may say for whom a connection is");
	}
}

void
check_relays(ConfigParse &parse)
{
	std::map<std::pair<std::string, unsigned int>, const Relay *> seen;

	for (const Relay &relay : parse.config.relays) {
		std::string host = relay.host;
		std::transform(
		    host.begin(), host.end(), host.begin(), [](char c) {
			    return (c >= 'A' && c <= 'Z'
				    ? static_cast<char>(c - 'A' + 'a')
				    : c);
		    });
		if (relay.address)
			host = relay.address->text();
		unsigned int port =
		    relay.kind == RelayKind::sendmail ? 0 : relay.port;
		auto [first, is_new] = seen.try_emplace({host, port}, &relay);
		if (!is_new && relay.port != 0)
			parse.error(relay.where,
			    "the same relay as " +
				on_line(first->second->where));
	}
}

void
check_store(ConfigParse &parse)
{
	const Config &config = parse.config;

	if (config.limit_shared && config.store.type != StoreKind::redis)
		parse.error(parse.top().location("limit shared"),
		    "limit shared needs store redis, where the relays share "
		    "it");
	if (config.store.type != StoreKind::sqlite ||
	    config.store.path.empty())
		return;
	std::string trouble = parse.system.ledger_trouble(config.store.path);
	if (!trouble.empty())
		parse.error(config.store.where, "store sqlite: " + trouble);
	else if (std::string company =
		     parse.system.ledger_company(config.store.path);
	    !company.empty())
		parse.warn(config.store.where, "store sqlite: " + company);
}

/* Every domain that the list has mail for, in whole or in part. */
std::set<std::string>
policy_domains(const RecipientPolicy &policy)
{
	std::set<std::string> domains;

	for (const std::string &entry : policy.entries()) {
		auto address = MailAddress::parse(
		    entry.find('@') == std::string::npos ? "x@" + entry
							 : entry);
		if (address)
			domains.insert(address->canonical().substr(
			    address->canonical().rfind('@') + 1));
	}
	return (domains);
}

/* Warns of entries of a key's list that the global one can never allow. */
void
check_key_recipients(ConfigParse &parse, const Key &key, const Location &where,
    const std::set<std::string> &domains)
{
	const RecipientPolicy &global = parse.config.mail.recipients;

	if (!key.recipients)
		return;
	for (const std::string &entry : key.recipients->entries()) {
		bool domain = entry.find('@') == std::string::npos;
		auto address =
		    MailAddress::parse(domain ? "x@" + entry : entry);
		if (!address || global.allows(*address))
			continue;
		std::string canonical = address->canonical();
		if (domain &&
		    domains.count(canonical.substr(canonical.rfind('@') + 1)))
			continue;
		parse.warn(where,
		    "key " + quoted_text(key.name) +
			": recipients: " + quoted_text(entry) +
			" can never match: mail's recipients lack it");
	}
}

void
check_keys(ConfigParse &parse)
{
	const Config &config = parse.config;
	std::map<std::string, const Key *> names;
	std::map<Sha256Digest, const Key *> hashes;
	auto domains = policy_domains(config.mail.recipients);

	if (config.keys.size() > max_keys)
		parse.error(
		    config.keys[max_keys].where, "more than 10000 keys");
	for (std::size_t i = 0; i < config.keys.size(); i++) {
		const Key &key = config.keys[i];
		const KeyItems &items = parse.key_items[i];
		std::string title = "key " + quoted_text(key.name) + ": ";

		auto [name, new_name] = names.try_emplace(key.name, &key);
		if (!new_name)
			parse.error(key.where,
			    title + "the same name as " +
				on_line(name->second->where));
		for (const Sha256Digest &hash : key.hashes) {
			auto [other, is_new] = hashes.try_emplace(hash, &key);
			if (!is_new)
				parse.error(key.where,
				    title + "the same secret as key " +
					quoted_text(other->second->name) +
					" of " +
					on_line(other->second->where));
		}
		if (!items.complete)
			continue;
		check_key_recipients(
		    parse, key, items.block.location("recipients"), domains);
		if (items.max_recipients.value_or(0) >
		    config.mail.max_recipients)
			parse.warn(items.block.location("max recipients"),
			    title + "max recipients is over mail's " +
				std::to_string(config.mail.max_recipients) +
				", which holds");
	}
}

void
check_any_key(ConfigParse &parse)
{
	const std::vector<Key> &keys = parse.config.keys;

	if (parse.top().damaged)
		return;
	if (keys.empty())
		parse.error(parse.here,
		    "no key: add the block that http-smtp-rele -K NAME "
		    "prints");
	else if (std::none_of(keys.begin(), keys.end(),
		     [](const Key &key) { return (key.enabled); }))
		parse.error(keys.front().where,
		    "no key is enabled: take disabled away from one");
}

/*
 * A default is what there is room for, and needs no warning; what was written
 * has to fit.
 */
void
check_descriptors(ConfigParse &parse)
{
	Config &config = parse.config;
	std::uint64_t limit = parse.system.descriptors;
	const char *remedy =
	    ": raise the limit (ulimit -Hn, LimitNOFILE, on OpenBSD "
	    "/etc/login.conf.d/http_smtp_rele)";

	if (std::uint64_t needed = smtp_descriptors(config); needed > limit)
		parse.error(config.relays.front().where,
		    "the relays' connections need " + std::to_string(needed) +
			" descriptors, of " + std::to_string(limit) + remedy);
	std::uint64_t needed = http_descriptors(config);
	if (needed <= limit)
		return;
	std::uint64_t fixed = http_descriptors_besides(config.listeners.size());
	if (parse.top().has("max connections") || limit <= fixed)
		return (parse.error(parse.top().location("max connections"),
		    "max connections " +
			std::to_string(config.max_connections) + " needs " +
			std::to_string(needed) +
			" descriptors in each process, of " +
			std::to_string(limit) + remedy + ", or prefork"));
	config.max_connections =
	    static_cast<std::uint32_t>((limit - fixed) * config.prefork);
}

} /* namespace */

std::uint64_t
http_descriptors(const Config &config)
{
	return ((config.max_connections + config.prefork - 1) / config.prefork +
	    http_descriptors_besides(config.listeners.size()));
}

/* As many again may wait for a late reply (RFC 5321 4.5.3.2.6). */
std::uint64_t
smtp_descriptors(const Config &config)
{
	std::uint64_t connections = 0;

	for (const Relay &relay : config.relays)
		connections += relay.connections;
	connections *= 2;
	if (config.store.type == StoreKind::redis)
		connections++;
	return (connections + other_descriptors);
}

bool
check_config(ConfigParse &parse)
{
	fill_defaults(parse);
	check_mail_required(parse);
	check_log(parse);
	check_sizes(parse);
	check_listeners(parse);
	check_relays(parse);
	check_store(parse);
	check_keys(parse);
	check_any_key(parse);
	check_descriptors(parse);
	return (!parse.failed());
}
