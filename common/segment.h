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
 * only, updated with lock-free atomics.  Made once, at a fixed size, before
 * pledge.
 *
 * A captured process may have written anything there, and nobody trusts it
 * further than it goes.  How it is laid out is not said in it.  Who owns a
 * cell keeps the truth to itself, goes by that, and writes it anew every
 * second.  A sum is made of the cells of living processes, each taken for no
 * more than it can be.
 */

#ifndef COMMON_SEGMENT_H
#define COMMON_SEGMENT_H

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "address.h"
#include "fd.h"
#include "rate_limit.h"
#include "statistics.h"

constexpr std::uint32_t key_slots_max = 10000;
constexpr std::uint32_t process_slots_max = 128;

/* One process's part; cleared by the parent when that process has died. */
struct alignas(64) ProcessSlot {
	SharedCounter connections; /* open now */
	SharedCounter memory; /* octets of `max memory' that it holds */
	SharedCounter kind; /* ProcessKind of who had the slot last */
};
/* A bit for each slot whose process lives: the parent's. */
using LivingSlots = std::array<SharedCounter, process_slots_max / 64>;

/* By which an address finds its place: the parent tells the children. */
using AddressKey = std::array<std::uint8_t, 16>;

/* More than any process can hold; so many of them still make a number. */
constexpr std::uint64_t memory_most = std::uint64_t{1} << 48;

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
	/* A child's: maps what the parent passed, with its address_key(). */
	Segment(Fd fd, const AddressKey &address_key);
	~Segment();
	Segment(Segment &&other) noexcept;
	Segment &operator=(Segment &&) = delete;
	Segment(const Segment &) = delete;

	/* Another descriptor of it, for a child. */
	Fd descriptor() const;
	const AddressKey &address_key() const
	{
		return (key);
	}

	RateBucket &global_bucket();
	/* Of messages, and of look-ups; slot: < key_slots_max. */
	RateBucket &key_bucket(std::uint32_t slot);
	RateBucket &lookup_bucket(std::uint32_t slot);
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

	/* A child's: this slot's cells are its own. */
	void own_slot(std::uint32_t slot)
	{
		own(slot);
	}
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
	/* By all; most: what one process can hold. */
	std::uint64_t memory_held(std::uint64_t most = memory_most) const;
	/* How many this process has open, and how many all have. */
	void set_connections(std::uint32_t slot, std::uint64_t number);
	std::uint64_t connections(std::uint64_t most) const;
	/*
	 * The parent's: a process of that kind has the slot from now on.  Who
	 * has no segment, as the resolver, has no part in any sum.
	 */
	void take_slot(std::uint32_t slot, ProcessKind kind);
	/* The parent's: what a dead process held is free again. */
	void clear_process(std::uint32_t slot);
	/* Every second: what is ours says what we know again. */
	void rewrite();

private:
	struct Layout;
	/* What this process knows of a slot. */
	struct Truth {
		bool is_own = false; /* of its own slot: */
		std::uint64_t connections = 0;
		std::uint64_t memory = 0;
		/* The parent's, of all. */
		ProcessKind kind = ProcessKind::none;
		bool is_alive = false;
	};
	Segment(Fd fd, void *mapping, std::size_t octets,
	    const AddressKey &address_key, bool parents);

	Truth &own(std::uint32_t slot);
	template <typename Cell>
	std::uint64_t sum(Cell cell, std::uint64_t Truth::*truth,
	    std::uint64_t most) const;
	void show_living();

	Statistics *statistics_table();
	AddressSlot *address_table();

	Fd shared; /* the parent's only */
	Layout *layout = nullptr;
	std::size_t size = 0;
	AddressKey key;
	bool is_parents = false;
	std::vector<Truth> truths; /* of all slots */
};

#endif
