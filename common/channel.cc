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

#include "imsg.h"

namespace {

/* A socket that is ready all the while would keep the loop spinning. */
constexpr std::chrono::milliseconds retry_interval{10};

} /* namespace */

Channel::Channel(EventLoop &loop, Fd socket, ImsgSocket::Descriptors policy,
    ChannelHandler &channel_handler)
    : imsg(std::move(socket), policy), handler(channel_handler),
      flush_task(loop, this, calls<&Channel::flush>),
      take_task(loop, this, calls<&Channel::take_messages>),
      retry(this, calls<&Channel::flush>),
      death(this, calls<&Channel::report_death>)
{
	read_event.set<&Channel::readable>(imsg.fd(), EV_READ, this);
	write_event.set<&Channel::flush>(imsg.fd(), EV_WRITE, this);
	read_event.add();
}

std::uint64_t
Channel::compose(std::uint32_t type, std::string_view payload, Fd fd)
{
	flush_task.schedule();
	return (imsg.compose(type, payload, std::move(fd)));
}

std::uint64_t
Channel::compose_blob(std::uint32_t type, std::uint64_t id, std::string blob)
{
	flush_task.schedule();
	return (imsg.compose_blob(type, id, std::move(blob)));
}

std::uint64_t
Channel::compose_source(std::uint32_t type, std::uint64_t id,
    std::unique_ptr<BlobSource> source)
{
	flush_task.schedule();
	return (imsg.compose_source(type, id, std::move(source)));
}

std::uint64_t
Channel::compose_secret(std::uint32_t type, std::uint64_t id, std::string blob)
{
	flush_task.schedule();
	return (imsg.compose_secret(type, id, std::move(blob)));
}

void
Channel::flush()
{
	if (dead)
		return;
	switch (imsg.flush()) {
	case ImsgSocket::Io::again:
		write_event.add();
		break;
	case ImsgSocket::Io::later:
		write_event.remove();
		retry.arm(retry_interval);
		break;
	case ImsgSocket::Io::failed:
		die();
		break;
	case ImsgSocket::Io::closed:
		/*
		 * When the peer is gone, what it said before is still to be
		 * read; the end of that ends the channel.
		 */
		queued_max = SIZE_MAX;
		write_event.remove();
		break;
	default:
		write_event.remove();
		break;
	}
	if (is_full && imsg.queued() <= queued_max / 2) {
		is_full = false;
		take_task.schedule();
	}
}

void
Channel::resume()
{
	if (!paused)
		return;
	paused = false;
	take_task.schedule();
}

void
Channel::readable()
{
	ImsgSocket::Io io = imsg.read();

	if (io == ImsgSocket::Io::again)
		return;
	if (io != ImsgSocket::Io::ok) {
		die();
		return;
	}
	take_messages();
}

/* Of what has been read; what is left waits until it may be taken. */
void
Channel::take_messages()
{
	Imsg message;

	while (!dead && !paused && !is_full && imsg.next(message)) {
		if (!handler.channel_message(*this, message))
			die();
		is_full = imsg.queued() > queued_max;
	}
	if (imsg.bad())
		die();
	if (dead)
		return;
	if (paused || is_full)
		read_event.remove();
	else
		read_event.add();
}

void
Channel::die()
{
	if (dead)
		return;
	dead = true;
	read_event.remove();
	write_event.remove();
	take_task.cancel();
	retry.disarm();
	death.arm(Clock::duration::zero());
}

void
Channel::report_death()
{
	handler.channel_closed(*this);
}
