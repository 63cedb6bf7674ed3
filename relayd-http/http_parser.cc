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

#include <algorithm>
#include <cstring>
#include <iterator>

#include "http_characters.h"
#include "http_parser.h"

namespace {

struct FieldName {
	std::string_view name;
	HttpField field;
};

constexpr FieldName asked_fields[] = {
    {"authorization", HttpField::authorization},
    {"content-encoding", HttpField::content_encoding},
    {"content-type", HttpField::content_type},
    {"forwarded", HttpField::forwarded},
    {"host", HttpField::host},
    {"idempotency-key", HttpField::idempotency_key},
    {"x-api-key", HttpField::x_api_key},
    {"x-forwarded-for", HttpField::x_forwarded_for},
};

/* Digits only; what does not fit is more than any limit, so the largest. */
bool
parse_length(std::string_view text, std::uint64_t &length)
{
	constexpr std::uint64_t most = UINT64_MAX;

	if (text.empty() || !all_characters(text, CHAR_DIGIT))
		return (false);
	length = 0;
	for (char c : text) {
		std::uint64_t digit = static_cast<std::uint64_t>(c - '0');

		if (length > (most - digit) / 10) {
			length = most;
			return (true);
		}
		length = length * 10 + digit;
	}
	return (true);
}

template <typename Span>
Span
span_of(std::string_view input, std::string_view part)
{
	Span span;

	if (part.empty())
		return (span);
	span.begin = static_cast<std::uint16_t>(part.data() - input.data());
	span.size = static_cast<std::uint16_t>(part.size());
	return (span);
}

template <typename Span>
std::string_view
view_of(std::string_view input, const Span &span)
{
	return (input.substr(span.begin, span.size));
}

} /* namespace */

HttpParser::Status
HttpParser::parse(std::string_view input)
{
	if (failure.status != 0)
		return (Status::failed);
	if (line_begin == 0 && !skip_empty_line(input))
		return (Status::incomplete);
	while (!finished) {
		const void *found = searched < input.size()
		    ? memchr(input.data() + searched, '\n',
			  input.size() - searched)
		    : nullptr;
		std::size_t line_feed = found == nullptr
		    ? input.size()
		    : static_cast<std::size_t>(
			  static_cast<const char *>(found) - input.data());

		if (!may_be_head(input, line_feed) || !fits(line_feed))
			return (Status::failed);
		if (found == nullptr)
			return (Status::incomplete);
		if (!take_line(input, line_feed))
			return (Status::failed);
		line_begin = static_cast<std::uint32_t>(line_feed + 1);
		searched = line_begin;
	}
	return (Status::complete);
}

/*
 * Refuses what can be no head before its LF, which who speaks something else
 * may never send.  How the octets come makes no difference: what is over a
 * limit is left to fits().
 */
bool
HttpParser::may_be_head(std::string_view input, std::size_t end)
{
	std::size_t most = head_begin + head_max - 1;

	if (!request_line_seen) {
		most = std::min(most, line_begin + request_line_max + 1);
		if (line_begin < input.size() &&
		    !is_character(input[line_begin], CHAR_TOKEN))
			return (fail(400, "the method is no token"));
	}
	end = std::max<std::size_t>(std::min(end, most), searched);
	std::string_view part = input.substr(searched, end - searched);
	/* Of a CR, the next octet tells. */
	if (!part.empty() && part.back() == '\r')
		part.remove_suffix(1);
	searched += static_cast<std::uint32_t>(part.size());
	return (all_characters(part, CHAR_FIELD) ||
	    fail(400, "the head has a control character"));
}

/*
 * RFC 9112 2.2: one empty line before the request line is ignored; some
 * clients of old send it behind a body.  False when it may still become one.
 */
bool
HttpParser::skip_empty_line(std::string_view input)
{
	if (input.empty() || input == "\r")
		return (false);
	if (input.substr(0, 2) == "\r\n") {
		head_begin = 2;
		line_begin = 2;
		searched = 2;
	}
	return (true);
}

/*
 * Whether a line that ends with this LF, or that has no LF before here, keeps
 * within the limits.
 */
bool
HttpParser::fits(std::size_t line_feed)
{
	if (!request_line_seen && line_feed - line_begin > request_line_max + 1)
		return (fail(414, "the request line is longer than 8 KiB"));
	if (line_feed + 1 - head_begin > head_max)
		return (fail(431, "the head is larger than 32 KiB"));
	return (true);
}

