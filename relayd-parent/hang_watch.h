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
 * Whether a child hangs: it is asked once a second, and any message of it is
 * an answer.  Seconds are counted for it, not read from a clock: in one that
 * came late here we may have stood still ourselves.
 */

#ifndef RELAYD_PARENT_HANG_WATCH_H
#define RELAYD_PARENT_HANG_WATCH_H

class HangWatch {
public:
	/* Without an answer for so many seconds. */
	static constexpr unsigned int warned_after = 10;
	static constexpr unsigned int ended_after = 20;
	/* The same, when it waits for the disk, as its successor would. */
	static constexpr unsigned int ended_at_disk_after = 120;

	enum class Step {
		none,
		ask,  /* send a ping */
		warn, /* it is worth a line */
		end,  /* it hangs; said once */
	};

	/* A second has passed, which counts or not. */
	Step second(bool counts)
	{
		if (!is_asked) {
			is_asked = true;
			silent = 0;
			return (Step::ask);
		}
		if (!counts || has_ended)
			return (Step::none);
		silent++;
		if (silent == warned_after)
			return (Step::warn);
		if (silent <
		    (is_at_disk ? ended_at_disk_after : ended_after))
			return (Step::none);
		has_ended = true;
		return (Step::end);
	}
	void answered()
	{
		is_asked = false;
	}
	void at_disk(bool is_so)
	{
		is_at_disk = is_so;
	}
	unsigned int seconds() const
	{
		return (silent);
	}

private:
	bool is_asked = false;
	bool is_at_disk = false;
	bool has_ended = false;
	unsigned int silent = 0;
};

#endif
