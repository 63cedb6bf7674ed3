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

#include <array>
#include <charconv>
#include <cstring>

#include "json_document.h"
#include "json_string.h"

namespace {

/*
 * What a reference begins with.  A string that could be taken for one,
 * because it begins with this or with an escape, is never left to jansson.
 */
constexpr char reference_mark = 0x7f;
constexpr std::size_t long_string_min = 64;

/* jansson's own texts quote what they found. */
const char *
reason_of(const json_error_t &error)
{
	switch (json_error_code(&error)) {
	case json_error_out_of_memory:
		return ("it needs too much memory");
	case json_error_premature_end_of_input:
		return ("it ends too early");
	case json_error_end_of_input_expected:
		return ("something follows the document");
	case json_error_invalid_utf8:
		return ("invalid UTF-8");
	case json_error_null_character:
	case json_error_null_byte_in_key:
		return ("a NUL character");
	case json_error_duplicate_key:
		return ("a member is there twice");
	case json_error_numeric_overflow:
		return ("a number is out of range");
	default:
		return ("a syntax error");
	}
}

} /* namespace */

/*
 * Reads a text once, before jansson: counts what must be refused before
 * memory is allocated for it, and puts references in the places of long
 * strings.  Brackets, commas and quotation marks are all it looks at; whether
 * they are in their places, and all the rest, is jansson's.
 */
class JsonReader {
public:
	JsonReader(std::string_view octets, std::size_t max)
	    : at(octets.data()), end(at + octets.size()), begin(at), copied(at),
	      values_max(max)
	{
	}

	Result<JsonDocument> read();

private:
	bool check_octets();
	bool scan();
	bool open(bool is_object);
	bool count_value();
	bool count_member();
	bool take_string();
	const char *string_end() const;
	bool is_name(const char *behind) const;
	bool refer(std::string_view literal, const char *behind);
	bool refuse(const char *why, const char *where);
	Error refused(const json_error_t &error) const;
	std::size_t place_of(std::size_t position) const;

	const char *at;
	const char *end;
	const char *begin;
	const char *copied; /* into outline, up to here */
	std::string outline; /* the text with references */
	std::size_t values_max;
	std::size_t level = 0;
	/* Of what is open: of an object its members, of an array 0. */
	std::array<std::size_t, json_levels_max> members{};
	std::size_t values = 0;
	Error failure;
	JsonDocument document;
};

bool
JsonReader::refuse(const char *why, const char *where)
{
	failure.text = "the body is not valid JSON: ";
	failure.text += why;
	failure.text += " at octet " + std::to_string(where - begin);
	return (false);
}

bool
JsonReader::open(bool is_object)
{
	if (level == json_levels_max)
		return (refuse("nesting over 32 levels", at - 1));
	members[level++] = is_object ? 1 : 0;
	return (count_value());
}

bool
JsonReader::count_value()
{
	if (++values <= values_max)
		return (true);
	return (refuse(("more than " + std::to_string(values_max) +
	    " values").c_str(), at));
}

/* At a comma: another one of the object, if it is one. */
bool
JsonReader::count_member()
{
	if (level == 0 || members[level - 1] == 0 ||
	    ++members[level - 1] <= json_members_max)
		return (count_value());
	return (refuse("an object with more than 1024 members", at));
}

/* at is behind a quotation mark; nullptr: there is no other one. */
const char *
JsonReader::string_end() const
{
	const char *from = at;

	for (;;) {
		auto mark = static_cast<const char *>(std::memchr(
		    from, '"', static_cast<std::size_t>(end - from)));
		if (mark == nullptr)
			return (nullptr);
		const char *escape = mark;
		while (escape > from && escape[-1] == '\\')
			escape--;
		if ((mark - escape) % 2 == 0)
			return (mark);
		from = mark + 1;
	}
}

/* What ends before behind is a member's name. */
bool
JsonReader::is_name(const char *behind) const
{
	while (behind < end && (*behind == ' ' || *behind == '\t' ||
	    *behind == '\r' || *behind == '\n'))
		behind++;
	return (behind < end && *behind == ':');
}

