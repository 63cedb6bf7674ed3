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
 * The ledger in a file of SQLite's, which outlives the process.
 *
 * What a turn of the event loop writes is kept here until commit(), which
 * writes it in one transaction.  An entry without an Idempotency-Key that is
 * in flight waits a little longer: most are settled by then, and are written
 * once.  Look-ups and claims see what waits.
 *
 * When the store fails, everything that asks it is told so, what is put is
 * kept up to a bound, and once a second the file is opened anew.
 */

#ifndef RELAYD_SMTP_SQLITE_LEDGER_H
#define RELAYD_SMTP_SQLITE_LEDGER_H

#include <chrono>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "event_loop.h"
#include "ledger.h"
#include "ledger_shares.h"
#include "sqlite_file.h"

class SqliteLedger final : public Ledger {
public:
	explicit SqliteLedger(const SmtpStore &store);
	~SqliteLedger() override;
	/* Who wants to know of it, from now on. */
	void warn_before_disk(StoreConnector &connector)
	{
		warned = &connector;
	}

	void configure(const SmtpConfig &config) override
	{
		shares.configure(config.store.records, config.keys);
		configure(config.store);
	}
	void configure(const SmtpStore &store);
	void claim(const std::string &key, const LedgerEntry &entry,
	    Claimed claimed) override;
	void put(const std::string &key, const LedgerEntry &entry,
	    Stored stored) override;
	void look_up(const std::string &key, const RequestId &id,
	    Found found) override;
	void commit() override;
	LedgerFigures figures() const override;

	/* What the timers call; tests do so as well. */
	void write_now();
	void look_after();

	bool works() const
	{
		return (file != nullptr);
	}
	/* In the file. */
	std::uint64_t size() const
	{
		return (works() ? file->entries() : 0);
	}
	/* So far. */
	std::uint64_t transactions() const
	{
		return (transaction_count);
	}

private:
	/* What is not in the file yet. */
	struct Pending {
		std::string name; /* id and API key */
		std::string key;
		LedgerEntry entry;
		std::vector<Stored> stored;
		bool is_new = false; /* it began here */
		bool is_claim = false; /* it has room in the file reserved */
		bool waits = true; /* in waiting, else in ready */
		Clock::time_point since;
	};
	using Queue = std::list<Pending>;
	/* What to call once all is consistent. */
	struct Call {
		Stored stored;
		bool ok;
	};

	static std::string name_of(const std::string &key,
	    const RequestId &id);
	Pending *find_pending(const std::string &key, const RequestId &id);
	Pending *add_pending(const std::string &key, const LedgerEntry &entry);
	void set_entry(Pending &pending, const LedgerEntry &entry);
	void forget(Queue::iterator pending);

	void write(Clock::duration delay);
	void before_disk();
	void write_ready();
	bool sweep(Clock::time_point until);
	void arm_write();

	/* sqlite_trouble.cc */
	void open();
	void close();
	void failed();
	void moved();
	bool move_aside(const std::string &why);
	void complain(const std::string &what);
	void note_unsound();

	StoreConnector *warned = nullptr;
	SmtpStore settings;
	LedgerShares shares; /* of what is in the file */
	std::unique_ptr<SqliteFile> file; /* or nullptr: the store fails */

	Queue ready;   /* goes in with the next commit */
	Queue waiting; /* the oldest first */
	std::unordered_map<std::string_view, Queue::iterator> pending;
	/* Those of pending that hold an Idempotency-Key. */
	std::map<Sha256Digest, Pending *> holders;
	std::uint64_t claims = 0; /* new among these */
	std::unordered_map<std::string, std::uint64_t> claims_of; /* by API key */

	bool was_open = false; /* by this process, once */
	bool lost = false; /* something was put that is not kept */
	bool more_expired = false;
	bool told = false; /* that it fails */
	std::optional<Clock::time_point> told_at, moved_at, unsound_at;
	std::vector<Call> to_call;
	std::uint64_t unsound_told = 0; /* of the file's */
	ino_t log_inode = 0; /* of the file's -wal */
	std::uint64_t transaction_count = 0;
	LedgerFigures removed; /* so far, and lost */
	Timer write_timer, second_timer;
};

#endif
