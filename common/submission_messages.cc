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

/* What relayd-http and relayd-smtp say to each other. */

#include <algorithm>

#include "config_wire.h"
#include "messages.h"

namespace {

constexpr std::size_t address_text_max = 254;
constexpr std::size_t header_text_max = 4 * 998; /* UTF-8 */
constexpr std::size_t message_max = 512;
constexpr std::size_t enhanced_max = 9; /* "5.999.999" */
constexpr std::size_t code_max = 64; /* of api.md's error codes */
constexpr std::size_t relay_max = 4096; /* a host, or a path */
constexpr std::size_t message_id_max = 320;

void
write_id(WireWriter &out, const RequestId &id)
{
	out.string(id.text());
}

RequestId
read_id(WireReader &in)
{
	std::optional<RequestId> id =
	    RequestId::parse(in.string(RequestId::length));

	if (!id) {
		in.fail();
		return (RequestId());
	}
	return (*id);
}

void
write_list(WireWriter &out, const std::vector<std::string> &list)
{
	out.integer(static_cast<std::uint32_t>(list.size()));
	for (const std::string &element : list)
		out.string(element);
}

/* As WireWriter writes it: behind its length. */
std::size_t
string_size(std::string_view text)
{
	return (sizeof(std::uint32_t) + text.size());
}

std::size_t
list_size(const std::vector<std::string> &list)
{
	std::size_t size = sizeof(std::uint32_t);

	for (const std::string &element : list)
		size += string_size(element);
	return (size);
}

template <typename String>
std::vector<String>
read_list(WireReader &in, std::size_t count_max, std::size_t length_max)
{
	std::uint32_t count =
	    in.at_most(static_cast<std::uint32_t>(count_max));
	std::vector<String> list;

	for (std::uint32_t i = 0; i < count && in.ok(); i++)
		list.emplace_back(in.string(length_max));
	return (list);
}

void
write_mark(WireWriter &out, const IdempotencyMark &mark)
{
	out.octets(mark.key);
	out.octets(mark.content);
}

IdempotencyMark
read_mark(WireReader &in)
{
	IdempotencyMark mark;

	mark.key = in.octets<32>();
	mark.content = in.octets<32>();
	return (mark);
}

void
write_refused(
    WireWriter &out, const std::vector<RefusedRecipient> &recipients)
{
	out.integer(static_cast<std::uint32_t>(recipients.size()));
	for (const RefusedRecipient &refused : recipients) {
		out.boolean(refused.cc);
		out.integer(refused.index);
		out.integer(refused.code);
		out.string(refused.enhanced);
	}
}

std::vector<RefusedRecipient>
read_refused(WireReader &in)
{
	std::vector<RefusedRecipient> recipients;
	std::uint32_t count =
	    in.at_most(static_cast<std::uint32_t>(recipients_limit));

	for (std::uint32_t i = 0; i < count && in.ok(); i++) {
		RefusedRecipient refused;
		refused.cc = in.boolean();
		refused.index = in.integer<std::uint16_t>();
		refused.code = in.integer<std::uint16_t>();
		refused.enhanced = in.string(enhanced_max);
		recipients.push_back(std::move(refused));
	}
	return (recipients);
}

/* Messages that are one number. */
std::string
write_number(std::uint64_t number)
{
	std::string payload;

	WireWriter(payload).integer(number);
	return (payload);
}

std::optional<std::uint64_t>
read_number(std::string_view payload)
{
	WireReader in(payload);
	std::uint64_t number = in.integer<std::uint64_t>();

	if (!in.done())
		return (std::nullopt);
	return (number);
}

} /* namespace */

std::string
write_submission(const SubmissionFields &fields, std::size_t content_size)
{
	std::string octets;
	WireWriter out(octets);

	octets.reserve(submission_size(fields, content_size));
	write_id(out, fields.request_id);
	out.octets(fields.proof);
	write_list(out, fields.to);
	write_list(out, fields.cc);
	write_list(out, fields.reply_to);
	out.string(fields.subject);
	out.string(fields.from_name);
	write_optional(out, fields.idempotency, write_mark);
	return (octets);
}

std::size_t
submission_size(const SubmissionFields &fields, std::size_t content_size)
{
	return (string_size(fields.request_id.text()) + fields.proof.size() +
	    list_size(fields.to) + list_size(fields.cc) +
	    list_size(fields.reply_to) + string_size(fields.subject) +
	    string_size(fields.from_name) + 1 +
	    (fields.idempotency ? sizeof(IdempotencyMark) : 0) + content_size);
}

