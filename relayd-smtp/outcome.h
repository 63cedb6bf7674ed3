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
 * What the outcomes of a submission are called: the code that clients and
 * ledger know it by, its ledger status, and one sentence for people.
 */

#ifndef RELAYD_SMTP_OUTCOME_H
#define RELAYD_SMTP_OUTCOME_H

#include <optional>

#include "messages.h"
#include "smtp_reply.h"
#include "statistics.h"

const char *outcome_code(Outcome outcome); /* "smtp_rejected"; "" accepted */
LedgerStatus outcome_status(Outcome outcome);
const char *outcome_message(Outcome outcome);

/* As GET /metrics counts it; nullopt: no server had to do with it. */
std::optional<SmtpResult> smtp_result(Outcome outcome);

/* What a result changes in its ledger entry, but for the times. */
void note_result(LedgerEntry &entry, const SubmissionResult &result);
/* The result of a submission that its entry tells of, once settled. */
SubmissionResult result_of(const LedgerEntry &entry);

/* The server's words become the result's. */
void note_reply(SubmissionResult &result, const SmtpReply &reply);
/* ... or nothing that an earlier try left is the last word. */
void forget_reply(SubmissionResult &result);

/*
 * What a reply says of a message: 5yz to MAIL, RCPT, DATA or the content is
 * a rejection; before the content was complete, everything else that is not
 * success sent nothing.
 */
Outcome outcome_of_refusal(const SmtpReply &reply);
/* The reply to the final dot.  Its code decides, never its text. */
Outcome outcome_of_final(const SmtpReply &reply);

#endif
