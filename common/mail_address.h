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
 * Mail addresses as RFC 5321 has them, and the lists of those that mail may
 * go to.  A MailAddress exists only if it was valid.
 */

#ifndef COMMON_MAIL_ADDRESS_H
#define COMMON_MAIL_ADDRESS_H

#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "result.h"

/*
 * One addr-spec: dot-atom or quoted local part (at most 64 octets; UTF-8 by
 * RFC 6531), a domain of LDH labels or an address literal (RFC 5321 4.1.2,
 * 4.1.3), at most 254 octets together.  No display name, comment, group,
 * route, or white space around it.
 */
class MailAddress {
public:
	/* The error never quotes the text: it may reach a log. */
	static Result<MailAddress> parse(std::string_view text);

	const std::string &text() const
	{
		return (address);
	}
	std::string_view local_part() const
	{
		return (std::string_view(address).substr(0, at));
	}
	std::string_view domain() const
	{
		return (std::string_view(address).substr(at + 1));
	}
	/* In lower case: in which two spellings of one domain are equal. */
	std::string canonical_domain() const;
	bool has_address_literal() const
	{
		return (address[at + 1] == '[');
	}
	/* The local part is not ASCII: the relay must offer SMTPUTF8. */
	bool needs_smtputf8() const;
	/*
	 * The form in which two spellings of one mailbox are equal: a quoted
	 * local part that need not be is unquoted, the domain in lower case,
	 * the local part in its own case (RFC 5321 2.4).
	 */
	std::string canonical() const;

private:
	MailAddress(std::string_view text, std::size_t at_sign)
	    : address(text), at(at_sign)
	{
	}

	std::string address;
	std::size_t at;
};

/* A domain as in an addr-spec: LDH labels, one suffices, no final dot. */
bool is_mail_domain(std::string_view text);
/* "[192.0.2.1]" or "[IPv6:2001:db8::1]" (RFC 5321 4.1.3). */
bool is_address_literal(std::string_view text);

/*
 * Which recipients are allowed: those whose domain or whose address is on
 * the list.  An address literal is allowed only by its own entry, even when
 * any domain is.
 */
class RecipientPolicy {
public:
	/* Allows any domain. */
	static RecipientPolicy any();

	/* A domain, an address literal, or an addr-spec. */
	Result<bool> add(std::string_view entry); /* false: was there already */
	bool allows(const MailAddress &recipient) const;
	/* Nothing on the list, and not any(). */
	bool empty() const;
	bool is_any() const
	{
		return (any_domain);
	}
	/* As configured, in that order. */
	const std::vector<std::string> &entries() const
	{
		return (written);
	}

private:
	bool any_domain = false;
	std::vector<std::string> written;
	std::unordered_set<std::string> domains; /* lower case */
	std::unordered_set<std::string> addresses; /* canonical */
};

#endif
