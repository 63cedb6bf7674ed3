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

/* How connections and requests end: time, death, reload. */

#include "catch.h"
#include "http_server.h"

using std::chrono::seconds;

TEST_CASE("deadlines are not moved by what arrives")
{
	TestServer t;
	t.config.timeout_header = seconds(3);
	t.config.timeout_request = seconds(7);
	t.start();
	t.attach_mail();

	Client silent = t.connect();
	CHECK(t.ends_after(silent, 3000));
	CHECK(silent.received.empty());

	Client line = t.connect();
	line.send("\r\n");
	CHECK(t.ends_after(line, 3000));
	CHECK(line.received.empty());

	Client head = t.connect();
	t.dribble(head, get_request("/healthz"), 100, 3000);
	head.receive();
	CHECK(head.received.empty());
	t.run_for(1);
	head.receive();
	CHECK(head.statuses() == "408");
	CHECK(head.ended);

	Client body = t.connect();
	std::string request = post_request(good_message);
	body.send(request.substr(0, request.size() - 20));
	t.dribble(body, request.substr(request.size() - 20), 400, 7000);
	body.receive();
	CHECK(body.received.empty());
	t.run_for(1);
	body.receive();
	CHECK(body.statuses() == "408");
	CHECK(body.has("request_timeout"));
	CHECK(body.ended);
}

TEST_CASE("an idle connection ends silently")
{
	TestServer t;
	t.config.timeout_header = seconds(3);
	t.config.timeout_idle = seconds(20);
	t.start();
	Client client = t.connect();

	client.send(get_request("/healthz"));
	CHECK(t.answered(client, "200"));
	t.run_for(19999);
	client.send(get_request("/healthz"));
	CHECK(t.answered(client, "200 200"));
	CHECK(t.ends_after(client, 20000));
	CHECK(client.statuses() == "200 200");

	/* A head that has begun is under its own time again. */
	Client slow = t.connect();
	slow.send(get_request("/healthz"));
	CHECK(t.answered(slow, "200"));
	t.run_for(19999);
	slow.send("GET /");
	CHECK(t.ends_after(slow, 3000));
	CHECK(slow.statuses() == "200 408");
}

TEST_CASE("a submission is not under timeout request")
{
	TestServer t;
	t.config.timeout_request = seconds(1);
	t.config.timeout_header = seconds(1);
	t.config.timeout_idle = seconds(1);
	t.start();
	t.attach_mail();
	Client client = t.connect();

	client.send(post_request(good_message));
	std::uint64_t id = t.take_submission();
	/* `timeout submission' is 10 s, and relayd-smtp has 10 s more. */
	t.run_for(19999);
	t.accept(id);
	CHECK(t.answered(client, "202"));
}

TEST_CASE("a client that half-closes gets its answers")
{
	TestServer t;
	t.start();
	t.attach_mail();
	Client client = t.connect();

	client.send(post_request(good_message) + get_request("/healthz"));
	client.end_sending();
	std::uint64_t id = t.take_submission();
	t.run_for(299);
	t.accept(id);
	CHECK(t.answered(client, "202 200"));
	CHECK(t.ended(client));

	Client part = t.connect();
	part.send("GET / HT");
	part.end_sending();
	CHECK(t.answered(part, "400"));
	CHECK(t.ended(part));
}

TEST_CASE("relayd-smtp dies")
{
	TestServer t;
	t.start();
	Client none = t.connect();
	none.send(post_request(good_message) + get_request("/readyz") +
	    get_request("/v1/submissions/req_01ARZ3NDEKTSV4RRFFQ69G5FAV",
		"X-API-Key: " + std::string(test_secret) + "\r\n"));
	/* 192.0.2.1 may not monitor. */
	CHECK(t.answered(none, "503 403 503"));
	CHECK(none.has("overloaded"));
	CHECK(none.has("status_store_unavailable"));

	t.attach_mail();
	Client taken = t.connect();
	taken.send(post_request(good_message));
	REQUIRE(t.take_submission() != 0);
	t.mail.reset();
	CHECK(t.answered(taken, "504"));
	CHECK(taken.has("smtp_outcome_unknown"));
	CHECK(taken.has("\"message_id\":\"<req_"));
	CHECK(taken.has("@example.com>\""));

	/* The next one is used at once. */
	t.attach_mail();
	taken.received.clear();
	taken.send(post_request(good_message));
	t.accept(t.take_submission());
	CHECK(t.answered(taken, "202"));
}

TEST_CASE("what did not fit into the socket was not handed over")
{
	TestServer t;
	t.config.max_body = 1000000;
	t.start();
	t.attach_mail();
	Client client = t.connect();
	std::string body(900000, 'x');
	std::string request = post_request("{\"to\":\"a@example.com\","
	    "\"subject\":\"s\",\"body\":\"" + body + "\"}");

	for (std::size_t sent = 0; sent < request.size();) {
		sent += client.send(std::string_view(request).substr(sent));
		t.turn();
	}
	t.run_for(20);
	CHECK(t.segment.memory_held() > 900000);
	t.mail.reset();
	CHECK(t.answered(client, "503"));
	CHECK(client.has("overloaded"));
	CHECK(t.until([&] { return (t.segment.memory_held() == 0); }));
}

