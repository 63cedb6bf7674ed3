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

/* The ledger in a file: what every store does, and what befalls files. */

#include <sys/resource.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "catch.h"
#include "event_loop.h"
#include "fd.h"
#include "ledger_conformance.h"
#include "ledger_place.h"
#include "moved_time.h"
#include "sqlite_ledger.h"

using namespace conformance;

namespace {

using std::chrono::milliseconds;
using Claim = Ledger::Claim;
using Kind = LedgerAnswer::Kind;

/* A file in a directory of its own, and the ledger in it. */
class Subject_ final : public Subject {
public:
	explicit Subject_(std::uint64_t records = 100)
	{
		char name[] = "/tmp/ledger-XXXXXX";

		REQUIRE(mkdtemp(name) != nullptr);
		directory = name;
		settings.kind = StoreKind::sqlite;
		settings.path = directory + "/ledger.db";
		settings.place = settings.path;
		settings.records = records;
		settings.ttl = std::chrono::seconds(60);
		open();
	}
	~Subject_() override
	{
		sqlite.reset();
		std::filesystem::remove_all(directory);
	}
	void open()
	{
		sqlite.reset();
		sqlite = std::make_unique<SqliteLedger>(settings);
	}

	Ledger &ledger() override
	{
		return (*sqlite);
	}
	void settle(const std::function<bool()> &done) override
	{
		sqlite->commit();
		REQUIRE(done());
	}
	bool lasts() const override
	{
		return (true);
	}
	void restart() override
	{
		sqlite->commit();
		open();
	}

	Kind look_up(unsigned int number)
	{
		Kind kind = Kind::unavailable;

		sqlite->look_up("a", fixture::request_id(number),
		    [&](Kind k, const LedgerEntry &) { kind = k; });
		return (kind);
	}
	bool has(unsigned int number)
	{
		return (look_up(number) == Kind::found);
	}
	Claim claim(unsigned int number, const char *key = nullptr)
	{
		Claim what = Claim::unavailable;

		sqlite->claim("a", keyed(number, key != nullptr
			? key : std::to_string(number), "x"),
		    [&](Claim c, const LedgerEntry &) { what = c; });
		return (what);
	}
	/* Settled entries, each a millisecond after the last. */
	void fill(unsigned int from, unsigned int to)
	{
		for (unsigned int i = from; i <= to; i++)
			sqlite->put("a", done(i), nullptr);
	}
	LedgerEntry done(unsigned int number)
	{
		LedgerEntry made = settled(
		    entry(number), LedgerStatus::smtp_accepted, "");

		made.expires_ms = made.created_ms + 60000;
		moved_time::pass(milliseconds(1));
		return (made);
	}
	/* A second of trouble later. */
	void look_after()
	{
		sqlite->look_after();
	}
	std::vector<std::string> aside() const
	{
		std::vector<std::string> names;
		for (const auto &file :
		    std::filesystem::directory_iterator(directory)) {
			std::string name = file.path().filename();
			if (name.find(".corrupt-") != std::string::npos &&
			    !name.ends_with("-wal"))
				names.push_back(name);
		}
		return (names);
	}
	/* Another process's way to write: the ledger is closed. */
	void run_sql(const char *sql)
	{
		sqlite.reset();
		SqliteDatabase database(settings.path, false);
		database.run(sql);
		REQUIRE_FALSE(database.failed());
	}

