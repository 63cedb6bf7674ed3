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
#include <sys/stat.h>

#include <fcntl.h>
#include <pwd.h>
#include <unistd.h>

#include <cerrno>

#include "fd.h"
#include "ledger_directory.h"
#include "ledger_place.h"
#include "log.h"

bool
prepare_ledger_directory(const std::string &directory, const char *user)
{
	const char *name = directory.c_str();
	struct passwd *pw = geteuid() == 0 ? getpwnam(user) : nullptr;
	uid_t owner = pw != nullptr ? pw->pw_uid : geteuid();
	struct stat st;

	umask(077); /* for what SQLite makes in it */
	bool is_new = mkdir(name, 0700) == 0;
	if (!is_new && errno != EEXIST) {
		log_warn("ledger's directory %s", name);
		return (false);
	}
	Fd fd(open(name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
	if (!fd.valid() || fstat(fd.get(), &st) == -1 ||
	    (is_new && pw != nullptr &&
		fchown(fd.get(), pw->pw_uid, pw->pw_gid) == -1)) {
		log_warn("ledger's directory %s", name);
		return (false);
	}
	std::string trouble = is_new
	    ? ""
	    : ledger_directory_trouble(directory, st, owner);
	if (!trouble.empty())
		log_warnx("ledger: %s", trouble.c_str());
	return (trouble.empty());
}

std::string
path_below(const std::string &root, const std::string &path)
{
	std::string beginning = root.back() == '/' ? root : root + "/";

	return (path.starts_with(beginning)
		? path.substr(beginning.size() - 1)
		: path);
}
