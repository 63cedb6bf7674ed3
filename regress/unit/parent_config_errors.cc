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
#include <sys/socket.h>
#include <sys/un.h>

#include <string>

#include "catch.h"
#include "config_text.h"

/*
 * Everything that is refused or warned about once it was understood, and the
 * words in which the remedy is given.
 */

namespace {

struct Complaint {
	const char *text; /* behind the least configuration, from line 3 */
	const char *message;
};

void
check_refused(const Machine &machine, const std::string &text,
    const std::string &message)
{
	auto parsed = machine.parse(text);
	INFO(text << "\n" << parsed.all_errors());
	CHECK_FALSE(parsed.config);
	REQUIRE(parsed.errors.size() == 1);
	CHECK(parsed.errors[0] == "/etc/test.conf:" + message);
}

Machine
machine_with_files()
{
	Machine machine;

	machine.files.insert({{"/empty", ""}, {"/newline", "\n"},
	    {"/two", "a\nb\n"}, {"/pass", "p\n"},
	    {"/long", std::string(4096, 'p')}});
	return (machine);
}

const std::string key_block =
    "key k { secret \"0123456789abcdef0123456789ABCDEF\" }\n";
const std::string mail_block = "mail { from a@b recipients b }\n";

} /* namespace */

TEST_CASE("values that are refused")
{
	const Complaint complaints[] = {
	    {"listen on 127.0.0.01 port 80\n",
		"3: listen on: \"127.0.0.01\" is neither an IP address nor an "
		"interface that has one (host names are not looked up)"},
	    {"listen on /run/x.sock\n",
		"3: listen on: UNIX sockets are not supported: write an "
		"address or an interface, and a port"},
	    {"listen on \"/run/x.sock\" port 80\n",
		"3: listen on: UNIX sockets are not supported: write an "
		"address or an interface, and a port"},
	    {"listen on ::1\n",
		"3: listen on: the port is missing: write port NUMBER"},
	    {"listen on em9 port 80\n",
		"3: listen on: \"em9\" is neither an IP address nor an "
		"interface that has one (host names are not looked up)"},
	    {"listen on \"[::1]\" port 80\n",
		"3: listen on: \"[::1]\" is neither an IP address nor an "
		"interface that has one (host names are not looked up)"},
	    {"listen on ::1 port no-such-service\n",
		"3: listen on: port: neither a number nor a TCP service of "
		"services(5)"},
	    {"listen on ::1 port 80\n\nlisten on ::1 port 80 monitor\n",
		"5: listen on: the same socket as /etc/test.conf:3"},
	    {"listen on em0 port 80\nlisten on 192.0.2.7 port 80\n",
		"4: listen on: the same socket as /etc/test.conf:3"},
	    {"listen on ::1 port 80 proxy\n",
		"3: listen on: proxy needs trusted proxies { ... }: who may "
		"say for whom a connection is"},
	    {"listen on ::1 port 80 tls { protocols secure }\n",
		"3: listen on: tls needs a certificate: write certificate "
		"PATH key PATH"},
	    {"listen on ::1 port 80 tls certificate /none key /k\n",
		"3: listen on: certificate /none: cannot be opened: no such "
		"file"},
	    {"listen on ::1 port 80 tls certificate c.pem key /k\n",
		"3: listen on: certificate: an absolute path is needed"},
	    {"listen on ::1 port 80 tls certificate /c key /none\n",
		"3: listen on: key /none: cannot be opened: no such file"},
	    {"listen on ::1 port 80 tls certificate /c key /k ocsp /none\n",
		"3: listen on: ocsp /none: cannot be opened: no such file"},
	    {"listen on ::1 port 80 tls certificate /c key /k ocsp /c\n",
		"3: listen on: ocsp /c: holds no OCSP response in DER form"},
	    {"listen on ::1 port 80 tls certificate /c key /c\n",
		"3: listen on: key /c: holds no private key in PEM form"},
	    {"listen on ::1 port 80 tls {\ncertificate /c key /k\n"
	     "client ca /none }\n",
		"5: listen on: client ca /none: cannot be opened: no such "
		"file"},
	    {"listen on ::1 port 80 tls {\ncertificate /c key /k\n"
	     "client ca /k }\n",
		"5: listen on: client ca /k: holds no certificate in PEM "
		"form"},
	    {"listen on ::1 port 80 tls {\ncertificate /c key /k\n"
	     "protocols tlsv4 }\n",
		"5: listen on: protocols: no list of protocols as "
		"tls_config_parse_protocols(3) has it, such as \"secure\" or "
		"\"tlsv1.3\""},
	    {"trusted proxies ::1 header x-real-ip\n",
		"3: trusted proxies: header can only be forwarded; without "
		"it, it is X-Forwarded-For"},
	    {"allow from { }\n", "3: the list is empty"},
	    {"allow from example.com\n",
		"3: allow from: not an IP address, nor a prefix such as "
		"192.0.2.0/24 or 2001:db8::/32"},
	    {"allow from 10.0.0.1/8\n",
		"3: allow from: host bits are set: write 10.0.0.0/8, or the "
		"address alone"},
	    {"allow from ::ffff:10.0.0.0/104\n",
		"3: allow from: IPv4-mapped IPv6 is matched as IPv4: write "
		"10.0.0.0"},
	    {"limit shared\n",
		"3: limit shared needs store redis, where the relays share "
		"it"},
	    {"max request 65M\n",
		"3: max request 65M is over max memory 64M: raise max memory"},
	    {"max request 2M\nmax memory 1M\n",
		"4: max request 2M is over max memory 1M: raise max memory"},
	    {"mail { max body 2M }\n",
		"3: mail: max body 2M is over max request 1M: raise max "
		"request"},
	    {"mail {\nattachments max 1 size 2K total 1K\n}\n",
		"4: mail: attachments size 2K is over total 1K: raise total"},
	    {"mail { attachments max 1 size 800K }\n",
		"3: mail: attachments size 800K is over total 768K: raise "
		"total, or max request"},
	    {"mail { attachments max 1 total 769K }\n",
		"3: mail: attachments total 769K does not fit into max "
		"request 1M once it is base64: raise max request"},
	    {"mail { recipients *.example.com }\n",
		"3: mail: recipients: \"*.example.com\": domains match "
		"exactly, without sub-domains: write each domain in full"},
	    {"mail { recipients .example.com }\n",
		"3: mail: recipients: \".example.com\": domains match "
		"exactly, without sub-domains: write each domain in full"},
	    {"mail { from \"Name <a@b>\" }\n",
		"3: mail: from: the address has a malformed local part"},
	    {"mail { envelope from x }\n",
		"3: mail: envelope from: the address has no @"},
	    {"relay mx.example\n",
		"3: relay \"mx.example\": not on this machine, so tls must be "
		"said: write tls starttls, tls implicit, or tls none"},
	    {"relay 192.0.2.1 { port 26 }\n",
		"3: relay \"192.0.2.1\": not on this machine, so tls must be "
		"said: write tls starttls, tls implicit, or tls none"},
	    {"relay \"[::1]\"\n",
		"3: relay \"[::1]\": an IP address is written without "
		"brackets"},
	    {"relay \"a b\"\n",
		"3: relay \"a b\": an IP address or a host name is needed"},
	    {"relay 127.0.0.01\n",
		"3: relay \"127.0.0.01\": an IP address or a host name is "
		"needed"},
	    {"relay a.0x7f { tls none }\n",
		"3: relay \"a.0x7f\": an IP address or a host name is "
		"needed"},
	    {"relay ::1\nrelay 0:0::1 port 25\n",
		"4: the same relay as /etc/test.conf:3"},
	    {"relay localhost\nrelay LOCALHOST\n",
		"4: the same relay as /etc/test.conf:3"},
	    {"relay ::1 { ca /c }\n",
		"3: relay \"::1\": ca needs tls starttls or tls implicit"},
	    {"relay ::1 {\nverify x\ntls none }\n",
		"4: relay \"::1\": verify needs tls starttls or tls implicit"},
	    {"relay ::1 { no verify }\n",
		"3: relay \"::1\": no verify needs tls starttls or tls "
		"implicit"},
	    {"relay ::1 { certificate /c key /k }\n",
		"3: relay \"::1\": certificate needs tls starttls or tls "
		"implicit"},
	    {"relay ::1 { protocols secure }\n",
		"3: relay \"::1\": protocols needs tls starttls or tls "
		"implicit"},
	    {"relay ::1 { ciphers secure }\n",
		"3: relay \"::1\": ciphers needs tls starttls or tls "
		"implicit"},
	    {"relay mx.example { tls starttls verify x no verify }\n",
		"3: relay \"mx.example\": verify and no verify exclude each "
		"other: take one away"},
	    {"relay ::1 { auth u password p }\n",
		"3: relay \"::1\": auth would send the password in the clear: "
		"write tls starttls or tls implicit, or insecure if that is "
		"meant"},
	    {"relay ::1 { insecure auth u password file /none }\n",
		"3: relay \"::1\": password file /none: cannot be opened: no "
		"such file"},
	    {"relay ::1 { insecure auth u password file pass }\n",
		"3: relay \"::1\": password file: an absolute path is "
		"needed"},
	    {"relay ::1 { insecure auth u password file /empty }\n",
		"3: relay \"::1\": password file /empty: must hold the "
		"password, in one line, and nothing else"},
	    {"relay ::1 { insecure auth u password file /newline }\n",
		"3: relay \"::1\": password file /newline: must hold the "
		"password, in one line, and nothing else"},
	    {"relay ::1 { insecure auth u password file /two }\n",
		"3: relay \"::1\": password file /two: must hold the "
		"password, in one line, and nothing else"},
	    {"relay ::1 { insecure auth u password file /long }\n",
		"3: relay \"::1\": password file /long: a password has at "
		"most 4095 octets"},
	    {"relay ::1 { insecure auth \"\" password p }\n",
		"3: relay \"::1\": auth: user and password must not be "
		"empty"},
	    {"relay ::1 { insecure auth u password \"\" }\n",
		"3: relay \"::1\": auth: user and password must not be "
		"empty"},
	    {"relay ::1 { source localhost }\n",
		"3: relay \"::1\": source: an IP address is needed"},
	    {"relay ::1 { source 127.0.0.1 }\n",
		"3: relay \"::1\": source is of another address family than "
		"the relay"},
	    {"relay sendmail \"sendmail\"\n",
		"3: relay sendmail: an absolute path is needed"},
	    {"relay sendmail /s { reply text }\n",
		"3: relay sendmail: does not take reply text, only "
		"connections, timeout submission"},
	    {"relay sendmail /s { connections 1 idle 5s }\n",
		"3: relay sendmail: does not take connections idle, "
		"only connections, timeout submission"},
	    {"relay sendmail /s port 25\n",
		"3: relay sendmail: does not take port, only "
		"connections, timeout submission"},
	    {"store memory { durable }\n",
		"3: store memory: does not take durable, only ttl, records"},
	    {"store redis ::1 { records 5 }\n",
		"3: store redis: does not take records, only ttl, database, "
		"user, password, prefix"},
	    {"store sqlite /l { database 1 }\n",
		"3: store sqlite: does not take database, only ttl, records, "
		"durable"},
	    {"store none { ttl 1s }\n",
		"3: store none: does not take ttl, nor anything else"},
	    {"store sqlite l.db\n",
		"3: store sqlite: an absolute path is needed"},
	    {"store sqlite /bad/l.db\n", "3: store sqlite: no place"},
	    {"store sqlite /var/\n",
		"3: store sqlite: the path of a file is needed"},
	    {"store redis \"a b\"\n",
		"3: store redis: an IP address or a host name is needed"},
	    {"store redis /r.sock port 5\n",
		"3: store redis: port: a UNIX socket has none"},
	    {"key x { }\n",
		"3: key \"x\": a hash is needed (make one with "
		"http-smtp-rele -K x)"},
	    {"key \"a b\" { secret '0000000000000000000000000000000x' }\n",
		"3: key \"a b\": the name of a key is 1 to 64 letters, "
		"digits, dots, underscores and hyphens"},
	    {"key \"\" { secret '0000000000000000000000000000000x' }\n",
		"3: key \"\": the name of a key is 1 to 64 letters, digits, "
		"dots, underscores and hyphens"},
	    {"key k { secret '0000000000000000000000000000000x' }\n",
		"3: key \"k\": the same name as /etc/test.conf:2"},
	    {"key x { secret '0123456789abcdef0123456789ABCDEF' }\n",
		"3: key \"x\": the same secret as key \"k\" of "
		"/etc/test.conf:2"},
	    {"key x { secret \"ninechars\" }\n",
		"3: key \"x\": secret has 9 characters, at least 32 are "
		"needed (make one with http-smtp-rele -K x)"},
	    {"key x { secret \"at-least-32-characters-of-randomness\" }\n",
		"3: key \"x\": secret is the example's, which everybody knows "
		"(make one with http-smtp-rele -K x)"},
	    {"key x { secret \"0000000000000000\xc3\xb6"
	     "00000000000000x\" }\n",
		"3: key \"x\": secret must be of printable ASCII characters: "
		"it is sent in a header field (make one with http-smtp-rele "
		"-K x)"},
	    {"key x { secret \"0000000000000000000000000000000x \" }\n",
		"3: key \"x\": secret begins or ends with a blank, which no "
		"header field can carry (make one with http-smtp-rele -K x)"},
	    {"key x { hash \"sha256:0\" }\n",
		"3: key \"x\": hash: \"sha256:\" and 64 lower-case "
		"hexadecimal digits are needed"},
	};

	Machine machine = machine_with_files();
	for (const Complaint &one : complaints)
		check_refused(
		    machine, std::string(least) + one.text, one.message);
}

