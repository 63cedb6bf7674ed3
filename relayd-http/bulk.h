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
 * A bulk request on its way: its messages are judged and handed over one by
 * one, some at a time, and their results kept until all are there.
 *
 * It never keeps the event loop for long: each turn takes a few messages,
 * and what is not in flight waits for what is.
 */

#ifndef RELAYD_HTTP_BULK_H
#define RELAYD_HTTP_BULK_H

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "event_loop.h"
#include "exchange.h"
#include "json_document.h"
#include "messages.h"
#include "send_request.h"

class Service;
class Waiter;

class Bulk final {
public:
	Bulk(Service &service, Waiter &waiter);
	Bulk(const Bulk &) = delete;
	Bulk &operator=(const Bulk &) = delete;

	/* Reads the body, of which a copy is kept; or why none of it counts. */
	std::optional<Refusal> read(Exchange &request, std::string_view octets);
	/* Its messages, once it was read. */
	std::uint32_t size() const
	{
		return (total);
	}
	/* Once it was read.  Service::bulk_done() will be called. */
	void begin(std::unique_ptr<Exchange> request);
	/* The answer to Service::ask_units(), for the next message. */
	void units_answered(const LimitAnswer &answer);
	/* A message's outcome. */
	void ended(std::uint64_t id, std::unique_ptr<Exchange> message,
	    const SubmissionResult &result);

	/* Nothing more is handed over, and what is in flight asked back. */
	void cancel();
	/* The same, and there is nobody to answer to. */
	void forget();
	/* relayd-smtp says nothing any more. */
	void overdue();

	/* For when all is done: what the client is told, and who asked. */
	void make_answer(Answer &answer) const;
	Waiter *asker() const
	{
		return (waiter);
	}
	std::unique_ptr<Exchange> take_exchange()
	{
		return (std::move(exchange));
	}

private:
	enum class Step : std::uint8_t {
		done, /* handed over, or refused */
		wait, /* for units, or memory that others of it hold */
	};

	std::optional<ApiError> find_messages(std::uint32_t max);
	void step();
	bool may_go_on() const;
	Step take_next();
	Step hand_over(std::unique_ptr<Exchange> &message,
	    const SendRequest &request, std::optional<Refusal> &refusal);
	void submit(std::unique_ptr<Exchange> message, std::string submission);
	void refuse(std::unique_ptr<Exchange> message, const ApiError &error);
	void keep(const Exchange &message, std::string_view request_id,
	    const ApiError *error, const SubmissionResult *result);
	void cancel_flights();
	std::vector<std::uint64_t> flights() const;

	Service &service;
	Waiter *waiter; /* nullptr: it is gone */
	std::unique_ptr<Exchange> exchange;

	std::string posted; /* what document points to */
	JsonDocument document;
	json_t *messages = nullptr; /* an array */
	SendLimits limits;
	std::uint64_t own_memory = 0; /* without what is in flight */

	std::uint32_t total = 0;
	std::uint32_t next = 0; /* those before were taken */
	/* By the id that relayd-smtp knows; the place among the messages. */
	std::unordered_map<std::uint64_t, std::uint32_t> in_flight;
	bool unit_left = true; /* the one of the request's admission */
	/* The next one, while its units are asked for; or nullptr. */
	std::unique_ptr<Exchange> asking;
	std::string asking_submission;
	/* Why the rest is not handed over, whatever it is. */
	std::optional<ApiError> ending;

	std::vector<std::string> results; /* by place, as they are answered */
	std::size_t accepted = 0;
	std::size_t rejected = 0;
	Timer turn;
};

#endif
