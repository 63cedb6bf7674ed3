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
 * The HTTP parser and the chunked decoder: a connection's octets give the
 * same requests whether they arrive in one piece or cut anywhere.  The first
 * two octets say where to cut.
 */

#include <cstdint>
#include <cstdlib>
#include <string>

#include "chunked.h"
#include "http_parser.h"

namespace {

/* What one connection sent, as far as it was understood. */
class Requests {
public:
	/* input: all octets up to now. */
	void
	feed(std::string_view input)
	{
		while (!failed && step(input))
			continue;
	}
	std::string seen;

private:
	bool
	step(std::string_view input)
	{
		if (in_body)
			return (step_body(input));
		input.remove_prefix(begin);
		switch (parser.parse(input)) {
		case HttpParser::Status::incomplete:
			return (false);
		case HttpParser::Status::failed:
			fail(parser.error());
			return (false);
		default:
			break;
		}
		HttpHead head = parser.head(input);

		describe(head);
		begin += parser.length();
		parser.reset();
		if (head.body == HttpBody::chunked)
			decoder = ChunkedDecoder();
		in_body = head.body == HttpBody::chunked;
		return (true);
	}

	bool
	step_body(std::string_view input)
	{
		std::string_view rest = input.substr(begin), content;
		ChunkedDecoder::Status status = decoder.decode(rest, content);

		begin = input.size() - rest.size();
		switch (status) {
		case ChunkedDecoder::Status::content:
			seen += content;
			return (true);
		case ChunkedDecoder::Status::complete:
			seen += "|end\n";
			in_body = false;
			return (true);
		case ChunkedDecoder::Status::failed:
			fail(decoder.error());
			return (false);
		default:
			if (!rest.empty())
				abort();
			return (false);
		}
	}

	void
	describe(const HttpHead &head)
	{
		for (std::string_view part :
		    {head.method, head.target.path, head.target.query}) {
			seen += part;
			seen += '|';
		}
		for (const HttpHead::Field &field : head.fields) {
			if (field.value.find('\n') != std::string_view::npos)
				abort();
			seen += field.value;
			seen += std::to_string(field.count) + '|';
		}
		seen += std::to_string(head.content_length) +
		    (head.keep_alive ? "k" : "c") +
		    (head.version_1_0 ? "0" : "1") +
		    (head.expect_continue ? "e" : "") + '\n';
	}

	void
	fail(const HttpError &error)
	{
		if (error.status < 400 || error.status > 599)
			abort();
		seen += std::to_string(error.status) + error.reason;
		failed = true;
	}

	HttpParser parser{"http"};
	ChunkedDecoder decoder;
	std::size_t begin = 0;
	bool in_body = false;
	bool failed = false;
};

} /* namespace */

extern "C" int
LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
	if (size < 2)
		return (0);
	std::string text(reinterpret_cast<const char *>(data) + 2, size - 2);
	Requests whole, cut, octets;
	std::size_t first = data[0] * 256u + data[1];

	whole.feed(text);
	if (first < text.size())
		cut.feed(std::string(text, 0, first));
	cut.feed(text);
	if (cut.seen != whole.seen)
		abort();
	if (text.size() > 2000)
		return (0);
	for (std::size_t end = 1; end <= text.size(); end++)
		octets.feed(std::string(text, 0, end));
	if (octets.seen != whole.seen)
		abort();
	return (0);
}
