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
 * A mail server for tests: one connection of it, driven by the event loop and
 * by no clock.  It answers each command as its script says, sends replies
 * together or in parts, and keeps what it was sent.
 */

#ifndef REGRESS_TOOLS_MAIL_SERVER_H
#define REGRESS_TOOLS_MAIL_SERVER_H

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "event_loop.h"
#include "fd.h"

class MailServer {
public:
	/*
	 * What to say, with its CRLF, to a command's line, to CONNECT, to the
	 * final "." and, once data_limit is reached, to PART.
	 */
	using Answer = std::function<std::string(const std::string &line)>;

	/* What to do instead of a reply, or, at its end, after it. */
	static constexpr std::string_view hang_up = "\x01";
	static constexpr std::string_view silence = "";

	MailServer(Fd connection, Answer);

	/* Out of turn, too. */
	void say(std::string_view text);
	void close();

	/* The commands so far, one a line, without CRLF. */
	std::string commands;
	/* Complete messages, dots undone. */
	std::vector<std::string> messages;
	/* Octets of content that came without a final dot. */
	std::string data;
	bool in_data = false;
	bool closed = false;
	bool saw_end = false;	  /* the client closed */
	std::size_t step = 0;	  /* octets of replies a turn; 0: all at once */
	std::size_t data_limit = SIZE_MAX;
	std::size_t data_kept = SIZE_MAX; /* data stops growing beyond this */
	std::size_t reads = 0;
	/* Called when either side has closed; may not destroy the server. */
	std::function<void()> ended;

private:
	void receive();
	void take_input();
	void take_command(const std::string &line);
	void take_data(std::string_view line);
	void end();
	void send();

	Fd fd;
	FdEvent event, pump;
	Answer answer;
	std::string incoming, outgoing;
	bool taking = false;	/* replies are collected */
	bool leaving = false;	/* once outgoing is empty */
};

/*
 * What a good server says, and the envelope that it has.  Overrides are tried
 * first: the nth of a command, told by its first word, answers its nth
 * occurrence.
 */
class Script {
public:
	struct Override {
		std::string verb, reply;
	};
	using Replies = std::vector<Override>;

	explicit Script(Replies replies = {}, std::string ehlo_reply =
	    "250-mx.example\r\n250-PIPELINING\r\n250-SIZE 1000000\r\n"
	    "250 ENHANCEDSTATUSCODES\r\n");

	std::string operator()(const std::string &line);

	/* Of the message that came last, or is coming. */
	std::string sender;
	std::vector<std::string> recipients;

private:
	std::string overridden(const std::string &line);
	std::string usual(const std::string &line) const;

	Replies overrides;
	std::string ehlo;
	bool greeted = false, has_sender = false;
};

#endif
