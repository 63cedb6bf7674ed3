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
#include <sys/resource.h>
#include <sys/stat.h>

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "config.h"
#include "config_file.h"
#include "config_ledger.h"
#include "interface.h"

/* The machine that the daemon runs on; tests have another. */

static std::string
system_hostname()
{
	char name[HOST_NAME_MAX + 1];

	if (gethostname(name, sizeof(name)) == -1)
		return ("");
	name[sizeof(name) - 1] = '\0';
	return (name);
}

static std::string
program_trouble(const std::string &path)
{
	struct stat status;

	if (stat(path.c_str(), &status) == -1)
		return (std::string("cannot be run: ") + strerror(errno));
	if (!S_ISREG(status.st_mode))
		return ("is not a file");
	return ((status.st_mode & 0111) != 0 ? "" : "is not executable");
}

static std::uint64_t
system_descriptors()
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1)
		return (0);
	return (limit.rlim_max == RLIM_INFINITY ? UINT64_MAX : limit.rlim_max);
}

ConfigSystem
config_system()
{
	ConfigSystem system;

	system.read_file = read_config_file;
	system.hostname = system_hostname;
	system.interface_addresses = interface_addresses;
	system.ledger_trouble = ledger_trouble;
	system.ledger_company = ledger_company;
	system.program_trouble = program_trouble;
	system.descriptors = system_descriptors();
	return (system);
}
