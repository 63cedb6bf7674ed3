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
 * message: TLS at once or after STARTTLS (RFC 3207), EHLO, AUTH (RFC 4954).
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <errno.h>
#include <string.h>

#include <utility>

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
	/* Before those that wait give up: there may be a next relay. */
	deadline.set(Clock::now() + relay.timeout_submission * 9 / 10);
	read_event.add();
	if (relay.tls.mode == RelayTls::implicit)
		start_tls();
	else
		await_greeting();
}

/*
 * TLS
 */

void
SmtpSession::start_tls()
{
	now_in = State::handshake;
	if (!stream.start_tls(tls_client.config(), relay.tls.name)) {
		setup_failed(stream.failure(), nullptr);
		return;
	}
	shake_hands();
}

void
SmtpSession::shake_hands()
{
	switch (stream.handshake()) {
	case Stream::Status::done:
		if (relay.tls.mode == RelayTls::implicit)
			await_greeting();
		else
			say_hello(State::ehlo);
		break;
	case Stream::Status::want_read:
		break;
	case Stream::Status::want_write:
		write_event.add();
		break;
	default:
		setup_failed(stream.failure(), nullptr);
		break;
	}
}

/*
 * Greetings
 */

void
SmtpSession::await_greeting()
{
	now_in = State::greeting;
	expected = 1;
	/* It may have come with the end of the handshake. */
	if (stream.has_tls())
		readable();
}

void
SmtpSession::say_hello(State hello)
{
	now_in = hello;
	command(hello == State::ehlo ? "EHLO " : "HELO ", own_name());
	flush();
}

void
SmtpSession::setup_reply(const SmtpReply &reply)
{
	if (now_in == State::auth)
		auth_reply(reply);
	else if (now_in == State::ehlo && reply.kind() == 5)
		helo_next = true; /* RFC 5321 3.2 */
	else if (!reply.positive())
		setup_failed("refused by the server", &reply);
	else if (now_in == State::ehlo)
		extensions = parse_ehlo(reply);
}

/* The reply was good, and there is nothing behind it (see take()). */
void
SmtpSession::setup_next()
{
	switch (now_in) {
	case State::greeting:
		say_hello(State::ehlo);
		break;
	case State::ehlo:
	case State::helo:
		if (std::exchange(helo_next, false))
			say_hello(State::helo);
		else
			after_hello();
		break;
	case State::starttls:
		/* RFC 3207 4.2: what it offered in the clear is forgotten. */
		extensions = Extensions();
		start_tls();
		break;
	case State::auth:
		if (authenticated) {
			after_hello();
			break;
		}
		command({});
		flush();
		break;
	default:
		break;
	}
}

/* What the configuration asks for is done, or there is no session. */
void
SmtpSession::after_hello()
{
	if (relay.tls.mode == RelayTls::starttls && !stream.has_tls()) {
		now_in = State::starttls;
		if (!extensions.starttls) {
			setup_failed("the server does not offer STARTTLS",
			    nullptr);
			return;
		}
		command("STARTTLS");
		flush();
	} else if (!relay.user.empty() && !authenticated) {
		authenticate();
	} else {
		now_in = State::idle;
		ready();
	}
}

/*
 * AUTH
 */

void
SmtpSession::authenticate()
{
	now_in = State::auth;
	if (!stream.has_tls() && !relay.insecure) {
		setup_failed("AUTH needs TLS", nullptr);
		return;
	}
	if (!sasl.begin(extensions, out)) {
		setup_failed("the server offers neither AUTH PLAIN nor LOGIN",
		    nullptr);
		return;
	}
	out_is_secret = true;
	command({});
	flush();
}

void
SmtpSession::auth_reply(const SmtpReply &reply)
{
	if (reply.positive()) {
		authenticated = true;
	} else if (reply.code == 334 && sasl.answer(out)) {
		out_is_secret = true;
	} else
		setup_failed("refused by the server", &reply);
}

void
SmtpSession::setup_failed(const std::string &reason, const SmtpReply *reply)
{
	SetupFailure failure;

	switch (now_in) {
	case State::connecting:
		failure.stage = Stage::connect;
		break;
	case State::greeting:
		failure.stage = Stage::greeting;
		break;
	case State::starttls:
	case State::handshake:
		failure.stage = Stage::tls;
		break;
	case State::auth:
		failure.stage = Stage::auth;
		break;
	default:
		failure.stage = Stage::ehlo;
		break;
	}
	failure.reason = reason;
	if (reply != nullptr)
		failure.reply = *reply;
	/* It may repeat what it was told: the password. */
	if (reply != nullptr && now_in == State::auth)
		failure.reply->lines = enhanced_code(*reply);
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
