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

/* What is stricter or different on Linux: promise_table.cc, deny_list.cc. */

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <linux/netlink.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <netinet/in.h>

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>

#include "catch.h"

#include "confined.h"
#include "fd.h"

/* A system call by its number, without what glibc does around it. */
template <typename... Arguments>
static auto
call(long number, Arguments... arguments)
{
	return ([=] {
		return (syscall(number, arguments...) != -1);
	});
}

static auto
answers(long number, int error)
{
	return ([=] {
		return (syscall(number, -1, nullptr, 0, 0, 0, 0) == -1 &&
		    errno == error);
	});
}

TEST_CASE("a confined process cannot gain privileges")
{
	CHECK(run_confined(http_promises, [] { return (true); }) ==
	    Ended::well);
	/* Asking for it is a violation itself. */
	CHECK(run_confined(http_promises, [] {
		return (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1);
	}) == Ended::killed);
}

TEST_CASE("no call sends with MSG_FASTOPEN, which would connect")
{
	const Fd tcp(socket(AF_INET, SOCK_STREAM, 0));
	struct msghdr message = {};
	struct mmsghdr messages = {};
	struct sockaddr_in address = {};

	address.sin_family = AF_INET;
	message.msg_name = &address;
	message.msg_namelen = sizeof(address);
	messages.msg_hdr = message;
	for (const char *promises : { http_promises, "stdio recvfd",
	    resolver_promises }) {
		CAPTURE(promises);
		CHECK(run_confined(promises, [&] {
			return (sendto(tcp.get(), "x", 1, MSG_FASTOPEN,
			    reinterpret_cast<struct sockaddr *>(&address),
			    sizeof(address)) != -1);
		}) == Ended::killed);
		CHECK(run_confined(promises, [&] {
			return (sendmsg(tcp.get(), &message,
			    MSG_FASTOPEN) != -1);
		}) == Ended::killed);
		CHECK(run_confined(promises, [&] {
			return (sendmmsg(tcp.get(), &messages, 1,
			    MSG_FASTOPEN) != -1);
		}) == Ended::killed);
	}
	CHECK(run_confined(http_promises, [&] {
		return (sendmmsg(tcp.get(), &messages, 1, 0) != -1);
	}) == Ended::killed);
}

