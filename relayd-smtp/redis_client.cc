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
#include <sys/time.h>

#include <errno.h>
#include <string.h>

#include <algorithm>
#include <charconv>
#include <vector>

#include "redis_client.h"

namespace {

/* hiredis moves what is left after each write: it gets this much at once. */
constexpr std::size_t write_max = 256 * 1024;
constexpr std::size_t reply_text_shown = 200;
/* An entry has a few kilobytes; elements of an array count, too. */
constexpr std::size_t reply_max = 1024 * 1024;
/* That fail in one turn: others have to have theirs. */
constexpr std::size_t failed_a_turn = 8192;

/* Of our commands' replies, the longest has four. */
constexpr int elements_max = 64;

/* int or std::size_t, by the release of hiredis. */
template <typename Count>
void *
create_array(const redisReadTask *task, Count elements)
{
	static const redisReplyObjectFunctions usual = [] {
		std::unique_ptr<redisReader, decltype(&redisReaderFree)>
		    reader(redisReaderCreate(), redisReaderFree);
		return (*reader->fn);
	}();

	if (elements > Count{elements_max})
		return (nullptr);
	return (usual.createArray(task, elements));
}

/* A server that announces a billion elements gets no memory for them. */
void
bound_arrays(redisReader &reader)
{
	static redisReplyObjectFunctions bounded = [&reader] {
		redisReplyObjectFunctions functions = *reader.fn;
		functions.createArray = create_array;
		return (functions);
	}();

	reader.fn = &bounded;
}

struct ReplyRelease {
	void operator()(void *reply) const
	{
		freeReplyObject(reply);
	}
};

void
append_length(std::string &out, char type, std::size_t length)
{
	char text[24];

	text[0] = type;
	char *end =
	    std::to_chars(text + 1, text + sizeof(text) - 2, length).ptr;
	*end++ = '\r';
	*end++ = '\n';
	out.append(text, end);
}

} /* namespace */

void
append_redis_command(std::string &out, RedisClient::Arguments arguments)
{
	append_length(out, '*', arguments.size());
	for (std::string_view argument : arguments) {
		append_length(out, '$', argument.size());
		out += argument;
		out += "\r\n";
	}
}

std::string
redis_text(const redisReply &reply)
{
	std::string text;

	if (reply.type != REDIS_REPLY_ERROR && reply.type != REDIS_REPLY_STATUS)
		return ("an unexpected reply");
	text.assign(reply.str, std::min(reply.len, reply_text_shown));
	for (char &c : text)
		if (c < ' ' || c > '~')
			c = '?';
	return (text);
}

RedisClient::RedisClient(EventLoop &loop, StoreConnector &store_connector,
    RedisWatcher &connection_watcher, const SmtpStore &store,
    const RedisBounds &client_bounds)
    : connector(store_connector), watcher(connection_watcher),
      bounds(client_bounds), next_pause(client_bounds.pause_min),
      flush_task(loop, this, calls<&RedisClient::flush>),
      pause_timer(this, calls<&RedisClient::retry>),
      fail_timer(this, calls<&RedisClient::fail_some>),
      reply_deadline(this, calls<&RedisClient::overdue>)
{
	configure(store);
	ask(0);
}

RedisClient::~RedisClient() = default;

void
RedisClient::configure(const SmtpStore &store)
{
	user = store.user;
	password = store.password;
	database = store.database;
}

/*
 * Connecting
 */

void
RedisClient::ask(std::uint32_t index)
{
	state = State::asking;
	address_index = index;
	reply_deadline.set(Clock::now() + bounds.reply_time);
	connector.connect_store(++last_id, index, !is_hopeful);
}

void
RedisClient::connection(const ConnectResult &result, Fd fd)
{
	if (state != State::asking || result.id != last_id)
		return;
	/* Once: the commit of the new configuration came before this. */
	if (result.error == ESTALE && !is_stale) {
		is_stale = true;
		ask(address_index);
		return;
	}
	is_stale = false;
	address_count = result.addresses;
	if (result.error == EHOSTUNREACH && result.addresses == 0)
		return (address_failed("no such host"));
	if (result.error != 0 || !fd.valid())
		return (address_failed(strerror(
		    result.error != 0 ? result.error : EMFILE)));
	context.reset(redisConnectFd(fd.get()));
	if (context == nullptr)
		return (address_failed("out of memory"));
	fd.release(); /* it is the context's */
	context->flags &= ~REDIS_BLOCK;
	bound_arrays(*context->reader);
	number++;
	unfinished = 0;
	state = State::connecting;
	write_event.set<&RedisClient::writable>(context->fd, EV_WRITE, this);
	read_event.set<&RedisClient::readable>(context->fd, EV_READ, this);
	write_event.add();
	reply_deadline.set(Clock::now() + bounds.reply_time);
}

void
RedisClient::connected()
{
	write_event.remove();
	if (!introduce())
		return (address_failed(strerror(errno)));
	state = State::setting_up;
	read_event.add();
	reply_deadline.set(Clock::now() + bounds.reply_time);
}

/*
 * AUTH and SELECT, which also shows that somebody answers.  The password is
 * written from here, for hiredis leaves behind what it has written; that much
 * fits into the buffer of a new connection.
 */
bool
RedisClient::introduce()
{
	std::string number_text = std::to_string(database);
	std::string_view select[] = {"SELECT", number_text};
	std::vector<std::string_view> auth = {"AUTH"};
	std::string text;

	text.reserve(64 + user.size() + 2 * password.view().size());
	setup_replies = 1;
	if (!password.empty()) {
		setup_replies++;
		if (!user.empty())
			auth.push_back(user);
		auth.push_back(password.view());
		append_redis_command(text, auth);
	}
	append_redis_command(text, select);
	ssize_t n = ::send(
	    context->fd, text.data(), text.size(), MSG_NOSIGNAL);
	bool complete = n == static_cast<ssize_t>(text.size());
	if (n != -1 && !complete)
		errno = ENOBUFS;
	int error = errno;
	explicit_bzero(text.data(), text.size());
	errno = error;
	return (complete);
}

