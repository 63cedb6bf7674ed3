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
 * What is said to a server for AUTH (RFC 4954): PLAIN (RFC 4616) where it is
 * offered, else LOGIN.  No I/O here.
 */

#ifndef RELAYD_SMTP_SMTP_AUTH_H
#define RELAYD_SMTP_SMTP_AUTH_H

#include <string>

#include "secret.h"
#include "smtp_reply.h"

class SmtpAuth {
public:
	/* Both outlive this. */
	SmtpAuth(const std::string &user_name, const Secret &user_password)
	    : user(user_name), password(user_password)
	{
	}

	/*
	 * Appends the command, without its line end, to out, which holds a
	 * secret then.  False: the server offers neither mechanism.
	 */
	bool begin(const Extensions &extensions, std::string &out);
	/* The same for the answer to a 334; false: all has been said. */
	bool answer(std::string &out);

private:
	enum class Step { plain, user, password, done };

	void append_plain(std::string &out) const;

	const std::string &user;
	const Secret &password;
	Step next = Step::done;
};

#endif
