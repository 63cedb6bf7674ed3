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

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "certificate.h"
#include "child_config.h"
#include "config_blocks.h"
#include "config_values.h"
#include "pathnames.h"
#include "tls_client.h"

/* The relay and store blocks, whose forms take different items. */

namespace {

constexpr std::size_t max_relays = 8;
constexpr std::chrono::seconds week{7 * 24 * 3600};

constexpr std::uint64_t max_records = 100'000'000;
constexpr std::uint32_t max_memory_records = 10'000'000;

bool
is_among(std::string_view item, const std::vector<std::string_view> &items)
{
	for (auto one : items)
		if (one == item)
			return (true);
	return (false);
}

/* Complains of each item of the block that its form does not take. */
void
refuse_others(ConfigParse &parse, const std::vector<std::string_view> &taken)
{
	std::string takes;

	for (auto item : taken)
		takes += (takes.empty() ? "" : ", ") + std::string(item);
	for (const auto &[item, where] : parse.block().written)
		if (!is_among(item, taken))
			parse.error(where,
			    "does not take " + item +
				(takes.empty() ? ", nor anything else"
					       : ", only " + takes));
}

void
add_relay(ConfigParse &parse, const Text *host, RelayKind kind)
{
	Relay relay;

	relay.kind = kind;
	relay.host = host->view();
	relay.where = host->where;
	parse.config.relays.push_back(std::move(relay));
	if (parse.config.relays.size() == max_relays + 1)
		parse.error(host->where, "more than 8 relays");
}

/* What makes no sense without TLS, or with its opposite. */
void
check_relay_tls(ConfigParse &parse, const Relay &relay)
{
	const Block &block = parse.block();

	if (block.has("verify") && block.has("no verify"))
		parse.error(block.location("no verify"),
		    "verify and no verify exclude each other: take one away");
	if (relay.tls != RelayTls::none) {
		if (block.has("no verify"))
			parse.warn(block.location("no verify"),
			    "no verify: anybody on the way can pose as the "
			    "mail server");
		return;
	}
	for (const char *item : {"ca", "verify", "no verify", "certificate",
		 "protocols", "ciphers"})
		if (block.has(item))
			parse.error(block.location(item),
			    std::string(item) +
				" needs tls starttls or tls implicit");
	if (!block.has("tls") && !block.damaged &&
	    !is_loopback_host(relay.host))
		parse.error(relay.where,
		    "not on this machine, so tls must be said: write tls "
		    "starttls, tls implicit, or tls none");
	if (!relay.auth && !block.has("auth"))
		return;
	if (!relay.insecure)
		parse.error(block.location("auth"),
		    "auth would send the password in the clear: write tls "
		    "starttls or tls implicit, or insecure if that is meant");
}

/* Whose word is taken for who the mail server is. */
void
load_authorities(ConfigParse &parse, Relay &relay)
{
	const Block &block = parse.block();
	bool own = !relay.ca.empty();
	const std::string path = own ? relay.ca : path_ca_file;
	const Location &where = own ? block.location("ca") : relay.where;

	if (relay.tls == RelayTls::none || !relay.verify)
		return;
	auto contents = parse.system.read_file(path, FileCheck::readable);
	std::string wrong = contents ? check_authorities(contents->view())
				     : contents.error();
	if (wrong.empty())
		relay.authorities = contents->view();
	else
		parse.error(where,
		    (own ? "ca " : "the authorities in ") + path + ": " +
			wrong +
			(own ? "" : " (name the server's own with ca)"));
}

/* What only libtls can say: that all of it together makes a client. */
void
check_tls_client(ConfigParse &parse, const Relay &relay)
{
	const auto &pair = relay.certificate;

	/* What was complained of is not complained of twice. */
	if (relay.tls == RelayTls::none || parse.block().damaged ||
	    (relay.verify && relay.authorities.empty()) ||
	    (pair && pair->not_after == 0) ||
	    !check_protocols(relay.protocols).empty() ||
	    !check_ciphers(relay.ciphers).empty())
		return;
	auto made = TlsClient::make(make_smtp_tls(relay));
	std::string wrong =
	    made ? made->trouble(relay.verify_name) : made.error();
	if (!wrong.empty())
		parse.error(pair ? pair->where : relay.where,
		    (pair ? "certificate " + pair->certificate : "tls") + ": " +
			wrong);
}

void
check_smtp(ConfigParse &parse, Relay &relay)
{
	const Block &block = parse.block();

	relay.address = IpAddress::parse_scoped(relay.host);
	if (!block.has("port") && relay.tls == RelayTls::implicit)
		relay.port = 465;
	if (relay.verify_name.empty())
		relay.verify_name = relay.host;
	check_relay_tls(parse, relay);
	load_authorities(parse, relay);
	check_tls_client(parse, relay);
	if (relay.insecure && relay.tls == RelayTls::none)
		parse.warn(block.location("insecure"),
		    "insecure: a password may be sent in the clear");
	if (relay.insecure && relay.tls != RelayTls::none)
		parse.warn(block.location("insecure"),
		    "insecure has no effect with tls: take it away");
	if (relay.source && relay.address &&
	    relay.source->is_v4() != relay.address->is_v4())
		parse.error(block.location("source"),
		    "source is of another address family than the relay");
}

const char *
form_name(StoreKind type)
{
	switch (type) {
	case StoreKind::memory:
		return ("memory");
	case StoreKind::sqlite:
		return ("sqlite");
	case StoreKind::redis:
		return ("redis");
	case StoreKind::none:
		break;
	}
	return ("none");
}

/* It may be installed later, so a program that is missing is no error. */
void
end_sendmail(ConfigParse &parse, const Relay &relay)
{
	refuse_others(parse, {"connections", "timeout submission"});
	if (parse.block().damaged)
		return;
	std::string trouble = parse.system.program_trouble(relay.host);
	if (!trouble.empty())
		parse.warn(relay.where,
		    relay.host + " " + trouble + ": no mail can be sent by it");
}

/* Puts back the defaults of what the form does not have. */
void
store_defaults(Store &store, const Block &block)
{
	bool lasting =
	    store.type == StoreKind::sqlite || store.type == StoreKind::redis;

	if (lasting && !block.has("ttl"))
		store.ttl = week;
	if (store.type == StoreKind::sqlite && !block.has("records"))
		store.records = 1'000'000;
}

} /* namespace */

