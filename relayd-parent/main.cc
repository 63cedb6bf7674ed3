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
 * http-smtp-rele(8): the privileged parent.  The order of the steps in main()
 * is that of OpenBSD's own daemons.
 */

#include <sys/types.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compat/compat.h"
#include "config.h"
#include "keygen.h"
#include "listeners.h"
#include "log.h"
#include "parent.h"
#include "pathnames.h"
#include "resolver_process.h"

namespace {

struct CommandLine {
	ParentOptions options;
	bool foreground = false; /* -d, -F */
	bool check_only = false; /* -n */
	const char *new_key = nullptr; /* -K */
};

void
print_usage(FILE *file)
{
	fprintf(file,
	    "usage: http-smtp-rele [-dFnvX] [-D macro=value] [-f file]\n"
	    "       http-smtp-rele -K name\n"
	    "       http-smtp-rele -V\n"
	    "  -D macro=value  define a macro of the configuration\n"
	    "  -d              stay in the foreground and log to standard "
	    "error\n"
	    "  -F              stay in the foreground and log as configured\n"
	    "  -f file         read this configuration, not %s\n"
	    "  -K name         print a new API key and its secret\n"
	    "  -n              check the configuration; with -v, print it\n"
	    "  -V, --version   print name and version\n"
	    "  -v              say more; may be repeated\n"
	    "  -X              run without a sandbox, for debugging\n"
	    "      --help      print this\n",
	    path_config);
}

[[noreturn]] void
usage()
{
	print_usage(stderr);
	exit(1);
}

/* What was asked for has been printed. */
[[noreturn]] void
end_of_output()
{
	if (fflush(stdout) == EOF)
		fatal("standard output");
	exit(0);
}

CommandLine
parse_command_line(int argc, char *argv[])
{
	enum { help_flag = UCHAR_MAX + 1 };
	static const struct option long_flags[] = {
	    {"help", no_argument, nullptr, help_flag},
	    {"version", no_argument, nullptr, 'V'},
	    {nullptr, 0, nullptr, 0},
	};
	CommandLine line;
	int ch;

	line.options.config.path = path_config;
	while ((ch = getopt_long(argc, argv, "D:dFf:K:nVvX", long_flags,
		    nullptr)) != -1) {
		switch (ch) {
		case 'D': {
			Result<ConfigMacro> macro = parse_macro(optarg);
			if (!macro)
				fatalx("-D: %s", macro.error().c_str());
			line.options.config.macros.push_back(*macro);
			break;
		}
		case 'd':
			line.options.debug = true;
			line.foreground = true;
			break;
		case 'F':
			line.foreground = true;
			break;
		case 'f':
			line.options.config.path = optarg;
			break;
		case 'K':
			line.new_key = optarg;
			break;
		case 'n':
			line.check_only = true;
			break;
		case 'V':
			printf("http-smtp-rele %s\n", release_version);
			end_of_output();
		case 'v':
			line.options.verbose++;
			line.options.config.verbose = true;
			break;
		case 'X':
			line.options.no_sandbox = true;
			break;
		case help_flag:
			print_usage(stdout);
			end_of_output();
		default:
			usage();
		}
	}
	if (argc != optind || line.options.config.path.empty())
		usage();
	line.options.config.detached = !line.foreground && !line.check_only;
	return (line);
}

void
print_config_message(ConfigMessage, const std::string &text)
{
	fprintf(stderr, "%s\n", text.c_str());
}

/* Nothing that is opened later takes the place of one that is closed. */
void
open_standard_descriptors()
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd != -1 && fd <= STDERR_FILENO);
	if (fd == -1)
		fatal("/dev/null");
	close(fd);
}

/* daemon(3) changes to /, and a reload reads the file again. */
std::string
absolute_path(const std::string &path)
{
	char directory[PATH_MAX];

	if (path.front() == '/')
		return (path);
	if (getcwd(directory, sizeof(directory)) == nullptr)
		fatal("getcwd");
	return (std::string(directory) + "/" + path);
}

void
check_users()
{
	struct stat st;

	if (geteuid() != 0) {
		log_warnx("not started as root: the children keep this user "
		    "and are not in a chroot");
		return;
	}
	for (const char *user : {http_user, smtp_user}) {
		if (getpwnam(user) == nullptr)
			fatalx("no user %s (make setup adds it)", user);
	}
	if (stat(path_chroot, &st) == -1)
		fatal("%s (make setup makes it)", path_chroot);
	if (!S_ISDIR(st.st_mode) || st.st_uid != 0 || (st.st_mode & 022) != 0)
		fatalx("%s must be a directory that only root can write to",
		    path_chroot);
}

/* As many as there are: the children inherit it. */
void
raise_descriptor_limit(const Config &config)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1)
		fatal("getrlimit");
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) == -1)
		log_warn("cannot raise the limit of descriptors");
	else
		log_debug("%llu descriptors, relayd-http needs %llu",
		    static_cast<unsigned long long>(limit.rlim_cur),
		    static_cast<unsigned long long>(http_descriptors(config)));
}

/* From here on, log as configured. */
void
open_log(const CommandLine &line, const Config &config)
{
	bool to_stderr = line.options.debug || config.log.settings.to_stderr;
	Fd syslog_socket(to_stderr ? -1 : compat_syslog_open());

	if (!to_stderr && !syslog_socket.valid() && errno != ENOTSUP)
		log_warn("no syslogd: lines are lost until there is one "
		    "(log { to stderr } with -F needs none)");
	log_init("http-smtp-rele", line.options.debug, line.options.verbose);
	log_configure(config.log.settings);
	if (syslog_socket.valid())
		log_set_syslog(syslog_socket.release());
}

} /* namespace */

int
main(int argc, char *argv[])
{
	/* The resolver is this program again. */
	if (argc > 1 && strcmp(argv[1], "-R") == 0)
		resolver_main(argc, argv);

	log_init("http-smtp-rele", true, 0);
	open_standard_descriptors();
	CommandLine line = parse_command_line(argc, argv);
	if (line.new_key != nullptr)
		return (print_new_key(line.new_key));

	line.options.config.path = absolute_path(line.options.config.path);
	std::optional<Config> config;
	if (line.check_only) {
		config = parse_config(line.options.config,
		    print_config_message);
		if (!config)
			return (1);
		if (line.options.verbose > 0)
			fputs(print_config(*config).c_str(), stdout);
		fprintf(stderr, "configuration OK\n");
		return (0);
	}

	/* A reload before there is anything to reload ends nobody. */
	signal(SIGHUP, SIG_IGN);
	check_users();
	config = parse_config(line.options.config, print_config_message);
	if (!config)
		return (1);
	raise_descriptor_limit(*config);
	std::optional<ListenerSet> listeners =
	    bind_listeners(config->listeners, {}, print_config_message);
	if (!listeners)
		return (1);

	open_log(line, *config);
	if (!line.foreground && daemon(1, 0) == -1)
		fatal("daemon");
	if (!line.foreground && chdir("/") == -1)
		fatal("chdir");
	log_info("startup");

	Parent parent(line.options, std::move(*config), std::move(*listeners));
	return (parent.run());
}
