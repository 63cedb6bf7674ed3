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
#include <string>

#include "client_address.h"
#include "http_characters.h"
#include "http_parameter.h"
#include "http_parser.h"

namespace {

/* Whether an odd number of backslashes stands before list[at]. */
bool
is_escaped(std::string_view list, std::size_t at)
{
	std::size_t begin = at;

	while (begin > 0 && list[begin - 1] == '\\')
		begin--;
	return ((at - begin) % 2 != 0);
}

/*
 * The last comma outside quoted strings.  Read from the left instead, a
 * quotation mark that a client leaves open would swallow what the proxies
 * have put behind it.
 */
std::size_t
last_comma(std::string_view list)
{
	bool quoted = false;

	for (std::size_t i = list.size(); i-- > 0;) {
		if (list[i] == '"')
			quoted = !quoted || is_escaped(list, i);
		else if (list[i] == ',' && !quoted)
			return (i);
	}
	return (std::string_view::npos);
}

/*
 * The elements of a field from the last one on.  All its lines are one list
 * (RFC 9110 5.3), whose empty elements do not count (RFC 9110 5.6.1.2).
 */
class ElementsFromRight {
public:
	ElementsFromRight(std::string_view field_lines, HttpField field_name)
	    : lines(field_lines), field(field_name)
	{
	}

	/* Without OWS; nullopt: there is no other. */
	std::optional<std::string_view> next()
	{
		while (rest || (rest = take_last_field(lines, field))) {
			std::size_t comma = field == HttpField::forwarded
			    ? last_comma(*rest)
			    : rest->rfind(',');
			std::string_view element = without_outer_space(
			    rest->substr(comma + 1)); /* npos + 1 is 0 */

			if (comma == std::string_view::npos)
				rest.reset();
			else
				rest = rest->substr(0, comma);
			found_line = true;
			if (!element.empty()) {
				found_element = true;
				return (element);
			}
		}
		return (std::nullopt);
	}
	/* After the last one: the field is there, and nothing is in it. */
	bool all_empty() const
	{
		return (found_line && !found_element);
	}

private:
	std::string_view lines;
	HttpField field;
	std::optional<std::string_view> rest; /* of the line at hand */
	bool found_line = false;
	bool found_element = false;
};

bool
is_obfuscated_port(std::string_view text)
{
	return (text.size() > 1 && text.front() == '_' &&
	    std::all_of(text.begin(), text.end(), [](char c) {
		    return (is_character(c, CHAR_ALPHA | CHAR_DIGIT) ||
			c == '.' || c == '_' || c == '-');
	    }));
}

/* RFC 7239 6: nothing, or ":" ( 1*5DIGIT / obfport ). */
bool
is_port(std::string_view text, bool obfuscated_too)
{
	if (text.empty())
		return (true);
	if (text.front() != ':')
		return (false);
	text.remove_prefix(1);
	if (obfuscated_too && is_obfuscated_port(text))
		return (true);
	return (!text.empty() && text.size() <= 5 &&
	    all_characters(text, CHAR_DIGIT));
}

/* IPv4, or IPv6 in brackets; what comes behind it goes to rest. */
std::optional<IpAddress>
take_node(std::string_view text, std::string_view &rest)
{
	std::size_t end;

	if (text.empty() || text.front() != '[') {
		end = std::min(text.find(':'), text.size());
		rest = text.substr(end);
		return (IpAddress::parse(text.substr(0, end)));
	}
	end = text.find(']');
	std::string_view literal = text.substr(1, end - 1);
	if (end == std::string_view::npos ||
	    literal.find(':') == std::string_view::npos)
		return (std::nullopt);
	rest = text.substr(end + 1);
	return (IpAddress::parse(literal));
}

/* No document says what it is; these forms are what proxies write. */
std::optional<IpAddress>
x_forwarded_for(std::string_view element)
{
	std::string_view port;
	std::optional<IpAddress> address = IpAddress::parse(element);

	if (address)
		return (address);
	address = take_node(element, port);
	return (is_port(port, false) ? address : std::nullopt);
}

/* RFC 7239 4: the node that its for names. */
std::optional<IpAddress>
forwarded_for(std::string_view element)
{
	std::optional<std::string> node;
	std::string_view port;

	bool good =
	    for_each_parameter(element, [&](const HttpParameter &parameter) {
		    if (!equals_ignoring_case(parameter.name, "for"))
			    return (true);
		    if (node)
			    return (false);
		    node = parameter.text();
		    return (true);
	    });
	if (!good || !node)
		return (std::nullopt);
	/* `unknown' and obfuscated ones are none. */
	std::optional<IpAddress> address = take_node(*node, port);
	return (is_port(port, true) ? address : std::nullopt);
}

} /* namespace */

std::optional<IpAddress>
client_address(const IpAddress &peer, const TrustedProxies &proxies,
    std::string_view field_lines)
{
	HttpField field = proxies.forwarded ? HttpField::forwarded
					    : HttpField::x_forwarded_for;
	ElementsFromRight elements(field_lines, field);
	std::optional<IpAddress> client = peer;

	while (client && proxies.from.contains(*client)) {
		std::optional<std::string_view> element = elements.next();

		if (!element && elements.all_empty())
			return (std::nullopt);
		if (!element)
			break;
		client = proxies.forwarded ? forwarded_for(*element)
					   : x_forwarded_for(*element);
	}
	return (client);
}