/* Puts a reference where literal is, which a quotation mark follows. */
bool
JsonReader::refer(std::string_view literal, const char *behind)
{
	JsonStringForm form = inspect_json_string(literal);
	if (form == JsonStringForm::malformed)
		return (refuse("a malformed string", literal.data()));
	JsonDocument::LongString string;
	string.literal = literal;
	if (form == JsonStringForm::escaped) {
		string.is_decoded = true;
		if (!decode_json_string(string.decoded, literal))
			return (refuse("a malformed string", literal.data()));
	}

	outline.append(copied,
	    static_cast<std::size_t>(literal.data() - copied));
	outline += reference_mark;
	outline += std::to_string(document.long_strings.size());
	copied = behind;
	document.long_strings.push_back(std::move(string));
	return (true);
}

bool
JsonReader::take_string()
{
	const char *mark = string_end();

	if (mark == nullptr) {
		at = end;
		return (true);
	}
	std::string_view literal(at, static_cast<std::size_t>(mark - at));
	at = mark + 1;
	bool refers = literal.size() >= long_string_min ||
	    (!literal.empty() &&
	    (literal[0] == '\\' || literal[0] == reference_mark));
	if (!refers || is_name(at))
		return (true);
	return (refer(literal, mark));
}

/* jansson takes NUL behind a number, true, false or null for nothing. */
bool
JsonReader::check_octets()
{
	const void *nul = at == end ? nullptr :
	    std::memchr(at, '\0', static_cast<std::size_t>(end - at));

	if (nul == nullptr)
		return (true);
	return (refuse("a NUL character", static_cast<const char *>(nul)));
}

bool
JsonReader::scan()
{
	while (at < end) {
		switch (*at++) {
		case '"':
			if (!take_string())
				return (false);
			break;
		case '{':
		case '[':
			if (!open(at[-1] == '{'))
				return (false);
			break;
		case '}':
		case ']':
			if (level > 0)
				level--;
			break;
		case ',':
			if (!count_member())
				return (false);
			break;
		}
	}
	return (true);
}

/* The place in the text of a position in the outline. */
std::size_t
JsonReader::place_of(std::size_t position) const
{
	std::size_t place = position;

	for (std::size_t i = 0; i < document.long_strings.size(); i++) {
		const auto &literal = document.long_strings[i].literal;
		std::size_t offset =
		    static_cast<std::size_t>(literal.data() - begin);
		if (offset >= place)
			break;
		place += literal.size() - 1 - std::to_string(i).size();
	}
	return (place);
}

Error
JsonReader::refused(const json_error_t &error) const
{
	std::size_t position = error.position < 0 ? 0 :
	    static_cast<std::size_t>(error.position);

	return {"the body is not valid JSON: " + std::string(reason_of(error)) +
	    " at octet " + std::to_string(place_of(position))};
}

Result<JsonDocument>
JsonReader::read()
{
	std::string_view text(begin, static_cast<std::size_t>(end - begin));
	json_error_t error;

	if (!check_octets() || !scan())
		return (std::move(failure));
	if (!document.long_strings.empty()) {
		outline.append(copied, static_cast<std::size_t>(end - copied));
		text = outline;
	}
	document.object.reset(json_loadb(text.data(), text.size(),
	    JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error));
	if (document.object == nullptr)
		return (refused(error));
	document.values = values;
	if (!json_is_object(document.object.get()))
		return (Error{"the body is not a JSON object"});
	return (std::move(document));
}

Result<JsonDocument>
JsonDocument::parse(std::string_view text, std::size_t values_max)
{
	return (JsonReader(text, values_max).read());
}

std::string_view
JsonDocument::text_of(const json_t *string) const
{
	std::string_view text(
	    json_string_value(string), json_string_length(string));

	if (text.empty() || text[0] != reference_mark)
		return (text);
	std::size_t index = 0;
	std::from_chars(text.data() + 1, text.data() + text.size(), index);
	if (index >= long_strings.size())
		return (text);
	const LongString &referred = long_strings[index];
	return (referred.is_decoded ? std::string_view(referred.decoded) :
	    referred.literal);
}

std::size_t
JsonDocument::copied() const
{
	std::size_t octets = 0;

	for (const LongString &string : long_strings)
		octets += string.decoded.size();
	return (octets);
}
