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
 * The body of POST /v1/send: from octets to a validated request, or to the
 * error that api.md has for it.  Refused, never repaired or trimmed.
 */

#ifndef RELAYD_HTTP_SEND_REQUEST_H
#define RELAYD_HTTP_SEND_REQUEST_H

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "api_error.h"
#include "attachment.h"
#include "http_config.h"
#include "json_document.h"
#include "json_members.h"
#include "mail_address.h"
#include "posted_lists.h"

constexpr std::size_t from_name_max = 128; /* characters */
constexpr std::size_t reply_to_max = 10;
constexpr std::size_t metadata_max = 4096; /* octets, without white space */

/* What the configuration allows whoever holds this key. */
struct SendLimits {
	std::size_t max_recipients = 0; /* to and cc together */
	std::size_t max_subject = 0; /* characters */
	std::size_t max_body = 0; /* octets, of the HTML too */
	bool html = false;
	const AttachmentLimits *attachments = nullptr; /* nullptr: off */
	const RecipientPolicy *recipients = nullptr; /* of everybody */
	const RecipientPolicy *key_recipients = nullptr; /* nullptr: no own */

	/* Those in force for key; they point into config and key. */
	static SendLimits of(const HttpConfig &config, const HttpKey &key);

	/* JSON values that a message within them can have. */
	std::size_t values() const;
};

/*
 * Invariants: 1..max_recipients addresses in to and cc, all allowed by both
 * policies, at least one of them in to; subject is not blank; neither
 * subject (TAB excepted) nor from_name holds a character for which
 * is_line_control() is true; no text holds NUL; all text is well-formed
 * UTF-8.  An address that was named twice is there twice.  The attachments
 * are within the limits; no two have one content_id, and none has one
 * without body_html.
 */
struct SendRequest {
	std::vector<MailAddress> to;
	std::vector<MailAddress> cc;
	std::vector<MailAddress> reply_to;
	/* These point into the posted octets or document: no copies. */
	std::string_view subject;
	std::string_view body; /* as posted: line ends not yet normalised */
	std::optional<std::string_view> body_html; /* as body; may be empty */
	std::string_view from_name; /* empty: the configured one */
	std::string_view client_request_id; /* metadata.request_id, a string */
	std::vector<Attachment> attachments;
	/* For the audit line: compact JSON, its members as posted, or empty. */
	std::string metadata;
	PostedLists posted_lists;

	JsonDocument document;
};

/*
 * Which of several errors is reported: the JSON text's; then the first
 * unknown member; then what is switched off; then the fields in the order of
 * api.md's table, each one's type before its content.
 */
class SendRequestResult {
public:
	SendRequestResult(SendRequest request) : state(std::move(request))
	{
	}
	SendRequestResult(ApiError error) : state(std::move(error))
	{
	}

	explicit operator bool() const
	{
		return (state.index() == 0);
	}
	SendRequest &operator*()
	{
		return (*std::get_if<SendRequest>(&state));
	}
	SendRequest *operator->()
	{
		return (std::get_if<SendRequest>(&state));
	}
	/* When there is no request. */
	const ApiError &error() const
	{
		return (*std::get_if<ApiError>(&state));
	}

private:
	std::variant<SendRequest, ApiError> state;
};

/* Those that a message has, in the order in which they are judged. */
std::span<const JsonMember> message_members();

/* A member that an object of the API does not have. */
ApiError unknown_field(std::string_view name);

/* octets must stay where they are, unchanged, as long as the request. */
SendRequestResult parse_send_request(
    std::string_view octets, const SendLimits &limits);

/*
 * One of many messages in a document, which must stay where it is as well:
 * any value, of which an object is required.
 */
SendRequestResult read_send_request(const JsonDocument &document,
    json_t *message, const SendLimits &limits);

#endif
