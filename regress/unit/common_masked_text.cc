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

#include "catch.h"
#include "masked_text.h"

TEST_CASE("addresses in what a server says are masked")
{
	struct {
		const char *text, *masked;
	} cases[] = {
	    {"", ""},
	    {"Ok: queued as 4WqX", "Ok: queued as 4WqX"},
	    {"<user@example.com>: no such user", "<*@example.com>: no such user"},
	    {"user@example.com", "*@example.com"},
	    {"to a.b+c@d.example, e@f.example!", "to *@d.example, *@f.example!"},
	    {"@example.com", "@example.com"},
	    {"RCPT TO:<\"a b\"@example.com> no", "RCPT TO:<*@example.com> no"},
	    {"\"a\\\"b@c\"@example.com", "*@*@example.com"},
	    {"o'neill@example.com", "*@example.com"},
	    {"x\"@example.com", "*@example.com"},
	    {"a@b@c", "*@*@c"},
	    {"no \"x y\" here, user@example.com", "no *@example.com"},
	};

	for (const auto &c : cases) {
		INFO(c.text);
		CHECK(mask_addresses(c.text) == c.masked);
	}
}
