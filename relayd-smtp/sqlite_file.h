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
 * The ledger's file: one table of entries, a row each, which sqlite3(1) can
 * read.  Rows of a turn are written between begin() and commit().
 *
 * A row that holds an Idempotency-Key has it in idempotency_key; one that let
 * go of it has NULL there, and is as any other.
 */

#ifndef RELAYD_SMTP_SQLITE_FILE_H
#define RELAYD_SMTP_SQLITE_FILE_H

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>

#include "ledger_shares.h"
#include "messages.h"
#include "sqlite_database.h"

class SqliteFile {
public:
	struct Holder {
		std::string key; /* the API key's name */
		LedgerEntry entry;
	};

	/*
	 * failed() says whether it is open.  What is in it is counted in
	 * ledger_shares, which outlives it.
	 */
	SqliteFile(const std::string &path, bool durable,
	    LedgerShares &ledger_shares);

	SqliteDatabase &database()
	{
		return (db);
	}
	bool failed() const
	{
		return (db.failed());
	}
	std::uint64_t entries() const
	{
		return (shares.entries());
	}
	std::uint64_t keyed() const
	{
		return (shares.keyed());
	}
	/* Rows that were found to be none of ours, so far. */
	std::uint64_t unsound() const
	{
		return (unsound_rows);
	}

	/* An unsound one counts as missing. */
	std::optional<LedgerEntry> find(const std::string &key,
	    const RequestId &id);
	/*
	 * Who holds an Idempotency-Key, expired or not.  An unsound one counts
	 * as nobody, and is in the way of the next all the same.
	 */
	std::optional<Holder> find_holder(const Sha256Digest &digest);

	void begin();
	/* False: nothing of it was kept. */
	bool commit();
	/*
	 * False: its id is another entry's, another holds its key, or all
	 * records are held by Idempotency-Keys.  is_new: as far as the caller
	 * knows.
	 */
	bool write(const std::string &key, const LedgerEntry &entry,
	    bool is_new, std::int64_t now_ms);
	bool has_expired(std::int64_t now_ms);
	/* At most so many; how many there were. */
	std::uint64_t expire(std::int64_t now_ms, std::uint64_t max);
	/* The oldest of a key that hold no Idempotency-Key. */
	std::uint64_t push_out(const std::string &key, std::uint64_t max);
	/*
	 * What was in flight when another process died (settle_abandoned());
	 * or was while nothing could be written: then all of it is unknown.
	 */
	void settle(std::int64_t now_ms, bool all_unknown);
	/* All that is in it, anew. */
	void count();
	/* Something is written even if nothing has changed. */
	void touch()
	{
		touched = true;
	}

private:
	struct Counts {
		std::uint64_t entries = 0;
		std::uint64_t keyed = 0; /* of these */
		bool operator==(const Counts &) const = default;
	};

	std::optional<LedgerEntry> entry_of(const SqliteStatement &row);
	bool insert(const std::string &key, const LedgerEntry &entry);
	bool update(const std::string &key, const LedgerEntry &entry);
	bool drop_expired_holder(const Sha256Digest &digest,
	    std::int64_t now_ms);
	std::uint64_t note_removed(SqliteStatement &statement, bool from_keyed);
	void settle_as(LedgerStatus from, const LedgerEntry &as);

	SqliteDatabase db;
	bool has_schema;
	SqliteStatement find_statement, holder_statement, probe_statement;
	SqliteStatement insert_statement, update_statement;
	SqliteStatement drop_holder_statement;
	SqliteStatement remove_plain_statement, remove_keyed_statement;
	SqliteStatement push_out_statement;
	SqliteStatement oldest_statement;
	SqliteStatement settle_statement, counts_statement;
	SqliteStatement begin_statement, commit_statement;
	LedgerShares &shares;
	Counts committed;
	std::uint64_t unsound_rows = 0;
	bool touched = false;
};

/* Brings the schema up to date, or makes it; false: it failed. */
bool migrate_sqlite_schema(SqliteDatabase &database);

#endif