void
RedisClient::reply_to_setup(const redisReply &reply)
{
	if (reply.type == REDIS_REPLY_ERROR)
		return (lost(setup_failure(reply)));
	if (--setup_replies == 0)
		became_ready();
}

/* A server that has no AUTH repeats what it was sent, in quotes. */
std::string
RedisClient::setup_failure(const redisReply &reply) const
{
	std::string text = redis_text(reply);

	text.resize(std::min(text.find_first_of("'`\""), text.size()));
	if (!password.empty() &&
	    text.find(password.view()) != std::string::npos)
		return ("it refuses the password");
	return (text);
}

void
RedisClient::became_ready()
{
	state = State::ready;
	is_hopeful = true;
	ready_since = Clock::now();
	reply_deadline.clear();
	if (!waiting.empty())
		reply_deadline.set(waiting.front().until);
	watcher.redis_works();
	flush();
}

/* The next one, or a pause. */
void
RedisClient::address_failed(const std::string &why)
{
	close();
	if (address_index + 1 < address_count)
		ask(address_index + 1);
	else
		lost(why);
}

void
RedisClient::close()
{
	read_event.remove();
	write_event.remove();
	reply_deadline.clear();
	context.reset();
	is_blocked = false;
}

/* Everything that waits fails, the oldest first. */
void
RedisClient::lost(const std::string &why)
{
	bool served = state == State::ready &&
	    Clock::now() - ready_since >= bounds.pause_min;
	bool idle = waiting.empty();

	close();
	failed.swap(waiting); /* before another connection there is none left */
	outgoing.clear();
	written = 0;
	if (served)
		next_pause = bounds.pause_min;
	if (served && idle) {
		/* A server may close what is idle for long: no failure. */
		ask(0);
		return;
	}
	is_hopeful = false;
	pause();
	watcher.redis_fails(why);
	fail_some();
}

void
RedisClient::fail_some()
{
	for (std::size_t i = 0; i < failed_a_turn && !failed.empty(); i++) {
		Done done = std::move(failed.front().done);
		failed.pop_front();
		done(nullptr);
	}
	if (!failed.empty())
		fail_timer.arm(Clock::duration::zero());
}

void
RedisClient::pause()
{
	state = State::paused;
	pause_timer.arm(next_pause);
	next_pause = std::min(next_pause * 2, bounds.pause_max);
}

void
RedisClient::retry()
{
	if (failed.empty())
		ask(0);
	else
		pause();
}

void
RedisClient::overdue()
{
	if (state == State::connecting)
		address_failed("no connection in time");
	else if (state == State::asking)
		lost("its name is not resolved in time");
	else
		lost("no reply in time");
}

/*
 * Commands and replies
 */

void
RedisClient::send(Arguments arguments, Done done)
{
	if (is_down() || waiting.size() >= bounds.commands ||
	    unwritten() >= bounds.octets) {
		done(nullptr);
		return;
	}
	append_redis_command(outgoing, arguments);
	waiting.push_back({std::move(done), Clock::now() + bounds.reply_time});
	if (waiting.size() == 1 && state == State::ready)
		reply_deadline.set(waiting.front().until);
	flush_task.schedule();
}

void
RedisClient::flush()
{
	int done = 1;

	if (state != State::ready || is_blocked)
		return;
	while (unwritten() != 0) {
		std::size_t size = std::min(unwritten(), write_max);
		if (redisAppendFormattedCommand(context.get(),
			outgoing.data() + written, size) != REDIS_OK)
			return (lost("out of memory"));
		written += size;
		if (redisBufferWrite(context.get(), &done) != REDIS_OK)
			return (lost(context->errstr));
		if (!done) {
			is_blocked = true;
			write_event.add();
			break;
		}
	}
	if (unwritten() == 0) {
		outgoing.clear();
		written = 0;
	}
}

void
RedisClient::writable()
{
	int done = 1;

	if (state == State::connecting)
		return (connected());
	if (redisBufferWrite(context.get(), &done) != REDIS_OK)
		return (lost(context->errstr));
	if (!done)
		return;
	is_blocked = false;
	write_event.remove();
	flush();
}

void
RedisClient::readable()
{
	std::uint64_t current = number;
	std::size_t before = context->reader->len;

	if (redisBufferRead(context.get()) != REDIS_OK)
		return (lost(context->errstr));
	unfinished += context->reader->len - before;
	/* What a reply brings about may end the connection. */
	while (context != nullptr && number == current) {
		void *read = nullptr;
		if (redisGetReplyFromReader(context.get(), &read) != REDIS_OK)
			return (lost(context->errstr));
		if (read == nullptr)
			break;
		unfinished = context->reader->len - context->reader->pos;
		std::unique_ptr<redisReply, ReplyRelease> reply(
		    static_cast<redisReply *>(read));
		if (state == State::setting_up)
			reply_to_setup(*reply);
		else if (waiting.empty())
			return (lost("a reply to no command"));
		else
			take_reply(*reply);
	}
	if (context != nullptr && number == current && unfinished > reply_max)
		lost("a reply is too long");
}

void
RedisClient::take_reply(const redisReply &reply)
{
	Done done = std::move(waiting.front().done);

	waiting.pop_front();
	if (waiting.empty())
		reply_deadline.clear();
	else
		reply_deadline.set(waiting.front().until);
	done(&reply);
}
