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
#include <vector>

#include "catch.h"
#include "chunked.h"

namespace {

struct Decoded {
	int status = -1; /* 0: complete, -1: incomplete */
	std::string content;
	std::string rest;
};

Decoded
decode(const std::string &text, std::size_t piece)
{
	ChunkedDecoder decoder;
	Decoded result;

	for (std::size_t begin = 0; begin < text.size(); begin += piece) {
		std::string_view input =
		    std::string_view(text).substr(begin, piece);
		std::string_view content;
		ChunkedDecoder::Status status;

		while ((status = decoder.decode(input, content)) ==
		    ChunkedDecoder::Status::content)
			result.content += content;
		if (status == ChunkedDecoder::Status::failed) {
			result.status = decoder.error().status;
			return (result);
		}
		if (status == ChunkedDecoder::Status::complete) {
			result.status = 0;
			result.rest = std::string(input) +
			    text.substr(std::min(begin + piece, text.size()));
			return (result);
		}
	}
	return (result);
}

struct Case {
	const char *why;
	std::string text;
	int status;
};

} /* namespace */

TEST_CASE("chunks are put together: RFC 9112 7.1")
{
	std::string text = "5\r\nhello\r\n00000A;a=b ; c ;d=\"e;\\\"\"\r\n"
			   ", world 23\r\n0\r\nTrailer: x\r\nY:\r\n\r\nnext";

	for (std::size_t piece : {1, 2, 3, 7, 1000}) {
		Decoded decoded = decode(text, piece);

		CHECK(decoded.status == 0);
		CHECK(decoded.content == "hello, world 23");
		CHECK(decoded.rest == "next");
	}
}

TEST_CASE("chunks that are wrong")
{
	std::string fields, many;

	for (int i = 0; i < 101; i++)
		fields += "X: y\r\n";
	for (int i = 0; i < 100; i++)
		many += "1;" + std::string(1000, 'a') + "\r\nx\r\n";

	const std::vector<Case> cases = {
	    {"empty", "0\r\n\r\n", 0},
	    {"zeros", "0000\r\n\r\n", 0},
	    {"incomplete", "5\r\nhel", -1},
	    {"incomplete", "0\r\n", -1},
	    {"upper and lower case", "a\r\n0123456789\r\n0\r\n\r\n", 0},
	    {"no size", "\r\n", 400},
	    {"no size, extension", ";a\r\n", 400},
	    {"prefix", "0x5\r\nhello\r\n", 400},
	    {"sign", "+5\r\nhello\r\n", 400},
	    {"negative", "-5\r\nhello\r\n", 400},
	    {"space in front", " 5\r\nhello\r\n", 400},
	    {"space behind", "5 \r\nhello\r\n", 400},
	    {"not hexadecimal", "5g\r\nhello\r\n", 400},
	    {"bare LF", "5\nhello\r\n", 400},
	    {"bare CR", "5\rhello\r\n", 400},
	    {"chunk too long", "5\r\nhello!\r\n", 400},
	    {"bare LF behind a chunk", "5\r\nhello\n0\r\n\r\n", 400},
	    {"CR without LF behind a chunk", "5\r\nhello\r0\r\n\r\n", 400},
	    {"largest size", "ffffffffffffffff\r\nx", -1},
	    {"over 64 bits", "10000000000000000\r\nx", 400},
	    {"over 64 bits", "fffffffffffffffff\r\nx", 400},
	    {"zeros without end", std::string(1025, '0'), 400},
	    {"extension", "1;a\r\nx\r\n0\r\n\r\n", 0},
	    {"extension with spaces", "1 ; a = b\t;c\r\nx\r\n0\r\n\r\n", 0},
	    {"extension on the last", "0;a=\"b\"\r\n\r\n", 0},
	    {"8 bits in a quoted string", "0;a=\"\xc3\xa9\"\r\n\r\n", 0},
	    {"extension without name", "1;\r\nx\r\n", 400},
	    {"extension without value", "1;a=\r\nx\r\n", 400},
	    {"extension with two values", "1;a=b=c\r\nx\r\n", 400},
	    {"extension without semicolon", "1 a\r\nx\r\n", 400},
	    {"space behind an extension", "1;a=b \r\nx\r\n", 400},
	    {"line feed in a quoted string", "1;a=\"\n\"\r\nx\r\n", 400},
	    {"CR in a quoted string", "1;a=\"\r\n\"\r\nx\r\n", 400},
	    {"NUL in a quoted string", std::string("1;a=\"\0\"\r\n", 9), 400},
	    {"more behind a quoted string", "1;a=\"b\"c\r\nx\r\n", 400},
	    {"extension without end", "1;" + std::string(1024, 'a'), 400},
	    {"extensions without end", many, 400},
	    {"trailers", "0\r\nA: b\r\nC: d\r\n\r\n", 0},
	    {"folded trailer", "0\r\nA: b\r\n c\r\n\r\n", 400},
	    {"space before a colon", "0\r\nA : b\r\n\r\n", 400},
	    {"no colon", "0\r\nA\r\n\r\n", 400},
	    {"no name", "0\r\n: b\r\n\r\n", 400},
	    {"NUL in a trailer", std::string("0\r\nA: \0\r\n\r\n", 11), 400},
	    {"bare LF in a trailer", "0\r\nA: b\n\r\n", 400},
	    {"bare CR in a trailer", "0\r\nA: b\rc\r\n\r\n", 400},
	    {"bare LF at the end", "0\r\n\n", 400},
	    {"101 trailers", "0\r\n" + fields + "\r\n", 431},
	    {"100 trailers", "0\r\n" + fields.substr(6) + "\r\n", 0},
	    {"trailers without end", "0\r\nX: " + std::string(32768, 'x'), 431},
	};

	for (const Case &c : cases) {
		INFO(c.why);
		CHECK(decode(c.text, 1).status == c.status);
		CHECK(decode(c.text, 1 << 20).status == c.status);
	}
}

TEST_CASE("small chunks may be many")
{
	std::string text;

	for (int i = 0; i < 100000; i++)
		text += "1\r\nx\r\n";
	CHECK(decode(text + "0\r\n\r\n", 4096).content.size() == 100000);
}
