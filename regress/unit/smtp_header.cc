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

#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "catch.h"
#include "encoded_word.h"
#include "header.h"
#include "request_id.h"
#include "skip.h"

namespace {

std::vector<MailAddress>
addresses(const std::vector<std::string> &texts)
{
	std::vector<MailAddress> list;

	for (const std::string &text : texts) {
		auto address = MailAddress::parse(text);
		INFO(text);
		REQUIRE(address);
		list.push_back(*address);
	}
	return (list);
}

struct Message {
	std::vector<std::string> from = {"noreply@example.com"};
	std::string from_name;
	std::vector<std::string> to = {"to@example.org"};
	std::vector<std::string> cc;
	std::vector<std::string> reply_to;
	std::string subject = "Test";
};

std::string
header_of(const Message &message)
{
	auto id = RequestId::parse("req_01J00000000000000000000000");
	REQUIRE(id);
	auto from = addresses(message.from), to = addresses(message.to);
	auto cc = addresses(message.cc);
	auto reply_to = addresses(message.reply_to);

	return (build_header({1770714487, *id, from[0], message.from_name, to,
	    cc, reply_to, message.subject}));
}

std::vector<std::string>
lines_of(std::string_view header)
{
	std::vector<std::string> lines;

	while (!header.empty()) {
		std::size_t end = header.find("\r\n");
		REQUIRE(end != std::string_view::npos);
		lines.emplace_back(header.substr(0, end));
		header.remove_prefix(end + 2);
	}
	return (lines);
}

/* Rules of form that hold for every header whatever is in it. */
void
check_form(const std::string &header)
{
	for (const std::string &line : lines_of(header)) {
		INFO(line);
		REQUIRE(line.size() <= 998);
		REQUIRE(line.find_first_not_of(" \t") != std::string::npos);
		REQUIRE(line.find_first_of(std::string("\r\n\0", 3)) ==
		    std::string::npos);
		if (line.find("=?utf-8?") != std::string::npos &&
		    line.find('@') == std::string::npos)
			REQUIRE(line.size() <= encoded_line_max);
	}
	std::size_t at = 0;
	while ((at = header.find("=?utf-8?", at)) != std::string::npos) {
		std::size_t end = header.find("?=", at + 10);
		REQUIRE(end != std::string::npos);
		REQUIRE(end + 2 - at <= encoded_word_max);
		at = end;
	}
}

std::string
hex_text(std::string_view octets)
{
	static constexpr char digits[] = "0123456789abcdef";
	std::string out;

	for (unsigned char c : octets) {
		out += digits[c >> 4];
		out += digits[c & 15];
	}
	return (out.empty() ? "-" : out);
}

std::string
joined(const std::vector<std::string> &texts)
{
	std::string out;

	for (const std::string &text : texts)
		out += (out.empty() ? "" : "\n") + text;
	return (out);
}

/* What goes wrong in headers, strung together at random. */
std::string
random_text(std::mt19937 &random, bool with_tab)
{
	static constexpr std::string_view parts[] = {" ", " ", " ", " ", "  ",
	    "word", "a", "=?", "?=", "=?utf-8?q?x?=", "=", "?", "_", "\"",
	    "\\", ",", "<", ">", "@", "(", ")", ":", ";", ".", "é", "ß",
	    "日本語", "🎉", "👩‍👩‍👧", "שלום", "مرحبا", "e\xcc\x81",
	    "\xe2\x80\x8f", "\xc2\xa0", "\xe3\x80\x80", "%20", "=20", "=3D",
	    "Content-Type:", "longer-word-than-others", "&", "'", "`", "{}"};
	std::string text;
	static constexpr unsigned int lengths[] = {1, 2, 3, 4, 6, 8, 12, 60};

	for (auto n = 1 + random() % lengths[random() % std::size(lengths)];
	     n > 0; n--) {
		if (with_tab && random() % 40 == 0)
			text += '\t';
		else if (random() % 500 == 0)
			text.append(1 + random() % 998, 'x');
		else
			text += parts[random() % std::size(parts)];
	}
	return (text);
}

std::vector<std::string>
random_addresses(std::mt19937 &random, std::size_t least, std::size_t most)
{
	static const std::string domains[] = {"example.com", "a.example",
	    "[192.0.2.1]", std::string(63, 'd') + "." + std::string(63, 'e') +
		"." + std::string(40, 'f') + ".example", "[IPv6:2001:db8::1]"};
	static const std::string locals[] = {"a", "first.last", "a+b",
	    "\"quoted local\"", "\"a,b\"", "\"a\\\"b\"", "\"<x>\"",
	    std::string(60, 'l'), "o'brien", "!#$%&'*+-/=?^_`{|}~"};
	std::vector<std::string> list;

	for (auto n = least + random() % (most - least + 1); n > 0; n--)
		list.push_back(locals[random() % std::size(locals)] + "@" +
		    domains[random() % std::size(domains)]);
	return (list);
}

Message
random_message(std::mt19937 &random)
{
	Message message;

	message.subject = random_text(random, true);
	if (random() % 4 != 0)
		message.from_name = random_text(random, false);
	message.from = random_addresses(random, 1, 1);
	message.to = random_addresses(random, 1, 5);
	message.cc = random_addresses(random, 0, 3);
	message.reply_to = random_addresses(random, 0, 2);
	return (message);
}

bool
have_python()
{
	return (system("python3 -c 'import email.policy' 2>/dev/null") == 0);
}

} /* namespace */

