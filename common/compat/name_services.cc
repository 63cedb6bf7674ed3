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

#include <fstream>
#include <sstream>
#include <string>

#include "promises.h"

static void
load_services(const std::string &line)
{
	std::istringstream words(line);
	std::string word;

	/* "hosts: files mymachines [!UNAVAIL=return] dns" */
	while (words >> word) {
		if (word.front() == '#')
			return;
		if (word.front() != '[' && word.back() != ']')
			dlopen(("libnss_" + word + ".so.2").c_str(), RTLD_NOW);
	}
}

void
load_name_services()
{
	static constexpr std::string_view database = "hosts:";
	std::ifstream file("/etc/nsswitch.conf");
	std::string line;

	while (std::getline(file, line))
		if (line.starts_with(database))
			load_services(line.substr(database.size()));
}