std::optional<ReceivedSubmission>
read_submission(std::string_view octets)
{
	using List = std::string_view;
	WireReader in(octets);
	ReceivedSubmission submission;

	submission.request_id = read_id(in);
	submission.proof = in.octets<32>();
	submission.to =
	    read_list<List>(in, recipients_limit, address_text_max);
	submission.cc =
	    read_list<List>(in, recipients_limit, address_text_max);
	submission.reply_to =
	    read_list<List>(in, reply_to_limit, address_text_max);
	submission.subject = in.string(header_text_max);
	submission.from_name = in.string(header_text_max);
	submission.idempotency = read_optional<IdempotencyMark>(in, read_mark);
	submission.content = in.rest();
	if (!in.done() || submission.to.empty() ||
	    submission.to.size() + submission.cc.size() > recipients_limit)
		return (std::nullopt);
	return (submission);
}

std::string
write_cancel(std::uint64_t id)
{
	return (write_number(id));
}

std::optional<std::uint64_t>
read_cancel(std::string_view payload)
{
	return (read_number(payload));
}

const char *
stage_name(Stage stage)
{
	static const char *const names[] = {"received", "connect", "greeting",
	    "ehlo", "tls", "auth", "mail", "rcpt", "data", "content", "reply"};

	return (names[static_cast<std::size_t>(stage)]);
}

std::string
write_result(const SubmissionResult &result)
{
	std::string payload;
	WireWriter out(payload);

	out.integer(result.id);
	out.enumerator(result.outcome);
	out.string(std::string_view(result.message).substr(0, message_max));
	out.string(result.field);
	out.string(result.message_id);
	out.integer(result.code);
	out.string(result.enhanced);
	out.string(std::string_view(result.reply).substr(0, reply_text_max));
	out.boolean(result.show_reply);
	write_refused(out, result.refused);
	out.enumerator(result.limited_by);
	out.integer(result.retry_after_ns);
	write_optional(out, result.replay_of, write_id);
	out.integer(result.generation);
	out.enumerator(result.stage);
	out.string(result.relay);
	write_address(out, result.address);
	out.integer(result.connection);
	out.integer(result.connection_use);
	out.boolean(result.tls);
	out.integer(result.queue_us);
	out.integer(result.envelope_us);
	out.integer(result.content_us);
	return (payload);
}

std::optional<SubmissionResult>
read_result(std::string_view payload)
{
	WireReader in(payload);
	SubmissionResult result;

	result.id = in.integer<std::uint64_t>();
	result.outcome = in.enumerator(Outcome::store_unavailable);
	result.message = in.string(message_max);
	result.field = in.string(code_max);
	result.message_id = in.string(message_id_max);
	result.code = in.integer<std::uint16_t>();
	result.enhanced = in.string(enhanced_max);
	result.reply = in.string(reply_text_max);
	result.show_reply = in.boolean();
	result.refused = read_refused(in);
	result.limited_by = in.enumerator(LimitBucket::global);
	result.retry_after_ns = in.integer<std::uint64_t>();
	result.replay_of = read_optional<RequestId>(in, read_id);
	result.generation = in.integer<std::uint64_t>();
	result.stage = in.enumerator(Stage::reply);
	result.relay = in.string(relay_max);
	result.address = read_address(in);
	result.connection = in.integer<std::uint64_t>();
	result.connection_use = in.integer<std::uint32_t>();
	result.tls = in.boolean();
	result.queue_us = in.integer<std::uint32_t>();
	result.envelope_us = in.integer<std::uint32_t>();
	result.content_us = in.integer<std::uint32_t>();
	if (!in.done())
		return (std::nullopt);
	return (result);
}

const char *
ledger_status_name(LedgerStatus status)
{
	static const char *const names[] = {"received",
	    "smtp_submission_started", "smtp_accepted", "smtp_failed",
	    "smtp_outcome_unknown", "rejected"};

	return (names[static_cast<std::size_t>(status)]);
}

std::string
write_lookup(const LedgerQuery &query)
{
	std::string payload;
	WireWriter out(payload);

	out.integer(query.id);
	write_id(out, query.request_id);
	out.octets(query.proof);
	return (payload);
}

std::optional<LedgerQuery>
read_lookup(std::string_view payload)
{
	WireReader in(payload);
	LedgerQuery query;

	query.id = in.integer<std::uint64_t>();
	query.request_id = read_id(in);
	query.proof = in.octets<32>();
	if (!in.done())
		return (std::nullopt);
	return (query);
}

void
write_entry(WireWriter &out, const LedgerEntry &entry)
{
	write_id(out, entry.request_id);
	out.enumerator(entry.status);
	out.string(entry.code);
	out.string(std::string_view(entry.message).substr(0, message_max));
	out.string(entry.message_id);
	write_list(out, entry.recipient_domains);
	out.integer(entry.recipient_count);
	out.integer(entry.recipient_domain_count);
	out.integer(entry.created_ms);
	out.integer(entry.updated_ms);
	out.integer(entry.expires_ms);
	out.integer(entry.smtp_code);
	out.string(entry.smtp_enhanced);
	out.string(
	    std::string_view(entry.smtp_reply).substr(0, reply_text_max));
	out.boolean(entry.show_reply);
	write_refused(out, entry.refused);
	write_optional(out, entry.idempotency, write_mark);
}

