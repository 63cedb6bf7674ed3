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
 * What relayd-smtp counts for GET /metrics, in its part of the shared
 * segment: submissions when they end, changes of ledger entries as they are
 * made.  What is a state is looked at once a second.
 */

#ifndef RELAYD_SMTP_TALLY_H
#define RELAYD_SMTP_TALLY_H

#include <cstdint>

#include "ledger.h"
#include "messages.h"
#include "statistics.h"

class Tally {
public:
	/* The part where counts go from now on; before, nowhere. */
	void use(Statistics &statistics)
	{
		own = &statistics;
	}

	/* The outcome as the client is told. */
	void submission(const SubmissionResult &result);
	void late_reply();
	/* The entry's status is new. */
	void transition(LedgerStatus status, std::string_view code);

	void submissions_in_hand(std::uint64_t number);
	/* Since the start. */
	void limits_unanswered(std::uint64_t number);
	void ledger(const LedgerFigures &figures);

private:
	void count(Counter counter, std::uint64_t number = 1);

	Statistics *own = nullptr;
	LedgerFigures counted; /* of the ledger's own counts */
	std::uint64_t counted_unanswered = 0;
};

#endif
