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

#include "outcome.h"

const char *
outcome_code(Outcome outcome)
{
	switch (outcome) {
	case Outcome::accepted:
		return ("");
	case Outcome::rejected:
		return ("smtp_rejected");
	case Outcome::unavailable:
	case Outcome::canceled:
		return ("smtp_unavailable");
	case Outcome::unknown:
		return ("smtp_outcome_unknown");
	case Outcome::too_large:
		return ("payload_too_large");
	case Outcome::overloaded:
		return ("overloaded");
	case Outcome::shutting_down:
		return ("shutting_down");
	case Outcome::forbidden:
		return ("forbidden");
	case Outcome::invalid:
		return ("validation_failed");
	case Outcome::rate_limited:
		return ("rate_limited");
	case Outcome::in_progress:
		return ("idempotency_in_progress");
	case Outcome::other_content:
		return ("idempotency_key_reused");
	case Outcome::store_unavailable:
		return ("status_store_unavailable");
	}
	return ("");
}

LedgerStatus
outcome_status(Outcome outcome)
{
	switch (outcome) {
	case Outcome::accepted:
		return (LedgerStatus::smtp_accepted);
	case Outcome::unknown:
		return (LedgerStatus::smtp_outcome_unknown);
	case Outcome::rejected:
	case Outcome::unavailable:
	case Outcome::canceled:
	case Outcome::too_large:
		return (LedgerStatus::smtp_failed);
	default:
		return (LedgerStatus::rejected);
	}
}

const char *
outcome_message(Outcome outcome)
{
	switch (outcome) {
	case Outcome::accepted:
		return ("the mail server accepted the message");
	case Outcome::rejected:
		return ("the mail server rejected the message");
	case Outcome::unavailable:
		return ("the mail server could not take the message now");
	case Outcome::canceled:
		return ("the client went away before the message was sent");
	case Outcome::unknown:
		return ("the message was sent, but the mail server did not "
		    "say what became of it");
	case Outcome::too_large:
		return ("the message is larger than the mail server takes");
	case Outcome::overloaded:
		return ("too much is waiting to be sent");
	case Outcome::shutting_down:
		return ("the relay is shutting down");
	case Outcome::forbidden:
		return ("the key is not valid");
	case Outcome::invalid:
		return ("the policy does not allow this message");
	case Outcome::rate_limited:
		return ("too many messages");
	case Outcome::in_progress:
		return ("a request with this Idempotency-Key is in progress");
	case Outcome::other_content:
		return ("this Idempotency-Key was used for another message");
	case Outcome::store_unavailable:
		return ("the store cannot keep an Idempotency-Key now");
	}
	return ("");
}

std::optional<SmtpResult>
smtp_result(Outcome outcome)
{
	switch (outcome) {
	case Outcome::accepted:
		return (SmtpResult::ok);
	case Outcome::rejected:
	case Outcome::unavailable:
	case Outcome::too_large:
		return (SmtpResult::error);
	case Outcome::unknown:
		return (SmtpResult::unknown);
	default:
		return (std::nullopt);
	}
}

void
note_result(LedgerEntry &entry, const SubmissionResult &result)
{
	entry.status = outcome_status(result.outcome);
	entry.code = outcome_code(result.outcome);
	entry.message = result.message;
	entry.smtp_code = result.code;
	entry.smtp_enhanced = result.enhanced;
	entry.smtp_reply = result.reply;
	entry.show_reply = result.show_reply;
	entry.refused = result.refused;
}

SubmissionResult
result_of(const LedgerEntry &entry)
{
	SubmissionResult result;

	result.outcome = entry.status == LedgerStatus::smtp_accepted
	    ? Outcome::accepted
	    : entry.status == LedgerStatus::smtp_failed ? Outcome::rejected
							: Outcome::unknown;
	result.message = entry.message;
	result.message_id = entry.message_id;
	result.code = entry.smtp_code;
	result.enhanced = entry.smtp_enhanced;
	result.reply = entry.smtp_reply;
	result.show_reply = entry.show_reply;
	result.refused = entry.refused;
	result.replay_of = entry.request_id;
	return (result);
}

void
note_reply(SubmissionResult &result, const SmtpReply &reply)
{
	result.code = reply.code;
	result.enhanced = enhanced_code(reply);
	result.reply = printable_text(reply);
}

void
forget_reply(SubmissionResult &result)
{
	result.code = 0;
	result.enhanced.clear();
	result.reply.clear();
	result.refused.clear();
}

Outcome
outcome_of_refusal(const SmtpReply &reply)
{
	return (reply.kind() == 5 ? Outcome::rejected : Outcome::unavailable);
}

Outcome
outcome_of_final(const SmtpReply &reply)
{
	switch (reply.kind()) {
	case 2:
		return (Outcome::accepted);
	case 4:
		return (Outcome::unavailable);
	case 5:
		return (Outcome::rejected);
	default:
		return (Outcome::unknown);
	}
}
