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

/* What each promise allows, and what ends a process that did not make it. */

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <string>

#include "catch.h"

#include "confined.h"
#include "fd.h"

namespace {

/* Connected to each other. */
struct Pair {
	Pair()
	{
		int fds[2];

		REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0,
		    fds) == 0);
		ours.reset(fds[0]);
		theirs.reset(fds[1]);
	}

	Fd ours;
	Fd theirs;
};

/* Listens on a port of the system's choice, with a connection waiting. */
struct Listener {
	Listener()
	{
		struct sockaddr_in address = {};
		socklen_t length = sizeof(address);

		address.sin_family = AF_INET;
		address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		auto *generic = reinterpret_cast<struct sockaddr *>(&address);
		REQUIRE(bind(server.get(), generic, length) == 0);
		REQUIRE(listen(server.get(), 1) == 0);
		REQUIRE(getsockname(server.get(), generic, &length) == 0);
		REQUIRE(connect(client.get(), generic, length) == 0);
	}

	Fd server{socket(AF_INET, SOCK_STREAM, 0)};
	Fd client{socket(AF_INET, SOCK_STREAM, 0)};
};

class Directory {
public:
	Directory()
	{
		REQUIRE(mkdtemp(name) != nullptr);
	}
	~Directory()
	{
		unlink(path("file").c_str());
		unlink(path("other").c_str());
		rmdir(name);
	}

	std::string path(const char *file) const
	{
		return (std::string(name) + "/" + file);
	}
	const char *name_text() const
	{
		return (name);
	}

private:
	char name[32] = "/tmp/sandbox.XXXXXXXXXX";
};

}

static bool
fails(int result, int error)
{
	return (result == -1 && errno == error);
}

static bool
send_descriptor(int socket, int fd)
{
	alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
	char octet = 'x';
	struct iovec data = { &octet, 1 };
	struct msghdr message = {};

	message.msg_iov = &data;
	message.msg_iovlen = 1;
	message.msg_control = control;
	message.msg_controllen = sizeof(control);
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	return (sendmsg(socket, &message, 0) == 1);
}

static bool
receive_descriptor(int socket)
{
	alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
	char octet;
	struct iovec data = { &octet, 1 };
	struct msghdr message = {};

	message.msg_iov = &data;
	message.msg_iovlen = 1;
	message.msg_control = control;
	message.msg_controllen = sizeof(control);
	return (recvmsg(socket, &message, MSG_CMSG_CLOEXEC) == 1 &&
	    CMSG_FIRSTHDR(&message) != nullptr);
}

TEST_CASE("this system can confine processes")
{
	std::string lacks;

	CHECK(sandbox_probe(lacks) == 0);
}

TEST_CASE("stdio is reading, writing, waiting, memory and the clock")
{
	const Pair pair;

	for (const char *promises : { http_promises, smtp_promises,
	    store_promises, resolver_promises })
		CHECK(run_confined(promises, [&] {
			struct pollfd ready = { pair.theirs.get(), POLLIN, 0 };
			struct timespec now;
			struct stat status;
			char buffer[8];

			void *memory = mmap(nullptr, 4096,
			    PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1,
			    0);
			arc4random_buf(buffer, sizeof(buffer));
			return (write(pair.ours.get(), "1", 1) == 1 &&
			    send(pair.ours.get(), "2", 1, MSG_NOSIGNAL) == 1 &&
			    poll(&ready, 1, -1) == 1 &&
			    read(pair.theirs.get(), buffer, 1) == 1 &&
			    recv(pair.theirs.get(), buffer, 8, 0) == 1 &&
			    fstat(pair.ours.get(), &status) == 0 &&
			    clock_gettime(CLOCK_MONOTONIC, &now) == 0 &&
			    memory != MAP_FAILED && munmap(memory, 4096) == 0 &&
			    std::string(100000, 'x').size() == 100000);
		}) == Ended::well);
}

TEST_CASE("a connection's error can be asked for with stdio alone")
{
	const Listener listener;

	CHECK(run_confined(smtp_promises, [&] {
		int error = -1;
		socklen_t length = sizeof(error);

		return (getsockopt(listener.client.get(), SOL_SOCKET, SO_ERROR,
		    &error, &length) == 0 && error == 0);
	}) == Ended::well);
#ifdef __linux__ /* pledge(2) has this one in stdio */
	CHECK(run_confined(smtp_promises, [&] {
		const int on = 1;

		return (setsockopt(listener.client.get(), IPPROTO_TCP,
		    TCP_NODELAY, &on, sizeof(on)) == 0);
	}) == Ended::killed);
#endif
}

