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
 * A connection to a Redis or Valkey server: commands go out together at the
 * end of a turn, and each gets its reply, in order.  One that gets none in
 * time, or at all, ends the connection and fails with everything that waits;
 * the next connection comes after a pause.  Meanwhile commands fail at once:
 * nobody waits for a server that is known to be away.
 */

#ifndef RELAYD_SMTP_REDIS_CLIENT_H
#define RELAYD_SMTP_REDIS_CLIENT_H

#include <hiredis/hiredis.h>

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "event_loop.h"
#include "fd.h"
#include "ledger.h"
#include "messages.h"
#include "smtp_config.h"

/* Who wants to know how the connection fares. */
class RedisWatcher {
public:
	virtual void redis_works() = 0;
	/* why: printable, for the log; again at every attempt that fails. */
	virtual void redis_fails(const std::string &why) = 0;

protected:
	~RedisWatcher() = default;
};

struct RedisBounds {
	/* For a reply, and for a connection. */
	std::chrono::milliseconds reply_time{2000};
	/* Before the next connection; doubles while they fail. */
	std::chrono::milliseconds pause_min{1000};
	std::chrono::milliseconds pause_max{10000};
	/* That wait for their reply; octets that wait to be written. */
	std::size_t commands = 100000;
	std::size_t octets = 32 * 1024 * 1024;
	/* After `timeout submission', nobody is at work on it any more. */
	std::chrono::milliseconds lease_margin{60000};
};

class RedisClient {
public:
	/* nullptr: there was no reply. */
	using Done = std::function<void(const redisReply *reply)>;
	using Arguments = std::span<const std::string_view>;

	/* Connects at once. */
	RedisClient(EventLoop &loop, StoreConnector &store_connector,
	    RedisWatcher &connection_watcher, const SmtpStore &store,
	    const RedisBounds &client_bounds = RedisBounds());
	~RedisClient();
	RedisClient(const RedisClient &) = delete;
	RedisClient &operator=(const RedisClient &) = delete;

	/* For the next connection. */
	void configure(const SmtpStore &store);
	/* done is called in a later turn; now, when it fails at once. */
	void send(Arguments arguments, Done done);
	/* Now instead of at the end of the turn. */
	void flush();
	/* The answer to StoreConnector::connect_store(). */
	void connection(const ConnectResult &result, Fd fd);

	/* Commands fail at once. */
	bool is_down() const
	{
		return (state == State::paused || !is_hopeful);
	}
	/* Grows with every connection: what one knows another may not. */
	std::uint64_t connection_number() const
	{
		return (number);
	}

private:
	enum class State {
		asking,     /* for a descriptor */
		connecting, /* until it is writable */
		setting_up, /* AUTH, SELECT */
		ready,
		paused,
	};
	struct Waiting {
		Done done;
		Clock::time_point until;
	};
	struct Release {
		void operator()(redisContext *unused) const
		{
			redisFree(unused);
		}
	};

	void ask(std::uint32_t address_index);
	void connected();
	bool introduce();
	void writable();
	void readable();
	void reply_to_setup(const redisReply &reply);
	std::string setup_failure(const redisReply &reply) const;
	void take_reply(const redisReply &reply);
	void became_ready();
	void address_failed(const std::string &why);
	void lost(const std::string &why);
	void close();
	void fail_some();
	void pause();
	void retry();
	void overdue();
	std::size_t unwritten() const
	{
		return (outgoing.size() - written);
	}

	StoreConnector &connector;
	RedisWatcher &watcher;
	const RedisBounds bounds;
	std::string user;
	Secret password;
	std::uint32_t database = 0;

	State state = State::paused;
	/* Commands may wait for this connection. */
	bool is_hopeful = true;
	std::uint64_t number = 0;
	std::uint64_t last_id = 0;
	std::uint32_t address_index = 0;
	std::uint32_t address_count = 0;
	bool is_stale = false; /* the configuration changed meanwhile */
	unsigned int setup_replies = 0; /* that have yet to come */
	std::chrono::milliseconds next_pause;
	Clock::time_point ready_since;

	std::unique_ptr<redisContext, Release> context;
	FdEvent read_event, write_event;
	TurnEndTask flush_task;
	Timer pause_timer, fail_timer;
	Deadline reply_deadline;
	/* What the context does not have yet is at written and after. */
	std::string outgoing;
	std::size_t written = 0;
	bool is_blocked = false; /* the socket takes no more */
	std::size_t unfinished = 0; /* octets behind the last whole reply */
	std::deque<Waiting> waiting;
	std::deque<Waiting> failed; /* and have yet to hear of it */
};

/* Appends a command as it crosses: an array of bulk strings. */
void append_redis_command(
    std::string &out, RedisClient::Arguments arguments);
/* What a server says, fit for the log. */
std::string redis_text(const redisReply &reply);

#endif
