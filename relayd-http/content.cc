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

#include "base64.h"
#include "content.h"
#include "line_break.h"
#include "plain_text.h"
#include "quoted_printable.h"

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
line_fits_seven_bit(std::string_view line)
{
	if (line.empty())
		return (true);
	return (line.size() <= line_max && line.back() != ' ' &&
	    line.back() != '\t' && line.substr(0, 5) != "From " &&
	    is_plain(line));
}

TextFacts
look_at(std::string_view text)
{
	TextFacts facts;
	TextLines lines(text);

	while (!lines.done()) {
		TextLines::Line line = lines.next();
		facts.octets += line.text.size();
		if (line.ended)
			facts.octets += line_end.size();
		facts.last_line_ended = line.ended;
		facts.fits_seven_bit =
		    facts.fits_seven_bit && line_fits_seven_bit(line.text);
	}
	return (facts);
}

EncodedSize
choose_encoding(std::string_view text, const TextFacts &facts)
{
	if (facts.fits_seven_bit)
		return {TransferEncoding::seven_bit, facts.octets +
		    (facts.last_line_ended ? 0 : line_end.size())};

	std::size_t quoted = quoted_printable_size(text) +
	    (facts.last_line_ended ? 0 : soft_line_break.size());
	std::size_t base64 = base64_lines_size(facts.octets);
	if (quoted <= base64)
		return {TransferEncoding::quoted_printable, quoted};
	return {TransferEncoding::base64, base64};
}

void
append_seven_bit(std::string &out, std::string_view text)
{
	TextLines lines(text);

	while (!lines.done()) {
		out += lines.next().text;
		out += line_end;
	}
}

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

EncodedSize
measure_text(std::string_view utf8)
{
	return (choose_encoding(utf8, look_at(utf8)));
}

std::string
make_text_content(std::string_view utf8)
{
	TextFacts facts = look_at(utf8);
	EncodedSize size = choose_encoding(utf8, facts);
	std::string header = "Content-Type: text/plain; charset=utf-8\r\n"
			     "Content-Transfer-Encoding: ";
	header += transfer_encoding_name(size.encoding);
	header += "\r\n\r\n";

	std::string out;
	out.reserve(header.size() + size.octets);
	out += header;
	switch (size.encoding) {
	case TransferEncoding::seven_bit:
		append_seven_bit(out, utf8);
		break;
	case TransferEncoding::quoted_printable:
		append_quoted_printable(out, utf8);
		if (!facts.last_line_ended)
			out += soft_line_break;
		break;
	case TransferEncoding::base64:
		append_base64_text(out, utf8);
		break;
	}
	return (out);
}
