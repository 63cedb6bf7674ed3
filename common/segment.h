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
 * The one piece of memory that the parent and all children share: the
 * buckets of the rate limits, the octets held, and the counters.  Integers
 * only, updated with lock-free atomics; nobody trusts what it says further
 * than it goes.  Made once, at a fixed size, before pledge.
 */

#ifndef COMMON_SEGMENT_H
#define COMMON_SEGMENT_H

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "address.h"
#include "fd.h"
#include "rate_limit.h"
#include "statistics.h"

constexpr std::uint32_t key_slots_max = 10000;
constexpr std::uint32_t process_slots_max = 128;

/* One process's part; cleared by the parent when that process has died. */
struct alignas(64) ProcessSlot {
	SharedCounter connections; /* open now */
	SharedCounter memory; /* octets of memory_held that are its own */
	SharedCounter kind; /* ProcessKind of who had the slot last */
};

struct AddressSlot {
	SharedCounter tag; /* keyed hash of the address, 0: free */
	RateBucket bucket;
};
constexpr std::size_t address_ways = 8;

/* Maps the segment; the mapping goes with the object. */
class Segment {
public:
	/* The parent's: makes it. address_slots is rounded up to ways. */
	static Segment create(std::uint32_t address_slots);
	/* A child's: maps what the parent passed; fatal if it does not fit. */
	explicit Segment(Fd fd);
	~Segment();
	Segment(Segment &&other) noexcept;
	Segment &operator=(Segment &&) = delete;
	Segment(const Segment &) = delete;

	/* Another descriptor of it, for a child. */
	Fd descriptor() const;

	RateBucket &global_bucket();
	RateBucket &key_bucket(std::uint32_t slot); /* < key_slots_max */
	/*
	 * The bucket of an address (IPv6: its /64).  When all eight slots that
	 * it may use are busy, the one that all such addresses share: nobody
	 * can evict the busy.  limit tells which slots have run out.
	 */
	RateBucket &address_bucket(const IpAddress &address,
	    const RateLimit &limit, std::uint64_t now_ns);
	/* Sets of eight slots that the table of addresses has. */
	std::uint64_t address_sets() const;
	ProcessSlot &process(std::uint32_t slot); /* < process_slots_max */

	/* What the process of a slot counts; see statistics.h. */
	Statistics &statistics(std::uint32_t slot); /* < process_slots_max */
	void count(std::uint32_t slot, Counter counter)
	{
		count_in(cell_of(statistics(slot).counters, counter));
	}
	ParentStatistics &parent();
	Statistics &parent_process();
	SharedCounter &lines_left_out(std::uint32_t slot)
	{
		return (cell_of(
		    statistics(slot).counters, Counter::log_left_out));
	}

	/*
	 * Takes octets of `max memory' for whoever holds own of it already;
	 * false when it would pass max and others hold something.
	 */
	bool hold_memory(std::uint32_t slot, std::uint64_t octets,
	    std::uint64_t max, std::uint64_t own = 0);
	void release_memory(std::uint32_t slot, std::uint64_t octets);
	std::uint64_t memory_held() const;
	/* The parent's: a process of that kind has the slot from now on. */
	void take_slot(std::uint32_t slot, ProcessKind kind);
	/* The parent's: what a dead process held is free again. */
	void clear_process(std::uint32_t slot);

private:
	struct Layout;
	Segment(Fd fd, void *mapping, std::size_t octets);

	Statistics *statistics_table();
	AddressSlot *address_table();

	Fd shared; /* the parent's only */
	Layout *layout = nullptr;
	std::size_t size = 0;
};

#endif
