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
 * The header of a message, complete but for the Content-* fields, which
 * begin the content.  It is made from typed fields only: nothing that a
 * client sent becomes a field name or a line.
 */

#ifndef RELAYD_SMTP_HEADER_H
#define RELAYD_SMTP_HEADER_H

#include <ctime>
#include <string>
#include <string_view>
#include <vector>

#include "mail_address.h"
#include "request_id.h"

struct HeaderFields {
	std::time_t date;
	const RequestId &request_id;
	const MailAddress &from;
	std::string_view from_name; /* is_header_text(), may be empty */
	const std::vector<MailAddress> &to; /* one at least */
	const std::vector<MailAddress> &cc;
	const std::vector<MailAddress> &reply_to;
	std::string_view subject; /* is_header_text() */
};

/* Every line ends with CRLF; no empty line at the end. */
std::string build_header(const HeaderFields &fields);

/* "<req_01J...@example.com>", the domain being that of From. */
std::string message_id(const RequestId &request_id, const MailAddress &from);
/* "Tue, 10 Feb 2026 09:08:07 +0000" (RFC 5322 3.3) */
std::string header_date(std::time_t date);

enum class Tab { refused, allowed };
/* UTF-8 of at most max characters, none of which is_line_control(). */
bool is_header_text(std::string_view text, std::size_t max, Tab tab);

#endif
