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
 * What anybody on the network can cause to be logged is logged at a bounded
 * rate: of each kind of event 50 lines at once, then 10 a second.  What was
 * left out is counted, and said at most once a second and at the end.
 *
 * The line of a message that was accepted, or that relayd-smtp had, is never
 * left out: it does not ask here.
 */

#ifndef COMMON_LOG_LIMIT_H
#define COMMON_LOG_LIMIT_H

#include <array>
#include <cstdint>

#include "event_loop.h"
#include "log.h"
#include "rate_limit.h"

/* The kinds; a line's field `event' has the name. */
enum class LogEvent : std::uint8_t {
	auth_failure,       /* no valid key */
	source_refusal,     /* an address that is not on a list */
	limit_refusal,      /* a bucket ran dry */
	injection_attempt,  /* a line break or control in a header's text */
	invalid_message,    /* another field that is wrong */
	bad_request,        /* not HTTP, not JSON */
	request_timeout,    /* head or body did not arrive in time */
	request_refusal,    /* for another reason */
	connection_refusal, /* too many of one address */
	tls_failure,        /* a handshake that came to nothing */
	submission_refusal, /* what relayd-http had let pass */
	last
};

const char *log_event_name(LogEvent event); /* "auth_failure", ... */

class LogLimit {
public:
	static constexpr std::uint32_t burst = 50;
	static constexpr std::uint32_t per_second = 10;

	/* left_out counts the lines; it may be the shared segment's. */
	explicit LogLimit(std::atomic<std::uint64_t> &left_out);
	/* Says what was left out and not yet said. */
	~LogLimit();
	LogLimit(const LogLimit &) = delete;
	LogLimit &operator=(const LogLimit &) = delete;

	/* False: the line is not to be written. */
	bool allows(LogEvent event, LogLevel level);

private:
	void say_left_out();

	struct Kind {
		RateBucket bucket{0};
		std::uint64_t left_out = 0; /* and not yet said */
	};
	std::array<Kind, static_cast<std::size_t>(LogEvent::last)> kinds;
	std::atomic<std::uint64_t> &total;
	Timer timer;
};

#endif
