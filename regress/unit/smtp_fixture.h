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

/*
 * A mail server.  It answers each command, told by its first word, as its
 * script says, in parts of `step' octets a turn of the loop (0: all at
 * once), and keeps what it was sent.
 */
class Server {
public:
	/* What to do instead of a reply. */
	static constexpr std::string_view hang_up = "\x01";
	static constexpr std::string_view silence = "";

	Server(std::function<std::string(Server &, const std::string &)>
		   reply_script)
	    : script(std::move(reply_script))
	{
		int pair[2];

		REQUIRE(socketpair(AF_UNIX,
			    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
			    pair) == 0);
		own = Fd(pair[0]);
		client = Fd(pair[1]);
		event.set<&Server::receive>(own.get(), EV_READ, this);
		event.add();
		pump.set<&Server::send>(own.get(), EV_WRITE, this);
		say(script(*this, "CONNECT"));
	}

	Fd take_client()
	{
		return (std::move(client));
	}
	void say(std::string_view text)
	{
		if (text == hang_up) {
			step = 0;
			send();
			close();
			return;
		}
		outgoing += text;
		if (!pump.added())
			send();
	}
	void close()
	{
		event.remove();
		pump.remove();
		own.reset();
		closed = true;
	}
	/* The commands so far, one a line, without CRLF. */
	std::string commands;
	/* Complete messages, dots undone. */
	std::vector<std::string> messages;
	/* Octets of content that came without a final dot. */
	std::string data;
	bool in_data = false;
	bool closed = false;
	bool saw_end = false; /* the client closed */
	std::size_t step = 0;
	std::size_t data_limit = SIZE_MAX; /* calls script("PART") there */
	std::size_t reads = 0;

private:
	void receive()
	{
		char buffer[65536];
		ssize_t n = read(own.get(), buffer, sizeof(buffer));

		if (n == -1)
			return;
		if (n == 0) {
			event.remove();
			saw_end = true;
			return;
		}
		reads++;
		incoming.append(buffer, static_cast<std::size_t>(n));
		while (!closed && take_line())
			;
		if (in_data && incoming.size() + data.size() > data_limit) {
			data_limit = SIZE_MAX;
			say(script(*this, "PART"));
		}
	}

	bool take_line()
	{
		std::size_t end = incoming.find("\r\n");
		if (end == std::string::npos)
			return (false);
		std::string line = incoming.substr(0, end);
		incoming.erase(0, end + 2);
		if (in_data) {
			take_data(line);
			return (true);
		}
		commands += line + "\n";
		std::string verb = line.substr(0, line.find(' '));
		std::string reply = script(*this, verb);
		if (verb == "DATA" && reply.substr(0, 1) == "3")
			in_data = true;
		say(reply);
		return (true);
	}

	void take_data(const std::string &line)
	{
		if (line != ".") {
			data += line[0] == '.' ? line.substr(1) : line;
			data += "\r\n";
			return;
		}
		in_data = false;
		messages.push_back(std::move(data));
		data.clear();
		say(script(*this, "."));
	}

	void send()
	{
		pump.remove();
		if (outgoing.empty() || closed)
			return;
		std::size_t n = step == 0 ? outgoing.size() : step;
		ssize_t sent = ::send(own.get(), outgoing.data(),
		    std::min(n, outgoing.size()), MSG_NOSIGNAL);
		if (sent == -1) {
			outgoing.clear();
			return;
		}
		outgoing.erase(0, static_cast<std::size_t>(sent));
		if (!outgoing.empty())
			pump.add(); /* the next turn */
	}

	std::function<std::string(Server &, const std::string &)> script;
	Fd own, client;
	FdEvent event, pump;
	std::string incoming, outgoing;
};

/* What a good server says; overrides are tried first. */
class Script {
public:
	struct Override {
		std::string verb, reply;
	};
	using Replies = std::vector<Override>;

	explicit Script(Replies replies = {}, std::string ehlo_reply =
	    "250-mx.example\r\n250-PIPELINING\r\n250-SIZE 1000000\r\n"
	    "250 ENHANCEDSTATUSCODES\r\n")
	    : overrides(std::move(replies)), ehlo(std::move(ehlo_reply))
	{
	}

	/* The nth override of a command answers its nth occurrence. */
	std::string operator()(Server &, const std::string &verb)
	{
		std::string reply = overridden(verb);

		if (verb == "MAIL") {
			sender = reply[0] == '2';
			accepted = 0;
		} else if (verb == "RCPT" && reply[0] == '2')
			accepted++;
		return (reply);
	}

private:
	std::string overridden(const std::string &verb)
	{
		for (auto it = overrides.begin(); it != overrides.end(); ++it) {
			if (it->verb != verb)
				continue;
			std::string reply = it->reply;
			overrides.erase(it);
			return (reply);
		}
		return (usual(verb));
	}

	std::string usual(const std::string &verb)
	{
		if (verb == "CONNECT")
			return ("220 mx.example ESMTP\r\n");
		if (verb == "EHLO")
			return (ehlo);
		if (verb == "RCPT" && !sender)
			return ("503 5.5.1 MAIL first\r\n");
		if (verb == "DATA")
			return (accepted != 0 ? "354 go ahead\r\n"
			                      : "554 5.5.1 no recipients\r\n");
		if (verb == ".")
			return ("250 2.0.0 Ok: queued as 4WqX\r\n");
		if (verb == "QUIT")
			return ("221 2.0.0 Bye\r\n");
		if (verb == "PART")
			return ("");
		return ("250 2.1.0 Ok\r\n");
	}

	Replies overrides;
	std::string ehlo;
	bool sender = false;
	std::size_t accepted = 0;
};

} /* namespace fixture */

#endif
