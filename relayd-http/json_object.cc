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

#include <charconv>

#include "json_object.h"
#include "json_text.h"

void
JsonObjectWriter::begin_value(std::string_view name)
{
	if (!first)
		out += ',';
	first = false;
	out += '"';
	out += name;
	out += "\":";
}

void
JsonObjectWriter::string(std::string_view name, std::string_view value)
{
	begin_value(name);
	append_json_string(out, value);
}

void
JsonObjectWriter::string_or_null(std::string_view name, std::string_view value)
{
	if (!value.empty()) {
		string(name, value);
		return;
	}
	begin_value(name);
	out += "null";
}

void
JsonObjectWriter::number(std::string_view name, std::uint64_t value)
{
	char digits[20];
	auto end = std::to_chars(digits, digits + sizeof(digits), value).ptr;

	begin_value(name);
	out.append(digits, static_cast<std::size_t>(end - digits));
}

void
JsonObjectWriter::number_or_null(
    std::string_view name, std::optional<double> value)
{
	begin_value(name);
	if (!value) {
		out += "null";
		return;
	}
	/* The shortest digits that give the same value back: 30, 0.5. */
	char digits[64];
	auto result = std::to_chars(
	    digits, digits + sizeof(digits), *value, std::chars_format::fixed);
	out.append(digits, static_cast<std::size_t>(result.ptr - digits));
}

void
JsonObjectWriter::boolean(std::string_view name, bool value)
{
	begin_value(name);
	out += value ? "true" : "false";
}
