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
 * The programs of relays that are a sendmail: relayd-smtp may not execute
 * any, so it asks, and gets the pipes to a program that runs as its user.
 */

#ifndef RELAYD_PARENT_SENDMAIL_H
#define RELAYD_PARENT_SENDMAIL_H

#include <sys/types.h>

#include <cstdint>
#include <list>
#include <map>
#include <string>
#include <vector>

#include "child_process.h"
#include "config.h"
#include "fd.h"
#include "messages.h"

class Sendmail {
public:
	~Sendmail();

	/* From now on requests are about this one, which outlives its use. */
	void use(const Config &config, std::uint64_t new_generation);
	/*
	 * What relayd-smtp sends; false: malformed, or what it may not ask.
	 * Each request is answered, also when its program cannot be started.
	 */
	bool run(ChildProcess &child, std::string_view piece);
	bool finish(ChildProcess &child, std::string_view payload);
	/* The child is gone: what has not got all its message is killed. */
	void forget(const ChildProcess &child);
	/* False: that process is none of them. */
	bool reaped(pid_t pid, int status);

private:
	struct Program {
		ChildProcess *child; /* nullptr: nobody waits for its end */
		std::uint64_t id;
		std::string path;
		pid_t pid;
		Fd input; /* until the whole message was written */
		Fd failure; /* errno of an execve(2) that failed */
	};

	/* An error number, or 0: the argument vector is in argv. */
	int check(const RunRequest &request,
	    std::vector<std::string> &argv) const;
	int start(ChildProcess &child, std::uint64_t id,
	    const std::vector<std::string> &argv);
	void answer(ChildProcess &child, std::uint64_t id, int error);
	static void kill(Program &program);

	const Config *config = nullptr;
	std::uint64_t generation = 0;
	std::list<Program> programs;
	std::map<const ChildProcess *, BlobAssembler> requests;
};

#endif
