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
 * A database of SQLite's, and its prepared statements.  The first failure is
 * kept, and nothing is done after it: who uses a database looks at failed()
 * when there is something to decide.  It is then closed and opened anew.
 *
 * Nobody else can use the file while it is open: a lock is held on it, and so
 * WAL needs no shared memory.
 */

#ifndef RELAYD_SMTP_SQLITE_DATABASE_H
#define RELAYD_SMTP_SQLITE_DATABASE_H

#include <sqlite3.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

/* What SQLite would open a file for later; before a process is confined. */
void start_sqlite();

class SqliteDatabase {
public:
	/* Makes the file if it is not there. */
	SqliteDatabase(const std::string &path, bool durable);
	SqliteDatabase(const SqliteDatabase &) = delete;
	SqliteDatabase &operator=(const SqliteDatabase &) = delete;

	/* Statements without results and without values. */
	void run(const char *sql);
	/* durable: a commit waits for the disk. */
	void set_durable(bool durable);

	/* Since it was opened. */
	bool failed() const
	{
		return (code != SQLITE_OK);
	}
	/* SQLITE_OK, or SQLITE_FULL, SQLITE_CORRUPT, ... */
	int failure() const
	{
		return (code & 0xff);
	}
	/* What SQLite and the system say about it. */
	const std::string &failure_text() const
	{
		return (text);
	}
	/* The file's name is another file's now, or nobody's. */
	bool is_moved() const;

	sqlite3 *handle() const
	{
		return (connection.get());
	}
	/* rc is a failure unless SQLITE_OK, SQLITE_ROW or SQLITE_DONE. */
	bool note(int rc);
	/* It is not what this program can use, and why. */
	void refuse(const std::string &why);
	/* It is ours no more, and why. */
	void damaged(const std::string &why);

	/*
	 * No statement does more than a store's may: an endless one fails.
	 * large: what goes over the whole file, when it is opened.
	 */
	void allow_large(bool large);
	/* The next statement begins. */
	void begin_statement()
	{
		pauses_left = pauses_max;
	}

private:
	struct Close {
		void operator()(sqlite3 *database) const
		{
			sqlite3_close_v2(database);
		}
	};

	void open(const std::string &path, bool durable);
	void distrust();
	static int progress(void *database);

	std::unique_ptr<sqlite3, Close> connection;
	/* When SQLite asks whether to go on. */
	std::uint64_t pauses_max = 0, pauses_left = 0;
	int code = SQLITE_OK;
	std::string text;
};

/*
 *	if (statement.start(name, number).step())
 *		statement.integer(0);
 *	statement.stop();
 *
 * Values are not copied: they live until stop(), or until step() said false.
 */
class SqliteStatement {
public:
	SqliteStatement(SqliteDatabase &in, const char *sql);
	SqliteStatement(const SqliteStatement &) = delete;
	SqliteStatement &operator=(const SqliteStatement &) = delete;

	template <typename... Values>
	SqliteStatement &start(const Values &...values)
	{
		int at = 0;

		stop();
		database.begin_statement();
		(database.note(bind(++at, values)), ...);
		return (*this);
	}
	/* A row is there; false: no more, or failed. */
	bool step();
	/* To the end; how many rows were changed. */
	std::uint64_t run();
	void stop()
	{
		sqlite3_reset(statement.get());
	}

	bool is_null(int column) const;
	std::int64_t integer(int column) const;
	/* Until the next step. */
	std::string_view text(int column) const;

private:
	struct Finalize {
		void operator()(sqlite3_stmt *unused) const
		{
			sqlite3_finalize(unused);
		}
	};

	int bind(int at, std::int64_t value)
	{
		return (sqlite3_bind_int64(statement.get(), at, value));
	}
	/* Text; NULL when it is empty. */
	int bind(int at, std::string_view value);
	template <std::size_t size>
	int bind(int at, const std::array<std::uint8_t, size> *octets)
	{
		return (octets == nullptr
			? sqlite3_bind_null(statement.get(), at)
			: sqlite3_bind_blob(statement.get(), at,
			      octets->data(), size, SQLITE_STATIC));
	}

	SqliteDatabase &database;
	std::unique_ptr<sqlite3_stmt, Finalize> statement;
};

#endif
