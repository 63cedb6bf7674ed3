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

#include <cstring>
#include <new>
#include <stdexcept>
#include <utility>

#include "compat/compat.h"
#include "digest.h"
#include "log.h"
#include "segment.h"

namespace {

constexpr std::uint64_t segment_magic = 0x72656c6573686d31; /* relesshm1 */

} /* namespace */

struct Segment::Layout {
	std::uint64_t magic;
	std::uint64_t octets;
	std::uint64_t address_slots; /* a multiple of address_ways */
	std::array<std::uint8_t, 16> address_key; /* random, per start */
	alignas(64) SharedCounter memory;
	alignas(64) RateBucket global;
	alignas(64) RateBucket crowded; /* addresses that found no slot */
	std::array<RateBucket, key_slots_max> keys;
	/* Apart from what is counted: all of these are looked at often. */
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
	Layout *layout = new (mapping) Layout;
	layout->magic = segment_magic;
	layout->octets = octets;
	layout->address_slots = slots;
	arc4random_buf(layout->address_key.data(),
	    layout->address_key.size());
	return (Segment(std::move(fd), mapping, octets));
}

Segment::Segment(Fd fd, void *mapping, std::size_t octets)
    : shared(std::move(fd)), layout(static_cast<Layout *>(mapping)),
      size(octets)
{
}

Segment::Segment(Fd fd)
{
	struct stat st;

	if (fstat(fd.get(), &st) == -1)
		fatal("shared memory");
	size = static_cast<std::size_t>(st.st_size);
	if (size < sizeof(Layout))
		fatalx("shared memory has only %zu octets", size);
	void *mapping = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED,
	    fd.get(), 0);
	if (mapping == MAP_FAILED)
		fatal("mmap of shared memory");
	layout = static_cast<Layout *>(mapping);
	if (layout->magic != segment_magic || layout->octets != size ||
	    layout->address_slots == 0 ||
	    layout->address_slots % address_ways != 0 ||
	    Layout::size_with(layout->address_slots) != size)
		fatalx("shared memory is not of this version");
}

Segment::Segment(Segment &&other) noexcept
    : shared(std::move(other.shared)),
      layout(std::exchange(other.layout, nullptr)), size(other.size)
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

ProcessSlot &
Segment::process(std::uint32_t slot)
{
	return (layout->processes.at(slot));
}

/*
 * The size is checked at the start; the table's owner may be captured, so
 * what lies there now is not asked.
 */
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
	} keyed = {layout->address_key, address.rate_limit_unit().octets()};
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

bool
Segment::hold_memory(std::uint32_t slot, std::uint64_t octets,
    std::uint64_t max, std::uint64_t own)
{
	std::uint64_t held = layout->memory.load(std::memory_order_relaxed);

	do {
		if (held > own && (held > max || octets > max - held))
			return (false);
	} while (!layout->memory.compare_exchange_weak(held, held + octets,
	    std::memory_order_relaxed));
	process(slot).memory.fetch_add(octets, std::memory_order_relaxed);
	return (true);
}

void
Segment::release_memory(std::uint32_t slot, std::uint64_t octets)
{
	process(slot).memory.fetch_sub(octets, std::memory_order_relaxed);
	layout->memory.fetch_sub(octets, std::memory_order_relaxed);
}

std::uint64_t
Segment::memory_held() const
{
	return (layout->memory.load(std::memory_order_relaxed));
}

void
Segment::take_slot(std::uint32_t slot, ProcessKind kind)
{
	set_to(process(slot).kind, static_cast<std::uint64_t>(kind));
}

void
Segment::clear_process(std::uint32_t slot)
{
	ProcessSlot &dead = process(slot);

	layout->memory.fetch_sub(
	    dead.memory.exchange(0, std::memory_order_relaxed),
	    std::memory_order_relaxed);
	dead.connections.store(0, std::memory_order_relaxed);
	statistics(slot).clear_gauges();
}
