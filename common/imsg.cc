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
#include <sys/uio.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "imsg.h"
#include "log.h"

namespace {

constexpr std::size_t read_size = 4 * imsg_max;
constexpr std::uint32_t fd_mark = 1U << 31;
constexpr std::size_t chunk_size = 4 * imsg_max;
constexpr std::size_t head_size = imsg_header_size + piece_header_size;
constexpr std::size_t iov_max = 64;
/* What a BlobSource is asked for at once. */
constexpr std::size_t source_size = 8 * piece_octets_max;

struct Header {
	std::uint32_t type;
	std::uint32_t length; /* including the header */
	std::uint32_t peer_id;
	std::uint32_t pid;
};
static_assert(sizeof(Header) == imsg_header_size);

struct PieceHeader {
	std::uint64_t id;
	std::uint32_t number;
	std::uint32_t total;
};
static_assert(sizeof(PieceHeader) == piece_header_size);

std::uint32_t
own_pid()
{
	static const std::uint32_t pid = static_cast<std::uint32_t>(getpid());

	return (pid);
}

std::size_t
piece_count(std::size_t octets)
{
	if (octets == 0)
		return (1);
	return ((octets + piece_octets_max - 1) / piece_octets_max);
}

} /* namespace */

/* By errno. */
ImsgSocket::Io
ImsgSocket::send_failure()
{
	switch (errno) {
	case EAGAIN:
		return (Io::again);
	/* Memory; descriptors in flight, on Linux and on OpenBSD. */
	case ENOBUFS:
	case ENOMEM:
	case ETOOMANYREFS:
	case EMFILE:
		return (Io::later);
	case EPIPE:
	case ECONNRESET:
	case ENOTCONN:
		return (Io::closed);
	default:
		return (Io::failed);
	}
}

/* What one writev(2) takes; heads are those of a blob's pieces. */
struct ImsgSocket::Gather {
	std::array<struct iovec, iov_max> pieces;
	std::size_t count = 0;
	std::array<std::array<char, head_size>, iov_max / 2> heads;
	std::size_t head_count = 0;

	bool full() const
	{
		return (count + 2 > iov_max);
	}
	void add(const char *from, std::size_t size)
	{
		pieces[count].iov_base = const_cast<char *>(from);
		pieces[count].iov_len = size;
		count++;
	}
};

ImsgSocket::ImsgSocket(Fd socket_fd, Descriptors policy)
    : socket(std::move(socket_fd)), descriptors(policy),
      buffer(std::make_unique_for_overwrite<char[]>(read_size))
{
}

ImsgSocket::~ImsgSocket()
{
	for (Chunk &chunk : queue)
		if (chunk.is_secret)
			explicit_bzero(
			    chunk.octets.data(), chunk.octets.size());
}

std::size_t
ImsgSocket::Chunk::stream_size() const
{
	if (!is_blob)
		return (octets.size());
	return (total + piece_count(total) * head_size);
}

std::uint64_t
ImsgSocket::compose(std::uint32_t type, std::string_view payload, Fd fd)
{
	if (payload.size() > imsg_payload_max)
		fatalx("message of type %u has %zu octets", type,
		    payload.size());

	Header header;
	header.type = type;
	header.length =
	    static_cast<std::uint32_t>(imsg_header_size + payload.size());
	header.peer_id = 0;
	header.pid = own_pid();
	if (fd.valid())
		header.length |= fd_mark;

	/* A descriptor starts its own sendmsg, and so its own chunk. */
	if (queue.empty() || queue.back().is_blob || fd.valid() ||
	    queue.back().octets.size() >= chunk_size) {
		queue.emplace_back();
		queue.back().octets = std::move(spare);
		queue.back().octets.clear();
		if (fd.valid())
			fds_queued++;
		queue.back().fd = std::move(fd);
	}
	std::string &out = queue.back().octets;
	out.append(reinterpret_cast<const char *>(&header), sizeof(header));
	out.append(payload);
	composed += imsg_header_size + payload.size();
	return (composed);
}

std::uint64_t
ImsgSocket::compose_blob(std::uint32_t type, std::uint64_t id,
    std::string blob)
{
	/* What fits in one message joins the messages before it. */
	if (blob.size() <= piece_octets_max) {
		PieceHeader piece = {id, 0,
		    static_cast<std::uint32_t>(blob.size())};
		char payload[imsg_payload_max];
		std::memcpy(payload, &piece, sizeof(piece));
		std::memcpy(payload + sizeof(piece), blob.data(), blob.size());
		return (compose(type, std::string_view(payload,
		    sizeof(piece) + blob.size())));
	}
	add_blob(type, id, blob.size()).octets = std::move(blob);
	return (composed);
}

