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

/* How long a connection waits for what it waits for, and what follows. */

#include <algorithm>

#include "connection.h"
#include "log.h"

namespace {

/* RFC 9112 9.6: so that the client can read the answer. */
constexpr std::chrono::seconds linger_time{2};
/*
 * Whether a client went away or only shut its sending side down cannot be
 * told; one that did the latter has so long to be answered, then nothing is
 * sent for it any more unless DATA has begun.
 */
constexpr std::chrono::milliseconds half_closed_time{300};

} /* namespace */

Clock::time_point
Connection::next_deadline() const
{
	const HttpConfig &config = exchange != nullptr
	    ? exchange->config()
	    : service.current()->config;

	if (blocked())
		return (stuck + config.timeout_request);
	switch (state) {
	case State::proxy:
	case State::handshake:
		return (since + config.timeout_header);
	case State::head:
		if (between_requests())
			return (since +
			    (first_request ? config.timeout_header
					   : config.timeout_idle));
		return (std::min(
		    (first_request ? since : begun) + config.timeout_header,
		    begun + config.timeout_request));
	case State::waiting:
		if (input_ended && !cancelled)
			return (std::max(since, input_end) + half_closed_time);
		return (heard + patience);
	case State::lingering:
		return (since + linger_time);
	default:
		return (begun + config.timeout_request);
	}
}

void
Connection::deadline_passed()
{
	/* It was moved, and the timer not. */
	if (Clock::now() < next_deadline()) {
		watch();
		return;
	}
	if (state == State::handshake && stream.has_tls())
		log_handshake("it did not end in time");
	if (blocked() || nothing_begun()) {
		close();
		return;
	}
	switch (state) {
	case State::head:
		refuse_head(ApiError::make(ErrorCode::request_timeout,
		    "the head did not arrive in time"), input.view());
		break;
	case State::body:
		refuse_for_good(ApiError::make(ErrorCode::request_timeout,
		    "the body did not arrive in time"));
		break;
	case State::waiting:
		if (!input_ended || cancelled) {
			service.overdue(*this);
			/* A bulk request is answered a little later. */
			if (state == State::waiting)
				watch();
			return;
		}
		cancelled = true;
		service.counts().count(Counter::clients_gone);
		service.cancel(*this);
		break;
	default:
		close();
		return;
	}
	settle();
}
