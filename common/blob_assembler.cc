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

#include <algorithm>
#include <cstring>

#include "imsg.h"

BlobAssembler::State
BlobAssembler::add(std::string_view payload, std::size_t room,
    std::uint64_t &id, std::string_view &blob, std::string &storage)
{
	struct {
		std::uint64_t id;
		std::uint32_t number;
		std::uint32_t total;
	} head;
	static_assert(sizeof(head) == piece_header_size);

	if (payload.size() < sizeof(head))
		return (State::malformed);
	std::memcpy(&head, payload.data(), sizeof(head));
	payload.remove_prefix(sizeof(head));
	id = head.id;
	/* Pieces are full but for the last one. */
	std::uint64_t before = std::uint64_t{head.number} * piece_octets_max;
	if (before > head.total ||
	    payload.size() !=
		std::min<std::uint64_t>(piece_octets_max, head.total - before))
		return (State::malformed);

	bool last = before + payload.size() == head.total;
	bool too_large = head.total > octets_max || head.total > room;
	auto found = pending.find(id);
	if (head.number == 0) {
		if (found != pending.end())
			return (State::malformed);
		if (last) {
			blob = payload;
			return (too_large ? State::refused : State::complete);
		}
		if (pending.size() >= pending_max)
			return (State::malformed);
		Pending &fresh = pending[id];
		fresh.total = head.total;
		fresh.next_number = 1;
		fresh.ignored = too_large;
		fresh.begun = Clock::now();
		if (too_large)
			return (State::refused);
		held_octets += head.total;
		fresh.octets.reserve(head.total);
		fresh.octets.append(payload);
		return (State::more);
	}

	if (found == pending.end() || found->second.total != head.total ||
	    found->second.next_number != head.number)
		return (State::malformed);
	Pending &known = found->second;
	known.next_number++;
	if (!known.ignored)
		known.octets.append(payload);
	if (!last)
		return (State::more);
	State state = State::more;
	if (!known.ignored) {
		held_octets -= known.total;
		storage = std::move(known.octets);
		blob = storage;
		state = State::complete;
	}
	pending.erase(found);
	return (state);
}

std::vector<std::uint64_t>
BlobAssembler::drop_begun_before(Clock::time_point time)
{
	std::vector<std::uint64_t> dropped;

	for (auto &[id, blob] : pending) {
		if (blob.ignored || blob.begun >= time)
			continue;
		held_octets -= blob.total;
		std::string().swap(blob.octets);
		blob.ignored = true;
		dropped.push_back(id);
	}
	return (dropped);
}
