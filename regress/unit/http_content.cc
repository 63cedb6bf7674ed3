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

#include "base64.h"
#include "catch.h"
#include "content.h"
#include "quoted_printable.h"
#include "skip.h"

using namespace std::string_literals;

namespace {

std::string
repeat(const std::string &text, std::size_t times)
{
	std::string out;

	for (std::size_t i = 0; i < times; i++)
		out += text;
	return (out);
}

std::string
quoted_printable(std::string_view text)
{
	std::string out;

	append_quoted_printable(out, text);
	CHECK(out.size() == quoted_printable_size(text));
	return (out);
}

std::string
base64(std::string_view text)
{
	std::string out;

	append_base64_text(out, text);
	return (out);
}

TextEntity
entity_of(std::string_view text)
{
	return (TextEntity(text, TextType::plain, TextPlace::message));
}

/* The content of a message that is this text alone. */
std::string
message_of(std::string_view text)
{
	TextEntity entity = entity_of(text);
	std::string out;

	entity.append_to(out);
	CHECK(out.size() == entity.size());
	/* The same when it is written piece by piece. */
	TextWriter writer(entity);
	std::string bits;
	while (!writer.done())
		writer.fill(bits, bits.size() + 1 + bits.size() % 100);
	CHECK(bits == out);
	return (out);
}

TransferEncoding
encoding_of(std::string_view text)
{
	return (entity_of(text).encoding());
}

std::string
content_with(const char *encoding, const std::string &body)
{
	return ("Content-Type: text/plain; charset=utf-8\r\n"
		"Content-Transfer-Encoding: "s +
	    encoding + "\r\n\r\n" + body);
}

/* What holds for every content, whatever the text. */
bool
is_well_formed(const std::string &content, std::string_view text)
{
	TextEntity entity = entity_of(text);
	std::size_t body = content.find("\r\n\r\n") + 4;
	std::size_t longest =
	    entity.encoding() == TransferEncoding::seven_bit ? 998 : 76;
	std::size_t begin = 0;

	if (content.size() - body != entity.text_size())
		return (false);
	while (begin < content.size()) {
		std::size_t end = content.find("\r\n", begin);
		if (end == std::string::npos || end - begin > longest)
			return (false);
		for (std::size_t i = begin; i < end; i++)
			if ((content[i] < 0x20 && content[i] != '\t') ||
			    content[i] == 0x7f)
				return (false);
		begin = end + 2;
	}
	return (true);
}

std::string
random_text(std::mt19937 &random)
{
	static const std::vector<std::string> pieces = {"a", "word", " ", "  ",
	    "\t", ".", "=", "=3D", "From ", "From", "-- ", "\n", "\r\n", "\n\n",
	    "\r", "\r\r\n", "\x01", "\x1b", "\x7f", "\u00e4", "\u65e5\u672c",
	    "\U0001f600", "\u05e9\u05dc", "\u2028", "\ufeff", "\u0085", "\0"s,
	    "a sentence of some length, as people write them"};
	std::size_t most = random() % 8 == 0 ? 400 : 30;
	std::size_t from = random() % pieces.size();
	std::size_t kinds = 1 + random() % (pieces.size() - from);
	std::string text;

	for (std::size_t i = random() % most; i > 0; i--) {
		const std::string &piece = pieces[from + random() % kinds];
		text += random() % 20 == 0 ? repeat(piece, random() % 200) : piece;
	}
	return (text);
}

std::string
hex_text(std::string_view octets)
{
	static const char digits[] = "0123456789abcdef";
	std::string out;

	for (char c : octets) {
		out += digits[static_cast<unsigned char>(c) >> 4];
		out += digits[static_cast<unsigned char>(c) & 15];
	}
	return (out.empty() ? "-" : out);
}

bool
have_python()
{
	return (std::system("python3 -c 'import email.policy' 2>/dev/null") == 0);
}

} /* namespace */

