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

#include <array>

#include "attachments_reader.h"
#include "base64.h"

namespace {

/* The members that there are, in the order in which they are judged. */
enum Member {
	member_filename,
	member_content_type,
	member_data,
	member_content_id,
	member_last
};

constexpr std::array<JsonMember, member_last> members = {{
	{"filename", true},
	{"content_type", true},
	{"data", true},
	{"content_id", false},
}};

std::string
at_most(std::size_t max, const char *what)
{
	return ("must not have more than " + std::to_string(max) + " " + what);
}

} /* namespace */

std::span<const JsonMember>
attachment_members()
{
	return (members);
}

bool
AttachmentsReader::fail(std::string field, std::string_view what)
{
	failure = ApiError::of_field(
	    ErrorCode::validation_failed, std::move(field), what);
	return (false);
}

/* A value that must be there. */
bool
AttachmentsReader::read_string(const json_t *value, std::string field,
    Rule rule, std::string_view &text)
{
	if (value == nullptr)
		return (fail(std::move(field), "is required"));
	if (!json_is_string(value))
		return (fail(std::move(field), "must be a string"));
	text = document.text_of(value);
	const char *wrong = rule == nullptr ? nullptr : rule(text);
	if (wrong == nullptr)
		return (true);
	fail(std::move(field), wrong);
	failure.note_injection(text);
	return (false);
}

bool
AttachmentsReader::check_data(std::string_view data, const std::string &field)
{
	std::optional<std::size_t> size = base64_decoded_size(data);

	if (!size)
		return (fail(field + ".data",
		    "must be base64 in one line, with padding"));
	if (*size > limits.size)
		return (fail(field + ".data",
		    at_most(limits.size, "octets when it is decoded")));
	total += *size;
	if (total > limits.total)
		return (fail("attachments", at_most(limits.total,
		    "octets together when they are decoded")));
	return (true);
}

bool
AttachmentsReader::check_content_id(std::string_view id,
    const std::string &field, const std::vector<Attachment> &others)
{
	if (!has_html)
		return (fail(field + ".content_id",
		    "needs body_html, which refers to it"));
	for (const Attachment &other : others)
		if (other.content_id == id)
			return (fail(field + ".content_id",
			    "is another attachment's too"));
	return (true);
}

bool
AttachmentsReader::read_object(json_t *object, const std::string &field,
    std::vector<Attachment> &attachments)
{
	JsonMembers<member_last> values;
	Attachment attachment;

	if (!json_is_object(object))
		return (fail(field, "must be an object"));
	const char *unknown = values.find(object, members);
	if (unknown != nullptr && is_plain_name(unknown))
		return (fail(field + "." + unknown, "is not a known field"));
	if (unknown != nullptr)
		return (fail(field, "has a field with an unusual name, which "
		    "is not a known one"));
	if (!read_string(values[member_filename], field + ".filename",
		wrong_filename, attachment.filename) ||
	    !read_string(values[member_content_type], field + ".content_type",
		wrong_content_type, attachment.content_type) ||
	    !read_string(values[member_data], field + ".data", nullptr,
		attachment.data) ||
	    !check_data(attachment.data, field))
		return (false);
	if (values[member_content_id] != nullptr &&
	    (!read_string(values[member_content_id], field + ".content_id",
		wrong_content_id, attachment.content_id) ||
	    !check_content_id(attachment.content_id, field, attachments)))
		return (false);
	attachments.push_back(attachment);
	return (true);
}

bool
AttachmentsReader::read(
    const json_t *list, std::vector<Attachment> &attachments)
{
	if (!json_is_array(list))
		return (fail("attachments", "must be an array of objects"));
	std::size_t count = json_array_size(list);
	if (count > limits.max)
		return (fail("attachments", at_most(limits.max, "elements")));
	attachments.reserve(count);
	for (std::size_t i = 0; i < count; i++)
		if (!read_object(json_array_get(list, i),
		    "attachments[" + std::to_string(i) + "]", attachments))
			return (false);
	return (true);
}