std::uint64_t
ImsgSocket::compose_source(std::uint32_t type, std::uint64_t id,
    std::unique_ptr<BlobSource> source)
{
	add_blob(type, id, source->size()).source = std::move(source);
	return (composed);
}

std::uint64_t
ImsgSocket::compose_secret(std::uint32_t type, std::uint64_t id,
    std::string blob)
{
	Chunk &chunk = add_blob(type, id, blob.size());

	chunk.octets = std::move(blob);
	chunk.is_secret = true;
	return (composed);
}

ImsgSocket::Chunk &
ImsgSocket::add_blob(std::uint32_t type, std::uint64_t id, std::size_t total)
{
	if (total > UINT32_MAX)
		fatalx("blob of type %u has %zu octets", type, total);
	queue.emplace_back();
	Chunk &chunk = queue.back();
	chunk.total = total;
	chunk.is_blob = true;
	chunk.type = type;
	chunk.blob_id = id;
	composed += chunk.stream_size();
	return (chunk);
}

/* Lets go of what was sent, and has the source make what is next. */
void
ImsgSocket::refill(Chunk &chunk)
{
	std::size_t from = chunk.sent / imsg_max * piece_octets_max;

	chunk.octets.erase(0, from - chunk.first);
	chunk.first = from;
	chunk.source->fill(chunk.octets, source_size);
	if (chunk.octets.size() <
	    std::min(piece_octets_max, chunk.total - chunk.first) ||
	    chunk.octets.size() > chunk.total - chunk.first)
		fatalx("blob of type %u is not of its size", chunk.type);
}

void
ImsgSocket::gather(Gather &g, const Chunk &chunk) const
{
	if (!chunk.is_blob) {
		g.add(chunk.octets.data() + chunk.sent,
		    chunk.octets.size() - chunk.sent);
		return;
	}
	std::size_t number = chunk.sent / imsg_max;
	std::size_t skip = chunk.sent % imsg_max; /* of this piece */
	std::size_t count = piece_count(chunk.total);
	for (; number < count && !g.full(); number++, skip = 0) {
		std::size_t from = number * piece_octets_max;
		std::size_t size =
		    std::min(piece_octets_max, chunk.total - from);
		from -= chunk.first;
		if (from + size > chunk.octets.size())
			break; /* not made yet */
		if (skip < head_size) {
			Header header = {chunk.type,
			    static_cast<std::uint32_t>(head_size + size), 0,
			    own_pid()};
			PieceHeader piece = {chunk.blob_id,
			    static_cast<std::uint32_t>(number),
			    static_cast<std::uint32_t>(chunk.total)};
			char *head = g.heads[g.head_count++].data();
			std::memcpy(head, &header, sizeof(header));
			std::memcpy(head + sizeof(header), &piece,
			    sizeof(piece));
			g.add(head + skip, head_size - skip);
			g.add(chunk.octets.data() + from, size);
		} else {
			std::size_t done = skip - head_size;
			g.add(chunk.octets.data() + from + done, size - done);
		}
	}
}

ssize_t
ImsgSocket::send_with_fd(Gather &g, int number)
{
	struct msghdr message = {};
	alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};

	message.msg_iov = g.pieces.data();
	message.msg_iovlen = static_cast<decltype(message.msg_iovlen)>(g.count);
	message.msg_control = control;
	message.msg_controllen = sizeof(control);
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&message);
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(int));
	std::memcpy(CMSG_DATA(cmsg), &number, sizeof(number));
	return (sendmsg(socket.get(), &message, MSG_NOSIGNAL));
}

/*
 * Who passes no descriptors, as none of the children does, may not call
 * sendmsg(2).  SIGPIPE is ignored by every process that has one of these.
 */
ImsgSocket::Io
ImsgSocket::flush()
{
	while (!queue.empty()) {
		Gather g;
		for (Chunk &chunk : queue) {
			bool first = &chunk == &queue.front();
			if (g.full() || (chunk.fd.valid() && !first))
				break;
			if (chunk.source)
				refill(chunk);
			gather(g, chunk);
			/* Nothing goes before what it has not made yet. */
			if (chunk.source)
				break;
		}

		ssize_t n = queue.front().fd.valid()
		    ? send_with_fd(g, queue.front().fd.get())
		    : writev(socket.get(), g.pieces.data(),
			  static_cast<int>(g.count));
		if (n == -1) {
			if (errno == EINTR)
				continue;
			return (send_failure());
		}
		consume(static_cast<std::size_t>(n));
	}
	return (Io::ok);
}

