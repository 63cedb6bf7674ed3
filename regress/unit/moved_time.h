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
 * The unit tests' own time.  moved_time.cc is linked in place of common/timer.cc
 * and common/fd_event.cc: the clock stands still but for what a test says, a
 * timer fires when the clock was moved to it, and a test can tell when nothing
 * is left to happen before that.  So a test ends alike on any machine.
 */

#ifndef REGRESS_UNIT_MOVED_TIME_H
#define REGRESS_UNIT_MOVED_TIME_H

#include "timer.h"

namespace moved_time {

/*
 * To the next timer, which fires in the next turn, if there is one up to end;
 * else to end, and false.
 */
bool advance(Clock::time_point end);

/* So much time passes: what is due by then fires in the next turn, once. */
void pass(Clock::duration time);

/* From now on every look at the clock takes so long. */
void set_cost_of_look(Clock::duration cost);

/* Whether no descriptor that is watched is ready, nor an event activated. */
bool is_quiet();

/*
 * Waits for another process or thread until it is not; false: a moment passed
 * in which nothing came.
 */
bool wait_outside();

} /* namespace moved_time */

#endif
