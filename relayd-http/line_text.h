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

/* Texts that become part of one line, a header field's, before they do. */

#ifndef RELAYD_HTTP_LINE_TEXT_H
#define RELAYD_HTTP_LINE_TEXT_H

#include <cstddef>
#include <string_view>

struct LineText {
	std::size_t characters = 0; /* code points */
	bool has_tab = false;
	/* is_line_control() of common/utf8.h, TAB excepted. */
	bool has_control = false;
	bool is_blank = true; /* empty, or White_Space (Unicode) throughout */
};

/* What is not well-formed UTF-8 counts as a control. */
LineText inspect_line(std::string_view utf8);

#endif
