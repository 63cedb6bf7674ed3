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
 * Messages at an even rate, for make bench's latencies.
 *
 *	pace -p port [-s] [-c connections] [-r rate] [-t seconds]
 *
 * Posts a message of 1 KiB to 127.0.0.1 with the key in the environment's
 * SECRET, rate times a second, each on a connection that is free; with -s the
 * same message goes to a mail server, over SMTP with PIPELINING as the relay
 * uses it.  A latency counts from when the message could have been sent, had
 * there been such a connection, so a server that falls behind cannot hide it;
 * that this program woke up late is not the server's.  Prints "figure NAME
 * VALUE" lines.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#if __has_include(<sys/prctl.h>)
#include <sys/prctl.h>
#endif

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
#include <string_view>
#include <vector>

#include "fd.h"

namespace {

using Clock = std::chrono::steady_clock;

/* What is written in one piece, and how each line of the answer begins. */
struct Step {
	std::string octets;
	std::vector<std::string_view> replies;
};

struct Connection {
	Fd fd;
	bool busy = false;
	std::size_t step = 0; /* that is being answered */
	std::string answer;
	Clock::time_point due;
};

struct Load {
	std::vector<Step> steps; /* of every message */
	std::vector<Connection> connections;
	std::vector<double> latencies; /* us */
	std::size_t failures = 0;
};

/* The line end is written differently in JSON and in SMTP. */
std::string
message_text(std::string_view line_end)
{
	std::string text;

	while (text.size() < 1000) {
		text += "A line of text in a message of one KiB of them.";
		text += line_end;
	}
	return (text);
}

std::vector<Step>
http_steps(const char *secret)
{
	std::string body = "{\"to\":\"user@example.com\","
	    "\"subject\":\"Hello\",\"body\":\"" + message_text("\\n") + "\"}";

	/* An answer comes in one piece: only its first line is looked at. */
	return {{"POST /v1/send HTTP/1.1\r\nHost: localhost\r\n"
	    "Authorization: Bearer " + std::string(secret) +
	    "\r\nContent-Type: application/json\r\nContent-Length: " +
	    std::to_string(body.size()) + "\r\n\r\n" + body,
	    {"HTTP/1.1 202 "}}};
}

std::vector<Step>
smtp_steps()
{
	return {{"MAIL FROM:<noreply@example.com>\r\n"
	    "RCPT TO:<user@example.com>\r\nDATA\r\n",
	    {"250", "250", "354"}},
	    {"From: noreply@example.com\r\nTo: user@example.com\r\n"
	    "Subject: Hello\r\n\r\n" + message_text("\r\n") + ".\r\n",
	    {"250"}}};
}

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

void
send_all(const Connection &connection, std::string_view octets)
{
	if (write(connection.fd.get(), octets.data(), octets.size()) !=
	    static_cast<ssize_t>(octets.size()))
		err(1, "write");
}

void
receive(Connection &connection)
{
	char buffer[8192];
	ssize_t n = read(connection.fd.get(), buffer, sizeof(buffer));

	if (n <= 0)
		errx(1, "a connection was closed");
	connection.answer.append(buffer, static_cast<std::size_t>(n));
}

/* The greeting, and EHLO with all of its answer. */
void
greet(Connection &connection)
{
	auto has = [&](std::string_view text) {
		return (connection.answer.find(text) != std::string::npos);
	};

	while (!has("\r\n"))
		receive(connection);
	connection.answer.clear();
	send_all(connection, "EHLO localhost\r\n");
	while (!has("250 ") || !connection.answer.ends_with("\r\n"))
		receive(connection);
	connection.answer.clear();
}

void
send_due(Load &load, std::deque<Clock::time_point> &due)
{
	for (Connection &connection : load.connections) {
		if (due.empty())
			return;
		if (connection.busy)
			continue;
		connection.busy = true;
		connection.due = due.front();
		due.pop_front();
		send_all(connection, load.steps.front().octets);
	}
}

/* How many of the lines that are expected have come; -1: another came. */
int
matching(std::string_view answer, const std::vector<std::string_view> &replies)
{
	int count = 0;

	for (std::string_view reply : replies) {
		std::size_t end = answer.find("\r\n");
		if (end == std::string_view::npos)
			break;
		if (!answer.starts_with(reply))
			return (-1);
		answer.remove_prefix(end + 2);
		count++;
	}
	return (count);
}

void
take_answer(Load &load, Connection &connection)
{
	const Step &step = load.steps[connection.step];

	receive(connection);
	int matched = matching(connection.answer, step.replies);
	if (matched >= 0 &&
	    static_cast<std::size_t>(matched) < step.replies.size())
		return;
	connection.answer.clear();
	if (matched != -1 && ++connection.step < load.steps.size()) {
		send_all(connection, load.steps[connection.step].octets);
		return;
	}
	std::chrono::duration<double, std::micro> taken =
	    Clock::now() - connection.due;
	load.latencies.push_back(taken.count());
	if (matched == -1)
		load.failures++;
	connection.step = 0;
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
	std::vector<struct pollfd> fds;
	std::vector<Connection *> busy;

	for (;;) {
		Clock::time_point now = Clock::now();
		for (; next <= now && next < end; next += interval)
			due.push_back(now);
		send_due(load, due);
		/* Only these: what this program spends, the others lack. */
		fds.clear();
		busy.clear();
		for (Connection &connection : load.connections) {
			if (!connection.busy)
				continue;
			fds.push_back({connection.fd.get(), POLLIN, 0});
			busy.push_back(&connection);
		}
		if (now >= end && busy.empty() && due.empty())
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
			if (fds[i].revents != 0)
				take_answer(load, *busy[i]);
		}
	}
}

/* Linux wakes whoever sleeps up to 50 us late, which makes messages of an
 * even rate leave in pairs. */
void
sleep_exactly()
{
#ifdef PR_SET_TIMERSLACK
	prctl(PR_SET_TIMERSLACK, 1UL);
#endif
}

double
percentile(const std::vector<double> &sorted, double share)
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
	bool smtp = false;
	int ch;

	while ((ch = getopt(argc, argv, "c:p:r:st:")) != -1) {
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
		case 's':
			smtp = true;
			break;
		case 't':
			seconds = std::strtod(optarg, nullptr);
			break;
		default:
			port = 0;
		}
	}
	if (port == 0 || (secret == nullptr && !smtp) || rate <= 0 ||
	    connections == 0)
		errx(1, "usage: SECRET=secret pace -p port [-s] "
		    "[-c connections] [-r rate] [-t seconds]");
	sleep_exactly();
	load.steps = smtp ? smtp_steps() : http_steps(secret);
	for (std::size_t i = 0; i < connections; i++) {
		Connection connection;
		connection.fd = connect_to(port);
		if (smtp)
			greet(connection);
		load.connections.push_back(std::move(connection));
	}
	run(load, rate, seconds);
	if (load.latencies.empty())
		errx(1, "no request was answered");
	std::sort(load.latencies.begin(), load.latencies.end());
	printf("figure requests %zu\n", load.latencies.size());
	printf("figure failures %zu\n", load.failures);
	printf("figure p50_us %.1f\n", percentile(load.latencies, 0.5));
	printf("figure p99_us %.1f\n", percentile(load.latencies, 0.99));
	return (0);
}