TEST_CASE("hashes are 64 lower-case digits")
{
	const std::string digits(64, 'a');
	for (std::string hash : {"sha256:" + digits.substr(1),
		 "sha256:" + digits + "a", "SHA256:" + digits, digits,
		 "sha256:" + std::string(64, 'A'),
		 "sha256:" + std::string(64, 'g'), "md5:" + digits,
		 "sha256: " + digits.substr(1)})
		CHECK_FALSE(
		    parse_item("key", "hash \"" + hash + "\"").config);
	CHECK(parse_item("key", "hash \"sha256:" + digits + "\"").config);
}

TEST_CASE("a key has at most four hashes and secrets")
{
	auto hashes = [](int count) {
		std::string text;
		for (int i = 0; i < count; i++)
			text += "hash \"sha256:" +
			    std::string(63, 'a') + std::to_string(i) + "\"\n";
		return (parse_item("key", text));
	};

	CHECK(hashes(3).config); /* and a secret */
	auto over = hashes(4);
	CHECK_FALSE(over.config);
	REQUIRE(over.errors.size() == 1);
	CHECK(over.errors[0].find("has 5 hashes and secrets, at most 4") !=
	    std::string::npos);
	auto twice = parse_item("key", "hash \"sha256:" +
	    std::string(64, 'a') + "\" hash \"sha256:" + std::string(64, 'a') +
	    "\"");
	CHECK(twice.errors.size() == 1);
}

