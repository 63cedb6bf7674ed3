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
 * getaddrinfo(3) loads what /etc/nsswitch.conf names as it comes to need it,
 * which a process that may not map code cannot do any more.  An object that
 * is loaded is found again by its name.
 */

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <string>

#include "promises.h"

/* "files mymachines [!UNAVAIL=return] dns" */
static void
load_services(char *line)
{
	for (char *word; (word = strsep(&line, " \t\n")) != nullptr;) {
		if (*word == '#')
			return;
		if (*word != '\0' && *word != '[' &&
		    word[strlen(word) - 1] != ']')
			dlopen(("libnss_" + std::string(word) + ".so.2")
				   .c_str(),
			    RTLD_NOW);
	}
}

/* Not with streams: their locales alone take half a megabyte. */
void
load_name_services()
{
	static constexpr char database[] = "hosts:";
	FILE *file = fopen("/etc/nsswitch.conf", "re");
	char *line = nullptr;
	size_t size = 0;

	if (file == nullptr)
		return;
	while (getline(&line, &size, file) != -1)
		if (strncmp(line, database, sizeof(database) - 1) == 0)
			load_services(line + sizeof(database) - 1);
	free(line);
	fclose(file);
}
