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

#include <errno.h>

#include <string>

#include "captured_log.h"

TEST_CASE("a line of text has its fields behind it, quoted where needed")
{
	CapturedLog log(log_as_text);

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
	CapturedLog log(log_as_text);

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
	CapturedLog log(log_as_json);

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
	for (const LogSettings &settings : {log_as_text, log_as_json}) {
		CapturedLog log(settings);
		std::string large(5000, 'm');
		std::string quotes(5000, '"');

		LogRecord(LogLevel::info, std::string(5000, 'x'))
		    .field("first", "kept")
		    .field("metadata", large)
		    .field("quotes", quotes)
		    .field("number", 123456)
		    .write();
		std::string line = log.text();
		CHECK(line.size() <= log_line_max + 1);
		CHECK(line.size() > 1500);
		CHECK(line.find("kept") != std::string::npos);
		CHECK(line.find("mmmm") != std::string::npos);
		if (settings.json)
			CHECK(line.substr(line.size() - 2) == "}\n");
	}
}

TEST_CASE("what grows when it is escaped is bounded all the same")
{
	for (const LogSettings &settings : {log_as_text, log_as_json})
		for (const char *unit : {"\x01", "\"", "\\", "\xff", "\u2028",
			 "\u00e9", "\U0001f600", "x"}) {
			CapturedLog log(settings);
			std::string much;
			while (much.size() < 6000)
				much += unit;

			LogRecord(LogLevel::info, much)
			    .field("a", much)
			    .field("b", much)
			    .field("c", "short")
			    .field("d", 1234567890)
			    .write();
			log_info("%s", much.c_str());
			std::string lines = log.text();
			INFO(lines);
			std::size_t end = lines.find('\n');
			CHECK(end <= log_line_max);
			CHECK(end > 1500);
			CHECK(lines.find('\n', end + 1) == lines.size() - 1);
			CHECK(lines.size() - end <= log_line_max + 2);
		}
}

TEST_CASE("levels leave out what is below them; -v says it all")
{
	{
		CapturedLog log(log_as_text);
		log_debug("not said");
		log_info("said");
		CHECK(log.text() == "tester: said\n");
	}
	{
		LogSettings errors = log_as_text;
		errors.level = LogLevel::error;
		CapturedLog log(errors);
		log_warnx("not said");
		log_error("said");
		CHECK(log.text() == "tester: said\n");
	}
	CapturedLog log(log_as_text, 1);
	log_debug("said");
	CHECK(log.text() == "tester: said\n");
}

TEST_CASE("errno is told and kept")
{
	CapturedLog log(log_as_text);

	errno = ENOENT;
	log_warn("open %s", "/nowhere");
	CHECK(errno == ENOENT);
	CHECK(log.text() == "tester: open /nowhere: No such file or "
			    "directory\n");
}

TEST_CASE("a reader that reads nothing loses lines, and delays nobody")
{
	CapturedLog log(log_as_text, 0, CapturedLog::Into::pipe);
	std::uint64_t lost = log_lost();

	for (int i = 0; i < 100000 && log_lost() == lost; i++)
		log_info("%s", std::string(1000, 'x').c_str());
	CHECK(log_lost() > lost);
	log.text();
	std::string count = std::to_string(log_lost() - lost);
	log_info("again");
	CHECK(log.text() == "tester: again\ntester: " + count +
	    " lines were lost: who reads them is slow, or was away "
	    "event=lines_lost count=" + count + "\n");
	log_info("once more");
	CHECK(log.text() == "tester: once more\n");
}
