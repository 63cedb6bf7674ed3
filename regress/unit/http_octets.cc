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

/* Which of all 256 octets may stand where, in a head and between chunks. */

#include <string>
#include <vector>

#include "catch.h"
#include "chunked.h"
#include "http_parser.h"

namespace {

const std::string digits = "0123456789";
const std::string hex = digits + "abcdefABCDEF";
const std::string letters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
const std::string token = digits + letters + "!#$%&'*+-.^_`|~";
const std::string name = digits + letters + "-._~!$&'()*+,;=";
const std::string path = name + ":@/";

/* SP, HTAB, VCHAR and obs-text. */
std::string
field_octets()
{
	std::string octets = "\t";

	for (int octet = 0x20; octet < 0x100; octet++)
		if (octet != 0x7f)
			octets += static_cast<char>(octet);
	return (octets);
}

std::string
without(std::string octets, const std::string &these)
{
	for (char c : these)
		octets.erase(octets.find(c), 1);
	return (octets);
}

/* good: what can be between before and after. */
struct Place {
	const char *where;
	std::string before;
	std::string after;
	std::string good;
	int bad = 400; /* what all others come to */
	int taken = 0; /* what the good ones come to */
};

int
parse_head(const std::string &text)
{
	HttpParser parser("http");

	switch (parser.parse(text)) {
	case HttpParser::Status::complete:
		return (0);
	case HttpParser::Status::incomplete:
		return (-1);
	default:
		return (parser.error().status);
	}
}

int
decode_chunks(const std::string &text)
{
	ChunkedDecoder decoder;
	std::string_view input = text, content;
	ChunkedDecoder::Status status;

	while ((status = decoder.decode(input, content)) ==
	    ChunkedDecoder::Status::content)
		;
	switch (status) {
	case ChunkedDecoder::Status::complete:
		return (0);
	case ChunkedDecoder::Status::incomplete:
		return (-1);
	default:
		return (decoder.error().status);
	}
}

void
check(const std::vector<Place> &places, int (*result)(const std::string &))
{
	for (const Place &place : places)
		for (int octet = 0; octet < 256; octet++) {
			char c = static_cast<char>(octet);
			bool good = place.good.find(c) != std::string::npos;

			INFO(place.where << ", octet " << octet);
			CHECK(result(place.before + c + place.after) ==
			    (good ? place.taken : place.bad));
		}
}

} /* namespace */

