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
 * An entry is written whole each time that it changes; of what is written in
 * one turn of the event loop the last counts, and all of a turn is committed
 * together.  A store that fails says so to whoever asks, and never stops
 * mail that has no Idempotency-Key.
 *
 * An entry with an Idempotency-Key holds it as long as it may have sent a
 * message (holds_key()); written in another state, it lets go of it.
 */

#ifndef RELAYD_SMTP_LEDGER_H
#define RELAYD_SMTP_LEDGER_H

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "event_loop.h"
#include "fd.h"
#include "messages.h"
#include "request_id.h"
#include "smtp_config.h"

/* What a store needs of others: the engine. */
class StoreConnector {
public:
	/*
	 * Ledger::connection() follows, with the same id.  failing: the
	 * server's name may have another address by now.
	 */
	virtual void connect_store(std::uint64_t id, std::uint32_t attempt,
	    bool failing) = 0;
	/* What comes now may wait for a disk. */
	virtual void before_disk()
	{
	}

protected:
	~StoreConnector() = default;
};

class RedisClient;
/* For GET /metrics. */
struct LedgerFigures {
	bool works = true;
	/* nullopt: a store that others use too does not say. */
	std::optional<std::uint64_t> entries;
	/* Since the start. */
	std::uint64_t expired = 0; /* removed when their time was over */
	std::uint64_t evicted = 0; /* by newer ones */
	std::uint64_t lost = 0; /* not taken: it failed */
};

class Ledger {
public:
	/* entry counts only with Kind::found. */
	using Found =
	    std::function<void(LedgerAnswer::Kind kind, LedgerEntry entry)>;
	enum class Claim {
		taken,         /* the entry is in, and holds the key */
		in_progress,   /* an entry that is not settled holds it */
		other_content, /* it was held for another message */
		settled,       /* for this one: its entry says what became */
		unavailable,   /* the store fails, or is full of such keys */
	};
	/* settled counts only with Claim::settled. */
	using Claimed = std::function<void(Claim claim, LedgerEntry settled)>;
	/* False: it may be lost when this process dies. */
	using Stored = std::function<void(bool stored)>;

	virtual ~Ledger() = default;

	/* The same store; its bounds may be others. */
	virtual void configure(const SmtpConfig &config) = 0;
	/* The answer to StoreConnector::connect_store(), for who asks. */
	virtual void connection(const ConnectResult &, Fd)
	{
	}
	/* The connection to a store that may be asked for more than this. */
	virtual RedisClient *redis()
	{
		return (nullptr);
	}
	/*
	 * Begins an entry that has an Idempotency-Key, if that and its id are
	 * free.  claimed is called now or in a later turn.
	 */
	virtual void claim(const std::string &key, const LedgerEntry &entry,
	    Claimed claimed) = 0;
	/*
	 * The entry as it is now; that of another submission, which had its
	 * id first, is left as it is.  stored, if there is one, is called now
	 * or in a later turn, when it is as safe as the store makes it.
	 */
	virtual void put(const std::string &key, const LedgerEntry &entry,
	    Stored stored = nullptr) = 0;
	/* found is called now or in a later turn. */
	virtual void look_up(const std::string &key, const RequestId &id,
	    Found found) = 0;
	/* At the end of a turn that wrote something. */
	virtual void commit() = 0;
	virtual LedgerFigures figures() const = 0;
};

/* received or smtp_submission_started */
bool is_in_flight(const LedgerEntry &entry);
/* See above: in flight, accepted, rejected by the server, or unknown. */
bool holds_key(const LedgerEntry &entry);
/*
 * Two states of one entry.  A captured relayd-http may use an id twice, even
 * within a millisecond: what the second one writes is not the first one's.
 */
bool is_same_submission(const LedgerEntry &a, const LedgerEntry &b);
/* What came of an entry whose process died: unknown, or not sent. */
void settle_abandoned(LedgerEntry &entry, std::int64_t now_ms);

/* The backend that config's store asks for; connector outlives it. */
std::unique_ptr<Ledger> make_ledger(EventLoop &loop, const SmtpConfig &config,
    StoreConnector &connector);

#endif