	EventLoop loop;
	fixture::Runner runner{loop};
	std::string directory;
	SmtpStore settings;
	std::unique_ptr<SqliteLedger> sqlite;
};

/* Files cannot grow for as long as it lives. */
class FullDisk {
public:
	explicit FullDisk(const std::string &path)
	{
		std::uint64_t size = 0;
		for (const char *end : {"", "-wal"}) {
			std::error_code none;
			auto n = std::filesystem::file_size(path + end, none);
			if (!none)
				size = std::max<std::uint64_t>(size, n);
		}
		signal(SIGXFSZ, SIG_IGN);
		REQUIRE(getrlimit(RLIMIT_FSIZE, &before) == 0);
		struct rlimit none = before;
		none.rlim_cur = size;
		REQUIRE(setrlimit(RLIMIT_FSIZE, &none) == 0);
	}
	~FullDisk()
	{
		setrlimit(RLIMIT_FSIZE, &before);
	}

private:
	struct rlimit before;
};

void
overwrite(const std::string &path, std::size_t from, std::size_t size)
{
	Fd fd(open(path.c_str(), O_WRONLY));
	std::string garbage(size, '\x5a');

	REQUIRE(pwrite(fd.get(), garbage.data(), size,
		    static_cast<off_t>(from)) == static_cast<ssize_t>(size));
}

/* Who is told that the disk is about to be waited for. */
class Warned final : public StoreConnector {
public:
	void connect_store(std::uint64_t, std::uint32_t, bool) override
	{
	}
	void before_disk() override
	{
		times++;
	}

	unsigned int times = 0;
};

} /* namespace */

TEST_CASE("sqlite: a transaction is told of before it waits for the disk")
{
	Subject_ subject;
	Warned warned;

	subject.sqlite->warn_before_disk(warned);
	subject.sqlite->commit();
	CHECK(warned.times == 0); /* there was nothing to be written */
	subject.sqlite->put("a", entry(1), nullptr);
	moved_time::pass(std::chrono::seconds(1)); /* it gathers for a while */
	subject.sqlite->commit();
	CHECK(warned.times == 1);
}

TEST_CASE("the ledger in a file conforms")
{
	Subject_ subject;

	ledger_conforms(subject);
}

TEST_CASE("sqlite: one transaction for a turn, and one entry is one row")
{
	Subject_ subject;
	std::uint64_t before = subject.sqlite->transactions();
	std::vector<bool> stored;

	for (unsigned int i = 1; i <= 50; i++) {
		LedgerEntry one = entry(i);
		subject.sqlite->put("a", one, nullptr);
		subject.sqlite->put("a",
		    settled(one, LedgerStatus::smtp_accepted, ""),
		    [&](bool ok) { stored.push_back(ok); });
		CHECK(subject.has(i));
	}
	CHECK(stored.empty());
	subject.sqlite->commit();
	CHECK(stored == std::vector<bool>(50, true));
	CHECK(subject.sqlite->transactions() == before + 1);
	CHECK(subject.sqlite->size() == 50);
	subject.sqlite->commit();
	CHECK(subject.sqlite->transactions() == before + 1);
}

TEST_CASE("sqlite: what is in flight without a key waits, and is found")
{
	Subject_ subject;

	subject.sqlite->put("a", entry(1), nullptr);
	subject.sqlite->commit();
	CHECK(subject.sqlite->size() == 0);
	CHECK(subject.has(1));
	subject.runner.run_for(milliseconds(20) - std::chrono::nanoseconds(1));
	CHECK(subject.sqlite->size() == 0);
	subject.runner.run_for(std::chrono::nanoseconds(1));
	CHECK(subject.sqlite->size() == 1);
	/* It is written when the ledger ends, too. */
	subject.sqlite->put("a", entry(2), nullptr);
	subject.open();
	CHECK(subject.has(2));
}

TEST_CASE("sqlite: an id is used once by a key")
{
	Subject_ subject;
	Tester test(subject);
	LedgerEntry own = entry(1);
	LedgerEntry other = entry(1, LedgerStatus::rejected);

	test.put("a", own);
	other.created_ms = own.created_ms;
	for (int turn = 0; turn < 2; turn++) {
		other.created_ms++;
		test.put("a", other);
		CHECK_FALSE(test.was_stored);
		CHECK(test.find("a", 1)->status == LedgerStatus::received);
	}
	/* In one turn as well. */
	LedgerEntry first = entry(2), second = entry(2);
	second.created_ms++;
	subject.sqlite->put("a", first, nullptr);
	test.put("a", second);
	CHECK_FALSE(test.was_stored);
}

