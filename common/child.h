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

/*
 * How a child process starts: the steps that every main() of a child goes
 * through, in the order in which main() calls them.
 */

#ifndef COMMON_CHILD_H
#define COMMON_CHILD_H

#include <cstdint>
#include <string>

#include "fd.h"

/* What the parent puts into argv: what decides on root and promises. */
struct ChildOptions {
	bool to_stderr = false; /* -d */
	int verbose = 0; /* -v, repeated */
	bool no_sandbox = false; /* -X */
	std::uint32_t slot = 0; /* -n: its process slot in the segment */
	std::string directory; /* -D: the ledger's, relayd-smtp only */
};

constexpr int child_parent_fd = 3;
constexpr int child_syslog_fd = 4; /* or closed, when there is no syslog */

/*
 * Exits 1 with a line on stderr unless descriptor 3 is a socket of the
 * parent's: a child is not to be started by hand.  program: "relayd-http".
 */
ChildOptions child_start(int argc, char *argv[], const char *program);
/* Descriptor 3, once. */
Fd child_parent_socket();
/*
 * The zone, randomness and whatever else would open a file later, then
 * chroot, titles, user and group of user, no dumps.  Not root: only what
 * works without.  root: an absolute path.
 */
void child_drop(const ChildOptions &options, const char *user,
    const char *root, const char *title);
/* pledge(2) and unveil(2): nothing, or with a path, that with permissions. */
void child_confine(const ChildOptions &options, const char *promises,
    const char *path = nullptr, const char *permissions = nullptr);

#endif
