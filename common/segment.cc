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

#include <sys/types.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <stdlib.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <stdexcept>
#include <utility>

#include "compat/compat.h"
#include "digest.h"
#include "log.h"
#include "segment.h"

struct Segment::Layout {
	alignas(64) RateBucket global;
	alignas(64) RateBucket crowded; /* addresses that found no slot */
	std::array<RateBucket, key_slots_max> keys;
	std::array<RateBucket, key_slots_max> lookups;
	/* Apart from what is counted: all of these are looked at often. */
	alignas(64) LivingSlots living;
	std::array<ProcessSlot, process_slots_max> processes;
	alignas(64) ParentStatistics parent;
	Statistics parent_process;
	/*
	 * What each slot's process counts, and the address table, follow:
	 * what nobody uses of them takes no memory.
	 */

	static constexpr std::size_t statistics_size =
	    process_slots_max * sizeof(Statistics);
	static std::size_t size_with(std::uint64_t slots)
	{
		return (sizeof(Layout) + statistics_size +
		    slots * sizeof(AddressSlot));
	}
};

Segment
Segment::create(std::uint32_t address_slots)
{
	std::uint64_t slots = (std::uint64_t{address_slots} + address_ways -
	    1) / address_ways * address_ways;
	std::size_t octets = Layout::size_with(slots);

	Fd fd(shared_memory_create(octets));
	if (!fd.valid())
		fatal("shared memory of %zu octets", octets);
	void *mapping = mmap(nullptr, octets, PROT_READ | PROT_WRITE,
	    MAP_SHARED, fd.get(), 0);
	if (mapping == MAP_FAILED)
		fatal("mmap of shared memory");
	/* Fresh memory is zero: every bucket full, every counter 0. */
	new (mapping) Layout;
	AddressKey address_key;
	arc4random_buf(address_key.data(), address_key.size());
	return (Segment(std::move(fd), mapping, octets, address_key, true));
}

Segment::Segment(Fd fd, void *mapping, std::size_t octets,
    const AddressKey &address_key, bool parents)
    : shared(std::move(fd)), layout(static_cast<Layout *>(mapping)),
      size(octets), key(address_key), is_parents(parents),
      truths(process_slots_max)
{
}

/* Its size, which nobody can change, says all that is to be known of it. */
Segment::Segment(Fd fd, const AddressKey &address_key)
    : key(address_key), truths(process_slots_max)
{
	struct stat st;

	if (fstat(fd.get(), &st) == -1)
		fatal("shared memory");
	size = static_cast<std::size_t>(st.st_size);
	if (size < Layout::size_with(address_ways))
		fatalx("shared memory has only %zu octets", size);
	void *mapping = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED,
	    fd.get(), 0);
	if (mapping == MAP_FAILED)
		fatal("mmap of shared memory");
	layout = static_cast<Layout *>(mapping);
}

Segment::Segment(Segment &&other) noexcept
    : shared(std::move(other.shared)),
      layout(std::exchange(other.layout, nullptr)), size(other.size),
      key(other.key), is_parents(other.is_parents),
      truths(std::move(other.truths))
{
}

Segment::~Segment()
{
	if (layout != nullptr)
		munmap(layout, size);
}

Fd
Segment::descriptor() const
{
	Fd copy(fcntl(shared.get(), F_DUPFD_CLOEXEC, 0));

	if (!copy.valid())
		log_warn("cannot pass the shared memory on");
	return (copy);
}

RateBucket &
Segment::global_bucket()
{
	return (layout->global);
}

RateBucket &
Segment::key_bucket(std::uint32_t slot)
{
	return (layout->keys.at(slot));
}

RateBucket &
Segment::lookup_bucket(std::uint32_t slot)
{
	return (layout->lookups.at(slot));
}

ProcessSlot &
Segment::process(std::uint32_t slot)
{
	return (layout->processes.at(slot));
}

std::uint64_t
Segment::address_sets() const
{
	return ((size - Layout::size_with(0)) / sizeof(AddressSlot) /
	    address_ways);
}

Statistics &
Segment::statistics(std::uint32_t slot)
{
	if (slot >= process_slots_max)
		throw std::out_of_range("process slot");
	return (statistics_table()[slot]);
}

ParentStatistics &
Segment::parent()
{
	return (layout->parent);
}

Statistics &
Segment::parent_process()
{
	return (layout->parent_process);
}

Statistics *
Segment::statistics_table()
{
	return (reinterpret_cast<Statistics *>(layout + 1));
}

AddressSlot *
Segment::address_table()
{
	return (reinterpret_cast<AddressSlot *>(
	    statistics_table() + process_slots_max));
}

