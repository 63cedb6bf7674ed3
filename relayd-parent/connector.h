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
 * Connections for relayd-smtp, which can make none itself: it names a relay
 * of its configuration, and gets a socket that is connecting.
 */

#ifndef RELAYD_PARENT_CONNECTOR_H
#define RELAYD_PARENT_CONNECTOR_H

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "child_process.h"
#include "config.h"
#include "messages.h"
#include "resolver.h"

class Connector final : public ResolverListener {
public:
	explicit Connector(ChildProcess &resolver_child)
	    : name_resolver(resolver_child, *this)
	{
	}

	Resolver &resolver()
	{
		return (name_resolver);
	}

	/* From now on requests are about these relays. */
	void use_relays(const std::vector<Relay> &list,
	    std::uint64_t new_generation);
	/*
	 * Answers now, or when the relay's name has been looked up.
	 * false: the child asks and does not take what it is given.
	 */
	bool connect(ChildProcess &child, const ConnectRequest &request);
	/* Its requests need no answer any more. */
	void forget(const ChildProcess &child);

	void name_resolved(const std::string &name) override;

private:
	struct Waiting {
		ChildProcess *child;
		ConnectRequest request;
	};

	/* Not valid: result.error says why. */
	Fd open_socket(const Relay &relay,
	    const std::vector<IpAddress> &addresses,
	    const ConnectRequest &request, ConnectResult &result);
	void answer(ChildProcess &child, const ConnectResult &result, Fd fd);

	Resolver name_resolver;
	std::vector<Relay> relays;
	std::uint64_t generation = 0;
	/* A child that leaves more than this untaken asks too much. */
	std::size_t untaken_max = 0;
	std::deque<Waiting> waiting; /* for a name; bounded */
};

#endif
