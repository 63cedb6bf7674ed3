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

#include "header_field.h"

HeaderField::HeaderField(std::string &header, std::string_view name)
    : out(header), line_start(header.size())
{
	out += name;
	out += ':';
	name_end = out.size();
}

void
HeaderField::add_token(std::string_view token)
{
	if (!at_name() && column() + 1 + token.size() > line_max)
		fold();
	out += ' ';
	out += token;
}

void
HeaderField::append(std::string_view octets)
{
	out += octets;
}

void
HeaderField::fold()
{
	out += "\r\n";
	line_start = out.size();
	line_max = header_line_max;
}

void
HeaderField::end()
{
	out += "\r\n";
}