TEST_CASE("sqlite: entries go by number and by age, the oldest first")
{
	Subject_ subject(3);

	for (unsigned int i = 1; i <= 5; i++) {
		subject.fill(i, i);
		subject.sqlite->commit();
		CHECK(subject.sqlite->size() <= 3);
	}
	CHECK_FALSE(subject.has(2));
	CHECK(subject.has(3));
	subject.fill(6, 8); /* more than one in a turn */
	subject.sqlite->commit();
	CHECK(subject.sqlite->size() == 3);
	CHECK(subject.has(6));

	moved_time::pass(milliseconds(60000 - 4)); /* 6 was made 3 ago */
	CHECK(subject.has(6));
	moved_time::pass(milliseconds(1));
	CHECK_FALSE(subject.has(6));
	CHECK(subject.has(7));
	subject.look_after();
	CHECK(subject.sqlite->size() == 2);
	moved_time::pass(milliseconds(60000));
	subject.look_after();
	CHECK(subject.sqlite->size() == 0);

	subject.fill(10, 12);
	subject.sqlite->commit();
	subject.settings.records = 1;
	subject.sqlite->configure(subject.settings);
	subject.sqlite->write_now();
	CHECK(subject.sqlite->size() == 1);
	CHECK(subject.has(12));
	subject.restart();
	CHECK(subject.sqlite->size() == 1);
	CHECK(subject.has(12));
}

TEST_CASE("sqlite: what holds an Idempotency-Key is not pushed out")
{
	Subject_ subject(3);

	CHECK(subject.claim(1) == Claim::taken);
	subject.sqlite->commit();
	subject.fill(10, 19);
	subject.sqlite->commit();
	CHECK(subject.has(1));
	CHECK(subject.claim(2) == Claim::taken);
	CHECK(subject.claim(3) == Claim::taken);
	/* Full: no other key, and no other entry, though none is written. */
	CHECK(subject.claim(4) == Claim::unavailable);
	subject.sqlite->commit();
	CHECK(subject.claim(4) == Claim::unavailable);
	CHECK_FALSE(subject.has(19));
	CHECK_FALSE(subject.has(4));
	subject.fill(20, 20);
	subject.sqlite->commit();
	CHECK_FALSE(subject.has(20));
	CHECK(subject.sqlite->size() == 3);
	/* One lets go. */
	LedgerEntry failed = keyed(2, "2", "x");
	subject.sqlite->look_up("a", failed.request_id,
	    [&](Kind, const LedgerEntry &e) { failed = e; });
	failed.status = LedgerStatus::smtp_failed;
	failed.code = "smtp_unavailable";
	subject.sqlite->put("a", failed, nullptr);
	/* In the same turn it is free for another, here or there. */
	CHECK(subject.claim(5, "2") == Claim::unavailable);
	subject.sqlite->commit();
	CHECK(subject.claim(5, "2") == Claim::taken);
	subject.sqlite->commit();
	CHECK(subject.sqlite->size() == 3);
	CHECK(subject.has(5));
}

TEST_CASE("sqlite: a key is taken again in the turn that let go of it")
{
	Subject_ subject;

	CHECK(subject.claim(1, "k") == Claim::taken);
	subject.sqlite->commit();
	LedgerEntry failed;
	subject.sqlite->look_up("a", fixture::request_id(1),
	    [&](Kind, const LedgerEntry &e) { failed = e; });
	failed = settled(failed, LedgerStatus::smtp_failed, "overloaded");
	subject.sqlite->put("a", failed, nullptr);
	CHECK(subject.claim(2, "k") == Claim::taken);
	subject.sqlite->commit();
	CHECK(subject.has(1));
	CHECK(subject.has(2));
	CHECK(subject.claim(3, "k") == Claim::in_progress);
	subject.restart();
	CHECK(subject.sqlite->size() == 2);
}

