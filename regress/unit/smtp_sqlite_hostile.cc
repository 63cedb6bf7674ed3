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

#include <tls.h>

/* A ledger's file that somebody prepared: nothing in it is run or believed. */

#include <sqlite3.h>
#include <stdlib.h>

#include <filesystem>
#include <memory>
#include <string>

#include "captured_log.h"
#include "catch.h"
#include "event_loop.h"
#include "ledger_conformance.h"
#include "sqlite_ledger.h"

using namespace conformance;

namespace {

using Claim = Ledger::Claim;
using Kind = LedgerAnswer::Kind;

const std::string endless = "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL"
			    " SELECT i + 1 FROM n) SELECT count(*) FROM n)";

/* A file with one entry, changed by another process's SQL. */
class Prepared {
public:
	Prepared()
	{
		char name[] = "/tmp/hostile-XXXXXX";

		REQUIRE(mkdtemp(name) != nullptr);
		directory = name;
		settings.kind = StoreKind::sqlite;
		settings.path = settings.place = directory + "/ledger.db";
		settings.records = 100;
		open();
		put(1);
	}
	~Prepared()
	{
		sqlite.reset();
		std::filesystem::remove_all(directory);
	}
	void open()
	{
		sqlite = std::make_unique<SqliteLedger>(settings);
	}
	void change(const std::string &sql)
	{
		sqlite3 *database = nullptr;

		sqlite.reset();
		REQUIRE(sqlite3_open(settings.path.c_str(), &database) ==
		    SQLITE_OK);
		int rc = sqlite3_exec(
		    database, sql.c_str(), nullptr, nullptr, nullptr);
		INFO(sqlite3_errmsg(database));
		sqlite3_close(database);
		REQUIRE(rc == SQLITE_OK);
	}
	bool put(unsigned int number)
	{
		bool stored = false;

		sqlite->put("a", entry(number, LedgerStatus::rejected),
		    [&](bool ok) { stored = ok; });
		sqlite->commit();
		return (stored);
	}
	Kind look_up(unsigned int number)
	{
		Kind kind = Kind::unavailable;

		sqlite->look_up("a", fixture::request_id(number),
		    [&](Kind k, const LedgerEntry &) { kind = k; });
		return (kind);
	}
	std::size_t moved_aside() const
	{
		std::size_t count = 0;

		for (const auto &file :
		    std::filesystem::directory_iterator(directory)) {
			std::string name = file.path().filename();
			count += name.find(".corrupt-") != name.npos &&
			    !name.ends_with("-wal");
		}
		return (count);
	}

	EventLoop loop;
	std::string directory;
	SmtpStore settings;
	std::unique_ptr<SqliteLedger> sqlite;
};

} /* namespace */

TEST_CASE("a file whose schema is not ours is moved aside, and nothing is run")
{
	for (const std::string &sql : {
		 /* At the first entry, for ever. */
		 "CREATE TRIGGER t AFTER INSERT ON entries BEGIN"
		 " UPDATE counts SET keyed = " + endless + "; END",
		 "CREATE TRIGGER t AFTER UPDATE ON counts BEGIN"
		 " DELETE FROM entries WHERE status < " + endless + "; END",
		 /* At the first look. */
		 std::string("ALTER TABLE entries RENAME TO rows;"
		     "DROP VIEW submissions;"
		     "CREATE VIEW entries AS SELECT * FROM rows"),
		 "DROP TABLE counts;"
		 "CREATE VIEW counts AS SELECT " + endless +
		     " AS entries, 0 AS keyed",
		 "CREATE VIEW another AS SELECT " + endless + " AS i",
		 std::string("ALTER TABLE entries ADD COLUMN more"),
		 std::string("ALTER TABLE entries RENAME COLUMN code TO kode"),
		 std::string("ALTER TABLE counts ADD COLUMN more INTEGER AS"
		     " (entries + 1)"),
		 std::string("DROP INDEX holders"),
		 std::string("CREATE INDEX more ON entries (upper(message))"),
		 std::string("DROP TABLE counts"),
		 std::string("CREATE TABLE more (a)"),
		 std::string("DROP TABLE entries")}) {
		INFO(sql);
		Prepared file;
		file.change(sql);
		CapturedLog log(log_as_text);
		file.open();
		CHECK(file.moved_aside() == 1);
		CHECK(file.look_up(1) == Kind::not_found);
		CHECK(file.put(2));
		CHECK(file.look_up(2) == Kind::found);
		CHECK(log.text().find("its schema is not ours") !=
		    std::string::npos);
	}
}

TEST_CASE("a file that is as we left it stays, whatever its blanks")
{
	Prepared file;
	file.change("PRAGMA writable_schema = ON;"
	    "UPDATE sqlite_schema SET sql = replace(sql, ' ', '  ')");
	file.open();
	CHECK(file.moved_aside() == 0);
	CHECK(file.look_up(1) == Kind::found);
}

TEST_CASE("what a file says of how much is in it is not believed")
{
	for (const char *counts : {"DELETE FROM counts",
		 "UPDATE counts SET entries = 9223372036854775807, keyed ="
		 " 9223372036854775807",
		 "UPDATE counts SET entries = -1, keyed = -1"}) {
		INFO(counts);
		Prepared file;
		file.change(counts);
		file.open();
		CHECK(file.sqlite->size() == 1);
		CHECK(file.put(2));
		CHECK(file.look_up(1) == Kind::found);
		Claim claim = Claim::unavailable;
		file.sqlite->claim("a", keyed(3, "k", "text"),
		    [&](Claim what, const LedgerEntry &) { claim = what; });
		CHECK(claim == Claim::taken);
		CHECK(file.moved_aside() == 0);
	}
}

TEST_CASE("a value that no memory is meant for is damage")
{
	Prepared file;
	file.change("UPDATE entries SET message = zeroblob(100000000)");
	file.open();
	CHECK(file.look_up(1) == Kind::unavailable);
	CHECK(file.moved_aside() == 1);
	CHECK(file.put(2));
	CHECK(file.look_up(2) == Kind::found);
}

TEST_CASE("no statement is endless")
{
	SqliteDatabase database(":memory:", false);
	database.allow_large(false);
	database.run(("SELECT " + endless).c_str());
	CHECK(database.failure() == SQLITE_INTERRUPT);
}
