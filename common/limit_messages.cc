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

/* The messages about the limits that relays share. */

#include "config_wire.h"
#include "messages.h"

const char *
limit_bucket_name(LimitBucket bucket)
{
	switch (bucket) {
	case LimitBucket::address:
		return ("address");
	case LimitBucket::key:
		return ("key");
	default:
		return ("global");
	}
}

std::string
write_take(const LimitQuestion &question)
{
	std::string payload;
	WireWriter out(payload);

	out.integer(question.id);
	write_address(out, question.client.rate_limit_unit());
	out.boolean(question.proof.has_value());
	if (question.proof)
		out.octets(*question.proof);
	return (payload);
}

std::optional<LimitQuestion>
read_take(std::string_view payload)
{
	WireReader in(payload);
	LimitQuestion question;

	question.id = in.integer<std::uint64_t>();
	question.client = read_address(in).rate_limit_unit();
	if (in.boolean())
		question.proof = in.octets<32>();
	if (!in.done())
		return (std::nullopt);
	return (question);
}

std::string
write_taken(const LimitAnswer &answer)
{
	std::string payload;
	WireWriter out(payload);

	out.integer(answer.id);
	out.enumerator(answer.kind);
	out.enumerator(answer.bucket);
	out.integer(answer.decision.remaining);
	out.integer(answer.decision.next_unit_ns);
	return (payload);
}

std::optional<LimitAnswer>
read_taken(std::string_view payload)
{
	WireReader in(payload);
	LimitAnswer answer;

	answer.id = in.integer<std::uint64_t>();
	answer.kind = in.enumerator(LimitAnswer::Kind::unavailable);
	answer.bucket = in.enumerator(LimitBucket::global);
	answer.decision.allowed = answer.kind != LimitAnswer::Kind::dry;
	answer.decision.remaining = in.at_most<std::uint64_t>(UINT32_MAX);
	answer.decision.next_unit_ns = in.at_most(bucket_wait_ns_max);
	if (!in.done() ||
	    (!answer.decision.allowed && answer.decision.remaining != 0))
		return (std::nullopt);
	return (answer);
}
