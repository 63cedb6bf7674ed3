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
 * Which system calls a promise stands for on Linux.  What is not listed kills
 * the process.  Where OpenBSD's pledge(2) is wider than what our processes
 * need, this is the narrower one: "unix" accepts connections but makes no
 * socket, and nothing changes what a descriptor stands for where others have
 * it too: a listener's options, flags and state, a log file's position.
 *
 * Nobody has sendmsg(2): a filter cannot see the name in its argument, which
 * takes a datagram to whatever socket goes by it.
 */

#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <linux/netlink.h>
#include <netinet/in.h>

#include <fcntl.h>
#include <unistd.h>

#include "filter.h"
#include "promises.h"

namespace {

struct Rule {
	long number;
	unsigned int promises; /* any of these */
	Conditions conditions = {};
	Action action = Action::allow;
};

}

/* Not MSG_FASTOPEN, which connects, nor MSG_OOB and MSG_ZEROCOPY. */
static constexpr std::uint32_t send_flags =
    MSG_NOSIGNAL | MSG_DONTWAIT | MSG_MORE;
static constexpr std::uint32_t socket_flags = SOCK_NONBLOCK | SOCK_CLOEXEC;

/* What glibc probes, knowing what to do without. */
static constexpr long absent[] = {
	SYS_clone3, SYS_rseq, SYS_openat2, SYS_statx, SYS_faccessat2
};

/* Calls with higher numbers are newer than Debian 12, and this table. */
static constexpr long newest_known = SYS_set_mempolicy_home_node;

/*
 * Calls that depend on an argument come first: the kernel remembers of the
 * others that they are always allowed, and runs no filter for them.
 */
