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
 * ps(1) shows the memory that argv and, behind it, environ came in: the title
 * is written there.
 */

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "compat.h"

namespace {

struct Title {
	char *start = nullptr;
	std::size_t size = 0;
	/* What the memory held, and the pointers to it now. */
	std::vector<std::string> strings;
	std::vector<char *> environment;
};

}

static Title &
title()
{
	static Title instance;

	return (instance);
}

/* The end of what lies without a gap behind end. */
static char *
extend(char *end, char *const strings[])
{
	for (; *strings != nullptr; strings++)
		if (*strings == end)
			end += strlen(end) + 1;
	return (end);
}

void
setproctitle_init(int argc, char *argv[])
{
	Title &self = title();
	std::size_t variables = 0;

	if (argc < 1 || self.start != nullptr)
		return;
	while (environ[variables] != nullptr)
		variables++;
	self.start = argv[0];
	self.size = static_cast<std::size_t>(
	    extend(extend(argv[0], argv), environ) - argv[0]);

	/* Pointers to the strings stay good: there is room for all. */
	self.strings.reserve(static_cast<std::size_t>(argc) + variables);
	for (int i = 0; i < argc; i++)
		argv[i] = self.strings.emplace_back(argv[i]).data();
	for (std::size_t i = 0; i < variables; i++)
		self.environment.push_back(
		    self.strings.emplace_back(environ[i]).data());
	self.environment.push_back(nullptr);
	environ = self.environment.data();

	/* glibc's pointers into what is overwritten. */
	program_invocation_name = argv[0];
	program_invocation_short_name = strrchr(argv[0], '/') == nullptr ?
	    argv[0] : strrchr(argv[0], '/') + 1;
}

void
setproctitle(const char *format, ...)
{
	Title &self = title();
	char text[256];
	va_list arguments;

	if (self.start == nullptr)
		return;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);

	const std::string line = std::string(getprogname()) + ": " + text;
	/* The last octet stays zero: ps shows what is before it. */
	memset(self.start, 0, self.size);
	line.copy(self.start, self.size - 1);
}

const char *
getprogname()
{
	return (program_invocation_short_name);
}