TEST_CASE("sqlite: a full disk fails, and what was put comes in afterwards")
{
	Subject_ subject;
	bool stored = true;

	subject.fill(1, 1);
	CHECK(subject.claim(2, "k") == Claim::taken);
	subject.sqlite->commit();
	{
		FullDisk full(subject.settings.path);
		LedgerEntry done = subject.done(3);
		for (unsigned int i = 0; i < 60 && stored; i++) {
			done.smtp_reply = std::string(500, 'x');
			done.request_id = fixture::request_id(1000 + i);
			subject.sqlite->put(
			    "a", done, [&](bool ok) { stored = ok; });
			subject.sqlite->commit();
			subject.sqlite->write_now();
		}
		CHECK_FALSE(stored);
		CHECK_FALSE(subject.sqlite->works());
		CHECK(subject.look_up(1) == Kind::unavailable);
		CHECK(subject.claim(5, "l") == Claim::unavailable);
		subject.fill(4, 4);
		subject.sqlite->commit();
		subject.look_after();
		CHECK_FALSE(subject.sqlite->works());
		stored = true;
		subject.sqlite->put("a", subject.done(6),
		    [&](bool ok) { stored = ok; });
		CHECK_FALSE(stored);
	}
	subject.look_after();
	CHECK(subject.sqlite->works());
	for (unsigned int number : {1, 4, 6})
		CHECK(subject.has(number));
	CHECK(subject.claim(7, "k") == Claim::in_progress);
	subject.restart();
	for (unsigned int number : {1, 4, 6})
		CHECK(subject.has(number));
}

TEST_CASE("sqlite: what could not be kept while it failed is unknown")
{
	Subject_ subject(100000);
	LedgerEntry early = entry(1);

	subject.sqlite->put("a", early, [](bool) {});
	subject.sqlite->commit();
	CHECK(subject.sqlite->size() == 1);
	/* Its directory is gone, and comes back. */
	std::string away = subject.directory + "-away";
	std::filesystem::rename(subject.directory, away);
	subject.look_after();
	CHECK_FALSE(subject.sqlite->works());
	/* Nothing is kept without a bound: 10,000 here. */
	for (unsigned int i = 10; i < 11000; i++)
		subject.sqlite->put("a", subject.done(i), nullptr);
	early = settled(early, LedgerStatus::smtp_accepted, "");
	subject.sqlite->put("a", early, nullptr);
	std::filesystem::rename(away, subject.directory);
	subject.look_after();
	CHECK(subject.sqlite->works());
	Tester test(subject);
	CHECK(test.find("a", 1)->status == LedgerStatus::smtp_outcome_unknown);
}

TEST_CASE("sqlite: a file that is removed or replaced begins anew")
{
	Subject_ subject;
	std::string log = subject.settings.path + "-wal";
	bool with_log = GENERATE(false, true);

	subject.fill(1, 1);
	subject.sqlite->commit();
	unlink(subject.settings.path.c_str());
	if (with_log)
		unlink(log.c_str());
	subject.fill(2, 2);
	subject.sqlite->commit();
	CHECK(subject.sqlite->works());
	CHECK_FALSE(subject.has(1));
	CHECK(subject.has(2));
	subject.restart();
	CHECK(subject.has(2));

	/* Without a write, within a second. */
	std::filesystem::rename(
	    subject.settings.path, subject.settings.path + "-other");
	subject.look_after();
	CHECK(subject.sqlite->works());
	CHECK_FALSE(subject.has(2));
}

TEST_CASE("sqlite: a damaged file is moved aside")
{
	Subject_ subject;

	subject.fill(1, 90);
	subject.restart();
	SECTION("its head, at the start")
	{
		subject.sqlite.reset();
		overwrite(subject.settings.path, 0, 100);
		subject.open();
	}
	SECTION("a page, at the start")
	{
		subject.sqlite.reset();
		overwrite(subject.settings.path, 100, 4000);
		subject.open();
	}
	SECTION("no database at all")
	{
		subject.sqlite.reset();
		std::ofstream(subject.settings.path) << "not a database\n";
		subject.open();
	}
	SECTION("pages, later")
	{
		auto size =
		    std::filesystem::file_size(subject.settings.path);
		overwrite(subject.settings.path, 4096, size - 4096);
		bool called = false;
		subject.sqlite->look_up("a", fixture::request_id(50),
		    [&](Kind kind, const LedgerEntry &) {
			    called = true;
			    CHECK(kind == Kind::unavailable);
		    });
		CHECK(called);
	}
	CHECK(subject.aside().size() == 1);
	CHECK(subject.sqlite->works());
	CHECK_FALSE(subject.has(1));
	subject.fill(2, 2);
	subject.sqlite->commit();
	CHECK(subject.has(2));
	/* Not again at once: a disk that rots is not filled with copies. */
	subject.fill(1, 90);
	subject.sqlite->commit();
	auto size = std::filesystem::file_size(subject.settings.path + "-wal");
	overwrite(subject.settings.path, 0, 4096);
	overwrite(subject.settings.path + "-wal", 32, size - 32);
	for (unsigned int i = 1; i <= 90 && subject.sqlite->works(); i++)
		subject.has(i);
	CHECK(subject.aside().size() == 1);
}

