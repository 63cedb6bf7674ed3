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

/* Where the parent lets a ledger be. */

#include <sys/stat.h>

#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "catch.h"
#include "config_ledger.h"
#include "ledger_place.h"
#include "pathnames.h"

namespace {

class Place {
public:
	Place()
	{
		char name[] = "/tmp/place-XXXXXX";

		REQUIRE(mkdtemp(name) != nullptr);
		above = name;
		directory = above + "/ledger";
		path = directory + "/l.db";
	}
	~Place()
	{
		std::filesystem::remove_all(above);
	}
	void make(mode_t mode = 0700)
	{
		REQUIRE(mkdir(directory.c_str(), mode) == 0);
		REQUIRE(chmod(directory.c_str(), mode) == 0);
	}
	void write(const std::string &name, const std::string &octets)
	{
		std::ofstream(directory + "/" + name) << octets;
	}
	bool is_refused(const char *word) const
	{
		std::string trouble = ledger_trouble(path);

		CAPTURE(trouble);
		return (trouble.find(word) != std::string::npos);
	}

	std::string above, directory, path;
};

/* The head of a database. */
std::string
head(char application, char version)
{
	std::string octets("SQLite format 3");

	octets.resize(100);
	octets[71] = application;
	octets[63] = version;
	if (application == 'e')
		octets.replace(68, 4, "rele");
	return (octets);
}

} /* namespace */

TEST_CASE("the directory of a file")
{
	CHECK(directory_of("/a/b/c.db") == "/a/b");
	CHECK(directory_of("/c.db") == "/");
}

TEST_CASE("a ledger has a directory of its own")
{
	Place place;

	CHECK(ledger_trouble("/l.db").find("of its own") != std::string::npos);
	CHECK(ledger_trouble(place.path) == ""); /* it will be made */
	place.path = place.directory + "/deeper/l.db";
	CHECK(place.is_refused("only the last directory"));
	place.path = place.directory + "/l.db";
	std::ofstream(place.directory) << "a file";
	CHECK(place.is_refused("is not a directory"));
	std::filesystem::remove(place.directory);
	place.make(0750);
	/* As root, it should not be root's. */
	CHECK(place.is_refused(geteuid() == 0 ? "" : "chmod 700"));
}

TEST_CASE("a ledger's file is one of ours, and not from the future")
{
	using Kind = LedgerFileState::Kind;
	Place place;
	auto kind = [&](const std::string &octets) {
		place.write("l.db", octets);
		return (examine_ledger_file(place.path).kind);
	};

	place.make();
	CHECK(examine_ledger_file(place.path).kind == Kind::none);
	CHECK(kind("") == Kind::none);
	CHECK(kind("no database") == Kind::damaged);
	CHECK(kind(std::string(100, 'x')) == Kind::damaged);
	CHECK(kind(head('e', 0)) == Kind::ours);
	CHECK(kind(head('e', ledger_schema_newest)) == Kind::ours);
	CHECK(kind(head('e', ledger_schema_newest + 1)) == Kind::foreign);
	CHECK(kind(head(0, 0)) == Kind::ours);
	CHECK(kind(head(0, 1)) == Kind::foreign);
	CHECK(kind(head(7, 0)) == Kind::foreign);
	std::filesystem::remove(place.path);
	std::filesystem::create_symlink("/etc/passwd", place.path);
	CHECK(examine_ledger_file(place.path).kind == Kind::unknown);
}

TEST_CASE("what else a ledger's directory holds is told")
{
	Place place;

	CHECK(ledger_company(place.path) == ""); /* it is not there */
	place.make();
	for (const char *end : {"", "-wal", "-shm", ".corrupt-1"})
		place.write(std::string("l.db") + end, "");
	CHECK(ledger_company(place.path) == "");
	place.write("notes.txt", "");
	CHECK(ledger_company(place.path).find("holds notes.txt") !=
	    std::string::npos);
}

TEST_CASE("a ledger's file and its log can be written to")
{
	Place place;
	struct passwd *pw = geteuid() == 0 ? getpwnam(smtp_user) : nullptr;
	uid_t owner = pw != nullptr ? pw->pw_uid : geteuid();
	auto own = [owner](const std::string &path) {
		REQUIRE(lchown(path.c_str(), owner, static_cast<gid_t>(-1)) ==
		    0);
	};

	place.make();
	own(place.directory);
	CHECK(ledger_trouble(place.path) == "");
	place.write("l.db", head('e', 1));
	place.write("l.db-wal", "");
	own(place.path);
	own(place.path + "-wal");
	CHECK(ledger_trouble(place.path) == "");

	for (const char *end : {"", "-wal"}) {
		std::string path = place.path + end;
		CAPTURE(path);
		REQUIRE(chmod(path.c_str(), 0400) == 0);
		CHECK(place.is_refused(("chmod 600 " + path).c_str()));
		REQUIRE(chmod(path.c_str(), 0600) == 0);
		CHECK(ledger_trouble(place.path) == "");
		if (owner != geteuid()) {
			REQUIRE(chown(path.c_str(), geteuid(), getegid()) == 0);
			CHECK(place.is_refused("must belong to"));
		}
		std::filesystem::remove(path);
		REQUIRE(mkfifo(path.c_str(), 0600) == 0);
		CHECK(place.is_refused("is not a regular file"));
		std::filesystem::remove(path);
		std::filesystem::create_symlink("/etc/passwd", path);
		CHECK(place.is_refused("is not a regular file"));
		std::filesystem::remove(path);
		REQUIRE(mkdir(path.c_str(), 0700) == 0);
		CHECK(place.is_refused("is not a regular file"));
		std::filesystem::remove(path);
	}
	for (mode_t mode : {0500, 0300, 0600, 0750}) {
		REQUIRE(chmod(place.directory.c_str(), mode) == 0);
		CHECK(place.is_refused("chmod 700"));
	}
}

TEST_CASE("a ledger's name leaves room for what SQLite puts behind it")
{
	Place place;

	place.path = place.directory + "/" + std::string(227, 'l');
	CHECK(ledger_trouble(place.path) == "");
	place.path += 'l';
	CHECK(place.is_refused("228 octets, at most 227"));
}

TEST_CASE("a ledger's directory can be made")
{
	Place place;

	REQUIRE(chmod(place.above.c_str(), 0500) == 0);
	/* Nothing keeps root from it. */
	CHECK(place.is_refused(geteuid() == 0 ? "" : "cannot be made"));
	REQUIRE(chmod(place.above.c_str(), 0700) == 0);
#ifdef __linux__
	/* Nobody can make one there. */
	CHECK(ledger_trouble("/proc/ledger/l.db").find("cannot be made") ==
	    (access("/proc", W_OK) == -1 ? std::string("/proc/ledger ").size()
					 : std::string::npos));
#endif
}
