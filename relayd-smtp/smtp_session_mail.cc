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

/* A mail transaction in an SMTP session: its envelope and its content. */

#include <algorithm>
#include <utility>

#include "outcome.h"
#include "smtp_session.h"

/*
 * The envelope
 */

std::optional<Outcome>
SmtpSession::objection(const Transaction &transaction) const
{
	if (extensions.size.value_or(0) != 0 &&
	    transaction.size() > *extensions.size)
		return (Outcome::too_large);
	/* RFC 6531 3.1: who offers SMTPUTF8 offers 8BITMIME too. */
	if (transaction.permit.needs_smtputf8 &&
	    !(extensions.smtputf8 && extensions.eight_bit_mime))
		return (Outcome::rejected);
	return (std::nullopt);
}

void
SmtpSession::start(Transaction &transaction)
{
	prepare(transaction);
	current = &transaction;
	now_in = State::envelope;
	lap = Clock::now();
	deadline.set(transaction.deadline);
	envelope_next();
}

/* What of the session is the envelope's becomes this one's. */
void
SmtpSession::prepare(Transaction &transaction)
{
	SubmissionResult &result = transaction.result;

	sent = answered = 0;
	data_sent = data_accepted = false;
	refusal.reset();

	forget_reply(result);
	result.stage = Stage::mail;
	result.relay = relay.host;
	result.show_reply = relay.reply_text;
	result.address = address;
	result.connection = connection;
	result.connection_use = ++use_count;
	result.tls = stream.has_tls();
	result.queue_us = microseconds(Clock::now() - transaction.queued_at);
}

void
SmtpSession::add_mail(const Transaction &transaction)
{
	const Sender &sender = transaction.permit.key->sender;

	out += "MAIL FROM:<";
	if (sender.envelope_from)
		out += sender.envelope_from->text();
	out += '>';
	if (extensions.size) {
		out += " SIZE=";
		out += std::to_string(transaction.size());
	}
	if (transaction.permit.needs_smtputf8)
		out += " BODY=8BITMIME SMTPUTF8";
	command({});
	sent++;
}

void
SmtpSession::add_recipient(const Transaction &transaction, std::size_t index)
{
	out += "RCPT TO:<";
	out += transaction.permit.recipients[index].mailbox;
	command(">");
	sent++;
}

void
SmtpSession::add_data()
{
	command("DATA");
	sent++;
	data_sent = true;
}

Stage
SmtpSession::envelope_stage(std::size_t which) const
{
	if (which == 0)
		return (Stage::mail);
	return (which <= current->permit.recipients.size() ? Stage::rcpt :
	    Stage::data);
}

/*
 * What comes next of it.  With PIPELINING that is all of it at once, DATA too
 * when there is one recipient: a 354 cannot be taken back, and a message must
 * not go to half of its recipients.
 */
void
SmtpSession::add_envelope(const Transaction &transaction)
{
	std::size_t recipients = transaction.permit.recipients.size();

	if (sent == 0)
		add_mail(transaction);
	else
		add_recipient(transaction, sent - 1);
	while (extensions.pipelining && sent <= recipients)
		add_recipient(transaction, sent - 1);
	if (extensions.pipelining && recipients == 1)
		add_data();
}

void
SmtpSession::envelope_reply(const SmtpReply &reply)
{
	std::size_t which = answered++;
	std::size_t recipients = current->permit.recipients.size();

	if (reply.code == 421) {
		answered = which;
		lost("the server closes the connection", &reply);
		return;
	}
	/* Whatever it answers: a server that said 354 waits for content. */
	if (reply.kind() == 3)
		data_accepted = true;
	if (which == 0) {
		if (!reply.positive())
			refuse(reply, Stage::mail);
	} else if (which <= recipients) {
		if (!reply.positive())
			refuse_recipient(reply, which - 1);
	} else if (reply.kind() != 3 && !refusal)
		refuse(reply, Stage::data);
}

