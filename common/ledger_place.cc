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

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "fd.h"
#include "ledger_place.h"

namespace {

/* A file begins so (sqlite.org/fileformat); numbers are big-endian. */
constexpr char magic[16] = "SQLite format 3";
constexpr std::size_t head_size = 100;
constexpr std::size_t version_at = 60;
constexpr std::size_t application_at = 68;

std::uint32_t
big_endian(const unsigned char *at)
{
	return (static_cast<std::uint32_t>(at[0]) << 24 |
	    static_cast<std::uint32_t>(at[1]) << 16 |
	    static_cast<std::uint32_t>(at[2]) << 8 | at[3]);
}

} /* namespace */

LedgerFileState
examine_ledger_file(const std::string &path)
{
	using Kind = LedgerFileState::Kind;

	unsigned char head[head_size];
	/* O_NONBLOCK: a fifo must not hang us. */
	Fd fd(open(path.c_str(),
	    O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY));
	if (!fd.valid() && errno == ENOENT)
		return {Kind::none, ""};
	ssize_t n = fd.valid() ? pread(fd.get(), head, sizeof(head), 0) : -1;
	if (n == -1)
		return {Kind::unknown,
		    std::string("cannot be read: ") + strerror(errno)};
	if (n == 0)
		return {Kind::none, ""};
	if (static_cast<std::size_t>(n) < sizeof(head) ||
	    memcmp(head, magic, sizeof(magic)) != 0)
		return {Kind::damaged, ""};
	std::uint32_t version = big_endian(head + version_at);
	std::uint32_t application = big_endian(head + application_at);
	/* Neither is set yet while all is in the log. */
	if (application != ledger_application_id &&
	    (application | version) != 0)
		return {Kind::foreign,
		    "is another program's database: move it away, or "
		    "configure another path"};
	if (version > ledger_schema_newest)
		return {Kind::foreign,
		    "was written by a newer http-smtp-rele (schema " +
			std::to_string(version) + ", this one knows " +
			std::to_string(ledger_schema_newest) +
			"): install that, or move the file away"};
	return {Kind::ours, ""};
}

std::string
ledger_owner_trouble(const std::string &path, uid_t owner)
{
	return (path + " must belong to the user of relayd-smtp, uid " +
	    std::to_string(owner));
}

std::string
ledger_directory_trouble(const std::string &directory,
    const struct stat &status, uid_t owner)
{
	if (!S_ISDIR(status.st_mode))
		return (directory + " is not a directory");
	if (status.st_uid != owner)
		return (ledger_owner_trouble(directory, owner));
	if ((status.st_mode & 0777) != 0700)
		return (directory + " must be for its owner alone: chmod 700 " +
		    directory);
	return ("");
}

std::string
directory_of(const std::string &path)
{
	std::size_t slash = path.rfind('/');

	return (slash == 0 ? "/" : path.substr(0, slash));
}
