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


#include "outcome.h"
#include "transport.h"

bool
is_same_setup(const SmtpRelay &a, const SmtpRelay &b)
{
	return (a.kind == b.kind && a.host == b.host && a.port == b.port &&
	    a.tls == b.tls && a.user == b.user && a.password == b.password &&
	    a.insecure == b.insecure);
}

void
Transport::count_result(Outcome outcome)
{
	if (std::optional<SmtpResult> result = smtp_result(outcome))
		count_in(cell_of(counts->results, *result));
}
