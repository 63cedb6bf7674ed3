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
 * A JSON text read by jansson, strictly: what api.md calls "what JSON itself
 * does not allow or the parser refuses" is an error here.
 *
 * Long strings are kept from jansson, which takes 10 ns and three copies for
 * every octet: it sees a reference in their place, they are checked and
 * decoded here, and what holds no escape is not copied at all.
 */

#ifndef RELAYD_HTTP_JSON_DOCUMENT_H
#define RELAYD_HTTP_JSON_DOCUMENT_H

#include <jansson.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "result.h"

/* Objects and arrays within each other, the outermost counted. */
constexpr std::size_t json_levels_max = 32;
/*
 * Values in one document, whoever reads it: members, elements, and what is
 * empty.  jansson takes up to 60 octets of memory for one octet of
 * `[[],[],...]', so `max memory' would bound nothing without this.
 */
constexpr std::size_t json_values_max = 100000;
/*
 * Members of one object: what 4 KiB of metadata have room for, and more than
 * anything else has.  jansson's time for a large object is out of all
 * proportion.
 */
constexpr std::size_t json_members_max = 1024;
/* What one of them takes up, with its share of the object that it is in. */
constexpr std::size_t json_value_octets = 200;

class JsonDocument {
public:
	JsonDocument() = default;

	/*
	 * One object, UTF-8, with nothing behind it.  The error says what is
	 * wrong and where, and quotes nothing.  text must stay where it is,
	 * unchanged, as long as the document.  values_max: what an honest
	 * text can have.
	 */
	static Result<JsonDocument> parse(std::string_view text,
	    std::size_t values_max = json_values_max);

	/* An object, or nullptr when default-constructed. */
	json_t *root() const
	{
		return (object.get());
	}
	/*
	 * The octets of one of its strings (never json_string_value(3): that
	 * may be a reference).  They stay where they are when the document is
	 * moved.
	 */
	std::string_view text_of(const json_t *string) const;
	/* Octets of long strings that had to be copied: they held escapes. */
	std::size_t copied() const;
	/* About what it takes up, beside the text that it was read from. */
	std::size_t footprint() const
	{
		return (copied() + values * json_value_octets);
	}

private:
	friend class JsonReader;

	struct Release {
		void operator()(json_t *value) const
		{
			json_decref(value);
		}
	};

	std::unique_ptr<json_t, Release> object;
	std::size_t values = 0;
	/* What references refer to: as posted, or decoded. */
	struct LongString {
		std::string_view literal;
		std::string decoded;
		bool is_decoded = false;
	};
	std::vector<LongString> long_strings;
};

#endif
