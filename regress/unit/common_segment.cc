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
#include <sys/wait.h>

#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include "catch.h"
#include "segment.h"

namespace {

constexpr std::uint64_t second = 1000000000;
constexpr RateLimit limit{1, second, 2};

IpAddress
v6(unsigned int network, unsigned int host)
{
	char text[64];

	snprintf(text, sizeof(text), "2001:db8:%x:%x::%x", network >> 16,
	    network & 0xffff, host);
	return (*IpAddress::parse(text));
}

} /* namespace */

TEST_CASE("an address keeps its bucket; a /64 is one address")
{
	Segment segment = Segment::create(1000);
	std::uint64_t now = 100 * second;
	RateBucket &one = segment.address_bucket(v6(1, 1), limit, now);

	CHECK(rate_take(one, limit, now).allowed);
	CHECK(&segment.address_bucket(v6(1, 1), limit, now) == &one);
	CHECK(&segment.address_bucket(v6(1, 2), limit, now) == &one);
	CHECK(&segment.address_bucket(v6(2, 1), limit, now) != &one);
	CHECK(&segment.address_bucket(*IpAddress::parse("192.0.2.1"), limit,
		  now) !=
	    &segment.address_bucket(*IpAddress::parse("192.0.2.2"), limit,
		now));
}

TEST_CASE("whoever finds no slot shares one bucket, and evicts nobody")
{
	Segment segment = Segment::create(8); /* one set */
	std::uint64_t now = 100 * second;
	RateBucket *busy[8];

	for (unsigned int i = 0; i < 8; i++) {
		busy[i] = &segment.address_bucket(v6(i, 1), limit, now);
		CHECK(rate_take(*busy[i], limit, now).allowed);
	}
	RateBucket &crowded = segment.address_bucket(v6(100, 1), limit, now);
	for (unsigned int i = 0; i < 1000; i++)
		REQUIRE(&segment.address_bucket(v6(200 + i, 1), limit, now) ==
		    &crowded);
	for (unsigned int i = 0; i < 8; i++)
		CHECK(&segment.address_bucket(v6(i, 1), limit, now) ==
		    busy[i]);
	/* When its units are back, a slot is free for another address. */
	now += 10 * second;
	CHECK(&segment.address_bucket(v6(100, 1), limit, now) != &crowded);
}

TEST_CASE("a million addresses neither evict the busy nor take more room")
{
	constexpr RateLimit slow{1, 86400 * second, 3};
	Segment segment = Segment::create(10000);
	std::uint64_t now = 100 * second;
	RateBucket *busy[100];

	for (unsigned int i = 0; i < 100; i++) {
		busy[i] = &segment.address_bucket(v6(i, 1), slow, now);
		REQUIRE(rate_take(*busy[i], slow, now).remaining == 2);
	}
	std::uint64_t allowed = 0;
	for (unsigned int i = 0; i < 1000000; i++) {
		RateBucket &bucket =
		    segment.address_bucket(v6(1000 + i, 1), slow, now);
		allowed += rate_take(bucket, slow, now).allowed;
		/* The honest come by in the middle of it. */
		if (i == 500000)
			for (RateBucket *bucket_of : busy)
				rate_take(*bucket_of, slow, now);
	}
	/* One each for the slots that were left, and what all others share. */
	CHECK(allowed <= 10000 - 100 + slow.burst);
	CHECK(allowed >= 9000);
	CHECK(segment.address_sets() == 1250);
	for (unsigned int i = 0; i < 100; i++) {
		RateBucket &bucket =
		    segment.address_bucket(v6(i, 1), slow, now);
		REQUIRE(&bucket == busy[i]);
		CHECK(rate_take(bucket, slow, now).allowed);
		CHECK_FALSE(rate_take(bucket, slow, now).allowed);
	}
}

TEST_CASE("where an address has its slot is another thing in each table")
{
	std::uint64_t now = 100 * second;
	std::vector<std::ptrdiff_t> places[2];

	for (auto &list : places) {
		Segment segment = Segment::create(100000);
		RateBucket &first =
		    segment.address_bucket(v6(0, 1), limit, now);
		for (unsigned int i = 1; i < 50; i++)
			list.push_back(
			    &segment.address_bucket(v6(i, 1), limit, now) -
			    &first);
	}
	unsigned int same = 0;
	for (std::size_t i = 0; i < places[0].size(); i++)
		same += places[0][i] == places[1][i];
	CHECK(same <= 2);
}

TEST_CASE("processes that meet an address at once give it one bucket")
{
	constexpr unsigned int addresses = 20000;
	constexpr int processes = 4;
	constexpr RateLimit once{1, 86400 * second, 1};
	Segment segment = Segment::create(800000);
	std::uint64_t now = monotonic_ns();

	for (int n = 0; n < processes; n++) {
		pid_t pid = fork();
		REQUIRE(pid != -1);
		if (pid != 0)
			continue;
		for (unsigned int i = 0; i < addresses; i++)
			if (rate_take(segment.address_bucket(
				v6(i, 1), once, now), once, now).allowed)
				segment.count(0, Counter::connections_made);
		_exit(0);
	}
	for (int n = 0; n < processes; n++) {
		int status;
		REQUIRE(wait(&status) != -1);
		CHECK(status == 0);
	}
	CHECK(cell_of(segment.statistics(0).counters,
		  Counter::connections_made).load() == addresses);
}

