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

#include "catch.h"
#include "http_server.h"

TEST_CASE("bodies that are too large")
{
	TestServer t;
	t.config.max_request = 100;
	t.start();
	t.attach_mail();

	Client declared = t.connect();
	declared.send(post_request(std::string(101, ' ')) +
	    get_request("/healthz"));
	CHECK(t.answered(declared, "413 200"));

	Client chunked = t.connect();
	chunked.send("POST /v1/send HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
		     "chunked\r\nContent-Type: application/json\r\n"
		     "X-API-Key: " + std::string(test_secret) +
	    "\r\n\r\n64\r\n" + std::string(100, ' ') + "\r\n1\r\n \r\n");
	CHECK(t.answered(chunked, "413"));
	CHECK(t.ended(chunked));

	/* What a chunk announces is not waited for. */
	for (const char *chunk : {"65\r\n", "65\r\nx",
	    "ffffffffffffffff\r\nx", "2\r\n  \r\n63\r\n"}) {
		Client announced = t.connect();

		INFO(chunk);
		announced.send("POST /v1/send HTTP/1.1\r\nHost: a\r\n"
			       "Transfer-Encoding: chunked\r\n"
			       "Content-Type: application/json\r\n"
			       "X-API-Key: " + std::string(test_secret) +
		    "\r\n\r\n" + chunk);
		CHECK(t.answered(announced, "413"));
		CHECK(t.ended(announced));
	}

	/* The key's owner is told of every refused message. */
	CHECK(t.until([&] {
		return (t.mail_message() == MessageType::rejected);
	}));
}

TEST_CASE("max memory bounds bodies that are being read")
{
	TestServer t;
	t.config.max_memory = 100000;
	t.start();
	t.attach_mail();
	std::string request =
	    post_request(good_message + std::string(80000, ' '));
	Client first = t.connect(), second = t.connect();

	first.send(request.substr(0, 1000));
	t.run_for(10);
	CHECK(t.segment.memory_held() > 80000);
	second.send(request.substr(0, 1000));
	CHECK(t.answered(second, "503"));
	CHECK(second.has("Retry-After: "));
	CHECK(second.has("\"overloaded\""));
	first.close();
	CHECK(t.until([&] { return (t.segment.memory_held() == 0); }));
}

TEST_CASE("max memory bounds what is made of bodies, too")
{
	TestServer t;
	t.config.max_body = 2000000;
	t.config.max_request = 2000000;
	t.config.max_memory = 200000;
	t.start();
	t.attach_mail();
	std::string body = good_message;
	body.insert(body.size() - 3, std::string(60000, 'b') + "\\n");
	std::string large = post_request(body);
	Client client = t.connect(), other = t.connect();
	auto send = [&t](Client &from, std::string_view octets) {
		while (!octets.empty()) {
			octets.remove_prefix(from.send(octets));
			t.turn();
		}
	};

	/* There is room for all bodies, but not for this message as well. */
	send(other, post_request(std::string(100000, ' ')).substr(0, 1000));
	t.run_for(10);
	CHECK(t.segment.memory_held() == 100000);
	send(client, large);
	CHECK(t.answered(client, "503"));
	CHECK(client.has("Retry-After: "));
	CHECK(client.has("\"overloaded\""));
	CHECK(client.has("for the message"));
	CHECK(t.segment.memory_held() == 100000);
	CHECK_FALSE(t.mail_message() == MessageType::submit);

	/* Alone it is taken, whatever it needs. */
	other.close();
	CHECK(t.until([&] { return (t.segment.memory_held() == 0); }));
	body.insert(body.size() - 3, std::string(1000000, 'b'));
	client.received.clear();
	send(client, post_request(body));
	t.run_for(10);
	/* The body, its text without escapes, and what relayd-smtp will have. */
	std::size_t held = t.segment.memory_held();
	t.accept(t.take_submission());
	CHECK(held > body.size() + t.submission.size());
	CHECK(held < 2 * body.size() + t.submission.size());
	CHECK(t.answered(client, "202"));
	CHECK(t.until([&] { return (t.segment.memory_held() == 0); }));
}

TEST_CASE("a client that reads nothing is not served without end")
{
	TestServer t;
	t.start();
	std::string request = get_request("/healthz");
	Client client = t.connect();
	std::size_t asked = 0;
	std::size_t sent;

	for (int i = 0; i < 20000; i++) {
		sent = client.send(request);
		if (sent == 0 && i > 5000)
			break;
		asked += sent;
		if (i % 100 == 0)
			t.turn();
	}
	/* More than the server took, or the socket would not be full. */
	CHECK(asked < 20000 * request.size());
	t.run_for(9999);
	CHECK(t.open_connections() == 1);
	t.run_for(1);
	CHECK(t.open_connections() == 0);
}

TEST_CASE("a client that reads late gets everything in order")
{
	TestServer t;
	/* Answers to pipelined requests leave in pieces. */
	t.send_room = 4096;
	t.start();
	Client client = t.connect();
	const std::string two = get_request("/healthz") + get_request("/no");
	std::string unsent, wanted;
	auto send_unsent = [&] {
		std::size_t n = client.send(unsent);
		unsent.erase(0, n);
		return (n != 0);
	};

	/* It is held up, goes on, and is held up again. */
	for (int round = 0; round < 3; round++) {
		/* Until neither side has room for more. */
		for (int tries = 0; tries < 20;) {
			if (unsent.empty()) {
				unsent = two;
				wanted += wanted.empty() ? "200 404" :
				    " 200 404";
			}
			tries = send_unsent() ? 0 : tries + 1;
			if (tries != 0)
				t.turn();
		}
		CHECK(t.until([&] {
			send_unsent();
			client.receive();
			return (unsent.empty());
		}));
		CHECK(t.answered(client, wanted));
	}
}

TEST_CASE("HEAD has no body, 1.0 ends unless asked to stay")
{
	TestServer t;
	t.start();
	Client client = t.connect();

	client.send("HEAD /nothing HTTP/1.1\r\nHost: a\r\n\r\n" +
	    get_request("/healthz"));
	CHECK(t.answered(client, "404 200"));
	CHECK(!client.has("not_found"));

	/* Nor when the head is wrong, with an empty line before it or not. */
	for (const char *before : {"", "\r\n"}) {
		Client wrong = t.connect();

		wrong.send(std::string(before) + "HEAD / HTTP/1.1\r\n\r\n");
		CHECK(t.answered(wrong, "400"));
		CHECK(t.ended(wrong));
		CHECK(!wrong.has("bad_request"));
	}

	Client stays = t.connect();
	stays.send("GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
	CHECK(t.answered(stays, "200"));
	CHECK(stays.has("Connection: keep-alive\r\n"));
	stays.send("GET /healthz HTTP/1.0\r\n\r\n");
	CHECK(t.answered(stays, "200 200"));
	CHECK(t.ended(stays));
}
