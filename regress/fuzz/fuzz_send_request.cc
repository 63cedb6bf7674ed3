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
 * The first octet says which limits are in force.
 */

#include <cstdint>
#include <cstdlib>
#include <string>

#include "answer_body.h"
#include "content.h"
#include "send_request.h"
#include "utf8.h"

namespace {

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
	}

	SendLimits limits;

private:
	RecipientPolicy everybody;
	RecipientPolicy key;
	RecipientPolicy any = RecipientPolicy::any();
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

void
check_content(std::string_view text)
{
	TextEntity entity(text, TextType::plain, TextPlace::message);
	std::string content;
	std::size_t line = 0;

	entity.append_to(content);

	for (std::size_t i = 0; i < content.size(); i++) {
		auto octet = static_cast<std::uint8_t>(content[i]);
		require(octet >= 0x20 ? octet < 0x7f : octet == '\t' ||
		    octet == '\r' || octet == '\n');
		if (octet == '\r')
			require(content[i + 1] == '\n');
		if (octet == '\n')
			require(content[i - 1] == '\r');
		line = octet == '\n' ? 0 : line + 1;
		require(line <= 999); /* with the CR */
	}
	require(line == 0);
	require(content.size() == entity.size());
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
	check_content(request.body);
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
	else
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

	auto result = parse_send_request(octets, limits.limits);
	if (result)
		check_request(*result, limits.limits);
	else
		check_error(result.error());
	check_content(octets);
	check_document(octets);
	return (0);
}
