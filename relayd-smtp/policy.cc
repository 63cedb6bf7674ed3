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

#include <cstring>
#include <string_view>
#include <unordered_set>

#include "content_check.h"
#include "header.h"
#include "policy.h"

namespace {

std::uint64_t
first_octets(const Sha256Digest &digest)
{
	std::uint64_t value;

	memcpy(&value, digest.data(), sizeof(value));
	return (value);
}

Refusal
invalid(std::string field, std::string_view what)
{
	Refusal refusal;

	refusal.message = field.empty() ? "" : field + ": ";
	refusal.message += what;
	refusal.field = std::move(field);
	return (refusal);
}

std::string
element(std::string_view field, std::size_t index)
{
	std::string text(field);

	text += '[';
	text += std::to_string(index);
	text += ']';
	return (text);
}

using Texts = std::vector<std::string_view>;

/* nullopt: all of them are addresses, and now in addresses. */
std::optional<Refusal>
parse_addresses(std::string_view field, const Texts &texts,
    std::vector<MailAddress> &addresses)
{
	addresses.reserve(texts.size());
	for (std::size_t i = 0; i < texts.size(); i++) {
		Result<MailAddress> address = MailAddress::parse(texts[i]);
		if (!address)
			return (invalid(element(field, i), address.error()));
		addresses.push_back(std::move(*address));
	}
	return (std::nullopt);
}

bool
allowed(const SmtpConfig &config, const SmtpKey &key,
    const MailAddress &recipient)
{
	return (config.recipients.allows(recipient) &&
	    (!key.recipients || key.recipients->allows(recipient)));
}

/* The envelope's recipients out of to and cc, each mailbox once. */
class RecipientList {
public:
	RecipientList(const SmtpConfig &config_in_force, const SmtpKey &its_key,
	    Permit &out)
	    : config(config_in_force), key(its_key), permit(out)
	{
		permit.recipients.reserve(permit.to.size() + permit.cc.size());
	}

	std::optional<Refusal> add(const std::vector<MailAddress> &addresses,
	    bool cc)
	{
		for (std::size_t i = 0; i < addresses.size(); i++) {
			const MailAddress &address = addresses[i];
			if (!allowed(config, key, address))
				return (invalid(element(cc ? "cc" : "to", i),
				    "recipient is not allowed"));
			if (is_repeated(address))
				continue;
			permit.recipients.push_back({address.text(), cc,
			    static_cast<std::uint16_t>(i)});
		}
		return (std::nullopt);
	}

private:
	bool is_repeated(const MailAddress &address)
	{
		/* One alone, the usual case, needs no set. */
		if (permit.to.size() + permit.cc.size() == 1)
			return (false);
		return (!seen.insert(address.canonical()).second);
	}

	const SmtpConfig &config;
	const SmtpKey &key;
	Permit &permit;
	std::unordered_set<std::string> seen;
};

std::optional<Refusal>
judge_recipients(const ReceivedSubmission &submission, Permit &permit)
{
	if (submission.to.empty())
		return (invalid("to", "at least one recipient is needed"));
	if (submission.to.size() + submission.cc.size() >
	    permit.key->max_recipients)
		return (invalid("to", "too many recipients"));
	if (auto refusal = parse_addresses("to", submission.to, permit.to))
		return (refusal);
	if (auto refusal = parse_addresses("cc", submission.cc, permit.cc))
		return (refusal);
	RecipientList list(*permit.config, *permit.key, permit);
	if (auto refusal = list.add(permit.to, false))
		return (refusal);
	return (list.add(permit.cc, true));
}

std::optional<Refusal>
judge_texts(const ReceivedSubmission &submission, Permit &permit)
{
	if (submission.reply_to.size() > reply_to_limit)
		return (invalid("reply_to", "too many addresses"));
	if (auto refusal = parse_addresses("reply_to", submission.reply_to,
		permit.reply_to))
		return (refusal);
	for (std::size_t i = 0; i < permit.reply_to.size(); i++)
		if (permit.reply_to[i].has_address_literal() &&
		    !allowed(*permit.config, *permit.key, permit.reply_to[i]))
			return (invalid(element("reply_to", i),
			    "its address literal is not allowed"));
	if (!is_header_text(submission.subject, permit.config->max_subject,
		Tab::allowed))
		return (invalid("subject", "too long, or not plain text"));
	if (!is_header_text(submission.from_name, from_name_max, Tab::refused))
		return (invalid("from_name", "too long, or not plain text"));
	return (std::nullopt);
}

bool
any_needs_smtputf8(const std::vector<MailAddress> &addresses)
{
	for (const MailAddress &address : addresses)
		if (address.needs_smtputf8())
			return (true);
	return (false);
}

bool
needs_smtputf8(const Permit &permit)
{
	const Sender &sender = permit.key->sender;

	return (sender.from->needs_smtputf8() ||
	    (sender.envelope_from && sender.envelope_from->needs_smtputf8()) ||
	    any_needs_smtputf8(permit.to) || any_needs_smtputf8(permit.cc) ||
	    any_needs_smtputf8(permit.reply_to));
}

} /* namespace */

void
Policy::configure(std::shared_ptr<const SmtpConfig> config,
    std::uint64_t now_ns)
{
	current = std::move(config);
	by_digest.clear();
	for (const SmtpKey &key : current->keys)
		for (const Sha256Digest &digest : key.digests)
			by_digest.emplace(first_octets(digest),
			    Entry{&digest, &key});
	limits.configure(*current, now_ns);
}

const SmtpKey *
Policy::find_key(const KeyProof &proof) const
{
	Sha256Digest digest = sha256(proof);
	auto range = by_digest.equal_range(first_octets(digest));

	for (auto it = range.first; it != range.second; ++it)
		if (digests_equal(digest, *it->second.digest))
			return (it->second.key->enabled ? it->second.key
			                                : nullptr);
	return (nullptr);
}

std::variant<Permit, Refusal>
Policy::judge(const ReceivedSubmission &submission, std::uint64_t now_ns)
{
	Permit permit;

	permit.key = find_key(submission.proof);
	if (permit.key == nullptr)
		return (Refusal{Outcome::forbidden, "forbidden", "", {}, 0});
	permit.config = current;
	if (auto refusal = judge_recipients(submission, permit))
		return (*refusal);
	if (auto refusal = judge_texts(submission, permit))
		return (*refusal);
	Result<std::size_t> size = check_content(submission.content);
	if (!size)
		return (invalid("", size.error()));
	permit.content_size = *size;
	permit.needs_smtputf8 = needs_smtputf8(permit);

	KeyLimits::Decision decision = limits.take(permit.key->name, now_ns);
	if (!decision.rate.allowed)
		return (Refusal{Outcome::rate_limited, "too many requests", "",
		    decision.bucket, decision.rate.next_unit_ns});
	return (permit);
}
