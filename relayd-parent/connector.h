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
 * of its configuration, or the store, and gets a socket that is connecting.
 */

#ifndef RELAYD_PARENT_CONNECTOR_H
#define RELAYD_PARENT_CONNECTOR_H

#include <cstdint>
#include <deque>
#include <optional>
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

	/* From now on requests are about these relays, and this store. */
	void use(const Config &config, std::uint64_t new_generation);
	/* Answers now, or when the target's name has been looked up. */
	void connect(ChildProcess &child, const ConnectRequest &request);
	/* Its requests need no answer any more. */
	void forget(const ChildProcess &child);

	void name_resolved(const std::string &name) override;

private:
	struct Waiting {
		ChildProcess *child;
		ConnectRequest request;
	};
	/* What can be connected to: by path, by address, or by name. */
	struct Endpoint {
		std::string path; /* of a UNIX socket */
		std::optional<IpAddress> address;
		std::string host;
		std::uint16_t port = 0;
		std::optional<IpAddress> source; /* our end */

		bool has_name() const
		{
			return (path.empty() && !address && !host.empty());
		}
	};

	static Endpoint endpoint_of(const Relay &relay);
	static Endpoint endpoint_of(const Store &store);
	/* nullptr: there is nothing like that to connect to. */
	const Endpoint *find(const ConnectRequest &request) const;
	/* Not valid: result.error says why. */
	static Fd open_socket(const Endpoint &endpoint,
	    const std::vector<IpAddress> &addresses,
	    const ConnectRequest &request, ConnectResult &result);
	static Fd open_local(const std::string &path,
	    const ConnectRequest &request, ConnectResult &result);
	void answer(ChildProcess &child, const ConnectResult &result, Fd fd);

	Resolver name_resolver;
	/* An empty one is no endpoint: a sendmail, a store of another kind. */
	std::vector<Endpoint> relays;
	Endpoint store;
	std::uint64_t generation = 0;
	std::deque<Waiting> waiting; /* for a name; bounded */
};

#endif
