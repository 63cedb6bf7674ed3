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

/*
 * Parsing a configuration from memory, on a machine that tests make up: its
 * files, its interfaces, its descriptors.
 */

#ifndef REGRESS_UNIT_CONFIG_TEXT_H
#define REGRESS_UNIT_CONFIG_TEXT_H

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "certificates.h"
#include "config.h"
#include "pathnames.h"

constexpr const char *secret_32 = "0123456789abcdef0123456789ABCDEF";

/* The least that is a configuration, on lines 1 and 2. */
constexpr const char *least =
    "mail { from \"a@example.com\" recipients \"example.com\" }\n"
    "key \"k\" { secret \"0123456789abcdef0123456789ABCDEF\" }\n";

struct Parsed {
	std::optional<Config> config;
	std::vector<std::string> errors;
	std::vector<std::string> warnings;

	std::string all_errors() const
	{
		std::string text;
		for (const std::string &error : errors)
			text += error + "\n";
		return (text);
	}
};

struct Machine {
	/* by absolute path; /c and /k are a certificate and its key */
	std::map<std::string, std::string> files = {
	    {path_ca_file, certificate_pem}, {"/ca", certificate_pem},
	    {"/c", certificate_pem}, {"/k", certificate_key_pem},
	    {"/o", from_base64(ocsp_base64)}};
	std::vector<ConfigMacro> macros;
	std::string hostname = "relay.example.com";
	std::uint64_t descriptors = 10'000'000;
	bool verbose = false;
	bool detached = false;

	/* text is the main file, /etc/test.conf. */
	Parsed parse(const std::string &text) const
	{
		Parsed parsed;
		ConfigOptions options;
		ConfigSystem system;

		options.path = "/etc/test.conf";
		options.macros = macros;
		options.verbose = verbose;
		options.detached = detached;
		system.read_file = [&](const std::string &path, FileCheck) {
			return (read(path, text));
		};
		system.hostname = [this] { return (hostname); };
		system.interface_addresses = [](const std::string &name) {
			std::vector<IpAddress> addresses;
			if (name == "em0") {
				addresses.push_back(
				    *IpAddress::parse("192.0.2.7"));
				addresses.push_back(
				    *IpAddress::parse("2001:db8::7"));
			}
			return (addresses);
		};
		system.ledger_trouble = [](const std::string &path) {
			return (path.starts_with("/bad/") ? "no place" : "");
		};
		system.ledger_company = [](const std::string &path) {
			return (path.starts_with("/shared/") ? "holds more"
							     : "");
		};
		system.program_trouble = [](const std::string &path) {
			return (path.starts_with("/bad/") ? "is not executable"
							  : "");
		};
		system.descriptors = descriptors;
		parsed.config = parse_config(
		    options,
		    [&](ConfigMessage kind, const std::string &what) {
			    (kind == ConfigMessage::error ? parsed.errors
							  : parsed.warnings)
				.push_back(what);
		    },
		    system);
		return (parsed);
	}

private:
	Result<Secret> read(
	    const std::string &path, const std::string &main) const
	{
		if (path == "/etc/test.conf")
			return (Secret(main));
		auto file = files.find(path);
		if (file == files.end())
			return (Error{"cannot be opened: no such file"});
		return (Secret(file->second));
	}
};

/* What is parsed behind the least configuration. */
inline Parsed
parse_more(const std::string &text)
{
	return (Machine().parse(least + text));
}

/* The items in a block of the kind, in a configuration that is complete. */
inline Parsed
parse_item(const std::string &block, const std::string &item)
{
	std::string mail = "from \"a@example.com\" recipients \"example.com\"";
	std::string key =
	    "secret \"0123456789abcdef0123456789ABCDEF\"";
	std::string rest;

	if (block == "mail")
		mail += "\n" + item;
	else if (block == "key")
		key += "\n" + item;
	else if (block == "")
		rest = item + "\n";
	else
		rest = block + " {\n" + item + "\n}\n";
	return (Machine().parse("mail { " + mail + " }\nkey k { " + key +
	    " }\n" + rest));
}

#endif
