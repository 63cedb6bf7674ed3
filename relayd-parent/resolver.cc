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

#include <netdb.h>

#include <set>

#include "log.h"
#include "resolver.h"

namespace {

constexpr std::chrono::minutes fresh_for{1};
constexpr std::chrono::seconds fresh_for_failing{1};

} /* namespace */

const std::vector<IpAddress> *
Resolver::addresses(const std::string &text, bool failing)
{
	Name &name = names[text];
	Clock::duration fresh = fresh_for;

	if (failing || name.addresses.empty())
		fresh = fresh_for_failing;
	if (!name.known || Clock::now() - name.asked >= fresh)
		ask(text, name);
	return (name.known ? &name.addresses : nullptr);
}

void
Resolver::use_names(const std::vector<std::string> &list)
{
	std::set<std::string> wanted(list.begin(), list.end());

	for (auto name = names.begin(); name != names.end();) {
		if (wanted.count(name->first) == 0)
			name = names.erase(name);
		else
			++name;
	}
	for (const std::string &text : wanted)
		ask(text, names[text]);
}

void
Resolver::ask(const std::string &text, Name &name)
{
	if (name.query != 0)
		return;
	name.query = ++last_query;
	name.asked = Clock::now();
	if (child.state == ChildProcess::State::ready)
		child.send(type_of(MessageType::resolve),
		    write_resolve(NameQuery{name.query, text}));
}

void
Resolver::child_ready()
{
	for (const auto &[text, name] : names) {
		if (name.query != 0)
			child.send(type_of(MessageType::resolve),
			    write_resolve(NameQuery{name.query, text}));
	}
}

bool
Resolver::resolved(std::string_view payload)
{
	std::optional<NameAnswer> answer = read_resolved(payload);

	if (!answer)
		return (false);
	for (auto &[text, name] : names) {
		if (name.query != answer->id)
			continue;
		name.query = 0;
		if (answer->error != 0)
			log_warnx("cannot resolve %s: %s%s", text.c_str(),
			    gai_strerror(answer->error),
			    name.addresses.empty() ?
				"" : "; its last addresses stay in use");
		/* A name server that fails does not take a relay away. */
		if (answer->error == 0 || !name.known)
			name.addresses = std::move(answer->addresses);
		name.known = true;
		listener.name_resolved(text);
		break;
	}
	return (true);
}
