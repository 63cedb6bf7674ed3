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
 * The request validator, and the content that is made of what it accepts:
 * nothing that it promises may fail to hold for any input.  JsonDocument
 * reads what jansson alone reads, and refuses what jansson alone refuses.
 * Idempotency-Key is tried with the same octets.
 * The first octet says which limits are in force.
 */

#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include "answer_body.h"
#include "base64.h"
#include "idempotency.h"
#include "mime.h"
#include "send_request.h"
#include "utf8.h"

namespace {

constexpr std::string_view request_id = "req_01ARZ3NDEKTSV4RRFFQ69G5FAV";

void
require(bool condition)
{
	if (!condition)
		abort();
}

/* Two policies, so that both are met. */
class Limits {
public:
	explicit Limits(std::uint8_t choice)
	{
		for (const char *entry : {"example.com", "[192.0.2.1]",
		    "\"a b\"@example.org"})
			require(static_cast<bool>(everybody.add(entry)));
		require(static_cast<bool>(key.add("example.com")));
		limits.max_recipients = choice & 1 ? 1000 : 2;
		limits.max_subject = choice & 2 ? 998 : 5;
		limits.max_body = choice & 4 ? 1 << 20 : 10;
		limits.recipients = choice & 8 ? &any : &everybody;
		limits.key_recipients = choice & 16 ? &key : nullptr;
		limits.html = choice & 32;
		limits.attachments = choice & 64 ? &attachments : nullptr;
	}

