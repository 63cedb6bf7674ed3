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
 * A small HTTP client that shows what goes over the wire, for `make demo`.
 *
 *	post [-q] [-k file] [-w seconds] host port path [file]
 *
 * With a file it POSTs that as JSON ("-" is standard input), without one it
 * GETs.  The request is printed with "> " before its lines (the secret left
 * out) and the answer with "< "; with -q the answer's body alone.  -k reads
 * the API key's secret from a file: argv is public.  -w tries to connect for
 * so long.  Exit status: 0 for an answer of 2xx, 1 for another, 2 for none.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <string_view>

#include "fd.h"

namespace {

constexpr int exit_no_answer = 2;

struct Request {
	const char *host;
	const char *port;
	const char *path;
	const char *secret_file = nullptr;
	const char *body_file = nullptr; /* NULL: GET */
	bool quiet = false;
	time_t patience = 0; /* seconds */
};

std::string
read_whole(const char *path)
{
	using Characters = std::istreambuf_iterator<char>;

	if (strcmp(path, "-") == 0)
		return (std::string(Characters(std::cin), Characters()));
	std::ifstream file(path, std::ios::binary);
	if (!file)
		err(exit_no_answer, "%s", path);
	return (std::string(Characters(file), Characters()));
}

Fd
connect_once(const Request &request)
{
	struct addrinfo hints = {}, *list;
	Fd fd;
	int error;

	hints.ai_socktype = SOCK_STREAM;
	error = getaddrinfo(request.host, request.port, &hints, &list);
	if (error != 0)
		errx(exit_no_answer, "%s port %s: %s", request.host,
		    request.port, gai_strerror(error));
	for (struct addrinfo *a = list; a != nullptr; a = a->ai_next) {
		fd.reset(socket(a->ai_family, a->ai_socktype, a->ai_protocol));
		if (fd.valid() &&
		    connect(fd.get(), a->ai_addr, a->ai_addrlen) == 0)
			break;
		int failure = errno;
		fd.reset();
		errno = failure;
	}
	int failure = errno;
	freeaddrinfo(list);
	errno = failure;
	return (fd);
}

Fd
connect_patiently(const Request &request)
{
	const struct timespec pause = { 0, 50 * 1000 * 1000 };
	time_t deadline = time(nullptr) + request.patience;
	Fd fd;

	while (!(fd = connect_once(request)).valid()) {
		if (time(nullptr) >= deadline)
			err(exit_no_answer, "%s port %s", request.host,
			    request.port);
		nanosleep(&pause, nullptr);
	}
	return (fd);
}

/* Prints lines with a mark before each. */
void
show(const char *mark, std::string_view text)
{
	while (!text.empty()) {
		size_t end = text.find('\n');
		std::string_view line = text.substr(0, end);
		text.remove_prefix(end == std::string_view::npos ?
		    text.size() : end + 1);
		if (!line.empty() && line.back() == '\r')
			line.remove_suffix(1);
		std::cout << mark << line << '\n';
	}
}

std::string
head(const Request &request, std::string_view secret, size_t length)
{
	std::string text = request.body_file != nullptr ? "POST " : "GET ";

	text += request.path;
	text += " HTTP/1.1\r\nHost: ";
	bool is_ipv6 = strchr(request.host, ':') != nullptr;
	text += is_ipv6 ? "[" : "";
	text += request.host;
	text += is_ipv6 ? "]:" : ":";
	text += request.port;
	text += "\r\nConnection: close\r\n";
	if (!secret.empty()) {
		text += "Authorization: Bearer ";
		text += secret;
		text += "\r\n";
	}
	if (request.body_file != nullptr)
		text += "Content-Type: application/json\r\nContent-Length: " +
		    std::to_string(length) + "\r\n";
	return (text + "\r\n");
}

std::string
converse(const Fd &fd, std::string_view text)
{
	std::string answer;
	char buffer[4096];
	ssize_t n;

	while (!text.empty()) {
		if ((n = write(fd.get(), text.data(), text.size())) == -1)
			break; /* it may have answered all the same */
		text.remove_prefix(static_cast<size_t>(n));
	}
	while ((n = read(fd.get(), buffer, sizeof(buffer))) > 0)
		answer.append(buffer, static_cast<size_t>(n));
	if (answer.empty() && n == -1)
		err(exit_no_answer, "read");
	return (answer);
}

bool
print_answer(const Request &request, std::string_view answer)
{
	size_t end = answer.find("\r\n\r\n");

	if (!answer.starts_with("HTTP/1.") || end == std::string_view::npos)
		errx(exit_no_answer, "%s port %s: no HTTP answer",
		    request.host, request.port);
	if (request.quiet)
		std::cout << answer.substr(end + 4) << '\n';
	else
		show("< ", answer);
	return (answer.substr(8).starts_with(" 2"));
}

[[noreturn]] void
usage()
{
	fprintf(stderr, "usage: post [-q] [-k file] [-w seconds] host port path"
	    " [file]\n");
	exit(exit_no_answer);
}

Request
parse_options(int argc, char *argv[])
{
	Request request = {};
	int option;

	while ((option = getopt(argc, argv, "k:qw:")) != -1)
		switch (option) {
		case 'k':
			request.secret_file = optarg;
			break;
		case 'q':
			request.quiet = true;
			break;
		case 'w':
			request.patience = atoi(optarg);
			break;
		default:
			usage();
		}
	argc -= optind;
	argv += optind;
	if (argc != 3 && argc != 4)
		usage();
	request.host = argv[0];
	request.port = argv[1];
	request.path = argv[2];
	if (argc == 4)
		request.body_file = argv[3];
	return (request);
}

} /* namespace */

int
main(int argc, char *argv[])
{
	Request request = parse_options(argc, argv);
	std::string secret, body;

	signal(SIGPIPE, SIG_IGN);
	if (request.secret_file != nullptr) {
		secret = read_whole(request.secret_file);
		secret.erase(secret.find_last_not_of("\r\n") + 1);
	}
	if (request.body_file != nullptr)
		body = read_whole(request.body_file);
	if (!request.quiet)
		show("> ", head(request,
		    secret.empty() ? "" : "(the key's secret)", body.size()) +
		    body);

	Fd fd = connect_patiently(request);
	std::string answer = converse(fd,
	    head(request, secret, body.size()) + body);
	return (print_answer(request, answer) ? 0 : 1);
}
