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
 * The look-ups that relayd-smtp was asked and has not answered.  Whether
 * somebody still waits for the answer makes no difference: it is made all the
 * same, so a client cannot pass the bounds by leaving.
 */

#ifndef RELAYD_HTTP_LOOKUPS_IN_FLIGHT_H
#define RELAYD_HTTP_LOOKUPS_IN_FLIGHT_H

#include <cstddef>
#include <cstdint>
#include <unordered_map>

constexpr std::size_t lookups_of_key_max = 32;
constexpr std::size_t lookups_max = 256; /* of a process */

class LookupsInFlight {
public:
	/* No more of all keys, or of the key with this slot. */
	bool full() const
	{
		return (lookups.size() >= lookups_max);
	}
	bool key_full(std::uint32_t key_slot) const;

	/* instance: of the link on which it was asked. */
	void asked(std::uint64_t id, std::uint64_t instance,
	    std::uint32_t key_slot);
	/* Another id than of a look-up in flight changes nothing. */
	void answered(std::uint64_t id);
	/* No more answers come by this link. */
	void lost(std::uint64_t instance);

private:
	struct Lookup {
		std::uint64_t instance;
		std::uint32_t key_slot;
	};

	void uncount(std::uint32_t key_slot);

	std::unordered_map<std::uint64_t, Lookup> lookups;
	/* Only those that have some.  A key keeps its slot at a reload. */
	std::unordered_map<std::uint32_t, std::size_t> of_keys;
};

#endif
