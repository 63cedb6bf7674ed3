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

#include <sys/types.h>
#include <sys/socket.h>

#include <netdb.h>
#include <stdlib.h>

#include "child.h"
#include "log.h"
#include "messages.h"
#include "pathnames.h"
#include "process_meter.h"
#include "resolver_process.h"

namespace {

NameAnswer
resolve(const NameQuery &query)
{
	NameAnswer answer;
	struct addrinfo hints = {};
	struct addrinfo *first = nullptr;

	answer.id = query.id;
	hints.ai_family = AF_UNSPEC;
	hints.ai_socktype = SOCK_STREAM;
	hints.ai_flags = AI_ADDRCONFIG;
	answer.error = getaddrinfo(query.name.c_str(), nullptr, &hints, &first);
	if (answer.error != 0)
		return (answer);
	for (struct addrinfo *ai = first; ai != nullptr; ai = ai->ai_next) {
		std::optional<IpAddress> address =
		    IpAddress::from_sockaddr(ai->ai_addr);
		if (address && answer.addresses.size() < name_addresses_max)
			answer.addresses.push_back(*address);
	}
	freeaddrinfo(first);
	if (answer.addresses.empty())
		answer.error = EAI_NONAME;
	return (answer);
}

/* One query after another: it may wait, for nobody waits in it. */
class ResolverProcess : private ChannelHandler {
public:
	ResolverProcess(EventLoop &event_loop, Fd parent)
	    : loop(event_loop),
	      channel(event_loop, std::move(parent),
		  ImsgSocket::Descriptors::refused, *this)
	{
		channel.compose(type_of(MessageType::hello), write_hello());
		tell_usage();
		channel.flush();
	}

private:
	bool channel_message(Channel &, Imsg &message) override;
	void channel_closed(Channel &) override
	{
		loop.stop();
	}

	void tell_usage()
	{
		channel.compose(type_of(MessageType::usage),
		    write_usage(process_usage()));
	}

	EventLoop &loop;
	Channel channel;
};

bool
ResolverProcess::channel_message(Channel &, Imsg &message)
{
	std::optional<NameQuery> query;

	if (message.type == type_of(MessageType::resolve))
		query = read_resolve(message.data);
	if (!query)
		return (false);
	channel.compose(type_of(MessageType::resolved),
	    write_resolved(resolve(*query)));
	tell_usage();
	/* The next query may take long. */
	channel.flush();
	return (true);
}

} /* namespace */

void
resolver_main(int argc, char *argv[])
{
	ChildOptions options = child_start(argc, argv, "resolver");
	EventLoop loop;

	/* getaddrinfo(3) reads files, so this child keeps the root. */
	child_drop(options, smtp_user, "/", "resolver");
	/* stdio: the channel; dns: getaddrinfo(3). */
	child_confine(options, "stdio dns");

	ResolverProcess process(loop, child_parent_socket());
	loop.run();
	exit(0);
}