RateBucket &
Segment::address_bucket(const IpAddress &address, const RateLimit &limit,
    std::uint64_t now_ns)
{
	struct {
		std::array<std::uint8_t, 16> key;
		std::array<std::uint8_t, 16> octets;
	} keyed = {key, address.rate_limit_unit().octets()};
	Sha256Digest digest = sha256(std::string_view(
	    reinterpret_cast<const char *>(&keyed), sizeof(keyed)));
	std::uint64_t hash[2];
	std::memcpy(hash, digest.data(), sizeof(hash));
	std::uint64_t tag = hash[0] == 0 ? 1 : hash[0];
	AddressSlot *set =
	    address_table() + hash[1] % address_sets() * address_ways;
	std::uint64_t full =
	    limit.none() ? 0 : limit.interval_ns() * limit.burst;

	for (std::size_t way = 0; way < address_ways; way++) {
		if (set[way].tag.load(std::memory_order_acquire) == tag)
			return (set[way].bucket);
	}
	for (std::size_t way = 0; way < address_ways; way++) {
		AddressSlot &slot = set[way];
		std::uint64_t owner = slot.tag.load(std::memory_order_acquire);
		/* Another process claimed it for this address meanwhile. */
		if (owner == tag)
			return (slot.bucket);
		std::uint64_t arrival =
		    slot.bucket.load(std::memory_order_relaxed);
		/* Busy: units are out, and not by a time that cannot be. */
		if (owner != 0 && arrival > now_ns &&
		    arrival <= now_ns + full)
			continue;
		if (slot.tag.compare_exchange_strong(owner, tag,
			std::memory_order_acq_rel)) {
			if (arrival > now_ns)
				slot.bucket.compare_exchange_strong(arrival,
				    now_ns, std::memory_order_relaxed);
			return (slot.bucket);
		}
		/* Another process claimed it, perhaps for the same address. */
		if (owner == tag)
			return (slot.bucket);
	}
	return (layout->crowded);
}

Segment::Truth &
Segment::own(std::uint32_t slot)
{
	Truth &truth = truths.at(slot);

	truth.is_own = true;
	return (truth);
}

/* Our own as we know it, those of other living processes as they say. */
template <typename Cell>
std::uint64_t
Segment::sum(
    Cell cell, std::uint64_t Truth::*truth, std::uint64_t most) const
{
	std::uint64_t all = 0;

	for (std::uint32_t slot = 0; slot < process_slots_max; slot++) {
		std::uint64_t living =
		    layout->living[slot / 64].load(std::memory_order_relaxed);
		if (truths[slot].is_own)
			all += truths[slot].*truth;
		else if ((living >> slot % 64 & 1) != 0)
			all += std::min((layout->processes[slot].*cell)
					    .load(std::memory_order_relaxed),
			    most);
	}
	return (all);
}

/*
 * What others take at the same moment is not seen: each may pass max by the
 * one that it takes.
 */
bool
Segment::hold_memory(std::uint32_t slot, std::uint64_t octets,
    std::uint64_t max, std::uint64_t by_holder)
{
	Truth &truth = own(slot);

	if (max != UINT64_MAX) {
		std::uint64_t held = memory_held(std::min(max, memory_most));
		if (held > by_holder && (held > max || octets > max - held))
			return (false);
	}
	truth.memory += octets;
	set_to(process(slot).memory, truth.memory);
	return (true);
}

void
Segment::release_memory(std::uint32_t slot, std::uint64_t octets)
{
	Truth &truth = own(slot);

	truth.memory -= octets;
	set_to(process(slot).memory, truth.memory);
}

std::uint64_t
Segment::memory_held(std::uint64_t most) const
{
	return (sum(&ProcessSlot::memory, &Truth::memory, most));
}

void
Segment::set_connections(std::uint32_t slot, std::uint64_t number)
{
	own(slot).connections = number;
	set_to(process(slot).connections, number);
}

std::uint64_t
Segment::connections(std::uint64_t most) const
{
	return (sum(&ProcessSlot::connections, &Truth::connections, most));
}

void
Segment::take_slot(std::uint32_t slot, ProcessKind kind)
{
	Truth &truth = truths.at(slot);

	truth.kind = kind;
	truth.is_alive = kind != ProcessKind::resolver;
	set_to(process(slot).kind, static_cast<std::uint64_t>(kind));
	show_living();
}

void
Segment::clear_process(std::uint32_t slot)
{
	ProcessSlot &dead = process(slot);

	truths.at(slot).is_alive = false;
	show_living();
	set_to(dead.memory, 0);
	set_to(dead.connections, 0);
	statistics(slot).clear_gauges();
}

void
Segment::show_living()
{
	std::array<std::uint64_t, process_slots_max / 64> bits{};

	for (std::uint32_t slot = 0; slot < process_slots_max; slot++)
		bits[slot / 64] |= std::uint64_t{truths[slot].is_alive}
		    << slot % 64;
	for (std::size_t i = 0; i < bits.size(); i++)
		set_to(layout->living[i], bits[i]);
}

void
Segment::rewrite()
{
	for (std::uint32_t slot = 0; slot < process_slots_max; slot++) {
		const Truth &truth = truths[slot];
		ProcessSlot &cells = layout->processes[slot];
		if (truth.is_own) {
			set_to(cells.memory, truth.memory);
			set_to(cells.connections, truth.connections);
		}
		if (is_parents && truth.kind != ProcessKind::none)
			set_to(cells.kind,
			    static_cast<std::uint64_t>(truth.kind));
	}
	if (is_parents)
		show_living();
}
