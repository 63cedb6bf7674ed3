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

#include <string>
#include <string_view>
#include <vector>

#include "catch.h"
#include "messages.h"
#include "smtp_reply.h"

namespace {

using Status = ReplyParser::Status;

struct Parsed {
	std::vector<SmtpReply> replies;
	bool invalid = false;
	bool midway = false;
};

/* All replies of text, given to the parser in parts cut at every step. */
Parsed
parse_in_parts(std::string_view text, std::size_t step)
{
	Parsed parsed;
	ReplyParser parser;

	while (!text.empty()) {
		std::string_view part = text.substr(0, step);
		text.remove_prefix(part.size());
		while (!part.empty()) {
			Status status = parser.feed(part);
			if (status == Status::invalid) {
				parsed.invalid = true;
				return (parsed);
			}
			if (status == Status::complete)
				parsed.replies.push_back(parser.reply());
		}
	}
	parsed.midway = parser.midway();
	return (parsed);
}

/* The one reply of text, however it is cut. */
SmtpReply
only_reply(std::string_view text)
{
	for (std::size_t step = 1; step <= text.size(); step++) {
		Parsed parsed = parse_in_parts(text, step);
		REQUIRE_FALSE(parsed.invalid);
		REQUIRE(parsed.replies.size() == 1);
		REQUIRE_FALSE(parsed.midway);
	}
	return (parse_in_parts(text, text.size()).replies[0]);
}

void
refused(std::string_view text)
{
	for (std::size_t step = 1; step <= text.size();
	     step += text.size() > 200 ? 997 : 1)
		REQUIRE(parse_in_parts(text, step).invalid);
}

} /* namespace */

TEST_CASE("replies are found wherever they are cut")
{
	SmtpReply reply = only_reply("250 2.0.0 Ok: queued as 4WqX\r\n");
	CHECK(reply.code == 250);
	CHECK(reply.positive());
	CHECK(enhanced_code(reply) == "2.0.0");
	CHECK(printable_text(reply) == "Ok: queued as 4WqX");

	reply = only_reply("550-5.1.1 no such\r\n550-5.1.1 user\r\n"
			   "550 5.1.1 here\r\n");
	CHECK(reply.code == 550);
	CHECK(enhanced_code(reply) == "5.1.1");
	CHECK(printable_text(reply) == "no such user here");

	CHECK(only_reply("250\r\n").code == 250);
	CHECK(only_reply("250 \r\n").lines.empty());
	CHECK(only_reply("354 go\n").code == 354);
	CHECK(only_reply("250-a\n250 b\r\n").lines == "a\nb");
	CHECK(only_reply("250-\r\n250-\r\n250 x\r\n").lines == "\n\nx");
	CHECK(only_reply("599 x\r\n").kind() == 5);
}

TEST_CASE("several replies in one read are taken one by one")
{
	std::string text = "250 a\r\n250-b\r\n250 c\r\n354 d\r\n";

	for (std::size_t step = 1; step <= text.size(); step++) {
		Parsed parsed = parse_in_parts(text, step);
		REQUIRE(parsed.replies.size() == 3);
		CHECK(parsed.replies[1].lines == "b\nc");
		CHECK(parsed.replies[2].code == 354);
	}
}

TEST_CASE("what begins is known to be midway")
{
	CHECK(parse_in_parts("250-a\r\n", 1).midway);
	CHECK(parse_in_parts("2", 1).midway);
	CHECK_FALSE(parse_in_parts("250 a\r\n", 1).midway);
	CHECK(parse_in_parts("250 a\r\n2", 1).midway);
}

TEST_CASE("what is no reply is refused")
{
	for (std::string_view text : {"\r\n", "\n", "25\r\n", "2500 x\r\n",
		 "250x\r\n", "250\tx\r\n", "hello\r\n", " 250 x\r\n",
		 "150 x\r\n", "650 x\r\n", "050 x\r\n", "2a0 x\r\n",
		 "25O x\r\n", "250-a\r\n251 b\r\n", "250-a\r\nb\r\n",
		 "220-a\r\n\r\n", "\0250 x\r\n", "HTTP/1.1 400 Bad\r\n"}) {
		INFO(text);
		refused(text);
	}
	refused(std::string("\0\0\0\r\n", 5));
}