static constexpr Rule rules[] = {
	/* To whom the socket is connected, and to nobody else. */
	{ SYS_sendto, PLEDGE_STDIO,
	    { only(3, send_flags), is_null(4) } },
	{ SYS_recvmsg, PLEDGE_RECVFD | PLEDGE_DNS },
	{ SYS_accept4, PLEDGE_UNIX, { only(3, socket_flags) } },

	/* No F_SETFL: a listener's flags belong to other processes too. */
	{ SYS_fcntl, PLEDGE_STDIO, { is(1, F_GETFD) } },
	{ SYS_fcntl, PLEDGE_STDIO, { is(1, F_SETFD) } },
	{ SYS_fcntl, PLEDGE_STDIO, { is(1, F_GETFL) } },
	{ SYS_fcntl, PLEDGE_STDIO, { is(1, F_DUPFD_CLOEXEC) } },
	{ SYS_fcntl, PLEDGE_FLOCK, { is(1, F_GETLK) } },
	{ SYS_fcntl, PLEDGE_FLOCK, { is(1, F_SETLK) } },
	{ SYS_fcntl, PLEDGE_FLOCK, { is(1, F_SETLKW) } },
	{ SYS_ioctl, PLEDGE_STDIO, { is(1, FIONREAD) } },
	{ SYS_ioctl, PLEDGE_STDIO, { is(1, TCGETS) } }, /* isatty(3) */

	/* connect(2) has come to its end. */
	{ SYS_getsockopt, PLEDGE_STDIO,
	    { is(1, SOL_SOCKET), is(2, SO_ERROR) } },
	/* Otherwise a listener is shut down for everybody who has it. */
	{ SYS_shutdown, PLEDGE_STDIO, { is(1, SHUT_WR) } },

	/* Memory, but no new code. */
	{ SYS_mmap, PLEDGE_STDIO, { without(2, PROT_EXEC) } },
	{ SYS_mprotect, PLEDGE_STDIO, { without(2, PROT_EXEC) } },
	/* A name service that was added later: dlopen(3) fails. */
	{ SYS_mmap, PLEDGE_DNS, {}, Action::refuse },
	/* What malloc and libcrypto say; MADV_REMOVE is for all who map it. */
	{ SYS_madvise, PLEDGE_STDIO, { is(2, MADV_DONTNEED) } },
	{ SYS_madvise, PLEDGE_STDIO, { is(2, MADV_FREE) } },
	{ SYS_madvise, PLEDGE_STDIO, { is(2, MADV_HUGEPAGE) } },
	{ SYS_madvise, PLEDGE_STDIO, { is(2, MADV_DONTDUMP) } },
	{ SYS_madvise, PLEDGE_STDIO, { is(2, MADV_WIPEONFORK) } },
	{ SYS_brk, PLEDGE_STDIO },
	{ SYS_mremap, PLEDGE_STDIO },
	{ SYS_munmap, PLEDGE_STDIO },

	/* getrlimit(2) alone. */
	{ SYS_prlimit64, PLEDGE_STDIO, { is(0, 0), is_null(2) } },
	/* fstat(2), as long as the path is empty: see "rpath". */
	{ SYS_newfstatat, PLEDGE_STDIO, { is(3, AT_EMPTY_PATH) } },

	{ SYS_clock_getres, PLEDGE_STDIO },
	{ SYS_clock_gettime, PLEDGE_STDIO },
	{ SYS_clock_nanosleep, PLEDGE_STDIO },
	{ SYS_close, PLEDGE_STDIO },
	{ SYS_dup, PLEDGE_STDIO },
	{ SYS_epoll_create1, PLEDGE_STDIO },
	{ SYS_epoll_ctl, PLEDGE_STDIO },
	{ SYS_epoll_pwait, PLEDGE_STDIO },
	{ SYS_epoll_pwait2, PLEDGE_STDIO },
	{ SYS_exit, PLEDGE_STDIO },
	{ SYS_exit_group, PLEDGE_STDIO },
	{ SYS_fdatasync, PLEDGE_STDIO },
	{ SYS_fstat, PLEDGE_STDIO },
	{ SYS_fsync, PLEDGE_STDIO },
	{ SYS_futex, PLEDGE_STDIO },
	{ SYS_getegid, PLEDGE_STDIO },
	{ SYS_geteuid, PLEDGE_STDIO },
	{ SYS_getgid, PLEDGE_STDIO },
	{ SYS_getpid, PLEDGE_STDIO },
	{ SYS_getppid, PLEDGE_STDIO },
	{ SYS_getrandom, PLEDGE_STDIO },
	{ SYS_getrusage, PLEDGE_STDIO },
	{ SYS_gettid, PLEDGE_STDIO },
	{ SYS_gettimeofday, PLEDGE_STDIO },
	{ SYS_getuid, PLEDGE_STDIO },
	{ SYS_nanosleep, PLEDGE_STDIO },
	{ SYS_ppoll, PLEDGE_STDIO },
	{ SYS_pselect6, PLEDGE_STDIO },
	{ SYS_read, PLEDGE_STDIO },
	{ SYS_readv, PLEDGE_STDIO },
	{ SYS_recvfrom, PLEDGE_STDIO },
	{ SYS_restart_syscall, PLEDGE_STDIO },
	{ SYS_rt_sigaction, PLEDGE_STDIO },
	{ SYS_rt_sigprocmask, PLEDGE_STDIO },
	{ SYS_rt_sigreturn, PLEDGE_STDIO },
	{ SYS_sched_yield, PLEDGE_STDIO },
	{ SYS_sigaltstack, PLEDGE_STDIO },
	{ SYS_sysinfo, PLEDGE_STDIO }, /* qsort(3) asks how much memory */
	{ SYS_write, PLEDGE_STDIO },
	{ SYS_writev, PLEDGE_STDIO },
#ifdef __x86_64__
	{ SYS_epoll_wait, PLEDGE_STDIO },
	{ SYS_getrlimit, PLEDGE_STDIO },
	{ SYS_poll, PLEDGE_STDIO },
	{ SYS_select, PLEDGE_STDIO },
	{ SYS_time, PLEDGE_STDIO },
#endif

	/*
	 * Paths: opening is ruled by the flags (see allow_open), and where by
	 * Landlock, which does not cover what only asks about a file.
	 */
	{ SYS_faccessat, PLEDGE_RPATH | PLEDGE_DNS },
	{ SYS_getcwd, PLEDGE_RPATH },
	{ SYS_newfstatat, PLEDGE_RPATH | PLEDGE_DNS },
	{ SYS_readlinkat, PLEDGE_RPATH | PLEDGE_DNS },
	{ SYS_fadvise64, PLEDGE_RPATH },
	/* Who opens no file has none but those that others have, too. */
	{ SYS_lseek, PLEDGE_RPATH | PLEDGE_DNS },
	{ SYS_pread64, PLEDGE_RPATH | PLEDGE_DNS },
	{ SYS_pwrite64, PLEDGE_WPATH },
	{ SYS_fallocate, PLEDGE_WPATH },
	{ SYS_ftruncate, PLEDGE_WPATH },
	{ SYS_msync, PLEDGE_WPATH },
	{ SYS_unlinkat, PLEDGE_CPATH },
	{ SYS_renameat, PLEDGE_CPATH },
	{ SYS_renameat2, PLEDGE_CPATH },
	/* Of open files only: Landlock does not cover attributes. */
	{ SYS_fchmod, PLEDGE_FATTR },
	{ SYS_fchown, PLEDGE_FATTR },
#ifdef __x86_64__
	{ SYS_access, PLEDGE_RPATH | PLEDGE_DNS },
	{ SYS_lstat, PLEDGE_RPATH | PLEDGE_DNS },
	{ SYS_readlink, PLEDGE_RPATH | PLEDGE_DNS },
	{ SYS_stat, PLEDGE_RPATH | PLEDGE_DNS },
	{ SYS_unlink, PLEDGE_CPATH },
	{ SYS_rename, PLEDGE_CPATH },
#endif

	/*
	 * getaddrinfo(3): name servers over UDP and TCP (not MPTCP, which
	 * Landlock does not see), nscd and the like over UNIX sockets, and
	 * the kernel's list of addresses over netlink.
	 */
	{ SYS_socket, PLEDGE_DNS, { is(0, AF_INET),
	    is_masked(1, ~socket_flags, SOCK_DGRAM), is(2, 0) } },
	{ SYS_socket, PLEDGE_DNS, { is(0, AF_INET6),
	    is_masked(1, ~socket_flags, SOCK_DGRAM), is(2, 0) } },
	{ SYS_socket, PLEDGE_DNS, { is(0, AF_INET),
	    is_masked(1, ~socket_flags, SOCK_STREAM), is(2, 0) } },
	{ SYS_socket, PLEDGE_DNS, { is(0, AF_INET6),
	    is_masked(1, ~socket_flags, SOCK_STREAM), is(2, 0) } },
	{ SYS_socket, PLEDGE_DNS, { is(0, AF_UNIX),
	    is_masked(1, ~socket_flags, SOCK_STREAM) } },
	{ SYS_socket, PLEDGE_DNS, { is(0, AF_NETLINK),
	    only(1, socket_flags | SOCK_RAW), is(2, NETLINK_ROUTE) } },
	{ SYS_connect, PLEDGE_DNS },
	{ SYS_bind, PLEDGE_DNS },
	{ SYS_sendto, PLEDGE_DNS, { only(3, send_flags) } },
	{ SYS_sendmmsg, PLEDGE_DNS, { only(3, send_flags) } },
	{ SYS_setsockopt, PLEDGE_DNS, { is(1, SOL_IP), is(2, IP_RECVERR) } },
	{ SYS_setsockopt, PLEDGE_DNS,
	    { is(1, SOL_IPV6), is(2, IPV6_RECVERR) } },
	{ SYS_setsockopt, PLEDGE_DNS, { is(1, SOL_NETLINK) } },
	/* Modules try options that they can do without. */
	{ SYS_setsockopt, PLEDGE_DNS, {}, Action::refuse },
	{ SYS_getsockopt, PLEDGE_DNS },
	{ SYS_getsockname, PLEDGE_DNS },
	{ SYS_getpeername, PLEDGE_DNS },
	{ SYS_uname, PLEDGE_DNS },
};

