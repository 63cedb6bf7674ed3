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
	SubmissionFields fields;
	MessageEntity entity;
};

#endif
