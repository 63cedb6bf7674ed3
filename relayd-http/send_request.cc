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
#include <array>
#include <optional>

#include "attachments_reader.h"
#include "json_compact.h"
#include "line_text.h"
#include "send_request.h"

namespace {

/* The members that there are, in the order in which they are judged. */
enum Member {
	member_to,
	member_cc,
	member_subject,
	member_body,
	member_body_html,
	member_html_body,
	member_from_name,
	member_reply_to,
	member_attachments,
	member_metadata,
	member_last
};

constexpr std::array<JsonMember, member_last> members = {{
	{"to", true},
	{"cc", false},
	{"subject", true},
	{"body", true},
	{"body_html", false},
	{"html_body", false}, /* another spelling of body_html */
	{"from_name", false},
	{"reply_to", false},
	{"attachments", false},
	{"metadata", false},
}};

/* Reads one object; what is wrong with it is in failure. */
class RequestReader {
public:
	RequestReader(
	    const JsonDocument &read_from, const SendLimits &send_limits)
	    : document(read_from), limits(send_limits)
	{
	}

	bool read(json_t *object, SendRequest &request);

	ApiError failure;

private:
	bool fail(std::string field, std::string_view what,
	    ErrorCode code = ErrorCode::validation_failed);
	bool fail_limit(
	    std::string field, std::size_t max, std::string_view what);
	bool fail_unknown(std::string_view name);
	bool fail_control(std::string field);

	bool find_members(json_t *object);
	bool check_features();
	bool read_subject(SendRequest &request);
	bool read_body(SendRequest &request);
	bool read_body_html(SendRequest &request);
	bool read_from_name(SendRequest &request);
	bool read_metadata(SendRequest &request);
	bool read_recipients(SendRequest &request);
	bool read_string(Member member, std::string_view &text);
	bool read_addresses(Member member, std::size_t max,
	    std::vector<MailAddress> &addresses);
	bool read_address(const json_t *value, const std::string &field,
	    bool recipient, std::vector<MailAddress> &addresses);
	bool is_allowed(const MailAddress &recipient) const;
	bool read_attachments(SendRequest &request);

