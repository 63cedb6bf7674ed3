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

/* The promises of pledge(2) that our processes make. */

#ifndef COMMON_COMPAT_PROMISES_H
#define COMMON_COMPAT_PROMISES_H

enum Promise : unsigned int {
	PLEDGE_STDIO = 0x0001,
	PLEDGE_RPATH = 0x0002,
	PLEDGE_WPATH = 0x0004,
	PLEDGE_CPATH = 0x0008,
	PLEDGE_FATTR = 0x0010,
	PLEDGE_FLOCK = 0x0020,
	PLEDGE_UNIX = 0x0040,
	PLEDGE_RECVFD = 0x0080,
	PLEDGE_DNS = 0x0100,
	/* Made by the parent alone. */
	PLEDGE_INET = 0x0200,
	PLEDGE_SENDFD = 0x0400,
	PLEDGE_PROC = 0x0800,
	PLEDGE_EXEC = 0x1000,
	PLEDGE_ID = 0x2000
};

constexpr unsigned int PLEDGE_PATHS =
    PLEDGE_RPATH | PLEDGE_WPATH | PLEDGE_CPATH;
constexpr unsigned int PLEDGE_PARENT =
    PLEDGE_INET | PLEDGE_SENDFD | PLEDGE_PROC | PLEDGE_EXEC | PLEDGE_ID;

/* These install what they say for good; -1 and errno on failure. */
int filter_by_promises(unsigned int promises);
int filter_for_parent();
/* A Landlock domain: what was unveiled, and what the promises imply. */
int landlock_restrict(unsigned int promises);
/*
 * Loads the modules that /etc/nsswitch.conf names for hosts, for a process
 * that may not map code later.
 */
void load_name_services();

#endif
