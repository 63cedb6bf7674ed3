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
 * The entity that a message's content is.  That what is in it reads back as
 * it was posted is proven in regress/system/test_messages.py.
 */

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catch.h"
#include "mime.h"
#include "mime_header.h"

using namespace std::string_literals;

namespace {

constexpr std::string_view id = "req_01ARZ3NDEKTSV4RRFFQ69G5FAV";

std::string
bit_by_bit(const MessageEntity &made, std::size_t step)
{
	MessageWriter writer(made);
	std::string all, out;

	do {
		out.clear();
		writer.fill(out, step);
		all += out;
	} while (!out.empty());
	return (all);
}

std::string
entity(std::string_view text, std::optional<std::string_view> html,
    const std::vector<Attachment> &attachments)
{
	MessageEntity made(text, html, attachments, id);
	std::string out = "before";

	made.append_to(out);
	CHECK(out.size() == 6 + made.size());
	for (std::size_t step : {1, 7, 100, 5000})
		CHECK(bit_by_bit(made, step) == out.substr(6));
	return (out.substr(6));
}

/* `=_m_...' in the place of a boundary, as $m. */
std::string
shortened(std::string text)
{
	for (char level : {'m', 'a', 'r'}) {
		std::string boundary =
		    "=_"s + level + "_" + std::string(id);
		for (std::size_t at = text.find(boundary);
		    at != std::string::npos; at = text.find(boundary))
			text.replace(at, boundary.size(), "$"s + level);
	}
	return (text);
}

const Attachment attached = {"a.txt", "text/plain", "YQ==", ""};
const Attachment inlined = {"l.png", "image/png", "YWI=", "logo@x"};

const std::string plain_part =
    "Content-Type: text/plain; charset=utf-8\r\n"
    "Content-Transfer-Encoding: 7bit\r\n\r\n";
const std::string html_part =
    "Content-Type: text/html; charset=utf-8\r\n"
    "Content-Transfer-Encoding: 7bit\r\n\r\n";
const std::string attached_part =
    "Content-Type: text/plain\r\n"
    "Content-Transfer-Encoding: base64\r\n"
    "Content-Disposition: attachment; filename=\"a.txt\"\r\n\r\n"
    "YQ==\r\n";
const std::string inlined_part =
    "Content-Type: image/png\r\n"
    "Content-Transfer-Encoding: base64\r\n"
    "Content-ID: <logo@x>\r\n"
    "Content-Disposition: inline; filename=\"l.png\"\r\n\r\n"
    "YWI=\r\n";

std::string
multipart(const std::string &type, const std::string &boundary,
    const std::vector<std::string> &parts)
{
	std::string out = "Content-Type: multipart/" + type + ";";

	/* With the boundary in full there is no room for it on the line. */
	if (type == "related")
		out += " type=\"text/html\";\r\n";
	else if (type == "alternative")
		out += "\r\n";
	out += " boundary=\"" + boundary + "\"\r\n";
	for (const std::string &part : parts)
		out += "\r\n--" + boundary + "\r\n" + part;
	return (out + "\r\n--" + boundary + "--");
}

std::string
part_of(std::string_view text)
{
	TextEntity made(text, TextType::plain, TextPlace::part);
	std::string out;

	made.append_to(out);
	CHECK(out.size() == made.size());
	return (out);
}

std::string
text_part(const std::string &encoding, const std::string &body)
{
	return ("Content-Type: text/plain; charset=utf-8\r\n"
		"Content-Transfer-Encoding: " + encoding + "\r\n\r\n" + body);
}

/* The disposition's lines of a file that has this name. */
std::string
disposition(std::string_view name)
{
	Attachment named = attached;

	named.filename = name;
	std::string header = attachment_header(named);
	return (header.substr(header.find("Content-Disposition")));
}

/* How long the encoded value is in this line, or the section of it. */
std::size_t
value_size(std::string line)
{
	if (line.find("*=") == std::string::npos)
		return (0);
	std::size_t begin = line.find("''");
	begin = begin == std::string::npos ? line.find("*=") : begin;
	return (line.size() - begin - 2 - (line.back() == ';' ? 1 : 0));
}

std::string
content_type(std::string_view type)
{
	Attachment typed = attached;

	typed.content_type = type;
	std::string header = attachment_header(typed);
	return (header.substr(0, header.find("Content-Transfer-Encoding")));
}

} /* namespace */

