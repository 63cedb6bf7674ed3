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

#include <sys/types.h>
#include <sys/stat.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <memory>
#include <string>

#include "catch.h"
#include "config.h"
#include "config_file.h"
#include "interface.h"
#include "secret.h"

namespace {

/* A directory of its own, which goes with all that is in it. */
class Directory {
public:
	Directory()
	{
		char name[] = "/tmp/config.XXXXXXXXXX";
		REQUIRE(mkdtemp(name) != nullptr);
		path = name;
	}
	~Directory()
	{
		for (const char *name : {"a", "b", "fifo", "link"})
			unlink((path + "/" + name).c_str());
		rmdir((path + "/directory").c_str());
		rmdir(path.c_str());
	}
	std::string write(const char *name, mode_t mode,
	    const std::string &contents) const
	{
		std::string file = path + "/" + name;
		FILE *out = fopen(file.c_str(), "w");
		REQUIRE(out != nullptr);
		fwrite(contents.data(), 1, contents.size(), out);
		fclose(out);
		REQUIRE(chmod(file.c_str(), mode) == 0);
		return (file);
	}

	std::string path;
};

} /* namespace */

TEST_CASE("a file is read when only the right people can")
{
	Directory directory;

	for (mode_t mode : {0600, 0640, 0400, 0440, 0700, 0750}) {
		auto file = directory.write("a", mode, "contents");
		auto read = read_config_file(file, FileCheck::owner_and_mode);
		INFO(mode);
		REQUIRE(read);
		CHECK(read->view() == "contents");
		CHECK(read_config_file(file, FileCheck::mode));
	}
	for (mode_t mode :
	    {0644, 0604, 0601, 0602, 0620, 0660, 0666, 0777}) {
		auto file = directory.write("a", mode, "contents");
		auto read = read_config_file(file, FileCheck::owner_and_mode);
		INFO(mode);
		REQUIRE_FALSE(read);
		CHECK(read.error().find("chmod 0640 " + file) !=
		    std::string::npos);
		CHECK_FALSE(read_config_file(file, FileCheck::mode));
		CHECK(read_config_file(file, FileCheck::readable));
	}
}

TEST_CASE("somebody else's file is refused")
{
	Directory directory;

	if (geteuid() != 0)
		return; /* who else can make one */
	auto file = directory.write("a", 0600, "x");
	REQUIRE(chown(file.c_str(), 65534, static_cast<gid_t>(-1)) == 0);
	auto read = read_config_file(file, FileCheck::owner_and_mode);
	REQUIRE_FALSE(read);
	CHECK(read.error().find("chown root") != std::string::npos);
	CHECK(read_config_file(file, FileCheck::mode));
}

TEST_CASE("only regular files are read")
{
	Directory directory;

	auto file = directory.write("a", 0600, "");
	CHECK(read_config_file(file, FileCheck::owner_and_mode)->empty());
	REQUIRE(symlink("a", (directory.path + "/link").c_str()) == 0);
	CHECK(read_config_file(
	    directory.path + "/link", FileCheck::owner_and_mode));
	REQUIRE(mkfifo((directory.path + "/fifo").c_str(), 0600) == 0);
	REQUIRE(mkdir((directory.path + "/directory").c_str(), 0700) == 0);
	for (std::string name : {"/fifo", "/directory", "/none", ""})
		CHECK_FALSE(read_config_file(
		    directory.path + name, FileCheck::readable));
	CHECK_FALSE(read_config_file("/dev/null", FileCheck::readable));

	std::string large(config_file_max, 'x');
	CHECK(read_config_file(
	    directory.write("b", 0600, large), FileCheck::mode));
	CHECK_FALSE(read_config_file(
	    directory.write("b", 0600, large + "x"), FileCheck::mode));
}

TEST_CASE("a configuration on disk, with what it includes")
{
	Directory directory;
	std::string errors;
	ConfigOptions options;
	auto parse = [&] {
		errors.clear();
		return (parse_config(options,
		    [&](ConfigMessage, const std::string &text) {
			    errors += text + "\n";
		    }));
	};

	options.path = directory.write("a", 0640,
	    "mail { from a@b recipients b }\ninclude b\n");
	auto other = directory.write("b", 0600,
	    "key k { secret 0123456789abcdef0123456789ABCDEF }\n");
	CHECK(parse());
	REQUIRE(chmod(other.c_str(), 0644) == 0);
	CHECK_FALSE(parse());
	CHECK(errors ==
	    options.path + ":2: include " + other +
		": mode 0644 lets others read it, or the group write it: "
		"chmod 0640 " + other + "\n");
	REQUIRE(chmod(options.path.c_str(), 0666) == 0);
	CHECK_FALSE(parse());
	CHECK(errors ==
	    options.path +
		": mode 0666 lets others read it, or the group write it: "
		"chmod 0640 " + options.path + "\n");
	options.path += "x";
	CHECK_FALSE(parse());
	CHECK(errors == options.path +
		": cannot be opened: No such file or directory\n");
}

TEST_CASE("the loopback interface has its addresses")
{
	bool found = false;

	for (const char *name : {"lo", "lo0"})
		for (const IpAddress &address : interface_addresses(name))
			found = found || address.is_loopback();
	CHECK(found);
	CHECK(interface_addresses("no-such-interface").empty());
	CHECK(interface_addresses("").empty());
}

TEST_CASE("a secret is cleared where it was")
{
	/* Short ones lie within the object, so that they can be looked at. */
	alignas(Secret) unsigned char storage[sizeof(Secret)];
	auto holds = [&] {
		return (std::string(reinterpret_cast<char *>(storage),
			    sizeof(storage))
			    .find("hunter2") != std::string::npos);
	};

	Secret *secret = new (storage) Secret(std::string_view("hunter2"));
	CHECK(holds());
	Secret moved(std::move(*secret));
	CHECK_FALSE(holds());
	CHECK(moved.view() == "hunter2");
	*secret = moved;
	CHECK(holds());
	std::destroy_at(secret);
	CHECK_FALSE(holds());
	moved = Secret(std::string_view("other"));
	CHECK(moved.view() == "other");
}