TEST_CASE("the names of keys")
{
	CHECK(Machine()
		  .parse(mail_block + "key " + std::string(64, 'k') +
		      " { secret '" + secret_32 + "' }\n")
		  .config);
	for (std::string name : {std::string(65, 'k'), std::string("a/b"),
		 std::string("a@b"), std::string("a:b"), std::string("*")})
		CHECK_FALSE(Machine()
				.parse(mail_block + "key \"" + name +
				    "\" { secret '" + secret_32 + "' }\n")
				.config);
}

TEST_CASE("what must be there")
{
	Machine machine;
	const std::string no_from =
	    "mail has no from: write mail { from \"ADDRESS\" }";
	const std::string no_recipients =
	    "mail has no recipients: write the domains and addresses that "
	    "mail may go to, mail { recipients { ... } }";

	check_refused(machine, "\n" + key_block + "mail {\nrecipients b\n}\n",
	    "3: " + no_from);
	check_refused(machine, "\n" + key_block + "mail {\nfrom a@b\n}\n",
	    "3: " + no_recipients);
	check_refused(machine, mail_block + "\nprefork 3\n",
	    "3: no key: add the block that http-smtp-rele -K NAME prints");
	check_refused(machine, mail_block + "key k { secret '" +
	    std::string(32, 'k') + "' disabled }\n",
	    "2: no key is enabled: take disabled away from one");

	auto parsed = machine.parse(key_block);
	CHECK(parsed.errors.size() == 2);
	parsed = machine.parse("");
	INFO(parsed.all_errors());
	REQUIRE(parsed.errors.size() == 3);
	CHECK(parsed.errors[0] == "/etc/test.conf:1: " + no_from);
}

