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

#include <sys/types.h>
#include <sys/socket.h>

#include <ctype.h>
#include <errno.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "mail_server.h"

namespace {

constexpr std::size_t max_line = 2048; /* RFC 5321 asks for 512 */

std::string
first_word(const std::string &line)
{
	return (line.substr(0, line.find(' ')));
}

std::string
upper(std::string text)
{
	for (char &c : text)
		c = static_cast<char>(toupper(static_cast<unsigned char>(c)));
	return (text);
}

/* What is between the brackets of `MAIL FROM:<...>'; nothing without them. */
std::string
path(const std::string &line)
{
	std::size_t start = line.find(":<"), end = line.rfind('>');

	if (start == std::string::npos || end == std::string::npos)
		return ("");
	return (line.substr(start + 2, end - start - 2));
}

} /* namespace */

MailServer::MailServer(Fd connection, Answer its_answer)
    : fd(std::move(connection)), answer(std::move(its_answer))
{
	event.set<&MailServer::receive>(fd.get(), EV_READ, this);
	event.add();
	pump.set<&MailServer::send>(fd.get(), EV_WRITE, this);
	say(answer("CONNECT"));
}

void
MailServer::say(std::string_view text)
{
	if (text.ends_with(hang_up)) {
		text.remove_suffix(hang_up.size());
		leaving = true;
		step = 0;
	}
	outgoing += text;
	if (!taking && (leaving || !pump.added()))
		send();
}

void
MailServer::close()
{
	fd.reset();
	closed = true;
	end();
}

void
MailServer::end()
{
	event.remove();
	if (closed)
		pump.remove();
	if (ended)
		ended();
}

void
MailServer::receive()
{
	char buffer[65536];
	ssize_t n = read(fd.get(), buffer, sizeof(buffer));

	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		saw_end = true;
		end();
		return;
	}
	reads++;
	incoming.append(buffer, static_cast<std::size_t>(n));
	taking = true;
	take_input();
	if (in_data && incoming.size() + data.size() > data_limit) {
		data_limit = SIZE_MAX;
		say(answer("PART"));
	}
	taking = false;
	if (leaving || !pump.added())
		send();
}

void
MailServer::take_input()
{
	std::size_t start = 0, end;

	while (!leaving && (end = incoming.find("\r\n", start)) !=
	    std::string::npos) {
		std::string_view line(incoming.data() + start, end - start);
		start = end + 2;
		if (in_data)
			take_data(line);
		else
			take_command(std::string(line));
	}
	incoming.erase(0, start);
	if (!in_data && !leaving && incoming.size() > max_line)
		say("500 5.5.2 Line too long\r\n" + std::string(hang_up));
}

void
MailServer::take_command(const std::string &line)
{
	commands += line + "\n";
	/* What only the server itself says to its script. */
	if (line == "CONNECT" || line == "." || line == "PART")
		return (say("500 5.5.2 Command not recognized\r\n"));
	std::string reply = answer(line);
	in_data = upper(line) == "DATA" && reply.substr(0, 1) == "3";
	say(reply);
}

/* Up to the line that is a dot alone, RFC 5321 4.5.2. */
void
MailServer::take_data(std::string_view line)
{
	if (line != ".") {
		if (line.starts_with('.'))
			line.remove_prefix(1);
		if (data.size() <= data_kept)
			data.append(line).append("\r\n");
		return;
	}
	in_data = false;
	messages.push_back(std::exchange(data, {}));
	say(answer("."));
}

void
MailServer::send()
{
	pump.remove();
	if (closed)
		return;
	if (!outgoing.empty()) {
		std::size_t n = step == 0 ? outgoing.size() : step;
		ssize_t sent = ::send(fd.get(), outgoing.data(),
		    std::min(n, outgoing.size()), MSG_NOSIGNAL);
		if (sent == -1 && errno != EAGAIN && errno != EINTR)
			outgoing.clear();
		else if (sent > 0)
			outgoing.erase(0, static_cast<std::size_t>(sent));
	}
	if (!outgoing.empty())
		pump.add(); /* the next turn */
	else if (leaving)
		close();
}

Script::Script(Replies replies, std::string ehlo_reply)
    : overrides(std::move(replies)), ehlo(std::move(ehlo_reply))
{
}

std::string
Script::operator()(const std::string &line)
{
	std::string verb = upper(first_word(line));
	std::string reply = overridden(line);

	if (verb == ".") /* whatever is said to it, RFC 5321 4.1.1.4 */
		has_sender = false;
	if (!reply.starts_with('2'))
		return (reply);
	if (verb == "EHLO" || verb == "HELO")
		greeted = true;
	if (verb == "RCPT")
		recipients.push_back(path(line));
	else if (verb == "MAIL") {
		has_sender = true;
		sender = path(line);
		recipients.clear();
	} else if (verb == "RSET" || verb == "EHLO")
		has_sender = false;
	return (reply);
}

std::string
Script::overridden(const std::string &line)
{
	std::string verb = first_word(line);

	for (auto it = overrides.begin(); it != overrides.end(); ++it) {
		if (it->verb != verb)
			continue;
		std::string reply = std::move(it->reply);
		overrides.erase(it);
		return (reply);
	}
	return (usual(line));
}

std::string
Script::usual(const std::string &line) const
{
	std::string verb = upper(first_word(line));
	bool out_of_order = (verb == "MAIL" && (!greeted || has_sender)) ||
	    (verb == "RCPT" && !has_sender) ||
	    (verb == "DATA" && (!has_sender || recipients.empty()));

	if (out_of_order)
		return ("503 5.5.1 Out of order\r\n");
	if (verb == "CONNECT")
		return ("220 mx.example ESMTP\r\n");
	if (verb == "EHLO")
		return (ehlo);
	if (verb == "HELO")
		return ("250 mx.example\r\n");
	if (verb == "MAIL" || verb == "RCPT")
		return (line.find(":<") < line.rfind('>')
		    ? "250 2.1.0 Ok\r\n"
		    : "501 5.5.4 The address wants its brackets\r\n");
	if (verb == "DATA")
		return ("354 go ahead\r\n");
	if (verb == ".")
		return ("250 2.0.0 Ok: queued as 4WqX\r\n");
	if (verb == "RSET" || verb == "NOOP")
		return ("250 2.0.0 Ok\r\n");
	if (verb == "QUIT")
		return ("221 2.0.0 Bye\r\n");
	if (verb == "PART")
		return ("");
	return ("500 5.5.2 Command not recognized\r\n");
}
