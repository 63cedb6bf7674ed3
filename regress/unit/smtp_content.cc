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

#include <random>
#include <string>
#include <string_view>

#include "catch.h"
#include "content_check.h"
#include "content_writer.h"

namespace {

constexpr std::string_view head = "Content-Type: text/plain\r\n\r\n";

std::string
with_head(std::string_view body)
{
	return (std::string(head).append(body));
}

bool
passes(std::string_view content)
{
	return (static_cast<bool>(check_content(content)));
}

/* What goes over the wire, made in pieces of about step octets. */
std::string
written(std::string_view content, std::size_t step)
{
	ContentWriter writer(content);
	std::string all, piece;

	do {
		piece.clear();
		writer.fill(piece, step);
		REQUIRE(piece.size() <= step + 2 * content_line_max);
		all += piece;
	} while (!writer.done());
	return (all);
}

/* The server's side (RFC 5321 4.5.2): the message, without its last dot. */
std::string
received(std::string_view wire)
{
	std::string message;

	while (!wire.empty()) {
		std::size_t end = wire.find("\r\n");
		REQUIRE(end != std::string_view::npos);
		std::string_view line = wire.substr(0, end);
		wire.remove_prefix(end + 2);
		REQUIRE(line.find_first_of("\r\n") == std::string_view::npos);
		if (line == ".") {
			REQUIRE(wire.empty());
			return (message);
		}
		if (!line.empty() && line[0] == '.')
			line.remove_prefix(1);
		message.append(line).append("\r\n");
	}
	FAIL("no final dot");
	return (message);
}

std::string
with_crlf(std::string_view content)
{
	std::string out;

	for (std::size_t i = 0; i < content.size(); i++) {
		if (content[i] == '\n' && (i == 0 || content[i - 1] != '\r'))
			out += '\r';
		out += content[i];
	}
	if (!out.empty() && out.back() != '\n')
		out += "\r\n";
	return (out);
}

} /* namespace */

TEST_CASE("an entity passes with its own size as a message")
{
	for (std::string_view body : {"", "x", "x\r\n", "x\n", ".\n", "..\r\n",
		 "a\n\nb\r\n\r\n", "\n", "\x01\x0b\x7f\n", "From x\n",
		 "Bcc: not a header\n", ".", "\r\n.\r\nMAIL FROM:<>\r\n"}) {
		std::string content = with_head(body);
		INFO(body);
		auto size = check_content(content);
		REQUIRE(size);
		CHECK(*size == with_crlf(content).size());
		for (std::size_t step : {1, 2, 3, 7, 100, 65536})
			CHECK(received(written(content, step)) ==
			    with_crlf(content));
	}
}

TEST_CASE("the entity's header holds Content-* fields and nothing else")
{
	for (std::string_view good : {"\n", "content-type: x\n\n",
		 "Content-Type: a;\n b=c\n\n", "Content-X-1: \n\n",
		 "Content-Type:x\r\n\tfolded\r\n more\r\n\r\n",
		 "Content-A: 1\nContent-B: 2\n\nbody"})
		CHECK(passes(good));
	for (std::string_view bad : {"", "x", "Content-Type: x\n",
		 "Content-Type: x\r\n", "Bcc: a@b.example\n\n",
		 "Content-Type: x\nBcc: a@b.example\n\n",
		 "Content-Type: x\r\nFrom: a@b.example\r\n\r\n",
		 "Content-Type : x\n\n", "Content-: x\n\n", "Content: x\n\n",
		 "Content-Type x\n\n", " Content-Type: x\n\n",
		 "\tfolded\n\n", "Content-Type: x\n \n\n",
		 "Content-Type: x\n\t\r\nBcc: y\n\n",
		 "Content-T\xc3\xbcpe: x\n\n", "Content-T(c): x\n\n",
		 "Content-Type: x\x01\n\n", "Content-Type: x\x7f\n\n",
		 "Content-Type: x\rBcc: y\n\n", "Content-Type: a\r\r\n\r\n",
		 "Content-Type: a\nCONTENT-TYPE: b\n\n",
		 "Content-Type: a\n:b\n\n", "Xontent-Type: a\n\n",
		 "From x y z\nContent-Type: a\n\n"}) {
		INFO(bad);
		CHECK_FALSE(passes(bad));
	}
}