TEST_CASE("nothing changes what others share")
{
	const Fd tcp(socket(AF_INET, SOCK_STREAM, 0));
	const struct linger reset = { 1, 0 };
	const int size = 4096;
	struct msghdr message = {};
	void *shared = mmap(nullptr, 4096, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	REQUIRE(listen(tcp.get(), 1) == 0);
	REQUIRE(shared != MAP_FAILED);
	for (const char *promises : { http_promises, smtp_promises,
	    store_promises }) {
		CAPTURE(promises);
		for (const int option : { SO_SNDBUF, SO_RCVBUF, SO_REUSEPORT })
			CHECK(run_confined(promises, call(SYS_setsockopt,
			    tcp.get(), SOL_SOCKET, option, &size,
			    sizeof(size))) == Ended::killed);
		CHECK(run_confined(promises, call(SYS_setsockopt, tcp.get(),
		    SOL_SOCKET, SO_LINGER, &reset, sizeof(reset))) ==
		    Ended::killed);
		CHECK(run_confined(promises, call(SYS_shutdown, tcp.get(),
		    SHUT_RD)) == Ended::killed);
		CHECK(run_confined(promises, call(SYS_shutdown, tcp.get(),
		    SHUT_RDWR)) == Ended::killed);
		/* Of no consequence for who listens. */
		run_confined(promises, call(SYS_shutdown, tcp.get(), SHUT_WR));
		/* Its name is out of a filter's sight. */
		CHECK(run_confined(promises, call(SYS_sendmsg, tcp.get(),
		    &message, 0)) == Ended::killed);
		CHECK(run_confined(promises, call(SYS_madvise, shared, 4096,
		    MADV_REMOVE)) == Ended::killed);
		CHECK(run_confined(promises, call(SYS_madvise, shared, 4096,
		    MADV_DONTNEED)) == Ended::well);
	}
	for (const int number : { SYS_lseek, SYS_pwrite64, SYS_pread64 }) {
		CAPTURE(number);
		CHECK(run_confined(http_promises, call(number, 0, nullptr, 0,
		    0)) == Ended::killed);
	}

	int listens = 0;
	socklen_t length = sizeof(listens);
	REQUIRE(getsockopt(tcp.get(), SOL_SOCKET, SO_ACCEPTCONN, &listens,
	    &length) == 0);
	CHECK(listens == 1);
	munmap(shared, 4096);
}

TEST_CASE("of fcntl only what touches the own table of descriptors is there")
{
	CHECK(run_confined(http_promises, [] {
		return (fcntl(0, F_GETFL) != -1 && fcntl(0, F_GETFD) != -1 &&
		    fcntl(0, F_DUPFD_CLOEXEC, 10) != -1);
	}) == Ended::well);
	for (const int command : { F_SETFL, F_SETOWN, F_SETSIG, F_SETLEASE,
	    F_NOTIFY, F_SETPIPE_SZ, F_ADD_SEALS, F_SETLK, F_OFD_SETLK }) {
		CAPTURE(command);
		CHECK(run_confined(http_promises, call(SYS_fcntl, 0, command,
		    0)) == Ended::killed);
	}
	/* FIONBIO is F_SETFL by another name. */
	CHECK(run_confined(http_promises, call(SYS_ioctl, 0, 0x5421, 0)) ==
	    Ended::killed);
}

TEST_CASE("no code can be mapped")
{
	for (const int protection : { PROT_EXEC, PROT_READ | PROT_EXEC,
	    PROT_READ | PROT_WRITE | PROT_EXEC }) {
		CHECK(run_confined(http_promises, call(SYS_mmap, nullptr, 4096,
		    protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)) ==
		    Ended::killed);
		CHECK(run_confined(http_promises, call(SYS_mprotect, nullptr,
		    0, protection)) == Ended::killed);
		/* dlopen(3) of a module that appeared later fails in peace. */
		CHECK(run_confined(resolver_promises, call(SYS_mmap, nullptr,
		    4096, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)) ==
		    Ended::badly);
	}
}

TEST_CASE("the resolver makes no sockets but those of getaddrinfo")
{
	CHECK(run_confined(resolver_promises, call(SYS_socket, AF_INET6,
	    SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) == Ended::well);
	CHECK(run_confined(resolver_promises, call(SYS_socket, AF_INET,
	    SOCK_STREAM, IPPROTO_MPTCP)) == Ended::killed);
	CHECK(run_confined(resolver_promises, call(SYS_socket, AF_INET,
	    SOCK_RAW, IPPROTO_ICMP)) == Ended::killed);
	CHECK(run_confined(resolver_promises, call(SYS_socket, AF_PACKET,
	    SOCK_RAW, 0)) == Ended::killed);
	CHECK(run_confined(resolver_promises, call(SYS_listen, 0, 1)) ==
	    Ended::killed);
}

TEST_CASE("the resolver connects over TCP to name servers alone")
{
	const auto connect_to = [](std::uint16_t port) {
		return ([port] {
			struct sockaddr_in address = {};
			const Fd fd(socket(AF_INET, SOCK_STREAM, 0));

			address.sin_family = AF_INET;
			address.sin_port = htons(port);
			address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
			return (connect(fd.get(),
			    reinterpret_cast<struct sockaddr *>(&address),
			    sizeof(address)) == 0 || errno == ECONNREFUSED);
		});
	};
	std::string lacks;

	REQUIRE(sandbox_probe(lacks) == 0);
	CHECK(run_confined(resolver_promises, connect_to(53)) == Ended::well);
	if (lacks.find("TCP") == std::string::npos)
		CHECK(run_confined(resolver_promises, connect_to(25)) ==
		    Ended::badly);
}

TEST_CASE("the resolver survives what name services try")
{
	/* myhostname asks netlink with these, others can do without theirs. */
	CHECK(run_confined(resolver_promises, [] {
		const Fd fd(socket(AF_NETLINK,
		    SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE));
		const int on = 1;

		return (setsockopt(fd.get(), SOL_NETLINK, NETLINK_PKTINFO, &on,
		    sizeof(on)) == 0 && setsockopt(fd.get(), SOL_SOCKET,
		    SO_RCVBUFFORCE, &on, sizeof(on)) == -1 && errno == EPERM);
	}) == Ended::well);
}

TEST_CASE("the resolver writes no file")
{
	CHECK(run_confined(resolver_promises, call(SYS_openat, AT_FDCWD,
	    "/etc/hosts", O_RDONLY)) == Ended::well);
	CHECK(run_confined(resolver_promises, call(SYS_openat, AT_FDCWD,
	    "/etc/hosts", O_WRONLY)) == Ended::killed);
	CHECK(run_confined(resolver_promises, call(SYS_openat, AT_FDCWD,
	    "/proc/self/maps", O_RDONLY)) == Ended::badly);
}

TEST_CASE("limits can be read and not set, not of others")
{
	struct rlimit limit = { 10, 10 };

	CHECK(run_confined(http_promises, [&] {
		return (getrlimit(RLIMIT_NOFILE, &limit) == 0);
	}) == Ended::well);
	CHECK(run_confined(http_promises, [&] {
		return (setrlimit(RLIMIT_NOFILE, &limit) == 0);
	}) == Ended::killed);
	CHECK(run_confined(http_promises, call(SYS_prlimit64, 1,
	    RLIMIT_NOFILE, nullptr, &limit)) == Ended::killed);
}

TEST_CASE("signals go to the process itself")
{
	CHECK(run_confined(http_promises, [] {
		return (signal(SIGUSR1, SIG_IGN) != SIG_ERR &&
		    raise(SIGUSR1) == 0);
	}) == Ended::well);
	CHECK(run_confined(http_promises, call(SYS_tgkill, getpid(), getpid(),
	    0)) == Ended::killed);
	CHECK(run_confined(http_promises, call(SYS_kill, 0, 0)) ==
	    Ended::killed);
}

TEST_CASE("what glibc probes for is absent, what is dangerous kills")
{
	for (const int number : { SYS_clone3, SYS_rseq, SYS_openat2,
	    SYS_statx, 451, 462, 600, 1000 }) {
		CAPTURE(number);
		CHECK(run_confined(http_promises, answers(number, ENOSYS)) ==
		    Ended::well);
	}
	for (const int number : { SYS_io_uring_setup, SYS_bpf, SYS_ptrace,
	    SYS_pidfd_getfd, SYS_process_vm_readv, SYS_memfd_create,
	    SYS_userfaultfd, SYS_perf_event_open, SYS_keyctl, SYS_clone,
	    SYS_unshare, SYS_mount, SYS_prctl, SYS_seccomp, SYS_socketpair,
	    SYS_pipe2, SYS_personality, SYS_setsid, SYS_getdents64 }) {
		CAPTURE(number);
		CHECK(run_confined(http_promises, answers(number, 0)) ==
		    Ended::killed);
	}
}

#ifdef __x86_64__
TEST_CASE("calls of other architectures kill")
{
	CHECK(run_confined(http_promises, call(0x40000000 | SYS_getpid)) ==
	    Ended::killed);
	CHECK(run_confined(parent_promises, call(0x40000000 | SYS_ptrace)) ==
	    Ended::killed);
	CHECK(run_confined(http_promises, [] {
		long result = 20; /* i386's getpid */

		__asm__ volatile("int $0x80" : "+a"(result) : : "memory");
		return (result == getpid());
	}) == Ended::killed);
}
#endif

TEST_CASE("the parent starts programs, and cannot get at other processes")
{
	CHECK(run_confined(parent_promises, [] {
		return (system("exec true") == 0);
	}) == Ended::well);
	CHECK(run_confined(parent_promises, [] {
		return (Fd(socket(AF_INET, SOCK_STREAM, 0)).valid() &&
		    Fd(open("/etc/passwd", O_RDONLY)).valid() &&
		    kill(getpid(), 0) == 0);
	}) == Ended::well);
	for (const int number : { SYS_ptrace, SYS_process_vm_readv,
	    SYS_process_vm_writev, SYS_mount, SYS_umount2, SYS_bpf,
	    SYS_io_uring_setup, SYS_finit_module, SYS_kexec_load,
	    SYS_unshare, SYS_setns, SYS_perf_event_open, SYS_userfaultfd,
	    SYS_keyctl, SYS_reboot, SYS_swapon, SYS_pivot_root,
	    SYS_open_by_handle_at, SYS_pidfd_getfd, SYS_clock_settime }) {
		CAPTURE(number);
		CHECK(run_confined(parent_promises, answers(number, 0)) ==
		    Ended::killed);
	}
	CHECK(run_confined(parent_promises, answers(SYS_clone3, ENOSYS)) ==
	    Ended::well);
	for (const int flag : { CLONE_NEWUSER, CLONE_NEWNS, CLONE_NEWNET,
	    CLONE_NEWPID, CLONE_NEWIPC, CLONE_NEWUTS, CLONE_NEWCGROUP })
		CHECK(run_confined(parent_promises, call(SYS_clone,
		    flag | SIGCHLD, 0, 0, 0, 0)) == Ended::killed);
}

TEST_CASE("the parent's children confine themselves further")
{
	CHECK(run_confined(parent_promises, [] {
		return (run_confined(http_promises, [] {
			return (getpid() > 0);
		}) == Ended::well && run_confined(http_promises, [] {
			return (socket(AF_UNIX, SOCK_STREAM, 0) != -1);
		}) == Ended::killed);
	}) == Ended::well);
}

TEST_CASE("a privileged parent leaves set-gid programs their group")
{
	CHECK(run_confined(parent_promises, [] {
		return (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) ==
		    (sandbox_keeps_setgid() ? 0 : 1));
	}) == Ended::well);
}

TEST_CASE("promises that no process makes are refused")
{
	for (const char *promises : { "stdio tty", "stdio inet", "stdio id" }) {
		CAPTURE(promises);
		CHECK(pledge(promises, nullptr) == -1);
		CHECK(errno == EINVAL);
	}
	CHECK(pledge("stdio", "stdio") == -1);
}
