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

/* While one of these lives, no descriptor can be had. */

#ifndef REGRESS_UNIT_NO_DESCRIPTORS_H
#define REGRESS_UNIT_NO_DESCRIPTORS_H

#include <sys/types.h>
#include <sys/resource.h>

#include "catch.h"

class NoDescriptors {
public:
	NoDescriptors()
	{
		REQUIRE(getrlimit(RLIMIT_NOFILE, &kept) == 0);
		struct rlimit none = kept;
		/* The usual three are there. */
		none.rlim_cur = 3;
		REQUIRE(setrlimit(RLIMIT_NOFILE, &none) == 0);
	}
	~NoDescriptors()
	{
		setrlimit(RLIMIT_NOFILE, &kept);
	}
	NoDescriptors(const NoDescriptors &) = delete;
	NoDescriptors &operator=(const NoDescriptors &) = delete;

private:
	struct rlimit kept;
};

#endif