TEST_CASE("plain text goes out as it is", "[content]")
{
	CHECK(message_of("") == content_with("7bit", ""));
	CHECK(message_of("\n") == content_with("7bit", "\r\n"));
	CHECK(message_of("one\ntwo\r\n\n") ==
	    content_with("7bit", "one\r\ntwo\r\n\r\n"));
	CHECK(message_of("\ta ~!=\n.\n..\n>From x\nFrom\n") ==
	    content_with("7bit", "\ta ~!=\r\n.\r\n..\r\n>From x\r\nFrom\r\n"));
}

TEST_CASE("a last line without a line break", "[content]")
{
	/* SMTP sends whole lines. */
	CHECK(message_of("one") == content_with("7bit", "one\r\n"));
	/* Where the encoding can say it, it does. */
	CHECK(message_of("one\x1b") ==
	    content_with("quoted-printable", "one=1B=\r\n"));
	CHECK(message_of("one\x1b\n") ==
	    content_with("quoted-printable", "one=1B\r\n"));
	CHECK(message_of("\u65e5") == content_with("base64", "5pel\r\n"));
	CHECK(message_of("\u65e5\n") ==
	    content_with("base64", "5pelDQo=\r\n"));
}

TEST_CASE("what 7bit could not carry safely is encoded", "[content]")
{
	const auto seven_bit = TransferEncoding::seven_bit;

	CHECK(encoding_of(std::string(998, 'a')) == seven_bit);
	CHECK(encoding_of(std::string(998, 'a') + "\r\n") == seven_bit);
	CHECK(encoding_of(std::string(999, 'a')) != seven_bit);
	/* As it is on the wire, with its first dot doubled. */
	CHECK(encoding_of("." + std::string(996, 'a')) == seven_bit);
	CHECK(encoding_of("." + std::string(997, 'a')) != seven_bit);
	CHECK(encoding_of("a\n" + std::string(999, 'a') + "\nb") != seven_bit);
	for (const std::string &text : {"a \n"s, "a\t\n"s, "a "s, "a \r\n"s,
	    " \n"s, "From x"s, "a\nFrom \n"s, "a\rb"s, "a\r"s, "a\r\r\n"s,
	    "\0"s, "\x1b"s, "\x7f"s, "\u00e4"s, "\xff"s}) {
		CAPTURE(hex_text(text));
		CHECK(encoding_of(text) != seven_bit);
	}
}

TEST_CASE("the shorter of quoted-printable and base64", "[content]")
{
	const auto quoted = TransferEncoding::quoted_printable;
	const auto base64_lines = TransferEncoding::base64;

	CHECK(encoding_of("Gr\u00fc\u00dfe aus dem Wald, viel Spa\u00df\n") ==
	    quoted);
	CHECK(encoding_of(repeat("\u65e5\u672c\u8a9e", 100)) == base64_lines);
	CHECK(encoding_of(std::string(5000, 'a')) == quoted);
	for (std::size_t letters = 0; letters < 60; letters++) {
		std::string text = repeat("a", letters) + repeat("\u00e4", 10);
		std::size_t shorter = std::min(
		    quoted_printable(text).size() + 3, base64(text).size());
		CHECK(entity_of(text).text_size() == shorter);
	}
}

TEST_CASE("quoted-printable", "[content]")
{
	CHECK(quoted_printable("") == "");
	CHECK(quoted_printable("a=b") == "a=3Db");
	CHECK(quoted_printable("a b\tc") == "a b\tc");
	CHECK(quoted_printable("a \nb\t\r\n ") == "a=20\r\nb=09\r\n=20");
	CHECK(quoted_printable("a  \n") == "a =20\r\n");
	CHECK(quoted_printable("a\rb\r\r\n\r") == "a=0Db=0D\r\n=0D");
	CHECK(quoted_printable("\xff\x80\u00e4") == "=FF=80=C3=A4");
	CHECK(quoted_printable("From a\nFrom\nxFrom \n") ==
	    "=46rom a\r\nFrom\r\nxFrom=20\r\n");
}

