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
 * A small mail server that takes every message and passes none on, for
 * `make demo` and for looking at what the relay sends.  It offers what the
 * relay makes use of: PIPELINING, 8BITMIME, SIZE, ENHANCEDSTATUSCODES.
 *
 *	sink [-n count] [-o directory] [-p port]
 *
 * It listens on 127.0.0.1 (port 0, the default, takes a free one), says where
 * on standard output, and for each message one line with its envelope.  The
 * content goes to directory/1.eml and so on, octet by octet as it came, or to
 * standard output.  After count messages, and the QUIT that follows, it ends.
 */

#include <sys/types.h>
#include <sys/socket.h>
#include <netinet/in.h>

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

#include <list>
#include <string>
#include <string_view>
#include <vector>

#include "fd.h"

namespace {

constexpr size_t max_line = 2048; /* of a command; RFC 5321 asks for 512 */
constexpr size_t max_content = 64 * 1024 * 1024;

struct Message {
	std::string sender;
	std::vector<std::string> recipients;
	std::string content; /* dots unstuffed, lines end with CRLF */
};

/* Where messages go. */
class Store {
public:
	Store(const char *directory_name) : directory(directory_name)
	{
	}
	bool add(const Message &);
	unsigned long count() const
	{
		return (stored);
	}

private:
	const char *directory; /* or NULL: standard output */
	unsigned long stored = 0;
};

/* One SMTP session. */
class Session {
public:
	Session(Fd connection, Store &message_store)
	    : fd(std::move(connection)), store(message_store)
	{
		reply("220 sink.invalid ESMTP");
	}
	int descriptor() const
	{
		return (fd.get());
	}
	short events() const
	{
		return (output.empty() ? POLLIN : POLLOUT);
	}
	/* False when the session is over. */
	bool ready();

private:
	bool receive();
	bool send_replies();
	void take_input();
	void take_content();
	void command(std::string_view line);
	void mail(std::string_view argument);
	void recipient(std::string_view argument);
	void data();
	void end_of_content();
	void reply(std::string_view);

