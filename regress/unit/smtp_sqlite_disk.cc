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


/* When a ledger in a file waits for the disk, and what is on it by then. */

#include <sqlite3.h>
#include <stdlib.h>

#include <filesystem>
#include <map>

#include "catch.h"
#include "event_loop.h"
#include "ledger_conformance.h"
#include "sqlite_ledger.h"

using namespace conformance;

namespace {

/*
 * SQLite's way to the file system, which counts how often it waits for the
 * disk.  Files opened through it are the real ones, with one method exchanged.
 */
class Disk {
public:
	Disk()
	{
		real = sqlite3_vfs_find(nullptr);
		vfs = *real;
		vfs.zName = "counting";
		vfs.xOpen = open;
		REQUIRE(sqlite3_vfs_register(&vfs, 1) == SQLITE_OK);
		syncs = 0;
	}
	~Disk()
	{
		sqlite3_vfs_unregister(&vfs);
		sqlite3_vfs_register(real, 1);
	}

	static inline unsigned int syncs;

private:
	static int open(sqlite3_vfs *, const char *name, sqlite3_file *file,
	    int flags, int *flags_out)
	{
		int rc = real->xOpen(real, name, file, flags, flags_out);

		if (rc != SQLITE_OK || file->pMethods == nullptr)
			return (rc);
		sqlite3_io_methods &copy = exchanged[file->pMethods];
		copy = *file->pMethods;
		copy.xSync = sync;
		file->pMethods = &copy;
		return (rc);
	}
	static int sync(sqlite3_file *file, int flags)
	{
		syncs++;
		for (const auto &[methods, copy] : exchanged)
			if (file->pMethods == &copy)
				return (methods->xSync(file, flags));
		return (SQLITE_IOERR);
	}

	static inline sqlite3_vfs *real;
	static inline sqlite3_vfs vfs;
	/* Databases and their logs have different ones. */
	static inline std::map<const sqlite3_io_methods *, sqlite3_io_methods>
	    exchanged;
};

class Subject_ {
public:
	explicit Subject_(bool durable)
	{
		char name[] = "/tmp/ledger-XXXXXX";

		REQUIRE(mkdtemp(name) != nullptr);
		directory = name;
		settings.kind = StoreKind::sqlite;
		settings.path = directory + "/ledger.db";
		settings.place = settings.path;
		settings.records = 1000;
		settings.durable = durable;
		sqlite = std::make_unique<SqliteLedger>(settings);
	}
	~Subject_()
	{
		sqlite.reset();
		std::filesystem::remove_all(directory);
	}

	Disk disk;
	EventLoop loop;
	std::string directory;
	SmtpStore settings;
	std::unique_ptr<SqliteLedger> sqlite;
};

/* That what holds a key was started, as before its content is written. */
unsigned int
syncs_until_stored(SqliteLedger &ledger, unsigned int number)
{
	LedgerEntry entry = keyed(number, std::to_string(number), "x");
	unsigned int before = Disk::syncs, until_stored = 0;
	bool is_stored = false;

	ledger.claim("a", entry,
	    [](Ledger::Claim claim, const LedgerEntry &) {
		    CHECK(claim == Ledger::Claim::taken);
	    });
	entry.status = LedgerStatus::smtp_submission_started;
	ledger.put("a", entry, [&](bool stored) {
		is_stored = stored;
		until_stored = Disk::syncs - before;
	});
	CHECK_FALSE(is_stored);
	ledger.commit();
	CHECK(is_stored);
	return (until_stored);
}

} /* namespace */

TEST_CASE("sqlite: durable waits for the disk before the content may go out")
{
	Subject_ subject(true);

	for (unsigned int number = 1; number <= 5; number++)
		CHECK(syncs_until_stored(*subject.sqlite, number) == 1);
	/* One for a turn, not for a message. */
	unsigned int before = Disk::syncs;
	for (unsigned int number = 11; number <= 60; number++)
		subject.sqlite->put("a",
		    settled(entry(number), LedgerStatus::smtp_accepted, ""),
		    nullptr);
	subject.sqlite->commit();
	CHECK(Disk::syncs - before == 1);
}

TEST_CASE("sqlite: without durable the disk is not waited for")
{
	Subject_ subject(false);

	for (unsigned int number = 1; number <= 5; number++)
		CHECK(syncs_until_stored(*subject.sqlite, number) == 0);
	subject.settings.durable = true;
	subject.sqlite->configure(subject.settings);
	CHECK(syncs_until_stored(*subject.sqlite, 6) == 1);
	subject.settings.durable = false;
	subject.sqlite->configure(subject.settings);
	CHECK(syncs_until_stored(*subject.sqlite, 7) == 0);
}
