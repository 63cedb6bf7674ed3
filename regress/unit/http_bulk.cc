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
		mark = read->idempotency;
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
	std::optional<IdempotencyMark> mark;
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

TEST_CASE("a bulk request that counts as a whole")
{
	BulkServer t;
	t.config.bulk->messages = 2;
	t.start();
	struct {
		std::string body;
		const char *status, *code, *field;
	} const rows[] = {
	    {"{", "400", "bad_request", nullptr},
	    {"[]", "400", "bad_request", nullptr},
	    {"{}", "400", "validation_failed", "messages"},
	    {"{\"messages\":null}", "400", "validation_failed", "messages"},
	    {"{\"messages\":{}}", "400", "validation_failed", "messages"},
	    {"{\"messages\":\"x\"}", "400", "validation_failed", "messages"},
	    {"{\"messages\":[],\"x\":1}", "400", "validation_failed", "x"},
	    {"{\"messages\":[]}", "400", "bad_request", "messages"},
	    {"{\"messages\":[1,2,3]}", "413", "payload_too_large", "messages"},
	};

	for (const auto &row : rows) {
		Client client = t.connect();

		INFO(row.body);
		client.send(bulk_octets(row.body));
		CHECK(t.answered(client, row.status));
		CHECK(client.has("\"code\":\"" + std::string(row.code)));
		if (row.field != nullptr)
			CHECK(client.has(
			    "\"field\":\"" + std::string(row.field) + "\""));
		t.mail_seen.clear();
		CHECK(t.quiet_until(MessageType::rejected, 1));
		CHECK(t.segment.memory_held() == 0);
	}
}

TEST_CASE("the messages of a bulk request, some at a time")
{
	BulkServer t;
	t.start();
	Client client = t.connect();
	std::vector<std::string> list = messages(4);

	list.insert(list.begin() + 1, "{\"to\":\"x\"}");
	list.push_back("7");
	client.send(bulk_request(list));
	CHECK(t.next() == "m0");
	CHECK(t.next() == "m1");
	CHECK(t.quiet());
	CHECK(t.segment.memory_held() > 0);
	/* As soon as one ended, whichever it is. */
	t.accept("m1");
	CHECK(t.next() == "m2");
	CHECK(t.quiet());
	SubmissionResult refused;
	refused.outcome = Outcome::rejected;
	refused.code = 550;
	t.answer("m2", refused);
	CHECK(t.next() == "m3");
	SubmissionResult unknown;
	unknown.outcome = Outcome::unknown;
	unknown.message_id = "<c@d>";
	t.answer("m3", unknown);
	CHECK(t.quiet());
	client.receive();
	CHECK(client.statuses().empty());
	t.accept("m0");
	CHECK(t.answered(client, "202"));
	CHECK(client.has("\"total\":6,\"accepted\":2,\"rejected\":3,"
	    "\"results\":[{\"index\":0,\"request_id\":\"req_"));
	CHECK(outcomes(client) == "accepted validation_failed accepted "
	    "smtp_rejected smtp_outcome_unknown validation_failed ");
	CHECK(client.has("\"status\":\"accepted\",\"message_id\":\"<a@b>\"}"));
	CHECK(client.has("\"status\":\"unknown\",\"message_id\":\"<c@d>\","
	    "\"code\":\"smtp_outcome_unknown\",\"message\":\"why\","
	    "\"retryable\":false}"));
	CHECK(client.has("\"message\":\"to: has no @\",\"field\":\"to\","));
	/* Those that relayd-smtp never saw are told to the ledger. */
	CHECK(t.quiet_until(MessageType::rejected, 2));
	CHECK(t.until([&] { return (t.segment.memory_held() == 0); }));
}

TEST_CASE("a bulk request does not keep others waiting")
{
	BulkServer t;
	t.start();
	Client bulk = t.connect(), single = t.connect();

	bulk.send(bulk_request(messages(10)));
	CHECK(t.next() == "m0");
	CHECK(t.next() == "m1");
	single.send(post_request(message("single")));
	CHECK(t.next() == "single");
	CHECK(t.quiet());
	t.accept("single");
	CHECK(t.answered(single, "202"));
	for (int i = 0; i < 10; i++) {
		t.accept("m" + std::to_string(i));
		if (i < 8)
			CHECK(t.next() == "m" + std::to_string(i + 2));
	}
	CHECK(t.answered(bulk, "202"));
	CHECK(bulk.has("\"total\":10,\"accepted\":10,\"rejected\":0"));
}