TEST_CASE("every octet at every place of a head")
{
	const std::string field = field_octets();
	const std::string host = "\r\nHost: a\r\n";
	const std::string rest = " HTTP/1.1" + host + "\r\n";
	const std::string get = "GET / HTTP/1.1" + host;
	const std::string to = "GET / HTTP/1.1\r\nHost: ";
	const std::string post = "POST / HTTP/1.1" + host;

	check({
	    {"method", "GE", "T /" + rest, token},
	    {"method, first", "", "GET /" + rest, token},
	    {"method, last", "GET", " /" + rest, token},
	    {"space behind the method", "GET", "/" + rest, " "},
	    {"path", "GET /a", "z" + rest, path + "?"},
	    {"path, first", "GET ", "z" + rest, "/"},
	    {"query", "GET /?a", "z" + rest, path + "?"},
	    {"escape, first", "GET /%", "0" + rest, hex},
	    {"escape, second", "GET /%0", rest, hex},
	    {"space before the version", "GET /", "HTTP/1.1" + host + "\r\n",
		" "},
	    {"version, letter", "GET / HTT", "/1.1" + host + "\r\n", "P"},
	    {"version, slash", "GET / HTTP", "1.1" + host + "\r\n", "/"},
	    {"version, point", "GET / HTTP/1", "1" + host + "\r\n", "."},
	    {"version, minor", "GET / HTTP/1.", host + "\r\n", digits},
	    {"behind the version", "GET / HTTP/1.1", host + "\r\n", ""},
	    {"CR of the request line", "GET / HTTP/1.1", "\nHost: a\r\n\r\n",
		"\r"},
	    {"LF of the request line", "GET / HTTP/1.1\r",
		"Host: a\r\n\r\n", "\n"},
	    {"name", get + "X", "Y: a\r\n\r\n", token + ":"},
	    {"name, first", get, "X: a\r\n\r\n", token},
	    {"name, last", get + "X", ": a\r\n\r\n", token + ":"},
	    {"colon", get + "X", "a\r\n\r\n", ":"},
	    {"value, first", get + "X:", "a\r\n\r\n", field},
	    {"value", get + "X: a", "b\r\n\r\n", field},
	    {"value, last", get + "X: a", "\r\n\r\n", field},
	    {"CR of a field", get + "X: a", "\n\r\n", "\r"},
	    {"CR of the last line", get, "\n", "\r"},
	    {"host", to + "a", "z\r\n\r\n", name},
	    {"host, port", to + "a:8", "0\r\n\r\n", digits},
	    {"host, colon", to + "a", "80\r\n\r\n", name + ":%"},
	    {"host, IPv6", to + "[::", "1]\r\n\r\n", hex},
	    {"host, bracket", to + "[::1", "\r\n\r\n", "]"},
	    {"absolute-form, scheme", "GET http", "//a/" + rest, ":"},
	    {"absolute-form, host", "GET http://a", "z/" + rest, name + "/?"},
	    {"CONNECT, colon", "CONNECT a", "80" + rest, ":"},
	    {"OPTIONS", "OPTIONS ", rest, "*/"},
	    {"Content-Length", get + "Content-Length: 1", "2\r\n\r\n", digits},
	    {"Transfer-Encoding", post + "Transfer-Encoding: chun",
		"ked\r\n\r\n", token + ",;", 400, 501},
	}, parse_head);
}

TEST_CASE("every octet at every place between chunks")
{
	const std::string field = field_octets();
	const std::string data = "\r\nhello\r\n";
	const std::string end = data + "0\r\n\r\n";
	const std::string last = "5" + data + "0\r\n";

	check({
	    {"size, first", "", "\r\n", hex, 400, -1},
	    {"extension, semicolon", "5", "g" + end, ";"},
	    {"extension, first", "5;", "a" + end, token + "\t "},
	    {"extension", "5;a", "b" + end, token + ";="},
	    {"extension, last", "5;a", end, token},
	    {"extension, value", "5;a=b", "c" + end, token + ";"},
	    {"extension, first of a value", "5;a=", "c" + end, token + "\t "},
	    {"extension, quoted", "5;a=\"b", "\"" + end,
		without(field, "\"\\")},
	    {"extension, escaped", "5;a=\"\\", "\"" + end, field},
	    {"extension, behind a quoted value", "5;a=\"b\"", "c" + end, ";"},
	    {"CR of a size", "5", "\nhello\r\n0\r\n\r\n", "\r"},
	    {"LF of a size", "5\r", "hello\r\n0\r\n\r\n", "\n"},
	    {"CR of a chunk", "5\r\nhello", "\n0\r\n\r\n", "\r"},
	    {"LF of a chunk", "5\r\nhello\r", "0\r\n\r\n", "\n"},
	    {"trailer, first", last, "X: a\r\n\r\n", token},
	    {"trailer, name", last + "X", "Y: a\r\n\r\n", token + ":"},
	    {"trailer, colon", last + "X", "a\r\n\r\n", ":"},
	    {"trailer, value", last + "X: a", "b\r\n\r\n", field},
	    {"CR of a trailer", last + "X: a", "\n\r\n", "\r"},
	    {"LF of a trailer", last + "X: a\r", "\r\n", "\n"},
	    {"CR of the end", last, "\n", "\r"},
	    {"LF of the end", last + "\r", "", "\n"},
	}, decode_chunks);
}