	const JsonDocument &document;
	const SendLimits &limits;
	JsonMembers<member_last> values;
};

bool
RequestReader::fail(std::string field, std::string_view what, ErrorCode code)
{
	failure = ApiError::of_field(code, std::move(field), what);
	return (false);
}

bool
RequestReader::fail_limit(
    std::string field, std::size_t max, std::string_view what)
{
	return (fail(std::move(field), "must not have more than " +
	    std::to_string(max) + " " + std::string(what)));
}

bool
RequestReader::fail_unknown(std::string_view name)
{
	failure = unknown_field(name);
	return (false);
}

/* Whoever sends that may try to write header fields of his own. */
bool
RequestReader::fail_control(std::string field)
{
	fail(std::move(field), "must not contain a control character");
	failure.event = LogEvent::injection_attempt;
	return (false);
}

bool
RequestReader::find_members(json_t *object)
{
	const char *unknown = values.find(object, members);

	return (unknown == nullptr || fail_unknown(unknown));
}

bool
RequestReader::check_features()
{
	for (Member html : {member_body_html, member_html_body})
		if (values[html] != nullptr && !limits.html)
			return (fail(std::string(members[html].name),
			    "HTML is not enabled on this server",
			    ErrorCode::feature_disabled));
	if (values[member_attachments] != nullptr && !limits.attachments)
		return (fail("attachments", "are not enabled on this server",
		    ErrorCode::feature_disabled));
	return (true);
}

bool
RequestReader::read_string(Member member, std::string_view &text)
{
	const json_t *value = values[member];

	if (value == nullptr) {
		if (!members[member].required)
			return (true);
		return (fail(std::string(members[member].name), "is required"));
	}
	if (!json_is_string(value))
		return (fail(
		    std::string(members[member].name), "must be a string"));
	text = document.text_of(value);
	return (true);
}

bool
RequestReader::read_subject(SendRequest &request)
{
	if (!read_string(member_subject, request.subject))
		return (false);
	LineText line = inspect_line(request.subject);
	if (line.has_control)
		return (fail_control("subject"));
	if (line.is_blank)
		return (fail("subject", "must not be blank"));
	if (line.characters > limits.max_subject)
		return (fail_limit(
		    "subject", limits.max_subject, "characters"));
	return (true);
}

bool
RequestReader::read_body(SendRequest &request)
{
	if (!read_string(member_body, request.body))
		return (false);
	if (request.body.size() > limits.max_body)
		return (fail_limit("body", limits.max_body, "octets"));
	return (true);
}

bool
RequestReader::read_body_html(SendRequest &request)
{
	Member member = values[member_html_body] != nullptr ?
	    member_html_body : member_body_html;
	std::string_view html;

	if (values[member] == nullptr)
		return (true);
	if (values[member_body_html] != nullptr && member != member_body_html)
		return (fail("html_body",
		    "is another name of body_html, which is there too"));
	if (!read_string(member, html))
		return (false);
	if (html.size() > limits.max_body)
		return (fail_limit(std::string(members[member].name),
		    limits.max_body, "octets"));
	request.body_html = html;
	return (true);
}

bool
RequestReader::read_from_name(SendRequest &request)
{
	if (!read_string(member_from_name, request.from_name))
		return (false);
	LineText line = inspect_line(request.from_name);
	if (line.has_control || line.has_tab)
		return (fail_control("from_name"));
	if (line.characters > from_name_max)
		return (fail_limit("from_name", from_name_max, "characters"));
	return (true);
}

bool
RequestReader::is_allowed(const MailAddress &recipient) const
{
	return (limits.recipients->allows(recipient) &&
	    (limits.key_recipients == nullptr ||
	    limits.key_recipients->allows(recipient)));
}

bool
RequestReader::read_address(const json_t *value, const std::string &field,
    bool recipient, std::vector<MailAddress> &addresses)
{
	if (!json_is_string(value))
		return (fail(field, "must be a string"));
	auto address = MailAddress::parse(document.text_of(value));
	if (!address) {
		fail(field, address.error());
		failure.note_injection(document.text_of(value));
		return (false);
	}
	if (recipient && !is_allowed(*address))
		return (fail(field, "is not an allowed recipient"));
	if (address->has_address_literal() && !is_allowed(*address))
		return (fail(field, "its address literal is not allowed"));
	addresses.push_back(std::move(*address));
	return (true);
}

/* One string, or an array of at most max. */
bool
RequestReader::read_addresses(
    Member member, std::size_t max, std::vector<MailAddress> &addresses)
{
	const json_t *value = values[member];
	std::string name(members[member].name);
	bool recipients = member != member_reply_to;

	if (value == nullptr)
		return (true);
	bool is_array = json_is_array(value);
	if (!is_array && !json_is_string(value))
		return (fail(name, "must be a string or an array of strings"));
	std::size_t count = is_array ? json_array_size(value) : 1;
	if (count > max && recipients)
		return (fail(name, "too many recipients, at most " +
		    std::to_string(limits.max_recipients) +
		    " in to and cc together"));
	if (count > max)
		return (fail_limit(name, max, "addresses"));

	addresses.reserve(count);
	if (!is_array)
		return (read_address(value, name, recipients, addresses));
	for (std::size_t i = 0; i < count; i++)
		if (!read_address(json_array_get(value, i),
		    name + "[" + std::to_string(i) + "]", recipients,
		    addresses))
			return (false);
	return (true);
}

bool
RequestReader::read_recipients(SendRequest &request)
{
	const json_t *to = values[member_to];

	if (to == nullptr)
		return (fail("to", "is required"));
	request.posted_lists = {
	    json_is_string(to), json_is_string(values[member_cc])};
	if (json_is_array(to) && json_array_size(to) == 0)
		return (fail("to", "at least one recipient is required"));
	if (!read_addresses(member_to, limits.max_recipients, request.to))
		return (false);
	return (read_addresses(member_cc,
	    limits.max_recipients - request.to.size(), request.cc));
}

bool
RequestReader::read_attachments(SendRequest &request)
{
	if (values[member_attachments] == nullptr)
		return (true);
	AttachmentsReader reader(document, *limits.attachments,
	    request.body_html.has_value());
	if (reader.read(values[member_attachments], request.attachments))
		return (true);
	failure = std::move(reader.failure);
	return (false);
}

bool
RequestReader::read_metadata(SendRequest &request)
{
	json_t *metadata = values[member_metadata];

	if (metadata == nullptr)
		return (true);
	if (!json_is_object(metadata))
		return (fail("metadata", "must be an object"));
	if (!append_compact_json(
	    request.metadata, document, metadata, metadata_max))
		return (fail_limit("metadata", metadata_max, "octets"));
	const json_t *id = json_object_get(metadata, "request_id");
	if (json_is_string(id))
		request.client_request_id = document.text_of(id);
	return (true);
}

bool
RequestReader::read(json_t *object, SendRequest &request)
{
	return (find_members(object) && check_features() &&
	    read_recipients(request) && read_subject(request) &&
	    read_body(request) && read_body_html(request) &&
	    read_from_name(request) &&
	    read_addresses(member_reply_to, reply_to_max, request.reply_to) &&
	    read_attachments(request) && read_metadata(request));
}

} /* namespace */