void
ImsgSocket::consume(std::size_t n)
{
	flushed += n;
	while (n > 0) {
		Chunk &chunk = queue.front();
		std::size_t left = chunk.stream_size() - chunk.sent;
		if (chunk.fd.valid()) {
			chunk.fd.reset();
			fds_queued--;
		}
		if (n < left) {
			chunk.sent += n;
			return;
		}
		n -= left;
		if (chunk.is_secret)
			explicit_bzero(
			    chunk.octets.data(), chunk.octets.size());
		if (!chunk.is_blob)
			spare = std::move(chunk.octets);
		queue.pop_front();
	}
}

ImsgSocket::Io
ImsgSocket::read()
{
	if (begin == end) {
		begin = end = 0;
	} else if (read_size - end < imsg_max) {
		std::memmove(buffer.get(), buffer.get() + begin, end - begin);
		end -= begin;
		begin = 0;
	}

	struct iovec piece = {buffer.get() + end, read_size - end};
	struct msghdr message = {};
	alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))];
	message.msg_iov = &piece;
	message.msg_iovlen = 1;
	ssize_t n;
	if (descriptors == Descriptors::received) {
		message.msg_control = control;
		message.msg_controllen = sizeof(control);
		n = recvmsg(socket.get(), &message, MSG_CMSG_CLOEXEC);
	} else
		n = recv(socket.get(), piece.iov_base, piece.iov_len, 0);
	if (n == -1) {
		if (errno == EAGAIN || errno == EINTR)
			return (Io::again);
		/*
		 * OpenBSD had no descriptor left and dropped the one that was
		 * sent; the octets are still to be read.
		 */
		if (errno == EMSGSIZE &&
		    descriptors == Descriptors::received) {
			arrived.emplace_back();
			return (Io::again);
		}
		return (Io::failed);
	}
	if (descriptors == Descriptors::received)
		receive_fds(message);
	if (n == 0)
		return (Io::closed);
	end += static_cast<std::size_t>(n);
	used = std::max(used, end);
	return (Io::ok);
}

/* One descriptor a message: what came with it beyond that is closed. */
void
ImsgSocket::receive_fds(struct msghdr &header)
{
	std::size_t before = arrived.size();

	for (struct cmsghdr *cmsg = CMSG_FIRSTHDR(&header); cmsg != nullptr;
	     cmsg = CMSG_NXTHDR(&header, cmsg)) {
		if (cmsg->cmsg_level != SOL_SOCKET ||
		    cmsg->cmsg_type != SCM_RIGHTS)
			continue;
		std::size_t count =
		    (cmsg->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (std::size_t i = 0; i < count; i++) {
			int number;
			std::memcpy(&number,
			    CMSG_DATA(cmsg) + i * sizeof(int), sizeof(number));
			Fd fd(number);
			if (i == 0)
				arrived.push_back(std::move(fd));
		}
	}
	/* One that was lost keeps its place: the next is another message's. */
	if ((header.msg_flags & MSG_CTRUNC) != 0 && arrived.size() == before)
		arrived.emplace_back();
}

bool
ImsgSocket::next(Imsg &message)
{
	Header header;

	if (malformed || end - begin < sizeof(header))
		return (false);
	std::memcpy(&header, buffer.get() + begin, sizeof(header));
	bool with_fd = (header.length & fd_mark) != 0;
	std::size_t length = header.length & ~fd_mark;
	if (length < imsg_header_size || length > imsg_max ||
	    (with_fd && descriptors == Descriptors::refused)) {
		malformed = true;
		return (false);
	}
	if (end - begin < length)
		return (false);
	message.type = header.type;
	message.peer_id = header.peer_id;
	message.data = std::string_view(buffer.get() + begin + sizeof(header),
	    length - sizeof(header));
	message.with_fd = with_fd;
	message.fd.reset();
	if (with_fd && !arrived.empty()) {
		message.fd = std::move(arrived.front());
		arrived.pop_front();
	}
	begin += length;
	return (true);
}

void
ImsgSocket::clear_taken()
{
	explicit_bzero(buffer.get(), begin);
	explicit_bzero(buffer.get() + end, used - end);
	used = end;
}