TEST_CASE("warnings")
{
	const Complaint warnings[] = {
	    {"key x { hash \"sha256:2c26b46b68ffc68ff99b453c1d3041341342"
	     "2d706483bfa0f98a5e886266e7ae\" }\n",
		"3: warning: key \"x\": hash is an example's, whose secret everybody "
		"knows (make one with http-smtp-rele -K x)"},
	    {"key x { hash \"sha256:7538f47e13bc4aff17521242922020d43763"
	     "db584fe663dd7bd590e792c420db\" }\n",
		"3: warning: key \"x\": hash is an example's, whose secret everybody "
		"knows (make one with http-smtp-rele -K x)"},
	    {"allow from { 10.0.0.0/8 10.0.0.0/8 }\n",
		"3: warning: allow from: 10.0.0.0/8 is listed twice"},
	    {"mail { recipients { c.example d.example\nC.example } }\n",
		"4: warning: mail: recipients: \"C.example\" is listed twice"},
	    {"mail { recipients any }\n",
		"3: warning: mail: recipients any: whoever has a key can send to "
		"anybody"},
	    {"relay mx.example { tls starttls no verify }\n",
		"3: warning: relay \"mx.example\": no verify: anybody on the way can "
		"pose as the mail server"},
	    {"relay ::1 { insecure }\n",
		"3: warning: relay \"::1\": insecure: a password may be sent in the "
		"clear"},
	    {"key x { secret '0000000000000000000000000000000x'\n"
	     "recipients { example.com sub.example.com } }\n",
		"4: warning: key \"x\": recipients: \"sub.example.com\" can never "
		"match: mail's recipients lack it"},
	    {"key x { secret '0000000000000000000000000000000x'\n"
	     "recipients a@other.example }\n",
		"4: warning: key \"x\": recipients: \"a@other.example\" can never "
		"match: mail's recipients lack it"},
	    {"key x { secret '0000000000000000000000000000000x'\n"
	     "max recipients 11 }\n",
		"4: warning: key \"x\": max recipients is over mail's 10, which "
		"holds"},
	    {"relay sendmail /bad/s\n",
		"3: warning: relay sendmail: /bad/s is not executable: no mail "
		"can be sent by it"},
	    {"relay mx.example { tls starttls insecure }\n",
		"3: warning: relay \"mx.example\": insecure has no effect "
		"with tls: take it away"},
	};

	for (const Complaint &one : warnings) {
		auto parsed = parse_more(one.text);
		INFO(one.text << "\n" << parsed.all_errors());
		CHECK(parsed.config);
		std::string all;
		for (const std::string &warning : parsed.warnings)
			all += warning + "\n";
		INFO(all);
		CHECK(all.find(std::string("/etc/test.conf:") + one.message +
			  "\n") != std::string::npos);
	}
}

