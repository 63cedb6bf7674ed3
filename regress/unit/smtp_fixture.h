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

/*
 * What the tests of relayd-smtp share: a configuration, submissions, and a
 * mail server that follows a script over a socketpair.
 */

#ifndef REGRESS_UNIT_SMTP_FIXTURE_H
#define REGRESS_UNIT_SMTP_FIXTURE_H

#include <sys/types.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "catch.h"
#include "digest.h"
#include "event_loop.h"
#include "fd.h"
#include "mail_server.h"
#include "messages.h"
#include "policy.h"
#include "runner.h"
#include "smtp_config.h"
#include "transaction.h"

namespace fixture {

inline KeyProof
proof_of(std::string_view secret)
{
	return (sha256(secret));
}

inline RequestId
request_id(unsigned int number)
{
	std::string text = "req_01J00000000000000000000000";

	for (auto digit = text.end(); number != 0; number /= 10)
		*--digit = static_cast<char>('0' + number % 10);
	auto id = RequestId::parse(text);
	REQUIRE(id);
	return (*id);
}

inline MailAddress
address(std::string_view text)
{
	auto parsed = MailAddress::parse(text);
	REQUIRE(parsed);
	return (*parsed);
}

inline SmtpKey
make_key(std::string name, std::string_view secret)
{
	SmtpKey key;

	key.name = std::move(name);
	key.digests.push_back(sha256(proof_of(secret)));
	key.sender.from = address("noreply@example.com");
	key.sender.name = "Example";
	key.sender.envelope_from = address("bounces@example.com");
	key.max_recipients = 10;
	return (key);
}

inline SmtpRelay
make_relay(std::string host)
{
	SmtpRelay relay;

	relay.host = std::move(host);
	relay.hostname = "client.example";
	relay.connections = 2;
	relay.idle = std::chrono::seconds(30);
	relay.messages = 100;
	relay.timeout_connect = std::chrono::seconds(5);
	relay.timeout_submission = std::chrono::seconds(30);
	relay.reply_text = true;
	return (relay);
}

inline SmtpConfig
make_config()
{
	SmtpConfig config;

	config.generation = 1;
	config.log.to_stderr = true;
	config.log.level = LogLevel::error;
	config.timeout_request = std::chrono::seconds(30);
	config.max_request = 1 << 20;
	config.max_memory = 64 << 20;
	config.recipients = RecipientPolicy::any();
	config.max_subject = 255;
	config.relays.push_back(make_relay("mx.example"));
	config.store.kind = StoreKind::memory;
	config.store.ttl = std::chrono::hours(1);
	config.store.records = 100;
	config.keys.push_back(make_key("billing", "secret of billing"));
	config.keys.push_back(make_key("other", "secret of other"));
	return (config);
}

constexpr std::string_view content =
    "Content-Type: text/plain; charset=utf-8\r\n\r\nHello\r\n.dot\r\n";

/* With its content: what a relayd-http hands over. */
struct Submission : SubmissionFields {
	std::string content;
};

inline std::string
write_submission(const Submission &submission)
{
	std::string octets =
	    write_submission(submission, submission.content.size());

	return (octets + submission.content);
}

inline Submission
make_submission(unsigned int number, std::vector<std::string> to)
{
	Submission submission;

	submission.request_id = request_id(number);
	submission.proof = proof_of("secret of billing");
	submission.to = std::move(to);
	submission.subject = "Test";
	submission.content = content;
	return (submission);
}

inline std::vector<std::string>
recipients(std::size_t count)
{
	std::vector<std::string> list;

	for (std::size_t i = 0; i < count; i++)
		list.push_back("r" + std::to_string(i) + "@example.org");
	return (list);
}

/* As the engine makes it. */
inline std::unique_ptr<Transaction>
make_transaction(const SmtpConfig &config, Submission submission)
{
	auto transaction = std::make_unique<Transaction>();
	Policy policy;

	transaction->octets = write_submission(std::move(submission));
	auto received = read_submission(transaction->octets);
	REQUIRE(received);
	transaction->submission = *received;
	transaction->request_id = received->request_id;
	policy.configure(std::make_shared<SmtpConfig>(config), 1);
	auto verdict = policy.judge(*received, 1);
	REQUIRE(std::holds_alternative<Permit>(verdict));
	transaction->permit = std::move(std::get<Permit>(verdict));
	transaction->header = transaction_header(*transaction);
	transaction->queued_at = Clock::now();
	transaction->deadline = Clock::now() + std::chrono::seconds(10);
	return (transaction);
}

/* A socketpair: a mail server's end and its client's. */
struct Ends {
	Ends()
	{
		int pair[2];

		REQUIRE(socketpair(AF_UNIX,
			    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
			    pair) == 0);
		own = Fd(pair[0]);
		client = Fd(pair[1]);
	}

	Fd own, client;
};

/* A mail server with the client's end of its connection. */
class Server : private Ends, public MailServer {
public:
	explicit Server(Script script)
	    : MailServer(std::move(own), std::move(script))
	{
	}

	Fd take_client()
	{
		return (std::move(client));
	}
};

} /* namespace fixture */

#endif
