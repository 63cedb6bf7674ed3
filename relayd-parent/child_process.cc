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
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <algorithm>

#include "child.h"
#include "child_process.h"
#include "compat/compat.h"
#include "log.h"
#include "messages.h"
#include "pathnames.h"

namespace {

constexpr unsigned int deaths_max = 5;
constexpr std::chrono::milliseconds restart_pause_min{10};
constexpr std::chrono::milliseconds restart_pause_max{500};
constexpr std::chrono::seconds short_life{5};

std::uint64_t last_instance = 0;

const char *
child_path(ChildKind kind)
{
	switch (kind) {
	case ChildKind::http:
		return (path_relayd_http);
	case ChildKind::smtp:
		return (path_relayd_smtp);
	case ChildKind::resolver:
		break;
	}
	return (path_parent);
}

} /* namespace */

const char *
child_name(ChildKind kind)
{
	static const char *const names[] = {"relayd-http", "relayd-smtp",
	    "resolver"};

	return (names[static_cast<std::size_t>(kind)]);
}

ProcessKind
process_kind(ChildKind kind)
{
	switch (kind) {
	case ChildKind::http:
		return (ProcessKind::relayd_http);
	case ChildKind::smtp:
		return (ProcessKind::relayd_smtp);
	case ChildKind::resolver:
		break;
	}
	return (ProcessKind::resolver);
}

ChildProcess::ChildProcess(EventLoop &event_loop, ChildOwner &child_owner,
    ChildKind child_kind, std::uint32_t segment_slot,
    std::vector<std::string> child_argv)
    : loop(event_loop), owner(child_owner), child_kind_(child_kind),
      slot_number(segment_slot), arguments(std::move(child_argv)),
      restart_timer(this, calls<&ChildProcess::start>)
{
}

void
ChildProcess::start()
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
		pair) == -1) {
		log_warn("socketpair");
		schedule_restart();
		return;
	}
	Fd ours(pair[0]);
	Fd theirs(pair[1]);
	Fd syslog_socket(compat_syslog_open());
	pid_t pid = fork();
	if (pid == -1) {
		log_warn("fork");
		schedule_restart();
		return;
	}
	if (pid == 0)
		exec(theirs.get(), syslog_socket.get());
	process = pid;
	has_been_ready = false;
	instance_number = ++last_instance;
	state = State::started;
	staged_generation = 0;
	configs_unanswered = 0;
	given_up = false;
	fds_asked_max = 0;
	sent_end = 0;
	config_end = 0;
	wants_syslog = false;
	wants_link = false;
	watch = HangWatch();
	channel = std::make_unique<Channel>(loop, std::move(ours),
	    ImsgSocket::Descriptors::refused, *this);
}

/* Between fork and exec: system calls only. */
void
ChildProcess::exec(int socket, int syslog_socket)
{
	/* Above their places, so that neither overwrites the other. */
	socket = fcntl(socket, F_DUPFD_CLOEXEC, child_syslog_fd + 1);
	if (syslog_socket != -1)
		syslog_socket = fcntl(syslog_socket, F_DUPFD_CLOEXEC,
		    child_syslog_fd + 1);
	if (socket == -1 || dup2(socket, child_parent_fd) == -1)
		_exit(1);
	close(child_syslog_fd);
	if (syslog_socket != -1)
		dup2(syslog_socket, child_syslog_fd);

	/* Until the child says so itself: a terminal signals the whole group. */
	for (int number : {SIGHUP, SIGINT, SIGTERM})
		signal(number, SIG_IGN);

	const char *argv[16] = {child_name(kind())};
	std::size_t count = 1;
	for (const std::string &argument : arguments)
		argv[count++] = argument.c_str();
	execv(child_path(kind()), const_cast<char **>(argv));
	_exit(127);
}

