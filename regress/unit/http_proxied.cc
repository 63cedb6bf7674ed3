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

/* Clients behind proxies: who is judged, and the PROXY header before it. */

#include <algorithm>

#include "captured_log.h"
#include "catch.h"
#include "http_server.h"

namespace {

/* Only clients of 198.51.100.0/24 are allowed; 192.0.2.1 is trusted. */
class ProxiedServer : public TestServer {
public:
	ProxiedServer()
	{
		config.trusted_proxies.from =
		    PrefixList({*Prefix::parse("192.0.2.0/28")});
		config.allow_from =
		    PrefixList({*Prefix::parse("198.51.100.0/24")});
	}
	/* To a listener that says `proxy'. */
	Client connect_proxied(const char *peer = "192.0.2.1")
	{
		ListenerUse use;

		use.proxy = true;
		return (connect_from(peer, use));
	}
};

std::string
proxy_header(const char *source, unsigned int command = 0x21)
{
	std::string octets("\r\n\r\n\0\r\nQUIT\n", 12);
	std::array<std::uint8_t, 16> address =
	    IpAddress::parse(source)->octets();

	octets += static_cast<char>(command);
	octets += std::string("\x21\x00\x28", 3);
	octets += std::string(address.begin(), address.end());
	octets += std::string(20, '\0');
	return (octets + std::string("\x04\x00\x01x", 4)); /* a TLV */
}

const std::string local_header("\r\n\r\n\0\r\nQUIT\n\x20\x00\x00\x00", 16);

/* 200 for whom allow from admits, else 403. */
const std::string question = get_request(
    "/v1/keys/self", "X-API-Key: " + std::string(test_secret) + "\r\n");

std::string
question_from(const std::string &forwarded_for)
{
	return (get_request("/v1/keys/self", "X-API-Key: " +
	    std::string(test_secret) + "\r\nX-Forwarded-For: " +
	    forwarded_for + "\r\n"));
}

} /* namespace */

TEST_CASE("each request has the client that its own field names")
{
	ProxiedServer t;
	t.start();
	Client proxy = t.connect(), stranger = t.connect_from("198.51.100.9", {});

	proxy.send(question_from("198.51.100.1") +
	    question_from("203.0.113.1") + question_from("x") + question +
	    question_from("198.51.100.1, 203.0.113.1, 192.0.2.2") +
	    question_from("203.0.113.1, 198.51.100.1, 192.0.2.2"));
	/* What cannot be read does not end other clients' connection. */
	CHECK(t.answered(proxy, "200 403 400 403 403 200"));
	CHECK(proxy.has("\"code\":\"bad_request\""));
	CHECK_FALSE(proxy.ended);
	stranger.send(question_from("203.0.113.1") + question_from("x"));
	CHECK(t.answered(stranger, "200 200"));
}

TEST_CASE("a PROXY header takes the place of the peer")
{
	ProxiedServer t;
	t.start();
	Client allowed = t.connect_proxied(), other = t.connect_proxied();

	/* In one segment with what follows. */
	allowed.send(proxy_header("198.51.100.1") + question);
	other.send(proxy_header("203.0.113.1") + question);
	CHECK(t.answered(allowed, "200"));
	CHECK(t.answered(other, "403"));
	/* It counts for all requests of the connection. */
	allowed.send(question);
	CHECK(t.answered(allowed, "200 200"));
	/* Nor does its client, who is no proxy, speak for others. */
	other.send(question_from("198.51.100.1"));
	CHECK(t.answered(other, "403 403"));
}

TEST_CASE("a PROXY header may name a proxy")
{
	ProxiedServer t;
	t.start();
	Client client = t.connect_proxied();

	client.send(proxy_header("192.0.2.7") +
	    question_from("198.51.100.1") + question +
	    question_from("203.0.113.1"));
	CHECK(t.answered(client, "200 403 403"));
}

TEST_CASE("a PROXY header may come octet by octet")
{
	ProxiedServer t;
	t.start();
	Client client = t.connect_proxied();

	for (char c : proxy_header("198.51.100.1") + question) {
		client.send(std::string_view(&c, 1));
		t.turn();
	}
	CHECK(t.answered(client, "200"));
}

TEST_CASE("of LOCAL the peer stays who it is")
{
	ProxiedServer t;
	t.start();
	Client check = t.connect_proxied(), named = t.connect_proxied();

	t.config.allow_from = PrefixList({*Prefix::parse("192.0.2.1")});
	t.start();
	check.send(local_header + question);
	CHECK(t.answered(check, "200"));
	named.send(proxy_header("198.51.100.1", 0x20) + question);
	CHECK(t.answered(named, "200"));
}

TEST_CASE("without a PROXY header nothing is served")
{
	ProxiedServer t;
	t.start();
	for (const std::string &octets :
	    {get_request("/healthz"),
		"PROXY TCP4 198.51.100.1 192.0.2.9 1 2\r\n" +
		    get_request("/healthz"),
		proxy_header("198.51.100.1", 0x11) + question,
		std::string("\x16\x03\x01", 3)}) {
		Client client = t.connect_proxied();

		client.send(octets);
		CHECK(t.ended(client));
		CHECK(client.received.empty());
	}
	/* Only trusted proxies are asked for one. */
	for (const char *peer : {"198.51.100.1", "192.0.2.16"}) {
		Client client = t.connect_proxied(peer);

		client.send(proxy_header("198.51.100.1") + question);
		CHECK(t.ended(client));
		CHECK(client.received.empty());
	}
	CHECK(t.open_connections() == 0);
}