TEST_CASE("replies are bounded")
{
	std::string line(reply_line_max - 4, 'x');
	CHECK(only_reply("250 \n").code == 250);
	CHECK_FALSE(parse_in_parts("250 " + line + "\r\n", 100).invalid);
	CHECK_FALSE(parse_in_parts("250 " + line + "\n", 100).invalid);
	refused("250 " + line + "x\r\n");
	/* Refused without its end: nothing is held for it. */
	refused("250 " + line + "xxxx");

	/* As many lines as there is room for; where they are cut counts. */
	std::string lines;
	while (lines.size() + reply_octets_max / 50 <= reply_octets_max)
		lines += "250-x\r\n";
	CHECK_FALSE(parse_in_parts(lines + "250 x\r\n", 100).invalid);
	refused(lines + lines + "250 x\r\n");

	std::string flood;
	while (flood.size() <= reply_octets_max)
		flood += "250-" + line + "\r\n";
	refused(flood);
}

TEST_CASE("enhanced codes are those of RFC 3463, and of the code's class")
{
	struct Case {
		std::string_view text, enhanced, rest;
	};
	for (const Case &c : {Case{"550 5.1.1 x\r\n", "5.1.1", "x"},
		 Case{"550 5.1.1\r\n", "5.1.1", ""},
		 Case{"550 5.123.456 x\r\n", "5.123.456", "x"},
		 Case{"550 4.1.1 x\r\n", "", "4.1.1 x"},
		 Case{"250 5.1.1 x\r\n", "", "5.1.1 x"},
		 Case{"354 3.0.0 x\r\n", "", "3.0.0 x"},
		 Case{"550 5.1234.1 x\r\n", "", "5.1234.1 x"},
		 Case{"550 5.1. x\r\n", "", "5.1. x"},
		 Case{"550 5..1 x\r\n", "", "5..1 x"},
		 Case{"550 5.1\r\n", "", "5.1"},
		 Case{"550 5.1.1x\r\n", "", "5.1.1x"},
		 Case{"550 5.1.1.2 x\r\n", "", "5.1.1.2 x"},
		 Case{"550-5.1.1\r\n550 5.1.1 x\r\n", "5.1.1", "x"},
		 Case{"550\r\n", "", ""}}) {
		INFO(c.text);
		SmtpReply reply = only_reply(c.text);
		CHECK(enhanced_code(reply) == c.enhanced);
		CHECK(printable_text(reply) == c.rest);
	}
}

TEST_CASE("text for people is printable and bounded")
{
	SmtpReply reply = only_reply("250 a\tb\x01\x1b[0m\xc3\xa9\x7f\r\n");
	CHECK(printable_text(reply) == "a b??[0m???");

	std::string many;
	for (int i = 0; i < 50; i++)
		many += "250-twenty octets a line\r\n";
	many += "250 x\r\n";
	Parsed parsed = parse_in_parts(many, many.size());
	REQUIRE(parsed.replies.size() == 1);
	CHECK(printable_text(parsed.replies[0]).size() <= reply_text_max);
	CHECK(printable_text(parsed.replies[0]).size() > reply_text_max - 2);
}

TEST_CASE("EHLO's reply says what the server offers")
{
	Extensions e = parse_ehlo(only_reply(
	    "250-mx.example.com PIPELINING\r\n250-SIZE 10240000\r\n"
	    "250-8BitMime\r\n250-SMTPUTF8\r\n250-EnhancedStatusCodes\r\n"
	    "250-STARTTLS\r\n250-AUTH PLAIN GSSAPI login\r\n"
	    "250 XCLIENT NAME\r\n"));
	CHECK_FALSE(e.pipelining); /* in the greeting line it means nothing */
	CHECK(e.size == 10240000u);
	CHECK(e.eight_bit_mime);
	CHECK(e.smtputf8);
	CHECK(e.enhanced_codes);
	CHECK(e.starttls);
	CHECK(e.auth_plain);
	CHECK(e.auth_login);

	e = parse_ehlo(only_reply("250-x\r\n250-PIPELINING\r\n"
				  "250-AUTH=LOGIN\r\n250 SIZE\r\n"));
	CHECK(e.pipelining);
	CHECK(e.auth_login);
	CHECK_FALSE(e.auth_plain);
	CHECK(e.size == 0u);

	e = parse_ehlo(only_reply("250-x\r\n250-PIPELININGS\r\n"
	    "250 SIZE 99999999999999999999999\r\n"));
	CHECK_FALSE(e.pipelining);
	CHECK(e.size == 0u); /* more than can be counted is no limit */
	CHECK_FALSE(parse_ehlo(only_reply("250 x\r\n")).size.has_value());
}