TEST_CASE("a header has every field, once, in order")
{
	CHECK(header_of({}) ==
	    "Date: Tue, 10 Feb 2026 09:08:07 +0000\r\n"
	    "Message-ID: <req_01J00000000000000000000000@example.com>\r\n"
	    "From: noreply@example.com\r\n"
	    "To: to@example.org\r\n"
	    "Subject: Test\r\n"
	    "MIME-Version: 1.0\r\n");

	Message message;
	message.from_name = "Example, Inc.";
	message.to = {"a@example.org", "b@example.org"};
	message.cc = {"c@example.org"};
	message.reply_to = {"d@example.org"};
	message.subject = "Grüße";
	CHECK(header_of(message) ==
	    "Date: Tue, 10 Feb 2026 09:08:07 +0000\r\n"
	    "Message-ID: <req_01J00000000000000000000000@example.com>\r\n"
	    "From: \"Example, Inc.\" <noreply@example.com>\r\n"
	    "To: a@example.org, b@example.org\r\n"
	    "Cc: c@example.org\r\n"
	    "Reply-To: d@example.org\r\n"
	    "Subject: =?utf-8?b?R3LDvMOfZQ==?=\r\n"
	    "MIME-Version: 1.0\r\n");
}

TEST_CASE("text stands as it is where it reads back so, else is encoded")
{
	auto subject = [](std::string_view text) {
		std::string header;
		HeaderField field(header, "Subject");
		append_unstructured(field, text);
		field.end();
		return (header);
	};

	CHECK(subject("plain text") == "Subject: plain text\r\n");
	CHECK(subject(" x") == "Subject: =?utf-8?q?_x?=\r\n");
	CHECK(subject("x ") == "Subject: =?utf-8?q?x_?=\r\n");
	CHECK(subject("a  b") == "Subject: =?utf-8?q?a__b?=\r\n");
	CHECK(subject("a\tb") == "Subject: =?utf-8?b?YQli?=\r\n");
	CHECK(subject("=?utf-8?q?x?=") ==
	    "Subject: =?utf-8?b?PT91dGYtOD9xP3g/PQ==?=\r\n");
	CHECK(subject("a = b ? c") == "Subject: a = b ? c\r\n");
	CHECK(subject("a é and a plain remainder") ==
	    "Subject: =?utf-8?q?a_=C3=A9_and_a_plain_remainder?=\r\n");

	std::string word(69, 'w');
	CHECK(subject(word) == "Subject: " + word + "\r\n");
	CHECK(subject(word + "w").find("=?utf-8?q?") == 9);
	word.assign(77, 'w');
	CHECK(subject("a " + word) == "Subject: a\r\n " + word + "\r\n");
	CHECK(subject("a w" + word).find("=?utf-8?q?") == 9);
}

