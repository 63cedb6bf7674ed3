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

#include <arpa/inet.h>
#include <netdb.h>
#include <syslog.h>

#include <algorithm>
#include <charconv>

#include "mail_address.h"
#include "utf8.h"

#include "config_values.h"

namespace {

/* A multiplier's letter, largest first: printing takes the first that fits. */
struct Unit {
	char letter;
	std::uint64_t factor;
};

constexpr Unit size_units[] = {
    {'T', 1ull << 40}, {'G', 1u << 30}, {'M', 1u << 20}, {'K', 1u << 10}};
constexpr Unit time_units[] = {{'d', 86400}, {'h', 3600}, {'m', 60}, {'s', 1}};

constexpr std::uint64_t nanoseconds = 1'000'000'000;
constexpr std::uint64_t max_rate = 1'000'000;
constexpr std::uint64_t max_burst = 1'000'000'000;
constexpr std::uint64_t max_burst_time = 100ull * 365 * 86400 * nanoseconds;

constexpr std::size_t max_key_name = 64;
constexpr std::size_t min_secret = 32;
constexpr std::size_t max_path = 1023; /* PATH_MAX of OpenBSD */

/* In documents and examples, or their hash is: everybody knows them. */
constexpr std::string_view example_secrets[] = {
    "at-least-32-characters-of-randomness",
    "foo",
};

struct Facility {
	const char *name;
	int number;
};

constexpr Facility facilities[] = {
    {"mail", LOG_MAIL},
    {"daemon", LOG_DAEMON},
    {"local0", LOG_LOCAL0},
    {"local1", LOG_LOCAL1},
    {"local2", LOG_LOCAL2},
    {"local3", LOG_LOCAL3},
    {"local4", LOG_LOCAL4},
    {"local5", LOG_LOCAL5},
    {"local6", LOG_LOCAL6},
    {"local7", LOG_LOCAL7},
};

/* nullopt: no digits only, or more than 64 bits hold. */
std::optional<std::uint64_t>
digits(std::string_view text)
{
	std::uint64_t value = 0;

	/* from_chars() takes no sign for an unsigned type. */
	auto [end, error] =
	    std::from_chars(text.data(), text.data() + text.size(), value);
	if (text.empty() || error != std::errc() ||
	    end != text.data() + text.size())
		return (std::nullopt);
	return (value);
}

bool
all_digits(std::string_view text)
{
	return (!text.empty() &&
	    text.find_first_not_of("0123456789") == std::string_view::npos);
}

/*
 * A name that ends so is an address to getaddrinfo(3), which reads it as
 * inet_aton(3) does: octal, hexadecimal, or in fewer parts than four.
 */
bool
ends_in_number(std::string_view name)
{
	auto last = name.substr(name.rfind('.') + 1); /* npos + 1 is 0 */

	return (all_digits(last) ||
	    (last.size() >= 2 && last[0] == '0' && (last[1] | 0x20) == 'x'));
}

template <std::size_t N>
std::optional<std::uint64_t>
factor_of(char letter, const Unit (&units)[N])
{
	for (const Unit &unit : units)
		if (unit.letter == letter)
			return (unit.factor);
	return (std::nullopt);
}

/* In the largest unit that leaves no remainder. */
template <std::size_t N>
std::string
with_unit(std::uint64_t value, const Unit (&units)[N])
{
	for (const Unit &unit : units)
		if (value != 0 && value % unit.factor == 0)
			return (
			    std::to_string(value / unit.factor) + unit.letter);
	return (std::to_string(value));
}

/* number * factor, held at the top instead of wrapping round. */
std::uint64_t
multiply(std::uint64_t number, std::uint64_t factor)
{
	if (number > UINT64_MAX / factor)
		return (UINT64_MAX);
	return (number * factor);
}

std::string
range(const std::string &min, const std::string &max)
{
	return ("out of range: " + min + " to " + max + " is allowed");
}

} /* namespace */

Result<std::uint64_t>
parse_number(std::string_view text, std::uint64_t min, std::uint64_t max)
{
	if (!all_digits(text))
		return (Error{"a number is needed, of digits only"});
	auto value = digits(text);
	if (!value || *value < min || *value > max)
		return (Error{range(std::to_string(min), std::to_string(max))});
	return (*value);
}