TEST_CASE("every message of a bulk request takes its unit")
{
	BulkServer t(1);
	t.config.keys[0].limit.count = 3;
	t.config.keys[0].limit.period_ns = 86400000000000;
	t.config.keys[0].limit.burst = 3;
	t.start();
	Client client = t.connect();
	std::vector<std::string> list = messages(5);

	list.insert(list.begin(), "{}");
	list.push_back("{}");
	client.send(bulk_request(list));
	for (int i = 0; i < 3; i++) {
		CHECK(t.next() == "m" + std::to_string(i));
		t.accept("m" + std::to_string(i));
	}
	CHECK(t.answered(client, "202"));
	CHECK(outcomes(client) == "validation_failed accepted accepted "
	    "accepted rate_limited rate_limited rate_limited ");
	CHECK(client.has("\r\nRateLimit: \"key\";r=0;t="));
	CHECK(client.has("\"code\":\"rate_limited\",\"message\":"
	    "\"too many requests\",\"retryable\":true}"));
	CHECK(t.quiet_until(MessageType::rejected, 4));
}

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

TEST_CASE("who leaves a bulk request has the rest of it not sent")
{
	BulkServer t;
	t.start();
	Client client = t.connect();

	client.send(bulk_request(messages(6)));
	CHECK(t.next() == "m0");
	CHECK(t.next() == "m1");
	client.close();
	CHECK(t.quiet_until(MessageType::cancel, 2));
	CHECK(t.quiet_until(MessageType::rejected, 4));
	/* One was past DATA. */
	t.accept("m0");
	SubmissionResult canceled;
	canceled.outcome = Outcome::canceled;
	t.answer("m1", canceled);
	CHECK(t.until([&] {
		return (t.segment.process(0).connections.load() == 0 &&
		    t.segment.memory_held() == 0);
	}));
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

TEST_CASE("a shutdown ends a bulk request")
{
	BulkServer t(1);
	t.start();
	Client client = t.connect();

	client.send(bulk_request(messages(3)));
	CHECK(t.next() == "m0");
	t.server.shutdown();
	t.accept("m0");
	CHECK(t.answered(client, "202"));
	CHECK(outcomes(client) ==
	    "accepted shutting_down shutting_down ");
	CHECK(t.ended(client));
}

TEST_CASE("Idempotency-Key of a bulk request")
{
	BulkServer t(1);
	t.start();
	Client client = t.connect();

	client.send(bulk_request(messages(2), "Idempotency-Key: k\r\n"));
	CHECK(t.next() == "m0");
	REQUIRE(t.mark);
	IdempotencyMark first = *t.mark;
	CHECK(first.key == sha256(std::string_view("k\0" "0", 3)));
	SubmissionResult replay;
	replay.outcome = Outcome::accepted;
	replay.message_id = "<a@b>";
	replay.replay_of = RequestId::parse("req_01ARZ3NDEKTSV4RRFFQ69G5FAV");
	t.answer("m0", replay);
	CHECK(t.next() == "m1");
	REQUIRE(t.mark);
	CHECK(t.mark->key == sha256(std::string_view("k\0" "1", 3)));
	SubmissionResult taken;
	taken.outcome = Outcome::other_content;
	t.answer("m1", taken);
	CHECK(t.answered(client, "202"));
	CHECK(outcomes(client) == "accepted idempotency_key_reused ");
	CHECK(client.has("{\"index\":0,\"request_id\":"
	    "\"req_01ARZ3NDEKTSV4RRFFQ69G5FAV\",\"status\":\"accepted\","
	    "\"message_id\":\"<a@b>\",\"replayed\":true}"));
	/* That is for answers that are replays as a whole. */
	CHECK_FALSE(client.has("Idempotent-Replayed"));
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
