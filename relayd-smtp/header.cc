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

#include "encoded_word.h"
#include "header.h"
#include "utf8.h"

namespace {

void
append_addresses(std::string &header, std::string_view name,
    const std::vector<MailAddress> &addresses)
{
	if (addresses.empty())
		return;
	HeaderField field(header, name);
	std::string token;
	for (std::size_t i = 0; i < addresses.size(); i++) {
		token = addresses[i].text();
		if (i + 1 < addresses.size())
			token += ',';
		field.add_token(token);
	}
	field.end();
}

void
append_from(std::string &header, const HeaderFields &fields)
{
	HeaderField field(header, "From");

	if (fields.from_name.empty()) {
		field.add_token(fields.from.text());
	} else {
		append_phrase(field, fields.from_name);
		field.add_token("<" + fields.from.text() + ">");
	}
	field.end();
}

void
append_two_digits(std::string &text, const char *before, int number)
{
	text += before;
	text += static_cast<char>('0' + number / 10 % 10);
	text += static_cast<char>('0' + number % 10);
}

} /* namespace */

std::string
build_header(const HeaderFields &fields)
{
	std::string header;

	header.reserve(512);
	header += "Date: ";
	header += header_date(fields.date);
	header += "\r\nMessage-ID: ";
	header += message_id(fields.request_id, fields.from);
	header += "\r\n";
	append_from(header, fields);
	append_addresses(header, "To", fields.to);
	append_addresses(header, "Cc", fields.cc);
	append_addresses(header, "Reply-To", fields.reply_to);
	HeaderField subject(header, "Subject");
	append_unstructured(subject, fields.subject);
	subject.end();
	header += "MIME-Version: 1.0\r\n";
	return (header);
}

std::string
message_id(const RequestId &request_id, const MailAddress &from)
{
	std::string id = "<";

	id += request_id.text();
	id += '@';
	id += from.domain();
	id += '>';
	return (id);
}

std::string
header_date(std::time_t date)
{
	/*
	 * Not strftime(3): its names follow the locale.  Not snprintf(3)
	 * either, which took a twelfth of a submission's instructions.
	 */
	static constexpr std::array<const char *, 7> days = {"Sun", "Mon",
	    "Tue", "Wed", "Thu", "Fri", "Sat"};
	static constexpr std::array<const char *, 12> months = {"Jan", "Feb",
	    "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov",
	    "Dec"};
	struct tm tm = {};
	std::string text;

	gmtime_r(&date, &tm);
	text = days[static_cast<std::size_t>(tm.tm_wday)];
	append_two_digits(text, ", ", tm.tm_mday);
	text += ' ';
	text += months[static_cast<std::size_t>(tm.tm_mon)];
	append_two_digits(text, " ", (tm.tm_year + 1900) / 100);
	append_two_digits(text, "", tm.tm_year % 100);
	append_two_digits(text, " ", tm.tm_hour);
	append_two_digits(text, ":", tm.tm_min);
	append_two_digits(text, ":", tm.tm_sec);
	text += " +0000";
	return (text);
}

bool
is_header_text(std::string_view text, std::size_t max, Tab tab)
{
	for (std::size_t n = 0; !text.empty(); n++) {
		auto character = utf8_take(text);
		if (!character || n >= max)
			return (false);
		if (is_line_control(*character) &&
		    !(*character == '\t' && tab == Tab::allowed))
			return (false);
	}
	return (true);
}
