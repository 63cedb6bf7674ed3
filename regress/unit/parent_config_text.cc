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

#include <string>

#include "catch.h"
#include "config_text.h"

/*
 * The language itself: words, strings, macros, files, and how an error is
 * survived.
 */

namespace {

std::string
repeat(std::size_t count, const std::string &text)
{
	std::string result;

	while (count-- > 0)
		result += text;
	return (result);
}

void
check_error(const Parsed &parsed, const std::string &wanted)
{
	INFO(parsed.all_errors());
	CHECK_FALSE(parsed.config);
	REQUIRE(parsed.errors.size() == 1);
	CHECK(parsed.errors[0] == wanted);
}

} /* namespace */

TEST_CASE("blanks, lines and comments")
{
	for (std::string text : {"# comment\n", "\n\n\t \n", "prefork 3 # x\n",
		 "prefork 3", "# no newline", "#", "\\\n\\\n\n",
		 "prefork \\\n 3\n", "pre\\\nfork 3\n",
		 "# a comment that \\\n goes on { \" $x\n",
		 "log { }\n", "log {\n\n}\n", "log { level info, format json }\n",
		 "log {\n level info,\n\n format json,\n}\n",
		 "log { level info format json }\n",
		 "allow from { 10.0.0.0/8, 10.0.0.1 ,\n\n ::1, }\n",
		 "allow from {10.0.0.0/8 # one\n ::1 # two\n}\n",
		 "description = x\n# description is reserved: see below\n"}) {
		auto parsed = parse_more(text);
		INFO(text << "\n" << parsed.all_errors());
		if (text[0] == 'd')
			CHECK_FALSE(parsed.config);
		else
			CHECK(parsed.config);
	}
	CHECK(parse_more("prefork \\\n 7\n").config->prefork == 7);
	CHECK(parse_more("prefork '7'").config->prefork == 7);
	CHECK_FALSE(parse_more("prefork\n3\n").config);
	CHECK_FALSE(parse_more("prefork 3 timeout idle 5s\n").config);
	CHECK_FALSE(parse_more("log\n{ }\n").config);
	CHECK_FALSE(parse_more("log { } log { }\n").config);
}

TEST_CASE("strings")
{
	auto description = [](const std::string &text) {
		auto parsed = parse_item("key", "description " + text);
		INFO(text << "\n" << parsed.all_errors());
		REQUIRE(parsed.config);
		return (parsed.config->keys[0].description);
	};

	CHECK(description("\"a b\"") == "a b");
	CHECK(description("'a b'") == "a b");
	CHECK(description("\"\"").empty());
	CHECK(description("\"it's\"") == "it's");
	CHECK(description("'say \"x\"'") == "say \"x\"");
	CHECK(description("\"say \\\"x\\\"\"") == "say \"x\"");
	CHECK(description("'\\\"\\\\'") == "\"\\");
	CHECK(description("\"# { } $x = ,\"") == "# { } $x = ,");
	CHECK(description("a.b_c:/%+-@*[]") == "a.b_c:/%+-@*[]");
	CHECK(description("42") == "42");
	CHECK(description("\"mail\"") == "mail");

	struct {
		std::string text;
		const char *error;
	} wrong[] = {
	    {"\"a", "the string is not closed on its line"},
	    {"'a\"", "the string is not closed on its line"},
	    {"\"a\\", "the string is not closed on its line"},
	    {"\"a\\n\"", "\\\" and \\\\ are the only escapes in a string"},
	    {"'it\\'s'", "\\\" and \\\\ are the only escapes in a string"},
	    {"\"a\tb\"", "a string must not hold control characters"},
	    {"\"a\rb\"", "a string must not hold control characters"},
	    {std::string("\"a\0b\"", 5),
		"a string must not hold control characters"},
	    {"\"a\x7f\"", "a string must not hold control characters"},
	    {"\"" + repeat(4096, "x") + "\"",
		"a string has more than 4095 octets"},
	    {repeat(4096, "x"), "a word has more than 4095 octets"},
	    {"mail", "unexpected \"mail\", a reserved word: quote it if it is a "
		     "value"},
	    {"a;b", "unexpected character ;: quote the value that it is of"},
	    {"\xc3\xb6", "unexpected character: only letters, digits and . _ : "
			 "/ % + - @ * [ ] need no quotes"},
	    {std::string(1, '\0'),
		"unexpected character: only letters, digits and . _ : / % + - "
		"@ * [ ] need no quotes"},
	};
	for (const auto &one : wrong) {
		INFO(one.text);
		check_error(Machine().parse(std::string(least) +
				"key x {\nsecret '" + std::string(32, 'x') +
				"'\ndescription " + one.text + "\n}\n"),
		    std::string("/etc/test.conf:5: ") + one.error);
	}
	/* The longest that there may be is refused for what it is only. */
	check_error(parse_more("hostname \"" + repeat(4095, "x") + "\""),
	    "/etc/test.conf:3: hostname: a host name is needed, or an address "
	    "in brackets such as \"[192.0.2.1]\"");
}

