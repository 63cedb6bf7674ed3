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

#include "composition.h"

namespace {

std::vector<std::string>
texts_of(const std::vector<MailAddress> &addresses)
{
	std::vector<std::string> texts;

	texts.reserve(addresses.size());
	for (const MailAddress &address : addresses)
		texts.push_back(address.text());
	return (texts);
}

} /* namespace */

Composition::Composition(const RequestId &id, const KeyProof &proof,
    const SendRequest &request, std::optional<IdempotencyMark> idempotency)
    : entity(request.body, request.body_html, request.attachments, id.text())
{
	fields.request_id = id;
	fields.proof = proof;
	fields.to = texts_of(request.to);
	fields.cc = texts_of(request.cc);
	fields.reply_to = texts_of(request.reply_to);
	fields.subject = request.subject;
	fields.from_name = request.from_name;
	fields.idempotency = idempotency;
}

std::string
Composition::write() const
{
	std::string octets = write_submission(fields, entity.size());

	entity.append_to(octets);
	return (octets);
}

LargeComposition::LargeComposition(ByteBuffer posted, SendRequest made_of_it,
    const RequestId &request_id, const KeyProof &proof,
    std::optional<IdempotencyMark> idempotency)
    : body(std::move(posted)), request(std::move(made_of_it)),
      id(request_id), composition(id, proof, request, idempotency),
      writer(composition.entity)
{
}

void
LargeComposition::fill(std::string &out, std::size_t target)
{
	if (!begun)
		out += write_submission(composition.fields, 0);
	begun = true;
	writer.fill(out, target);
}
