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
 * The content of a message as relayd-smtp takes it: one MIME entity, 7-bit
 * clean, whose own header lines are Content-* fields and nothing else, all
 * line ends CRLF.  Its shape, levels with one child left out:
 *
 *	mixed(alternative(plain, related(html, inline)), attachments)
 *
 * Attachments with a content_id are inline.  Their base64 goes into lines as
 * it was posted: it is not decoded, and copied to where it is sent from only.
 *
 * A boundary cannot occur in a part, whatever is posted: see boundary_prefix.
 * All are of one length, so none is the beginning of another.
 */

#ifndef RELAYD_HTTP_MIME_H
#define RELAYD_HTTP_MIME_H

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "attachment.h"
#include "content.h"

/* Measured before it is written; what it is made of must stay as it is. */
class MessageEntity {
public:
	/* With no html, no attachment is inline.  id goes into boundaries. */
	MessageEntity(std::string_view text,
	    std::optional<std::string_view> html_text,
	    const std::vector<Attachment> &attachments, std::string_view id);

	/* The octets that append_to() appends. */
	std::size_t size() const
	{
		return (octets);
	}
	void append_to(std::string &out) const;

private:
	friend class MessageWriter;

	/* Output counts, or appends. */
	template <typename Output> void write(Output &out) const;
	template <typename Output> void write_mixed(Output &out) const;
	template <typename Output> void write_alternative(Output &out) const;
	template <typename Output> void write_related(Output &out) const;
	std::string boundary(char level) const;

	const std::vector<Attachment> &posted;
	std::string_view request_id;
	bool has_inline = false;
	bool has_attached = false;
	TextEntity plain;
	std::optional<TextEntity> html;
	std::size_t octets = 0;
};

/*
 * Appends a MessageEntity piece by piece: a large one is never there as a
 * whole.
 */
class MessageWriter {
public:
	/* Posted base64 is a view of it. */
	using Section = std::variant<std::string, TextWriter, std::string_view>;

	/* entity, and what it is made of, must stay where it is. */
	explicit MessageWriter(const MessageEntity &entity);

	/* Until out has grown to about target octets, or all is there. */
	void fill(std::string &out, std::size_t target);

private:
	static bool fill_section(
	    Section &section, std::string &out, std::size_t target);

	std::deque<Section> sections;
};

#endif