TEST_CASE("a display name is an atom, a quoted string or encoded words")
{
	auto from = [](std::string_view name) {
		std::string header;
		HeaderField field(header, "From");
		append_phrase(field, name);
		field.end();
		return (header);
	};

	CHECK(from("Example") == "From: Example\r\n");
	CHECK(from("A B") == "From: \"A B\"\r\n");
	std::string half(39, 'w');
	CHECK(from(half + " " + half) ==
	    "From: " + half + "\r\n " + half + "\r\n");
	CHECK(from("J. \"Q\" \\") == "From: =?utf-8?b?Si4gIlEiIFw=?=\r\n");
	CHECK(from("=?x") == "From: =?utf-8?b?PT94?=\r\n");
	CHECK(from("a  b") == "From: =?utf-8?q?a__b?=\r\n");
	CHECK(from("Müller") == "From: =?utf-8?q?M=C3=BCller?=\r\n");
	std::string name(70, 'n');
	CHECK(from(name) == "From: " + name + "\r\n");
	CHECK(from(name + "  n").find("=?utf-8?q?") == 6);
}

TEST_CASE("text of a header is UTF-8 without what breaks a line")
{
	CHECK(is_header_text("", 0, Tab::refused));
	CHECK(is_header_text("äöü", 3, Tab::refused));
	CHECK_FALSE(is_header_text("äöü", 2, Tab::refused));
	CHECK(is_header_text("a\tb", 3, Tab::allowed));
	CHECK_FALSE(is_header_text("a\tb", 3, Tab::refused));
	for (std::string_view bad : {"\n", "\r", "\x01", "\x7f", "\xc2\x85",
		 "\xe2\x80\xa8", "\xe2\x80\xa9", "\xff", "\xc3", "\xc0\x80",
		 "\xed\xa0\x80"})
		CHECK_FALSE(is_header_text(bad, 10, Tab::allowed));
	CHECK_FALSE(is_header_text(std::string_view("\0", 1), 10,
	    Tab::allowed));
}

TEST_CASE("dates are in UTC and in English")
{
	CHECK(header_date(0) == "Thu, 01 Jan 1970 00:00:00 +0000");
	CHECK(header_date(1709210096) == "Thu, 29 Feb 2024 12:34:56 +0000");
	CHECK(header_date(4102444799) == "Thu, 31 Dec 2099 23:59:59 +0000");
}

/*
 * The proof of all that: thousands of random headers, read back by Python's
 * email package, give exactly what went in.
 */
TEST_CASE("headers read back as they were given")
{
	if (!have_python()) {
		skip("headers that are read back: no python3 here");
		return;
	}
	std::string script = __FILE__;
	script.replace(script.size() - 2, 2, "py");
	FILE *reader = popen(("python3 '" + script + "'").c_str(), "w");
	REQUIRE(reader != nullptr);

	const char *seed = getenv("SEED");
	std::mt19937 random(seed != nullptr ? static_cast<unsigned int>(
	    atoi(seed)) : 1);
	for (int i = 0; i < 1000; i++) {
		Message message = random_message(random);
		std::string header = header_of(message);
		check_form(header);
		fprintf(reader, "%s %s %s %s %s %s %s\n",
		    hex_text(header).c_str(),
		    hex_text(message.subject).c_str(),
		    hex_text(message.from_name).c_str(),
		    hex_text(joined(message.from)).c_str(),
		    hex_text(joined(message.to)).c_str(),
		    hex_text(joined(message.cc)).c_str(),
		    hex_text(joined(message.reply_to)).c_str());
	}
	int status = pclose(reader);
	CHECK(WIFEXITED(status));
	CHECK(WEXITSTATUS(status) == 0);
}
