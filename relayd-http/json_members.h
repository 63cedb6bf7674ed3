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
 * The members of an object that is posted, found by a table of those that
 * there are: any other is an error.
 */

#ifndef RELAYD_HTTP_JSON_MEMBERS_H
#define RELAYD_HTTP_JSON_MEMBERS_H

#include <jansson.h>

#include <array>
#include <cstddef>
#include <string_view>

struct JsonMember {
	std::string_view name;
	bool required;
};

/* null, and an empty array in an optional field, is absence. */
bool is_absent(const json_t *value, bool required);
/* A member's name that may be repeated in an answer and a log. */
bool is_plain_name(std::string_view name);

/* Indexed as the table is; nullptr: absent. */
template <std::size_t size> class JsonMembers {
public:
	using Table = std::array<JsonMember, size>;

	/* nullptr, or the name of one that is not in the table. */
	const char *find(json_t *object, const Table &table)
	{
		for (void *at = json_object_iter(object); at != nullptr;
		    at = json_object_iter_next(object, at)) {
			const char *name = json_object_iter_key(at);
			std::size_t index = index_of(table, name);
			if (index == size)
				return (name);
			json_t *value = json_object_iter_value(at);
			if (!is_absent(value, table[index].required))
				values[index] = value;
		}
		return (nullptr);
	}
	json_t *operator[](std::size_t index) const
	{
		return (values[index]);
	}

private:
	static std::size_t index_of(const Table &table, std::string_view name)
	{
		std::size_t index = 0;

		while (index < size && table[index].name != name)
			index++;
		return (index);
	}

	std::array<json_t *, size> values{};
};

#endif
