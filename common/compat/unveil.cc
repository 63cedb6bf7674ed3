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
 * unveil(2) by Landlock.  Debian 12's <linux/landlock.h> stops at the second
 * version of its interface, so what came later is declared here.
 */

#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <linux/landlock.h>
#include <linux/seccomp.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "compat.h"
#include "fd.h"
#include "promises.h"

namespace {

/* struct landlock_ruleset_attr of version 6; earlier ones are its prefixes. */
struct Ruleset {
	std::uint64_t files;
	std::uint64_t network;
	std::uint64_t scoped;
};

/* struct landlock_net_port_attr of version 4. */
struct PortRule {
	std::uint64_t access;
	std::uint64_t port;
};

struct Unveiled {
	Fd path;
	std::uint64_t access;
};

/* What unveil(2) was told, until pledge(2) makes it hold. */
struct Unveils {
	bool any = false;
	bool locked = false;
	std::vector<Unveiled> paths;
};

}

static constexpr std::uint64_t fs_truncate = 1U << 14;
static constexpr std::uint64_t fs_ioctl_device = 1U << 15;
static constexpr std::uint64_t net_bind_tcp = 1U << 0;
static constexpr std::uint64_t net_connect_tcp = 1U << 1;
static constexpr std::uint64_t scope_abstract_unix = 1U << 0;
static constexpr std::uint64_t scope_signal = 1U << 1;
static constexpr int rule_net_port = 2; /* LANDLOCK_RULE_NET_PORT */

/* What the first version handles: everything up to making symbolic links. */
static constexpr std::uint64_t fs_first =
    (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;
/* What can be granted for a file that is no directory. */
static constexpr std::uint64_t fs_of_file = LANDLOCK_ACCESS_FS_EXECUTE |
    LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_FILE |
    fs_truncate | fs_ioctl_device;

static constexpr std::uint64_t fs_read =
    LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
static constexpr std::uint64_t fs_write =
    LANDLOCK_ACCESS_FS_WRITE_FILE | fs_truncate;
static constexpr std::uint64_t fs_create = LANDLOCK_ACCESS_FS_MAKE_REG |
    LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |
    LANDLOCK_ACCESS_FS_REMOVE_DIR;

static Unveils &
unveils()
{
	static Unveils instance;

	return (instance);
}

static std::optional<std::uint64_t>
parse_permissions(std::string_view permissions)
{
	std::uint64_t access = 0;

	for (const char letter : permissions) {
		if (letter == 'r')
			access |= fs_read;
		else if (letter == 'w')
			access |= fs_write;
		else if (letter == 'x')
			access |= LANDLOCK_ACCESS_FS_EXECUTE;
		else if (letter == 'c')
			access |= fs_create;
		else
			return (std::nullopt);
	}
	return (access);
}

static bool
are_same_file(int a, int b)
{
	struct stat first, second;

	return (fstat(a, &first) == 0 && fstat(b, &second) == 0 &&
	    first.st_dev == second.st_dev && first.st_ino == second.st_ino);
}

int
unveil(const char *path, const char *permissions)
{
	Unveils &state = unveils();

	if (path == nullptr && permissions == nullptr) {
		state.locked = true;
		return (0);
	}
	const auto access = parse_permissions(
	    permissions == nullptr ? "?" : permissions);
	if (state.locked || path == nullptr || !access) {
		errno = state.locked ? EPERM : EINVAL;
		return (-1);
	}
	Fd fd(open(path, O_PATH | O_CLOEXEC));
	if (!fd.valid())
		return (-1);
	/* As on OpenBSD, where no path can be given more than it had. */
	for (const Unveiled &before : state.paths)
		if ((*access & ~before.access) != 0 &&
		    are_same_file(before.path.get(), fd.get())) {
			errno = EPERM;
			return (-1);
		}
	state.any = true;
	state.paths.push_back({std::move(fd), *access});
	return (0);
}

static int
landlock_version()
{
	return (static_cast<int>(syscall(SYS_landlock_create_ruleset, nullptr,
	    0, LANDLOCK_CREATE_RULESET_VERSION)));
}

/* Every right that this version knows: what is not named would be allowed. */
static Ruleset
everything(int version)
{
	Ruleset ruleset = { fs_first, 0, 0 };

	if (version >= 2)
		ruleset.files |= LANDLOCK_ACCESS_FS_REFER;
	if (version >= 3)
		ruleset.files |= fs_truncate;
	if (version >= 4)
		ruleset.network = net_bind_tcp | net_connect_tcp;
	if (version >= 5)
		ruleset.files |= fs_ioctl_device;
	if (version >= 6)
		ruleset.scoped = scope_abstract_unix | scope_signal;
	return (ruleset);
}

static int
allow_beneath(int ruleset, int path, std::uint64_t access)
{
	struct landlock_path_beneath_attr rule = {};
	struct stat status;

	if (fstat(path, &status) == -1)
		return (-1);
	if (!S_ISDIR(status.st_mode))
		access &= fs_of_file;
	if (access == 0)
		return (0);
	rule.allowed_access = access;
	rule.parent_fd = path;
	return (static_cast<int>(syscall(SYS_landlock_add_rule, ruleset,
	    LANDLOCK_RULE_PATH_BENEATH, &rule, 0)));
}

static int
allow_reading(int ruleset, const char *directory)
{
	const Fd fd(open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC));

	/* Not there: nothing that could be read. */
	return (fd.valid() ? allow_beneath(ruleset, fd.get(),
	    LANDLOCK_ACCESS_FS_READ_FILE) : 0);
}

