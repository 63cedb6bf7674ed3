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

#include <functional>
#include <string>

#include "catch.h"
#include "http_config.h"
#include "messages.h"
#include "smtp_config.h"

namespace {

RequestId
an_id()
{
	return (*RequestId::parse("req_01JABCDEFGHJKMNPQRSTVWXYZ0"));
}

LedgerAnswer
an_answer()
{
	LedgerAnswer answer;

	answer.id = 5;
	answer.kind = LedgerAnswer::Kind::found;
	answer.entry.request_id = an_id();
	answer.entry.status = LedgerStatus::smtp_accepted;
	answer.entry.message_id = "<x@example.com>";
	answer.entry.recipient_domains = {"example.com", "example.org"};
	answer.entry.recipient_count = 3;
	answer.entry.recipient_domain_count = 40;
	answer.entry.created_ms = 1700000000123;
	answer.entry.smtp_code = 250;
	answer.entry.smtp_enhanced = "2.0.0";
	return (answer);
}

SubmissionResult
a_result()
{
	SubmissionResult result;

	result.id = 77;
	result.outcome = Outcome::rejected;
	result.message = "the server refused a recipient";
	result.code = 550;
	result.enhanced = "5.1.1";
	result.refused.push_back({true, 3, 550, "5.1.1"});
	result.stage = Stage::rcpt;
	result.relay = "mail.example.com";
	result.address = *IpAddress::parse("2001:db8::1");
	result.tls = true;
	return (result);
}

SmtpConfig
an_smtp_config()
{
	SmtpConfig config;
	SmtpRelay relay;
	SmtpKey key;

	relay.host = "127.0.0.1";
	relay.connections = 10;
	relay.messages = 100;
	relay.tls.mode = RelayTls::starttls;
	relay.tls.name = "mail.example.com";
	relay.tls.authorities = "-----BEGIN CERTIFICATE-----";
	relay.tls.certificate = "-----BEGIN CERTIFICATE-----\n";
	relay.tls.key = Secret(std::string("-----BEGIN PRIVATE KEY-----"));
	relay.user = "user";
	relay.password = Secret(std::string("password"));
	config.relays.push_back(relay);
	key.name = "billing";
	key.digests.push_back(sha256("x"));
	key.sender.from = *MailAddress::parse("a@example.com");
	key.limit = RateLimit{30, 60000000000, 5};
	config.keys.push_back(key);
	REQUIRE(config.recipients.add("example.com"));
	return (config);
}

HttpConfig
an_http_config()
{
	HttpConfig config;
	HttpKey key;

	config.generation = 9;
	config.prefork = 2;
	HttpListener plain;
	plain.address = *IpAddress::parse("::1");
	plain.port = 8080;
	plain.monitor = true;
	plain.proxy = true;
	config.listeners.push_back(plain);
	HttpListener secure;
	secure.port = 443;
	secure.tls.emplace();
	secure.tls->certificates.push_back({"/etc/ssl/a.crt", 1, "chain-a",
	    "response", Secret(std::string("key-a"))});
	secure.tls->certificates.push_back(
	    {"/etc/ssl/b.crt", 2, "chain-b", "", Secret(std::string("key-b"))});
	secure.tls->protocols = "secure";
	secure.tls->ciphers = "HIGH";
	secure.tls->client_authorities = "authorities";
	secure.tls->client_optional = true;
	config.listeners.push_back(secure);
	config.trusted_proxies.from =
	    PrefixList({*Prefix::parse("192.0.2.0/24")});
	config.trusted_proxies.forwarded = true;
	config.monitor_from = PrefixList({*Prefix::parse("10.0.0.0/8")});
	key.name = "billing";
	key.slot = 17;
	key.digests.push_back(sha256("x"));
	key.own_limit = RateLimit{30, 60000000000, 5};
	key.allow_from = PrefixList({*Prefix::parse("::1")});
	key.no_html = true;
	key.no_bulk = true;
	config.keys.push_back(key);
	config.html = true;
	config.attachments = AttachmentLimits{5, 100, 1ULL << 33};
	config.bulk = BulkLimits{1000, 7};
	config.relays = {"mx.example:25", "/usr/sbin/sendmail"};
	return (config);
}

/* Every truncation of a message, and one octet more, is refused. */
void
check_bounds(const std::string &whole,
    const std::function<bool(std::string_view)> &reads)
{
	CHECK(reads(whole));
	for (std::size_t n = 0; n < whole.size(); n++)
		CHECK_FALSE(reads(std::string_view(whole).substr(0, n)));
	CHECK_FALSE(reads(whole + "x"));
}

template <typename T>
std::function<bool(std::string_view)>
reader(std::optional<T> (*read)(std::string_view))
{
	return ([read](std::string_view payload) {
		return (read(payload).has_value());
	});
}

} /* namespace */