SendLimits
SendLimits::of(const HttpConfig &config, const HttpKey &key)
{
	SendLimits limits;

	limits.max_recipients = config.max_recipients;
	if (key.max_recipients != 0)
		limits.max_recipients = std::min<std::size_t>(
		    limits.max_recipients, key.max_recipients);
	limits.max_subject = config.max_subject;
	limits.max_body = config.max_body;
	limits.html = config.html && !key.no_html;
	if (config.attachments && !key.no_attachments)
		limits.attachments = &*config.attachments;
	limits.recipients = &config.recipients;
	if (key.recipients)
		limits.key_recipients = &*key.recipients;
	return (limits);
}

/* Some lists a little too long are still told so. */
std::size_t
SendLimits::values() const
{
	/* `[],' in 4 KiB: three octets for two values. */
	constexpr std::size_t metadata_values = metadata_max / 3 * 2 + 2;
	std::size_t attachment_values = attachments == nullptr
	    ? 0
	    : attachments->max * (attachment_members().size() + 1);

	return (members.size() + max_recipients + reply_to_max +
	    attachment_values + metadata_values);
}

std::span<const JsonMember>
message_members()
{
	return (members);
}

ApiError
unknown_field(std::string_view name)
{
	if (is_plain_name(name))
		return (ApiError::of_field(ErrorCode::validation_failed,
		    std::string(name), "is not a known field"));
	return (ApiError::make(ErrorCode::validation_failed,
	    "a field with an unusual name is not a known one"));
}

SendRequestResult
parse_send_request(std::string_view octets, const SendLimits &limits)
{
	auto document = JsonDocument::parse(octets, limits.values());
	if (!document)
		return (ApiError::make(
		    ErrorCode::bad_request, document.error()));

	SendRequestResult request =
	    read_send_request(*document, document->root(), limits);
	if (request)
		request->document = std::move(*document);
	return (request);
}

SendRequestResult
read_send_request(const JsonDocument &document, json_t *message,
    const SendLimits &limits)
{
	SendRequest request;
	RequestReader reader(document, limits);

	if (!json_is_object(message))
		return (ApiError::make(ErrorCode::validation_failed,
		    "a message must be an object"));
	if (!reader.read(message, request))
		return (std::move(reader.failure));
	return (request);
}
