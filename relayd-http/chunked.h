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
 * The chunked transfer coding (RFC 9112 7.1), decoded as it arrives: octet by
 * octet what frames, in one piece what is content.  Extensions and trailers
 * are checked and discarded.
 */

#ifndef RELAYD_HTTP_CHUNKED_H
#define RELAYD_HTTP_CHUNKED_H

#include <cstdint>
#include <string_view>

#include "http_parser.h"

constexpr std::size_t chunk_line_max = 1024; /* size and extensions */
constexpr std::size_t chunk_extensions_max = 65536; /* of a whole body */

class ChunkedDecoder {
public:
	enum class Status { incomplete, content, complete, failed };

	/*
	 * Takes from the front of input what it can.  content: some of the
	 * body is there, call again with the rest.  incomplete: all of input
	 * was taken.  complete: the body ended; what is left of input is not
	 * its own.
	 */
	Status decode(std::string_view &input, std::string_view &content);

	/* What the chunk at hand has announced and not brought yet. */
	std::uint64_t announced() const
	{
		return (state == State::content ? remaining : 0);
	}

	/* When failed. */
	const HttpError &error() const
	{
		return (failure);
	}

private:
	enum class State : std::uint8_t {
		size_begin,
		size,
		size_line_end, /* the LF behind a size */
		extension_begin, /* behind BWS: ";" */
		extension_name_begin,
		extension_name,
		extension_equals, /* behind BWS: "=", or the next ";" */
		extension_value_begin,
		extension_value,
		extension_quoted,
		extension_escape,
		extension_end, /* behind a quoted-string */
		content,
		content_cr,
		content_lf,
		trailer_begin,
		trailer_name,
		trailer_value,
		trailer_lf,
		last_lf,
		done,
	};

	bool take(char c);
	bool take_size(char c);
	bool take_extension(char c);
	bool take_trailer(char c);
	bool between_extensions(char c);
	bool begin_content();
	bool count_extension();
	bool fail(int status, const char *reason);

	State state = State::size_begin;
	HttpError failure;
	std::uint64_t remaining = 0; /* the size, then what is left of it */
	std::uint32_t line_octets = 0;
	std::uint32_t extension_octets = 0; /* of all lines */
	std::uint32_t trailer_octets = 0;
	std::uint32_t trailer_fields = 0;
};

#endif
