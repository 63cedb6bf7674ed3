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
 * The SMTP reply parser: a connection's octets give the same replies whether
 * they arrive in one piece or cut anywhere, and what is made of a reply keeps
 * its bounds.  The first two octets say where to cut.
 */

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "messages.h"
#include "smtp_reply.h"

namespace {

void
check(bool holds)
{
	if (!holds)
		abort();
}

void
check_reply(const SmtpReply &reply)
{
	check(reply.code >= 200 && reply.code <= 599);
	check(reply.lines.size() <= reply_octets_max);
	std::string text = printable_text(reply);
	check(text.size() <= reply_text_max);
	for (char c : text)
		check(c >= ' ' && c <= '~');
	std::string_view enhanced = enhanced_code(reply);
	check(enhanced.size() <= 9);
	if (!enhanced.empty())
		check(enhanced[0] == static_cast<char>('0' + reply.kind()));
	parse_ehlo(reply);
}

/* What one connection said, as far as it was understood. */
class Replies {
public:
	void feed(std::string_view octets)
	{
		while (!octets.empty() && !failed) {
			std::size_t before = octets.size();
			switch (parser.feed(octets)) {
			case ReplyParser::Status::incomplete:
				check(octets.empty());
				break;
			case ReplyParser::Status::invalid:
				seen += "|invalid";
				failed = true;
				break;
			case ReplyParser::Status::complete:
				check(octets.size() < before);
				check(!parser.midway());
				check_reply(parser.reply());
				seen += std::to_string(parser.reply().code) +
				    parser.reply().lines + "|";
				break;
			}
		}
	}
	std::string seen;

private:
	ReplyParser parser;
	bool failed = false;
};

} /* namespace */

extern "C" int
LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
	if (size < 2)
		return (0);
	std::size_t cut = data[0] * 256u + data[1];
	std::string_view octets(
	    reinterpret_cast<const char *>(data) + 2, size - 2);
	Replies whole, in_two, one_by_one;

	whole.feed(octets);
	in_two.feed(octets.substr(0, cut));
	if (cut < octets.size())
		in_two.feed(octets.substr(cut));
	for (std::size_t i = 0; i < octets.size(); i++)
		one_by_one.feed(octets.substr(i, 1));
	/* Refused sooner or later, but never understood differently. */
	check(whole.seen == in_two.seen);
	check(whole.seen == one_by_one.seen);
	return (0);
}
