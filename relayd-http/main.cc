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
 * relayd-http: faces the network.  It has no file, no way to make a socket,
 * and no SMTP password; it knows keys by the digests of their secrets'
 * digests.
 */

#include <sys/types.h>
#include <sys/resource.h>

#include <jansson.h>
#include <stdlib.h>

#include "child.h"
#include "compat/compat.h"
#include "event_loop.h"
#include "http_process.h"
#include "log.h"
#include "pathnames.h"

static std::uint64_t
descriptors_allowed()
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1)
		fatal("getrlimit");
	return (limit.rlim_cur);
}

int
main(int argc, char *argv[])
{
	ChildOptions options = child_start(argc, argv, "relayd-http");

	EventLoop loop;
	/*
	 * Or jansson opens a file for its hash's seed later.  libtls needs
	 * none, and starts itself if a configuration has TLS.
	 */
	json_object_seed(arc4random() | 1);
	std::uint64_t descriptors = descriptors_allowed();
	child_drop(options, http_user, path_chroot, "http server");
	/*
	 * stdio	for what it does all day
	 * unix		accept(2), on sockets of any family
	 * recvfd	listeners and sockets to relayd-smtp, from the parent
	 */
	child_confine(options, "stdio unix recvfd");

	HttpProcess process(
	    loop, child_parent_socket(), options.slot, descriptors);
	loop.run();
	return (0);
}