Result<std::uint64_t>
parse_size(std::string_view text, std::uint64_t min, std::uint64_t max)
{
	std::uint64_t factor = 1;
	std::string_view number = text;

	if (!text.empty() && !all_digits(text.substr(text.size() - 1))) {
		auto known = factor_of(text.back(), size_units);
		factor = known.value_or(0);
		number.remove_suffix(1);
	}
	if (factor == 0 || !all_digits(number))
		return (Error{"a size is needed: octets, or a number with K, M, "
			      "G or T such as 64K"});
	auto value = multiply(digits(number).value_or(UINT64_MAX), factor);
	if (value < min || value > max)
		return (Error{range(size_text(min), size_text(max))});
	return (value);
}

Result<std::chrono::seconds>
parse_time(
    std::string_view text, std::chrono::seconds min, std::chrono::seconds max)
{
	if (all_digits(text))
		return (Error{"the unit is missing: write " +
		    std::string(text.substr(0, 20)) +
		    "s for seconds, or m, h, d"});
	auto factor =
	    text.empty() ? std::nullopt : factor_of(text.back(), time_units);
	if (!factor || !all_digits(text.substr(0, text.size() - 1)))
		return (Error{"a time is needed: a number with one unit, s, m, "
			      "h or d, such as 90s"});
	auto value = multiply(
	    digits(text.substr(0, text.size() - 1)).value_or(UINT64_MAX),
	    *factor);
	if (value < static_cast<std::uint64_t>(min.count()) ||
	    value > static_cast<std::uint64_t>(max.count()))
		return (Error{range(time_text(min), time_text(max))});
	return (std::chrono::seconds(value));
}

Result<RateLimit>
parse_rate(std::string_view rate, std::optional<std::string_view> burst)
{
	RateLimit limit;

	auto slash = rate.find('/');
	auto factor =
	    slash == std::string_view::npos || slash + 2 != rate.size()
	    ? std::nullopt
	    : factor_of(rate.back(), time_units);
	auto number = rate.substr(0, std::min(slash, rate.size()));
	if (!factor || !all_digits(number))
		return (Error{"a rate is needed: a number, / and s, m, h or d, "
			      "such as 60/m; or none"});
	auto count = digits(number).value_or(UINT64_MAX);
	if (count < 1 || count > max_rate)
		return (Error{"rate " + range("1", std::to_string(max_rate))});
	limit.count = static_cast<std::uint32_t>(count);
	limit.period_ns = *factor * nanoseconds;
	limit.burst = limit.count;
	if (burst) {
		auto value = parse_number(*burst, 1, max_burst);
		if (!value)
			return (Error{"burst " + value.error()});
		limit.burst = static_cast<std::uint32_t>(*value);
	}
	if (multiply(limit.burst, limit.interval_ns()) > max_burst_time)
		return (Error{"burst takes longer than 100 years to refill: "
			      "lower it, or raise the rate"});
	return (limit);
}

Result<std::uint16_t>
parse_port(std::string_view text)
{
	if (all_digits(text)) {
		auto number = parse_number(text, 1, 65535);
		if (!number)
			return (Error{number.error()});
		return (static_cast<std::uint16_t>(*number));
	}
	struct servent *service =
	    getservbyname(std::string(text).c_str(), "tcp");
	if (service == nullptr)
		return (Error{"neither a number nor a TCP service of "
			      "services(5)"});
	return (ntohs(static_cast<std::uint16_t>(service->s_port)));
}

Result<std::string>
parse_path(std::string_view text)
{
	if (text.empty() || text.front() != '/')
		return (Error{"an absolute path is needed"});
	if (text.size() > max_path)
		return (Error{"the path is longer than 1023 octets"});
	return (std::string(text));
}

Result<IpAddress>
parse_address(std::string_view text)
{
	if (auto address = IpAddress::parse_scoped(text))
		return (*address);
	if (!text.empty() && text.front() == '[')
		return (Error{"an IP address is written without brackets"});
	return (Error{"an IP address is needed"});
}

