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
 * How a message's transaction, and an SMTP session, end: what is said of it
 * is what the server's replies said, or that nobody knows.
 */

#include <utility>

#include "outcome.h"
#include "smtp_session.h"

/* How far it came, for the log: to the command that was not answered. */
void
SmtpSession::note_stage()
{
	if (now_in == State::envelope || now_in == State::holding)
		current->result.stage = envelope_stage(answered);
}

Transaction &
SmtpSession::hand_back()
{
	current->held_by = nullptr;
	content = ContentWriter();
	return (*std::exchange(current, nullptr));
}

void
SmtpSession::end(Outcome outcome)
{
	Transaction &transaction = hand_back();
	SubmissionResult &result = transaction.result;
	std::uint32_t &time = result.stage >= Stage::content
	    ? result.content_us
	    : result.envelope_us;

	time = microseconds(Clock::now() - lap);
	result.outcome = outcome;
	owner.transaction_ended(*this, transaction);
}

/* The connection is gone, or the server said that it will be. */
void
SmtpSession::lost(const std::string &reason, const SmtpReply *reply)
{
	break_off(reason, reply, use_count != 1);
}

/* It is of no more use, and said nothing of what is under way. */
void
SmtpSession::give_up(const char *reason)
{
	break_off(reason, nullptr, false);
}

/* replace: the message may go out over another connection, once. */
void
SmtpSession::break_off(
    const std::string &reason, const SmtpReply *reply, bool replace)
{
	if (setting_up()) {
		setup_failed(reason, reply);
		return;
	}
	switch (now_in) {
	case State::envelope:
	case State::holding:
	case State::content:
		note_stage();
		forget_reply(current->result);
		if (reply != nullptr)
			note_reply(current->result, *reply);
		if (replace && !current->replaced)
			owner.transaction_lost(*this, hand_back());
		else
			end(Outcome::unavailable);
		break;
	case State::final_reply:
		end(Outcome::unknown);
		break;
	default:
		break;
	}
	close();
}

/* What came is no reply: nothing that follows it can be told apart. */
void
SmtpSession::no_reply()
{
	give_up("the server sent what is no reply");
}

/* A reply to nothing that was written. */
void
SmtpSession::unexpected(const SmtpReply &reply)
{
	if (now_in == State::starttls) {
		/* Whoever said it may not be the server. */
		setup_failed("something came behind the reply to STARTTLS",
		    nullptr);
		return;
	}
	if (setting_up()) {
		setup_failed("the server spoke out of turn", &reply);
		return;
	}
	switch (now_in) {
	case State::envelope:
	case State::holding:
	case State::content:
		/* That may be said at any time. */
		if (reply.code == 421) {
			lost("the server closes the connection", &reply);
			return;
		}
		if (now_in == State::envelope) {
			no_reply();
			return;
		}
		/* Without its final dot, nothing of it is delivered. */
		note_reply(current->result, reply);
		end(outcome_of_refusal(reply));
		break;
	case State::final_reply:
		no_reply();
		return;
	default:
		break;
	}
	close();
}

/* Nobody is kept waiting behind a message that the server is busy with. */
void
SmtpSession::reply_overdue()
{
	if (next == nullptr) {
		wait_longer();
		return;
	}
	deadline.set(current->deadline);
	lose_next();
}

/*
 * The reply to the final dot did not come in time.  The server has the
 * message, and may still say what became of it.
 */
void
SmtpSession::wait_longer()
{
	Clock::time_point now = Clock::now();

	now_in = State::late_reply;
	deadline.set(now + late_reply_time);
	current->result.outcome = Outcome::unknown;
	current->result.content_us = microseconds(now - lap);
	owner.transaction_unknown(*this, *current);
}

void
SmtpSession::quit()
{
	now_in = State::quitting;
	deadline.set(Clock::now() + courtesy_time);
	command("QUIT");
	flush();
}

void
SmtpSession::abandon()
{
	if (now_in == State::closed)
		return;
	if (now_in == State::final_reply)
		end(Outcome::unknown);
	else if (current != nullptr && now_in != State::late_reply)
		end(Outcome::unavailable);
	close();
}

void
SmtpSession::close()
{
	if (is_closed)
		return;
	is_closed = true;
	now_in = State::closed;
	read_event.remove();
	write_event.remove();
	deadline.clear();
	clear_out();
	lose_next();
	if (current != nullptr)
		owner.late_reply_given_up(
		    *this, *std::exchange(current, nullptr));
	owner.session_closed(*this);
}
