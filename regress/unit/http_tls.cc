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

#include <signal.h>

#include "catch.h"
#include "http_server.h"
#include "secure_client.h"

namespace {

HttpTls
some_tls()
{
	HttpTls tls;

	tls.certificates.push_back({"/c", 0, certificate_pem, "",
	    Secret(std::string_view(certificate_key_pem))});
	tls.protocols = "secure";
	tls.ciphers = "secure";
	return (tls);
}

TicketKeys
some_keys(std::uint32_t first, std::uint32_t last)
{
	TicketKeys keys;

	for (std::uint32_t i = first; i <= last; i++)
		keys.keys.push_back({i,
		    Secret(std::string(ticket_key_size,
			static_cast<char>('a' + i)))});
	return (keys);
}

struct SecureServer : TestServer {
	explicit SecureServer(const HttpTls &tls = some_tls())
	{
		auto made = TlsServer::make(tls, some_keys(1, 2));

		signal(SIGPIPE, SIG_IGN);
		INFO((made ? "" : made.error()));
		REQUIRE(made);
		use.tls = *made;
	}
	bool shaken(SecureClient &client)
	{
		return (until([&] {
			return (client.shake_hands() || client.failed);
		}) && !client.failed);
	}
	bool answered(SecureClient &client, std::size_t count)
	{
		return (until([&] {
			client.receive();
			return (client.answers() >= count || client.ended ||
			    client.failed);
		}) && client.answers() == count);
	}
	bool over(SecureClient &client)
	{
		return (until([&] {
			client.receive();
			return (client.ended || client.failed);
		}));
	}

	ListenerUse use;
};

} /* namespace */

TEST_CASE("what TLS holds back is read without an event")
{
	SecureServer t;
	t.start();
	t.attach_mail();
	SecureClient client(t.connect(t.use));
	std::string body = good_message;
	std::string request = post_request(body);

	REQUIRE(t.shaken(client));
	/* The head alone; then the body and a request in one record. */
	client.send(request.substr(0, request.size() - body.size()));
	t.run_for(20);
	client.send(body + get_request("/healthz"));
	std::uint64_t id = t.take_submission();
	REQUIRE(id != 0);
	t.accept(id);
	CHECK(t.answered(client, 2));
}

TEST_CASE("what two connections were sent at once is kept apart")
{
	SecureServer t;
	t.start();
	SecureClient one(t.connect(t.use));
	SecureClient two(t.connect(t.use));

	REQUIRE(t.shaken(one));
	REQUIRE(t.shaken(two));
	/* Each call makes a record; all of them arrive in one turn. */
	for (int i = 0; i < 3; i++) {
		one.send(get_request("/healthz"));
		two.send(get_request("/nothing"));
	}
	CHECK(t.answered(one, 3));
	CHECK(t.answered(two, 3));
}

TEST_CASE("requests that are held up over TLS are not lost")
{
	SecureServer t;
	t.start();
	t.attach_mail();
	SecureClient client(t.connect(t.use));
	std::string many;

	REQUIRE(t.shaken(client));
	client.send(post_request(good_message));
	std::uint64_t id = t.take_submission();
	REQUIRE(id != 0);
	for (int i = 0; i < 2000; i++)
		many += get_request("/healthz");
	std::size_t sent = 0;
	while (std::size_t n = client.send(many.substr(sent, 16384)))
		sent += n;
	REQUIRE(sent > 40000);
	t.run_for(20);
	t.accept(id);
	CHECK(t.until([&] {
		sent += client.send(many.substr(sent, 16384));
		client.receive();
		return (client.answers() == 2001);
	}));
}

TEST_CASE("answers that a TLS client does not read wait for it")
{
	SecureServer t;
	t.start();
	SecureClient client(t.connect(t.use));
	std::string some;
	std::size_t requests = 0;

	REQUIRE(t.shaken(client));
	for (int i = 0; i < 50; i++)
		some += get_request("/nothing");
	/* Until neither side has room for more. */
	for (int tries = 0; tries < 20;) {
		if (client.send(some) == some.size()) {
			requests += 50;
			tries = 0;
		} else
			tries++;
		t.turn();
	}
	CHECK(requests > 500);
	t.run_for(20);
	CHECK(t.until([&] {
		client.send(some);
		client.receive();
		return (client.answers() > requests + 100);
	}));
	CHECK(!client.failed);
}

TEST_CASE("a TLS client that ends its side is answered yet")
{
	SecureServer t;
	t.start();
	SecureClient client(t.connect(t.use));

	REQUIRE(t.shaken(client));
	client.send(get_request("/healthz"));
	client.end_sending();
	CHECK(t.answered(client, 1));
	CHECK(t.over(client));
}

