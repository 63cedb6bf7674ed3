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
 * One child: its process, the channel to it, and its being started again
 * when it died.
 */

#ifndef RELAYD_PARENT_CHILD_PROCESS_H
#define RELAYD_PARENT_CHILD_PROCESS_H

#include <sys/types.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "hang_watch.h"
#include "imsg.h"
#include "statistics.h"

enum class ChildKind : std::uint8_t { http, smtp, resolver };
const char *child_name(ChildKind kind); /* "relayd-http", ... */
ProcessKind process_kind(ChildKind kind); /* the same, for the segment */

class ChildProcess;

class ChildOwner {
public:
	/* false: the child may not say that; it is killed. */
	virtual bool child_message(ChildProcess &child, Imsg &message) = 0;
	/* The process is gone; it starts again by itself unless retiring. */
	virtual void child_died(ChildProcess &child) = 0;

protected:
	~ChildOwner() = default;
};

class ChildProcess final : public ChannelHandler {
public:
	/*
	 * So much may wait for it behind its newest configuration: who goes
	 * on asking and does not take the answers is ended.  The descriptors
	 * are those of listeners, and of sockets to the other processes.
	 */
	static constexpr std::size_t untaken_octets_max = 2 * 1024 * 1024;
	static constexpr std::size_t untaken_fds_max = 512;

	enum class State {
		down,    /* no process; perhaps the pause before the next */
		started, /* exec'd, and nothing heard yet */
		greeted, /* said hello, of our version */
		staged,  /* holds a configuration and waits for commit */
		ready,   /* works under staged_generation */
	};

	/* argv: behind the program's name. */
	ChildProcess(EventLoop &event_loop, ChildOwner &child_owner,
	    ChildKind child_kind, std::uint32_t segment_slot,
	    std::vector<std::string> child_argv);

	void start();
	/* waitpid(2) returned this child's pid. */
	void exited(int status);
	void kill(int signal);
	/* It will end by itself, and not be started again. */
	void retire()
	{
		is_retiring = true;
	}
	/* It took its configuration. */
	void became_ready();
	/* It may ask for so many descriptors besides. */
	void may_ask_for(std::size_t descriptors)
	{
		fds_asked_max = std::max(fds_asked_max, descriptors);
	}
	/* Descriptors that it has not taken yet. */
	std::size_t queued_fds() const
	{
		return (channel == nullptr ? 0 : channel->queued_fds());
	}

	void send(std::uint32_t type, std::string_view payload, Fd fd = Fd());
	void send_secret(std::uint32_t type, std::uint64_t id, std::string blob);
	/* It answers each with staged, also those that another overtakes. */
	void send_config(std::uint64_t generation, std::string config);
	/* staged came.  false: to nothing that was sent. */
	bool answered_config();
	bool owes_answer() const
	{
		return (configs_unanswered > 0);
	}
	/* It ended by itself, and owes an answer: the last may have done it. */
	bool died_of_config() const
	{
		return (process == -1 && !was_killed && owes_answer());
	}

	/* The last process of it was ended by its sandbox. */
	bool broke_promise() const
	{
		return (process == -1 && did_break_promise);
	}

	ChildKind kind() const
	{
		return (child_kind_);
	}
	std::uint32_t slot() const
	{
		return (slot_number);
	}
	pid_t pid() const
	{
		return (process);
	}
	bool retiring() const
	{
		return (is_retiring);
	}
	/* Grows with every process that was started, of any kind. */
	std::uint64_t instance() const
	{
		return (instance_number);
	}

	State state = State::down;
	std::uint64_t staged_generation = 0;
	/* The newest link to a relayd-smtp that it was given, and when. */
	std::uint64_t link = 0;
	Clock::time_point linked;
	bool wants_link = false;
	HangWatch watch;
	/* It took a descriptor for syslog that does not work any more. */
	bool wants_syslog = false;

private:
	void log_death(int status) const;
	bool channel_message(Channel &channel, Imsg &message) override;
	void channel_closed(Channel &channel) override;
	void schedule_restart();
	bool takes_messages() const
	{
		return (channel != nullptr && channel->alive() && !given_up);
	}
	void check_untaken();
	[[noreturn]] void exec(int socket, int syslog_socket);

	EventLoop &loop;
	ChildOwner &owner;
	ChildKind child_kind_;
	std::uint32_t slot_number;
	std::vector<std::string> arguments;
	std::unique_ptr<Channel> channel;
	Timer restart_timer;
	pid_t process = -1;
	bool is_retiring = false;
	bool given_up = false; /* this process: it leaves too much untaken */
	std::size_t fds_asked_max = 0;
	/* Positions in the channel: of all that was sent, of its config. */
	std::uint64_t sent_end = 0;
	std::uint64_t config_end = 0;
	unsigned int configs_unanswered = 0;
	bool was_killed = false; /* the last process of it, with SIGKILL */
	bool did_break_promise = false;
	unsigned int deaths = 0; /* in a row, before it was ready */
	/* In a row, and starts that failed: the pause grows. */
	unsigned int short_lives = 0;
	bool has_been_ready = false; /* this process */
	Clock::time_point ready_since;
	std::uint64_t instance_number = 0;
};

#endif
