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

#include "line_text.h"
#include "utf8.h"

namespace {

/* White_Space in Unicode's PropList, those apart that are line controls. */
bool
is_white_space(char32_t character)
{
	switch (character) {
	case '\t':
	case ' ':
	case 0x00a0:
	case 0x1680:
	case 0x202f:
	case 0x205f:
	case 0x3000:
		return (true);
	default:
		return (character >= 0x2000 && character <= 0x200a);
	}
}

void
inspect(LineText &line, char32_t character)
{
	line.characters++;
	if (character == '\t')
		line.has_tab = true;
	else if (is_line_control(character))
		line.has_control = true;
	if (line.is_blank && !is_white_space(character))
		line.is_blank = false;
}

} /* namespace */

LineText
inspect_line(std::string_view utf8)
{
	LineText line;

	while (!utf8.empty()) {
		auto character = utf8_take(utf8);
		if (!character) {
			line.has_control = true;
			break;
		}
		inspect(line, *character);
	}
	return (line);
}
