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
 * The configuration's parser.  What follows a line of --- in the input is the
 * contents of every file that it names.  An accepted configuration must print
 * to one that is accepted, and prints the same; a refused one must say why.
 */

#include <cstdint>
#include <cstdlib>
#include <string>

#include "config.h"
#include "../unit/certificates.h"

namespace {

struct Outcome {
	std::optional<Config> config;
	std::string errors;
};

Outcome
parse(const std::string &main, const std::string &other)
{
	Outcome outcome;
	ConfigOptions options;
	ConfigSystem system;

	options.path = "/etc/fuzz.conf";
	options.macros = {{"given", "{ 10.0.0.0/8 \"x y\" }"}};
	options.verbose = true;
	system.read_file = [&](const std::string &path,
			       FileCheck check) -> Result<Secret> {
		if (path == options.path)
			return (Secret(main));
		if (check == FileCheck::readable)
			return (Secret(std::string_view(certificate_pem)));
		if (check == FileCheck::mode)
			return (Secret(std::string_view(certificate_key_pem)));
		if (other.empty())
			return (Error{"cannot be opened"});
		return (Secret(other));
	};
	system.hostname = [] { return (std::string("mx.example.com")); };
	system.interface_addresses = [](const std::string &name) {
		std::vector<IpAddress> addresses;
		if (name == "em0")
			addresses = {*IpAddress::parse("192.0.2.7"),
			    *IpAddress::parse("2001:db8::7")};
		return (addresses);
	};
	system.ledger_trouble = [](const std::string &) {
		return (std::string());
	};
	system.ledger_company = system.ledger_trouble;
	system.program_trouble = system.ledger_trouble;
	system.descriptors = 10'000'000;
	outcome.config = parse_config(
	    options,
	    [&](ConfigMessage kind, const std::string &what) {
		    if (what.empty() ||
			what.find('\n') != std::string::npos)
			    abort();
		    if (kind == ConfigMessage::error)
			    outcome.errors += what + "\n";
	    },
	    system);
	if (outcome.config.has_value() != outcome.errors.empty())
		abort();
	return (outcome);
}

} /* namespace */

extern "C" int
LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
	std::string main(reinterpret_cast<const char *>(data), size);
	std::string other;

	auto marker = main.find("\n---\n");
	if (marker != std::string::npos) {
		other = main.substr(marker + 5);
		main.resize(marker + 1);
	}
	auto first = parse(main, other);
	if (!first.config)
		return (0);
	std::string printed = print_config(*first.config);
	/* Certificates and passwords are named in it, or replaced. */
	auto second = parse(printed, other.empty() ? "x" : other);
	if (!second.config || print_config(*second.config) != printed)
		abort();
	return (0);
}
