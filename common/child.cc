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
#include <sys/socket.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <new>

#include "child.h"
#include "compat/compat.h"
#include "log.h"

namespace {

bool
is_socket(int fd)
{
	struct stat st;

	return (fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode));
}

void
close_on_exec(int fd)
{
	if (fcntl(fd, F_SETFD, FD_CLOEXEC) == -1)
		fatal("fcntl");
}

[[noreturn]] void
not_by_hand(const char *program)
{
	fprintf(stderr, "%s: is started by http-smtp-rele(8), not by hand\n",
	    program);
	exit(1);
}

std::uint32_t
slot_number(const char *text, const char *program)
{
	char *end;

	errno = 0;
	unsigned long number = strtoul(text, &end, 10);
	if (errno != 0 || *end != '\0' || number > 1000)
		not_by_hand(program);
	return (static_cast<std::uint32_t>(number));
}

/* No exception that nobody catches: it is logged, and the parent goes on. */
[[noreturn]] void
out_of_memory()
{
	/* Saying so needs some, too. */
	std::set_new_handler(nullptr);
	errno = ENOMEM;
	fatal("no memory");
}

/* The parent tells a child what to do; signals are for the parent. */
void
ignore_signals()
{
	for (int number : {SIGHUP, SIGINT, SIGTERM, SIGPIPE, SIGUSR1, SIGUSR2})
		signal(number, SIG_IGN);
}

} /* namespace */

ChildOptions
child_start(int argc, char *argv[], const char *program)
{
	ChildOptions options;
	int ch;

	if (!is_socket(child_parent_fd))
		not_by_hand(program);
	/* Before anything that is opened here could be taken for it. */
	const bool has_syslog = is_socket(child_syslog_fd);
	return_large_memory();
	setproctitle_init(argc, argv);
	while ((ch = getopt(argc, argv, "dvXn:D:R")) != -1) {
		switch (ch) {
		case 'd':
			options.to_stderr = true;
			break;
		case 'v':
			options.verbose++;
			break;
		case 'X':
			options.no_sandbox = true;
			break;
		case 'n':
			options.slot = slot_number(optarg, program);
			break;
		case 'D':
			options.directory = optarg;
			break;
		case 'R': /* the parent's own: the resolver */
			break;
		default:
			not_by_hand(program);
		}
	}
	if (optind != argc)
		not_by_hand(program);
	ignore_signals();
	closefrom(child_syslog_fd + 1);
	close_on_exec(child_parent_fd);
	log_init(program, options.to_stderr, options.verbose);
	std::set_new_handler(out_of_memory);
	if (has_syslog) {
		close_on_exec(child_syslog_fd);
		log_set_syslog(child_syslog_fd);
	}
	return (options);
}

Fd
child_parent_socket()
{
	return (Fd(child_parent_fd));
}

void
child_drop(const ChildOptions &options, const char *user, const char *root,
    const char *title)
{
	remember_time_zone();

	if (geteuid() == 0) {
		struct passwd *pw = getpwnam(user);
		if (pw == nullptr)
			fatalx("no user %s (make setup adds it)", user);
		uid_t uid = pw->pw_uid;
		gid_t gid = pw->pw_gid;
		if (uid == 0 || gid == 0)
			fatalx("user %s must not be root", user);
		if (chroot(root) == -1)
			fatal("chroot %s", root);
		if (chdir("/") == -1)
			fatal("chdir");
		setproctitle("%s", title);
		if (setgroups(1, &gid) == -1 ||
		    setresgid(gid, gid, gid) == -1 ||
		    setresuid(uid, uid, uid) == -1)
			fatal("cannot become %s", user);
	} else
		setproctitle("%s", title);
	if (!options.no_sandbox && forbid_core_dump() == -1)
		fatal("cannot forbid core dumps");
}

void
child_confine(const ChildOptions &options, const char *promises,
    const char *path, const char *permissions)
{
	if (options.no_sandbox)
		return;
	/* One call: of what one hides, another does not give back any. */
	if (path == nullptr) {
		path = "/";
		permissions = "";
	}
	if (unveil(path, permissions) == -1)
		fatal("unveil %s", path);
	if (unveil(nullptr, nullptr) == -1)
		fatal("unveil");
	if (pledge(promises, nullptr) == -1)
		fatal("pledge %s", promises);
}