TEST_CASE("unix accepts connections, and only unix does")
{
	const Listener listener;
	const auto take = [&] {
		return (accept4(listener.server.get(), nullptr, nullptr,
		    SOCK_NONBLOCK | SOCK_CLOEXEC) != -1);
	};

	CHECK(run_confined(http_promises, take) == Ended::well);
	CHECK(run_confined(smtp_promises, take) == Ended::killed);
	CHECK(run_confined(store_promises, take) == Ended::killed);
}

TEST_CASE("recvfd receives a descriptor")
{
	const Pair pair;

	REQUIRE(send_descriptor(pair.ours.get(), STDERR_FILENO));
	CHECK(run_confined(smtp_promises, [&] {
		return (receive_descriptor(pair.theirs.get()));
	}) == Ended::well);
	REQUIRE(send_descriptor(pair.ours.get(), STDERR_FILENO));
	CHECK(run_confined("stdio", [&] {
		return (receive_descriptor(pair.theirs.get()));
	}) == Ended::killed);
}

TEST_CASE("no child makes, connects, binds or listens on an internet socket")
{
#ifdef __linux__
	const Listener listener;
	struct sockaddr_in address = {};
	const auto *generic =
	    reinterpret_cast<const struct sockaddr *>(&address);

	address.sin_family = AF_INET;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
#endif
	for (const char *promises : { http_promises, smtp_promises,
	    store_promises }) {
		CAPTURE(promises);
		CHECK(run_confined(promises, [] {
			return (socket(AF_INET, SOCK_STREAM, 0) != -1);
		}) == Ended::killed);
#ifdef __linux__
		CHECK(run_confined(promises, [] {
			return (socket(AF_UNIX, SOCK_STREAM, 0) != -1);
		}) == Ended::killed);
		CHECK(run_confined(promises, [&] {
			return (connect(listener.client.get(), generic,
			    sizeof(address)) == 0);
		}) == Ended::killed);
		CHECK(run_confined(promises, [&] {
			return (bind(listener.client.get(), generic,
			    sizeof(address)) == 0);
		}) == Ended::killed);
		CHECK(run_confined(promises, [&] {
			return (listen(listener.server.get(), 5) == 0);
		}) == Ended::killed);
		/* pledge(2) takes "unix" for it, of any family. */
		CHECK(run_confined(promises, [&] {
			return (sendto(listener.client.get(), "x", 1, 0,
			    generic, sizeof(address)) == 1);
		}) == Ended::killed);
#endif
	}
}

TEST_CASE("only rpath opens files, only wpath for writing, only cpath new ones")
{
	const Directory directory;
	const std::string file = directory.path("file");
	const std::string other = directory.path("other");
	const auto open_as = [](const std::string &path, int flags) {
		return ([&path, flags] {
			return (open(path.c_str(), flags, 0600) != -1);
		});
	};

	REQUIRE(Fd(open(file.c_str(), O_CREAT | O_RDWR, 0600)).valid());
	for (const char *promises : { http_promises, smtp_promises })
		CHECK(run_confined(promises, open_as(file, O_RDONLY)) ==
		    Ended::killed);
	CHECK(run_confined("stdio rpath", open_as(file, O_RDONLY)) ==
	    Ended::well);
	CHECK(run_confined("stdio rpath", open_as(file, O_RDWR)) ==
	    Ended::killed);
	CHECK(run_confined("stdio rpath wpath", open_as(file, O_RDWR)) ==
	    Ended::well);
	CHECK(run_confined("stdio rpath wpath",
	    open_as(other, O_CREAT | O_RDWR)) == Ended::killed);
	CHECK(run_confined("stdio rpath wpath cpath",
	    open_as(other, O_CREAT | O_RDWR)) == Ended::well);
	CHECK(run_confined("stdio rpath wpath", [&] {
		return (unlink(other.c_str()) == 0);
	}) == Ended::killed);
	CHECK(run_confined("stdio rpath cpath", [&] {
		return (unlink(other.c_str()) == 0);
	}) == Ended::well);
}

