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
 * inject PID CALL [ARGUMENT...]: makes a running process execute one system
 * call, as an intruder in it would, and prints how that ended: "returned N",
 * with "-N" for an errno, or "killed by signal NAME".  The process, if it
 * lives, goes on as if nothing had been.
 *
 * CALL is a name or a number.  An ARGUMENT is a number (0x for hexadecimal),
 * s:TEXT for the address of a string, or x:HEX for that of octets.
 *
 * Exit status: 0 if the call returned, 1 if it killed the process, 2 if it
 * could not be injected, 77 where this machine's registers are not known.
 */

#if defined(__linux__) && defined(__x86_64__)

#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>

#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <array>
#include <string>
#include <vector>

using Registers = struct user_regs_struct;
using Arguments = std::array<unsigned long long, 6>;

/* The kernel's own results of a call that a signal interrupted. */
static constexpr long long restart_call = -512; /* and -513, -514 */
static constexpr long long restart_no_handler = -514;
static constexpr long long restart_block = -516;

static constexpr unsigned char instruction[] = { 0x0f, 0x05 }; /* syscall */
static constexpr unsigned long long red_zone = 128;

static constexpr struct {
	const char *name;
	long number;
} calls[] = {
	{ "accept", SYS_accept }, { "accept4", SYS_accept4 },
	{ "bind", SYS_bind }, { "bpf", SYS_bpf }, { "chmod", SYS_chmod },
	{ "chroot", SYS_chroot }, { "clone", SYS_clone },
	{ "clone3", SYS_clone3 }, { "connect", SYS_connect },
	{ "execve", SYS_execve }, { "fcntl", SYS_fcntl },
	{ "fork", SYS_fork }, { "getpid", SYS_getpid },
	{ "getuid", SYS_getuid }, { "io_uring_setup", SYS_io_uring_setup },
	{ "ioctl", SYS_ioctl }, { "kill", SYS_kill },
	{ "listen", SYS_listen }, { "lseek", SYS_lseek },
	{ "madvise", SYS_madvise }, { "memfd_create", SYS_memfd_create },
	{ "mkdirat", SYS_mkdirat }, { "mmap", SYS_mmap },
	{ "mount", SYS_mount }, { "mprotect", SYS_mprotect },
	{ "open", SYS_open }, { "openat", SYS_openat },
	{ "openat2", SYS_openat2 }, { "pidfd_getfd", SYS_pidfd_getfd },
	{ "prctl", SYS_prctl }, { "prlimit64", SYS_prlimit64 },
	{ "process_vm_readv", SYS_process_vm_readv },
	{ "ptrace", SYS_ptrace }, { "sendmmsg", SYS_sendmmsg },
	{ "sendmsg", SYS_sendmsg }, { "sendto", SYS_sendto },
	{ "setns", SYS_setns }, { "setsockopt", SYS_setsockopt },
	{ "setuid", SYS_setuid }, { "shutdown", SYS_shutdown },
	{ "socket", SYS_socket },
	{ "socketpair", SYS_socketpair }, { "stat", SYS_stat },
	{ "tgkill", SYS_tgkill }, { "unlink", SYS_unlink },
	{ "unshare", SYS_unshare },
};

static long
call_number(const char *text)
{
	char *end;

	for (const auto &call : calls)
		if (strcmp(call.name, text) == 0)
			return (call.number);
	const long number = strtol(text, &end, 0);
	if (*text == '\0' || *end != '\0')
		errx(2, "%s: unknown system call, give its number", text);
	return (number);
}

/* A stop that is the tracer's: true; false if the process ended (in status). */
static bool
wait_for_stop(pid_t pid, int &status)
{
	if (waitpid(pid, &status, __WALL) != pid)
		err(2, "waitpid");
	return (WIFSTOPPED(status));
}

static Registers
get_registers(pid_t pid)
{
	Registers registers;

	if (ptrace(PTRACE_GETREGS, pid, nullptr, &registers) == -1)
		err(2, "PTRACE_GETREGS");
	return (registers);
}

static void
set_registers(pid_t pid, Registers registers)
{
	if (ptrace(PTRACE_SETREGS, pid, nullptr, &registers) == -1)
		err(2, "PTRACE_SETREGS");
}

/* In words, as ptrace(2) writes read-only code too. */
static std::string
peek(pid_t pid, unsigned long long address, std::size_t size)
{
	std::string octets;

	while (octets.size() < size) {
		errno = 0;
		const long word = ptrace(
		    PTRACE_PEEKDATA, pid, address + octets.size(), nullptr);
		if (errno != 0)
			err(2, "PTRACE_PEEKDATA");
		octets.append(
		    reinterpret_cast<const char *>(&word), sizeof(word));
	}
	return (octets);
}

/* octets: whole words. */
static void
poke(pid_t pid, unsigned long long address, const std::string &octets)
{
	for (std::size_t i = 0; i < octets.size(); i += sizeof(long)) {
		long word;

		memcpy(&word, octets.data() + i, sizeof(word));
		if (ptrace(PTRACE_POKEDATA, pid, address + i, word) == -1)
			err(2, "PTRACE_POKEDATA");
	}
}

static std::string
parse_hex(const std::string &text)
{
	std::string octets;

	for (std::size_t i = 0; i + 1 < text.size(); i += 2)
		octets += static_cast<char>(
		    std::stoi(text.substr(i, 2), nullptr, 16));
	return (octets);
}