TEST_CASE("no message is read short or long")
{
	check_bounds(write_hello(), read_hello);
	check_bounds(write_generation({3, true}), reader(read_generation));
	check_bounds(write_listener({3, 1, 4, 22}), reader(read_listener));
	check_bounds(write_unlinked(7), reader(read_unlinked));
	check_bounds(write_peer({4, 5}), reader(read_peer));
	check_bounds(write_usage({6, 7}), reader(read_usage));
	check_bounds(write_connect({1, 2, ConnectTarget::store, 3, 4}), reader(read_connect));
	check_bounds(write_connected({1, ConnectTarget::store, 2, 3, IpAddress(),
			 IpAddress()}),
	    reader(read_connected));
	check_bounds(write_run({1, 0, "billing", {"a@example.com"}}),
	    reader(read_run));
	check_bounds(write_run_result({1, 2}), reader(read_run_result));
	check_bounds(write_finish({1, true}), reader(read_finish));
	check_bounds(write_exited({1, RunEnd::signaled, 9}),
	    reader(read_exited));
	check_bounds(write_resolve({1, "mail.example.com"}),
	    reader(read_resolve));
	check_bounds(write_resolved({1, 0, {IpAddress()}}),
	    reader(read_resolved));
	check_bounds(write_cancel(7), reader(read_cancel));
	check_bounds(write_lookup({1, an_id(), KeyProof{}}),
	    reader(read_lookup));
	check_bounds(write_rejected({an_id(), KeyProof{}, "code", "why"}),
	    reader(read_rejected));
	check_bounds(write_found(an_answer()), reader(read_found));
	check_bounds(write_result(a_result()), reader(read_result));
	check_bounds(write_ready_query(1), reader(read_ready_query));
	check_bounds(write_ready({1, true}), reader(read_ready));
	check_bounds(write_take({1, IpAddress(), std::nullopt}),
	    reader(read_take));
	check_bounds(write_take({1, IpAddress(), KeyProof{}}),
	    reader(read_take));
	check_bounds(write_taken({1, LimitAnswer::Kind::allowed,
			 LimitBucket::key, {true, 4, 2}}),
	    reader(read_taken));
	check_bounds(write_smtp_config(an_smtp_config()),
	    reader(read_smtp_config));
	check_bounds(write_http_config(an_http_config()),
	    reader(read_http_config));
}

TEST_CASE("what is asked of the parent comes back")
{
	auto run = read_run(
	    write_run({7, 2, "billing", {"a@example.com", "b@example.com"}}));
	REQUIRE(run);
	CHECK(run->generation == 7);
	CHECK(run->relay == 2);
	CHECK(run->key == "billing");
	CHECK(run->recipients.at(1) == "b@example.com");
	CHECK_FALSE(read_run(write_run({7, 2, "billing", {}})));
	CHECK_FALSE(read_run(write_run({7, 2, std::string(65, 'k'), {"a@b"}})));
	CHECK_FALSE(read_run(write_run({7, 2, "k", {std::string(255, 'a')}})));

	auto exited = read_exited(write_exited({3, RunEnd::not_started, 13}));
	REQUIRE(exited);
	CHECK(exited->how == RunEnd::not_started);
	CHECK(exited->number == 13);
	CHECK(read_finish(write_finish({9, true}))->kill);
}

TEST_CASE("a question for units tells no more of an address than is counted")
{
	auto question = read_take(write_take({7,
	    *IpAddress::parse("2001:db8:1:2:3:4:5:6"), sha256("secret")}));
	REQUIRE(question);
	CHECK(question->id == 7);
	CHECK(question->client.text() == "2001:db8:1:2::");
	CHECK(question->proof == sha256("secret"));
	question = read_take(
	    write_take({8, *IpAddress::parse("192.0.2.1"), std::nullopt}));
	REQUIRE(question);
	CHECK(question->client.text() == "192.0.2.1");
	CHECK_FALSE(question->proof);
}

