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

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fd.h"

#include "config_file.h"

namespace {

/* Nothing for others, and no writing for the group. */
constexpr mode_t forbidden_mode = 027;

Error
system_error(const char *what)
{
	return (Error{std::string(what) + ": " + strerror(errno)});
}

/* Empty, or what is wrong and what to do about it. */
std::string
secrecy_error(
    const struct stat &status, const std::string &path, FileCheck check)
{
	char mode[8];

	if (check == FileCheck::readable)
		return ("");
	if (check == FileCheck::owner_and_mode && status.st_uid != 0 &&
	    status.st_uid != getuid())
		return ("belongs to neither root nor you: chown root " + path);
	if ((status.st_mode & forbidden_mode) != 0) {
		snprintf(mode, sizeof(mode), "%04o",
		    static_cast<unsigned int>(status.st_mode & 07777));
		return (std::string("mode ") + mode +
		    " lets others read it, or "
		    "the group write it: chmod 0640 " +
		    path);
	}
	return ("");
}

Result<Secret>
read_all(int fd, std::size_t size)
{
	/* One more, so that the end is seen without growing the buffer. */
	std::string octets(size + 1, '\0');
	std::size_t length = 0;

	for (;;) {
		if (length == octets.size()) {
			Secret discarded(std::move(octets));
			return (Error{"was written to while it was read: try "
				      "again"});
		}
		ssize_t n =
		    read(fd, octets.data() + length, octets.size() - length);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1) {
			Error error = system_error("cannot be read");
			Secret discarded(std::move(octets));
			return (error);
		}
		if (n == 0)
			break;
		length += static_cast<std::size_t>(n);
	}
	octets.resize(length);
	return (Secret(std::move(octets)));
}

} /* namespace */

Result<Secret>
read_config_file(const std::string &path, FileCheck check)
{
	struct stat status;

	/* O_NONBLOCK: a fifo without a writer must not hang us. */
	Fd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
	if (!fd.valid())
		return (system_error("cannot be opened"));
	if (fstat(fd.get(), &status) == -1)
		return (system_error("cannot be examined"));
	if (!S_ISREG(status.st_mode))
		return (Error{"is not a regular file"});
	if (auto error = secrecy_error(status, path, check); !error.empty())
		return (Error{error});
	if (static_cast<std::uint64_t>(status.st_size) > config_file_max)
		return (Error{"is larger than 16M"});
	return (read_all(fd.get(), static_cast<std::size_t>(status.st_size)));
}
