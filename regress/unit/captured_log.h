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

#include <syslog.h>
#include <unistd.h>

#include <string>

#include "catch.h"
#include "fd.h"
#include "log.h"
#include "socket_pair.h"

const LogSettings log_as_text{true, LOG_MAIL, false, LogLevel::info};
const LogSettings log_as_json{true, LOG_MAIL, true, LogLevel::info};

class CapturedLog {
public:
	explicit CapturedLog(const LogSettings &settings, int verbose = 0)
	{
		/* No pipe: OpenBSD's holds 16 KB, and what is over is lost. */
		auto [reader, out] = make_socket_pair();
		in = std::move(reader);
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
