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

/* What is logged to stderr, for as long as one of these lives. */

#ifndef REGRESS_UNIT_CAPTURED_LOG_H
#define REGRESS_UNIT_CAPTURED_LOG_H

#include <sys/types.h>

#include <fcntl.h>
#include <stdlib.h>
#include <syslog.h>
#include <unistd.h>

#include <string>

#include "catch.h"
#include "fd.h"
#include "log.h"

const LogSettings log_as_text{true, LOG_MAIL, false, LogLevel::info};
const LogSettings log_as_json{true, LOG_MAIL, true, LogLevel::info};

class CapturedLog {
public:
	/* A file takes all; a pipe only so much, until text() is called. */
	enum class Into { file, pipe };

	explicit CapturedLog(const LogSettings &settings, int verbose = 0,
	    Into into = Into::file)
	{
		Fd out;
		if (into == Into::pipe) {
			int fds[2];
			REQUIRE(pipe2(fds, O_NONBLOCK | O_CLOEXEC) == 0);
			in = Fd(fds[0]);
			out = Fd(fds[1]);
		} else {
			char name[] = "/tmp/log-XXXXXX";
			out = Fd(mkstemp(name));
			REQUIRE(out.valid());
			in = Fd(open(name, O_RDONLY | O_CLOEXEC));
			REQUIRE(unlink(name) == 0);
			REQUIRE(in.valid());
		}
		kept = Fd(dup(STDERR_FILENO));
		dup2(out.get(), STDERR_FILENO);
		log_init("tester", true, verbose);
		log_configure(settings);
	}
	~CapturedLog()
	{
		dup2(kept.get(), STDERR_FILENO);
		log_init("test", true, 0);
	}

	/* Since the last call. */
	std::string text() const
	{
		std::string all;
		char buffer[65536];
		ssize_t n;

		while ((n = read(in.get(), buffer, sizeof(buffer))) > 0)
			all.append(buffer, static_cast<std::size_t>(n));
		return (all);
	}

private:
	Fd in, kept;
};

#endif