TEST_CASE("only what was unveiled can be opened")
{
	const Directory directory;
	const auto veil = [&] {
		return (unveil(directory.name_text(), "rwc") == 0 &&
		    unveil(nullptr, nullptr) == 0 &&
		    fails(unveil("/etc", "r"), EPERM));
	};

	CHECK(run_confined(store_promises, veil, [&] {
		const std::string file = directory.path("file");
		const std::string other = directory.path("other");
		const Fd fd(open(file.c_str(), O_RDWR | O_CREAT, 0600));

		return (fd.valid() && ftruncate(fd.get(), 10) == 0 &&
		    fchmod(fd.get(), 0640) == 0 &&
		    rename(file.c_str(), other.c_str()) == 0 &&
		    unlink(other.c_str()) == 0);
	}) == Ended::well);
	CHECK(run_confined(store_promises, veil, [] {
		const int fd = open("/etc/passwd", O_RDONLY);

		/* Landlock's answer, and unveil(2)'s. */
		return (fails(fd, EACCES) || fails(fd, ENOENT));
	}) == Ended::well);
	CHECK(run_confined("stdio rpath",
	    [&] { return (unveil(directory.name_text(), "w") == 0); }, [&] {
		return (open(directory.path("file").c_str(), O_RDONLY) == -1);
	}) == Ended::well);
	CHECK(run_confined("stdio rpath", [] {
		return (unveil("/", "") == 0 &&
		    fails(unveil("/", "q"), EINVAL)
#ifdef __linux__ /* unveil(2) gives it back until it is locked */
		    && fails(unveil("/./", "r"), EPERM)
#endif
		);
	}, [] {
		return (open("/etc/passwd", O_RDONLY) == -1);
	}) == Ended::well);
}

TEST_CASE("flock locks a file")
{
	const Directory directory;
	const Fd fd(open(directory.path("file").c_str(), O_RDWR | O_CREAT,
	    0600));
	const auto lock = [&] {
		struct flock range = {};

		range.l_type = F_WRLCK;
		range.l_whence = SEEK_SET;
		return (fcntl(fd.get(), F_SETLK, &range) == 0);
	};

	REQUIRE(fd.valid());
	CHECK(run_confined(store_promises, lock) == Ended::well);
	CHECK(run_confined("stdio rpath wpath", lock) == Ended::killed);
}

TEST_CASE("fattr changes a file's mode")
{
	const Directory directory;
	const Fd fd(open(directory.path("file").c_str(), O_RDWR | O_CREAT,
	    0600));
	const auto change = [&] {
		return (fchmod(fd.get(), 0640) == 0);
	};

	REQUIRE(fd.valid());
	CHECK(run_confined(store_promises, change) == Ended::well);
	CHECK(run_confined("stdio rpath wpath", change) == Ended::killed);
}

TEST_CASE("dns resolves a name")
{
	const auto resolve = [](const char *name) {
		return ([name] {
			struct addrinfo hints = {};
			struct addrinfo *result = nullptr;

			hints.ai_socktype = SOCK_STREAM;
			hints.ai_flags = AI_ADDRCONFIG;
			return (getaddrinfo(name, "25", &hints, &result) == 0 &&
			    result != nullptr);
		});
	};

	CHECK(run_confined(resolver_promises, resolve("localhost")) ==
	    Ended::well);
	/* Asks name servers, or finds none: it must survive either. */
	const Ended asked =
	    run_confined(resolver_promises, resolve("name.invalid"));
	CHECK((asked == Ended::well || asked == Ended::badly));
	CHECK(run_confined(smtp_promises, resolve("localhost")) ==
	    Ended::killed);
}

TEST_CASE("no process starts a program, signals another or traces")
{
	for (const char *promises : { http_promises, smtp_promises,
	    store_promises, resolver_promises }) {
		CAPTURE(promises);
		CHECK(run_confined(promises, [] {
			char name[] = "/bin/sh";
			char *arguments[] = { name, nullptr };
			char *environment[] = { nullptr };

			return (execve(name, arguments, environment) == 0);
		}) == Ended::killed);
		CHECK(run_confined(promises, [] {
			return (kill(getppid(), 0) == 0);
		}) == Ended::killed);
		CHECK(run_confined(promises, [] {
			return (fork() != -1);
		}) == Ended::killed);
		CHECK(run_confined(promises, [] {
			return (setuid(0) == 0);
		}) == Ended::killed);
		CHECK(run_confined(promises, [] {
			return (chroot("/tmp") == 0);
		}) == Ended::killed);
	}
}
