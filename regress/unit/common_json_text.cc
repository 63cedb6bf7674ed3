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

#include "catch.h"
#include "json_text.h"

using namespace std::string_literals;

namespace {

std::string
json(std::string_view text)
{
	std::string out;

	append_json_string(out, text);
	return (out);
}

} /* namespace */

TEST_CASE("text that needs no escape stands for itself", "[json_text]")
{
	CHECK(json("") == "\"\"");
	CHECK(json("a b/c'<>&") == "\"a b/c'<>&\"");
	CHECK(json("\u00e4\u65e5\U0001f600") ==
	    "\"\u00e4\u65e5\U0001f600\"");
}

TEST_CASE("what JSON or a line does not allow is escaped", "[json_text]")
{
	CHECK(json("\"\\") == R"("\"\\")");
	CHECK(json("\b\t\n\f\r") == R"("\b\t\n\f\r")");
	CHECK(json("a\0b\x01\x1f"s) == R"("a\u0000b\u0001\u001f")");
	CHECK(json("\x7f\u0085\u2028\u2029") == R"("\u007f\u0085\u2028\u2029")");
}

TEST_CASE("an octet that is not UTF-8 becomes U+FFFD", "[json_text]")
{
	CHECK(json("a\xff"
		   "b") == "\"a\ufffdb\"");
	CHECK(json("\xc3") == "\"\ufffd\"");
	CHECK(json("\xc0\xaf") == "\"\ufffd\ufffd\"");
	CHECK(json("\xed\xa0\x80") == "\"\ufffd\ufffd\ufffd\"");
	CHECK(json("\xf4\x90\x80\x80x") == "\"\ufffd\ufffd\ufffd\ufffdx\"");
	CHECK(json("\xe2\x80") == "\"\ufffd\ufffd\"");
}

TEST_CASE("every octet gives one line with two quotation marks", "[json_text]")
{
	for (int octet = 0; octet < 256; octet++) {
		std::string text = json(std::string(1, static_cast<char>(octet)));
		CHECK(text.find_first_of("\r\n") == std::string::npos);
		CHECK(text.front() == '"');
		CHECK(text.back() == '"');
		CHECK(text.size() >= 3);
	}
}

TEST_CASE("json text is appended", "[json_text]")
{
	std::string out = "{\"a\":";

	append_json_string(out, "b");
	CHECK(out == "{\"a\":\"b\"");
}
