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

#include <cstdint>

#include "content.h"
#include "plain_text.h"

namespace {

constexpr std::size_t line_max = 998; /* RFC 5322 2.1.1 */
constexpr std::string_view line_end = "\r\n";
constexpr std::string_view soft_line_break = "=\r\n";

struct TextFacts {
	bool fits_seven_bit = true;
	bool last_line_ended = true;
	std::size_t octets = 0; /* with all line breaks CRLF */
};

/* ASCII that no mail server changes: no controls, no bare CR. */
bool
is_plain(std::string_view line)
{
	for (;;) {
		line.remove_prefix(plain_length<'\x7f'>(line));
		if (line.empty())
			return (true);
		if (line[0] != '\t')
			return (false);
		line.remove_prefix(1);
	}
}

bool
is_like_boundary(std::string_view line)
{
	return (line.substr(0, 2) == "--" &&
	    line.substr(2, boundary_prefix.size()) == boundary_prefix);
}

bool
line_fits_seven_bit(std::string_view line, TextPlace place)
{
	if (line.empty())
		return (true);
	/* The dot that SMTP puts before a dot counts for some servers. */
	std::size_t size = line.size() + (line.front() == '.' ? 1 : 0);
	return (size <= line_max && line.back() != ' ' &&
	    line.back() != '\t' && line.substr(0, 5) != "From " &&
	    (place == TextPlace::message || !is_like_boundary(line)) &&
	    is_plain(line));
}

TextFacts
look_at(std::string_view text, TextPlace place)
{
	TextFacts facts;
	TextLines lines(text);

	while (!lines.done()) {
		TextLines::Line line = lines.next();
		facts.octets += line.text.size();
		if (line.ended)
			facts.octets += line_end.size();
		facts.last_line_ended = line.ended;
		facts.fits_seven_bit = facts.fits_seven_bit &&
		    line_fits_seven_bit(line.text, place);
	}
	return (facts);
}

/* As many lines as out has room for. */
void
append_seven_bit(std::string &out, TextLines &lines, std::size_t target)
{
	while (!lines.done() && out.size() < target) {
		TextLines::Line line = lines.next();
		out += line.text;
		if (line.ended)
			out += line_end;
	}
}

std::string_view
header_of(TextType type)
{
	if (type == TextType::html)
		return ("Content-Type: text/html; charset=utf-8\r\n"
			"Content-Transfer-Encoding: ");
	return ("Content-Type: text/plain; charset=utf-8\r\n"
		"Content-Transfer-Encoding: ");
}

constexpr std::string_view header_end = "\r\n\r\n";

} /* namespace */

const char *
transfer_encoding_name(TransferEncoding encoding)
{
	switch (encoding) {
	case TransferEncoding::seven_bit:
		return ("7bit");
	case TransferEncoding::quoted_printable:
		return ("quoted-printable");
	case TransferEncoding::base64:
		break;
	}
	return ("base64");
}

TextEntity::TextEntity(std::string_view utf8, TextType type, TextPlace place)
    : text(utf8), text_type(type)
{
	TextFacts facts = look_at(text, place);

	to_be_ended = place == TextPlace::message && !facts.last_line_ended;
	if (facts.fits_seven_bit) {
		encoded_size =
		    facts.octets + (to_be_ended ? line_end.size() : 0);
		return;
	}
	std::size_t quoted = quoted_printable_size(text) +
	    (to_be_ended ? soft_line_break.size() : 0);
	std::size_t base64 = base64_lines_size(facts.octets);
	if (quoted <= base64) {
		transfer_encoding = TransferEncoding::quoted_printable;
		encoded_size = quoted;
	} else {
		transfer_encoding = TransferEncoding::base64;
		encoded_size = base64;
	}
}

std::size_t
TextEntity::size() const
{
	std::string_view name = transfer_encoding_name(transfer_encoding);

	return (header_of(text_type).size() + name.size() +
	    header_end.size() + encoded_size);
}

void
TextEntity::append_to(std::string &out) const
{
	TextWriter(*this).fill(out, SIZE_MAX);
}

TextWriter::TextWriter(const TextEntity &of) : entity(of), rest(rest_of(of))
{
}

TextWriter::Rest
TextWriter::rest_of(const TextEntity &entity)
{
	switch (entity.transfer_encoding) {
	case TransferEncoding::seven_bit:
		return (TextLines(entity.text));
	case TransferEncoding::quoted_printable:
		return (QuotedPrintable(entity.text));
	case TransferEncoding::base64:
		break;
	}
	return (Base64Text(entity.text));
}

/* True when all of the text is there. */
bool
TextWriter::fill_text(std::string &out, std::size_t target)
{
	if (auto *lines = std::get_if<TextLines>(&rest)) {
		append_seven_bit(out, *lines, target);
		return (lines->done());
	}
	if (auto *quoted = std::get_if<QuotedPrintable>(&rest)) {
		quoted->fill(out, target);
		return (quoted->done());
	}
	auto &base64 = std::get<Base64Text>(rest);
	base64.fill(out, target);
	return (base64.done());
}

void
TextWriter::fill(std::string &out, std::size_t target)
{
	if (!begun) {
		out += header_of(entity.text_type);
		out += transfer_encoding_name(entity.transfer_encoding);
		out += header_end;
		begun = true;
	}
	if (ended || !fill_text(out, target))
		return;
	ended = true;
	if (!entity.to_be_ended)
		return;
	if (entity.transfer_encoding == TransferEncoding::seven_bit)
		out += line_end;
	else if (entity.transfer_encoding == TransferEncoding::quoted_printable)
		out += soft_line_break;
}