TEST_CASE("a multipart is looked at as a whole")
{
	const std::string begin =
	    "Content-Type: multipart/alternative;\r\n boundary=\"=_a\"\r\n"
	    "\r\n--=_a\r\n";
	const std::string end = "\r\n--=_a--\r\n";

	/* Its parts' headers are text to a mail server. */
	for (std::string_view part : {"Content-Type: text/plain\r\n\r\nx",
		 "Content-Type: a/b;\r\n c=d\r\nContent-ID: <a@b>\r\n"
		 "Content-Disposition: inline;\r\n filename*=utf-8''a\r\n\r\n"
		 "YQ==\r\n", "Bcc: a@b.example\r\n\r\nx", "", "\r\n.\r\n"}) {
		std::string content = begin + std::string(part) + end;
		INFO(content);
		auto size = check_content(content);
		REQUIRE(size);
		CHECK(*size == content.size());
		CHECK(received(written(content, 7)) == content);
	}
	for (std::string_view part : {"\xc3\xa4", "a\rb", "\r\r\n"}) {
		std::string content = begin + std::string(part) + end;
		INFO(content);
		CHECK_FALSE(passes(content));
	}
	CHECK_FALSE(passes(begin + std::string(999, 'x') + end));
	CHECK_FALSE(passes("Bcc: a@b.example\r\n" + begin + end));
	/* What folds is a field's, and no field may be there twice. */
	CHECK_FALSE(passes(" boundary=\"=_a\"\r\n" + begin + end));
	CHECK_FALSE(passes("Content-Type: text/plain\r\n" + begin + end));
}

TEST_CASE("the entity's header is bounded")
{
	std::string many;
	for (std::size_t i = 0; i < content_fields_max; i++)
		many += "Content-" + std::to_string(i) + ": x\r\n";
	CHECK(passes(many + "\r\n"));
	CHECK_FALSE(passes(many + "Content-More: x\r\n\r\n"));

	std::string name(content_name_max, 'a');
	name.replace(0, 8, "Content-");
	CHECK(passes(name + ": x\r\n\r\n"));
	CHECK_FALSE(passes(name + "a: x\r\n\r\n"));

	std::string folded = "Content-Type: x";
	while (folded.size() <= content_header_max)
		folded += "\r\n " + std::string(900, 'y');
	CHECK_FALSE(passes(folded + "\r\n\r\n"));
}

TEST_CASE("lines are 7-bit, bounded and ended by CRLF or LF only")
{
	std::string line(content_line_max, 'x');
	CHECK(passes(with_head(line)));
	CHECK(passes(with_head(line + "\n")));
	CHECK(passes(with_head(line + "\r\n" + line + "\r\n")));
	CHECK_FALSE(passes(with_head(line + "x")));
	CHECK_FALSE(passes(with_head("a\n" + line + "x\nb")));
	CHECK_FALSE(passes("Content-Type: " + line + "\n\n"));
	CHECK_FALSE(passes(with_head("a\rb\n")));
	CHECK_FALSE(passes(with_head("a\r")));
	CHECK_FALSE(passes(with_head("a\r\r\n")));
	CHECK_FALSE(passes(with_head("\r.\r\n")));
	for (std::size_t at = 0; at < 32; at++) {
		std::string text(32, 'a');
		text[at] = '\x80';
		CHECK_FALSE(passes(with_head(text)));
	}
	CHECK_FALSE(passes(with_head("a\x80")));
	CHECK_FALSE(passes(with_head(std::string("a\0b", 3))));
	CHECK(passes(with_head("." + line.substr(1))));
}

TEST_CASE("whatever passes arrives as it was, and ends where it should")
{
	std::mt19937 random(1);
	static constexpr std::string_view alphabet[] = {"\r\n", "\n", ".", "a",
	    "\r\n.\r\n", "\n.\n", "\r", "..", " ", "QUIT\r\n"};

	for (int i = 0; i < 3000; i++) {
		std::string body;
		for (auto n = random() % 40; n > 0; n--)
			body += alphabet[random() % std::size(alphabet)];
		std::string content = with_head(body);
		auto size = check_content(content);
		if (!size)
			continue;
		std::string expected = with_crlf(content);
		REQUIRE(*size == expected.size());
		REQUIRE(received(written(content, 1 + random() % 30)) ==
		    expected);
	}
}