TEST_CASE("reserved words are values in quotes only")
{
	CHECK(Machine()
		  .parse("mail { from a@b recipients b }\nkey \"key\" { "
			 "secret \"" + std::string(secret_32) + "\" }\n")
		  .config);
	check_error(parse_more("key key { }\n"),
	    "/etc/test.conf:3: unexpected \"key\", a reserved word: quote it if "
	    "it is a value");
	check_error(parse_more("relay ::1 { insecure auth user password x }\n"),
	    "/etc/test.conf:3: unexpected \"user\", a reserved word: quote it "
	    "if it is a value");
	/* Behind a value, it was hardly meant as another one. */
	check_error(parse_more("prefork 3 timeout idle 5s\n"),
	    "/etc/test.conf:3: unexpected \"timeout\"");
	check_error(parse_more("\"prefork\" 3\n"),
	    "/etc/test.conf:3: unexpected value");
}

TEST_CASE("a carriage return is said once for each file")
{
	Machine machine;
	machine.files["/etc/more"] = "timeout idle 5s\r\n\r\n";
	auto parsed =
	    machine.parse("prefork 3\r\ninclude more\r\n" +
		std::string(least) + "\r\n");
	INFO(parsed.all_errors());
	CHECK(parsed.errors.size() == 2);
	parsed = machine.parse("include more\n" + std::string(least));
	check_error(parsed,
	    "/etc/more:1: unexpected carriage return: lines must end in LF "
	    "alone");
}

TEST_CASE("macros")
{
	Machine machine;
	auto parsed = machine.parse(std::string(least) +
	    "ext = \"192.0.2.10\"\nn=7\nlist = \"{ 10.0.0.0/8 ::1 }\"\n"
	    "words = 's table 9'\nempty = \"\"\nquoted = '\"a b\"'\n"
	    "host = \"example\"\n"
	    "listen on $ext port 80$n\nprefork $n\nallow from $list\n"
	    "limit address 5/$words\nhostname $host.com\n"
	    "timeout idle $empty 5s $empty\nn = 8\nprefork $n\n"
	    "key two { secret '" + std::string(32, 'x') +
	    "' description $quoted }\n");
	INFO(parsed.all_errors());
	REQUIRE(parsed.config);
	CHECK(parsed.config->listeners[0].address.text() == "192.0.2.10");
	CHECK(parsed.config->listeners[0].port == 807);
	CHECK(parsed.config->allow_from->all().size() == 2);
	CHECK(parsed.config->limit_address.count == 5);
	CHECK(parsed.config->address_table == 9);
	CHECK(parsed.config->hostname == "example.com");
	CHECK(parsed.config->prefork == 8);
	CHECK(parsed.config->keys[1].description == "a b");

	struct {
		const char *text;
		const char *error;
	} wrong[] = {
	    {"prefork $none\n", "macro \"none\" is not defined"},
	    {"prefork $\n", "the name of a macro must follow the $"},
	    {"prefork $ x\n", "the name of a macro must follow the $"},
	    {"prefork = 5\n",
		"\"prefork\" is a reserved word: give the macro another name"},
	    {"mail = 5\n",
		"\"mail\" is a reserved word: give the macro another name"},
	    {"5 = 5\n",
		"the name of a macro is letters, digits and underscores, not "
		"beginning with a digit"},
	    {"a.b = 5\n",
		"the name of a macro is letters, digits and underscores, not "
		"beginning with a digit"},
	    {"x = \"$y\"\n",
		"macro \"x\": the value of a macro must not hold a $: macros "
		"are replaced once"},
	    {"x = mail\n",
		"unexpected \"mail\", a reserved word: quote it if it is a "
		"value"},
	    {"x =\n", "unexpected end of line"},
	    {"x = 1 2\n", "unexpected value"},
	    {"x = { 1 }\n", "unexpected \"{\""},
	    {"log { x = 1 }\n", "unexpected \"=\""},
	    {"x = 'a }'\nlog { level $x\n",
		"log: level: error, warning, info or debug is needed"},
	};
	for (const auto &one : wrong) {
		INFO(one.text);
		auto failed = parse_more(one.text);
		INFO(failed.all_errors());
		CHECK_FALSE(failed.config);
		REQUIRE(failed.errors.size() == 1);
		CHECK(failed.errors[0].find(one.error) != std::string::npos);
	}
}