TEST_CASE("an answer about limits that cannot be is not read")
{
	using Kind = LimitAnswer::Kind;
	auto answer = read_taken(write_taken(
	    {9, Kind::dry, LimitBucket::global, {false, 0, 5}}));
	REQUIRE(answer);
	CHECK(answer->id == 9);
	CHECK(answer->kind == Kind::dry);
	CHECK(answer->bucket == LimitBucket::global);
	CHECK_FALSE(answer->decision.allowed);
	CHECK(answer->decision.next_unit_ns == 5);

	answer = read_taken(write_taken(
	    {9, Kind::allowed, LimitBucket::key, {true, 4294967295, 1}}));
	REQUIRE(answer);
	CHECK(answer->decision.allowed);
	CHECK(answer->decision.remaining == 4294967295);

	CHECK_FALSE(read_taken(write_taken(
	    {9, Kind::dry, LimitBucket::key, {false, 1, 5}})));
	CHECK_FALSE(read_taken(write_taken(
	    {9, Kind::allowed, LimitBucket::key, {true, 4294967296, 5}})));
	CHECK_FALSE(read_taken(write_taken(
	    {9, Kind::dry, LimitBucket::key, {false, 0, UINT64_MAX}})));
	std::string octets = write_taken({9, Kind::dry, LimitBucket::key, {}});
	octets[8] = 3;
	CHECK_FALSE(read_taken(octets));
	octets[8] = 1;
	octets[9] = 3;
	CHECK_FALSE(read_taken(octets));
}

TEST_CASE("a submission comes back; its content is what is left")
{
	SubmissionFields submission;
	submission.request_id = an_id();
	submission.proof = sha256("secret");
	submission.to = {"a@example.com", "b@example.com"};
	submission.cc = {"c@example.com"};
	submission.reply_to = {"d@example.com"};
	submission.subject = "Grüße";
	submission.from_name = "Billing";
	std::string content = "Content-Type: text/plain\r\n\r\nhello";
	std::string octets = write_submission(submission, content.size());
	CHECK(octets.capacity() >= octets.size() + content.size());
	octets += content;
	CHECK(octets.size() == submission_size(submission, content.size()));

	auto read = read_submission(octets);
	REQUIRE(read);
	CHECK(read->request_id == an_id());
	CHECK(read->proof == sha256("secret"));
	CHECK(read->to.size() == 2);
	CHECK(read->to[1] == "b@example.com");
	CHECK(read->cc[0] == "c@example.com");
	CHECK(read->reply_to[0] == "d@example.com");
	CHECK(read->subject == "Grüße");
	CHECK(read->content == content);
	std::size_t head = octets.size() - read->content.size();
	for (std::size_t n = 0; n < head; n++)
		CHECK_FALSE(
		    read_submission(std::string_view(octets).substr(0, n)));
}

TEST_CASE("a submission without, or with too many, recipients is refused")
{
	SubmissionFields submission;
	submission.request_id = an_id();
	submission.subject = "x";
	CHECK_FALSE(read_submission(write_submission(submission, 0)));

	submission.to.assign(recipients_limit, "a@example.com");
	CHECK(read_submission(write_submission(submission, 0)));
	submission.cc.push_back("b@example.com");
	CHECK_FALSE(read_submission(write_submission(submission, 0)));
}

TEST_CASE("results and entries come back field by field")
{
	auto result = read_result(write_result(a_result()));
	REQUIRE(result);
	CHECK(result->outcome == Outcome::rejected);
	CHECK(result->refused.at(0).cc);
	CHECK(result->refused.at(0).index == 3);
	CHECK(result->refused.at(0).enhanced == "5.1.1");
	CHECK(result->address.text() == "2001:db8::1");
	CHECK(result->stage == Stage::rcpt);

	auto answer = read_found(write_found(an_answer()));
	REQUIRE(answer);
	CHECK(answer->entry.recipient_domains.at(1) == "example.org");
	CHECK(answer->entry.recipient_domain_count == 40);
	CHECK(answer->entry.created_ms == 1700000000123);

	answer->kind = LedgerAnswer::Kind::not_found;
	CHECK(read_found(write_found(*answer))->kind ==
	    LedgerAnswer::Kind::not_found);
}