TEST_CASE("what relayd-smtp has not read is told to the ledger")
{
	TestServer t;
	t.start();
	t.attach_mail();
	Client client = t.connect();
	SubmissionResult result;

	client.send(post_request(good_message));
	result.id = t.take_submission();
	result.outcome = Outcome::overloaded;
	t.send_result(result);
	CHECK(t.answered(client, "503"));
	CHECK(t.until([&] {
		return (t.mail_message() == MessageType::rejected);
	}));
}

TEST_CASE("relayd-smtp does not answer")
{
	TestServer t;
	t.start();
	t.attach_mail();
	Client client = t.connect();

	client.send(post_request(good_message));
	std::uint64_t id = t.take_submission();
	t.run_for(19999);
	client.receive();
	CHECK(client.received.empty());
	t.run_for(1);
	CHECK(t.answered(client, "504"));
	/* Too late. */
	t.accept(id);
	client.send(get_request("/healthz"));
	CHECK(t.answered(client, "504 200"));
}

TEST_CASE("a surplus process ends after its clients' next answers")
{
	TestServer t;
	t.start();
	Client client = t.connect();

	client.send(get_request("/healthz"));
	CHECK(t.answered(client, "200"));
	t.server.drain();
	t.run_for(10);
	client.send(get_request("/healthz"));
	CHECK(t.answered(client, "200 200"));
	CHECK(client.has("Connection: close\r\n"));
	CHECK(t.ended(client));
}

TEST_CASE("a shutdown finishes what is in flight")
{
	TestServer t;
	t.start();
	t.attach_mail();
	Client idle = t.connect(), busy = t.connect(), late = t.connect();
	Client probe = t.connect();
	std::string request = post_request(good_message);
	std::string health = get_request("/healthz");

	busy.send(request + get_request("/healthz"));
	late.send(request.substr(0, 50));
	probe.send(health.substr(0, 20));
	std::uint64_t id = t.take_submission();
	t.server.shutdown();
	CHECK(t.ended(idle));
	late.send(request.substr(50));
	CHECK(t.answered(late, "503"));
	CHECK(late.has("shutting_down"));
	/* 200 while the process runs. */
	probe.send(health.substr(20));
	CHECK(t.answered(probe, "200"));
	t.accept(id);
	CHECK(t.answered(busy, "202"));
	CHECK(t.ended(busy));
}

TEST_CASE("a request keeps the configuration that it began under")
{
	TestServer t;
	t.start();
	t.attach_mail();
	Client client = t.connect();
	std::string request = post_request(good_message);

	client.send(request.substr(0, request.size() - 5));
	t.run_for(10);
	t.config.keys[0].enabled = false;
	t.config.max_subject = 0;
	t.start();
	client.send(request.substr(request.size() - 5));
	t.accept(t.take_submission());
	CHECK(t.answered(client, "202"));
	client.send(request);
	CHECK(t.answered(client, "202 403"));
}

TEST_CASE("who is silent gives way when there are too many")
{
	TestServer t;
	t.config.max_connections = 2;
	t.start();
	Client first = t.connect(), second = t.connect();

	/* Not before somebody else is there. */
	CHECK(t.server.has_room());
	t.run_for(10);
	first.receive();
	CHECK_FALSE(first.ended);
	Client third = t.connect();
	CHECK(t.ended(first));
	second.send("GET");
	third.send("GET");
	t.run_for(10);
	CHECK_FALSE(t.server.has_room());
	Client fourth = t.connect();
	CHECK(t.ended(fourth));

	third.send(" /healthz HTTP/1.1\r\nHost: a\r\n\r\n");
	CHECK(t.answered(third, "200"));
	CHECK(t.server.has_room());
	Client fifth = t.connect();
	CHECK(t.ended(third));
	fifth.send(get_request("/healthz"));
	CHECK(t.answered(fifth, "200"));
}

TEST_CASE("a network of IPv6 has no more connections than one address")
{
	TestServer t;
	t.config.max_connections = 3;
	t.config.max_connections_per_address = 2;
	t.start();
	Client first = t.connect(false, "2001:db8::1");
	Client second = t.connect(false, "2001:db8::ffff:2");
	Client other = t.connect(false, "2001:db8:0:1::1");

	/* One too many pushes nobody out. */
	Client third = t.connect(false, "2001:db8::3");
	CHECK(t.ended(third));
	for (Client *client : {&first, &second, &other}) {
		client->send(get_request("/healthz"));
		CHECK(t.answered(*client, "200"));
	}
}
