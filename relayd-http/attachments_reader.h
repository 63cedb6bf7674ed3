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

/* The member `attachments' of a request, validated. */

#ifndef RELAYD_HTTP_ATTACHMENTS_READER_H
#define RELAYD_HTTP_ATTACHMENTS_READER_H

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api_error.h"
#include "attachment.h"
#include "http_config.h"
#include "json_document.h"
#include "json_members.h"

/* Those that an attachment has, in the order in which they are judged. */
std::span<const JsonMember> attachment_members();

/* Reads one list; what is wrong with it is in failure. */
class AttachmentsReader {
public:
	AttachmentsReader(const JsonDocument &read_from,
	    const AttachmentLimits &attachment_limits, bool with_html)
	    : document(read_from), limits(attachment_limits),
	      has_html(with_html)
	{
	}

	bool read(const json_t *list, std::vector<Attachment> &attachments);

	ApiError failure;

private:
	using Rule = const char *(*)(std::string_view);

	bool fail(std::string field, std::string_view what);
	bool read_object(json_t *object, const std::string &field,
	    std::vector<Attachment> &attachments);
	bool read_string(const json_t *value, std::string field, Rule rule,
	    std::string_view &text);
	bool check_data(std::string_view data, const std::string &field);
	bool check_content_id(std::string_view id, const std::string &field,
	    const std::vector<Attachment> &others);

	const JsonDocument &document;
	const AttachmentLimits &limits;
	bool has_html;
	std::size_t total = 0; /* octets, decoded */
};

#endif
