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
 * An SMTP session from the connection to the moment when it can take a
 * message.  STARTTLS comes between EHLO and a second EHLO, AUTH after that.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <errno.h>
#include <string.h>

#include "smtp_session.h"

void
SmtpSession::connected()
{
	int error = 0;
	socklen_t size = sizeof(error);

	if (getsockopt(stream.descriptor(), SOL_SOCKET, SO_ERROR, &error,
		&size) == -1)
		error = errno;
	if (error != 0) {
		setup_failed(strerror(error), nullptr);
		return;
	}
	now_in = State::greeting;
	expected = 1;
	/* Before those that wait give up: there may be a next relay. */
	deadline.set(Clock::now() + relay.timeout_submission * 9 / 10);
	read_event.add();
}

void
SmtpSession::setup_reply(const SmtpReply &reply)
{
	if (now_in == State::ehlo && reply.kind() == 5)
		helo_next = true; /* RFC 5321 3.2 */
	else if (!reply.positive())
		setup_failed("refused by the server", &reply);
	else if (now_in == State::ehlo)
		extensions = parse_ehlo(reply);
}

void
SmtpSession::setup_next()
{
	if (now_in == State::greeting) {
		now_in = State::ehlo;
		command("EHLO ", own_name());
		flush();
	} else if (helo_next) {
		helo_next = false;
		now_in = State::helo;
		command("HELO ", own_name());
		flush();
	} else {
		now_in = State::idle;
		ready();
	}
}

void
SmtpSession::setup_failed(const char *reason, const SmtpReply *reply)
{
	SetupFailure failure;

	failure.stage = now_in == State::connecting ? Stage::connect
	    : now_in == State::greeting             ? Stage::greeting
	                                            : Stage::ehlo;
	failure.reason = reason;
	if (reply != nullptr)
		failure.reply = *reply;
	now_in = State::closed;
	owner.session_failed(*this, failure);
	close();
}

/* What EHLO says: the configured name, or our address as a literal. */
std::string
SmtpSession::own_name() const
{
	if (!relay.hostname.empty())
		return (relay.hostname);
	std::string text = own_address.text();
	return ((own_address.is_v4() ? "[" : "[IPv6:") +
	    text.substr(0, text.find('%')) + "]");
}