void
ChildProcess::log_death(int status) const
{
	std::string who = std::string(child_name(kind())) + " " +
	    std::to_string(process);

	if (WIFSIGNALED(status))
		LogRecord(LogLevel::warning, who + " was ended by signal " +
		    std::to_string(WTERMSIG(status)) + " (" +
		    strsignal(WTERMSIG(status)) + ")")
		    .field("event", "child_death")
		    .field("signal", WTERMSIG(status))
		    .write();
	else
		LogRecord(LogLevel::warning, WEXITSTATUS(status) == 127
			? std::string(child_path(kind())) +
			    " cannot be executed: is it installed?"
			: who + " exited with status " +
			    std::to_string(WEXITSTATUS(status)))
		    .field("event", "child_death")
		    .field("exit_status", WEXITSTATUS(status))
		    .write();
}

void
ChildProcess::exited(int status)
{
	was_killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
	did_break_promise =
	    WIFSIGNALED(status) && WTERMSIG(status) == sandbox_signal;
	bool expected = is_retiring &&
	    (was_killed || (WIFEXITED(status) && WEXITSTATUS(status) == 0));

	if (expected)
		log_debug("%s %d has finished", child_name(kind()),
		    static_cast<int>(process));
	else
		log_death(status);

	channel.reset();
	process = -1;
	state = State::down;
	if (has_been_ready && Clock::now() - ready_since >= short_life)
		short_lives = 0;
	if (!is_retiring) {
		if (!has_been_ready && ++deaths >= deaths_max)
			fatalx("%s died %u times before it was ready",
			    child_name(kind()), deaths);
		schedule_restart();
	}
	owner.child_died(*this);
}

void
ChildProcess::schedule_restart()
{
	auto pause = restart_pause_min;

	short_lives++;
	for (unsigned int i = 1; i < short_lives && pause < restart_pause_max;
	     i++)
		pause = std::min(2 * pause, restart_pause_max);
	restart_timer.arm(pause);
}

void
ChildProcess::became_ready()
{
	state = State::ready;
	deaths = 0;
	if (!has_been_ready)
		ready_since = Clock::now();
	has_been_ready = true;
}

void
ChildProcess::kill(int signal)
{
	if (process != -1)
		::kill(process, signal);
}

void
ChildProcess::send(std::uint32_t type, std::string_view payload, Fd fd)
{
	if (!takes_messages())
		return;
	sent_end = channel->compose(type, payload, std::move(fd));
	check_untaken();
}

/* Of configurations there are as many as reloads, and those are timed. */
void
ChildProcess::check_untaken()
{
	std::size_t octets = std::min<std::size_t>(
	    channel->queued(), sent_end - config_end);

	if (octets <= untaken_octets_max &&
	    queued_fds() <= untaken_fds_max + fds_asked_max)
		return;
	log_warnx("%s %d does not take what it asked for and is ended: "
	    "%zu octets and %zu descriptors wait", child_name(kind()),
	    static_cast<int>(process), octets, queued_fds());
	given_up = true;
	kill(SIGKILL);
}

void
ChildProcess::send_secret(std::uint32_t type, std::uint64_t id, std::string blob)
{
	if (takes_messages())
		sent_end = channel->compose_secret(type, id, std::move(blob));
	else
		explicit_bzero(blob.data(), blob.size());
}

void
ChildProcess::send_config(std::uint64_t generation, std::string config)
{
	staged_generation = generation;
	configs_unanswered++;
	/* What it holds is overtaken: it is heard of again. */
	if (state == State::staged)
		state = State::greeted;
	send_secret(type_of(MessageType::config), generation,
	    std::move(config));
	config_end = sent_end;
}

bool
ChildProcess::answered_config()
{
	if (configs_unanswered == 0)
		return (false);
	configs_unanswered--;
	return (true);
}

bool
ChildProcess::channel_message(Channel &, Imsg &message)
{
	if (given_up)
		return (false);
	watch.answered();
	if (owner.child_message(*this, message))
		return (true);
	log_warnx("%s %d sent a message of type %u that it may not send",
	    child_name(kind()), static_cast<int>(process), message.type);
	return (false);
}

/*
 * A child without a channel is of no use: mostly it has exited already, and
 * if not, it sent nonsense.
 */
void
ChildProcess::channel_closed(Channel &)
{
	channel.reset();
	kill(SIGKILL);
}
