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

#include "event_loop.h"
#include "log.h"

EventLoop::EventLoop() : base(event_init())
{
	if (base == nullptr)
		fatalx("event_init failed");
}

EventLoop::~EventLoop()
{
	event_base_free(base);
}

void
EventLoop::run()
{
	running = true;
	/* What was put off before the first turn. */
	run_turn_end();
	while (running) {
		if (event_loop(EVLOOP_ONCE) == -1)
			fatal("event_loop");
		run_turn_end();
	}
}

/* A task may schedule others, which run in the same turn. */
void
EventLoop::run_turn_end()
{
	for (std::size_t i = 0; i < at_turn_end.size(); i++) {
		TurnEndTask *task = at_turn_end[i];
		if (task == nullptr)
			continue;
		task->scheduled = false;
		task->call(task->owner);
	}
	at_turn_end.clear();
}

void
TurnEndTask::schedule()
{
	if (scheduled)
		return;
	scheduled = true;
	loop.at_turn_end.push_back(this);
}

void
TurnEndTask::cancel()
{
	if (!scheduled)
		return;
	scheduled = false;
	for (TurnEndTask *&task : loop.at_turn_end) {
		if (task == this)
			task = nullptr;
	}
}

void
SignalEvent::add()
{
	if (signal_add(&ev, nullptr) == -1)
		fatal("signal_add");
}