/*
 * What getaddrinfo(3) reads, by directory as the files get replaced:
 * resolv.conf and nsswitch.conf in /etc; in /run what systemd-resolved and
 * others keep, which may come up later than we; and wherever else
 * resolv.conf points.  Name servers are asked over TCP when an answer is long.
 */
static int
allow_name_service(int ruleset, const Ruleset &handled)
{
	const PortRule domain = { net_connect_tcp, 53 };
	char resolv_conf[PATH_MAX];

	if (allow_reading(ruleset, "/etc") == -1 ||
	    allow_reading(ruleset, "/run") == -1)
		return (-1);
	if (realpath("/etc/resolv.conf", resolv_conf) != nullptr) {
		const std::string path = resolv_conf;

		if (allow_reading(ruleset,
		    path.substr(0, path.rfind('/')).c_str()) == -1)
			return (-1);
	}
	if (!(handled.network & net_connect_tcp))
		return (0);
	return (static_cast<int>(syscall(SYS_landlock_add_rule, ruleset,
	    rule_net_port, &domain, 0)));
}

int
landlock_restrict(unsigned int promises)
{
	const int version = landlock_version();

	if (version < 1)
		return (-1);
	Ruleset handled = everything(version);
	/* As on OpenBSD: who promises paths and unveils none sees them all. */
	if ((promises & PLEDGE_PATHS) && !unveils().any)
		handled.files = LANDLOCK_ACCESS_FS_EXECUTE;

	const Fd ruleset(static_cast<int>(syscall(SYS_landlock_create_ruleset,
	    &handled, sizeof(handled), 0)));
	if (!ruleset.valid())
		return (-1);
	for (const Unveiled &unveiled : unveils().paths)
		if (allow_beneath(ruleset.get(), unveiled.path.get(),
		    unveiled.access & handled.files) == -1)
			return (-1);
	if ((promises & PLEDGE_DNS) &&
	    allow_name_service(ruleset.get(), handled) == -1)
		return (-1);
	unveils() = { true, true, {} };
	return (static_cast<int>(
	    syscall(SYS_landlock_restrict_self, ruleset.get(), 0)));
}

int
sandbox_probe(std::string &lacks)
{
	const int version = landlock_version();
	std::uint32_t action = SECCOMP_RET_KILL_PROCESS;

	lacks.clear();
	if (version < 1 ||
	    syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == -1)
		return (-1);
	if (version < 3)
		lacks += "truncating files, ";
	if (version < 4)
		lacks += "TCP ports, ";
	if (version < 5)
		lacks += "ioctl on devices, ";
	if (version < 6)
		lacks += "abstract UNIX sockets, signals, ";
	if (!lacks.empty())
		lacks = "Landlock " + std::to_string(version) + " leaves " +
		    lacks.substr(0, lacks.size() - 2) + " to seccomp";
	return (0);
}
