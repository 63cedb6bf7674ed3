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

#include <sys/socket.h>
#include <sys/un.h>

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "compat.h"
#include "fd.h"

static std::string
take_notify_socket()
{
	const char *value = getenv("NOTIFY_SOCKET");
	const std::string path = value == nullptr ? "" : value;

	unsetenv("NOTIFY_SOCKET");
	return (path);
}

void
service_notify(const char *state)
{
	static const std::string path = take_notify_socket();
	struct sockaddr_un address = {};

	if (path.empty() || path.size() >= sizeof(address.sun_path))
		return;
	const Fd fd(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
	address.sun_family = AF_UNIX;
	path.copy(address.sun_path, path.size());
	/* A name without a file: its length counts, and it starts with NUL. */
	if (path.front() == '@')
		address.sun_path[0] = '\0';
	/* That systemd cannot be told is no reason to stop serving. */
	(void)sendto(fd.get(), state, strlen(state),
	    MSG_DONTWAIT | MSG_NOSIGNAL,
	    reinterpret_cast<const struct sockaddr *>(&address),
	    static_cast<socklen_t>(
	    offsetof(struct sockaddr_un, sun_path) + path.size()));
}