bool
HttpParser::take_line(std::string_view input, std::size_t line_feed)
{
	std::string_view line =
	    input.substr(line_begin, line_feed - line_begin);

	if (line.empty() || line.back() != '\r')
		return (fail(400, "a line of the head ends without CR"));
	line.remove_suffix(1);
	if (!request_line_seen) {
		request_line_seen = true;
		fields_begin = static_cast<std::uint16_t>(line_feed + 1);
		return (take_request_line(input, line));
	}
	if (line.empty()) {
		finished = true;
		return (finish(input));
	}
	if (field_count == head_fields_max)
		return (fail(431, "the head has more than 100 fields"));
	field_count++;
	return (take_field(input, line));
}

/* RFC 9112 3: method SP request-target SP HTTP-version. */
bool
HttpParser::take_request_line(std::string_view input, std::string_view line)
{
	std::size_t first = line.find(' ');
	std::size_t last = line.rfind(' ');
	std::string_view name, text;
	std::optional<RequestTarget> parsed;

	if (first == std::string_view::npos || first == last)
		return (fail(400, "the request line has not three parts"));
	name = line.substr(0, first);
	text = line.substr(first + 1, last - first - 1);
	if (!is_token(name))
		return (fail(400, "the method is no token"));
	if (!take_version(line.substr(last + 1)))
		return (false);
	if (!(parsed = parse_request_target(name, text, scheme)))
		return (fail(400, "the request target is malformed"));
	method = span_of<Span>(input, name);
	form = parsed->form;
	path = span_of<Span>(input, parsed->path);
	query = span_of<Span>(input, parsed->query);
	return (true);
}

/*
 * RFC 9110 2.5: a higher minor version is read as the highest known one, a
 * major version other than 1 is refused.
 */
bool
HttpParser::take_version(std::string_view version)
{
	if (version.size() != 8 || version.substr(0, 5) != "HTTP/" ||
	    !is_character(version[5], CHAR_DIGIT) || version[6] != '.' ||
	    !is_character(version[7], CHAR_DIGIT))
		return (fail(400, "the request line does not end in a version "
				  "of HTTP"));
	if (version[5] != '1')
		return (fail(505, "only HTTP/1.1 and HTTP/1.0 are spoken "
				  "here"));
	version_1_0 = version[7] == '0';
	return (true);
}

/* RFC 9112 5: field-name ":" OWS field-value OWS. */
bool
HttpParser::take_field(std::string_view input, std::string_view line)
{
	std::size_t colon = 0;
	std::string_view value;

	while (colon < line.size() && is_character(line[colon], CHAR_TOKEN))
		colon++;
	if (colon == 0 && (line[0] == ' ' || line[0] == '\t'))
		return (fail(400, "a field is folded over lines"));
	if (colon < line.size() && (line[colon] == ' ' || line[colon] == '\t'))
		return (fail(400, "white space before a field's colon"));
	if (colon == 0 || colon == line.size() || line[colon] != ':')
		return (fail(400, "a field's name is no token"));
	value = without_outer_space(line.substr(colon + 1));
	return (take_value(input, line.substr(0, colon), value));
}

/* What the framing needs is read at once, the rest is remembered. */
bool
HttpParser::take_value(std::string_view input, std::string_view name,
    std::string_view value)
{
	if (equals_ignoring_case(name, "content-length"))
		return (take_content_length(input, value));
	if (equals_ignoring_case(name, "transfer-encoding"))
		take_transfer_encoding(value);
	else if (equals_ignoring_case(name, "connection"))
		take_connection(value);
	else if (equals_ignoring_case(name, "expect"))
		take_expect(value);
	else
		remember(input, name, value);
	return (true);
}

void
HttpParser::remember(std::string_view input, std::string_view name,
    std::string_view value)
{
	for (const FieldName &asked : asked_fields) {
		if (!equals_ignoring_case(name, asked.name))
			continue;
		Span &span = fields[static_cast<std::size_t>(asked.field)];
		std::uint16_t count = span.count;

		if (count == 0)
			span = span_of<Span>(input, value);
		span.count = static_cast<std::uint16_t>(count + 1);
		return;
	}
}

/*
 * RFC 9112 6.3: several values, in one field or more, are one if they are all
 * the same.
 */
bool
HttpParser::take_content_length(
    std::string_view input, std::string_view value)
{
	bool good = true;

	for_each_element(value, [&](std::string_view element) {
		if (length_text.count == 0) {
			length_text = span_of<Span>(input, element);
			good = parse_length(element, content_length);
		} else if (element != view_of(input, length_text))
			good = false;
		length_text.count = 1;
	});
	return (good || fail(400, "Content-Length is malformed"));
}

