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
 * What a relayd-http counts for GET /metrics, in its part of the shared
 * segment.  A request is counted when its answer is made; a message when its
 * outcome is told, also those of a bulk request, one by one.
 */

#ifndef RELAYD_HTTP_TALLY_H
#define RELAYD_HTTP_TALLY_H

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

#include "api_error.h"
#include "event_loop.h"
#include "messages.h"
#include "routes.h"
#include "segment.h"

/*
 * The fields that validation failures are counted under, indexes left out.
 * json_parse: the document is none; other: a member that is not known.
 */
constexpr std::array<std::string_view, 17> validation_fields = {"json_parse",
    "to", "cc", "subject", "body", "body_html", "html_body", "from_name",
    "reply_to", "attachments", "attachments.filename",
    "attachments.content_type", "attachments.data", "attachments.content_id",
    "metadata", "messages", "other"};
static_assert(validation_fields.size() <= validation_fields_max);
/* Of validation_fields; field: as an ApiError has it, "to[3]". */
std::size_t validation_field_index(std::string_view field);

/* A request that is not answered yet, counted as long as it lives. */
class InFlight {
public:
	InFlight() = default;
	explicit InFlight(SharedCounter &requests) : gauge(&requests)
	{
		count_in(*gauge);
	}
	InFlight(InFlight &&other) noexcept
	    : gauge(std::exchange(other.gauge, nullptr))
	{
	}
	InFlight &operator=(InFlight &&other) noexcept
	{
		std::swap(gauge, other.gauge);
		return (*this);
	}
	InFlight(const InFlight &) = delete;
	InFlight &operator=(const InFlight &) = delete;
	~InFlight()
	{
		if (gauge != nullptr)
			gauge->fetch_sub(1, std::memory_order_relaxed);
	}

private:
	SharedCounter *gauge = nullptr;
};

class Tally {
public:
	Tally(Segment &segment, std::uint32_t slot)
	    : own(segment.statistics(slot))
	{
	}

	InFlight begin_request()
	{
		return (InFlight(
		    cell_of(own.gauges, Gauge::requests_in_flight)));
	}
	void count(Counter counter, std::uint64_t number = 1)
	{
		count_in(cell_of(own.counters, counter), number);
	}
	void count(AuthFailure reason)
	{
		count_in(cell_of(own.auth_failures, reason));
	}
	void count(LimitTier tier)
	{
		count_in(cell_of(own.rate_limited, tier));
	}
	/* begun: the request's first octet, or none. */
	void answer(Resource resource, int status, Clock::time_point begun,
	    Clock::time_point now);
	void accepted_message();
	void refused_message(ErrorCode code);
	/* What is wrong with a document; other errors are not counted. */
	void invalid_document(const ApiError &error);

private:
	Statistics &own;
};

#endif
