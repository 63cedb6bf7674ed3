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

#include "address.h"
#include "http_characters.h"
#include "request_target.h"

namespace {

/* Octets of the classes, and "%" with two hexadecimal digits. */
bool
all_or_encoded(std::string_view text, std::uint8_t classes,
    std::string_view also = {})
{
	for (std::size_t i = 0; i < text.size(); i++) {
		if (is_character(text[i], classes))
			continue;
		if (also.find(text[i]) != std::string_view::npos)
			continue;
		if (text[i] != '%' || text.size() - i < 3 ||
		    !is_character(text[i + 1], CHAR_HEX) ||
		    !is_character(text[i + 2], CHAR_HEX))
			return (false);
		i += 2;
	}
	return (true);
}

bool
is_ipv6(std::string_view text)
{
	return (text.find(':') != std::string_view::npos &&
	    IpAddress::parse(text).has_value());
}

/* What follows the host: nothing, ":", or ":" and a port. */
bool
is_port_part(std::string_view text)
{
	unsigned int port = 0;

	if (text.empty())
		return (true);
	if (text.front() != ':')
		return (false);
	for (char c : text.substr(1)) {
		if (!is_character(c, CHAR_DIGIT))
			return (false);
		port = port * 10 + static_cast<unsigned int>(c - '0');
		if (port > 65535)
			return (false);
	}
	return (true);
}

bool
split_path_and_query(std::string_view text, RequestTarget &target)
{
	std::size_t mark = text.find('?');

	target.path = text.substr(0, mark);
	if (mark != std::string_view::npos)
		target.query = text.substr(mark + 1);
	return (all_or_encoded(target.path, CHAR_PATH) &&
	    all_or_encoded(target.query, CHAR_PATH, "?"));
}

std::optional<RequestTarget>
parse_absolute_form(std::string_view text, std::string_view scheme)
{
	RequestTarget target;
	std::string_view rest;
	std::size_t end;

	target.form = TargetForm::absolute;
	if (text.size() < scheme.size() + 3 ||
	    !equals_ignoring_case(text.substr(0, scheme.size()), scheme) ||
	    text.substr(scheme.size(), 3) != "://")
		return (std::nullopt);
	rest = text.substr(scheme.size() + 3);
	end = rest.find_first_of("/?");
	if (!is_valid_host(rest.substr(0, end)))
		return (std::nullopt);
	rest = end == std::string_view::npos ? std::string_view()
					     : rest.substr(end);
	if (!split_path_and_query(rest, target))
		return (std::nullopt);
	return (target);
}

/* RFC 9112 3.2.3: host and port, both of them. */
std::optional<RequestTarget>
parse_authority_form(std::string_view text)
{
	RequestTarget target;
	std::size_t colon = text.rfind(':');

	target.form = TargetForm::authority;
	if (colon == std::string_view::npos || colon + 1 == text.size() ||
	    !all_characters(text.substr(colon + 1), CHAR_DIGIT) ||
	    !is_valid_host(text))
		return (std::nullopt);
	return (target);
}

} /* namespace */

std::optional<RequestTarget>
parse_request_target(
    std::string_view method, std::string_view text, std::string_view scheme)
{
	RequestTarget target;

	if (text.empty())
		return (std::nullopt);
	if (method == "CONNECT")
		return (parse_authority_form(text));
	if (text.front() == '/') {
		if (!split_path_and_query(text, target))
			return (std::nullopt);
		return (target);
	}
	if (text == "*") {
		if (method != "OPTIONS") /* RFC 9112 3.2.4 */
			return (std::nullopt);
		target.form = TargetForm::asterisk;
		return (target);
	}
	return (parse_absolute_form(text, scheme));
}

bool
is_valid_host(std::string_view text)
{
	std::size_t end;

	if (!text.empty() && text.front() == '[') {
		end = text.find(']');
		return (end != std::string_view::npos &&
		    is_ipv6(text.substr(1, end - 1)) &&
		    is_port_part(text.substr(end + 1)));
	}
	end = std::min(text.find(':'), text.size());
	return (end > 0 && all_or_encoded(text.substr(0, end), CHAR_REGNAME) &&
	    is_port_part(text.substr(end)));
}
