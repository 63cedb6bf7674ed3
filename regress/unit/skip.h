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

/* A test that needs what is not here says so; under CI=true it fails. */

#ifndef REGRESS_UNIT_SKIP_H
#define REGRESS_UNIT_SKIP_H

#include <cstdio>
#include <cstdlib>
#include <string>

#include "catch.h"

inline unsigned int skipped_cases;

/* The test case returns after it. */
inline void
skip(const std::string &why)
{
	const char *ci = getenv("CI");

	if (ci != nullptr && std::string(ci) == "true")
		FAIL(why);
	std::printf("skipped: %s\n", why.c_str());
	skipped_cases++;
}

#endif