TEST_CASE("a macro of the command line wins")
{
	Machine machine;
	machine.macros = {{"n", "9"}};
	auto parsed = machine.parse(std::string(least) + "n = 3\nprefork $n\n");
	REQUIRE(parsed.config);
	CHECK(parsed.config->prefork == 9);
	CHECK(machine.parse(std::string(least) + "prefork $n\n")
		  .config->prefork == 9);

	CHECK(parse_macro("a=b")->name == "a");
	CHECK(parse_macro("a=b")->value == "b");
	CHECK(parse_macro("a=")->value.empty());
	CHECK(parse_macro("a=b=c")->value == "b=c");
	CHECK(parse_macro("_A9={ 1 2 }"));
	for (const char *text : {"", "=", "a", "=b", "9=b", "a b=c", "a-b=c",
		 "mail=x", "a=$b", "a=b\nc", "a=b\rc"}) {
		INFO(text);
		CHECK_FALSE(parse_macro(text));
	}
	CHECK_FALSE(parse_macro("a=" + repeat(4096, "x")));
	CHECK(parse_macro("a=" + repeat(4095, "x")));
}

TEST_CASE("an unused macro is warned about with -v")
{
	Machine machine;
	machine.macros = {{"given", "9"}};
	std::string text = std::string(least) + "a = 1\nb = 2\nprefork $b\n";
	CHECK(machine.parse(text).warnings.empty());
	machine.verbose = true;
	auto parsed = machine.parse(text);
	REQUIRE(parsed.config);
	REQUIRE(parsed.warnings.size() == 2);
	CHECK(parsed.warnings[0] == "/etc/test.conf:3: warning: macro \"a\" is not used");
	CHECK(parsed.warnings[1] == "warning: macro \"given\" is not used");
}

TEST_CASE("include")
{
	Machine machine;
	machine.files["/etc/keys.conf"] = least;
	machine.files["/etc/sub/x.conf"] = "prefork $n\ninclude y.conf\n";
	machine.files["/etc/y.conf"] = "timeout idle 7s"; /* no newline */
	auto parsed = machine.parse("n = 5\ninclude \"keys.conf\"\n"
				    "include /etc/sub/x.conf # comment\n"
				    "timeout header 7s\n");
	INFO(parsed.all_errors());
	REQUIRE(parsed.config);
	CHECK(parsed.config->prefork == 5);
	CHECK(parsed.config->timeout_idle.count() == 7);
	CHECK(parsed.config->timeout_header.count() == 7);
	CHECK(parsed.config->keys[0].where.file == "/etc/keys.conf");
	CHECK(parsed.config->keys[0].where.line == 2);

	machine.files["/etc/bad.conf"] = "\nprefork x\n";
	check_error(machine.parse(std::string(least) + "include bad.conf\n"),
	    "/etc/bad.conf:2: prefork: a number is needed, of digits only");
	check_error(machine.parse(std::string(least) + "include none.conf\n"),
	    "/etc/test.conf:3: include /etc/none.conf: cannot be opened: no "
	    "such file");
	check_error(machine.parse(std::string(least) + "include ''\n"),
	    "/etc/test.conf:3: include: a path is needed");
	check_error(machine.parse(std::string(least) + "include\n"),
	    "/etc/test.conf:3: unexpected end of line");
	/* What it may have held is not missed. */
	check_error(machine.parse("include none.conf\n"),
	    "/etc/test.conf:1: include /etc/none.conf: cannot be opened: no "
	    "such file");
	check_error(machine.parse(std::string(least) +
			"log {\ninclude keys.conf\n}\n"),
	    "/etc/test.conf:4: unexpected \"include\"");

	/* A brace that a file leaves open does not reach its includer. */
	machine.files["/etc/open.conf"] = "\nlog {\nlevel info\n";
	check_error(machine.parse("include open.conf\n" + std::string(least)),
	    "/etc/open.conf:2: the { is not closed");
	machine.files["/etc/stray.conf"] = "}\n";
	check_error(
	    machine.parse("include stray.conf\n" + std::string(least)),
	    "/etc/stray.conf:1: unexpected \"}\"");
}

