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

/* What the parent may bind while others, or it itself, have a port. */

#include <sys/types.h>
#include <sys/socket.h>

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include <string>

#include "catch.h"
#include "listeners.h"

namespace {

Listen
listen_on(const char *address, std::uint16_t port)
{
	Listen listen;

	listen.address = *IpAddress::parse(address);
	listen.port = port;
	return (listen);
}

std::optional<ListenerSet>
bind_one(const char *address, std::uint16_t port, const ListenerSet &bound,
    std::string *error = nullptr)
{
	return (bind_listeners({listen_on(address, port)}, bound,
	    [&](ConfigMessage, const std::string &text) {
		    if (error != nullptr)
			    *error = text;
	    }));
}

std::uint16_t
port_of(int fd)
{
	struct sockaddr_in6 address = {};
	socklen_t length = sizeof(address);

	REQUIRE(getsockname(fd, reinterpret_cast<struct sockaddr *>(&address),
		    &length) == 0);
	/* At the same place in both families. */
	return (ntohs(address.sin6_port));
}

/* As another program would, with SO_REUSEADDR. */
Fd
bind_by_another(const char *address, std::uint16_t port, bool shares = true)
{
	socklen_t length;
	struct sockaddr_storage ss =
	    IpAddress::parse(address)->to_sockaddr(port, length);
	const int on = shares ? 1 : 0;
	Fd fd(socket(ss.ss_family, SOCK_STREAM, 0));

	if (!fd.valid() ||
	    setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) ==
		-1 ||
	    bind(fd.get(), reinterpret_cast<struct sockaddr *>(&ss), length) ==
		-1)
		return (Fd());
	return (fd);
}

/* A connection that the server ends first lingers on its side. */
void
leave_lingering(int server, std::uint16_t port)
{
	socklen_t length;
	struct sockaddr_storage ss =
	    IpAddress::parse("127.0.0.1")->to_sockaddr(port, length);
	Fd client(socket(AF_INET, SOCK_STREAM, 0));
	char octet;

	REQUIRE(connect(client.get(), reinterpret_cast<struct sockaddr *>(&ss),
		    length) == 0);
	Fd accepted(accept(server, nullptr, nullptr));
	REQUIRE(accepted.valid());
	accepted.reset();
	REQUIRE(read(client.get(), &octet, 1) == 0);
}

} /* namespace */

TEST_CASE("connections that linger keep no port")
{
	auto bound = bind_one("127.0.0.1", 0, {});
	REQUIRE(bound);
	std::uint16_t port = port_of(bound->front()->fd.get());
	leave_lingering(bound->front()->fd.get(), port);
	bound.reset();

	REQUIRE_FALSE(bind_by_another("127.0.0.1", port, false).valid());
	CHECK(errno == EADDRINUSE);
	for (const char *address : {"127.0.0.1", "0.0.0.0"}) {
		INFO(address);
		bound = bind_one(address, port, {});
		REQUIRE(bound);
		leave_lingering(bound->front()->fd.get(), port);
		bound.reset();
	}
}

TEST_CASE("what another has, or has in part, is not bound")
{
	struct {
		const char *held, *wanted;
	} cases[] = {
	    {"127.0.0.1", "127.0.0.1"},
	    {"127.0.0.1", "0.0.0.0"},
	    {"0.0.0.0", "0.0.0.0"},
	    {"::1", "::1"},
	    {"::1", "::"},
	};

	for (const auto &one : cases) {
		INFO(one.held << " " << one.wanted);
		Fd other = bind_by_another(one.held, 0);
		if (!other.valid() && strchr(one.held, ':') != nullptr)
			continue; /* a machine without IPv6 */
		REQUIRE(other.valid());
		REQUIRE(listen(other.get(), 1) == 0);
		std::uint16_t port = port_of(other.get());
		std::string error;
		CHECK_FALSE(bind_one(one.wanted, port, {}, &error));
		CHECK(error.find("cannot listen on " +
		    std::string(one.wanted) + " port " + std::to_string(port) +
		    ": " + strerror(EADDRINUSE)) != std::string::npos);
	}
}

TEST_CASE("what we have ourselves gives way to another form of it")
{
	for (const auto &[first, then] :
	    {std::pair("127.0.0.1", "0.0.0.0"), {"0.0.0.0", "127.0.0.1"}}) {
		INFO(first << " " << then);
		auto bound = bind_one(first, 0, {});
		REQUIRE(bound);
		std::uint16_t port = port_of(bound->front()->fd.get());
		bound->front()->port = port;
		CHECK(bind_one(then, port, *bound));
		auto same = bind_one(first, port, *bound);
		REQUIRE(same);
		CHECK(port_of(same->front()->fd.get()) == port);
	}
}
