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
 * Whether a submission may be sent, judged by the newest configuration and
 * by nothing that relayd-http says of it: key, recipients, texts, content,
 * limits.  What passes is a Permit, whose types carry the proof.
 */

#ifndef RELAYD_SMTP_POLICY_H
#define RELAYD_SMTP_POLICY_H

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include "key_limits.h"
#include "mail_address.h"
#include "messages.h"
#include "smtp_config.h"

constexpr std::size_t from_name_max = 128; /* characters */

/* A mailbox that is written to, and where it stood in the request. */
struct Recipient {
	std::string mailbox; /* the addr-spec for RCPT TO */
	bool cc = false;
	std::uint16_t index = 0;
};

struct Permit {
	/* What it was judged by; key points into it. */
	std::shared_ptr<const SmtpConfig> config;
	const SmtpKey *key = nullptr;
	std::vector<MailAddress> to, cc, reply_to;
	std::vector<Recipient> recipients; /* no mailbox twice */
	bool needs_smtputf8 = false;
	std::size_t content_size = 0; /* see check_content() */

	/* Once nothing is sent any more. */
	void forget_addresses()
	{
		to = cc = reply_to = {};
		recipients = {};
	}
};

struct Refusal {
	Outcome outcome = Outcome::invalid;
	std::string message;
	std::string field; /* empty: no single one is to blame */
	/* With rate_limited. */
	LimitBucket limited_by = LimitBucket::key;
	std::uint64_t retry_after_ns = 0;
};

class Policy {
public:
	/* Before this, every key is unknown. */
	void configure(std::shared_ptr<const SmtpConfig> config,
	    std::uint64_t now_ns);
	const std::shared_ptr<const SmtpConfig> &config() const
	{
		return (current);
	}

	/* The enabled key that this proves, or nullptr. */
	const SmtpKey *find_key(const KeyProof &proof) const;
	/* Takes a unit of the limits when everything else is right. */
	std::variant<Permit, Refusal> judge(
	    const ReceivedSubmission &submission, std::uint64_t now_ns);

private:
	std::shared_ptr<const SmtpConfig> current;
	/* By the digest's first octets: no caller can choose those. */
	struct Entry {
		const Sha256Digest *digest;
		const SmtpKey *key;
	};
	std::unordered_multimap<std::uint64_t, Entry> by_digest;
	KeyLimits limits;
};

#endif
