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

namespace {

constexpr std::uint32_t list_max = 10000;
constexpr std::size_t text_max = 1024;

std::uint32_t
count_of(WireReader &in)
{
	return (in.at_most(list_max));
}

} /* namespace */

void
write_log_settings(WireWriter &out, const LogSettings &log)
{
	out.boolean(log.to_stderr);
	out.integer(static_cast<std::int32_t>(log.facility));
	out.boolean(log.json);
	out.enumerator(log.level);
}

LogSettings
read_log_settings(WireReader &in)
{
	LogSettings log;

	log.to_stderr = in.boolean();
	log.facility = in.integer<std::int32_t>();
	log.json = in.boolean();
	log.level = in.enumerator(LogLevel::debug);
	return (log);
}

void
write_address(WireWriter &out, const IpAddress &address)
{
	out.octets(address.octets());
	out.integer(address.scope());
}

IpAddress
read_address(WireReader &in)
{
	std::array<std::uint8_t, 16> octets = in.octets<16>();
	std::uint32_t scope = in.integer<std::uint32_t>();

	return (IpAddress::from_octets(octets, scope));
}

void
write_prefixes(WireWriter &out, const PrefixList &list)
{
	out.integer(static_cast<std::uint32_t>(list.all().size()));
	for (const Prefix &prefix : list.all()) {
		write_address(out, prefix.network());
		out.integer(static_cast<std::uint32_t>(prefix.bits()));
	}
}

PrefixList
read_prefixes(WireReader &in)
{
	std::uint32_t count = count_of(in);
	std::vector<Prefix> prefixes;

	for (std::uint32_t i = 0; i < count && in.ok(); i++) {
		IpAddress network = read_address(in);
		prefixes.emplace_back(network, in.at_most<std::uint32_t>(128));
	}
	return (PrefixList(std::move(prefixes)));
}

void
write_recipients(WireWriter &out, const RecipientPolicy &policy)
{
	out.boolean(policy.is_any());
	out.integer(static_cast<std::uint32_t>(policy.entries().size()));
	for (const std::string &entry : policy.entries())
		out.string(entry);
}

RecipientPolicy
read_recipients(WireReader &in)
{
	RecipientPolicy policy;

	if (in.boolean())
		policy = RecipientPolicy::any();
	std::uint32_t count = count_of(in);
	for (std::uint32_t i = 0; i < count && in.ok(); i++) {
		if (!policy.add(in.string(text_max)))
			in.fail();
	}
	return (policy);
}

void
write_digests(WireWriter &out, const std::vector<Sha256Digest> &digests)
{
	out.integer(static_cast<std::uint32_t>(digests.size()));
	for (const Sha256Digest &digest : digests)
		out.octets(digest);
}

std::vector<Sha256Digest>
read_digests(WireReader &in)
{
	std::uint32_t count = in.at_most<std::uint32_t>(16);
	std::vector<Sha256Digest> digests;

	for (std::uint32_t i = 0; i < count && in.ok(); i++)
		digests.push_back(in.octets<32>());
	return (digests);
}

void
write_mail_address(WireWriter &out, const std::optional<MailAddress> &address)
{
	out.string(address ? std::string_view(address->text()) :
			     std::string_view());
}

std::optional<MailAddress>
read_mail_address(WireReader &in)
{
	std::string_view text = in.string(text_max);

	if (text.empty())
		return (std::nullopt);
	Result<MailAddress> address = MailAddress::parse(text);
	if (!address) {
		in.fail();
		return (std::nullopt);
	}
	return (*address);
}
