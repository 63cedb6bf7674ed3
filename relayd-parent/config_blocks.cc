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

#include "config_blocks.h"
#include "config_values.h"

namespace {

constexpr std::uint32_t max_sender_name = 128; /* characters */
constexpr std::uint32_t max_attachments = 100;
constexpr std::uint64_t max_octets = 128 << 20; /* as of max request */

/* The addresses that `listen on' stands for; an error names what it lacks. */
std::vector<IpAddress>
listen_addresses(ConfigParse &parse, const Text *on)
{
	if (on->view() == "*")
		return {*IpAddress::parse("0.0.0.0")};
	if (auto address = IpAddress::parse_scoped(on->view()))
		return {*address};
	if (!on->view().empty() && on->view().front() == '/') {
		parse.error(on->where,
		    "UNIX sockets are not supported: write an address or an "
		    "interface, and a port");
		parse.block().damaged = true; /* no port is missed */
		return {};
	}
	auto addresses =
	    parse.system.interface_addresses(std::string(on->view()));
	if (addresses.empty())
		parse.error(on->where,
		    quoted_text(on->view()) +
			" is neither an IP address nor an interface that has "
			"one (host names are not looked up)");
	return (addresses);
}

} /* namespace */

void
trusted_proxies(ConfigParse &parse, const TextList &list, const Text *header)
{
	TrustedProxies &proxies = parse.config.trusted_proxies;

	proxies.from = parse.prefixes("trusted proxies", list);
	proxies.forwarded = header != nullptr;
	if (header != nullptr && header->view() != "forwarded")
		parse.error(header->where,
		    "trusted proxies: header can only be forwarded; without "
		    "it, it is X-Forwarded-For");
}

void
max_connections(
    ConfigParse &parse, const Text *number, const Text *per_address)
{
	Config &config = parse.config;

	parse.number(
	    config.max_connections, "max connections", number, 1, 1000000);
	config.max_connections_per_address =
	    Config().max_connections_per_address;
	parse.forget({"max connections per address"});
	if (per_address != nullptr)
		parse.number(config.max_connections_per_address,
		    "max connections per address", per_address, 1, 1000000);
}

/* Of limit address, whose bucket was read. */
void
address_table(ConfigParse &parse, const Text *number)
{
	parse.config.address_table = Config().address_table;
	parse.forget({"limit address table"});
	if (number != nullptr)
		parse.number(parse.config.address_table, "limit address table",
		    number, 1, 10000000);
}

/*
 * Several sockets when it is an interface: the options go to the last one,
 * and end_listen() copies them to the others.
 */
void
begin_listen(ConfigParse &parse, const Text *on, const Text *port)
{
	Listen listen;

	parse.enter("listen on", "listen on");
	parse.block().where = on->where;
	listen.where = on->where;
	auto addresses = listen_addresses(parse, on);
	if (port != nullptr)
		parse.port(listen.port, "port", port);
	parse.first_listener = parse.config.listeners.size();
	for (const IpAddress &address : addresses) {
		listen.address = address;
		parse.config.listeners.push_back(listen);
	}
	if (addresses.empty()) /* something for the options to go to */
		parse.config.listeners.push_back(listen);
}

void
end_listen(ConfigParse &parse)
{
	auto &listeners = parse.config.listeners;
	const Listen &last = listeners.back();

	if (!parse.block().has("port") && !parse.block().damaged)
		parse.error(
		    last.where, "the port is missing: write port NUMBER");
	if (last.tls && last.tls->certificates.empty() &&
	    !parse.block().damaged)
		parse.error(parse.block().location("tls"),
		    "tls needs a certificate: write certificate PATH key PATH");
	else if (last.tls && !parse.block().damaged)
		end_listen_tls(parse);
	for (auto i = parse.first_listener; i + 1 < listeners.size(); i++) {
		listeners[i].tls = last.tls;
		listeners[i].proxy = last.proxy;
		listeners[i].monitor = last.monitor;
	}
	parse.leave();
}

void
end_directive(ConfigParse &parse)
{
	const std::string &keyword = parse.block().keyword;

	if (keyword == "listen on")
		end_listen(parse);
	else if (keyword == "relay")
		end_relay(parse);
	else if (keyword == "store")
		end_store(parse);
}

void
log_to_syslog(ConfigParse &parse, const Text *facility)
{
	LogSettings &settings = parse.config.log.settings;

	parse.note("to", parse.here);
	settings.to_stderr = false;
	settings.facility = LOG_MAIL;
	if (facility == nullptr)
		return;
	auto number = parse_facility(facility->view());
	if (!number)
		return (parse.error(facility->where,
		    "facility: mail, daemon, or local0 to local7 is needed"));
	settings.facility = *number;
}

