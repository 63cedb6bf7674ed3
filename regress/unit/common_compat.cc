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

/* Shared memory on both systems, and Linux's titles, syslog and systemd. */

#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include <string>

#include "catch.h"

#include "compat/compat.h"
#include "fd.h"

TEST_CASE("shared memory is nameless, zeroed and shared")
{
	const Fd fd(shared_memory_create(10000));
	struct stat status;

	REQUIRE(fd.valid());
	CHECK((fcntl(fd.get(), F_GETFD) & FD_CLOEXEC) != 0);
	REQUIRE(fstat(fd.get(), &status) == 0);
	CHECK(status.st_size == 10000);
	CHECK(status.st_nlink == 0);

	char *memory[2];
	for (char *&mapping : memory) {
		mapping = static_cast<char *>(mmap(nullptr, 10000,
		    PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0));
		REQUIRE(mapping != MAP_FAILED);
	}
	CHECK(memory[0][9999] == '\0');
	memory[0][9999] = 'x';
	CHECK(memory[1][9999] == 'x');
	for (char *mapping : memory)
		munmap(mapping, 10000);
}

TEST_CASE("a process can be kept from dumping core")
{
	const pid_t pid = fork();
	int status;

	REQUIRE(pid != -1);
	if (pid == 0) {
		struct rlimit limit;

		_exit(forbid_core_dump() == 0 &&
		    getrlimit(RLIMIT_CORE, &limit) == 0 &&
		    limit.rlim_cur == 0 && limit.rlim_max == 0 ? 0 : 1);
	}
	REQUIRE(waitpid(pid, &status, 0) == pid);
	CHECK(status == 0);
}

#ifdef __linux__

TEST_CASE("shared memory keeps its size")
{
	const Fd fd(shared_memory_create(10000));

	REQUIRE(fd.valid());
	CHECK(ftruncate(fd.get(), 0) == -1);
	CHECK(errno == EPERM);
	CHECK(ftruncate(fd.get(), 20000) == -1);
	CHECK(errno == EPERM);
	CHECK(fcntl(fd.get(), F_ADD_SEALS, F_SEAL_WRITE) == -1);
	CHECK(errno == EPERM);
}

TEST_CASE("shared memory that cannot be had is an error")
{
	CHECK(shared_memory_create(static_cast<std::size_t>(-1)) == -1);
	CHECK(errno != 0);
}

namespace {

/* A datagram socket with an address, to be written to. */
class Receiver {
public:
	explicit Receiver(const std::string &name)
	{
		struct sockaddr_un address = {};

		address.sun_family = AF_UNIX;
		name.copy(address.sun_path, sizeof(address.sun_path) - 1);
		if (name.front() == '@')
			address.sun_path[0] = '\0';
		REQUIRE(bind(fd.get(),
		    reinterpret_cast<struct sockaddr *>(&address),
		    static_cast<socklen_t>(offsetof(struct sockaddr_un,
		    sun_path) + name.size())) == 0);
	}

	std::string
	receive()
	{
		char buffer[4096];
		const ssize_t length =
		    recv(fd.get(), buffer, sizeof(buffer), MSG_DONTWAIT);

		return (length == -1 ? "nothing" :
		    std::string(buffer, static_cast<std::size_t>(length)));
	}

private:
	Fd fd{socket(AF_UNIX, SOCK_DGRAM, 0)};
};

}

/* In a process of its own, for the address is read once in a process. */
static int
notify_in_child(const std::string &address, const char *state)
{
	const pid_t pid = fork();
	int status = -1;

	if (pid == 0) {
		setenv("NOTIFY_SOCKET", address.c_str(), 1);
		service_notify(state);
		_exit(getenv("NOTIFY_SOCKET") == nullptr ? 0 : 1);
	}
	waitpid(pid, &status, 0);
	return (status);
}