TEST_CASE("sqlite: what is damaged in a write is stored in the new file")
{
	Subject_ subject;
	bool stored = false;

	subject.fill(1, 90);
	subject.restart();
	auto size = std::filesystem::file_size(subject.settings.path);
	overwrite(subject.settings.path, 4096, size - 4096);
	subject.sqlite->put("a", subject.done(200),
	    [&](bool ok) { stored = ok; });
	subject.sqlite->commit();
	subject.sqlite->write_now();
	CHECK(subject.aside().size() == 1);
	CHECK(stored);
	CHECK(subject.has(200));
}

TEST_CASE("sqlite: another's file and a newer one are left alone")
{
	Subject_ subject;
	const char *sql = GENERATE("PRAGMA user_version = 99",
	    "PRAGMA application_id = 7", "PRAGMA user_version = -1");

	subject.fill(1, 1);
	subject.run_sql(sql);
	/* All of it is in the file, for the ledger closes it in order. */
	subject.run_sql("PRAGMA wal_checkpoint(TRUNCATE)");
	auto written = std::filesystem::last_write_time(subject.settings.path);
	CHECK(examine_ledger_file(subject.settings.path).kind ==
	    LedgerFileState::Kind::foreign);
	CHECK(examine_ledger_file(subject.settings.path).what.find("move") !=
	    std::string::npos);
	subject.open();
	CHECK_FALSE(subject.sqlite->works());
	CHECK(subject.look_up(1) == Kind::unavailable);
	subject.fill(2, 2);
	subject.sqlite->commit();
	subject.look_after();
	CHECK_FALSE(subject.sqlite->works());
	CHECK(std::filesystem::last_write_time(subject.settings.path) ==
	    written);
	CHECK(subject.aside().empty());
}

TEST_CASE("sqlite: a newer schema that is in the log alone is seen, too")
{
	Subject_ subject;

	subject.fill(1, 1);
	subject.run_sql("PRAGMA user_version = 99");
	CHECK(examine_ledger_file(subject.settings.path).kind ==
	    LedgerFileState::Kind::ours);
	subject.open();
	CHECK_FALSE(subject.sqlite->works());
	CHECK(subject.aside().empty());
}

TEST_CASE("sqlite: two cannot have one file")
{
	Subject_ subject;
	SqliteLedger other(subject.settings);
	bool stored = true;

	CHECK(subject.sqlite->works());
	CHECK_FALSE(other.works());
	other.put("a", entry(1), [&](bool ok) { stored = ok; });
	CHECK_FALSE(stored);
	subject.fill(2, 2);
	subject.sqlite->commit();
	CHECK(subject.sqlite->works());
	subject.sqlite.reset();
	other.look_after();
	CHECK(other.works());
	CHECK(other.size() == 2); /* and what waited for it */
}

TEST_CASE("sqlite: durable is changed in place")
{
	Subject_ subject;

	subject.fill(1, 1);
	subject.sqlite->commit();
	subject.settings.durable = true;
	subject.sqlite->configure(subject.settings);
	subject.fill(2, 2);
	subject.sqlite->commit();
	CHECK(subject.has(1));
	CHECK(subject.has(2));
}
