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
 * Requests at an even rate, for make bench's latencies.
 *
 *	pace -p port [-c connections] [-r rate] [-t seconds]
 *
 * Posts a message of 1 KiB to 127.0.0.1 with the key in the environment's
 * SECRET, rate times a second, each on a connection that is free.  A latency
 * counts from when the request could have been sent, had there been such a
 * connection, so a server that falls behind cannot hide it; that this program
 * woke up late is not the server's.  Prints "figure NAME VALUE" lines.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <string>
#include <vector>

#include "fd.h"

namespace {

using Clock = std::chrono::steady_clock;

struct Connection {
	Fd fd;
	bool busy = false;
	Clock::time_point due;
};

struct Load {
	std::string request;
	std::vector<Connection> connections;
	std::vector<double> latencies; /* us */
	std::size_t failures = 0;
};

Fd
connect_to(std::uint16_t port)
{
	struct sockaddr_in address = {};
	int on = 1;
	Fd fd(socket(AF_INET, SOCK_STREAM, 0));

	address.sin_family = AF_INET;
	address.sin_port = htons(port);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (!fd.valid() ||
	    connect(fd.get(), reinterpret_cast<struct sockaddr *>(&address),
		sizeof(address)) == -1)
		err(1, "port %u", port);
	setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return (fd);
}

std::string
make_request(const char *secret)
{
	std::string text;

	while (text.size() < 1000)
		text += "A line of text in a message of one KiB of them.\\n";
	std::string body = "{\"to\":\"user@example.com\","
	    "\"subject\":\"Hello\",\"body\":\"" + text + "\"}";
	return ("POST /v1/send HTTP/1.1\r\nHost: localhost\r\n"
	    "Authorization: Bearer " + std::string(secret) +
	    "\r\nContent-Type: application/json\r\nContent-Length: " +
	    std::to_string(body.size()) + "\r\n\r\n" + body);
}

void
send_due(Load &load, std::deque<Clock::time_point> &due)
{
	for (Connection &connection : load.connections) {
		if (due.empty())
			return;
		if (connection.busy)
			continue;
		if (write(connection.fd.get(), load.request.data(),
			load.request.size()) !=
		    static_cast<ssize_t>(load.request.size()))
			err(1, "write");
		connection.busy = true;
		connection.due = due.front();
		due.pop_front();
	}
}

/* An answer is short: it comes in one piece. */
void
take_answer(Load &load, Connection &connection)
{
	static const std::string accepted = "HTTP/1.1 202 ";
	char answer[8192];
	ssize_t n = read(connection.fd.get(), answer, sizeof(answer));

	if (n <= 0)
		errx(1, "a connection was closed");
	std::chrono::duration<double, std::micro> taken =
	    Clock::now() - connection.due;
	load.latencies.push_back(taken.count());
	if (std::string(answer, static_cast<std::size_t>(n)).rfind(accepted,
		0) != 0)
		load.failures++;
	connection.busy = false;
}

void
run(Load &load, double rate, double seconds)
{
	std::chrono::duration<double> step(1 / rate);
	auto interval = std::chrono::duration_cast<Clock::duration>(step);
	Clock::time_point next = Clock::now();
	Clock::time_point end = next +
	    std::chrono::duration_cast<Clock::duration>(
		std::chrono::duration<double>(seconds));
	std::deque<Clock::time_point> due;
	std::vector<struct pollfd> fds(load.connections.size());

	for (;;) {
		Clock::time_point now = Clock::now();
		for (; next <= now && next < end; next += interval)
			due.push_back(now);
		send_due(load, due);
		bool waiting = false;
		for (std::size_t i = 0; i < fds.size(); i++) {
			const Connection &connection = load.connections[i];
			waiting |= connection.busy;
			fds[i].fd = connection.busy ? connection.fd.get() : -1;
			fds[i].events = POLLIN;
		}
		if (now >= end && !waiting && due.empty())
			return;
		auto left = std::max(Clock::duration::zero(),
		    (next < end ? next : end) - Clock::now());
		auto ns = std::chrono::nanoseconds(left).count();
		if (now >= end)
			ns = 1000000000;
		struct timespec ts = {ns / 1000000000, ns % 1000000000};
		if (ppoll(fds.data(), fds.size(), &ts, nullptr) == -1 &&
		    errno != EINTR)
			err(1, "ppoll");
		for (std::size_t i = 0; i < fds.size(); i++) {
			if (fds[i].fd != -1 && fds[i].revents != 0)
				take_answer(load, load.connections[i]);
		}
	}
}

double
at(const std::vector<double> &sorted, double share)
{
	return (sorted[static_cast<std::size_t>(
	    static_cast<double>(sorted.size() - 1) * share)]);
}

} /* namespace */

int
main(int argc, char *argv[])
{
	Load load;
	std::size_t connections = 32;
	std::uint16_t port = 0;
	double rate = 1000, seconds = 3;
	const char *secret = getenv("SECRET");
	int ch;

	while ((ch = getopt(argc, argv, "c:p:r:t:")) != -1) {
		switch (ch) {
		case 'c':
			connections = std::strtoul(optarg, nullptr, 10);
			break;
		case 'p':
			port = static_cast<std::uint16_t>(
			    std::strtoul(optarg, nullptr, 10));
			break;
		case 'r':
			rate = std::strtod(optarg, nullptr);
			break;
		case 't':
			seconds = std::strtod(optarg, nullptr);
			break;
		default:
			port = 0;
		}
	}
	if (port == 0 || secret == nullptr || rate <= 0 || connections == 0)
		errx(1, "usage: SECRET=secret pace -p port [-c connections] "
		    "[-r rate] [-t seconds]");
	load.request = make_request(secret);
	for (std::size_t i = 0; i < connections; i++)
		load.connections.push_back({connect_to(port), false, {}});
	run(load, rate, seconds);
	if (load.latencies.empty())
		errx(1, "no request was answered");
	std::sort(load.latencies.begin(), load.latencies.end());
	printf("figure requests %zu\n", load.latencies.size());
	printf("figure failures %zu\n", load.failures);
	printf("figure p50_us %.1f\n", at(load.latencies, 0.5));
	printf("figure p99_us %.1f\n", at(load.latencies, 0.99));
	return (0);
}
