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

/* The files and words of TLS, read and checked where they are named. */

#include <ctime>

#include "certificate.h"
#include "child_config.h"
#include "config_blocks.h"
#include "config_values.h"
#include "tls_server.h"

namespace {

/* What is in it, if it can be opened and is kept from others as it must be. */
std::optional<Secret>
read_tls_file(
    ConfigParse &parse, const char *item, const Text *path, FileCheck check)
{
	auto checked = parse_path(path->view());
	if (!checked)
		return (std::nullopt); /* it was complained of */
	auto contents = parse.system.read_file(*checked, check);
	if (contents)
		return (std::move(*contents));
	parse.error(path->where,
	    std::string(item) + " " + *checked + ": " + contents.error());
	return (std::nullopt);
}

/* Do the two belong together, and for how long yet? */
void
check_pair(ConfigParse &parse, TlsCertificate &pair)
{
	auto end = check_certificate({pair.certificate, pair.chain},
	    {pair.key, pair.private_key.view()});
	if (!end)
		return (parse.error(pair.where, end.error()));
	pair.not_after = *end;
	std::time_t left = *end - std::time(nullptr);
	if (left <= 0)
		parse.warn(pair.where,
		    "certificate " + pair.certificate + " has ended");
	else if (left <= certificate_warning)
		parse.warn(pair.where,
		    "certificate " + pair.certificate + " ends in " +
			std::to_string(left / (24 * 3600)) + " days");
}

/* Clients that ask for it are told it, so it must be of use to them. */
void
load_ocsp(ConfigParse &parse, TlsCertificate &pair, const Text *path)
{
	parse.path(pair.ocsp, "ocsp", path);
	auto contents =
	    read_tls_file(parse, "ocsp", path, FileCheck::readable);
	if (!contents || pair.private_key.empty())
		return;
	auto until = check_ocsp(contents->view(), pair.chain);
	if (!until)
		return (parse.error(path->where,
		    "ocsp " + pair.ocsp + ": " + until.error()));
	if (*until != 0 && *until <= std::time(nullptr))
		parse.warn(path->where,
		    "ocsp " + pair.ocsp + ": the response has ended");
	pair.response = contents->view();
}

} /* namespace */

TlsCertificate
tls_certificate(ConfigParse &parse, const Text *certificate, const Text *key)
{
	TlsCertificate result;

	result.where = certificate->where;
	parse.path(result.certificate, "certificate", certificate);
	parse.path(result.key, "key", key);
	auto chain = read_tls_file(
	    parse, "certificate", certificate, FileCheck::readable);
	auto secret = read_tls_file(parse, "key", key, FileCheck::mode);
	if (!chain || !secret)
		return (result);
	result.chain = chain->view();
	result.private_key = std::move(*secret);
	check_pair(parse, result);
	return (result);
}

void
tls_list(ConfigParse &parse, std::string &out, const char *item,
    const Text *value, std::size_t max,
    std::string (*check)(const std::string &))
{
	parse.phrase(out, item, value, max);
	if (std::string wrong = check(out); !wrong.empty())
		parse.error(value->where, std::string(item) + ": " + wrong);
}

void
begin_listen_tls(ConfigParse &parse)
{
	parse.note("tls", parse.here);
	parse.config.listeners.back().tls.emplace();
}

void
listen_certificate(ConfigParse &parse, const Text *certificate, const Text *key,
    const Text *ocsp)
{
	auto &pairs = parse.config.listeners.back().tls->certificates;

	/* This one item repeats. */
	parse.forget({"certificate", "key", "ocsp"});
	pairs.push_back(tls_certificate(parse, certificate, key));
	if (ocsp != nullptr)
		load_ocsp(parse, pairs.back(), ocsp);
	if (pairs.size() == certificates_max + 1)
		parse.error(certificate->where,
		    "more than 16 certificates for one socket");
}

void
listen_client_ca(ConfigParse &parse, const Text *path, bool optional)
{
	ListenTls &tls = *parse.config.listeners.back().tls;

	tls.client_optional = optional;
	parse.path(tls.client_ca, "client ca", path);
	auto contents =
	    read_tls_file(parse, "client ca", path, FileCheck::readable);
	if (!contents)
		return;
	if (auto wrong = check_authorities(contents->view()); !wrong.empty())
		return (parse.error(path->where,
		    "client ca " + tls.client_ca + ": " + wrong));
	tls.client_authorities = contents->view();
}

/* What only libtls can say: that all of it together makes a server. */
void
end_listen_tls(ConfigParse &parse)
{
	const ListenTls &tls = *parse.config.listeners.back().tls;

	/* What was complained of is not complained of twice. */
	if (tls.client_ca.empty() != tls.client_authorities.empty() ||
	    !check_protocols(tls.protocols).empty() ||
	    !check_ciphers(tls.ciphers).empty())
		return;
	for (const TlsCertificate &pair : tls.certificates)
		if (pair.not_after == 0 ||
		    pair.ocsp.empty() != pair.response.empty())
			return;
	auto made = TlsServer::make(make_http_tls(tls), TicketKeys());
	if (!made)
		parse.error(parse.block().location("tls"),
		    "tls: " + made.error());
}