/* open(2) and openat(2) with the flags that the promises cover. */
static void
allow_open(Filter &filter, unsigned int promises)
{
	/* O_TMPFILE contains O_DIRECTORY, which is for reading. */
	std::uint32_t forbidden = O_TMPFILE & ~O_DIRECTORY;

	if (!(promises & (PLEDGE_PATHS | PLEDGE_DNS)))
		return;
	if (!(promises & PLEDGE_WPATH))
		forbidden |= O_WRONLY | O_RDWR | O_TRUNC;
	if (!(promises & PLEDGE_CPATH))
		forbidden |= O_CREAT;
	filter.add(SYS_openat, Action::allow, { without(2, forbidden) });
#ifdef __x86_64__
	filter.add(SYS_open, Action::allow, { without(1, forbidden) });
#endif
}

int
filter_by_promises(unsigned int promises)
{
	Filter filter;

	filter.add_above(newest_known, Action::absent);
	for (const Rule &rule : rules)
		if (rule.promises & promises)
			filter.add(rule.number, rule.action, rule.conditions);
	allow_open(filter, promises);
	/* abort(3) and raise(3): of itself only. */
	filter.add(SYS_tgkill, Action::allow,
	    { is(0, static_cast<std::uint32_t>(getpid())) });
	for (const long number : absent)
		filter.add(number, Action::absent);
	return (filter.install(Action::kill));
}