TEST_CASE("quoted-printable lines have at most 76 octets", "[content]")
{
	std::string all(76, 'a'), soft(75, 'a');

	CHECK(quoted_printable(all + "\n") == all + "\r\n");
	/* Room for the soft line break that may end the text. */
	CHECK(quoted_printable(all) == soft + "=\r\na");
	CHECK(quoted_printable(all + "a\n") == soft + "=\r\naa\r\n");
	CHECK(quoted_printable(soft + "=\n") == soft + "=\r\n=3D\r\n");
	CHECK(quoted_printable(std::string(73, 'a') + "=\n") ==
	    std::string(73, 'a') + "=3D\r\n");
	CHECK(quoted_printable(std::string(73, 'a') + "=b\n") ==
	    std::string(73, 'a') + "=\r\n=3Db\r\n");
	/* White space before a soft line break is safe. */
	CHECK(quoted_printable(std::string(74, 'a') + "  b\n") ==
	    std::string(74, 'a') + " =\r\n b\r\n");
	CHECK(quoted_printable(std::string(75, 'a') + " \n") ==
	    soft + "=\r\n=20\r\n");
	/* A line that the encoding begins can look like mbox's, too. */
	CHECK(quoted_printable(soft + "From here\n") ==
	    soft + "=\r\n=46rom here\r\n");
}

TEST_CASE("a soft line break never parts a character", "[content]")
{
	for (std::size_t before = 60; before < 80; before++) {
		std::string text = quoted_printable(
		    std::string(before, 'a') + "\U0001f600\u65e5\u00e4\n");
		CAPTURE(text);
		CHECK(text.find("=F0=9F=98=80") != std::string::npos);
		CHECK(text.find("=E6=97=A5") != std::string::npos);
		CHECK(text.find("=C3=A4") != std::string::npos);
	}
}

TEST_CASE("base64 of a text in its canonical form", "[content]")
{
	CHECK(base64("") == "");
	CHECK(base64("a") == "YQ==\r\n");
	CHECK(base64("ab") == "YWI=\r\n");
	CHECK(base64("abc") == "YWJj\r\n");
	CHECK(base64("a\n") == "YQ0K\r\n");
	CHECK(base64("a\r\n") == "YQ0K\r\n");
	CHECK(base64("a\rb") == "YQ1i\r\n");
	CHECK(base64(std::string("\0\xff\xfe", 3)) == "AP/+\r\n");
	CHECK(base64(std::string(57, 'a')) == repeat("YWFh", 19) + "\r\n");
	CHECK(base64(std::string(58, 'a')) ==
	    repeat("YWFh", 19) + "\r\nYQ==\r\n");
	for (std::size_t size = 0; size < 200; size++)
		CHECK(base64(std::string(size, 'a')).size() ==
		    base64_lines_size(size));
}

TEST_CASE("long texts, of lines and of one line", "[content]")
{
	for (const char *piece : {"a", " ", "=", "\r", "\n", "\u65e5", "From "}) {
		std::string text = repeat(piece, 200000);
		CHECK(is_well_formed(message_of(text), text));
	}
}

TEST_CASE("names of transfer encodings", "[content]")
{
	CHECK(transfer_encoding_name(TransferEncoding::seven_bit) == "7bit"s);
	CHECK(transfer_encoding_name(TransferEncoding::quoted_printable) ==
	    "quoted-printable"s);
	CHECK(transfer_encoding_name(TransferEncoding::base64) == "base64"s);
}

/* The proof of all that: random texts, read back by Python's email package. */
TEST_CASE("texts read back as they were posted", "[content]")
{
	if (!have_python()) {
		skip("texts that are read back: no python3 here");
		return;
	}
	std::string script = __FILE__;
	script.replace(script.size() - 2, 2, "py");
	FILE *reader = popen(("python3 '" + script + "'").c_str(), "w");
	REQUIRE(reader != nullptr);

	const char *seed = std::getenv("SEED");
	std::mt19937 random(seed != nullptr ?
	    static_cast<unsigned int>(std::atoi(seed)) : 1);
	for (int i = 0; i < 1500; i++) {
		std::string text = random_text(random);
		std::string content = message_of(text);
		if (!is_well_formed(content, text))
			FAIL_CHECK(hex_text(text) << " became " << content);
		std::fprintf(reader, "%s %s\n", hex_text(content).c_str(),
		    hex_text(text).c_str());
	}
	int status = pclose(reader);
	CHECK(WIFEXITED(status));
	CHECK(WEXITSTATUS(status) == 0);
}
