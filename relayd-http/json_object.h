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
 * Writes one JSON object, member by member, into the answer: there is no
 * document in memory, so nothing is allocated but the answer itself.
 */

#ifndef RELAYD_HTTP_JSON_OBJECT_H
#define RELAYD_HTTP_JSON_OBJECT_H

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/* Names need no escaping: they are ours. */
class JsonObjectWriter {
public:
	explicit JsonObjectWriter(std::string &output) : out(output)
	{
		out += '{';
	}

	void string(std::string_view name, std::string_view value);
	/* An empty value is null. */
	void string_or_null(std::string_view name, std::string_view value);
	void number(std::string_view name, std::uint64_t value);
	void number_or_null(std::string_view name, std::optional<double> value);
	void boolean(std::string_view name, bool value);
	/* For a value that the caller appends: array or object. */
	void begin_value(std::string_view name);
	void end()
	{
		out += '}';
	}

private:
	std::string &out;
	bool first = true;
};

#endif