TEST_CASE("a TLS client that goes away has its submission cancelled")
{
	SecureServer t;
	t.start();
	t.attach_mail();
	SecureClient client(t.connect(t.use));

	REQUIRE(t.shaken(client));
	client.send(post_request(good_message));
	REQUIRE(t.take_submission() != 0);
	client.close();
	CHECK(t.until([&] {
		return (t.mail_message() == MessageType::cancel);
	}));
}

TEST_CASE("the handshake comes out of the time for the first head")
{
	SecureServer t;
	t.start();

	/* Nothing at all; the beginning of a ClientHello; no request. */
	Client silent(t.connect(t.use));
	Client dribbling(t.connect(t.use));
	SecureClient shaken(t.connect(t.use));
	SecureClient slow(t.connect(t.use));
	dribbling.send(std::string_view("\x16\x03\x01\x02", 4));
	REQUIRE(t.shaken(shaken));
	REQUIRE(t.shaken(slow));
	slow.send("GET /healthz");
	t.run_for(9999);
	CHECK(t.open_connections() == 4);
	t.run_for(1);
	CHECK(t.ended(silent));
	CHECK(t.ended(dribbling));
	CHECK(silent.received.empty());
	CHECK(dribbling.received.empty());
	CHECK(t.over(shaken));
	CHECK(shaken.received.empty());
	CHECK(t.answered(slow, 1));
	CHECK(slow.has("HTTP/1.1 408 "));
	CHECK(t.counted(Counter::tls_handshakes) == 2);
	/* Who said nothing has not begun one. */
	CHECK(t.counted(Counter::tls_handshakes_failed) == 1);
}

TEST_CASE("when connections are short, who has not shaken hands goes first")
{
	SecureServer t;
	t.config.max_connections = 2;
	t.start();
	Client silent(t.connect(t.use));
	SecureClient busy(t.connect(t.use));

	REQUIRE(t.shaken(busy));
	busy.send("GET /healthz");
	t.run_for(20);
	CHECK(t.server.has_room());
	Client next(t.connect(t.use));
	CHECK(t.ended(silent));
	busy.send(" HTTP/1.1\r\nHost: a\r\n\r\n");
	CHECK(t.answered(busy, 1));
}

TEST_CASE("a PROXY header comes before the handshake")
{
	SecureServer t;
	t.use.proxy = true;
	t.config.trusted_proxies.from =
	    PrefixList({*Prefix::parse("192.0.2.0/24")});
	t.config.monitor_from = PrefixList({*Prefix::parse("198.51.100.1")});
	t.start();
	t.attach_mail();
	/* TCP over IPv4, from 198.51.100.1 port 4096 */
	const std::string_view header("\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c"
				      "\xc6\x33\x64\x01\xc0\0\x02\x01"
				      "\x10\0\x01\xbb", 28);
	Fd end = t.connect(t.use);

	REQUIRE(send(end.get(), header.data(), header.size(), 0) == 28);
	SecureClient client(std::move(end));
	REQUIRE(t.shaken(client));
	client.send(get_request("/readyz"));
	/* The client is the one that may ask. */
	CHECK(t.until([&] {
		return (t.mail_message() == MessageType::ready_query);
	}));

	/* Without the header there is no handshake. */
	SecureClient without(t.connect(t.use));
	CHECK_FALSE(t.shaken(without));
	CHECK(t.counted(Counter::tls_handshakes) == 1);
}

TEST_CASE("a TLS server is not made of what does not fit")
{
	HttpTls tls = some_tls();
	tls.certificates[0].key = Secret(std::string_view(other_key_pem));
	CHECK_FALSE(TlsServer::make(tls, TicketKeys()));
	tls = some_tls();
	tls.certificates[0].chain = "x";
	auto made = TlsServer::make(tls, TicketKeys());
	REQUIRE_FALSE(made);
	CHECK(!made.error().empty());
	tls = some_tls();
	tls.protocols = "x";
	CHECK_FALSE(TlsServer::make(tls, TicketKeys()));
	tls = some_tls();
	tls.ciphers = "x";
	CHECK_FALSE(TlsServer::make(tls, TicketKeys()));
	tls = some_tls();
	tls.client_authorities = "x";
	CHECK_FALSE(TlsServer::make(tls, TicketKeys()));
}

TEST_CASE("ticket keys are renewed while a TLS server is in use")
{
	SecureServer t;
	t.start();

	CHECK(t.use.tls->use_ticket_keys(some_keys(2, 3)));
	CHECK(t.use.tls->use_ticket_keys(some_keys(2, 3)));
	CHECK(t.use.tls->use_ticket_keys(some_keys(3, 4)));
	SecureClient client(t.connect(t.use));
	REQUIRE(t.shaken(client));
	client.send(get_request("/healthz"));
	CHECK(t.answered(client, 1));
}
