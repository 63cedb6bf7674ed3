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
 * Replies of an SMTP server (RFC 5321 4.2), taken from the octets as they
 * come, and what EHLO's reply offers.  No I/O here.
 */

#ifndef RELAYD_SMTP_SMTP_REPLY_H
#define RELAYD_SMTP_SMTP_REPLY_H

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/* Beyond these, what the server sent is no reply. */
constexpr std::size_t reply_line_max = 2048; /* octets without line end */
constexpr std::size_t reply_octets_max = 65536; /* of all its lines */

struct SmtpReply {
	std::uint16_t code = 0; /* 200..599 */
	/* What follows the code and its separator, lines parted by LF. */
	std::string lines;

	unsigned int kind() const /* its first digit: 2, 3, 4 or 5 */
	{
		return (code / 100u);
	}
	bool positive() const
	{
		return (kind() == 2);
	}
};

/*
 * RFC 3463's class.subject.detail at the beginning of the reply, or empty.
 * Taken only where its class is that of the code (RFC 2034 4).
 */
std::string_view enhanced_code(const SmtpReply &reply);
/*
 * The text for people, without enhanced codes: lines joined by a space,
 * printable ASCII (`?' for the rest), at most reply_text_max octets.
 */
std::string printable_text(const SmtpReply &reply);

class ReplyParser {
public:
	enum class Status {
		incomplete, /* all octets taken, more needed */
		complete,   /* reply() is one; what is behind it is untouched */
		invalid,    /* no reply: the connection is of no more use */
	};

	/*
	 * Takes octets off the front, at most to the end of one reply.  Lines
	 * end with CRLF or, since servers that err so are common, and nothing
	 * that a client sent is echoed before it was checked, with LF.
	 */
	Status feed(std::string_view &octets);
	const SmtpReply &reply() const
	{
		return (current);
	}
	/* Some of a reply has come, but not all of it. */
	bool midway() const
	{
		return (total != 0 && !finished);
	}
	/* Forgets a reply, whole or begun: for another connection. */
	void reset();

private:
	bool add_to_line(std::string_view part);
	Status end_line();

	SmtpReply current;
	std::string line; /* what came of the current line */
	std::size_t total = 0;
	bool finished = false; /* the next octet begins a new reply */
};

/* What a server offers in its reply to EHLO. */
struct Extensions {
	bool pipelining = false;      /* RFC 2920 */
	bool eight_bit_mime = false;  /* RFC 6152 */
	bool smtputf8 = false;        /* RFC 6531 */
	bool enhanced_codes = false;  /* RFC 2034 */
	bool starttls = false;        /* RFC 3207 */
	bool auth_plain = false;      /* RFC 4954 */
	bool auth_login = false;
	/* RFC 1870; nullopt: not offered.  0: offered, no limit stated. */
	std::optional<std::uint64_t> size;
};
Extensions parse_ehlo(const SmtpReply &reply);

#endif
