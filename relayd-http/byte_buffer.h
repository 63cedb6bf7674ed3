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
 * Octets that arrived and are not used up yet.  Growing does not touch what
 * is not needed, so room for an announced body costs no memory before the
 * body is there; an empty buffer holds none.
 */

#ifndef RELAYD_HTTP_BYTE_BUFFER_H
#define RELAYD_HTTP_BYTE_BUFFER_H

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

#include "log.h"

class ByteBuffer {
public:
	ByteBuffer() = default;
	/* The octets stay where they are. */
	ByteBuffer(ByteBuffer &&other) noexcept
	    : storage(std::move(other.storage)),
	      begin(std::exchange(other.begin, 0)),
	      end(std::exchange(other.end, 0)),
	      capacity(std::exchange(other.capacity, 0))
	{
	}

	std::string_view view() const
	{
		return (std::string_view(storage.get() + begin, end - begin));
	}
	std::size_t size() const
	{
		return (end - begin);
	}
	bool empty() const
	{
		return (begin == end);
	}

	/* Room for that many octets behind the last one. */
	char *room(std::size_t octets)
	{
		if (capacity - end < octets)
			make_room(octets);
		return (storage.get() + end);
	}
	/* So many were written into the room. */
	void grew(std::size_t octets)
	{
		end += octets;
	}
	void append(std::string_view octets)
	{
		if (octets.empty())
			return;
		std::memcpy(room(octets.size()), octets.data(), octets.size());
		grew(octets.size());
	}
	/* Takes octets off the front. */
	void consume(std::size_t octets)
	{
		begin += octets;
		if (begin == end)
			clear();
	}
	void clear()
	{
		storage.reset();
		begin = end = capacity = 0;
	}

private:
	struct Release {
		void operator()(char *octets) const
		{
			std::free(octets);
		}
	};

	void make_room(std::size_t octets)
	{
		std::size_t used = size();

		if (begin > used) {
			std::memmove(
			    storage.get(), storage.get() + begin, used);
			begin = 0;
			end = used;
			if (capacity - end >= octets)
				return;
		}
		std::size_t wanted = end + octets;
		if (wanted < capacity * 2)
			wanted = capacity * 2;
		void *grown = std::realloc(storage.get(), wanted);
		if (grown == nullptr)
			fatal("no memory for %zu octets", wanted);
		static_cast<void>(storage.release());
		storage.reset(static_cast<char *>(grown));
		capacity = wanted;
	}

	std::unique_ptr<char, Release> storage;
	std::size_t begin = 0;
	std::size_t end = 0;
	std::size_t capacity = 0;
};

#endif
