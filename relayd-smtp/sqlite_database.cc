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

#include "sqlite_database.h"

namespace {

/*
 * Exclusive first, so that WAL never maps an index; temporary things are
 * never written, for there is no place for them.
 */
constexpr char settings[] = "PRAGMA locking_mode = EXCLUSIVE;"
			    "PRAGMA temp_store = MEMORY;"
			    "PRAGMA cache_size = -4096;"
			    "PRAGMA mmap_size = 0;"
			    "PRAGMA cell_size_check = ON;"
			    "PRAGMA trusted_schema = OFF;"
			    "PRAGMA journal_mode = WAL;"
			    "PRAGMA journal_size_limit = 8388608;";

/* Of the virtual machine's instructions, between two pauses. */
constexpr int pause_interval = 1000;
/* About a fifth of a second, and five seconds. */
constexpr std::uint64_t pauses_usual = 20 * 1000;
constexpr std::uint64_t pauses_large = 500 * 1000;
/* No value of ours, and no statement, comes near that. */
constexpr int length_max = 1024 * 1024;

} /* namespace */

void
start_sqlite()
{
	unsigned char octet;

	/* There is one thread, and nobody asks how much memory it takes. */
	sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	sqlite3_initialize();
	/* Its generator is seeded from /dev/urandom. */
	sqlite3_randomness(sizeof(octet), &octet);
}

SqliteDatabase::SqliteDatabase(const std::string &path, bool durable)
{
	open(path, durable);
}

void
SqliteDatabase::open(const std::string &path, bool durable)
{
	sqlite3 *opened = nullptr;
	int rc = sqlite3_open_v2(path.c_str(), &opened,
	    SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX |
		SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_NOFOLLOW,
	    nullptr);

	connection.reset(opened);
	if (opened != nullptr)
		sqlite3_extended_result_codes(opened, 1);
	if (!note(rc))
		return;
	/*
	 * What a failed disk or a file that was replaced has in its log stays
	 * there: the next to open it, who judges first, reads it.
	 */
	sqlite3_db_config(
	    opened, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
	distrust();
	run(settings);
	set_durable(durable);
	if (!failed() && sqlite3_db_readonly(opened, "main") != 0)
		note(SQLITE_READONLY);
}

/*
 * What is in the file is another's word: it brings no code that is run here,
 * and nothing in it takes more memory or time than what we have written.
 */
void
SqliteDatabase::distrust()
{
	for (int option : {SQLITE_DBCONFIG_ENABLE_TRIGGER,
		 SQLITE_DBCONFIG_ENABLE_VIEW, SQLITE_DBCONFIG_TRUSTED_SCHEMA,
		 SQLITE_DBCONFIG_WRITABLE_SCHEMA, SQLITE_DBCONFIG_DQS_DDL,
		 SQLITE_DBCONFIG_DQS_DML})
		sqlite3_db_config(handle(), option, 0, nullptr);
	sqlite3_db_config(handle(), SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
	sqlite3_limit(handle(), SQLITE_LIMIT_LENGTH, length_max);
	sqlite3_limit(handle(), SQLITE_LIMIT_ATTACHED, 0);
	sqlite3_limit(handle(), SQLITE_LIMIT_TRIGGER_DEPTH, 1);
	allow_large(true);
	sqlite3_progress_handler(handle(), pause_interval, progress, this);
}

int
SqliteDatabase::progress(void *database)
{
	auto self = static_cast<SqliteDatabase *>(database);

	if (self->pauses_left == 0)
		return (1);
	self->pauses_left--;
	return (0);
}

void
SqliteDatabase::allow_large(bool large)
{
	pauses_max = large ? pauses_large : pauses_usual;
	begin_statement();
}

void
SqliteDatabase::set_durable(bool durable)
{
	run(durable ? "PRAGMA synchronous = FULL"
		    : "PRAGMA synchronous = NORMAL");
}

void
SqliteDatabase::run(const char *sql)
{
	begin_statement();
	if (!failed())
		note(sqlite3_exec(
		    handle(), sql, nullptr, nullptr, nullptr));
}

bool
SqliteDatabase::note(int rc)
{
	if (rc == SQLITE_OK || rc == SQLITE_ROW || rc == SQLITE_DONE)
		return (true);
	if (failed())
		return (false);
	code = rc;
	text = sqlite3_errstr(rc);
	if (connection == nullptr)
		return (false);
	if (sqlite3_extended_errcode(handle()) == rc)
		text = sqlite3_errmsg(handle());
	int error = sqlite3_system_errno(handle());
	if (error != 0)
		text += std::string(", ") + strerror(error);
	return (false);
}

void
SqliteDatabase::refuse(const std::string &why)
{
	if (failed())
		return;
	code = SQLITE_MISMATCH;
	text = why;
}

void
SqliteDatabase::damaged(const std::string &why)
{
	if (failed())
		return;
	code = SQLITE_CORRUPT;
	text = why;
}

bool
SqliteDatabase::is_moved() const
{
	int moved = 0;

	sqlite3_file_control(
	    handle(), "main", SQLITE_FCNTL_HAS_MOVED, &moved);
	return (moved != 0);
}

SqliteStatement::SqliteStatement(SqliteDatabase &in, const char *sql)
    : database(in)
{
	sqlite3_stmt *prepared = nullptr;

	if (database.failed())
		return;
	database.note(sqlite3_prepare_v3(database.handle(), sql, -1,
	    SQLITE_PREPARE_PERSISTENT, &prepared, nullptr));
	statement.reset(prepared);
}

int
SqliteStatement::bind(int at, std::string_view value)
{
	if (value.empty())
		return (sqlite3_bind_null(statement.get(), at));
	return (sqlite3_bind_text(statement.get(), at, value.data(),
	    static_cast<int>(value.size()), SQLITE_STATIC));
}

bool
SqliteStatement::step()
{
	if (database.failed())
		return (false);
	int rc = sqlite3_step(statement.get());
	if (rc == SQLITE_ROW)
		return (true);
	database.note(rc);
	stop();
	return (false);
}

std::uint64_t
SqliteStatement::run()
{
	while (step())
		;
	return (database.failed() ? 0
				  : static_cast<std::uint64_t>(
					sqlite3_changes(database.handle())));
}

bool
SqliteStatement::is_null(int column) const
{
	return (sqlite3_column_type(statement.get(), column) == SQLITE_NULL);
}

std::int64_t
SqliteStatement::integer(int column) const
{
	return (sqlite3_column_int64(statement.get(), column));
}

std::string_view
SqliteStatement::text(int column) const
{
	const void *octets = sqlite3_column_blob(statement.get(), column);

	if (octets == nullptr)
		return ("");
	return (std::string_view(static_cast<const char *>(octets),
	    static_cast<std::size_t>(
		sqlite3_column_bytes(statement.get(), column))));
}
