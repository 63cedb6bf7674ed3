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

/* A message on its way from a validated request to what relayd-smtp reads. */

#ifndef RELAYD_HTTP_COMPOSITION_H
#define RELAYD_HTTP_COMPOSITION_H

#include <cstddef>
#include <optional>
#include <string>

#include "byte_buffer.h"
#include "imsg.h"
#include "messages.h"
#include "mime.h"
#include "send_request.h"

/* The request, and what it was made of, must outlive it. */
class Composition {
public:
	Composition(const RequestId &id, const KeyProof &proof,
	    const SendRequest &request,
	    std::optional<IdempotencyMark> idempotency);

	/* The octets of what write() makes, known before. */
	std::size_t size() const
	{
		return (submission_size(fields, entity.size()));
	}
	std::string write() const;

private:
	friend class LargeComposition;

	SubmissionFields fields;
	MessageEntity entity;
};

/*
 * One that is written while relayd-smtp reads it: of a large request there is
 * never more here than what was posted.
 */
class LargeComposition final : public BlobSource {
public:
	/* body: what request was read from. */
	LargeComposition(ByteBuffer body, SendRequest request,
	    const RequestId &id, const KeyProof &proof,
	    std::optional<IdempotencyMark> idempotency);
	LargeComposition(const LargeComposition &) = delete;
	LargeComposition &operator=(const LargeComposition &) = delete;

	std::size_t size() const override
	{
		return (composition.size());
	}
	void fill(std::string &out, std::size_t target) override;
	/* The octets that it keeps until all is written. */
	std::size_t kept() const
	{
		return (body.size() + request.document.copied());
	}

private:
	ByteBuffer body;
	SendRequest request;
	RequestId id;
	Composition composition;
	MessageWriter writer;
	bool begun = false;
};

#endif