TEST_CASE("files are included 16 deep at most")
{
	Machine machine;
	for (int i = 1; i < 17; i++)
		machine.files["/etc/" + std::to_string(i)] =
		    "include " + std::to_string(i + 1) + "\n";
	machine.files["/etc/17"] = "prefork 3\n";
	CHECK(machine.parse("include 2\n" + std::string(least))
		  .config->prefork == 3);
	check_error(machine.parse("include 1\n" + std::string(least)),
	    "/etc/16:1: include: files are included more than 16 deep");
	machine.files["/etc/self"] = "include self\ninclude self\n";
	check_error(machine.parse("include self\n" + std::string(least)),
	    "/etc/self:1: include: files are included more than 16 deep");
	auto parsed = machine.parse("include test.conf\n");
	CHECK(parsed.errors.size() == 1);
}

TEST_CASE("fifteen errors are fifteen messages")
{
	auto parsed = Machine().parse(
	    /* 1 */ "prefork 65\n"
	    /* 2 */ "foo bar { baz\n"
	    /* 3 */ "	x { y } z\n"
	    /* 4 */ "} trailing\n"
	    /* 5 */ "listen on 127.0.0.1 prt 80\n"
	    /* 6 */ "timeout idle 60\n"
	    /* 7 */ "mail {\n"
	    /* 8 */ "	from \"a@example.com\" nam \"x\"\n"
	    /* 9 */ "	recipients { \"example.com\" = \"b\"\n"
	    /* 10 */ "		\"*.example.org\"\n"
	    /* 11 */ "		\"c.example\" }\n"
	    /* 12 */ "	max body 64k max subject 5\n"
	    /* 13 */ "	html attachments 5\n"
	    /* 14 */ "}\n"
	    /* 15 */ "log { format xml level info }\n"
	    /* 16 */ "relay mail.example.net { tls }\n"
	    /* 17 */ "allow from { }\n"
	    /* 18 */ "hostname \"unclosed\n"
	    /* 19 */ "limit key 5/w\n"
	    /* 20 */ "}\n"
	    /* 21 */ "key a b {\n"
	    /* 22 */ "	secret \"short\"\n"
	    /* 23 */ "}\n"
	    /* 24 */ "key ok { secret \"0123456789abcdef0123456789ABCDEF\" }\n"
	    /* 25 */ "store memory { durable }\n");
	INFO(parsed.all_errors());
	CHECK_FALSE(parsed.config);
	const unsigned int lines[] = {
	    1, 2, 5, 6, 8, 9, 10, 12, 13, 15, 16, 17, 18, 19, 20, 21, 25};
	REQUIRE(parsed.errors.size() == std::size(lines));
	for (std::size_t i = 0; i < std::size(lines); i++) {
		INFO(parsed.errors[i]);
		CHECK(parsed.errors[i].find("/etc/test.conf:" +
			  std::to_string(lines[i]) + ": ") == 0);
	}
}

