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

#include "chunked.h"
#include "http_characters.h"

namespace {

bool
is_space(char c)
{
	return (c == ' ' || c == '\t');
}

} /* namespace */

ChunkedDecoder::Status
ChunkedDecoder::decode(std::string_view &input, std::string_view &content)
{
	if (failure.status != 0)
		return (Status::failed);
	while (state != State::done) {
		if (input.empty())
			return (Status::incomplete);
		if (state == State::content) {
			content = input.substr(0,
			    static_cast<std::size_t>(
				std::min<std::uint64_t>(
				    remaining, input.size())));
			input.remove_prefix(content.size());
			remaining -= content.size();
			if (remaining == 0)
				state = State::content_cr;
			return (Status::content);
		}
		if (!take(input.front()))
			return (Status::failed);
		input.remove_prefix(1);
	}
	return (Status::complete);
}

bool
ChunkedDecoder::take(char c)
{
	switch (state) {
	case State::size_begin:
	case State::size:
		return (take_size(c));
	case State::size_line_end:
		if (c != '\n')
			return (fail(400, "a chunk's size has a bare CR"));
		return (begin_content());
	case State::content_cr:
		if (c != '\r')
			return (fail(400, "a chunk is longer than its size"));
		state = State::content_lf;
		return (true);
	case State::content_lf:
		if (c != '\n')
			return (fail(400, "a chunk is longer than its size"));
		state = State::size_begin;
		return (true);
	case State::trailer_begin:
	case State::trailer_name:
	case State::trailer_value:
	case State::trailer_lf:
	case State::last_lf:
		return (take_trailer(c));
	default:
		return (take_extension(c));
	}
}

bool
ChunkedDecoder::take_size(char c)
{
	if (is_character(c, CHAR_HEX)) {
		if (remaining >> 60 != 0)
			return (fail(400, "a chunk's size is too large"));
		remaining = remaining << 4 | hex_value(c);
		state = State::size;
		/* Leading zeros would otherwise have no end. */
		if (++line_octets > chunk_line_max)
			return (fail(400, "a chunk's line is too long"));
		return (true);
	}
	if (state == State::size_begin)
		return (fail(400, "a chunk's size is not hexadecimal"));
	if (c == '\r' || c == ';' || is_space(c))
		return (between_extensions(c));
	return (fail(400, "a chunk's size is not hexadecimal"));
}

/* Behind a size or an extension: the next one, or the line's end. */
bool
ChunkedDecoder::between_extensions(char c)
{
	if (c == '\r' && state != State::extension_begin) {
		state = State::size_line_end;
		return (true);
	}
	if (c == ';')
		state = State::extension_name_begin;
	else if (is_space(c))
		state = State::extension_begin;
	else
		return (fail(400, "a chunk's extension is malformed"));
	return (count_extension());
}

/*
 * RFC 9112 7.1.1: *( BWS ";" BWS chunk-ext-name [ BWS "=" BWS chunk-ext-val ] )
 */
bool
ChunkedDecoder::take_extension(char c)
{
	bool token = is_character(c, CHAR_TOKEN);

	switch (state) {
	case State::extension_begin:
	case State::extension_end:
		return (between_extensions(c));
	case State::extension_name_begin:
		if (token)
			state = State::extension_name;
		else if (!is_space(c))
			return (fail(400, "a chunk's extension has no name"));
		break;
	case State::extension_name:
	case State::extension_equals:
		if (c == '=')
			state = State::extension_value_begin;
		else if (is_space(c))
			state = State::extension_equals;
		else if (c == ';' ||
		    (c == '\r' && state == State::extension_name))
			return (between_extensions(c));
		else if (!token || state == State::extension_equals)
			return (fail(400, "a chunk's extension is malformed"));
		break;
	case State::extension_value_begin:
		if (c == '"')
			state = State::extension_quoted;
		else if (token)
			state = State::extension_value;
		else if (!is_space(c))
			return (fail(400, "a chunk's extension has no value"));
		break;
	case State::extension_value:
		if (!token)
			return (between_extensions(c));
		break;
	case State::extension_quoted:
		if (c == '"')
			state = State::extension_end;
		else if (c == '\\')
			state = State::extension_escape;
		else if (!is_character(c, CHAR_QUOTED))
			return (fail(400, "a chunk's extension is malformed"));
		break;
	default: /* extension_escape */
		if (!is_character(c, CHAR_FIELD))
			return (fail(400, "a chunk's extension is malformed"));
		state = State::extension_quoted;
		break;
	}
	return (count_extension());
}

bool
ChunkedDecoder::count_extension()
{
	if (++line_octets > chunk_line_max ||
	    ++extension_octets > chunk_extensions_max)
		return (fail(400, "the chunks' extensions are too long"));
	return (true);
}

bool
ChunkedDecoder::begin_content()
{
	line_octets = 0;
	state = remaining == 0 ? State::trailer_begin : State::content;
	return (true);
}

/* Fields as in a head, with its limits; RFC 9112 7.1.2. */
bool
ChunkedDecoder::take_trailer(char c)
{
	if (++trailer_octets > head_max)
		return (fail(431, "the trailers are larger than 32 KiB"));
	switch (state) {
	case State::trailer_begin:
		if (c == '\r') {
			state = State::last_lf;
			return (true);
		}
		if (!is_character(c, CHAR_TOKEN))
			return (fail(400, "a trailer's name is no token"));
		if (++trailer_fields > head_fields_max)
			return (fail(431, "there are more than 100 trailers"));
		state = State::trailer_name;
		return (true);
	case State::trailer_name:
		if (c == ':')
			state = State::trailer_value;
		else if (!is_character(c, CHAR_TOKEN))
			return (fail(400, "a trailer's name is no token"));
		return (true);
	case State::trailer_value:
		if (c == '\r')
			state = State::trailer_lf;
		else if (!is_character(c, CHAR_FIELD))
			return (fail(400, "a trailer's value has a control "
					  "character"));
		return (true);
	default: /* trailer_lf, last_lf */
		if (c != '\n')
			return (fail(400, "a trailer has a bare CR"));
		state = state == State::last_lf ? State::done
						: State::trailer_begin;
		return (true);
	}
}

bool
ChunkedDecoder::fail(int status, const char *reason)
{
	failure.status = status;
	failure.reason = reason;
	return (false);
}
