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
 * Logging of all three programs: to stderr or syslog, as text (key=value) or
 * JSON (an object a line).  What can be caused from outside is logged and
 * survived; fatal() and fatalx() are for start-up and for bugs.
 *
 * A line has at most 2,048 octets, but for what syslogd puts before it;
 * control characters are escaped.  Writing never blocks: a line that cannot
 * be written is lost, which is counted, and said once lines can be written.
 */

#ifndef COMMON_LOG_H
#define COMMON_LOG_H

#include <cstdint>
#include <string>
#include <string_view>

enum class LogLevel : std::uint8_t { error, warning, info, debug };

struct LogSettings {
	bool to_stderr = false;
	int facility = 0; /* LOG_MAIL, ... of syslog(3) */
	bool json = false;
	LogLevel level = LogLevel::info;

	bool operator==(const LogSettings &) const = default;
};

constexpr std::size_t log_line_max = 2048;

/*
 * Before anything else: name is what lines begin with ("relayd-http").
 * Until log_configure(), lines go to stderr when to_stderr is set, else to
 * syslog's facility mail.  to_stderr and verbose (-d and -v) outlive
 * log_configure(): the first wins over `log { to }', the second over `level'.
 */
void log_init(const char *name, bool to_stderr, int verbose);
void log_configure(const LogSettings &settings);
/* The parent passed a descriptor for syslog (Linux). */
void log_set_syslog(int fd);
/*
 * Called once when syslog's descriptor failed: whoever can, asks for another.
 */
void log_on_syslog_lost(void (*callback)(void *), void *argument);
bool log_enabled(LogLevel level);
/* Lines that could not be written since the start. */
std::uint64_t log_lost();

/* log_warn() and fatal() append strerror(errno).  errno is kept. */
void log_warn(const char *format, ...)
    __attribute__((__format__(printf, 1, 2)));
void log_warnx(const char *format, ...)
    __attribute__((__format__(printf, 1, 2)));
void log_error(const char *format, ...) /* without errno */
    __attribute__((__format__(printf, 1, 2)));
void log_info(const char *format, ...)
    __attribute__((__format__(printf, 1, 2)));
void log_debug(const char *format, ...)
    __attribute__((__format__(printf, 1, 2)));
/* Exit 1. */
[[noreturn]] void fatal(const char *format, ...)
    __attribute__((__format__(printf, 1, 2)));
[[noreturn]] void fatalx(const char *format, ...)
    __attribute__((__format__(printf, 1, 2)));

/*
 * A line with fields.  Fields that would pass log_line_max are cut, then
 * left out: the least important one comes last.
 *
 *	LogRecord(LogLevel::warning, "relay is down")
 *	    .field("relay", host).field("error", text).write();
 */
class LogRecord {
public:
	LogRecord(LogLevel level, std::string_view message);

	/* Quoted and escaped as the format needs. */
	LogRecord &field(std::string_view name, std::string_view value);
	LogRecord &field(std::string_view name, std::int64_t value);
	void write();

private:
	void begin_field(std::string_view name);

	LogLevel level;
	std::string line;
};

#endif
