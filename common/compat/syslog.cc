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
 * syslog(3) of glibc connects again when syslogd was restarted, which a
 * confined process cannot do, and waits when it is slow, which an event loop
 * must not do.  So datagrams are written here, as glibc writes them.
 */

#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <stdio.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "compat.h"
#include "fd.h"

static Fd &
syslog_socket()
{
	static Fd fd;

	return (fd);
}

int
compat_syslog_open()
{
	struct sockaddr_un address = {};
	Fd fd(socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));

	address.sun_family = AF_UNIX;
	std::string(_PATH_LOG).copy(
	    address.sun_path, sizeof(address.sun_path) - 1);
	if (!fd.valid() || connect(fd.get(),
	    reinterpret_cast<const struct sockaddr *>(&address),
	    sizeof(address)) == -1)
		return (-1);
	return (fd.release());
}

void
compat_syslog_fd(int fd)
{
	syslog_socket().reset(fd);
}

/* RFC 3164, 4.1.2: "Jan  2 03:04:05", in English whatever the locale. */
static std::string
timestamp()
{
	static constexpr char months[][4] = { "Jan", "Feb", "Mar", "Apr", "May",
	    "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	const time_t now = time(nullptr);
	struct tm local = {};
	char text[64];

	localtime_r(&now, &local);
	snprintf(text, sizeof(text), "%s %2d %02d:%02d:%02d",
	    months[local.tm_mon], local.tm_mday, local.tm_hour, local.tm_min,
	    local.tm_sec);
	return (text);
}

bool
compat_syslog(int priority, const char *ident, const char *text)
{
	const int fd = syslog_socket().get();

	if (fd == -1) {
		errno = ENOTCONN;
		return (false);
	}
	const std::string line = "<" + std::to_string(priority) + ">" +
	    timestamp() + " " + ident + "[" + std::to_string(getpid()) + "]: " +
	    text;
	return (send(fd, line.data(), line.size(),
	    MSG_DONTWAIT | MSG_NOSIGNAL) != -1);
}

/* glibc would connect to syslogd, and nobody would write to that. */
void
compat_openlog(const char *)
{
}