TEST_CASE("an error in a block does not hide the next one")
{
	/* After recovery at a line's end, at the block's, and in a list. */
	for (std::string text : {
		 "log {\nbad\nbad\n}\nbad\n",
		 "log { bad }\nlog { bad }\nbad\n",
		 "log { bad } bad\nbad\n",
		 "key x { description \"a\\\n b\"\nbad }\n",
		 "allow from { = }\nallow from { = }\nallow from { = }\n",
		 "allow from {\n=\n=\n}\nbad\n",
		 "relay ::1 { connections }\nrelay ::1 { port }\nbad\n",
		 "key x {\n{\n}\n,\n=\n}\nbad\n",
		 "store memory {\n} }\n}\n\n}\n",
		 "listen on ::1 port 1 tls {\nx\ny\nz\n}\n",
		 "log { to { a b\n c }\nbad\n}\nbad\n",
		 "log { level \"open\nlevel \"open\n}\nhostname \"open\n",
	     }) {
		auto parsed = parse_more(text);
		INFO(text << parsed.all_errors());
		CHECK_FALSE(parsed.config);
		CHECK(parsed.errors.size() == 3);
	}
}

TEST_CASE("what an error may hide is not missed")
{
	const std::string key = "key k { secret \"" + std::string(secret_32) +
	    "\" }\n";
	const std::string mail = "mail { from a@b recipients b }\n";

	for (std::string text : {
		 key + "mail { fro a@b\nrecipients b }\n",
		 key + "mail { from a@b recpients b }\n",
		 key + "mail { from a@ recipients b }\n",
		 key + "mail { from a@b recipients { } }\n",
		 key + "mail { from a@b recipients { b..c } }\n",
		 key + "mial {\nfrom a@b\nrecipients b\n}\n",
		 key + "mail x {\nfrom a@b\nrecipients b\n}\n",
		 mail + "kex k { secret x }\n",
		 mail + "key k { scret \"x\" }\n",
		 mail + "key k { secret \"x\" }\n",
		 mail + "key k { hash \"x\" }\n",
		 mail + "key k k {\nsecret \"x\"\n}\n",
		 mail + key + "relay mx.example { tsl none }\n",
		 mail + key + "relay mx.example { tls plain }\n",
		 mail + key + "relay \"mx example\"\n",
		 mail + key + "listen on mx.example port 0\n" ,
	     }) {
		auto parsed = Machine().parse(text);
		INFO(text << parsed.all_errors());
		CHECK_FALSE(parsed.config);
		if (text.find("port 0") == std::string::npos)
			CHECK(parsed.errors.size() == 1);
		else /* two things are wrong with that one */
			CHECK(parsed.errors.size() == 2);
	}
}

TEST_CASE("files that end early")
{
	const std::string whole = std::string(least) +
	    "relay \"mx.example\" port 25 {\n tls none\n connections 5 idle "
	    "5s\n}\nlisten on ::1 port 80\nallow from { ::1 }\n";

	/* Wherever it is cut off: an answer, and no more than one or two. */
	for (std::size_t length = 0; length <= whole.size(); length++) {
		auto parsed = Machine().parse(whole.substr(0, length));
		INFO(whole.substr(0, length) << "\n" << parsed.all_errors());
		CHECK((parsed.config || !parsed.errors.empty()));
		CHECK(parsed.errors.size() <= 3);
	}
	check_error(parse_more("allow from {\n::1\n"),
	    "/etc/test.conf:3: the { is not closed");
	check_error(parse_more("log {\nto"),
	    "/etc/test.conf:3: the { is not closed");
	/* What it swallowed is not missed. */
	for (std::string text : {"relay ::1 {\nport 25\n" + std::string(least),
		 "mail {\nfrom a@b\n" + std::string(least),
		 "log { level \"info }\n" + std::string(least),
		 "mail { from \"a@b recipients b }\n" + std::string(least)}) {
		auto parsed = Machine().parse(text);
		INFO(text << parsed.all_errors());
		CHECK_FALSE(parsed.config);
		CHECK(parsed.all_errors().find("not closed") !=
		    std::string::npos);
		CHECK(parsed.all_errors().find("no key") == std::string::npos);
		CHECK(parsed.all_errors().find("mail has no") ==
		    std::string::npos);
	}
}

