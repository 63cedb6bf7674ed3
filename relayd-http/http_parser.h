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
 * The head of an HTTP/1.1 or 1.0 request (RFC 9112, RFC 9110), strictly: what
 * two readers could understand in two ways is an error, and what an error
 * means for the connection is always that it cannot be used any further.
 *
 * No I/O and no allocation.  A head that arrives in pieces gives the same
 * result as in one, and every octet is looked at once.
 */

#ifndef RELAYD_HTTP_HTTP_PARSER_H
#define RELAYD_HTTP_HTTP_PARSER_H

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "request_target.h"

constexpr std::size_t request_line_max = 8192; /* without CRLF */
constexpr std::size_t head_max = 32768;        /* with the empty line */
constexpr std::size_t head_fields_max = 100;

/* status 0: none. reason quotes nothing that the client sent. */
struct HttpError {
	int status = 0;
	const char *reason = "";
};

/* The fields whose values somebody asks for. */
enum class HttpField : std::uint8_t {
	authorization,
	content_encoding,
	content_type,
	forwarded,
	host,
	idempotency_key,
	x_api_key,
	x_forwarded_for,
	last
};

enum class HttpBody : std::uint8_t { none, length, chunked };

/* A complete head.  The views point into the text that was parsed. */
struct HttpHead {
	struct Field {
		std::string_view value; /* of the first, OWS removed */
		unsigned int count = 0; /* how often the field was there */
	};

	std::string_view method;
	RequestTarget target;
	bool version_1_0 = false;
	/* By version and Connection (RFC 9112 9.3). */
	bool keep_alive = true;
	/* The client waits for 100 (Continue); never with 1.0. */
	bool expect_continue = false;
	HttpBody body = HttpBody::none;
	std::uint64_t content_length = 0;

	/* All of the fields' lines, each with its CRLF. */
	std::string_view field_lines;

	const Field &field(HttpField name) const
	{
		return (fields[static_cast<std::size_t>(name)]);
	}
	std::array<Field, static_cast<std::size_t>(HttpField::last)> fields;
};

/*
 * The value of the last field of that name in a head's field_lines, OWS
 * removed; its line and those behind it are taken away from them.  nullopt:
 * there is none.
 */
std::optional<std::string_view> take_last_field(
    std::string_view &field_lines, HttpField field);

class HttpParser {
public:
	enum class Status { incomplete, complete, failed };

	/* scheme: "http" or "https", the only one of an absolute-form. */
	explicit HttpParser(std::string_view url_scheme) : scheme(url_scheme)
	{
	}

	/*
	 * input is all that has arrived since the head's beginning: it starts
	 * with what earlier calls were given, perhaps at another place.  What
	 * follows the head is not looked at.
	 */
	Status parse(std::string_view input);

	/* When failed. */
	const HttpError &error() const
	{
		return (failure);
	}
	/* When complete: the head's octets, leading empty line included. */
	std::size_t length() const
	{
		return (line_begin);
	}
	/* When complete; input as given to the last parse(). */
	HttpHead head(std::string_view input) const;
	/* For the next head. */
	void reset();

private:
	struct Span {
		std::uint16_t begin = 0;
		std::uint16_t size = 0;
		std::uint16_t count = 0;
	};
	struct Codings {
		bool any = false;
		bool chunked = false;
		bool not_last = false; /* chunked, and something behind it */
		bool unknown = false;
		bool malformed = false;
	};

	bool fail(int status, const char *reason);
	bool skip_empty_line(std::string_view input);
	bool may_be_head(std::string_view input, std::size_t end);
	bool fits(std::size_t line_feed);
	bool take_line(std::string_view input, std::size_t line_feed);
	bool take_request_line(std::string_view input, std::string_view line);
	bool take_version(std::string_view version);
	bool take_field(std::string_view input, std::string_view line);
	bool take_value(std::string_view input, std::string_view name,
	    std::string_view value);
	void remember(std::string_view input, std::string_view name,
	    std::string_view value);
	bool take_content_length(
	    std::string_view input, std::string_view value);
	void take_transfer_encoding(std::string_view value);
	void take_connection(std::string_view value);
	void take_expect(std::string_view value);
	bool finish(std::string_view input);
	bool finish_framing(std::string_view input);

	std::string_view scheme;
	HttpError failure;
	std::uint32_t head_begin = 0; /* behind a leading empty line */
	std::uint32_t line_begin = 0; /* of the first incomplete line */
	std::uint32_t searched = 0;   /* no LF between line_begin and here */
	bool request_line_seen = false;
	bool finished = false;

	Span method;
	TargetForm form = TargetForm::origin;
	Span path; /* empty: "/" */
	Span query;
	std::uint16_t fields_begin = 0; /* behind the request line */
	std::array<Span, static_cast<std::size_t>(HttpField::last)> fields;
	std::uint8_t field_count = 0;
	bool version_1_0 = false;
	bool close_asked = false;
	bool keep_alive_asked = false;
	bool expect_continue = false;
	bool expect_other = false;
	Codings codings;
	Span length_text; /* count: how many values there were */
	std::uint64_t content_length = 0;
};

#endif