void
log_level(ConfigParse &parse, const Text *level)
{
	LogLevel &out = parse.config.log.settings.level;

	parse.note("level", level->where);
	if (level->view() == "error")
		out = LogLevel::error;
	else if (level->view() == "warning")
		out = LogLevel::warning;
	else if (level->view() == "info")
		out = LogLevel::info;
	else if (level->view() == "debug")
		out = LogLevel::debug;
	else
		parse.error(level->where,
		    "level: error, warning, info or debug is needed");
}

void
mail_from(ConfigParse &parse, const Text *address, const Text *name)
{
	Sender &sender = parse.config.mail.sender;

	if (auto from = parse.address("from", address))
		sender.from = *from;
	sender.name.clear();
	parse.forget({"from name"});
	if (name != nullptr)
		parse.phrase(sender.name, "from name", name, max_sender_name);
}

void
mail_envelope(ConfigParse &parse, const Text *address)
{
	std::optional<MailAddress> &out =
	    parse.config.mail.sender.envelope_from;

	if (address->view() == "<>") {
		parse.note("envelope from", address->where);
		out = std::nullopt;
	} else
		out = parse.address("envelope from", address);
}

void
recipients_any(ConfigParse &parse)
{
	parse.note("recipients", parse.here);
	parse.warn(parse.here,
	    "recipients any: whoever has a key can send to anybody");
	parse.config.mail.recipients = RecipientPolicy::any();
}

void
mail_attachments(
    ConfigParse &parse, const Text *max, const Text *size, const Text *total)
{
	AttachmentLimits &limits = parse.config.mail.attachments.emplace();

	parse.forget(
	    {"attachments max", "attachments size", "attachments total"});
	parse.note("attachments", max->where);
	parse.number(limits.max, "attachments max", max, 1, max_attachments);
	if (size != nullptr)
		parse.size(
		    limits.size, "attachments size", size, 1, max_octets);
	if (total != nullptr)
		parse.size(
		    limits.total, "attachments total", total, 1, max_octets);
}

void
mail_bulk(ConfigParse &parse, const Text *messages, const Text *concurrency)
{
	BulkLimits &limits = parse.config.mail.bulk.emplace();

	parse.forget({"bulk concurrency"});
	parse.number(limits.messages, "bulk", messages, 1, 10000);
	if (concurrency != nullptr)
		parse.number(limits.concurrency, "bulk concurrency",
		    concurrency, 1, 1000);
}

void
begin_key(ConfigParse &parse, const Text *name)
{
	Key key;

	parse.enter("key", "key " + quoted_text(name->view()));
	parse.block().where = name->where;
	auto checked = parse_key_name(name->view());
	if (!checked)
		parse.error(name->where, checked.error());
	key.name = name->view();
	key.where = name->where;
	parse.config.keys.push_back(std::move(key));
	parse.key_items.emplace_back();
}

/* The limit on how many there may be is judged once, by end_key(). */
void
key_hash(ConfigParse &parse, const Text *text)
{
	auto hash = parse_hash(text->view());
	if (!hash) {
		parse.block().damaged = true; /* it is not missing */
		return (parse.error(text->where, "hash: " + hash.error()));
	}
	if (is_example_hash(*hash))
		parse.warn(text->where,
		    "hash is an example's, whose secret everybody knows (make "
		    "one with http-smtp-rele -K " +
			parse.config.keys.back().name + ")");
	parse.config.keys.back().hashes.push_back(*hash);
}

void
key_secret(ConfigParse &parse, const Text *text)
{
	auto hash = parse_secret(text->view());
	if (!hash) {
		parse.block().damaged = true;
		return (parse.error(text->where,
		    "secret " + hash.error() +
			" (make one with http-smtp-rele -K " +
			parse.config.keys.back().name + ")"));
	}
	parse.config.keys.back().hashes.push_back(*hash);
}

void
key_from(ConfigParse &parse, const Text *address, const Text *name)
{
	KeyItems &items = parse.key_items.back();

	items.from = parse.address("from", address);
	items.name.clear();
	parse.forget({"from name"});
	if (name != nullptr)
		parse.phrase(items.name, "from name", name, max_sender_name);
}

void
key_envelope(ConfigParse &parse, const Text *address)
{
	Sender &items = parse.key_items.back().envelope.emplace();

	if (address->view() == "<>")
		parse.note("envelope from", address->where);
	else
		items.envelope_from = parse.address("envelope from", address);
}

void
end_key(ConfigParse &parse)
{
	constexpr std::size_t max_hashes = 4;
	const Key &key = parse.config.keys.back();
	const Block &block = parse.block();

	if (key.hashes.empty() && !block.damaged)
		parse.error(key.where,
		    "a hash is needed (make one with http-smtp-rele -K " +
			key.name + ")");
	if (key.hashes.size() > max_hashes)
		parse.error(key.where,
		    "has " + std::to_string(key.hashes.size()) +
			" hashes and secrets, at most 4 are allowed");
	parse.key_items.back().block = parse.leave();
	parse.key_items.back().complete = true;
}