TEST_CASE("a key may narrow in every way that can match")
{
	auto parsed = Machine().parse(
	    "mail { from a@b recipients { b.example ops@c.example "
	    "\"[192.0.2.1]\" } }\n"
	    "key k { secret '" + std::string(secret_32) + "' recipients {\n"
	    "b.example B.Example. }\n}\n");
	CHECK(parsed.errors.size() == 1); /* the final dot */
	parsed = Machine().parse(
	    "mail { from a@b recipients { b.example ops@c.example "
	    "\"[192.0.2.1]\" } }\n"
	    "key k { secret '" + std::string(secret_32) + "' recipients {\n"
	    "B.example x@b.example c.example ops@C.example \"[192.0.2.1]\"\n"
	    "y@[192.0.2.1] } }\n");
	INFO(parsed.all_errors());
	REQUIRE(parsed.config);
	CHECK(parsed.warnings.empty());
}

TEST_CASE("the path of a UNIX socket has a bound")
{
	std::string longest(sizeof(sockaddr_un::sun_path) - 1, 'x');
	longest[0] = '/';
	Machine machine = machine_with_files();

	CHECK(machine.parse(std::string(least) + "store redis " + longest + "\n")
		  .config);
	check_refused(machine, std::string(least) + "store redis " + longest + "x\n",
	    "3: store redis: the path of a UNIX socket has at most " +
		std::to_string(longest.size()) + " octets");
}

TEST_CASE("a daemon has no stderr to log to")
{
	const std::string text = std::string(least) +
	    "log {\nto stderr\n}\n";
	Machine machine;

	CHECK(machine.parse(text).config);
	machine.detached = true;
	check_refused(machine, text,
	    "4: log: to stderr needs -F or -d, for nobody reads the stderr of "
	    "a daemon: start it with -F, or write to syslog");
	CHECK(machine.parse(text + "log { to syslog }\n").config);
}

TEST_CASE("the program of a relay sendmail is looked at")
{
	auto trouble = config_system().program_trouble;

	CHECK(trouble("/bin/sh") == "");
	CHECK(trouble("/bin") == "is not a file");
	CHECK(trouble("/etc/passwd") == "is not executable");
	CHECK(trouble("/nonexistent/s") ==
	    "cannot be run: No such file or directory");
}