/* RFC 9112 6.1, 7: a list of codings; only chunked, once and last. */
void
HttpParser::take_transfer_encoding(std::string_view value)
{
	for_each_element(value, [&](std::string_view element) {
		std::string_view name = without_outer_space(
		    element.substr(0, element.find(';')));

		codings.any = true;
		codings.not_last = codings.not_last || codings.chunked;
		if (equals_ignoring_case(element, "chunked"))
			codings.chunked = true;
		else if (!is_token(name) ||
		    equals_ignoring_case(name, "chunked"))
			codings.malformed = true; /* it has no parameters */
		else
			codings.unknown = true;
	});
}

void
HttpParser::take_connection(std::string_view value)
{
	for_each_element(value, [&](std::string_view element) {
		if (equals_ignoring_case(element, "close"))
			close_asked = true;
		else if (equals_ignoring_case(element, "keep-alive"))
			keep_alive_asked = true;
	});
}

void
HttpParser::take_expect(std::string_view value)
{
	for_each_element(value, [&](std::string_view element) {
		if (equals_ignoring_case(element, "100-continue"))
			expect_continue = true;
		else if (!element.empty())
			expect_other = true;
	});
}

bool
HttpParser::finish(std::string_view input)
{
	const Span &host = fields[static_cast<std::size_t>(HttpField::host)];

	/* RFC 9112 3.2; HTTP/1.0 needs none. */
	if (host.count == 0 && !version_1_0)
		return (fail(400, "Host is missing"));
	if (host.count > 1)
		return (fail(400, "Host is there more than once"));
	if (host.count == 1 && !is_valid_host(view_of(input, host)))
		return (fail(400, "Host is malformed"));
	return (finish_framing(input));
}

/* RFC 9112 6.1 to 6.3. */
bool
HttpParser::finish_framing(std::string_view input)
{
	if (codings.any && length_text.count != 0)
		return (fail(400, "Content-Length with Transfer-Encoding"));
	if (codings.any && version_1_0)
		return (fail(400, "Transfer-Encoding in HTTP/1.0"));
	if (codings.malformed)
		return (fail(400, "Transfer-Encoding is malformed"));
	if (codings.not_last)
		return (fail(400, "chunked is not the last transfer coding"));
	if (codings.unknown)
		return (fail(501, "chunked is the only transfer coding known "
				  "here"));
	/* RFC 9110 10.1.1: a 1.0 client cannot mean what it says. */
	if (version_1_0)
		expect_continue = false;
	else if (expect_other)
		return (fail(417, "100-continue is the only expectation known "
				  "here"));
	if (!codings.any && length_text.count == 0 &&
	    view_of(input, method) == "POST")
		return (fail(411, "a POST needs Content-Length or chunked"));
	return (true);
}

HttpHead
HttpParser::head(std::string_view input) const
{
	HttpHead head;

	head.method = view_of(input, method);
	head.target.form = form;
	head.target.path = view_of(input, path);
	if (form == TargetForm::absolute && path.size == 0) /* http://host */
		head.target.path = "/";
	head.target.query = view_of(input, query);
	head.version_1_0 = version_1_0;
	head.keep_alive = !close_asked && (!version_1_0 || keep_alive_asked);
	head.expect_continue = expect_continue;
	head.content_length = content_length;
	if (codings.any)
		head.body = HttpBody::chunked;
	else if (length_text.count != 0)
		head.body = HttpBody::length;
	/* Up to the empty line. */
	head.field_lines =
	    input.substr(fields_begin, line_begin - 2 - fields_begin);
	for (std::size_t i = 0; i < fields.size(); i++) {
		head.fields[i].value = view_of(input, fields[i]);
		head.fields[i].count = fields[i].count;
	}
	return (head);
}

std::optional<std::string_view>
take_last_field(std::string_view &field_lines, HttpField field)
{
	const FieldName *asked = std::find_if(std::begin(asked_fields),
	    std::end(asked_fields),
	    [&](const FieldName &one) { return (one.field == field); });

	while (!field_lines.empty()) {
		/* npos: the first line, which begins at 0 all the same. */
		std::size_t begin =
		    field_lines.rfind('\n', field_lines.size() - 2) + 1;
		std::string_view line = field_lines.substr(begin);
		std::size_t colon = line.find(':');

		field_lines = field_lines.substr(0, begin);
		line.remove_suffix(2);
		if (equals_ignoring_case(line.substr(0, colon), asked->name))
			return (without_outer_space(line.substr(colon + 1)));
	}
	return (std::nullopt);
}

void
HttpParser::reset()
{
	*this = HttpParser(scheme);
}

bool
HttpParser::fail(int status, const char *reason)
{
	failure.status = status;
	failure.reason = reason;
	return (false);
}
