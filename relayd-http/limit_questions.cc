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

#include <utility>
#include <vector>

#include "limit_questions.h"

namespace {

/* relayd-smtp keeps a shorter time; this is for when it does not. */
constexpr std::chrono::seconds answer_time{1};

} /* namespace */

LimitQuestions::LimitQuestions(MailLink &mail_link)
    : link(mail_link), deadline(this, calls<&LimitQuestions::overdue>)
{
}

void
LimitQuestions::ask(LimitQuestion question, Done done)
{
	question.id = ++last_id;
	Handover handover = link.ask_limits(question);
	questions.emplace(last_id,
	    Question{std::move(done), handover.instance,
		Clock::now() + answer_time});
	if (questions.size() == 1)
		watch();
}

/* One that comes after its time finds nothing. */
void
LimitQuestions::answered(const LimitAnswer &answer)
{
	settle(answer.id, answer);
}

/* What is done then may ask again. */
void
LimitQuestions::settle(std::uint64_t id, const LimitAnswer &answer)
{
	auto node = questions.extract(id);

	if (node.empty())
		return;
	watch();
	node.mapped().done(answer);
}

void
LimitQuestions::lost(std::uint64_t instance)
{
	std::vector<std::uint64_t> ids;

	for (const auto &[id, question] : questions)
		if (question.instance == instance)
			ids.push_back(id);
	for (std::uint64_t id : ids)
		settle(id, LimitAnswer());
}

void
LimitQuestions::overdue()
{
	Clock::time_point now = Clock::now();

	while (!questions.empty() && questions.begin()->second.until <= now)
		settle(questions.begin()->first, LimitAnswer());
	watch();
}

void
LimitQuestions::watch()
{
	if (questions.empty())
		deadline.clear();
	else
		deadline.set(questions.begin()->second.until);
}
