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
 * The way to relayd-smtp: what is handed to it, what comes back, and what is
 * lost when it dies.  There may be two for a while, when the ledger moved:
 * the newest takes what is new, the older one finishes what it has.
 */

#ifndef RELAYD_HTTP_MAIL_LINK_H
#define RELAYD_HTTP_MAIL_LINK_H

#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <string>

#include "event_loop.h"
#include "imsg.h"
#include "memory_hold.h"
#include "messages.h"

/* Where a request was put: how much of it relayd-smtp may have seen. */
struct Handover {
	std::uint64_t instance = 0; /* of the link to it */
	std::uint64_t position = 0;
};

class MailLinkHandler {
public:
	virtual void mail_result(const SubmissionResult &result) = 0;
	virtual void mail_found(const LedgerAnswer &answer) = 0;
	virtual void mail_ready(const ReadyAnswer &answer) = 0;
	virtual void mail_taken(const LimitAnswer &answer) = 0;
	/*
	 * No more answers come by this link.  Called before it is forgotten,
	 * so handed_over() still tells of it.  newest: what is new would
	 * have gone there.
	 */
	virtual void mail_lost(std::uint64_t instance, bool newest) = 0;

protected:
	~MailLinkHandler() = default;
};

class MailLink final : public ChannelHandler {
public:
	MailLink(EventLoop &event_loop, MailLinkHandler &link_handler);

	/* The parent passed a socket to a relayd-smtp. */
	void attach(Fd socket, std::uint64_t instance);
	/* There is one, and it reads what it is sent. */
	bool available() const;

	/*
	 * Only while available().  blob is write_submission()'s; memory is
	 * held until relayd-smtp has it.
	 */
	Handover submit(
	    std::uint64_t id, std::string blob, MemoryHold &&memory);
	Handover submit(std::uint64_t id, std::unique_ptr<BlobSource> blob,
	    MemoryHold &&memory);
	Handover lookup(const LedgerQuery &query);
	Handover ask_ready(std::uint64_t id);
	Handover ask_limits(const LimitQuestion &question);
	/* To whom the submission went; nothing happens when that is gone. */
	void cancel(const Handover &handover, std::uint64_t id);
	/* Left out when there is none. */
	void reject(const Rejection &rejection);

	/* All of it was written, so relayd-smtp may have acted on it. */
	bool handed_over(const Handover &handover) const;

	bool channel_message(Channel &channel, Imsg &message) override;
	void channel_closed(Channel &channel) override;

private:
	struct Held {
		std::uint64_t position;
		std::size_t octets; /* of the blob */
		MemoryHold memory;
	};
	struct Link {
		Link(MailLink &owner, Fd socket, std::uint64_t number)
		    : instance(number),
		      channel(owner.loop, std::move(socket),
			  ImsgSocket::Descriptors::refused, owner)
		{
		}

		std::uint64_t instance;
		Channel channel;
		std::deque<Held> held; /* by position */
		std::uint64_t held_octets = 0;
		std::uint64_t unanswered = 0; /* questions */
		BlobAssembler answers{answer_max, answers_pending_max};
	};
	/* 1,000 refused recipients, or as many domains. */
	static constexpr std::size_t answer_max = 512 * 1024;
	static constexpr std::size_t answers_pending_max = 16;

	const Link *find(std::uint64_t instance) const;
	Link *find(std::uint64_t instance);
	bool answered(Link &link, const Imsg &message);
	Handover submitted(Link &link, std::uint64_t position,
	    std::size_t octets, MemoryHold &&memory);
	bool count_answer(Link &link);
	void release_written();
	void leave_old();
	void end_turn();

	EventLoop &loop;
	MailLinkHandler &handler;
	std::list<Link> links; /* the newest is the last */
	TurnEndTask release_task;
};

#endif