TEST_CASE("configurations come back")
{
	auto http = read_http_config(write_http_config(an_http_config()));
	REQUIRE(http);
	CHECK(http->listeners.at(0).monitor);
	CHECK(http->listeners.at(0).proxy);
	CHECK(http->trusted_proxies.from.contains(
	    *IpAddress::parse("192.0.2.1")));
	CHECK_FALSE(http->trusted_proxies.from.contains(
	    *IpAddress::parse("192.0.3.1")));
	CHECK(http->trusted_proxies.forwarded);
	CHECK(http->listeners.at(0).address.text() == "::1");
	CHECK_FALSE(http->listeners.at(0).tls);
	REQUIRE(http->listeners.at(1).tls);
	const HttpTls &tls = *http->listeners[1].tls;
	REQUIRE(tls.certificates.size() == 2);
	CHECK(tls.certificates[0].path == "/etc/ssl/a.crt");
	CHECK(tls.certificates[0].not_after == 1);
	CHECK(tls.certificates[0].chain == "chain-a");
	CHECK(tls.certificates[0].ocsp == "response");
	CHECK(tls.certificates[0].key.view() == "key-a");
	CHECK(tls.certificates[1].key.view() == "key-b");
	CHECK(tls.protocols == "secure");
	CHECK(tls.ciphers == "HIGH");
	CHECK(tls.client_authorities == "authorities");
	CHECK(tls.client_optional);
	CHECK(http->keys.at(0).slot == 17);
	CHECK(http->keys.at(0).own_limit == RateLimit{30, 60000000000, 5});
	CHECK(http->keys.at(0).allow_from->contains(*IpAddress::parse("::1")));
	CHECK_FALSE(http->keys.at(0).recipients);
	CHECK_FALSE(http->allow_from);

	auto smtp = read_smtp_config(write_smtp_config(an_smtp_config()));
	REQUIRE(smtp);
	CHECK(smtp->recipients.allows(*MailAddress::parse("x@EXAMPLE.com")));
	CHECK(smtp->keys.at(0).sender.from->text() == "a@example.com");
	CHECK_FALSE(smtp->keys.at(0).sender.envelope_from);
	CHECK(smtp->relays.at(0) == an_smtp_config().relays.at(0));
}

TEST_CASE("ticket keys come back, and in order only")
{
	TicketKeys keys;
	keys.session_id[31] = 7;
	for (std::uint32_t revision : {3, 4})
		keys.keys.push_back(
		    {revision, Secret(std::string(ticket_key_size, 'k'))});
	std::string whole = write_ticket_keys(keys);
	check_bounds(whole, reader(read_ticket_keys));
	auto read = read_ticket_keys(whole);
	REQUIRE(read);
	CHECK(read->session_id == keys.session_id);
	REQUIRE(read->keys.size() == 2);
	CHECK(read->keys[1].revision == 4);
	CHECK(read->keys[1].key == keys.keys[1].key);

	keys.keys[0].revision = 4;
	CHECK_FALSE(read_ticket_keys(write_ticket_keys(keys)));
	keys.keys[0].revision = 0;
	CHECK_FALSE(read_ticket_keys(write_ticket_keys(keys)));
	keys.keys[0] = {1, Secret(std::string(ticket_key_size - 1, 'k'))};
	CHECK_FALSE(read_ticket_keys(write_ticket_keys(keys)));
	keys.keys[0].key = keys.keys[1].key;
	CHECK(read_ticket_keys(write_ticket_keys(keys)));
	keys.keys.push_back({9, keys.keys[1].key});
	CHECK_FALSE(read_ticket_keys(write_ticket_keys(keys)));
}

TEST_CASE("what relayd-http is told of messages comes back")
{
	auto config = read_http_config(write_http_config(an_http_config()));
	REQUIRE(config);
	CHECK(config->html);
	REQUIRE(config->attachments);
	CHECK(config->attachments->max == 5);
	CHECK(config->attachments->size == 100);
	CHECK(config->attachments->total == 1ULL << 33);
	CHECK(config->keys[0].no_html);
	CHECK_FALSE(config->keys[0].no_attachments);
	REQUIRE(config->bulk);
	CHECK(config->bulk->messages == 1000);
	CHECK(config->bulk->concurrency == 7);
	CHECK(config->keys[0].no_bulk);
}

TEST_CASE("a configuration that cannot be meant is refused")
{
	SmtpConfig smtp = an_smtp_config();
	smtp.relays.clear();
	CHECK_FALSE(read_smtp_config(write_smtp_config(smtp)));
	smtp = an_smtp_config();
	smtp.keys[0].sender.from.reset();
	CHECK_FALSE(read_smtp_config(write_smtp_config(smtp)));
	HttpConfig http = an_http_config();
	http.keys[0].slot = 10000;
	CHECK_FALSE(read_http_config(write_http_config(http)));
	http = an_http_config();
	http.prefork = 0;
	CHECK_FALSE(read_http_config(write_http_config(http)));
	http = an_http_config();
	http.bulk->concurrency = 0;
	CHECK_FALSE(read_http_config(write_http_config(http)));
	http = an_http_config();
	http.listeners[1].tls->certificates.clear();
	CHECK_FALSE(read_http_config(write_http_config(http)));
	http = an_http_config();
	http.listeners[1].tls->certificates.resize(17);
	CHECK_FALSE(read_http_config(write_http_config(http)));
}
