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
 * The ledger: what became of every submission, for the key that sent it.
 * Metadata only; never a text, an address or a secret.
 *
 *	received -> smtp_submission_started ->
 *	    smtp_accepted | smtp_failed | smtp_outcome_unknown
 *	rejected
 *
 * What a turn of the event loop writes is committed at its end, together.
 * A store that fails says so to look-ups and never stops mail.
 */

#ifndef RELAYD_SMTP_LEDGER_H
#define RELAYD_SMTP_LEDGER_H

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "messages.h"
#include "request_id.h"
#include "smtp_config.h"

/* What of an entry changes after it was opened. */
struct LedgerChange {
	LedgerStatus status = LedgerStatus::received;
	std::string_view code; /* api.md's, empty when there is none */
	std::string_view message;
	std::uint16_t smtp_code = 0; /* 0: none */
	std::string_view smtp_enhanced;
	std::string_view smtp_reply;
	bool show_reply = false;
};

class Ledger {
public:
	/* entry counts only with Kind::found. */
	using Found =
	    std::function<void(LedgerAnswer::Kind kind, LedgerEntry entry)>;

	virtual ~Ledger() = default;

	/* The same store with other bounds. */
	virtual void configure(const SmtpStore &store) = 0;
	/*
	 * Begins an entry of a key.  updated_ms and expires_ms are set here.
	 * False: the key has used that id before, and nothing is changed.
	 */
	virtual bool open(const std::string &key, LedgerEntry entry) = 0;
	/* Nothing happens when the entry has expired or was pushed out. */
	virtual void update(const std::string &key, const RequestId &id,
	    const LedgerChange &change) = 0;
	/* found is called now or in a later turn. */
	virtual void look_up(const std::string &key, const RequestId &id,
	    Found found) = 0;
	/* At the end of a turn that wrote something. */
	virtual void commit() = 0;
};

/* The backend that store asks for. */
std::unique_ptr<Ledger> make_ledger(const SmtpStore &store);
/* The ledger of one can go on as the ledger of the other. */
bool is_same_store(const SmtpStore &a, const SmtpStore &b);

#endif