	SendLimits limits;

private:
	RecipientPolicy everybody;
	RecipientPolicy key;
	RecipientPolicy any = RecipientPolicy::any();
	AttachmentLimits attachments{3, 100, 200};
};

void
check_line(std::string_view text, std::size_t max, bool tab_allowed)
{
	auto characters = utf8_length(text);

	require(characters && *characters <= max);
	while (!text.empty()) {
		char32_t c = *utf8_take(text);
		require(!is_line_control(c) || (tab_allowed && c == '\t'));
	}
}

void
check_recipients(
    const std::vector<MailAddress> &addresses, const SendLimits &limits)
{
	for (const MailAddress &address : addresses) {
		check_line(address.text(), 254, false);
		require(limits.recipients->allows(address));
		require(limits.key_recipients == nullptr ||
		    limits.key_recipients->allows(address));
	}
}

/* Lines of 7-bit text without controls, all of them ended by CRLF. */
std::vector<std::string_view>
lines_of(std::string_view content)
{
	std::vector<std::string_view> lines;

	while (!content.empty()) {
		std::size_t end = content.find("\r\n");
		require(end != std::string_view::npos && end <= 998);
		lines.push_back(content.substr(0, end));
		content.remove_prefix(end + 2);
		for (char c : lines.back())
			require(c == '\t' || (c >= ' ' && c <= '~'));
	}
	return (lines);
}

/* What goes before the first empty line is Content-* fields only. */
void
check_header(const std::vector<std::string_view> &lines)
{
	for (std::size_t i = 0; !lines.at(i).empty(); i++)
		require(lines[i].substr(0, 8) == "Content-" ||
		    (i > 0 && lines[i][0] == ' ' &&
		    lines[i].find_first_not_of(' ') != std::string_view::npos));
}

/* Each level's boundary is there once for each part and at the end. */
void
check_boundaries(const std::vector<std::string_view> &lines, bool has_html,
    const std::vector<Attachment> &attachments)
{
	std::size_t attached = 0, inlined = 0, found = 0;

	for (const Attachment &attachment : attachments)
		(attachment.content_id.empty() ? attached : inlined)++;
	std::size_t expected = (attached != 0 ? attached + 2 : 0) +
	    (has_html ? 3 : 0) + (inlined != 0 ? inlined + 2 : 0);
	if (expected == 0)
		return;
	for (std::string_view line : lines)
		if (line.substr(0, 4) == "--=_") {
			require(line.find(request_id) == 6);
			found++;
		}
	require(found == expected);
}

/* The base64 of each is there, in lines: the posted one, when it is joined. */
void
check_data(const std::vector<std::string_view> &lines,
    const std::vector<Attachment> &attachments, bool inlined)
{
	std::string_view boundary = inlined ? "--=_r_" : "--=_m_";
	auto line = lines.begin();
	auto next_part = [&] {
		while ((++line)->substr(0, boundary.size()) != boundary)
			require(line + 1 != lines.end());
	};
	bool first = true;

	for (const Attachment &attachment : attachments) {
		if (attachment.content_id.empty() == inlined)
			continue;
		/* What they are related or attached to comes before them. */
		if (first)
			next_part();
		first = false;
		next_part();
		while (!(++line)->empty())
			require(line + 1 != lines.end());
		std::string data;
		while ((line + 1)->substr(0, boundary.size()) != boundary) {
			require((++line)->size() <= 76);
			data += *line;
		}
		require(data == attachment.data);
	}
}

void
check_content(std::string_view text, std::optional<std::string_view> html,
    const std::vector<Attachment> &attachments)
{
	MessageEntity entity(text, html, attachments, request_id);
	std::string content;

	entity.append_to(content);
	require(content.size() == entity.size());
	std::vector<std::string_view> lines = lines_of(content);
	check_header(lines);
	check_boundaries(lines, html.has_value(), attachments);
	check_data(lines, attachments, true);
	check_data(lines, attachments, false);
}

/* With anything that passes the rules in every place. */
void
check_parts(std::string_view octets)
{
	std::size_t third = octets.size() / 3;
	std::vector<Attachment> attachments(1);
	Attachment &one = attachments[0];

	one.filename = octets.substr(0, third);
	one.content_type = octets.substr(third, third);
	one.content_id = octets.substr(2 * third);
	one.data = "AAAA";
	if (wrong_filename(one.filename) != nullptr)
		one.filename = "a";
	if (wrong_content_type(one.content_type) != nullptr)
		one.content_type = "a/b";
	else
		require(!split_content_type(one.content_type).empty());
	if (wrong_content_id(one.content_id) != nullptr)
		one.content_id = "c";
	check_content(octets, octets, attachments);
	one.content_id = "";
	check_content(octets, std::nullopt, attachments);
	check_content(octets, std::nullopt, {});
	if (base64_decoded_size(octets))
		require(octets.size() % 4 == 0);
}

void
check_attachments(const SendRequest &request, const SendLimits &limits)
{
	std::size_t total = 0;

	if (request.attachments.empty())
		return;
	require(request.attachments.size() <= limits.attachments->max);
	for (const Attachment &attachment : request.attachments) {
		check_line(attachment.filename, filename_max, false);
		require(attachment.filename.find_first_of("/\\") ==
		    std::string_view::npos);
		require(wrong_content_type(attachment.content_type) == nullptr);
		require(attachment.content_id.empty() ||
		    (request.body_html &&
		    wrong_content_id(attachment.content_id) == nullptr));
		auto size = base64_decoded_size(attachment.data);
		require(size && *size <= limits.attachments->size);
		total += *size;
	}
	require(total <= limits.attachments->total);
}

void
check_request(const SendRequest &request, const SendLimits &limits)
{
	require(!request.to.empty());
	require(request.to.size() + request.cc.size() <=
	    limits.max_recipients);
	require(request.reply_to.size() <= reply_to_max);
	check_recipients(request.to, limits);
	check_recipients(request.cc, limits);
	check_line(request.subject, limits.max_subject, true);
	require(request.subject.find_first_not_of(" \t") !=
	    std::string_view::npos);
	check_line(request.from_name, from_name_max, false);
	require(request.body.size() <= limits.max_body);
	require(utf8_length(request.body).has_value());
	require(request.metadata.size() <= metadata_max);
	require(request.metadata.empty() ||
	    JsonDocument::parse(request.metadata));
	require(!request.body_html ||
	    (limits.html && request.body_html->size() <= limits.max_body));
	check_attachments(request, limits);
	check_content(request.body, request.body_html, request.attachments);
}

void
check_error(const ApiError &error)
{
	require(error.code == ErrorCode::bad_request ||
	    error.code == ErrorCode::validation_failed ||
	    error.code == ErrorCode::feature_disabled);
	require(error.status == error_code_status(error.code));
	require(!error.message.empty() && error.message.size() < 256);
	check_line(error.message, 256, false);
	require(error.message.rfind(error.field, 0) == 0);

	std::string body;
	append_error(body, "req_01J00000000000000000000000", error);
	require(static_cast<bool>(JsonDocument::parse(body)));
}

void
check_result(SendRequestResult result, const SendLimits &limits)
{
	if (!result) {
		check_error(result.error());
		return;
	}
	check_request(*result, limits);
	require(content_digest(*result) == content_digest(*result));
}

/* Each of a bulk request's by itself. */
void
check_messages(std::string_view octets, const SendLimits &limits)
{
	auto document = JsonDocument::parse(octets);
	if (!document)
		return;
	json_t *messages = json_object_get(document->root(), "messages");
	for (std::size_t i = 0; i < json_array_size(messages); i++)
		check_result(read_send_request(*document,
		    json_array_get(messages, i), limits), limits);
}

/* What is read from it is read again when it is quoted. */
void
check_idempotency_key(std::string_view value)
{
	std::optional<std::string> key = parse_idempotency_key(value);
	std::string quoted = "\"";

	if (!key)
		return;
	require(!key->empty() && key->size() <= idempotency_key_max);
	for (char c : *key) {
		require(c > ' ' && c <= '~');
		if (c == '"' || c == '\\')
			quoted += '\\';
		quoted += c;
	}
	require(parse_idempotency_key(quoted + '"') == key);
}

/* A value as JsonDocument has it, and as jansson has it. */
void
check_same(const JsonDocument &document, json_t *ours, json_t *plain)
{
	require(json_typeof(ours) == json_typeof(plain));
	switch (json_typeof(ours)) {
	case JSON_STRING:
		require(document.text_of(ours) ==
		    std::string_view(json_string_value(plain),
		    json_string_length(plain)));
		break;
	case JSON_ARRAY:
		require(json_array_size(ours) == json_array_size(plain));
		for (std::size_t i = 0; i < json_array_size(ours); i++)
			check_same(document, json_array_get(ours, i),
			    json_array_get(plain, i));
		break;
	case JSON_OBJECT:
		require(json_object_size(ours) == json_object_size(plain));
		for (void *at = json_object_iter(ours); at != nullptr;
		    at = json_object_iter_next(ours, at))
			check_same(document, json_object_iter_value(at),
			    json_object_get(plain, json_object_iter_key(at)));
		break;
	default:
		require(json_equal(ours, plain));
	}
}

void
check_document(std::string_view octets)
{
	auto document = JsonDocument::parse(octets);
	json_t *plain = json_loadb(
	    octets.data(), octets.size(), JSON_REJECT_DUPLICATES, nullptr);

	if (document)
		check_same(*document, document->root(), plain);
	else if (octets.find('\0') == std::string_view::npos)
		/* jansson takes NUL behind a number or word for nothing. */
		require(!json_is_object(plain) || document.error().find(
		    "over 32 levels") != std::string::npos);
	json_decref(plain);
}

} /* namespace */

extern "C" int
LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
	if (size == 0)
		return (0);
	Limits limits(data[0]);
	std::string octets(reinterpret_cast<const char *>(data) + 1, size - 1);

	check_result(
	    parse_send_request(octets, limits.limits), limits.limits);
	check_messages(octets, limits.limits);
	check_idempotency_key(octets);
	check_parts(octets);
	check_document(octets);
	return (0);
}