void
SmtpSession::refuse(const SmtpReply &reply, Stage stage)
{
	refusal = outcome_of_refusal(reply);
	current->result.stage = stage;
	note_reply(current->result, reply);
}

/*
 * Nobody gets the message; every recipient is asked for all the same, so that
 * the answer can name all who were refused.  A rejection weighs more than
 * what may be different the next time.
 */
void
SmtpSession::refuse_recipient(const SmtpReply &reply, std::size_t index)
{
	const Recipient &recipient = current->permit.recipients[index];
	SubmissionResult &result = current->result;
	Outcome outcome = outcome_of_refusal(reply);

	if (refusal && result.stage == Stage::mail)
		return; /* all of them would be */
	if (!refusal || (*refusal != Outcome::rejected &&
	    outcome == Outcome::rejected))
		refuse(reply, Stage::rcpt);
	result.refused.push_back({recipient.cc, recipient.index, reply.code,
	    std::string(enhanced_code(reply))});
}

/* All that was written of the envelope has been answered. */
void
SmtpSession::envelope_next()
{
	std::size_t recipients = current->permit.recipients.size();
	bool mail_refused = refusal && current->result.stage == Stage::mail;

	if (sent <= recipients && !mail_refused) {
		add_envelope(*current);
	} else if (refusal || (current->canceled && !data_sent)) {
		envelope_refused();
		return;
	} else if (!data_sent) {
		add_data();
	} else {
		now_in = State::holding;
		current->held_by = this;
		owner.content_wanted(*current);
		return;
	}
	flush();
}

void
SmtpSession::envelope_refused()
{
	if (data_accepted) {
		/*
		 * RFC 2920 3.1 would have a lone dot sent, and with it a
		 * message without content; a closed connection sends nothing.
		 */
		end(refusal.value_or(Outcome::canceled));
		close();
		return;
	}
	now_in = State::resetting;
	deadline.set(Clock::now() + courtesy_time);
	end(refusal.value_or(Outcome::canceled));
	command("RSET");
	flush();
}

/*
 * The content
 */

void
SmtpSession::send_content()
{
	Clock::time_point now = Clock::now();

	now_in = State::content;
	current->held_by = nullptr;
	current->result.stage = Stage::content;
	current->result.envelope_us = microseconds(now - lap);
	lap = now;
	content = ContentWriter(current->submission.content);
	out += current->header;
	fill_content();
	flush();
}

/* Behind the final dot there is room for the next envelope. */
void
SmtpSession::fill_content()
{
	content.fill(out, write_size);
	if (!content.done())
		return;
	dot_end = out.size();
	if (!extensions.pipelining)
		return;
	next = owner.next_transaction(*this);
	if (next != nullptr) {
		prepare(*next);
		add_envelope(*next);
	}
}

/* The final dot is with the kernel: from here on, silence is no answer. */
void
SmtpSession::content_written()
{
	now_in = State::final_reply;
	current->result.stage = Stage::reply;
	expected++;
	if (next != nullptr)
		deadline.set(std::min(
		    current->deadline, Clock::now() + behind_time));
}

void
SmtpSession::final_reply(const SmtpReply &reply)
{
	/* What it will say to an envelope that went elsewhere is no use. */
	bool closing = reply.code == 421 || reply.kind() == 3 ||
	    (next == nullptr && !all_answered());

	note_reply(current->result, reply);
	prompt = Clock::now() - lap < prompt_time;
	now_in = State::idle;
	end(outcome_of_final(reply));
	if (closing)
		close();
	else if (next != nullptr)
		begin_next();
}

/* The replies that follow are to its envelope. */
void
SmtpSession::begin_next()
{
	current = std::exchange(next, nullptr);
	now_in = State::envelope;
	lap = Clock::now();
	deadline.set(current->deadline);
}

/* Nothing of it can be sent here: without a dot before it, it is no message. */
void
SmtpSession::lose_next()
{
	if (next != nullptr)
		owner.transaction_lost(*this, *std::exchange(next, nullptr));
}
