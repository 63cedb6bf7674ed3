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

/* api.md, "POST /v1/send-bulk", as far as relayd-http has to do. */

#include "catch.h"
#include "http_server.h"

namespace {

std::string
bulk_octets(const std::string &body, const std::string &fields = "")
{
	std::string octets = post_request(body, fields);

	return (octets.insert(octets.find(" HTTP/1.1"), "-bulk"));
}

std::string
message(const std::string &subject)
{
	return ("{\"to\":\"a@example.com\",\"subject\":\"" + subject +
	    "\",\"body\":\"b\"}");
}

/* A request with these messages. */
std::string
bulk_request(const std::vector<std::string> &messages,
    const std::string &fields = "")
{
	std::string body = "{\"messages\":[";

	for (const std::string &one : messages)
		body += (body.back() == '[' ? "" : ",") + one;
	return (bulk_octets(body + "]}", fields));
}

std::vector<std::string>
messages(int count)
{
	std::vector<std::string> list;

	for (int i = 0; i < count; i++)
		list.push_back(message("m" + std::to_string(i)));
	return (list);
}

class BulkServer : public TestServer {
public:
	explicit BulkServer(std::uint32_t concurrency = 2)
	{
		config.bulk = BulkLimits{10, concurrency};
	}
	void start()
	{
		TestServer::start();
		attach_mail();
	}
	/* "m3", of the next submission, whose id is kept under it. */
	std::string next()
	{
		std::uint64_t id = take_submission();
		auto read = read_submission(submission);

		if (id == 0 || !read)
			return ("nothing");
		std::string subject(read->subject);
		ids[subject] = id;
		return (subject);
	}
	void accept(const std::string &subject)
	{
		TestServer::accept(ids.at(subject));
	}
	void answer(const std::string &subject, SubmissionResult result)
	{
		result.id = ids.at(subject);
		result.message = "why";
		send_result(result);
	}
	/* Nothing is submitted for a while. */
	bool quiet()
	{
		run_for(20);
		while (auto type = mail_message())
			if (type == MessageType::submit)
				return (false);
		return (true);
	}
	/* As many of these came as are wanted, and no submission. */
	bool quiet_until(MessageType type, int wanted)
	{
		return (until([&] {
			return (quiet() && mail_seen[type] == wanted);
		}));
	}

	std::map<std::string, std::uint64_t> ids;
};

/* "accepted validation_failed ..." */
std::string
outcomes(const Client &client)
{
	std::string list;
	std::size_t at = client.received.find("\"results\":");

	while ((at = client.received.find("\"index\":", at)) !=
	    std::string::npos) {
		std::size_t end = client.received.find('}', at);
		std::string one = client.received.substr(at, end - at);
		std::size_t code = one.find("\"code\":\"");

		at = end;
		if (code == std::string::npos)
			list += "accepted ";
		else
			list += one.substr(code + 8,
			    one.find('"', code + 8) - code - 8) + " ";
	}
	return (list);
}

} /* namespace */

TEST_CASE("relayd-smtp's own limit ends a bulk request, too")
{
	BulkServer t(1);
	t.start();
	Client client = t.connect();

	client.send(bulk_request(messages(3)));
	CHECK(t.next() == "m0");
	SubmissionResult result;
	result.outcome = Outcome::rate_limited;
	t.answer("m0", result);
	CHECK(t.answered(client, "202"));
	CHECK(outcomes(client) == "rate_limited rate_limited rate_limited ");
}

TEST_CASE("who only stopped sending is told what became of a bulk request")
{
	BulkServer t;
	t.start();
	Client client = t.connect();

	client.send(bulk_request(messages(4)));
	CHECK(t.next() == "m0");
	CHECK(t.next() == "m1");
	client.end_sending();
	CHECK(t.quiet_until(MessageType::cancel, 2));
	t.accept("m0");
	SubmissionResult canceled;
	canceled.outcome = Outcome::canceled;
	t.answer("m1", canceled);
	CHECK(t.answered(client, "202"));
	CHECK(outcomes(client) ==
	    "accepted overloaded overloaded overloaded ");
}

TEST_CASE("relayd-smtp dies in the middle of a bulk request")
{
	BulkServer t;
	t.start();
	Client client = t.connect();

	client.send(bulk_request(messages(5)));
	CHECK(t.next() == "m0");
	CHECK(t.next() == "m1");
	t.accept("m0");
	CHECK(t.next() == "m2");
	t.mail.reset();
	CHECK(t.answered(client, "202"));
	CHECK(outcomes(client) == "accepted smtp_outcome_unknown "
	    "smtp_outcome_unknown overloaded overloaded ");
	/* Each unknown one by its own id. */
	std::size_t at = client.received.find("\"index\":1,");
	std::string id = client.received.substr(
	    client.received.find("req_", at), RequestId::length);
	CHECK(client.has("\"message_id\":\"<" + id + "@example.com>\""));
}

TEST_CASE("max memory bounds what bulk requests have in flight")
{
	BulkServer t(5);
	std::string text(20000, 'b');
	t.config.max_memory = 200000;
	t.start();
	Client client = t.connect();
	std::vector<std::string> list;

	for (int i = 0; i < 4; i++)
		list.push_back("{\"to\":\"a@example.com\",\"subject\":\"m" +
		    std::to_string(i) + "\",\"body\":\"" + text + "\"}");
	std::string octets = bulk_request(list);
	for (std::string_view rest = octets; !rest.empty(); t.turn())
		rest.remove_prefix(client.send(rest));
	/* 80 KB of document, and 40 KB for each that is in flight. */
	CHECK(t.next() == "m0");
	CHECK(t.next() == "m1");
	CHECK(t.segment.memory_held() <= 200000);
	for (int i = 0; i < 4; i++) {
		std::string subject = "m" + std::to_string(i);
		if (t.ids.count(subject) == 0)
			CHECK(t.next() == subject);
		/* What it was read from stays, whatever has left. */
		CHECK(t.segment.memory_held() > octets.size());
		CHECK(t.segment.memory_held() <= 200000);
		t.accept(subject);
	}
	CHECK(t.answered(client, "202"));
	CHECK(client.has("\"accepted\":4,"));
	CHECK(t.until([&] { return (t.segment.memory_held() == 0); }));
}

TEST_CASE("a bulk request for which there is no memory")
{
	BulkServer t;
	t.config.max_memory = 100000;
	t.start();
	Client holder = t.connect(), client = t.connect();

	holder.send(post_request(std::string(90000, ' ')).substr(0, 500));
	t.run_for(10);
	client.send(bulk_request(messages(10)));
	CHECK(t.answered(client, "503"));
	CHECK(client.has("Retry-After: "));
	CHECK(t.segment.memory_held() == 90000);
	holder.close();
}

TEST_CASE("a bulk request's answer counts until it has left")
{
	BulkServer t;
	t.config.bulk->messages = 10000;
	t.config.max_memory = 100000000;
	t.start();
	Client client = t.connect();

	client.send(bulk_request(std::vector<std::string>(10000, "{}")));
	/* What the results took up until they were answered is more. */
	auto answer_is_held = [&] {
		return (t.segment.memory_held() > 1000000 &&
		    t.segment.memory_held() < 3000000);
	};
	CHECK(t.until(answer_is_held));
	t.run_for(50);
	CHECK(answer_is_held());
	CHECK(t.answered(client, "202"));
	CHECK(t.until([&] {
		client.receive();
		return (t.segment.memory_held() == 0);
	}));
}
