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
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <list>
#include <string>

#include "event_loop.h"
#include "fd.h"
#include "mail_server.h"

namespace {

constexpr size_t max_content = 64 * 1024 * 1024;

/* Where messages go. */
class Store {
public:
	Store(const char *directory_name) : directory(directory_name)
	{
	}
	bool add(const Script &envelope, const std::string &content);
	unsigned long count() const
	{
		return (stored);
	}

private:
	const char *directory; /* or NULL: standard output */
	unsigned long stored = 0;
};

/* One client's connection. */
class Session {
public:
	Session(Fd connection, Store &message_store, TurnEndTask &when_over);

	bool over() const
	{
		return (server.closed || server.saw_end);
	}

private:
	std::string answer(const std::string &line);
	std::string take_message();

	Store &store;
	Script script;
	MailServer server;
};

/* Serves until `limit` messages are stored and nobody is connected. */
class Sink {
public:
	Sink(in_port_t port, const char *directory, unsigned long limit);

	void run()
	{
		loop.run();
	}

private:
	void accept_one();
	void sweep();

	EventLoop loop;
	Fd listener;
	FdEvent listening;
	TurnEndTask sweeping{loop, this, calls<&Sink::sweep>};
	Store store;
	unsigned long limit;
	std::list<Session> sessions;
};

bool
Store::add(const Script &envelope, const std::string &content)
{
	unsigned long number = stored + 1;
	std::string path;
	FILE *file = stdout;

	printf("message %lu from <%s> to", number, envelope.sender.c_str());
	for (const std::string &recipient : envelope.recipients)
		printf(" <%s>", recipient.c_str());
	printf(", %zu octets\n", content.size());
	if (directory != nullptr) {
		path = std::string(directory) + "/" + std::to_string(number) +
		    ".eml";
		if ((file = fopen(path.c_str(), "w")) == nullptr) {
			warn("%s", path.c_str());
			return (false);
		}
	}
	bool written = fwrite(content.data(), 1, content.size(), file) ==
	    content.size();
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

Session::Session(Fd connection, Store &message_store, TurnEndTask &when_over)
    : store(message_store),
      script({}, "250-mx.example\r\n250-PIPELINING\r\n250-SIZE " +
	  std::to_string(max_content) +
	  "\r\n250-8BITMIME\r\n250 ENHANCEDSTATUSCODES\r\n"),
      server(std::move(connection),
	  [this](const std::string &line) { return (answer(line)); })
{
	server.data_kept = max_content;
	server.ended = [&when_over] { when_over.schedule(); };
}

std::string
Session::answer(const std::string &line)
{
	std::string reply = script(line);

	if (line == ".")
		return (take_message());
	if (reply.starts_with("221"))
		reply += MailServer::hang_up;
	return (reply);
}

std::string
Session::take_message()
{
	std::string content = std::move(server.messages.back());

	server.messages.clear();
	server.commands.clear();
	if (content.size() > max_content)
		return ("552 5.3.4 Message too big\r\n");
	if (!store.add(script, content))
		return ("451 4.3.0 Cannot be stored\r\n");
	return ("250 2.0.0 Ok: taken as " + std::to_string(store.count()) +
	    "\r\n");
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

Sink::Sink(in_port_t port, const char *directory, unsigned long its_limit)
    : listener(listen_on(port)), store(directory), limit(its_limit)
{
	listening.set<&Sink::accept_one>(listener.get(), EV_READ, this);
	listening.add();
}

void
Sink::accept_one()
{
	Fd fd(accept4(listener.get(), nullptr, nullptr,
	    SOCK_NONBLOCK | SOCK_CLOEXEC));

	if (fd.valid())
		sessions.emplace_back(std::move(fd), store, sweeping);
}

void
Sink::sweep()
{
	sessions.remove_if([](const Session &s) { return (s.over()); });
	if (limit != 0 && store.count() >= limit && sessions.empty())
		loop.stop();
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

	Sink sink(port, directory, limit);
	sink.run();
	return (0);
}
