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

#include <sys/socket.h>
#include <netinet/in.h>

#include <arpa/inet.h>

#include <algorithm>

#include "address.h"
#include "mail_address.h"
#include "utf8.h"

namespace {

constexpr std::size_t max_local_part = 64; /* RFC 5321 4.5.3.1.1 */
constexpr std::size_t max_address = 254;   /* a path of 256 without its < > */
constexpr std::size_t max_domain = 253;    /* RFC 1035 2.3.4, as text */
constexpr std::size_t max_label = 63;

/* <ctype.h> would ask the locale. */
bool
is_digit(char c)
{
	return (c >= '0' && c <= '9');
}

bool
is_alphanumeric(char c)
{
	return (
	    is_digit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'));
}

std::string
lower_case(std::string_view text)
{
	std::string lower(text);

	for (char &c : lower)
		if (c >= 'A' && c <= 'Z')
			c = static_cast<char>(c - 'A' + 'a');
	return (lower);
}

/* RFC 5322 3.2.3; what is not ASCII was judged by utf8_text(). */
bool
is_atext(char c)
{
	return (is_alphanumeric(c) || (c & 0x80) != 0 ||
	    std::string_view("!#$%&'*+-/=?^_`{|}~").find(c) !=
		std::string_view::npos);
}

/* Well-formed UTF-8 (RFC 6531 3.3) in which nothing breaks or hides a line. */
bool
utf8_text(std::string_view text)
{
	while (!text.empty()) {
		auto character = utf8_take(text);
		if (!character || is_line_control(*character))
			return (false);
	}
	return (true);
}

bool
is_dot_atom(std::string_view text)
{
	bool after_dot = true;

	for (char c : text) {
		if (c == '.' ? after_dot : !is_atext(c))
			return (false);
		after_dot = c == '.';
	}
	return (!after_dot);
}

/*
 * The octets that a quoted string at the front of text takes, quotes included
 * (Quoted-string of RFC 5321 4.1.2); 0 when there is none.
 */
std::size_t
quoted_string_length(std::string_view text)
{
	if (text.empty() || text[0] != '"')
		return (0);
	for (std::size_t i = 1; i < text.size(); i++) {
		if (text[i] == '"')
			return (i + 1);
		/* quoted-pairSMTP escapes ASCII only. */
		if (text[i] == '\\' &&
		    (++i == text.size() || (text[i] & 0x80) != 0))
			return (0);
	}
	return (0);
}

std::size_t
local_part_length(std::string_view text)
{
	if (!text.empty() && text[0] == '"')
		return (quoted_string_length(text));
	return (std::min(text.find('@'), text.size()));
}

/* What the quotes and backslashes of a quoted string stand for. */
std::string
unquote(std::string_view quoted)
{
	std::string content;

	for (std::size_t i = 1; i + 1 < quoted.size(); i++) {
		if (quoted[i] == '\\')
			i++;
		content += quoted[i];
	}
	return (content);
}

std::string
quote(std::string_view content)
{
	std::string quoted = "\"";

	for (char c : content) {
		if (c == '"' || c == '\\')
			quoted += '\\';
		quoted += c;
	}
	return (quoted + '"');
}

bool
is_label(std::string_view text)
{
	return (!text.empty() && text.size() <= max_label &&
	    text.front() != '-' && text.back() != '-' &&
	    std::all_of(text.begin(), text.end(),
		[](char c) { return (is_alphanumeric(c) || c == '-'); }));
}

/* One spelling of an address literal; empty when text is none. */
std::string
canonical_literal(std::string_view text)
{
	constexpr std::string_view tag = "ipv6:"; /* in any case: ABNF */
	char buffer[INET6_ADDRSTRLEN];

	if (text.size() < 2 || text.front() != '[' || text.back() != ']')
		return ("");
	auto inside = text.substr(1, text.size() - 2);
	bool is_tagged = lower_case(inside.substr(0, tag.size())) == tag;
	if (is_tagged)
		inside.remove_prefix(tag.size());
	auto address = IpAddress::parse(inside);
	if (!address || is_tagged != (inside.find(':') != inside.npos))
		return ("");
	if (!is_tagged)
		return ("[" + address->text() + "]");
	/* A mapped address is its own domain here, so not text(). */
	inet_ntop(
	    AF_INET6, address->octets().data(), buffer, sizeof(buffer));
	return ("[ipv6:" + std::string(buffer) + "]");
}

std::string
domain_key(std::string_view domain)
{
	if (domain.front() == '[')
		return (canonical_literal(domain));
	return (lower_case(domain));
}

/* Why text is no domain of an addr-spec; empty when it is one. */
std::string
domain_error(std::string_view text)
{
	if (is_mail_domain(text) || is_address_literal(text))
		return ("");
	if (text.empty())
		return ("has no domain after the @");
	if (text.front() == '[')
		return ("has a malformed address literal after the @");
	if (std::any_of(text.begin(), text.end(),
		[](char c) { return ((c & 0x80) != 0); }))
		return ("has a domain that is not ASCII: give it as A-labels "
			"(xn--...)");
	return ("has a malformed domain after the @");
}

} /* namespace */

bool
is_mail_domain(std::string_view text)
{
	if (text.empty() || text.size() > max_domain)
		return (false);
	for (;;) {
		auto dot = text.find('.');
		if (!is_label(text.substr(0, dot)))
			return (false);
		if (dot == std::string_view::npos)
			return (true);
		text.remove_prefix(dot + 1);
	}
}

bool
is_address_literal(std::string_view text)
{
	return (!canonical_literal(text).empty());
}

Result<MailAddress>
MailAddress::parse(std::string_view text)
{
	if (text.empty())
		return (Error{"is empty"});
	if (text.size() > max_address)
		return (Error{"is longer than 254 octets"});
	if (!utf8_text(text))
		return (Error{"holds a control character, or is not UTF-8"});

	std::size_t at = local_part_length(text);
	if (at == 0 && text[0] == '"')
		return (Error{"has a malformed quoted local part"});
	if (at == text.size())
		return (Error{"has no @"});
	if (text[at] != '@')
		return (
		    Error{"has text between its quoted local part and the @"});
	if (at == 0)
		return (Error{"has nothing before the @"});
	if (at > max_local_part)
		return (Error{"has more than 64 octets before the @"});
	if (text[0] != '"' && !is_dot_atom(text.substr(0, at)))
		return (Error{"has a malformed local part"});
	if (auto error = domain_error(text.substr(at + 1)); !error.empty())
		return (Error{error});
	return (MailAddress(text, at));
}

bool
MailAddress::needs_smtputf8() const
{
	auto local = local_part();

	return (std::any_of(local.begin(), local.end(),
	    [](char c) { return ((c & 0x80) != 0); }));
}

std::string
MailAddress::canonical_domain() const
{
	return (domain_key(domain()));
}

std::string
MailAddress::canonical() const
{
	std::string local(local_part());

	if (local[0] == '"') {
		local = unquote(local);
		if (!is_dot_atom(local))
			local = quote(local);
	}
	return (local + "@" + canonical_domain());
}

RecipientPolicy
RecipientPolicy::any()
{
	RecipientPolicy policy;

	policy.any_domain = true;
	return (policy);
}

Result<bool>
RecipientPolicy::add(std::string_view entry)
{
	bool is_new;

	if (is_mail_domain(entry) || is_address_literal(entry)) {
		is_new = domains.insert(domain_key(entry)).second;
	} else if (entry.find('@') != std::string_view::npos) {
		auto address = MailAddress::parse(entry);
		if (!address)
			return (Error{"address " + address.error()});
		is_new = addresses.insert(address->canonical()).second;
	} else if (!entry.empty() && (entry[0] == '.' || entry[0] == '*')) {
		return (Error{"domains match exactly, without sub-domains: "
			      "write each domain in full"});
	} else {
		return (Error{"neither a domain nor a mail address"});
	}
	if (is_new)
		written.emplace_back(entry);
	return (is_new);
}

bool
RecipientPolicy::allows(const MailAddress &recipient) const
{
	if (any_domain && !recipient.has_address_literal())
		return (true);
	return (domains.count(recipient.canonical_domain()) != 0 ||
	    addresses.count(recipient.canonical()) != 0);
}

bool
RecipientPolicy::empty() const
{
	return (!any_domain && written.empty());
}
