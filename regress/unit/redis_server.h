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
 * A real redis-server (or valkey-server) on a UNIX socket in a directory of
 * its own, and the engine's part for a client: who opens connections.
 */

#ifndef REGRESS_UNIT_REDIS_SERVER_H
#define REGRESS_UNIT_REDIS_SERVER_H

#include <sys/types.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "catch.h"
#include "event_loop.h"
#include "fd.h"
#include "ledger.h"

namespace fixture {

inline Fd
connect_to(const std::string &path)
{
	struct sockaddr_un sun = {};
	Fd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));

	sun.sun_family = AF_UNIX;
	path.copy(sun.sun_path, sizeof(sun.sun_path) - 1);
	if (connect(fd.get(), reinterpret_cast<struct sockaddr *>(&sun),
		sizeof(sun)) == -1)
		return (Fd());
	return (fd);
}

class RedisServer {
public:
	RedisServer()
	{
		char name[] = "/tmp/rele-redis.XXXXXX";

		REQUIRE(mkdtemp(name) != nullptr);
		directory = name;
		start();
	}
	~RedisServer()
	{
		stop();
		unlink(path().c_str());
		rmdir(directory.c_str());
	}
	RedisServer(const RedisServer &) = delete;
	RedisServer &operator=(const RedisServer &) = delete;

	/* Its program, empty when there is none here. */
	static std::string program()
	{
		for (const char *name : {"redis-server", "valkey-server"})
			for (const char *bin : {"/usr/bin/", "/usr/local/bin/",
				 "/usr/local/sbin/", "/usr/sbin/"}) {
				std::string file = std::string(bin) + name;
				if (access(file.c_str(), X_OK) == 0)
					return (file);
			}
		return ("");
	}
	std::string path() const
	{
		return (directory + "/s");
	}
	void start()
	{
		std::string file = program(), socket_path = path();

		process = fork();
		REQUIRE(process != -1);
		if (process == 0) {
			int null = open("/dev/null", O_RDWR);
			dup2(null, STDOUT_FILENO);
			execl(file.c_str(), file.c_str(), "--port", "0",
			    "--unixsocket", socket_path.c_str(), "--save", "",
			    "--dir", directory.c_str(), nullptr);
			_exit(1);
		}
		/* Until it listens, has ended, or hangs. */
		for (int moments = 0; !connect_to(path()).valid(); moments++) {
			REQUIRE(waitpid(process, nullptr, WNOHANG) == 0);
			REQUIRE(moments < 30000);
			usleep(10000);
		}
	}
	void stop()
	{
		if (process == -1)
			return;
		kill(process, SIGKILL);
		waitpid(process, nullptr, 0);
		process = -1;
	}

private:
	std::string directory;
	pid_t process = -1;
};

/*
 * What leads to a server, in the test's own loop.  While it hangs, connections
 * are made and take octets, and nothing comes out: as with a server that was
 * stopped, but for certain.
 */
class Wire {
public:
	explicit Wire(const RedisServer &its_server) : server(its_server)
	{
	}

	Fd connect()
	{
		int pair[2];
		Fd far_end = connect_to(server.path());

		if (!far_end.valid())
			return (Fd());
		REQUIRE(socketpair(AF_UNIX,
			    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
			    pair) == 0);
		pairs.push_back(std::make_unique<Pair>(
		    Fd(pair[0]), std::move(far_end)));
		pairs.back()->hang(hangs);
		return (Fd(pair[1]));
	}
	void hang(bool on)
	{
		hangs = on;
		for (auto &pair : pairs)
			pair->hang(on);
	}

private:
	/* One way: reads when all that it read is written. */
	class Way {
	public:
		void join(int read_from, int write_to)
		{
			from = read_from;
			to = write_to;
			readable.set<&Way::take>(from, EV_READ, this);
			writable.set<&Way::give>(to, EV_WRITE, this);
		}
		void hang(bool on)
		{
			if (on) {
				readable.remove();
				writable.remove();
			} else if (!octets.empty())
				writable.add();
			else if (!has_ended)
				readable.add();
		}

	private:
		void take()
		{
			char buffer[65536];
			ssize_t n = read(from, buffer, sizeof(buffer));

			if (n == -1 && errno == EAGAIN)
				return;
			readable.remove();
			if (n <= 0) {
				has_ended = true;
				shutdown(to, SHUT_WR);
				return;
			}
			octets.assign(buffer, static_cast<std::size_t>(n));
			writable.add();
		}
		void give()
		{
			ssize_t n = send(
			    to, octets.data(), octets.size(), MSG_NOSIGNAL);

			if (n == -1 && errno == EAGAIN)
				return;
			octets.erase(0, n == -1 ? octets.size()
						: static_cast<std::size_t>(n));
			if (!octets.empty())
				return;
			writable.remove();
			readable.add();
		}

		int from = -1, to = -1;
		FdEvent readable, writable;
		std::string octets;
		bool has_ended = false;
	};
	struct Pair {
		Pair(Fd client_end, Fd server_end)
		    : client(std::move(client_end)),
		      far_end(std::move(server_end))
		{
			there.join(client.get(), far_end.get());
			back.join(far_end.get(), client.get());
		}
		void hang(bool on)
		{
			there.hang(on);
			back.hang(on);
		}

		Fd client, far_end;
		Way there, back;
	};

	const RedisServer &server;
	std::vector<std::unique_ptr<Pair>> pairs;
	bool hangs = false;
};

/* The engine and the parent: answers in the next turn. */
class Opener final : public StoreConnector {
public:
	using Open = std::function<Fd(std::uint32_t attempt)>;
	using Take = std::function<void(const ConnectResult &result, Fd fd)>;

	Opener(EventLoop &loop, Open how)
	    : open(std::move(how)), task(loop, this, calls<&Opener::answer>)
	{
	}

	void connect_store(std::uint64_t id, std::uint32_t attempt,
	    bool failing) override
	{
		asked++;
		was_failing = failing;
		requests.push_back({id, attempt});
		task.schedule();
	}

	Take take;
	unsigned int asked = 0;
	bool was_failing = false;
	std::uint32_t addresses = 1;
	int error = 0; /* instead of a descriptor */
	bool mute = false;

private:
	struct Request {
		std::uint64_t id;
		std::uint32_t attempt;
	};

	void answer()
	{
		while (!requests.empty() && !mute) {
			ConnectResult result;
			result.id = requests.front().id;
			result.target = ConnectTarget::store;
			result.addresses = addresses;
			Fd fd;
			if (error == 0)
				fd = open(requests.front().attempt);
			if (!fd.valid())
				result.error =
				    error != 0 ? error : ECONNREFUSED;
			requests.pop_front();
			take(result, std::move(fd));
		}
	}

	Open open;
	TurnEndTask task;
	std::deque<Request> requests;
};

} /* namespace fixture */

#endif