TEST_CASE("systemd is told, at a path or an abstract name")
{
	const std::string name = "rele-notify-" + std::to_string(getpid());

	for (const std::string &address : { "/tmp/" + name, "@" + name }) {
		CAPTURE(address);
		unlink(address.c_str());
		Receiver receiver(address);

		CHECK(notify_in_child(address, "READY=1\nSTATUS=up") == 0);
		CHECK(receiver.receive() == "READY=1\nSTATUS=up");
		unlink(address.c_str());
	}
	CHECK(notify_in_child("/nowhere/to/be/found", "READY=1") == 0);
	CHECK(notify_in_child(std::string(200, '@'), "READY=1") == 0);
	CHECK(notify_in_child("", "READY=1") == 0);
}

TEST_CASE("syslog datagrams are what syslogd expects")
{
	int fds[2];
	char buffer[256];

	CHECK_FALSE(compat_syslog(LOG_MAIL | LOG_INFO, "relay", "lost"));
	REQUIRE(socketpair(AF_UNIX, SOCK_DGRAM, 0, fds) == 0);
	Fd reader(fds[0]);
	compat_syslog_fd(fds[1]);
	CHECK(compat_syslog(LOG_MAIL | LOG_INFO, "relay", "a %s text"));

	const ssize_t length = recv(reader.get(), buffer, sizeof(buffer), 0);
	REQUIRE(length > 0);
	const std::string line(buffer, static_cast<std::size_t>(length));
	CHECK(line.substr(0, 4) == "<22>");
	/* "Jan  2 03:04:05" */
	CHECK(line.substr(10, 2).find_first_not_of(" 0123456789") ==
	    std::string::npos);
	CHECK(line[7] == ' ');
	CHECK(line[13] == ':');
	CHECK(line.substr(19) ==
	    " relay[" + std::to_string(getpid()) + "]: a %s text");

	/* syslogd ended. */
	reader.reset();
	CHECK_FALSE(compat_syslog(LOG_MAIL | LOG_INFO, "relay", "lost"));
	compat_syslog_fd(-1);
}

TEST_CASE("a slow syslogd does not make anybody wait")
{
	int fds[2];
	int delivered = 0;

	REQUIRE(socketpair(AF_UNIX, SOCK_DGRAM, 0, fds) == 0);
	const Fd reader(fds[0]);
	compat_syslog_fd(fds[1]);
	while (delivered < 1000000 && compat_syslog(LOG_INFO, "relay", "text"))
		delivered++;
	CHECK(delivered > 0);
	CHECK(delivered < 1000000);
	CHECK(errno == EAGAIN);
	compat_syslog_fd(-1);
}

TEST_CASE("a title stays within what argv and environ took")
{
	/* As the kernel lays them out, one string behind the other. */
	char memory[] = "/libexec/relayd-http\0-n\0" "3\0PATH=/bin\0TZ=UTC";
	char *argv[] = { memory, memory + 21, memory + 24, nullptr };
	char *variables[] = { memory + 26, memory + 36, nullptr };
	char guard[sizeof(memory)];
	const pid_t pid = fork();
	int status;

	REQUIRE(pid != -1);
	if (pid == 0) {
		environ = variables;
		setproctitle_init(3, argv);
		setproctitle("number %d", 3);
		memset(guard, 0, sizeof(guard));
		memcpy(guard, "relayd-http: number 3", 21);
		const bool written = memcmp(memory, guard, sizeof(guard)) == 0;
		setproctitle("%s", std::string(200, 'x').c_str());
		const bool bounded = memory[sizeof(memory) - 2] == 'x' &&
		    memory[sizeof(memory) - 1] == '\0';
		const bool kept =
		    strcmp(argv[0], "/libexec/relayd-http") == 0 &&
		    strcmp(argv[2], "3") == 0 &&
		    strcmp(getenv("TZ"), "UTC") == 0;
		_exit(written && bounded && kept ? 0 :
		    written ? bounded ? 3 : 2 : 1);
	}
	REQUIRE(waitpid(pid, &status, 0) == pid);
	CHECK(status == 0);
}

#endif