Result<std::string>
parse_host(std::string_view text)
{
	if (IpAddress::parse_scoped(text) ||
	    (is_mail_domain(text) && !ends_in_number(text)))
		return (std::string(text));
	if (!text.empty() && text.front() == '[')
		return (Error{"an IP address is written without brackets"});
	return (Error{"an IP address or a host name is needed"});
}

Result<std::string>
parse_ehlo_name(std::string_view text)
{
	if (is_mail_domain(text) || is_address_literal(text))
		return (std::string(text));
	return (Error{"a host name is needed, or an address in brackets such "
		      "as \"[192.0.2.1]\""});
}

Result<std::string>
parse_phrase(std::string_view text, std::size_t max)
{
	std::size_t length = 0;

	for (auto rest = text; !rest.empty(); length++) {
		auto character = utf8_take(rest);
		if (!character)
			return (Error{"must be UTF-8"});
		if (is_line_control(*character))
			return (Error{"must not hold control characters"});
	}
	if (length > max)
		return (Error{"has " + std::to_string(length) +
		    " characters, at most " + std::to_string(max) +
		    " are allowed"});
	return (std::string(text));
}

Result<std::string>
parse_key_name(std::string_view text)
{
	if (text.empty() || text.size() > max_key_name ||
	    text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "abcdefghijklmnopqrstuvwxyz"
				   "0123456789._-") != std::string_view::npos)
		return (Error{"the name of a key is 1 to 64 letters, digits, "
			      "dots, underscores and hyphens"});
	return (std::string(text));
}

Result<Sha256Digest>
parse_hash(std::string_view text)
{
	constexpr std::string_view scheme = "sha256:";

	if (text.substr(0, scheme.size()) == scheme)
		if (auto digest = digest_from_hex(text.substr(scheme.size())))
			return (*digest);
	return (Error{"\"sha256:\" and 64 lower-case hexadecimal digits are "
		      "needed"});
}

bool
is_example_hash(const Sha256Digest &hash)
{
	for (auto example : example_secrets)
		if (hash == sha256(example))
			return (true);
	return (false);
}

Result<Sha256Digest>
parse_secret(std::string_view text)
{
	auto printable = [](char c) {
		return (c >= ' ' && c <= '~');
	};

	if (!text.empty() && (text.front() == ' ' || text.back() == ' '))
		return (Error{"begins or ends with a blank, which no header "
			      "field can carry"});
	if (!std::all_of(text.begin(), text.end(), printable))
		return (Error{"must be of printable ASCII characters: it is "
			      "sent in a header field"});
	if (text.size() < min_secret)
		return (Error{"has " + std::to_string(text.size()) +
		    (text.size() == 1 ? " character" : " characters") +
		    ", at least 32 are needed"});
	for (auto example : example_secrets)
		if (text == example)
			return (Error{"is the example's, which everybody "
				      "knows"});
	return (sha256(text));
}

std::optional<int>
parse_facility(std::string_view text)
{
	for (const Facility &facility : facilities)
		if (text == facility.name)
			return (facility.number);
	return (std::nullopt);
}

bool
is_loopback_host(std::string_view host)
{
	constexpr std::string_view name = "localhost";

	if (auto address = IpAddress::parse(host))
		return (address->is_loopback());
	return (host.size() == name.size() &&
	    std::equal(host.begin(), host.end(), name.begin(),
		[](char a, char b) { return ((a | 0x20) == b); }));
}

std::string
size_text(std::uint64_t octets)
{
	return (with_unit(octets, size_units));
}

std::string
time_text(std::chrono::seconds time)
{
	return (
	    with_unit(static_cast<std::uint64_t>(time.count()), time_units));
}

std::string
rate_text(const RateLimit &limit)
{
	if (limit.none())
		return ("none");
	std::string text = std::to_string(limit.count) + "/";
	for (const Unit &unit : time_units)
		if (unit.factor * nanoseconds == limit.period_ns)
			text += unit.letter;
	return (text + " burst " + std::to_string(limit.burst));
}

std::string
facility_text(int number)
{
	for (const Facility &facility : facilities)
		if (facility.number == number)
			return (facility.name);
	return ("mail");
}

std::string
quoted_text(std::string_view text)
{
	std::string result = "\"";

	for (char c : text) {
		if (c == '"' || c == '\\')
			result += '\\';
		result += c;
	}
	return (result + '"');
}
