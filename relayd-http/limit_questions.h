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
 * Questions to relayd-smtp for units of the limits that the relays share.
 * Each is answered once: by relayd-smtp, or `unavailable' when that is gone or
 * silent.
 */

#ifndef RELAYD_HTTP_LIMIT_QUESTIONS_H
#define RELAYD_HTTP_LIMIT_QUESTIONS_H

#include <cstdint>
#include <functional>
#include <map>

#include "event_loop.h"
#include "mail_link.h"
#include "messages.h"

class LimitQuestions {
public:
	using Done = std::function<void(const LimitAnswer &answer)>;

	explicit LimitQuestions(MailLink &mail_link);

	/*
	 * Only while the link is available().  The question's id is chosen
	 * here; done is called in a later turn.
	 */
	void ask(LimitQuestion question, Done done);
	void answered(const LimitAnswer &answer);
	/* That relayd-smtp is gone. */
	void lost(std::uint64_t instance);

private:
	struct Question {
		Done done;
		std::uint64_t instance;
		Clock::time_point until;
	};

	void settle(std::uint64_t id, const LimitAnswer &answer);
	void overdue();
	void watch();

	MailLink &link;
	std::uint64_t last_id = 0;
	std::map<std::uint64_t, Question> questions; /* the oldest first */
	Deadline deadline;
};

#endif