	Fd fd;
	Store &store;
	Message message;
	std::string input, output;
	bool greeted = false, has_sender = false, in_data = false;
	bool quitting = false;
};

bool
Store::add(const Message &message)
{
	unsigned long number = stored + 1;
	std::string path;
	FILE *file = stdout;

	printf("message %lu from <%s> to", number, message.sender.c_str());
	for (const std::string &recipient : message.recipients)
		printf(" <%s>", recipient.c_str());
	printf(", %zu octets\n", message.content.size());
	if (directory != nullptr) {
		path = std::string(directory) + "/" + std::to_string(number) +
		    ".eml";
		if ((file = fopen(path.c_str(), "w")) == nullptr) {
			warn("%s", path.c_str());
			return (false);
		}
	}
	bool written = fwrite(message.content.data(), 1,
	    message.content.size(), file) == message.content.size();
	if (fflush(file) != 0)
		written = false;
	if (directory != nullptr && fclose(file) != 0)
		written = false;
	fflush(stdout);
	if (!written) {
		warn("cannot write message %lu", number);
		return (false);
	}
	stored = number;
	return (true);
}

void
Session::reply(std::string_view text)
{
	output += text;
	output += "\r\n";
}

/* Replies wait until all that came was looked at: they leave together. */
bool
Session::ready()
{
	if (output.empty() && !receive())
		return (false);
	return (send_replies());
}

bool
Session::receive()
{
	char buffer[65536];
	ssize_t n = read(fd.get(), buffer, sizeof(buffer));

	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return (true);
	if (n <= 0)
		return (false);
	input.append(buffer, static_cast<size_t>(n));
	take_input();
	return (true);
}

bool
Session::send_replies()
{
	while (!output.empty()) {
		ssize_t n = write(fd.get(), output.data(), output.size());
		if (n == -1)
			return (errno == EAGAIN || errno == EINTR);
		output.erase(0, static_cast<size_t>(n));
	}
	return (!quitting);
}

void
Session::take_input()
{
	while (!quitting) {
		if (in_data) {
			take_content();
			if (in_data)
				return;
		}
		size_t end = input.find("\r\n");
		if (end == std::string::npos) {
			if (input.size() > max_line) {
				reply("500 5.5.2 Line too long");
				quitting = true;
			}
			return;
		}
		std::string line = input.substr(0, end);
		input.erase(0, end + 2);
		command(line);
	}
}

/* Everything up to the line that is a dot alone, RFC 5321 4.5.2. */
void
Session::take_content()
{
	size_t start = 0, end;

	while (in_data && (end = input.find("\r\n", start)) !=
	    std::string::npos) {
		std::string_view line(input.data() + start, end - start);
		start = end + 2;
		if (line == ".") {
			end_of_content();
			continue;
		}
		if (!line.empty() && line.front() == '.')
			line.remove_prefix(1);
		if (message.content.size() + line.size() <= max_content) {
			message.content += line;
			message.content += "\r\n";
		} else
			message.content.resize(max_content + 1);
	}
	input.erase(0, start);
}

/* The verb's argument, when the line starts with the verb, in any case. */
bool
starts(std::string_view line, std::string_view verb, std::string_view &rest)
{
	if (line.size() < verb.size() ||
	    strncasecmp(line.data(), verb.data(), verb.size()) != 0)
		return (false);
	rest = line.substr(verb.size());
	return (true);
}

void
Session::command(std::string_view line)
{
	std::string_view rest;

	if (starts(line, "EHLO ", rest)) {
		greeted = true;
		reply("250-sink.invalid");
		reply("250-PIPELINING");
		reply("250-SIZE " + std::to_string(max_content));
		reply("250-8BITMIME");
		reply("250 ENHANCEDSTATUSCODES");
	} else if (starts(line, "HELO ", rest)) {
		greeted = true;
		reply("250 sink.invalid");
	} else if (starts(line, "MAIL FROM:<", rest))
		mail(rest);
	else if (starts(line, "RCPT TO:<", rest))
		recipient(rest);
	else if (starts(line, "DATA", rest) && rest.empty())
		data();
	else if (starts(line, "RSET", rest) && rest.empty()) {
		message = {};
		has_sender = false;
		reply("250 2.0.0 Ok");
	} else if (starts(line, "NOOP", rest))
		reply("250 2.0.0 Ok");
	else if (starts(line, "QUIT", rest)) {
		reply("221 2.0.0 Bye");
		quitting = true;
	} else
		reply("500 5.5.2 Command not recognized");
}

void
Session::mail(std::string_view argument)
{
	size_t end = argument.rfind('>');

	if (!greeted || has_sender)
		return (reply("503 5.5.1 Out of order"));
	if (end == std::string_view::npos)
		return (reply("501 5.5.4 Syntax: MAIL FROM:<address>"));
	message = {};
	message.sender = argument.substr(0, end);
	has_sender = true;
	reply("250 2.1.0 Ok");
}

void
Session::recipient(std::string_view argument)
{
	size_t end = argument.rfind('>');

	if (!has_sender)
		return (reply("503 5.5.1 Out of order"));
	if (end == std::string_view::npos || end == 0)
		return (reply("501 5.5.4 Syntax: RCPT TO:<address>"));
	message.recipients.emplace_back(argument.substr(0, end));
	reply("250 2.1.5 Ok");
}

void
Session::data()
{
	if (!has_sender || message.recipients.empty())
		return (reply("503 5.5.1 Out of order"));
	in_data = true;
	reply("354 End data with <CR><LF>.<CR><LF>");
}

void
Session::end_of_content()
{
	if (message.content.size() > max_content)
		reply("552 5.3.4 Message too big");
	else if (store.add(message))
		reply("250 2.0.0 Ok: taken as " +
		    std::to_string(store.count()));
	else
		reply("451 4.3.0 Cannot be stored");
	in_data = has_sender = false;
	message = {};
}

Fd
listen_on(in_port_t port)
{
	struct sockaddr_in address = {};
	socklen_t length = sizeof(address);
	Fd fd(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
	int yes = 1;

	address.sin_family = AF_INET;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	address.sin_port = htons(port);
	if (!fd.valid() || setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &yes,
	    sizeof(yes)) == -1 ||
	    bind(fd.get(), reinterpret_cast<struct sockaddr *>(&address),
	    sizeof(address)) == -1 ||
	    listen(fd.get(), SOMAXCONN) == -1 ||
	    getsockname(fd.get(), reinterpret_cast<struct sockaddr *>(&address),
	    &length) == -1)
		err(1, "127.0.0.1 port %u", port);
	printf("listening on 127.0.0.1 port %u\n", ntohs(address.sin_port));
	fflush(stdout);
	return (fd);
}

/* Serves until `limit` messages are stored and nobody is connected. */
void
serve(const Fd &listener, Store &store, unsigned long limit)
{
	std::list<Session> sessions;

	while (limit == 0 || store.count() < limit || !sessions.empty()) {
		std::vector<struct pollfd> polled;
		polled.push_back({ listener.get(), POLLIN, 0 });
		for (const Session &session : sessions)
			polled.push_back({ session.descriptor(),
			    session.events(), 0 });
		if (poll(polled.data(), polled.size(), -1) == -1) {
			if (errno == EINTR)
				continue;
			err(1, "poll");
		}
		size_t i = 1;
		for (auto it = sessions.begin(); it != sessions.end(); i++)
			if (polled[i].revents != 0 && !it->ready())
				it = sessions.erase(it);
			else
				++it;
		if (polled[0].revents == 0)
			continue;
		Fd fd(accept4(listener.get(), nullptr, nullptr,
		    SOCK_NONBLOCK | SOCK_CLOEXEC));
		if (fd.valid())
			sessions.emplace_back(std::move(fd), store);
	}
}

[[noreturn]] void
usage()
{
	fprintf(stderr, "usage: sink [-n count] [-o directory] [-p port]\n");
	exit(1);
}

/* A number of an option, between 0 and max. */
unsigned long
number(const char *text, unsigned long max)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end != '\0' || value > max)
		errx(1, "%s: not a number from 0 to %lu", text, max);
	return (value);
}

} /* namespace */

int
main(int argc, char *argv[])
{
	const char *directory = nullptr;
	unsigned long limit = 0;
	in_port_t port = 0;
	int option;

	while ((option = getopt(argc, argv, "n:o:p:")) != -1)
		switch (option) {
		case 'n':
			limit = number(optarg, 1000000000);
			break;
		case 'o':
			directory = optarg;
			break;
		case 'p':
			port = static_cast<in_port_t>(number(optarg, 65535));
			break;
		default:
			usage();
		}
	if (optind != argc)
		usage();
	signal(SIGPIPE, SIG_IGN);

	Store store(directory);
	Fd listener = listen_on(port);
	serve(listener, store, limit);
	return (0);
}
