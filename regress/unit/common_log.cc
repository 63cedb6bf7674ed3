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

#include <errno.h>
#include <fcntl.h>
#include <syslog.h>
#include <unistd.h>

#include <string>

#include "catch.h"
#include "fd.h"
#include "log.h"

namespace {

/* stderr is a pipe for as long as this lives. */
class Captured {
public:
	explicit Captured(const LogSettings &settings, int verbose = 0)
	{
		int fds[2];
		REQUIRE(pipe2(fds, O_NONBLOCK | O_CLOEXEC) == 0);
		in = Fd(fds[0]);
		Fd out(fds[1]);
		kept = Fd(dup(STDERR_FILENO));
		dup2(out.get(), STDERR_FILENO);
		log_init("tester", true, verbose);
		log_configure(settings);
	}
	~Captured()
	{
		dup2(kept.get(), STDERR_FILENO);
		log_init("test-common", true, 0);
	}

	std::string text() const
	{
		std::string all;
		char buffer[65536];
		ssize_t n;

		while ((n = read(in.get(), buffer, sizeof(buffer))) > 0)
			all.append(buffer, static_cast<std::size_t>(n));
		return (all);
	}

private:
	Fd in, kept;
};

const LogSettings as_text{true, LOG_MAIL, false, LogLevel::info};
const LogSettings as_json{true, LOG_MAIL, true, LogLevel::info};

} /* namespace */

TEST_CASE("a line of text has its fields behind it, quoted where needed")
{
	Captured log(as_text);

	LogRecord(LogLevel::info, "message accepted")
	    .field("key", "billing")
	    .field("octets", 12)
	    .field("empty", "")
	    .field("quoted", "two \"words\" \\ =")
	    .write();
	CHECK(log.text() == "tester: message accepted key=billing octets=12 "
			    "empty=\"\" quoted=\"two \\\"words\\\" \\\\ =\"\n");
}

TEST_CASE("no character of a value can end or disguise a line")
{
	Captured log(as_text);

	LogRecord(LogLevel::info, "x\ny")
	    .field("f", std::string("a\r\n\x1b[2J\x7f\0z", 10))
	    .field("c1", "\xc2\x85")
	    .field("separator", "\xe2\x80\xa8")
	    .field("utf8", "Gr\xc3\xbc\xc3\x9f" "e")
	    .field("broken", "\xff\xc3")
	    .write();
	CHECK(log.text() ==
	    "tester: x\\x0ay f=\"a\\x0d\\x0a\\x1b[2J\\x7f\\x00z\" "
	    "c1=\"\\x85\" separator=\"\\u2028\" "
	    "utf8=\"Gr\xc3\xbc\xc3\x9f" "e\" broken=\"\\xff\\xc3\"\n");
}

TEST_CASE("a line of JSON is one object")
{
	Captured log(as_json);

	LogRecord(LogLevel::warning, "relay is \"down\"")
	    .field("relay", "mail\nhost")
	    .field("port", 25)
	    .write();
	std::string line = log.text();
	CHECK(line.find("{\"time\":\"20") == 0);
	CHECK(line.find("\"level\":\"warning\"") != std::string::npos);
	CHECK(line.find("\"process\":\"tester\"") != std::string::npos);
	CHECK(line.find("\"message\":\"relay is \\\"down\\\"\"") !=
	    std::string::npos);
	CHECK(line.find("\"relay\":\"mail\\nhost\",\"port\":25}\n") !=
	    std::string::npos);
	CHECK(line.find('\n') == line.size() - 1);
}

TEST_CASE("a line is bounded: the last fields are cut, and left out")
{
	for (const LogSettings &settings : {as_text, as_json}) {
		Captured log(settings);
		std::string large(5000, 'm');
		std::string quotes(5000, '"');

		LogRecord(LogLevel::info, std::string(5000, 'x'))
		    .field("first", "kept")
		    .field("metadata", large)
		    .field("quotes", quotes)
		    .field("number", 123456)
		    .write();
		std::string line = log.text();
		CHECK(line.size() <=
		    log_line_max + std::string("tester: \n").size());
		CHECK(line.size() > 1500);
		CHECK(line.find("kept") != std::string::npos);
		CHECK(line.find("mmmm") != std::string::npos);
		if (settings.json)
			CHECK(line.substr(line.size() - 2) == "}\n");
	}
}

TEST_CASE("levels leave out what is below them; -v says it all")
{
	{
		Captured log(as_text);
		log_debug("not said");
		log_info("said");
		CHECK(log.text() == "tester: said\n");
	}
	{
		LogSettings errors = as_text;
		errors.level = LogLevel::error;
		Captured log(errors);
		log_warnx("not said");
		log_error("said");
		CHECK(log.text() == "tester: said\n");
	}
	Captured log(as_text, 1);
	log_debug("said");
	CHECK(log.text() == "tester: said\n");
}

TEST_CASE("errno is told and kept")
{
	Captured log(as_text);

	errno = ENOENT;
	log_warn("open %s", "/nowhere");
	CHECK(errno == ENOENT);
	CHECK(log.text() == "tester: open /nowhere: No such file or "
			    "directory\n");
}

TEST_CASE("a reader that reads nothing loses lines, and delays nobody")
{
	Captured log(as_text);
	std::uint64_t lost = log_lost();

	for (int i = 0; i < 100000 && log_lost() == lost; i++)
		log_info("%s", std::string(1000, 'x').c_str());
	CHECK(log_lost() > lost);
	log.text();
	log_info("again");
	CHECK(log.text() == "tester: again\n");
}
