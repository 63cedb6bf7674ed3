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
 * What the API does: from a request's head and body to its answer, at once or
 * when relayd-smtp has spoken.  Knows nothing of connections and framing.
 */

#ifndef RELAYD_HTTP_SERVICE_H
#define RELAYD_HTTP_SERVICE_H

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "admission.h"
#include "bulk.h"
#include "byte_buffer.h"
#include "exchange.h"
#include "limit_questions.h"
#include "lookups_in_flight.h"
#include "mail_link.h"
#include "server_owner.h"

constexpr std::uint64_t retry_after_s = 1; /* with every 503 */

/* Who waits for an answer that is not there at once. */
class Waiter {
public:
	virtual void answered(
	    std::unique_ptr<Exchange> exchange, const Answer &answer) = 0;
	/* Its head is: read the body now, as after Next::body. */
	virtual void admitted(std::unique_ptr<Exchange> exchange) = 0;
	/* Not yet, but some of what it waits for is done. */
	virtual void progressed() = 0;

	/* 0: for nothing. */
	std::uint64_t waiting_for = 0;

protected:
	~Waiter() = default;
};

enum class Next : std::uint8_t {
	answer, /* it is made */
	body,   /* read the body and call take_body() */
	wait,   /* one of Waiter's two will be called, or forget() */
};

class Service final : public MailLinkHandler {
public:
	Service(EventLoop &loop, ServerOwner &server_owner, Segment &shared,
	    std::uint32_t process_slot);

	void use(SharedConfig config)
	{
		serving = std::move(config);
	}
	const SharedConfig &current() const
	{
		return (serving);
	}
	MailLink &mail()
	{
		return (link);
	}
	/* Where this process counts what it does. */
	Tally &counts()
	{
		return (tally);
	}
	/* For lines that anybody on the network can cause. */
	LogLimit &limited_log()
	{
		return (log_limit);
	}
	/* From now on no mail is taken: 503 shutting_down. */
	void stop()
	{
		stopping = true;
	}
	/* What relayd-smtp has is answered with what is known of it. */
	void give_up();
	/* Nothing is in flight. */
	bool idle() const
	{
		return (pending.empty() && bulks.empty());
	}

	/*
	 * With an id, under the current configuration.  source: the peer, or
	 * whom its PROXY header names.
	 */
	std::unique_ptr<Exchange> make_exchange(
	    const IpAddress &peer, const IpAddress &source);
	void recycle(std::unique_ptr<Exchange> exchange);

	/*
	 * A head is complete.  With Next::wait, the exchange is the service's
	 * until the answer.
	 */
	Next take_head(std::unique_ptr<Exchange> &exchange,
	    const HttpHead &head, bool monitor, Waiter &waiter, Answer &answer);
	/*
	 * The same for the body, after Next::body; octets may go then.  They
	 * are all that is in storage, which then may be taken, or elsewhere.
	 */
	Next take_body(std::unique_ptr<Exchange> &exchange,
	    std::string_view octets, ByteBuffer &storage, Waiter &waiter,
	    Answer &answer);
	/* Makes the answer, logs it and tells the ledger. */
	void refuse(const Exchange &exchange, const Refusal &refusal,
	    Answer &answer);

	/* The client may be gone: nothing is sent unless DATA has begun. */
	void cancel(const Waiter &waiter);
	/* The client is gone: no answer either. */
	void forget(Waiter &waiter);
	/* relayd-smtp did not answer in time. */
	void overdue(Waiter &waiter);

