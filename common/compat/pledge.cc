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

#include <sys/prctl.h>

#include <errno.h>

#include <optional>
#include <string_view>

#include "compat.h"
#include "promises.h"

static constexpr struct {
	std::string_view word;
	Promise promise;
} words[] = {
	{ "stdio", PLEDGE_STDIO },
	{ "rpath", PLEDGE_RPATH },
	{ "wpath", PLEDGE_WPATH },
	{ "cpath", PLEDGE_CPATH },
	{ "fattr", PLEDGE_FATTR },
	{ "flock", PLEDGE_FLOCK },
	{ "unix", PLEDGE_UNIX },
	{ "recvfd", PLEDGE_RECVFD },
	{ "dns", PLEDGE_DNS },
	{ "inet", PLEDGE_INET },
	{ "sendfd", PLEDGE_SENDFD },
	{ "proc", PLEDGE_PROC },
	{ "exec", PLEDGE_EXEC },
	{ "id", PLEDGE_ID },
};

static std::optional<Promise>
find_promise(std::string_view word)
{
	for (const auto &known : words)
		if (known.word == word)
			return (known.promise);
	return (std::nullopt);
}

static std::optional<unsigned int>
parse_promises(std::string_view text)
{
	unsigned int promises = 0;

	while (!text.empty()) {
		const std::string_view word = text.substr(0, text.find(' '));

		text.remove_prefix(word.size());
		if (!text.empty())
			text.remove_prefix(1);
		if (word.empty())
			continue;
		const auto promise = find_promise(word);
		if (!promise)
			return (std::nullopt);
		promises |= *promise;
	}
	return (promises);
}

int
pledge(const char *promises, const char *execpromises)
{
	const auto wanted =
	    parse_promises(promises == nullptr ? "" : promises);

	if (!wanted || execpromises != nullptr ||
	    ((*wanted & PLEDGE_PARENT) != 0 && !(*wanted & PLEDGE_EXEC))) {
		errno = EINVAL;
		return (-1);
	}
	if (*wanted & PLEDGE_EXEC)
		return (filter_for_parent());
	if (*wanted & PLEDGE_DNS)
		load_name_services();
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 ||
	    landlock_restrict(*wanted) == -1)
		return (-1);
	return (filter_by_promises(*wanted));
}
