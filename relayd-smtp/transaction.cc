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
#include <ctime>
#include <unordered_set>

#include "header.h"
#include "ledger.h"
#include "transaction.h"

namespace {

/* The first few are named, and all are counted. */
void
note_domains(const Permit &permit, LedgerEntry &entry)
{
	std::vector<std::string> &named = entry.recipient_domains;
	std::unordered_set<std::string> others;

	for (const auto *addresses : {&permit.to, &permit.cc}) {
		for (const MailAddress &address : *addresses) {
			std::string domain = address.canonical_domain();
			if (std::find(named.begin(), named.end(), domain) !=
			    named.end())
				continue;
			if (named.size() < entry_domains_max)
				named.push_back(std::move(domain));
			else
				others.insert(std::move(domain));
		}
	}
	entry.recipient_domain_count =
	    static_cast<std::uint32_t>(named.size() + others.size());
}

/* An Idempotency-Key is another one under another API key. */
Sha256Digest
key_under(const std::string &name, const Sha256Digest &key)
{
	std::string scoped(
	    reinterpret_cast<const char *>(key.data()), key.size());

	scoped += name;
	return (sha256(scoped));
}

/* What malloc(3) takes beside each thing that it gives. */
constexpr std::size_t allocation = 16;

std::size_t
memory_beside(const std::string &text)
{
	/* A short one is inside of its string. */
	return (text.capacity() < sizeof(text) ? 0
					       : text.capacity() + allocation);
}

template <typename Element>
std::size_t
memory_of(const std::vector<Element> &elements)
{
	return (elements.capacity() * sizeof(Element) +
	    (elements.capacity() == 0 ? 0 : allocation));
}

std::size_t
memory_of(const std::vector<MailAddress> &addresses)
{
	std::size_t size = memory_of<MailAddress>(addresses);

	for (const MailAddress &address : addresses)
		size += memory_beside(address.text());
	return (size);
}

std::size_t
memory_of(const Permit &permit)
{
	std::size_t size = memory_of(permit.to) + memory_of(permit.cc) +
	    memory_of(permit.reply_to) + memory_of<Recipient>(permit.recipients);

	for (const Recipient &recipient : permit.recipients)
		size += memory_beside(recipient.mailbox);
	return (size);
}

std::size_t
memory_of(const LedgerEntry &entry)
{
	std::size_t size = memory_beside(entry.message_id) +
	    memory_of<std::string>(entry.recipient_domains);

	for (const std::string &domain : entry.recipient_domains)
		size += memory_beside(domain);
	return (size);
}

} /* namespace */

std::size_t
memory_of(const Transaction &transaction)
{
	const ReceivedSubmission &submission = transaction.submission;
	/* In its result and in its entry. */
	std::size_t may_be_refused = 2 * sizeof(RefusedRecipient) *
	    transaction.permit.recipients.size();

	return (sizeof(transaction) + allocation +
	    memory_beside(transaction.octets) +
	    memory_beside(transaction.header) +
	    memory_of<std::string_view>(submission.to) +
	    memory_of<std::string_view>(submission.cc) +
	    memory_of<std::string_view>(submission.reply_to) +
	    memory_of(transaction.permit) + memory_of(transaction.entry) +
	    memory_beside(transaction.result.message_id) + may_be_refused);
}

LedgerEntry
ledger_entry(const Transaction &transaction, std::chrono::seconds ttl)
{
	const auto &mark = transaction.submission.idempotency;
	LedgerEntry entry;

	entry.request_id = transaction.request_id;
	entry.message_id = transaction.result.message_id;
	note_domains(transaction.permit, entry);
	entry.recipient_count = static_cast<std::uint32_t>(
	    transaction.permit.recipients.size());
	entry.created_ms = time_of_day_ms();
	entry.updated_ms = entry.created_ms;
	entry.expires_ms = entry.created_ms +
	    std::chrono::milliseconds(ttl).count();
	if (mark) {
		entry.idempotency = mark;
		entry.idempotency->key = key_under(
		    transaction.permit.key->name, mark->key);
	}
	return (entry);
}

std::string
transaction_header(const Transaction &transaction)
{
	const ReceivedSubmission &submission = transaction.submission;
	const Permit &permit = transaction.permit;
	const Sender &sender = permit.key->sender;

	return (build_header({time(nullptr), transaction.request_id,
	    *sender.from, submission.from_name.empty()
		? std::string_view(sender.name)
		: submission.from_name,
	    permit.to, permit.cc, permit.reply_to, submission.subject}));
}

std::uint32_t
microseconds(Clock::duration time)
{
	auto us = std::chrono::duration_cast<std::chrono::microseconds>(time);

	return (static_cast<std::uint32_t>(std::clamp<std::int64_t>(
	    us.count(), 0, UINT32_MAX)));
}

