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


#include <string.h>

#include "base64.h"
#include "smtp_auth.h"

namespace {

constexpr std::size_t command_max = 510; /* RFC 5321 4.5.3.1.4 */

/* With room for a line end: a string that grows leaves its octets behind. */
void
append_secret(std::string &out, std::string_view octets)
{
	out.reserve(out.size() + base64_size(octets.size()) + 2);
	append_base64(out, octets);
}

} /* namespace */

bool
SmtpAuth::begin(const Extensions &extensions, std::string &out)
{
	static constexpr std::string_view plain = "AUTH PLAIN";

	if (extensions.auth_plain) {
		std::size_t response =
		    base64_size(2 + user.size() + password.view().size());
		out += plain;
		next = Step::plain;
		/* RFC 4954 4: a longer one waits to be asked for. */
		if (plain.size() + 1 + response <= command_max) {
			out += ' ';
			answer(out);
		}
		return (true);
	}
	if (extensions.auth_login) {
		out += "AUTH LOGIN";
		next = Step::user;
		return (true);
	}
	return (false);
}

bool
SmtpAuth::answer(std::string &out)
{
	switch (next) {
	case Step::plain:
		append_plain(out);
		next = Step::done;
		return (true);
	case Step::user:
		append_base64(out, user);
		next = Step::password;
		return (true);
	case Step::password:
		append_secret(out, password.view());
		next = Step::done;
		return (true);
	case Step::done:
		break;
	}
	return (false);
}

/* RFC 4616 2: no authorization identity. */
void
SmtpAuth::append_plain(std::string &out) const
{
	std::string message;

	message.reserve(2 + user.size() + password.view().size());
	message += '\0';
	message += user;
	message += '\0';
	message += password.view();
	append_secret(out, message);
	explicit_bzero(message.data(), message.size());
}
