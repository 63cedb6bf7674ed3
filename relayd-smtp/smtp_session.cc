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

#include <string.h>

#include <algorithm>
#include <utility>

#include "smtp_session.h"

namespace {

/* How much is written before others get their turn. */
constexpr std::size_t write_turn_max = 16 * write_size;
/* Storage that an idle connection may keep. */
constexpr std::size_t idle_storage_max = 8192;

} /* namespace */

SmtpSession::SmtpSession(Fd fd, const ConnectResult &made,
    const SmtpRelay &relay_config, const TlsClient &tls,
    SessionOwner &session_owner)
    : stream(std::move(fd)), relay(relay_config), tls_client(tls),
      owner(session_owner), deadline(this, calls<&SmtpSession::expired>),
      address(made.address), own_address(made.own), connection(made.id),
      sasl(relay.user, relay.password)
{
	read_event.set<&SmtpSession::readable>(
	    stream.descriptor(), EV_READ, this);
	write_event.set<&SmtpSession::writable>(
	    stream.descriptor(), EV_WRITE, this);
	write_event.add();
	deadline.set(Clock::now() + relay.timeout_connect);
}

/*
 * Events
 */

void
SmtpSession::readable()
{
	char buffer[16384];

	if (now_in == State::handshake) {
		shake_hands();
		return;
	}
	/* TLS may hold more than the descriptor tells of. */
	do {
		Stream::Transfer got = stream.read(buffer, sizeof(buffer));
		switch (got.status) {
		case Stream::Status::done:
			take({buffer, got.count});
			break;
		case Stream::Status::want_read:
			/* TLS may have wanted it for what is to be written. */
			if (stream.has_tls() && out_sent < out.size())
				flush();
			return;
		case Stream::Status::want_write:
			write_event.add();
			return;
		case Stream::Status::closed:
			lost("the connection was closed", nullptr);
			return;
		case Stream::Status::failed:
			lost(stream.failure(), nullptr);
			return;
		}
	} while (stream.has_tls() && now_in != State::closed &&
	    now_in != State::handshake);
}

void
SmtpSession::writable()
{
	write_event.remove();
	if (now_in == State::connecting)
		connected();
	else if (now_in == State::handshake)
		shake_hands();
	else
		flush();
}

void
SmtpSession::expired()
{
	switch (now_in) {
	case State::idle:
		owner.session_unused(*this);
		break;
	case State::final_reply:
		reply_overdue();
		break;
	default:
		give_up("timed out");
		break;
	}
}

/*
 * Octets in and out
 */

/*
 * A reply to what had not been written when it came is no reply: whoever says
 * it has not read what it speaks of.  Commands that follow from a reply are
 * written when there is nothing behind it.
 */
void
SmtpSession::take(std::string_view octets)
{
	while (!octets.empty()) {
		switch (parser.feed(octets)) {
		case ReplyParser::Status::incomplete:
			break;
		case ReplyParser::Status::invalid:
			no_reply();
			return;
		case ReplyParser::Status::complete:
			if (expected == 0 || premature) {
				unexpected(parser.reply());
				return;
			}
			expected--;
			reply_arrived(parser.reply());
			if (now_in == State::closed)
				return;
			break;
		}
	}
	if (expected != 0)
		return;
	if (!parser.midway()) {
		if (unwritten == 0)
			proceed();
	} else if (now_in == State::envelope || now_in == State::holding ||
	    now_in == State::content)
		premature = true; /* nothing follows before its end */
	else
		no_reply();
}

void
SmtpSession::reply_arrived(const SmtpReply &reply)
{
	if (setting_up()) {
		setup_reply(reply);
		return;
	}
	switch (now_in) {
	case State::envelope:
		envelope_reply(reply);
		break;
	case State::final_reply:
		final_reply(reply);
		break;
	case State::late_reply:
		owner.late_reply(
		    *this, *std::exchange(current, nullptr), reply);
		/* What follows answers an envelope that is another's now. */
		if (all_answered())
			quit();
		else
			close();
		break;
	case State::resetting:
		if (reply.positive())
			now_in = State::idle;
		else
			close();
		break;
	default: /* the farewell was answered */
		close();
		break;
	}
}

/* Everything that was written has been answered. */
void
SmtpSession::proceed()
{
	if (setting_up()) {
		setup_next();
		return;
	}
	switch (now_in) {
	case State::envelope:
		envelope_next();
		break;
	case State::idle:
		ready();
		break;
	default:
		break;
	}
}

void
SmtpSession::command(std::string_view verb, std::string_view argument)
{
	out += verb;
	out += argument;
	out += "\r\n";
	unwritten++;
}

/* Writes what there is, and the rest of the content as it fits. */
void
SmtpSession::flush()
{
	std::size_t written = 0;

	while (write_out()) {
		written += out.size();
		clear_out();
		if (now_in != State::content)
			return;
		fill_content();
		if (written >= write_turn_max) {
			write_event.add();
			return;
		}
	}
}

/* True when all of out has been written; else waits, or it is broken. */
bool
SmtpSession::write_out()
{
	while (out_sent < out.size()) {
		struct iovec piece = {
		    out.data() + out_sent, out.size() - out_sent};
		Stream::Transfer put = stream.write(&piece, 1);
		switch (put.status) {
		case Stream::Status::done:
			note_written(put.count);
			break;
		case Stream::Status::want_write:
			write_event.add();
			return (false);
		case Stream::Status::want_read: /* reads call flush() */
			return (false);
		default:
			broken();
			return (false);
		}
	}
	return (true);
}

/* A command ends with its only LF; content is none, and ends with its dot. */
void
SmtpSession::note_written(std::size_t count)
{
	std::size_t from = out_sent;

	out_sent += count;
	if (now_in == State::content) {
		if (!content.done() || out_sent < dot_end)
			return;
		from = dot_end;
		content_written();
	}
	auto commands = static_cast<std::size_t>(std::count(
	    out.data() + from, out.data() + out_sent, '\n'));
	unwritten -= commands;
	expected += commands;
}

void
SmtpSession::clear_out()
{
	if (out_is_secret)
		explicit_bzero(out.data(), out.size());
	out_is_secret = false;
	out.clear();
	out_sent = 0;
}

/* Writing failed; the server may have said why before it closed. */
void
SmtpSession::broken()
{
	std::string failure = stream.failure();

	clear_out(); /* else reading, with TLS, would write it again */
	readable();
	if (now_in != State::closed)
		lost(failure, nullptr);
}

/* Idle, with nothing more to be read: fit for another message. */
void
SmtpSession::ready()
{
	if (out.capacity() > idle_storage_max)
		std::string().swap(out);
	deadline.set(Clock::now() + relay.idle);
	owner.session_ready(*this);
}