void
begin_relay(ConfigParse &parse, const Text *host)
{
	parse.enter("relay", "relay " + quoted_text(host->view()));
	parse.block().where = host->where;
	auto checked = parse_host(host->view());
	if (!checked)
		parse.error(host->where, checked.error());
	add_relay(parse, host, RelayKind::smtp);
	/* That its tls line is missing must not be said of a bad name. */
	if (!checked)
		parse.block().damaged = true;
}

void
begin_sendmail(ConfigParse &parse, const Text *path)
{
	parse.enter("relay", "relay sendmail");
	parse.block().where = path->where;
	auto checked = parse_path(path->view());
	if (!checked) {
		parse.error(path->where, checked.error());
		parse.block().damaged = true;
	}
	add_relay(parse, path, RelayKind::sendmail);
}

void
relay_connections(ConfigParse &parse, const Text *number, const Text *idle,
    const Text *messages)
{
	Relay &relay = parse.config.relays.back();

	parse.number(relay.connections, "connections", number, 1, 1000);
	relay.idle = Relay().idle;
	relay.messages = Relay().messages;
	parse.forget({"connections idle", "connections messages"});
	if (idle != nullptr)
		parse.time(relay.idle, "connections idle", idle,
		    std::chrono::seconds(1), std::chrono::hours(1));
	if (messages != nullptr)
		parse.number(relay.messages, "connections messages", messages,
		    1, 1000000);
}

void
relay_source(ConfigParse &parse, const Text *text)
{
	parse.note("source", text->where);
	auto address = parse_address(text->view());
	if (!address)
		return (parse.error(text->where, "source: " + address.error()));
	parse.config.relays.back().source = *address;
}

