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
 * imsg framing over a SOCK_STREAM socketpair, as OpenBSD's libutil has it: a
 * header of 16 octets in host order, at most 16,384 octets a message, at most
 * one descriptor with it.  Many messages leave in one sendmsg(2) and arrive
 * with one read.
 *
 * What is larger than one message (a configuration, a submission) goes as a
 * blob in numbered pieces, which are cut from the caller's string while the
 * socket takes them: it is never copied into the queue.  What is larger still
 * need not even be there as a whole: see BlobSource.
 */

#ifndef COMMON_IMSG_H
#define COMMON_IMSG_H

#include <chrono>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "event_loop.h"
#include "fd.h"

constexpr std::size_t imsg_header_size = 16;
constexpr std::size_t imsg_max = 16384;
constexpr std::size_t imsg_payload_max = imsg_max - imsg_header_size;

struct Imsg {
	std::uint32_t type = 0;
	std::uint32_t peer_id = 0;
	/* Points into the socket's buffer, until the next read. */
	std::string_view data;
	/* A descriptor was announced; fd is not valid if we ran out of them. */
	bool with_fd = false;
	Fd fd;
};

/* A blob that is made while the socket takes it. */
class BlobSource {
public:
	virtual ~BlobSource() = default;
	/* The octets of all of it. */
	virtual std::size_t size() const = 0;
	/*
	 * Appends what comes next, until out has grown to about target octets
	 * or all of it was there.
	 */
	virtual void fill(std::string &out, std::size_t target) = 0;
};

/* The framing alone: no events.  The socket must be non-blocking. */
class ImsgSocket {
public:
	enum class Descriptors { refused, received };
	enum class Io {
		ok,
		again,  /* when the socket is ready */
		later,  /* the system lacks something, ready or not */
		closed, /* by the peer */
		failed,
	};

	ImsgSocket(Fd socket_fd, Descriptors policy);
	~ImsgSocket();

	/*
	 * Queues a message; payload at most imsg_payload_max octets.  Returns
	 * the position in the stream behind it (see written()).
	 */
	std::uint64_t compose(std::uint32_t type, std::string_view payload,
	    Fd fd = Fd());
	/* The same for a blob of any size up to 4 GiB, in pieces. */
	std::uint64_t compose_blob(std::uint32_t type, std::uint64_t id,
	    std::string blob);
	/* The same; source is asked as the socket takes what it has made. */
	std::uint64_t compose_source(std::uint32_t type, std::uint64_t id,
	    std::unique_ptr<BlobSource> source);
	/* A blob that is cleared once it was sent. */
	std::uint64_t compose_secret(std::uint32_t type, std::uint64_t id,
	    std::string blob);
	/* Writes until all is gone (ok) or no more can be written now. */
	Io flush();
	/* Octets queued. */
	std::size_t queued() const
	{
		return (static_cast<std::size_t>(composed - flushed));
	}
	std::size_t queued_fds() const
	{
		return (fds_queued);
	}
	/* What was composed up to here has been handed to the kernel. */
	bool written(std::uint64_t position) const
	{
		return (flushed >= position);
	}

	/* One read.  ok: perhaps messages are there. */
	Io read();
	/* The next complete message, or false.  Malformed input: bad(). */
	bool next(Imsg &message);
	bool bad() const
	{
		return (malformed);
	}
	/* Clears what was read and taken, after a secret. */
	void clear_taken();
	int fd() const
	{
		return (socket.get());
	}

private:
	struct Chunk {
		std::string octets; /* messages, or a blob without heads */
		std::size_t sent = 0; /* of the chunk's stream form */
		std::unique_ptr<BlobSource> source; /* of the octets, or none */
		std::size_t first = 0; /* the blob's octets before these */
		std::size_t total = 0; /* all octets of the blob */
		Fd fd; /* goes with the first octet */
		bool is_blob = false;
		bool is_secret = false;
		std::uint32_t type = 0;
		std::uint64_t blob_id = 0;
		std::size_t stream_size() const;
	};
	struct Gather;

	Chunk &add_blob(std::uint32_t type, std::uint64_t id,
	    std::size_t total);
	static void refill(Chunk &chunk);
	void gather(Gather &g, const Chunk &chunk) const;
	ssize_t send_with_fd(Gather &g, int number);
	static Io send_failure();
	void consume(std::size_t n);
	void receive_fds(struct msghdr &header);

	Fd socket;
	Descriptors descriptors;
	std::deque<Chunk> queue;
	std::uint64_t composed = 0;
	std::uint64_t flushed = 0;
	std::size_t fds_queued = 0;
	std::string spare; /* a chunk's storage, used again */