TEST_CASE("a slot with an impossible time does not stay busy for ever")
{
	Segment segment = Segment::create(8);
	std::uint64_t now = 100 * second;

	for (unsigned int i = 0; i < 8; i++)
		segment.address_bucket(v6(i, 1), limit, now) = UINT64_MAX;
	RateBucket &bucket = segment.address_bucket(v6(100, 1), limit, now);
	CHECK(rate_take(bucket, limit, now).allowed);
	CHECK(&segment.address_bucket(v6(100, 1), limit, now) == &bucket);
	CHECK(&segment.address_bucket(v6(101, 1), limit, now) != &bucket);
}

TEST_CASE("memory is held up to the bound; one alone is always taken")
{
	Segment segment = Segment::create(8);

	CHECK(segment.hold_memory(0, 5000, 1000)); /* alone */
	CHECK_FALSE(segment.hold_memory(1, 1, 1000));
	segment.release_memory(0, 5000);
	CHECK(segment.hold_memory(0, 600, 1000));
	CHECK(segment.hold_memory(1, 400, 1000));
	CHECK_FALSE(segment.hold_memory(1, 1, 1000));
	CHECK(segment.memory_held() == 1000);
	CHECK_FALSE(segment.hold_memory(0, 1, 1000, 600));

	segment.release_memory(1, 400);

	/* Alone again, whoever holds all of that may have more. */
	CHECK_FALSE(segment.hold_memory(0, 500, 1000, 599));
	CHECK(segment.hold_memory(0, 500, 1000, 600));
	CHECK(segment.memory_held() == 1100);
}

TEST_CASE("memory is held by living processes, whatever their cells say")
{
	Segment parent = Segment::create(8);
	Segment one(parent.descriptor(), parent.address_key());
	Segment two(parent.descriptor(), parent.address_key());
	constexpr std::uint64_t much = std::uint64_t{1} << 62;

	parent.take_slot(0, ProcessKind::relayd_http);
	parent.take_slot(1, ProcessKind::relayd_http);
	CHECK(one.hold_memory(0, 600, 1000));
	one.set_connections(0, 5);
	CHECK(two.hold_memory(1, 300, 1000));
	CHECK_FALSE(two.hold_memory(1, 101, 1000, 300));
	CHECK(two.connections(100) == 5);

	/* No slot but a living one's counts, and none for more than it can. */
	for (std::uint32_t slot = 2; slot < process_slots_max; slot++) {
		one.process(slot).memory = much;
		one.process(slot).connections = std::uint64_t{0} - 100000;
	}
	one.process(1).memory = much;
	one.process(1).connections = UINT64_MAX;
	CHECK(one.memory_held(1000) == 1600);
	CHECK(one.connections(100) == 105);
	CHECK(two.memory_held(1000) == 900);

	/* Its owner goes by what it knows, and says it again. */
	two.rewrite();
	CHECK(one.memory_held(1000) == 900);
	CHECK(one.connections(100) == 5);
	CHECK(one.hold_memory(0, 100, 1000));

	/* So does the parent of who lives. */
	parent.clear_process(1);
	CHECK(one.memory_held(1000) == 700);
	parent.take_slot(2, ProcessKind::relayd_smtp);
	one.process(2).memory = much;
	CHECK(one.memory_held(1000) == 1700);
	parent.clear_process(2);
	CHECK(parent.process(2).memory == 0);
	CHECK(one.memory_held(1000) == 700);
	parent.rewrite();
	CHECK(one.memory_held(1000) == 700);
	one.release_memory(0, 700);
	CHECK(one.memory_held() == 0);
}

TEST_CASE("nothing that is written into it keeps a process from starting")
{
	Segment parent = Segment::create(100);
	Segment captured(parent.descriptor(), parent.address_key());
	std::uint64_t now = 100 * second;
	auto place = [&](Segment &segment) {
		return (
		    reinterpret_cast<char *>(
			&segment.address_bucket(v6(1, 1), limit, now)) -
		    reinterpret_cast<char *>(&segment.global_bucket()));
	};
	std::ptrdiff_t before = place(parent);

	/* All of it, from the first octet. */
	auto *octets = reinterpret_cast<char *>(&captured.global_bucket());
	auto *end = reinterpret_cast<char *>(
	    &captured.statistics(process_slots_max - 1) + 1);
	std::fill(octets, end, '\xff');
	Segment fresh(parent.descriptor(), parent.address_key());
	CHECK(fresh.address_sets() == parent.address_sets());
	CHECK(place(fresh) == before);
	CHECK(fresh.hold_memory(0, 100, 1000, 100) == false);
	parent.rewrite();
	CHECK(fresh.hold_memory(0, 100, 1000));
}

TEST_CASE("a child maps what the parent made")
{
	Segment parent = Segment::create(100);
	Segment child(parent.descriptor(), parent.address_key());

	parent.global_bucket() = 42;
	CHECK(child.global_bucket() == 42);
	child.key_bucket(key_slots_max - 1) = 43;
	CHECK(parent.key_bucket(key_slots_max - 1) == 43);
	CHECK_THROWS(parent.key_bucket(key_slots_max));
	child.lookup_bucket(key_slots_max - 1) = 44;
	CHECK(parent.lookup_bucket(key_slots_max - 1) == 44);
	CHECK(parent.key_bucket(key_slots_max - 1) == 43);
	CHECK_THROWS(parent.lookup_bucket(key_slots_max));
	CHECK_THROWS(parent.process(process_slots_max));
}
