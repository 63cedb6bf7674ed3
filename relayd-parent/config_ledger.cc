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

#include <dirent.h>
#include <errno.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include <memory>
#include <string_view>

#include "config_ledger.h"
#include "ledger_place.h"
#include "pathnames.h"

namespace {

/* More is put behind it, at most when a damaged one is moved aside. */
constexpr std::size_t max_file_name =
    255 - std::string_view(".corrupt-YYYYmmddTHHMMSS-wal").size();

struct CloseDirectory {
	void operator()(DIR *directory) const
	{
		closedir(directory);
	}
};

/* What SQLite puts beside the file, and damaged ones that were moved aside. */
bool
is_part(std::string_view name, std::string_view file)
{
	if (!name.starts_with(file))
		return (name == "." || name == "..");
	name.remove_prefix(file.size());
	return (name == "" || name == "-wal" || name == "-shm" ||
	    name == "-journal" || name.starts_with(".corrupt-"));
}

/* The name of something else in it, or empty. */
std::string
find_other(const std::string &directory, const std::string &file)
{
	std::unique_ptr<DIR, CloseDirectory> list(opendir(directory.c_str()));

	while (list != nullptr) {
		const struct dirent *entry = readdir(list.get());
		if (entry == nullptr)
			break;
		if (!is_part(entry->d_name, file))
			return (entry->d_name);
	}
	return ("");
}

std::string
missing_trouble(const std::string &directory)
{
	std::string above = directory_of(directory);
	struct stat status;

	if (stat(above.c_str(), &status) == -1)
		return (above + ": " + strerror(errno) + " (only the last "
		    "directory of the path is made)");
	if (!S_ISDIR(status.st_mode))
		return (above + " is not a directory");
	/* Another user's may be for root, who will start the daemon. */
	if (access(above.c_str(), W_OK | X_OK) == -1 &&
	    (errno == EROFS || status.st_uid == geteuid()))
		return (directory + " cannot be made: " + strerror(errno) +
		    ": make it, or let " + above + " be written to");
	return ("");
}

/* The ledger's file or its log: what SQLite could not open. */
std::string
file_trouble(const std::string &path, uid_t owner)
{
	struct stat status;

	if (lstat(path.c_str(), &status) == -1)
		return (errno == ENOENT || errno == EACCES
			? ""
			: path + ": " + strerror(errno));
	if (!S_ISREG(status.st_mode))
		return (path + " is not a regular file: move it away");
	if (status.st_uid != owner)
		return (ledger_owner_trouble(path, owner));
	if ((status.st_mode & 0600) != 0600)
		return (path + " must be readable and writable for its owner: "
		    "chmod 600 " + path);
	return ("");
}

/* Somebody who checks a configuration need not be who will run it. */
uid_t
expected_owner(const struct stat &status)
{
	struct passwd *pw = getpwnam(smtp_user);

	if (geteuid() != 0 && (pw == nullptr || status.st_uid != pw->pw_uid))
		return (geteuid());
	return (pw != nullptr ? pw->pw_uid : status.st_uid);
}

} /* namespace */

std::string
ledger_trouble(const std::string &path)
{
	std::string directory = directory_of(path);
	std::string file = path.substr(path.rfind('/') + 1);
	struct stat status;

	if (file.size() > max_file_name)
		return ("the name of the file has " +
		    std::to_string(file.size()) + " octets, at most " +
		    std::to_string(max_file_name) + " are allowed");
	if (directory == "/")
		return ("the file needs a directory of its own");
	if (lstat(directory.c_str(), &status) == -1) {
		if (errno == ENOENT)
			return (missing_trouble(directory));
		/* Not for this user to see. */
		return (errno == EACCES
			? ""
			: directory + ": " + strerror(errno));
	}
	uid_t owner = expected_owner(status);
	std::string trouble =
	    ledger_directory_trouble(directory, status, owner);
	if (!trouble.empty())
		return (trouble);
	LedgerFileState state = examine_ledger_file(path);
	if (state.kind == LedgerFileState::Kind::foreign)
		return (path + " " + state.what);
	for (const char *end : {"", "-wal"}) {
		trouble = file_trouble(path + end, owner);
		if (!trouble.empty())
			return (trouble);
	}
	return ("");
}

/* relayd-smtp can do with them what it likes: nobody else's should be there. */
std::string
ledger_company(const std::string &path)
{
	std::string directory = directory_of(path);
	std::string other =
	    find_other(directory, path.substr(path.rfind('/') + 1));

	if (other.empty() || directory == "/")
		return ("");
	return (directory + " holds " + other + " too: relayd-smtp can read "
	    "and change what is there");
}