	std::unique_ptr<char[]> buffer; /* memory is taken as it is used */
	std::size_t used = 0; /* of it, since it was cleared */
	std::size_t begin = 0; /* of what has not been taken yet */
	std::size_t end = 0;
	std::deque<Fd> arrived;
	bool malformed = false;
};

/* Of a piece of a blob: the blob's id, the piece's number, the total. */
constexpr std::size_t piece_header_size = 16;
constexpr std::size_t piece_octets_max = imsg_payload_max - piece_header_size;

/* Puts blobs together again; several may be under way, each by its id. */
class BlobAssembler {
public:
	enum class State {
		more,      /* this piece was taken */
		complete,  /* blob holds all of it */
		refused,   /* total over the bound: said once, then ignored */
		malformed, /* the peer is not to be trusted */
	};

	/* max_pending: blobs under way at once, refused ones included. */
	BlobAssembler(std::size_t max_total, std::size_t max_pending)
	    : octets_max(max_total), pending_max(max_pending)
	{
	}

	/*
	 * room: what may be held now beyond what is held already; a blob whose
	 * total is larger is refused.  When complete, blob is either a view
	 * of payload (one piece) or of storage, which then owns it.
	 */
	State add(std::string_view payload, std::size_t room,
	    std::uint64_t &id, std::string_view &blob, std::string &storage);
	/* Octets of the blobs under way (their totals). */
	std::size_t held() const
	{
		return (held_octets);
	}
	/*
	 * Drops the blobs that began before a time, and ignores what comes of
	 * them; returns their ids.
	 */
	std::vector<std::uint64_t> drop_begun_before(Clock::time_point time);
	void set_max(std::size_t max_total)
	{
		octets_max = max_total;
	}

private:
	struct Pending {
		std::string octets;
		std::uint32_t total = 0;
		std::uint32_t next_number = 0;
		bool ignored = false;
		Clock::time_point begun;
	};

	std::size_t octets_max;
	std::size_t pending_max;
	std::size_t held_octets = 0;
	std::unordered_map<std::uint64_t, Pending> pending;
};

/* An ImsgSocket in the event loop. */
class Channel;

class ChannelHandler {
public:
	/*
	 * false: the message is malformed or may not come from that peer; the
	 * channel closes, and channel_closed() follows.
	 */
	virtual bool channel_message(Channel &channel, Imsg &message) = 0;
	/*
	 * The peer is gone or sent nonsense; the channel is dead.  Called from
	 * the loop, outside of any other call; the handler may destroy it.
	 */
	virtual void channel_closed(Channel &channel) = 0;

protected:
	~ChannelHandler() = default;
};

class Channel {
public:
	Channel(EventLoop &loop, Fd socket, ImsgSocket::Descriptors policy,
	    ChannelHandler &channel_handler);
	Channel(const Channel &) = delete;
	Channel &operator=(const Channel &) = delete;

	/* Sent at the end of the turn. */
	std::uint64_t compose(std::uint32_t type, std::string_view payload,
	    Fd fd = Fd());
	std::uint64_t compose_blob(std::uint32_t type, std::uint64_t id,
	    std::string blob);
	std::uint64_t compose_source(std::uint32_t type, std::uint64_t id,
	    std::unique_ptr<BlobSource> source);
	std::uint64_t compose_secret(std::uint32_t type, std::uint64_t id,
	    std::string blob);
	void clear_taken()
	{
		imsg.clear_taken();
	}
	std::size_t queued() const
	{
		return (imsg.queued());
	}
	bool written(std::uint64_t position) const
	{
		return (imsg.written(position));
	}
	std::size_t queued_fds() const
	{
		return (imsg.queued_fds());
	}
	bool alive() const
	{
		return (!dead);
	}
	/*
	 * A peer that does not read is not read from: beyond so many octets
	 * queued no message is taken, until half of them are written.
	 */
	void set_queued_max(std::size_t octets)
	{
		queued_max = octets;
	}
	/* No message is taken until resume(). */
	void pause()
	{
		paused = true;
	}
	void resume();
	/* Writes now what it can; before exit. */
	void flush();

private:
	void readable();
	void take_messages();
	void die();
	void report_death();

	ImsgSocket imsg;
	ChannelHandler &handler;
	FdEvent read_event;
	FdEvent write_event;
	TurnEndTask flush_task;
	TurnEndTask take_task;
	Timer retry;
	Timer death;
	std::size_t queued_max = SIZE_MAX;
	bool paused = false;
	bool is_full = false; /* since queued_max was reached */
	bool dead = false;
};

#endif
