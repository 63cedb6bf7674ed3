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
#include "tally.h"

void
Tally::count(Counter counter, std::uint64_t number)
{
	if (own != nullptr)
		count_in(cell_of(own->counters, counter), number);
}

void
Tally::submission(const SubmissionResult &result)
{
	std::optional<SmtpResult> kind = smtp_result(result.outcome);

	if (own == nullptr)
		return;
	if (result.outcome == Outcome::canceled)
		count(Counter::smtp_canceled);
	if (!kind)
		return;
	count_in(cell_of(own->submissions, *kind));
	/* The server, or program, had its say on the message. */
	if (result.stage < Stage::mail)
		return;
	observe(own->smtp_duration, std::uint64_t{result.queue_us} +
	    result.envelope_us + result.content_us);
	observe(cell_of(own->smtp_phases, SmtpPhase::queue), result.queue_us);
	observe(cell_of(own->smtp_phases, SmtpPhase::envelope),
	    result.envelope_us);
	if (result.stage >= Stage::content)
		observe(cell_of(own->smtp_phases, SmtpPhase::content),
		    result.content_us);
}

void
Tally::late_reply()
{
	count(Counter::smtp_late_replies);
}

void
Tally::transition(LedgerStatus status, std::string_view code)
{
	if (own != nullptr)
		count_in(own->transitions[static_cast<std::size_t>(
		    status)][result_code_index(code)]);
}

void
Tally::submissions_in_hand(std::uint64_t number)
{
	if (own != nullptr)
		set_to(cell_of(own->gauges, Gauge::submissions), number);
}

void
Tally::limits_unanswered(std::uint64_t number)
{
	count(Counter::limits_unanswered, number - counted_unanswered);
	counted_unanswered = number;
}

void
Tally::ledger(const LedgerFigures &figures)
{
	if (own == nullptr)
		return;
	if (counted.works && !figures.works)
		count(Counter::store_failures);
	count(Counter::store_expired, figures.expired - counted.expired);
	count(Counter::store_evicted, figures.evicted - counted.evicted);
	count(Counter::store_lost, figures.lost - counted.lost);
	set_to(cell_of(own->gauges, Gauge::store_works), figures.works);
	set_to(cell_of(own->gauges, Gauge::store_is_known),
	    figures.entries.has_value());
	set_to(cell_of(own->gauges, Gauge::store_records),
	    figures.entries.value_or(0));
	counted = figures;
}