TEST_CASE("each refusal for its PROXY header is a line")
{
	ProxiedServer t;
	t.start();
	CapturedLog log(log_as_json);

	for (int i = 0; i < 2; i++) {
		Client client = t.connect_proxied("198.51.100.1");
		CHECK(t.ended(client));
	}
	std::string lines = log.text();
	CHECK(std::count(lines.begin(), lines.end(), '\n') == 2);
	CHECK(lines.find("\"event\":\"connection_refusal\",\"peer\":"
			 "\"198.51.100.1\",\"reason\":"
			 "\"it is no trusted proxy\"") != std::string::npos);
}

TEST_CASE("a PROXY header that does not come is not waited for")
{
	ProxiedServer t;
	t.start();
	Client silent = t.connect_proxied(), slow = t.connect_proxied();
	Client half = t.connect_proxied(), gone = t.connect_proxied();
	std::string header = proxy_header("198.51.100.1");

	half.send(header.substr(0, 20));
	gone.send(header.substr(0, 20));
	gone.end_sending();
	CHECK(t.ended(gone));
	CHECK(t.open_connections() == 3);
	/* An octet now and then does not make it longer. */
	t.dribble(slow, header, 200, 10000);
	CHECK(t.open_connections() == 3);
	t.run_for(1);
	CHECK(t.open_connections() == 0);
	for (Client *client : {&silent, &slow, &half, &gone}) {
		client->receive();
		CHECK(client->ended);
		CHECK(client->received.empty());
	}
}

TEST_CASE("who has sent no PROXY header gives way")
{
	ProxiedServer t;
	t.config.max_connections = 1;
	t.start();
	Client silent = t.connect_proxied();

	CHECK(t.server.has_room());
	Client client = t.connect_proxied();
	CHECK(t.ended(silent));
	/* One that has arrived meanwhile is served. */
	client.send(proxy_header("198.51.100.1"));
	CHECK(t.server.has_room());
	Client asking = t.connect_proxied();
	CHECK(t.ended(client));
	asking.send(proxy_header("198.51.100.1") + question);
	t.server.has_room();
	CHECK(t.answered(asking, "200"));
}

TEST_CASE("connections are counted by the client that PROXY names")
{
	ProxiedServer t;
	t.config.max_connections_per_address = 2;
	t.start();
	std::vector<Client> proxied, plain;

	/* A trusted proxy brings as many as it likes. */
	for (int i = 0; i < 5; i++)
		plain.push_back(t.connect());
	for (int i = 0; i < 5; i++)
		proxied.push_back(t.connect_proxied());
	for (int i = 0; i < 3; i++)
		proxied[i].send(proxy_header("198.51.100.1") + question);
	CHECK(t.answered(proxied[0], "200"));
	CHECK(t.answered(proxied[1], "200"));
	CHECK(t.ended(proxied[2]));
	CHECK(proxied[2].received.empty());
	/* Neither another client is concerned, nor a proxy behind it. */
	proxied[3].send(proxy_header("198.51.100.2") + question);
	CHECK(t.answered(proxied[3], "200"));
	proxied[4].send(proxy_header("192.0.2.2") + question);
	for (int i = 0; i < 3; i++) {
		proxied.push_back(t.connect_proxied());
		proxied.back().send(proxy_header("192.0.2.2") + question);
		CHECK(t.answered(proxied.back(), "403"));
	}
	/* Who comes by another way is the same client. */
	Client direct = t.connect_from("198.51.100.1", {});
	CHECK(t.ended(direct));
	/* A place that is left is free again. */
	CHECK(t.open_connections() == 12);
	proxied[0].close();
	CHECK(t.until([&] { return (t.open_connections() == 11); }));
	Client next = t.connect_proxied();
	next.send(proxy_header("198.51.100.1") + question);
	CHECK(t.answered(next, "200"));
	for (Client &client : plain) {
		client.receive();
		CHECK_FALSE(client.ended);
	}
}

TEST_CASE("a POST during a shutdown is logged as the client's")
{
	ProxiedServer t;
	t.start();
	t.attach_mail();
	CapturedLog log(log_as_text);
	Client client = t.connect(), other = t.connect();
	auto post = [](const char *from) {
		return (post_request(good_message,
		    "X-Forwarded-For: " + std::string(from) + "\r\n"));
	};
	std::string allowed = post("198.51.100.9"), refused = post("192.0.2.99");

	client.send(allowed.substr(0, 20));
	other.send(refused.substr(0, 20));
	t.turn();
	t.server.shutdown();
	client.send(allowed.substr(20));
	REQUIRE(t.answered(client, "503"));
	std::string line = log.text();
	INFO(line);
	CHECK(line.find(": message refused ") != std::string::npos);
	CHECK(line.find(" client=198.51.100.9 ") != std::string::npos);
	CHECK(line.find(" code=shutting_down ") != std::string::npos);
	/* Who is not allowed is told so, as ever. */
	other.send(refused.substr(20));
	CHECK(t.answered(other, "403"));
}