TEST_CASE("a text alone is no multipart", "[mime]")
{
	CHECK(entity("hi\n", std::nullopt, {}) == plain_part + "hi\r\n");
	CHECK(entity("hi", std::nullopt, {}) == plain_part + "hi\r\n");
	/* There are no boundaries that it could be taken for. */
	CHECK(entity("--=_a", std::nullopt, {}) == plain_part + "--=_a\r\n");
}

TEST_CASE("what is written piece by piece is the same", "[mime]")
{
	/* 7bit, quoted-printable, base64; on many lines, and on one. */
	for (const char *piece : {"some text\n", "t\u00e4xt =\r\n", "\u00e4\n",
		 "a", "a\u00e4b ", "\x7f", "\r", "From x\n"}) {
		std::string text;
		for (int i = 0; i < 3000; i++)
			text += piece;
		Attachment large = attached;
		std::string data(40000, 'A');
		large.data = data;
		CHECK(entity(text, std::nullopt, {}).size() > text.size());
		CHECK(entity(text, text, {large, inlined}).size() >
		    2 * text.size() + data.size());
	}
}

TEST_CASE("levels with one child are left out", "[mime]")
{
	std::string plain = plain_part + "t\r\n", html = html_part + "h";
	auto made = [](std::optional<std::string_view> text,
	    const std::vector<Attachment> &attachments) {
		return (shortened(entity("t\n", text, attachments)));
	};
	std::string related =
	    multipart("related", "$r", {html, inlined_part});
	std::string both = multipart("alternative", "$a", {plain, html});
	std::string all = multipart("alternative", "$a", {plain, related});

	CHECK(made("h", {}) == both + "\r\n");
	CHECK(made(std::nullopt, {attached, attached}) ==
	    multipart("mixed", "$m", {plain, attached_part, attached_part}) +
	    "\r\n");
	CHECK(made("h", {inlined}) == all + "\r\n");
	CHECK(made("h", {attached}) ==
	    multipart("mixed", "$m", {both, attached_part}) + "\r\n");
	/* Inline and attached, in whatever order they are posted. */
	CHECK(made("h", {attached, inlined}) ==
	    multipart("mixed", "$m", {all, attached_part}) + "\r\n");
	CHECK(made("h", {inlined, attached}) ==
	    multipart("mixed", "$m", {all, attached_part}) + "\r\n");
}

TEST_CASE("empty texts and attachments", "[mime]")
{
	Attachment empty = attached;

	empty.data = "";
	CHECK(shortened(entity("", "", {empty})) ==
	    multipart("mixed", "$m",
		{multipart("alternative", "$a", {plain_part, html_part}),
		attached_part.substr(0, attached_part.size() - 6)}) + "\r\n");
}

TEST_CASE("a part's last line arrives as it was posted", "[mime]")
{
	/* The line end before a boundary belongs to the boundary. */
	CHECK(part_of("") == text_part("7bit", ""));
	CHECK(part_of("a") == text_part("7bit", "a"));
	CHECK(part_of("a\n") == text_part("7bit", "a\r\n"));
	CHECK(part_of("a\x1b") == text_part("quoted-printable", "a=1B"));
	CHECK(part_of("a\x1b\n") == text_part("quoted-printable", "a=1B\r\n"));
	CHECK(part_of("\u65e5") == text_part("base64", "5pel\r\n"));
}

TEST_CASE("no part has what could be a boundary", "[mime]")
{
	std::string like = "--=_m_" + std::string(id);

	CHECK(part_of("--=_") == text_part("quoted-printable", "--=3D_"));
	CHECK(part_of("a\n" + like + "--\n") ==
	    text_part("quoted-printable",
		"a\r\n--=3D_m_" + std::string(id) + "--\r\n"));
	CHECK(part_of("a\r\n--=_\r\n") ==
	    text_part("quoted-printable", "a\r\n--=3D_\r\n"));
	/* Not at the beginning of a line, or not ours. */
	CHECK(part_of(" --=_") == text_part("7bit", " --=_"));
	CHECK(part_of("--=\n=_\n-- \nx").find("quoted") != std::string::npos);
	CHECK(part_of("--=x") == text_part("7bit", "--=x"));
	CHECK(part_of("--_=") == text_part("7bit", "--_="));
}

