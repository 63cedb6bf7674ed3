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
#include "json_compact.h"
#include "json_document.h"
#include "json_string.h"

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

/* The member "a" of the document, or why there is none. */
std::string
text_of(const std::string &octets)
{
	auto document = JsonDocument::parse(octets);

	if (!document)
		return (document.error());
	const json_t *value = json_object_get(document->root(), "a");
	return (json_is_string(value) ? std::string(document->text_of(value)) :
	    "no string");
}

std::string
error_of(const std::string &octets)
{
	auto document = JsonDocument::parse(octets);

	return (document ? "" : document.error());
}

std::string
compact(const std::string &octets, std::size_t max = 10000)
{
	auto document = JsonDocument::parse(octets);
	std::string out;

	REQUIRE(document);
	return (append_compact_json(out, *document, document->root(), max) ?
	    out : "too long");
}

} /* namespace */

TEST_CASE("strings of every length and position", "[json_document]")
{
	for (std::size_t length : {0, 1, 2, 62, 63, 64, 65, 66, 127, 1000,
	    100000}) {
		std::string plain(length, 'x');
		CHECK(text_of("{\"a\":\"" + plain + "\"}") == plain);
		CHECK(text_of("{\"b\":\"" + plain + "\",\"a\":\"" + plain +
		    "y\"}") == plain + "y");
		CHECK(text_of("{\"b\":[\"" + plain + "\"],\"a\" : \"" + plain +
		    "y\" , \"c\":1}") == plain + "y");
	}
}

TEST_CASE("strings with escapes, short and long", "[json_document]")
{
	struct {
		std::string literal;
		std::string text;
	} const table[] = {
		{R"(\"\\\/\b\f\n\r\t)", "\"\\/\b\f\n\r\t"},
		{R"(\u0041\u00e4\u65E5\ud83d\uDE00)",
		    "A\u00e4\u65e5\U0001f600"},
		{R"(\u0001\u007f\uffff\udbff\udfff)",
		    "\x01\x7f\uffff\U0010ffff"},
		{R"(x\\)", "x\\"},
		{R"(x\\\")", "x\\\""},
		{R"(\\u0041)", "\\u0041"},
		{"\u00e4\u65e5\U0001f600\x7f", "\u00e4\u65e5\U0001f600\x7f"},
	};

	for (const auto &row : table)
		for (std::size_t padding : {0, 7, 8, 64, 1000}) {
			std::string plain(padding, 'p');
			CHECK(text_of("{\"a\":\"" + plain + row.literal +
			    "\"}") == plain + row.text);
			CHECK(text_of("{\"a\":\"" + row.literal + plain +
			    "\"}") == row.text + plain);
		}
}

TEST_CASE("malformed strings, short and long", "[json_document]")
{
	for (const std::string &literal : {"\n"s, "\x1f"s, "\0"s, "\t"s,
	    "\xff"s, "\x80"s, "\xc3"s, "\xc0\x80"s, "\xed\xa0\x80"s,
	    "\xf4\x90\x80\x80"s, R"(\x)"s, R"(\u)"s, R"(\u00)"s, R"(\u00g0)"s,
	    R"(\u0000)"s, R"(\ud800)"s, R"(\udc00)"s, R"(\ud800\u0041)"s,
	    R"(\ud800x)"s, R"(\ud800\ud800)"s, R"(\ud800\n)"s})
		for (std::size_t padding : {0, 1, 8, 64, 1000}) {
			std::string plain(padding, 'p');
			CAPTURE(literal, padding);
			CHECK(error_of("{\"a\":\"" + plain + literal +
			    plain + "\"}") != "");
			CHECK(error_of("{\"a\":\"" + plain + literal + "\"}")
			    != "");
		}
	CHECK(error_of("{\"a\":\"" + std::string(100, 'p')) != "");
	CHECK(error_of("{\"a\":\"" + std::string(100, 'p') + "\\\"") != "");
	CHECK(error_of("{\"a\":\"" + std::string(100, 'p') + "\\\"}") != "");
}

TEST_CASE("no string of a client's is taken for a reference",
    "[json_document]")
{
	std::string longer(100, 'z');

	for (const char *literal : {"\x7f" "0", "\x7f" "1", "\x7f", "\\u007f0",
	    "\\u007F1", "\x7f" "99999999999999999999"}) {
		std::string text = literal[0] == '\\' ?
		    "\x7f"s + std::string(1, literal[6]) : literal;
		CHECK(text_of("{\"b\":\"" + longer + "\",\"a\":\"" +
		    literal + "\"}") == text);
		CHECK(text_of("{\"b\":[\"" + longer + "\",\"c\"],\"a\":\"" +
		    literal + "\",\"d\":\"" + longer + "\"}") == text);
	}
}

