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
 * What OpenBSD has and Linux lacks, under OpenBSD's names; and the few things
 * that the two do differently, under names of ours.  On OpenBSD nothing in
 * this directory but this header is used.
 */

#ifndef COMMON_COMPAT_COMPAT_H
#define COMMON_COMPAT_COMPAT_H

#include <sys/types.h>

#include <signal.h>

#include <cstddef>
#include <string>

#ifdef __linux__

/* What a process is ended with when it breaks its promises. */
constexpr int sandbox_signal = SIGSYS;

/*
 * pledge(2): promises become a seccomp filter that kills the process, what
 * unveil(2) collected becomes a Landlock domain, and no_new_privs is set.  It
 * is for a process with one thread, and a second call would be a violation.
 * -1 and errno: EINVAL for promises that no process of ours makes; what the
 * kernel says when it has no Landlock (sandbox_probe).
 *
 * Known are stdio, rpath, wpath, cpath, fattr, flock, unix, recvfd and dns;
 * "unix" is here to accept connections, not to make sockets.  A filter lasts
 * through execve(2), so with "exec" the promises are not what is installed,
 * but a list of what no process of ours needs (deny_list.cc), and unveil(2)
 * has no effect.
 */
int pledge(const char *promises, const char *execpromises);

/*
 * unveil(2), taking effect with pledge.  Without any, a process that promised
 * no paths sees none.  The path must exist.
 */
int unveil(const char *path, const char *permissions);

/*
 * To be called first in main by a program that calls setproctitle.  The
 * strings of argv and environ are moved away, so they stay usable.
 */
void setproctitle_init(int argc, char *argv[]);
void setproctitle(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

const char *getprogname();

#else /* OpenBSD */

#include <sys/mman.h>
#include <sys/resource.h>

#include <errno.h>
#include <stdlib.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

constexpr int sandbox_signal = SIGABRT;

inline void
setproctitle_init(int, char *[])
{
}

#endif

/*
 * Whether this system can confine a process: -1 and errno if it cannot.
 * lacks is what the kernel is too old for, in words for the log, else empty.
 */
int sandbox_probe(std::string &lacks);

/*
 * Whether a set-gid program that is started after pledge(2) with "exec" still
 * gains its group.
 */
bool sandbox_keeps_setgid();

/* No core file, and on Linux nobody but root attaches.  -1 and errno. */
int forbid_core_dump();

/*
 * A descriptor (close-on-exec) of a nameless piece of shared memory, zeroed,
 * of a size that nobody can change on Linux.  -1 and errno.
 */
int shared_memory_create(std::size_t size);

/*
 * Linux has no sendsyslog(2), and a confined process no socket(2): the parent
 * connects to syslogd, and each process writes to the descriptor it was given.
 *
 * compat_syslog_open: a connected, non-blocking, close-on-exec socket, or -1
 * and errno; on OpenBSD always -1 and ENOTSUP, for none is needed.
 * compat_syslog_fd: use (and own) this one from now on, closing the last.
 * compat_syslog: priority with its facility; false when it was not delivered,
 * EAGAIN meaning that syslogd is slow and anything else that it is gone.
 * compat_openlog: openlog(3) on OpenBSD, with the same ident, which is kept.
 */
int compat_syslog_open();
void compat_syslog_fd(int fd);
bool compat_syslog(int priority, const char *ident, const char *text);
void compat_openlog(const char *ident);

/* Reads the zone's file, for times that are made when it is out of reach. */
void remember_time_zone();

/*
 * What is large goes back to the system when it is freed, as OpenBSD's
 * malloc(3) has it anyway.  To be called before anything large is allocated.
 */
void return_large_memory();

/*
 * Tells systemd (sd_notify(3)) "READY=1", "STATUS=..." and so on, if it asked
 * for it.  The first call takes NOTIFY_SOCKET out of the environment, and so
 * is to come before the first child.
 */
void service_notify(const char *state);

#ifndef __linux__

inline int
sandbox_probe(std::string &lacks)
{
	lacks.clear();
	return (0);
}

inline bool
sandbox_keeps_setgid()
{
	return (true);
}

inline int
forbid_core_dump()
{
	const struct rlimit none = { 0, 0 };

	return (setrlimit(RLIMIT_CORE, &none));
}

inline int
shared_memory_create(std::size_t size)
{
	char path[] = "/tmp/http-smtp-rele.XXXXXXXXXX";
	int fd;

	if ((fd = shm_mkstemp(path)) == -1)
		return (-1);
	if (shm_unlink(path) == -1 ||
	    ftruncate(fd, static_cast<off_t>(size)) == -1) {
		const int saved = errno;

		close(fd);
		errno = saved;
		return (-1);
	}
	return (fd);
}

inline void
remember_time_zone()
{
	tzset();
}

inline void
return_large_memory()
{
}

inline int
compat_syslog_open()
{
	errno = ENOTSUP;
	return (-1);
}

inline void
compat_syslog_fd(int)
{
}

inline bool
compat_syslog(int priority, const char *, const char *text)
{
	syslog(priority, "%s", text);
	return (true);
}

inline void
compat_openlog(const char *ident)
{
	openlog(ident, LOG_PID | LOG_NDELAY, LOG_MAIL);
}

inline void
service_notify(const char *)
{
}

#endif

#endif
