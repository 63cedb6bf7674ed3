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

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "compat/compat.h"
#include "json_text.h"
#include "log.h"
#include "utf8.h"

namespace {

constexpr std::size_t message_max = 1200; /* octets, as they are written */

/* The one thing that a process has once and every file needs. */
struct LogState {
	const char *name = "http-smtp-rele";
	bool forced_stderr = true;
	int verbose = 0;
	LogSettings settings;
	std::uint64_t lost = 0;
	std::uint64_t lost_said = 0; /* of these */
	time_t lost_said_at = 0;
	void (*syslog_lost)(void *) = nullptr;
	void *syslog_lost_argument = nullptr;
	bool syslog_works = true;
};

LogState state;

bool
to_stderr()
{
	return (state.forced_stderr || state.settings.to_stderr);
}

int
syslog_priority(LogLevel level)
{
	static const int priorities[] = {LOG_ERR, LOG_WARNING, LOG_INFO,
	    LOG_DEBUG};
	int facility = state.settings.facility;

	if (facility == 0)
		facility = LOG_MAIL;
	return (facility | priorities[static_cast<std::size_t>(level)]);
}

const char *
level_name(LogLevel level)
{
	static const char *const names[] = {"error", "warning", "info",
	    "debug"};

	return (names[static_cast<std::size_t>(level)]);
}

/*
 * Never waits for who reads stderr: a full pipe loses the line, or the rest of
 * it.  That a pipe is ready promises room for PIPE_BUF octets, no more.
 */
bool
write_stderr(std::string line)
{
	struct pollfd pfd = {STDERR_FILENO, POLLOUT, 0};

	line.push_back('\n');
	for (std::string_view rest = line; !rest.empty();) {
		if (poll(&pfd, 1, 0) != 1 || (pfd.revents & POLLOUT) == 0)
			return (false);
		ssize_t n = write(STDERR_FILENO, rest.data(),
		    std::min<std::size_t>(rest.size(), PIPE_BUF));
		if (n <= 0)
			return (false);
		rest.remove_prefix(static_cast<std::size_t>(n));
	}
	return (true);
}

void say_lost();

void
emit(LogLevel level, const std::string &line)
{
	int saved_errno = errno;
	bool written;

	if (to_stderr()) {
		if (state.settings.json)
			written = write_stderr(line);
		else
			written = write_stderr(
			    std::string(state.name) + ": " + line);
	} else {
		written = compat_syslog(syslog_priority(level), state.name,
		    line.c_str());
		/* EAGAIN: syslogd is slow, not gone. */
		if (!written && errno != EAGAIN && state.syslog_works) {
			state.syslog_works = false;
			if (state.syslog_lost != nullptr)
				state.syslog_lost(state.syslog_lost_argument);
		}
	}
	if (!written)
		state.lost++;
	else if (state.lost != state.lost_said)
		say_lost();
	errno = saved_errno;
}

/* After a line that could be written, at most once a second. */
void
say_lost()
{
	std::uint64_t count = state.lost - state.lost_said;
	std::uint64_t before = state.lost;
	time_t now = time(nullptr);

	if (now == state.lost_said_at)
		return;
	state.lost_said_at = now;
	LogRecord(LogLevel::warning, std::to_string(count) +
	    " lines were lost: who reads them is slow, or was away")
	    .field("event", "lines_lost")
	    .field("count", static_cast<std::int64_t>(count))
	    .write();
	/* This line may be lost as well: then it is said another time. */
	if (state.lost == before)
		state.lost_said = before;
}

void
append_time(std::string &line)
{
	struct timespec now;
	struct tm tm;
	char text[40];

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	std::size_t n = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text + n, sizeof(text) - n, ".%03ldZ",
	    now.tv_nsec / 1000000);
	line.append(text);
}

/* Controls, quotes and what is no UTF-8 as escapes; everything else as is. */
void
append_escaped(std::string &line, std::string_view text, bool quotes)
{
	char escape[16];

	while (!text.empty()) {
		std::string_view rest = text;
		std::optional<char32_t> c = utf8_take(rest);
		if (!c) {
			snprintf(escape, sizeof(escape), "\\x%02x",
			    static_cast<unsigned char>(text.front()));
			line.append(escape);
			text.remove_prefix(1);
			continue;
		}
		if (is_line_control(*c)) {
			snprintf(escape, sizeof(escape),
			    *c < 0x100 ? "\\x%02x" : "\\u%04x",
			    static_cast<unsigned int>(*c));
			line.append(escape);
		} else {
			if (quotes && (*c == '"' || *c == '\\'))
				line.push_back('\\');
			line.append(text.substr(0, text.size() - rest.size()));
		}
		text = rest;
	}
}

bool
needs_quotes(std::string_view value)
{
	if (value.empty())
		return (true);
	return (std::any_of(value.begin(), value.end(), [](char c) {
		return (c <= ' ' || c == '"' || c == '\\' || c == '=' ||
		    static_cast<unsigned char>(c) >= 0x7f);
	}));
}