	/*
	 * For the bulk requests in progress.
	 */
	/* A message of the request, with an id of its own. */
	std::unique_ptr<Exchange> make_message(
	    const Exchange &request, std::uint32_t index);
	/* Why no message is handed over any more, and why not now. */
	std::optional<ApiError> ending() const;
	std::optional<Refusal> obstacle() const;
	std::optional<Refusal> take_units(Exchange &request)
	{
		return (admission.take_units(request));
	}
	/* They are to be had from relayd-smtp; bulk will be told. */
	bool shares_limits(const Exchange &request) const;
	void ask_units(const Exchange &request, Bulk &bulk);
	std::optional<Refusal> note_units(
	    Exchange &request, const LimitAnswer &answer);
	/* The message is counted and logged, and the ledger told. */
	void note_refusal(const Exchange &exchange, const ApiError &error);
	/* The ledger knows of it, but for what relayd-smtp has not read. */
	void note_result(const Exchange &exchange, int status,
	    const ApiError *error, const SubmissionResult &result);
	void tell_ledger(const Exchange &exchange, const ApiError &error);
	/* One of waiter and bulk will be told. */
	std::uint64_t submit(std::unique_ptr<Exchange> exchange,
	    std::string submission, Waiter *waiter, Bulk *bulk);
	std::uint64_t submit(std::unique_ptr<Exchange> exchange,
	    std::unique_ptr<BlobSource> submission, Waiter *waiter);
	void cancel(std::uint64_t submission);
	/* No answer is waited for any longer. */
	void lose(std::uint64_t id, bool handed_over);
	/* Answers it, and destroys it. */
	void bulk_done(const Bulk &bulk);

	void mail_result(const SubmissionResult &result) override;
	void mail_found(const LedgerAnswer &answer) override;
	void mail_ready(const ReadyAnswer &answer) override;
	void mail_taken(const LimitAnswer &answer) override;
	void mail_lost(std::uint64_t instance, bool newest) override;

private:
	struct Pending {
		std::unique_ptr<Exchange> exchange;
		Waiter *waiter = nullptr; /* nullptr: it is gone */
		Bulk *bulk = nullptr; /* of which it is a message */
		Handover handover;
		/* It waits for the limits, not for its answer. */
		std::unique_ptr<Deferred> deferred;
	};
	using PendingMap = std::unordered_map<std::uint64_t, Pending>;

	std::unique_ptr<Exchange> blank_exchange();
	void count_unanswered(const LimitAnswer &answer);
	Next wait(std::unique_ptr<Exchange> &exchange, std::uint64_t id,
	    const Handover &handover, Waiter &waiter);
	Next send(std::unique_ptr<Exchange> &exchange, std::string_view octets,
	    ByteBuffer &storage, Waiter &waiter, Answer &answer);
	Next refuse_memory(const Exchange &exchange, Answer &answer);
	Next send_bulk(std::unique_ptr<Exchange> &exchange,
	    std::string_view octets, Waiter &waiter, Answer &answer);
	Bulk *bulk_of(const Waiter &waiter);
	Next ask_limits(std::unique_ptr<Exchange> &exchange,
	    Deferred deferred, Waiter &waiter);
	void admit(std::uint64_t id, const LimitAnswer &answer);
	Next look_up(std::unique_ptr<Exchange> &exchange, Waiter &waiter,
	    Answer &answer);
	std::optional<Refusal> lookup_obstacle(const Exchange &exchange);
	Next ask_ready(std::unique_ptr<Exchange> &exchange, Waiter &waiter,
	    Answer &answer);
	void no_such_submission(const Exchange &exchange, Answer &answer);

	/* Takes it out when it is what the message says it is. */
	Pending take(std::uint64_t id, Resource resource);
	/* What this relayd-smtp has, or any. */
	void lose_all(std::optional<std::uint64_t> instance);
	void settle(Pending entry, const SubmissionResult &result);
	void show_found(const LedgerAnswer &answer);
	void deliver(Pending entry);
	void show_metrics(const Exchange &exchange, Answer &answer);

	ServerOwner &owner;
	Segment &segment;
	std::uint32_t slot;
	Tally tally;
	Admission admission;
	MailLink link;
	LimitQuestions limit_questions;
	LookupsInFlight lookups;
	LogLimit log_limit;
	SharedConfig serving;
	bool stopping = false;
	RequestIdSource ids;
	std::uint64_t last_id = 0;
	PendingMap pending;
	/* By what their waiters wait for. */
	std::unordered_map<std::uint64_t, std::unique_ptr<Bulk>> bulks;
	Answer late; /* what deliver() hands on */
	std::vector<std::unique_ptr<Exchange>> spare;
};

#endif