/* Numbers as they are, octets below what the process uses of its stack. */
static Arguments
place_arguments(pid_t pid, unsigned long long stack, int count, char *texts[])
{
	Arguments arguments = {};

	stack -= red_zone;
	for (int i = 0; i < count; i++) {
		const std::string text = texts[i];
		const auto place = static_cast<std::size_t>(i);
		std::string octets;

		if (text.starts_with("s:"))
			octets = text.substr(2);
		else if (text.starts_with("x:"))
			octets = parse_hex(text.substr(2));
		else {
			arguments[place] = text.starts_with("-") ?
			    static_cast<unsigned long long>(
			    strtoll(text.c_str(), nullptr, 0)) :
			    strtoull(text.c_str(), nullptr, 0);
			continue;
		}
		/* At least one zero behind it, in whole words. */
		octets.resize((octets.size() / 16 + 1) * 16);
		stack = (stack - octets.size()) & ~15ULL;
		poke(pid, stack, octets);
		arguments[place] = stack;
	}
	return (arguments);
}

/*
 * As it was in a call that the stop interrupted, the process is made to start
 * that call again, which the kernel would have done without us.
 */
static Registers
restarted(Registers registers)
{
	const auto result = static_cast<long long>(registers.rax);

	if (static_cast<long long>(registers.orig_rax) < 0)
		return (registers);
	if (result <= restart_call && result >= restart_no_handler) {
		registers.rax = registers.orig_rax;
		registers.rip -= sizeof(instruction);
	} else if (result == restart_block) {
		registers.rax = SYS_restart_syscall;
		registers.rip -= sizeof(instruction);
	}
	registers.orig_rax = static_cast<unsigned long long>(-1);
	return (registers);
}

/* Runs to the next stop at the beginning or end of a call. */
static bool
run_to_call(pid_t pid, int &status)
{
	do {
		if (ptrace(PTRACE_SYSCALL, pid, nullptr, nullptr) == -1)
			err(2, "PTRACE_SYSCALL");
		if (!wait_for_stop(pid, status))
			return (false);
	} while (WSTOPSIG(status) != (SIGTRAP | 0x80));
	return (true);
}

/* The filter answers with a signal that the process is yet to die of. */
static bool
condemned(pid_t pid)
{
	struct __ptrace_peeksiginfo_args wanted = { 0, 0, 64 };
	siginfo_t pending[64];
	const long count =
	    ptrace(PTRACE_PEEKSIGINFO, pid, &wanted, pending);

	for (long i = 0; i < count; i++)
		if (pending[i].si_signo == SIGSYS)
			return (true);
	return (false);
}

/* False if the process ended, with its status; else result is the call's. */
static bool
execute(pid_t pid, const Registers &before, long number,
    const Arguments &arguments, long long &result, int &status)
{
	Registers registers = before;

	registers.rax = static_cast<unsigned long long>(number);
	registers.orig_rax = static_cast<unsigned long long>(-1);
	registers.rdi = arguments[0];
	registers.rsi = arguments[1];
	registers.rdx = arguments[2];
	registers.r10 = arguments[3];
	registers.r8 = arguments[4];
	registers.r9 = arguments[5];

	const std::string code = peek(pid, registers.rip, sizeof(long));
	std::string patched = code;
	patched.replace(0, sizeof(instruction),
	    reinterpret_cast<const char *>(instruction), sizeof(instruction));
	poke(pid, registers.rip, patched);
	set_registers(pid, registers);
	if (!run_to_call(pid, status) || !run_to_call(pid, status) ||
	    (condemned(pid) && !run_to_call(pid, status)))
		return (false);
	result = static_cast<long long>(get_registers(pid).rax);
	/* After execve(2) there is another program there. */
	if (number != SYS_execve || result != 0) {
		poke(pid, before.rip, code);
		set_registers(pid, restarted(before));
	}
	return (true);
}

static void
attach(pid_t pid)
{
	int status;

	if (ptrace(PTRACE_SEIZE, pid, nullptr,
	    PTRACE_O_TRACESYSGOOD) == -1 ||
	    ptrace(PTRACE_INTERRUPT, pid, nullptr, nullptr) == -1)
		err(2, "attaching to %d", pid);
	if (!wait_for_stop(pid, status))
		errx(2, "%d ended", pid);
}

static void
too_long(int)
{
	static const char text[] = "inject: the call did not return\n";

	(void)!write(STDERR_FILENO, text, sizeof(text) - 1);
	_exit(2);
}

int
main(int argc, char *argv[])
{
	long long result = 0;
	int status = 0;

	if (argc < 3 || argc > 9) {
		fprintf(stderr, "usage: inject pid call [argument ...]\n");
		return (2);
	}
	const pid_t pid = atoi(argv[1]);
	const long number = call_number(argv[2]);

	signal(SIGALRM, too_long);
	alarm(10);
	attach(pid);
	const Registers before = get_registers(pid);
	const Arguments arguments =
	    place_arguments(pid, before.rsp, argc - 3, argv + 3);
	if (execute(pid, before, number, arguments, result, status)) {
		ptrace(PTRACE_DETACH, pid, nullptr, nullptr);
		printf("returned %lld\n", result);
		return (0);
	}
	if (WIFSIGNALED(status))
		printf("killed by signal SIG%s\n",
		    sigabbrev_np(WTERMSIG(status)));
	else
		printf("exited with status %d\n", WEXITSTATUS(status));
	return (1);
}

#else

int
main()
{
	return (77);
}

#endif
