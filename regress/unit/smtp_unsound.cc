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

/* A store that gives back what nobody stored: no such entry is passed on. */

#include <sqlite3.h>
#include <stdlib.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "captured_log.h"
#include "catch.h"
#include "event_loop.h"
#include "ledger_conformance.h"
#include "sqlite_ledger.h"
#include "wire.h"

using namespace conformance;

namespace {

using Claim = Ledger::Claim;
using Kind = LedgerAnswer::Kind;

class File {
public:
	File()
	{
		char name[] = "/tmp/unsound-XXXXXX";

		REQUIRE(mkdtemp(name) != nullptr);
		directory = name;
		settings.kind = StoreKind::sqlite;
		settings.path = settings.place = directory + "/ledger.db";
		settings.records = 100;
		open();
	}
	~File()
	{
		sqlite.reset();
		std::filesystem::remove_all(directory);
	}
	void open()
	{
		sqlite.reset();
		sqlite = std::make_unique<SqliteLedger>(settings);
	}
	/* What another process did to it, and this one finds. */
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
	Kind look_up(unsigned int number, LedgerEntry *entry = nullptr)
	{
		Kind kind = Kind::unavailable;

		sqlite->look_up("a", fixture::request_id(number),
		    [&](Kind k, LedgerEntry found) {
			    kind = k;
			    if (entry != nullptr)
				    *entry = std::move(found);
		    });
		return (kind);
	}
	Claim claim(const LedgerEntry &wanted)
	{
		Claim what = Claim::taken;

		sqlite->claim("a", wanted,
		    [&](Claim c, const LedgerEntry &) { what = c; });
		return (what);
	}

	EventLoop loop;
	std::string directory;
	SmtpStore settings;
	std::unique_ptr<SqliteLedger> sqlite;
};

std::string
blanks(std::size_t size)
{
	return ("printf('%" + std::to_string(size) + "s', 'x')");
}

} /* namespace */

TEST_CASE("a row that no relay wrote counts as missing, and that is said")
{
	for (const std::string &set : {
		 "code = " + blanks(65), "message = " + blanks(513),
		 "message_id = " + blanks(321),
		 "recipient_domains = " + blanks(255),
		 "recipient_domains = replace(" + blanks(66) +
		     ", ' ', 'd ')",
		 "recipient_domains = " + blanks(300000),
		 std::string("recipient_count = 1001"),
		 std::string("recipient_count = -1"),
		 std::string("recipient_domain_count = 4294967297"),
		 std::string("recipient_domain_count = 1001"),
		 std::string("created_ms = -1"),
		 std::string("updated_ms = 253402300800000"),
		 std::string("expires_ms = 9223372036854775807"),
		 std::string("status = 6"), std::string("status = 257"),
		 std::string("smtp_code = 66786"),
		 std::string("smtp_code = 1000"),
		 "smtp_enhanced = " + blanks(10),
		 "smtp_reply = " + blanks(513),
		 std::string("refused = 'to 1 550 5.1.1234567'")}) {
		INFO(set);
		File file;
		LedgerEntry first = keyed(1, "k", "text");
		REQUIRE(file.claim(first) == Claim::taken);
		file.sqlite->put("a",
		    settled(first, LedgerStatus::smtp_accepted, ""), nullptr);
		file.sqlite->commit();
		REQUIRE(file.look_up(1) == Kind::found);
		file.change("UPDATE entries SET " + set);

		CapturedLog log(log_as_text);
		file.open();
		CHECK(file.look_up(1) == Kind::not_found);
		CHECK(file.look_up(1) == Kind::not_found);
		/* It may be of a message that was sent. */
		CHECK(file.claim(keyed(2, "k", "text")) == Claim::unavailable);
		std::string text = log.text();
		auto line = text.find("event=ledger_unsound");
		REQUIRE(line != std::string::npos);
		CHECK(text.find("event=ledger_unsound", line + 1) ==
		    std::string::npos);
		/* The others are as they were. */
		file.sqlite->put("a", entry(3, LedgerStatus::rejected), nullptr);
		file.sqlite->commit();
		CHECK(file.look_up(3) == Kind::found);
	}
}

TEST_CASE("rows of the first release are read, and their domains counted")
{
	File file;

	file.sqlite->put("a", entry(1, LedgerStatus::rejected), nullptr);
	file.sqlite->commit();
	file.change("UPDATE entries SET recipient_domains ="
	    " replace(substr(quote(zeroblob(50)), 3, 100), '00', 'd ');"
	    "DROP INDEX plain_by_key;"
	    "ALTER TABLE entries DROP COLUMN recipient_domain_count;"
	    "PRAGMA user_version = 1");
	file.open();
	LedgerEntry old;
	REQUIRE(file.look_up(1, &old) == Kind::found);
	CHECK(old.recipient_domains.size() == entry_domains_max);
	CHECK(old.recipient_domain_count == 50);
	/* And another one beside it. */
	file.sqlite->put("a", entry(2, LedgerStatus::rejected), nullptr);
	file.sqlite->commit();
	file.open();
	REQUIRE(file.look_up(2, &old) == Kind::found);
	CHECK(old.recipient_domain_count == 4);
}

TEST_CASE("an entry as the first release wrote it is read")
{
	LedgerEntry made = entry(1);
	std::string octets;
	made.recipient_domains.clear();
	made.recipient_count = 0x1234;
	made.recipient_domain_count = 0x5678;
	WireWriter out(octets);
	write_entry(out, made);
	/* Without domains their list is a zero before these two. */
	const std::string numbers("\0\0\0\0\x34\x12\0\0\x78\x56\0\0", 12);
	std::size_t at = octets.find(numbers);
	if (at == std::string::npos)
		return; /* the other order of octets */
	std::string list;
	WireWriter old(list);
	old.integer(std::uint32_t{40});
	for (int i = 0; i < 40; i++)
		old.string("d" + std::to_string(i) + ".example");
	octets.replace(at, 4, list);
	octets.erase(at + list.size() + 4, 4);
	WireReader in(octets);
	LedgerEntry read = read_entry_with_all_domains(in);
	CHECK(in.done());
	CHECK(read.recipient_count == 0x1234);
	CHECK(read.recipient_domains.size() == entry_domains_max);
	CHECK(read.recipient_domain_count == 40);
	CHECK(read.message_id == made.message_id);
	WireReader as_new(octets);
	read_entry(as_new);
	CHECK_FALSE(as_new.done());
}

TEST_CASE("of a message's domains the first are named and all are counted")
{
	SmtpConfig config = fixture::make_config();
	config.keys[0].max_recipients = recipients_limit;
	std::vector<std::string> to;
	for (int i = 0; i < 900; i++)
		to.push_back("a@D" + std::to_string(i % 300) + ".example");
	auto message = fixture::make_transaction(
	    config, fixture::make_submission(1, to));
	LedgerEntry kept =
	    ledger_entry(*message, std::chrono::seconds(60));
	CHECK(kept.recipient_count == 300);
	CHECK(kept.recipient_domain_count == 300);
	REQUIRE(kept.recipient_domains.size() == entry_domains_max);
	CHECK(kept.recipient_domains[31] == "d31.example");
	CHECK(is_sound(kept));
}