namespace {

/* has_count: no more of them than are kept, and their number. */
void
read_domains(WireReader &in, LedgerEntry &entry, bool has_count)
{
	std::vector<std::string> &domains = entry.recipient_domains;

	domains = read_list<std::string>(in,
	    has_count ? entry_domains_max : recipients_limit,
	    address_text_max);
	entry.recipient_count = in.integer<std::uint32_t>();
	entry.recipient_domain_count = has_count
	    ? in.integer<std::uint32_t>()
	    : static_cast<std::uint32_t>(domains.size());
	domains.resize(std::min(domains.size(), entry_domains_max));
}

LedgerEntry
read_entry(WireReader &in, bool has_domain_count)
{
	LedgerEntry entry;

	entry.request_id = read_id(in);
	entry.status = in.enumerator(LedgerStatus::rejected);
	entry.code = in.string(code_max);
	entry.message = in.string(message_max);
	entry.message_id = in.string(message_id_max);
	read_domains(in, entry, has_domain_count);
	entry.created_ms = in.integer<std::int64_t>();
	entry.updated_ms = in.integer<std::int64_t>();
	entry.expires_ms = in.integer<std::int64_t>();
	entry.smtp_code = in.integer<std::uint16_t>();
	entry.smtp_enhanced = in.string(enhanced_max);
	entry.smtp_reply = in.string(reply_text_max);
	entry.show_reply = in.boolean();
	entry.refused = read_refused(in);
	entry.idempotency = read_optional<IdempotencyMark>(in, read_mark);
	return (entry);
}

/* Up to the year 9999: sums of two of them are numbers still. */
bool
is_time(std::int64_t ms)
{
	return (ms >= 0 && ms < 253402300800000);
}

} /* namespace */

LedgerEntry
read_entry(WireReader &in)
{
	return (read_entry(in, true));
}

LedgerEntry
read_entry_with_all_domains(WireReader &in)
{
	return (read_entry(in, false));
}

bool
is_sound(const LedgerEntry &entry)
{
	for (const std::string &domain : entry.recipient_domains)
		if (domain.size() > address_text_max)
			return (false);
	for (const RefusedRecipient &recipient : entry.refused)
		if (recipient.enhanced.size() > enhanced_max)
			return (false);
	return (entry.code.size() <= code_max &&
	    entry.message.size() <= message_max &&
	    entry.message_id.size() <= message_id_max &&
	    entry.recipient_domains.size() <= entry_domains_max &&
	    entry.recipient_count <= recipients_limit &&
	    entry.recipient_domain_count <= recipients_limit &&
	    is_time(entry.created_ms) && is_time(entry.updated_ms) &&
	    is_time(entry.expires_ms) && entry.smtp_code < 1000 &&
	    entry.smtp_enhanced.size() <= enhanced_max &&
	    entry.smtp_reply.size() <= reply_text_max &&
	    entry.refused.size() <= recipients_limit);
}

std::string
write_found(const LedgerAnswer &answer)
{
	std::string payload;
	WireWriter out(payload);

	out.integer(answer.id);
	out.enumerator(answer.kind);
	if (answer.kind == LedgerAnswer::Kind::found)
		write_entry(out, answer.entry);
	return (payload);
}

std::optional<LedgerAnswer>
read_found(std::string_view payload)
{
	WireReader in(payload);
	LedgerAnswer answer;

	answer.id = in.integer<std::uint64_t>();
	answer.kind = in.enumerator(LedgerAnswer::Kind::unavailable);
	if (answer.kind == LedgerAnswer::Kind::found)
		answer.entry = read_entry(in);
	if (!in.done())
		return (std::nullopt);
	return (answer);
}

std::string
write_rejected(const Rejection &rejection)
{
	std::string payload;
	WireWriter out(payload);

	write_id(out, rejection.request_id);
	out.octets(rejection.proof);
	out.string(rejection.code);
	out.string(
	    std::string_view(rejection.message).substr(0, message_max));
	return (payload);
}

std::optional<Rejection>
read_rejected(std::string_view payload)
{
	WireReader in(payload);
	Rejection rejection;

	rejection.request_id = read_id(in);
	rejection.proof = in.octets<32>();
	rejection.code = in.string(code_max);
	rejection.message = in.string(message_max);
	if (!in.done())
		return (std::nullopt);
	return (rejection);
}

std::string
write_ready_query(std::uint64_t id)
{
	return (write_number(id));
}

std::optional<std::uint64_t>
read_ready_query(std::string_view payload)
{
	return (read_number(payload));
}

std::string
write_ready(const ReadyAnswer &answer)
{
	std::string payload;
	WireWriter out(payload);

	out.integer(answer.id);
	out.boolean(answer.ready);
	return (payload);
}

std::optional<ReadyAnswer>
read_ready(std::string_view payload)
{
	WireReader in(payload);
	ReadyAnswer answer;

	answer.id = in.integer<std::uint64_t>();
	answer.ready = in.boolean();
	if (!in.done())
		return (std::nullopt);
	return (answer);
}