TEST_CASE("boundaries are of one length, and hold the request's id", "[mime]")
{
	std::string made = entity("t", "h", {inlined, attached});
	std::size_t count = 0, length = 0;

	for (std::size_t at = made.find("boundary=\""); at != std::string::npos;
	    at = made.find("boundary=\"", at + 1), count++) {
		std::string boundary = made.substr(at + 10,
		    made.find('"', at + 10) - at - 10);
		CHECK(boundary.substr(0, 2) == "=_");
		CHECK(boundary.find(id) != std::string::npos);
		CHECK(boundary.size() <= 70);
		CHECK((length == 0 || length == boundary.size()));
		length = boundary.size();
	}
	CHECK(count == 3);
}

TEST_CASE("file names on the wire", "[mime]")
{
	struct Case {
		std::string name;
		std::string wire;
	};
	const std::string begin = "Content-Disposition: attachment;";
	const std::string longest(78 - 12, 'a'); /* ` filename=""' */
	for (const Case &one : {
	    Case{"a.txt", " filename=\"a.txt\""},
	    Case{"a b;c='%41*.txt", " filename=\"a b;c='%41*.txt\""},
	    Case{" .. ", " filename=\" .. \""},
	    Case{longest, "\r\n filename=\"" + longest + "\""},
	    Case{"a\"b", " filename*=utf-8''a%22b"},
	    Case{"<a>", " filename*=utf-8''%3Ca%3E"},
	    Case{"a<b>", " filename=\"a<b>\""},
	    Case{"=?utf-8?q?a?=", " filename*=utf-8''%3D%3Futf-8%3Fq%3Fa%3F%3D"},
	    Case{"\u00e4.txt", " filename*=utf-8''%C3%A4.txt"},
	    Case{"\u00e4 '%*", " filename*=utf-8''%C3%A4%20%27%25%2A"},
	    Case{longest + "a", "\r\n filename*0*=utf-8''" +
		std::string(57, 'a') + ";\r\n filename*1*=" +
		std::string(10, 'a')}}) {
		CAPTURE(one.name);
		CHECK(disposition(one.name) == begin + one.wire + "\r\n");
	}
}

TEST_CASE("long file names go on in lines of at most 78", "[mime]")
{
	struct Case {
		std::string character;
		std::size_t encoded;
	};
	for (const Case &one : {Case{"a", 1}, Case{"\u00e4", 6},
	    Case{"\u65e5", 9}, Case{"\U0001f600", 12}, Case{"\"", 3}}) {
		std::string name = one.character;
		for (; name.size() <= filename_max; name += one.character) {
			std::string lines = disposition(name);
			for (std::size_t at = 0; at < lines.size();) {
				std::size_t end = lines.find("\r\n", at);
				REQUIRE(end != std::string::npos);
				CHECK(end - at <= 78);
				/* No character is parted. */
				CHECK(value_size(lines.substr(at, end - at)) %
				    one.encoded == 0);
				at = end + 2;
			}
		}
	}
}

TEST_CASE("content types on the wire", "[mime]")
{
	std::string value(60, 'v');

	CHECK(content_type("text/csv") == "Content-Type: text/csv\r\n");
	CHECK(content_type("text/csv;a=b  ; c=\"d  e\"") ==
	    "Content-Type: text/csv; a=b; c=\"d  e\"\r\n");
	CHECK(content_type("text/csv; a=" + value + "; b=" + value) ==
	    "Content-Type: text/csv;\r\n a=" + value + ";\r\n b=" + value +
	    "\r\n");
	/* Nowhere to fold. */
	CHECK(content_type("a/" + std::string(200, 'b')) ==
	    "Content-Type: a/" + std::string(200, 'b') + "\r\n");
}
