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
#include <vector>

#include "header_field.h"
#include "mime_header.h"

namespace {

/*
 * In a quoted-string it reads back as it is everywhere: printable ASCII
 * without what some readers undo twice (quoted-pairs, and angle brackets
 * around all of it) or decode there (encoded words).
 */
bool
is_plain_name(std::string_view name)
{
	return (name.front() != '<' &&
	    name.find("=?") == std::string_view::npos &&
	    std::all_of(name.begin(), name.end(), [](char c) {
		    return (c >= ' ' && c <= '~' && c != '"' && c != '\\');
	    }));
}

/* Stands for itself in RFC 2231's values: less than may, for all readers. */
bool
is_extended_safe(char c)
{
	return ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_');
}

bool
is_continuation(char c)
{
	return ((static_cast<unsigned char>(c) & 0xc0) == 0x80);
}

/* The first character of text, encoded; it is taken off the front. */
std::string
take_extended(std::string_view &text)
{
	static constexpr char hex[] = "0123456789ABCDEF";
	std::string encoded;

	do {
		auto octet = static_cast<unsigned char>(text.front());
		if (is_extended_safe(text.front()))
			encoded += text.front();
		else {
			encoded += '%';
			encoded += hex[octet >> 4];
			encoded += hex[octet & 0xf];
		}
		text.remove_prefix(1);
	} while (!text.empty() && is_continuation(text.front()));
	return (encoded);
}

/* A line of its own has room for so much of a token. */
bool
fits_line(std::size_t size)
{
	return (1 + size <= header_line_max);
}

/* RFC 2231 3 and 4; no character is parted. */
void
append_extended(
    HeaderField &field, const std::string &name, std::string_view text)
{
	std::vector<std::string> characters;
	std::size_t size = 0;

	while (!text.empty()) {
		characters.push_back(take_extended(text));
		size += characters.back().size();
	}
	std::string token = name + "*=utf-8''";
	bool in_sections = !fits_line(token.size() + size);
	auto next = characters.begin();
	for (std::size_t section = 0; next != characters.end(); section++) {
		if (in_sections)
			token = name + "*" + std::to_string(section) +
			    (section == 0 ? "*=utf-8''" : "*=");
		/* With the semicolon that may follow. */
		while (next != characters.end() && (!in_sections ||
		    fits_line(token.size() + next->size() + 1)))
			token += *next++;
		if (next != characters.end())
			token += ';';
		field.add_token(token);
	}
}

void
append_filename(HeaderField &field, std::string_view name)
{
	std::string token = "filename=\"" + std::string(name) + "\"";

	if (is_plain_name(name) && fits_line(token.size()))
		field.add_token(token);
	else
		append_extended(field, "filename", name);
}

void
append_content_type(HeaderField &field, std::string_view type)
{
	std::vector<std::string_view> parts = split_content_type(type);

	for (std::size_t i = 0; i < parts.size(); i++)
		field.add_token(std::string(parts[i]) +
		    (i + 1 < parts.size() ? ";" : ""));
}

} /* namespace */

std::string
multipart_header(std::string_view subtype, std::string_view boundary)
{
	std::string header;
	HeaderField type(header, "Content-Type");

	type.add_token("multipart/" + std::string(subtype) + ";");
	/* The root's type, which RFC 2387 3.1 asks for. */
	if (subtype == "related")
		type.add_token("type=\"text/html\";");
	type.add_token("boundary=\"" + std::string(boundary) + "\"");
	type.end();
	return (header);
}

std::string
attachment_header(const Attachment &attachment)
{
	bool is_inline = !attachment.content_id.empty();
	std::string header;

	HeaderField type(header, "Content-Type");
	append_content_type(type, attachment.content_type);
	type.end();
	header += "Content-Transfer-Encoding: base64\r\n";
	if (is_inline) {
		HeaderField id(header, "Content-ID");
		id.add_token("<" + std::string(attachment.content_id) + ">");
		id.end();
	}
	HeaderField disposition(header, "Content-Disposition");
	disposition.add_token(is_inline ? "inline;" : "attachment;");
	append_filename(disposition, attachment.filename);
	disposition.end();
	return (header);
}