void
relay_tls(ConfigParse &parse, RelayTls tls)
{
	parse.note("tls", parse.here);
	parse.config.relays.back().tls = tls;
}

void
relay_verify(ConfigParse &parse, const Text *name)
{
	parse.note("verify", name->where);
	auto checked = parse_host(name->view());
	if (!checked)
		return (parse.error(name->where, "verify: " + checked.error()));
	parse.config.relays.back().verify_name = *checked;
}

void
relay_certificate(ConfigParse &parse, const Text *certificate, const Text *key)
{
	parse.config.relays.back().certificate =
	    tls_certificate(parse, certificate, key);
}

void
relay_auth(ConfigParse &parse, const Text *user, const Text *password)
{
	parse.note("auth", user->where);
	if (password == nullptr)
		return;
	if (user->view().empty() || password->view().empty())
		return (parse.error(
		    user->where, "auth: user and password must not be empty"));
	RelayAuth &auth = parse.config.relays.back().auth.emplace();
	auth.user = user->view();
	auth.password = password->value;
}

void
end_relay(ConfigParse &parse)
{
	Relay &relay = parse.config.relays.back();

	if (relay.kind == RelayKind::smtp)
		check_smtp(parse, relay);
	else
		end_sendmail(parse, relay);
	if (parse.block().damaged)
		relay.port = 0; /* it is compared with no other */
	parse.leave();
}

void
begin_store(ConfigParse &parse, StoreKind type)
{
	parse.note("store", parse.here);
	parse.enter("store", std::string("store ") + form_name(type));
	parse.config.store = Store();
	parse.config.store.type = type;
	parse.config.store.where = parse.here;
}

void
begin_sqlite(ConfigParse &parse, const Text *path)
{
	begin_store(parse, StoreKind::sqlite);
	auto checked = parse_path(path->view());
	if (!checked)
		return (parse.error(path->where, checked.error()));
	if (checked->back() == '/')
		return (parse.error(
		    path->where, "the path of a file is needed"));
	parse.config.store.path = *checked;
}

void
begin_redis(ConfigParse &parse, const Text *host, const Text *port)
{
	Store &store = parse.config.store;

	begin_store(parse, StoreKind::redis);
	if (port != nullptr)
		parse.port(store.port, "port", port);
	if (!host->view().empty() && host->view().front() == '/') {
		if (port != nullptr)
			parse.error(
			    port->where, "port: a UNIX socket has none");
		if (host->view().size() >= sizeof(sockaddr_un::sun_path))
			parse.error(host->where,
			    "the path of a UNIX socket has at most " +
				std::to_string(
				    sizeof(sockaddr_un::sun_path) - 1) +
				" octets");
		store.path = host->view();
		return;
	}
	auto checked = parse_host(host->view());
	if (!checked)
		return (parse.error(host->where, checked.error()));
	store.host = *checked;
}

void
store_records(ConfigParse &parse, const Text *text)
{
	std::uint32_t records = 0;
	bool memory = parse.config.store.type == StoreKind::memory;

	parse.number(records, "records", text, 1,
	    memory ? max_memory_records : max_records);
	if (records != 0)
		parse.config.store.records = records;
}

void
store_password(ConfigParse &parse, const Text *password)
{
	parse.note("password", parse.here);
	if (password != nullptr)
		parse.config.store.password = password->value;
}

void
end_store(ConfigParse &parse)
{
	Store &store = parse.config.store;

	store_defaults(store, parse.block());
	switch (store.type) {
	case StoreKind::none:
		refuse_others(parse, {});
		break;
	case StoreKind::memory:
		refuse_others(parse, {"ttl", "records"});
		break;
	case StoreKind::sqlite:
		refuse_others(parse, {"ttl", "records", "durable"});
		break;
	case StoreKind::redis:
		parse.forget({"port"}); /* it stands before the block */
		refuse_others(parse,
		    {"ttl", "database", "user", "password", "prefix"});
		break;
	}
	parse.leave();
}