TEST_CASE("names are never references", "[json_document]")
{
	std::string name(100, 'n');

	for (const char *space : {"", " ", " \t\r\n"}) {
		auto document = JsonDocument::parse(
		    "{\"" + name + "\"" + space + ":1,\"\x7f" "0\":2,"
		    "\"\\u0061\"" + space + ":3}");
		REQUIRE(document);
		CHECK(json_object_get(document->root(), name.c_str()));
		CHECK(json_object_get(document->root(), "\x7f" "0"));
		CHECK(json_object_get(document->root(), "a"));
	}
	CHECK(error_of("{\"" + name + "\":1,\"" + name + "\":1}") != "");
	CHECK(error_of("{\"a\":1,\"\\u0061\":1}") != "");
}

TEST_CASE("texts stay where they are when the document moves",
    "[json_document]")
{
	std::string octets = R"({"a":"\n","b":")" + std::string(100, 'b') +
	    R"(","c":"c","d":"\u0041)" + std::string(100, 'd') + "\"}";
	auto document = JsonDocument::parse(octets);
	std::vector<std::string_view> texts;
	std::vector<std::string> copies;

	REQUIRE(document);
	for (const char *name : {"a", "b", "c", "d"}) {
		texts.push_back(document->text_of(
		    json_object_get(document->root(), name)));
		copies.emplace_back(texts.back());
	}
	JsonDocument moved = std::move(*document);
	JsonDocument again;
	again = std::move(moved);
	for (std::size_t i = 0; i < texts.size(); i++)
		CHECK(texts[i] == copies[i]);
	/* What holds no escape is not copied. */
	CHECK(texts[1].data() > octets.data());
	CHECK(texts[1].data() < octets.data() + octets.size());
}

TEST_CASE("errors say where", "[json_document]")
{
	CHECK(error_of("{\"a\":}") ==
	    "the body is not valid JSON: a syntax error at octet 6");
	CHECK(error_of("{\"a\":\"" + std::string(1000, 'a') + "\",\"b\":}") ==
	    "the body is not valid JSON: a syntax error at octet 1013");
	CHECK(error_of("{\"a\":1,\"a\":2}") ==
	    "the body is not valid JSON: a member is there twice at octet 10");
	CHECK(error_of("{\"a\":\"" + std::string(100, 'a') + "\n\"}") ==
	    "the body is not valid JSON: a malformed string at octet 6");
	CHECK(error_of(repeat("[", 33)) ==
	    "the body is not valid JSON: nesting over 32 levels at octet 32");
	for (const char *octets : {"[]", "\"a\"", " 1 ", "null", "[{}]"})
		CHECK(error_of(octets) == "the body is not a JSON object");
}

TEST_CASE("compact JSON", "[json_document]")
{
	CHECK(compact("{}") == "{}");
	CHECK(compact(" { \"b\" : [ 1 , -2.5 , true , false , null , [ ] ] ,"
	    "\t\"a\" : { \"x\" : \"\\u00e4\\n\" } }\n") ==
	    "{\"b\":[1,-2.5,true,false,null,[]],\"a\":{\"x\":\"\u00e4\\n\"}}");
	CHECK(compact("{\"a\":0.1}") == "{\"a\":0.1}");
	CHECK(compact("{\"a\":-9223372036854775808}") ==
	    "{\"a\":-9223372036854775808}");
	CHECK(compact("{\"a\":1e300}") == "{\"a\":1e+300}");
	std::string longer(100, 'x');
	CHECK(compact("{\"a\":[\"" + longer + "\"]}") ==
	    "{\"a\":[\"" + longer + "\"]}");

	CHECK(compact("{\"a\":1}", 7) == "{\"a\":1}");
	CHECK(compact("{\"a\":1}", 6) == "too long");
	CHECK(compact("{\"a\":[1,[2]]}", 12) == "too long");
	CHECK(compact("{\"a\":[1,[2]]}", 13) == "{\"a\":[1,[2]]}");
}

TEST_CASE("decoding appends", "[json_string]")
{
	std::string out = "a";

	CHECK(decode_json_string(out, "b\\nc"));
	CHECK(out == "ab\nc");
	CHECK(inspect_json_string("") == JsonStringForm::verbatim);
	CHECK(inspect_json_string("a\\") == JsonStringForm::escaped);
	CHECK_FALSE(decode_json_string(out, "a\\"));
}
