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

/* Runs a function in a process of its own, confined, and says how it ended. */

#ifndef REGRESS_UNIT_CONFINED_H
#define REGRESS_UNIT_CONFINED_H

#include <sys/wait.h>

#include <signal.h>
#include <unistd.h>

#include <ostream>

#include "compat/compat.h"

/* The promises of the processes: http-smtp-rele(8). */
constexpr char http_promises[] = "stdio unix recvfd";
constexpr char smtp_promises[] = "stdio recvfd";
constexpr char store_promises[] =
    "stdio recvfd rpath wpath cpath fattr flock";
constexpr char resolver_promises[] = "stdio dns";
constexpr char parent_promises[] =
    "stdio rpath inet unix sendfd proc exec id";

enum class Ended { well, badly, killed, unconfined, otherwise };

inline std::ostream &
operator<<(std::ostream &stream, Ended ended)
{
	static constexpr const char *names[] = { "well", "badly",
	    "killed by the sandbox", "without a sandbox", "otherwise" };

	return (stream << names[static_cast<int>(ended)]);
}

#ifdef __linux__
constexpr int violation_signal = SIGSYS;
#else
constexpr int violation_signal = SIGABRT;
#endif

/*
 * prepare and body return whether all went as it should; what prepare does is
 * done before pledge(2).
 */
template <typename Prepare, typename Body>
Ended
run_confined(const char *promises, Prepare prepare, Body body)
{
	int status;
	const pid_t pid = fork();

	if (pid == -1)
		return (Ended::otherwise);
	if (pid == 0) {
		forbid_core_dump();
		if (!prepare() || pledge(promises, nullptr) == -1)
			_exit(2);
		_exit(body() ? 0 : 1);
	}
	if (waitpid(pid, &status, 0) != pid)
		return (Ended::otherwise);
	if (WIFSIGNALED(status))
		return (WTERMSIG(status) == violation_signal ? Ended::killed :
		    Ended::otherwise);
	switch (WEXITSTATUS(status)) {
	case 0:
		return (Ended::well);
	case 1:
		return (Ended::badly);
	case 2:
		return (Ended::unconfined);
	default:
		return (Ended::otherwise);
	}
}

template <typename Body>
Ended
run_confined(const char *promises, Body body)
{
	return (run_confined(promises, [] { return (true); }, body));
}

#endif