TEST_CASE("an error does not repeat a secret")
{
	for (std::string text : {
		 "relay ::1 { auth user hunter2 }\n",
		 "relay ::1 { auth hunter2 hunter2 }\n",
		 "relay ::1 { auth u password hunter2 hunter2 }\n",
		 "relay ::1 { auth u password hunter2;hunter2 }\n",
		 "relay ::1 { auth u password file hunter2 hunter2 }\n",
		 "key x { secret hunter2 hunter2 }\n",
		 "key x { secret \"hunter2\" }\n",
		 "key x { secret hunter2 }\n",
		 "key x { hash hunter2 hunter2 }\n",
		 "key x { hash \"sha256:hunter2\" }\n",
		 "password = hunter2 hunter2\n",
		 "x = hunter2 hunter2\n",
		 "key x { description \"hunter2\" \"hunter2\" }\n",
		 "key x {\nsecret\nhunter2\n}\n",
		 "key x {\nsecret # it follows\n\n\thunter2\n}\n",
		 "key x {\nhash\nhunter2\n}\n",
		 "key x { secret\n}\nhunter2\n",
		 "relay ::1 {\nauth user password\nhunter2\n}\n",
		 "store redis ::1 {\npassword\nhunter2\n}\n",
		 "password =\nhunter2\n",
		 "key x { secret hun$hunter2 }\n",
		 "relay ::1 { auth u password $hunter2 }\n",
	     }) {
		auto parsed = parse_more(text);
		INFO(text << parsed.all_errors());
		CHECK_FALSE(parsed.config);
		CHECK(parsed.all_errors().find("hunter2") == std::string::npos);
	}
}

TEST_CASE("a parse leaves nothing behind")
{
	for (int i = 0; i < 3; i++) {
		Machine machine;
		machine.macros = {{"n", "3"}};
		CHECK(machine.parse(std::string(least) + "prefork $n\nlog {\n")
			  .errors.size() == 1);
		CHECK(Machine().parse(std::string(least) + "prefork $n\n")
			  .errors.size() == 1);
		auto parsed = parse_more("");
		REQUIRE(parsed.config);
		CHECK(parsed.config->prefork == 2);
		CHECK(parsed.config->keys.size() == 1);
		CHECK(parsed.warnings.empty());
	}
}

TEST_CASE("what is written twice has effect the last time")
{
	auto parsed = parse_more("prefork 3\nprefork 4\nlog { level info }\n"
				 "log { level debug }\n"
				 "relay ::1 { port 26\nport 27 }\n");
	INFO(parsed.all_errors());
	REQUIRE(parsed.config);
	CHECK(parsed.config->prefork == 4);
	CHECK(parsed.config->log.settings.level == LogLevel::debug);
	CHECK(parsed.config->relays[0].port == 27);
	REQUIRE(parsed.warnings.size() == 3);
	CHECK(parsed.warnings[0] ==
	    "/etc/test.conf:4: warning: prefork is written again: line 3 has no effect");
	CHECK(parsed.warnings[1] ==
	    "/etc/test.conf:6: warning: log: level is written again: line 5 has no "
	    "effect");
}

TEST_CASE("what is written again takes over no part of what was before")
{
	struct {
		const char *block;
		const char *first;
		const char *second;
	} statements[] = {
	    {"", "max connections 100 per address 5", "max connections 200"},
	    {"", "limit address 1/m burst 3 table 77", "limit address 2/m"},
	    {"", "limit global 1/m burst 3", "limit global 2/m"},
	    {"", "trusted proxies ::1 header forwarded", "trusted proxies ::2"},
	    {"", "store redis ::1 port 7 { database 3 }", "store redis ::2"},
	    {"log", "to syslog facility local3", "to syslog"},
	    {"mail", "from x@example.com name N", "from y@example.com"},
	    {"mail", "attachments max 5 size 20M total 10M",
		"attachments max 3"},
	    {"mail", "bulk 5 concurrency 2", "bulk 6"},
	    {"key", "from x@example.com name N", "from y@example.com"},
	    {"relay ::1", "connections 20 idle 5m messages 7",
		"connections 30"},
	    {"listen on ::1 port 1 tls", "client ca /ca optional",
		"client ca /ca certificate /c key /k"},
	};

	for (const auto &one : statements) {
		auto alone = parse_item(one.block, one.second);
		auto both = parse_item(one.block,
		    one.first + std::string("\n") + one.second);
		INFO(one.first << "\n" << both.all_errors());
		REQUIRE(alone.config);
		REQUIRE(both.config);
		CHECK(print_config(*both.config) == print_config(*alone.config));
		CHECK(both.warnings.size() == alone.warnings.size() + 1);
	}
}
