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
 * The parent's side of the resolver: which addresses a relay's name has.
 * The look-up itself is done by a process of its own, so that a name server
 * that hangs delays nobody, and what it answers is parsed where no secret is.
 */

#ifndef RELAYD_PARENT_RESOLVER_H
#define RELAYD_PARENT_RESOLVER_H

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "child_process.h"
#include "messages.h"

class ResolverListener {
public:
	/* The name was looked up anew: it has addresses, or it has none. */
	virtual void name_resolved(const std::string &name) = 0;

protected:
	~ResolverListener() = default;
};

class Resolver {
public:
	Resolver(ChildProcess &resolver_child, ResolverListener &name_listener)
	    : child(resolver_child), listener(name_listener)
	{
	}

	/*
	 * What is known of a name, which may be a minute old and is asked for
	 * again then; nullptr when nothing is known yet, and the listener will
	 * be told.  failing: a connection failed, so a second is old enough.
	 * An empty list: there is no such name.
	 */
	const std::vector<IpAddress> *addresses(const std::string &name,
	    bool failing);
	/* At start and at reload: asks for all of these, forgets others. */
	void use_names(const std::vector<std::string> &names);

	/* The process is there (again): what was asked is asked again. */
	void child_ready();
	bool resolved(std::string_view payload); /* false: malformed */

private:
	struct Name {
		std::uint64_t query = 0; /* under way, 0: none */
		bool known = false;
		std::vector<IpAddress> addresses;
		Clock::time_point asked;
	};

	void ask(const std::string &text, Name &name);

	ChildProcess &child;
	ResolverListener &listener;
	std::map<std::string, Name> names;
	std::uint64_t last_query = 0;
};

#endif
