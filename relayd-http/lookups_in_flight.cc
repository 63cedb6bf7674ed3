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

#include "lookups_in_flight.h"

bool
LookupsInFlight::key_full(std::uint32_t key_slot) const
{
	auto found = of_keys.find(key_slot);

	return (found != of_keys.end() && found->second >= lookups_of_key_max);
}

void
LookupsInFlight::asked(
    std::uint64_t id, std::uint64_t instance, std::uint32_t key_slot)
{
	lookups[id] = {instance, key_slot};
	of_keys[key_slot]++;
}

void
LookupsInFlight::answered(std::uint64_t id)
{
	auto found = lookups.find(id);

	if (found == lookups.end())
		return;
	uncount(found->second.key_slot);
	lookups.erase(found);
}

void
LookupsInFlight::lost(std::uint64_t instance)
{
	std::erase_if(lookups, [&](const auto &entry) {
		const Lookup &lookup = entry.second;

		if (lookup.instance != instance)
			return (false);
		uncount(lookup.key_slot);
		return (true);
	});
}

void
LookupsInFlight::uncount(std::uint32_t key_slot)
{
	auto found = of_keys.find(key_slot);

	if (--found->second == 0)
		of_keys.erase(found);
}
