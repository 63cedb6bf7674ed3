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

/* Octets taken from `max memory', given back when the object goes. */

#ifndef RELAYD_HTTP_MEMORY_HOLD_H
#define RELAYD_HTTP_MEMORY_HOLD_H

#include <cstdint>
#include <utility>

#include "segment.h"

class MemoryHold {
public:
	MemoryHold() = default;
	MemoryHold(Segment &shared, std::uint32_t process_slot)
	    : segment(&shared), slot(process_slot)
	{
	}
	MemoryHold(MemoryHold &&other) noexcept
	    : segment(other.segment), slot(other.slot),
	      held(std::exchange(other.held, 0))
	{
	}
	MemoryHold &operator=(MemoryHold &&other) noexcept
	{
		if (this != &other) {
			release();
			segment = other.segment;
			slot = other.slot;
			held = std::exchange(other.held, 0);
		}
		return (*this);
	}
	MemoryHold(const MemoryHold &) = delete;
	MemoryHold &operator=(const MemoryHold &) = delete;
	~MemoryHold()
	{
		release();
	}

	/*
	 * Holds so many at least; false when max does not allow them beside
	 * what others hold.
	 */
	bool grow_to(std::uint64_t octets, std::uint64_t max)
	{
		if (octets <= held)
			return (true);
		if (!segment->hold_memory(slot, octets - held, max, held))
			return (false);
		held = octets;
		return (true);
	}
	/* Holds so many at most. */
	void shrink_to(std::uint64_t octets)
	{
		if (octets >= held)
			return;
		segment->release_memory(slot, held - octets);
		held = octets;
	}
	/* So many of them, which it holds, go to another one. */
	MemoryHold split(std::uint64_t octets)
	{
		MemoryHold part;

		part.segment = segment;
		part.slot = slot;
		part.held = octets;
		held -= octets;
		return (part);
	}
	void release()
	{
		shrink_to(0);
	}
	std::uint64_t octets() const
	{
		return (held);
	}

private:
	Segment *segment = nullptr;
	std::uint32_t slot = 0;
	std::uint64_t held = 0;
};

#endif