/* A name=value pair, or a member of the object, with its value. */
std::string
encode_value(std::string_view value)
{
	std::string encoded;

	if (state.settings.json) {
		append_json_string(encoded, value);
	} else if (needs_quotes(value)) {
		encoded.push_back('"');
		append_escaped(encoded, value, true);
		encoded.push_back('"');
	} else
		encoded = value;
	return (encoded);
}

/* At most n octets, not cut inside a character. */
std::string_view
cut_text(std::string_view text, std::size_t n)
{
	if (text.size() <= n)
		return (text);
	while (n > 0 && (static_cast<unsigned char>(text[n]) & 0xc0) == 0x80)
		n--;
	return (text.substr(0, n));
}

/* What value becomes, of so much of it that this takes at most n octets. */
template <typename Encode>
std::string
encode_within(std::string_view value, std::size_t n, Encode encode)
{
	std::string encoded = encode(value);

	while (encoded.size() > n && !value.empty()) {
		value = cut_text(value, value.size() * 3 / 4);
		encoded = encode(value);
	}
	return (encoded);
}

/* What a line may still take: the name goes before text, a brace after. */
std::size_t
room_in(const std::string &line)
{
	std::size_t around =
	    state.settings.json ? 1 : std::strlen(state.name) + 2;
	std::size_t taken = line.size() + around;

	return (taken < log_line_max ? log_line_max - taken : 0);
}

void
log_va(LogLevel level, int error, const char *format, va_list ap)
{
	char text[1024];
	int saved_errno = errno;

	if (!log_enabled(level))
		return;
	vsnprintf(text, sizeof(text), format, ap);
	std::string message = text;
	if (error != 0) {
		message.append(": ");
		message.append(strerror(error));
	}
	LogRecord(level, message).write();
	errno = saved_errno;
}

} /* namespace */

void
log_init(const char *name, bool stderr_wins, int verbose)
{
	state = LogState();
	state.name = name;
	state.forced_stderr = stderr_wins;
	state.verbose = verbose;
	if (!stderr_wins)
		compat_openlog(name);
}

void
log_configure(const LogSettings &settings)
{
	state.settings = settings;
}

void
log_set_syslog(int fd)
{
	compat_syslog_fd(fd);
	state.syslog_works = true;
}

void
log_on_syslog_lost(void (*callback)(void *), void *argument)
{
	state.syslog_lost = callback;
	state.syslog_lost_argument = argument;
}

bool
log_enabled(LogLevel level)
{
	return (level <= state.settings.level || state.verbose > 0);
}

std::uint64_t
log_lost()
{
	return (state.lost);
}

LogRecord::LogRecord(LogLevel record_level, std::string_view message)
    : level(record_level)
{
	line.reserve(512);
	if (state.settings.json) {
		line.append("{\"time\":\"");
		append_time(line);
		line.append("\",\"level\":\"").append(level_name(level));
		line.append("\",\"process\":\"").append(state.name);
		line.append("\",\"pid\":").append(std::to_string(getpid()));
		line.append(",\"message\":");
		line.append(encode_within(message, message_max, encode_value));
	} else {
		line.append(encode_within(
		    message, message_max, [](std::string_view text) {
			    std::string escaped;

			    append_escaped(escaped, text, false);
			    return (escaped);
		    }));
	}
}

void
LogRecord::begin_field(std::string_view name)
{
	if (state.settings.json)
		line.append(",\"").append(name).append("\":");
	else
		line.append(" ").append(name).append("=");
}

LogRecord &
LogRecord::field(std::string_view name, std::string_view value)
{
	/* The separator, quotes and '=' or ':' take at most 4 octets. */
	std::size_t overhead = name.size() + 4;
	std::size_t room = room_in(line);

	/* A few octets of a value are worse than none. */
	if (room < overhead + std::min<std::size_t>(value.size() + 2, 16))
		return (*this);
	std::string encoded =
	    encode_within(value, room - overhead, encode_value);
	begin_field(name);
	line.append(encoded);
	return (*this);
}

LogRecord &
LogRecord::field(std::string_view name, std::int64_t value)
{
	std::string digits = std::to_string(value);

	if (room_in(line) < name.size() + 4 + digits.size())
		return (*this);
	begin_field(name);
	line.append(digits);
	return (*this);
}

void
LogRecord::write()
{
	if (!log_enabled(level))
		return;
	if (state.settings.json)
		line.push_back('}');
	emit(level, line);
}

void
log_warn(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	log_va(LogLevel::warning, errno, format, ap);
	va_end(ap);
}

void
log_warnx(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	log_va(LogLevel::warning, 0, format, ap);
	va_end(ap);
}

void
log_error(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	log_va(LogLevel::error, 0, format, ap);
	va_end(ap);
}

void
log_info(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	log_va(LogLevel::info, 0, format, ap);
	va_end(ap);
}

void
log_debug(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	log_va(LogLevel::debug, 0, format, ap);
	va_end(ap);
}

void
fatal(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	log_va(LogLevel::error, errno, format, ap);
	va_end(ap);
	exit(1);
}

void
fatalx(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	log_va(LogLevel::error, 0, format, ap);
	va_end(ap);
	exit(1);
}
