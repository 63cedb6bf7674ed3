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
 * What the parent mends while it runs: listeners that fail in a child, links
 * between children that were lost, and children that hang.
 */

#include <sys/types.h>

#include <fcntl.h>
#include <signal.h>
#include <string.h>

#include "log.h"
#include "parent.h"

namespace {

/* Whoever breaks listeners or links cannot keep us busy with them. */
constexpr std::chrono::seconds rebind_interval{1};
constexpr std::chrono::milliseconds relink_interval{500};
constexpr std::chrono::seconds ping_interval{1};
/* A second that is later than that may have been one in which we stood still. */
constexpr std::chrono::milliseconds late_max{500};

std::string
text_of(const BoundSocket &socket)
{
	return ("listen on " + socket.address.text() + " port " +
	    std::to_string(socket.port));
}

} /* namespace */

/*
 * Its word is enough: what it costs is bounded, and there is nothing in a
 * socket by which we could tell.
 */
bool
Parent::listener_failed(ChildProcess &child, std::string_view payload)
{
	std::optional<ListenerPlace> place = read_listener(payload);

	if (!place)
		return (false);
	/* It speaks of one that it is about to lose anyway. */
	if (place->generation != current.number || stopping)
		return (true);
	if (place->index >= current.listeners.size())
		return (false);
	BoundSocket &socket = *current.listeners[place->index];
	if (socket.number != place->socket || socket.is_broken)
		return (true);
	LogRecord(LogLevel::error, text_of(socket) + ": accept fails in " +
	    child_name(child.kind()) + " " + std::to_string(child.pid()) +
	    ": " + strerror(place->error) + "; another socket is made")
	    .field("event", "listener")
	    .write();
	replace_soon(socket);
	return (true);
}

/* What it did to the listeners before it was ended is not known. */
void
Parent::distrust_listeners()
{
	if (!stopping)
		for (const auto &socket : current.listeners)
			replace_soon(*socket);
}

void
Parent::replace_soon(BoundSocket &socket)
{
	socket.is_broken = true;
	if (!rebind_timer.armed())
		rebind_timer.arm(std::max<Clock::duration>(
		    last_rebind + rebind_interval - Clock::now(),
		    Clock::duration::zero()));
}

void
Parent::rebind_listeners()
{
	bool failed = false;

	if (stopping)
		return;
	last_rebind = Clock::now();
	for (const auto &socket : current.listeners) {
		if (!socket->is_broken)
			continue;
		if (rebind(*socket, current.listeners)) {
			pass_anew(*socket);
			continue;
		}
		failed = true;
		if (!rebind_failed)
			log_warn("%s: no other socket can be had yet",
			    text_of(*socket).c_str());
	}
	rebind_failed = failed;
	if (failed)
		rebind_timer.arm(rebind_interval);
}

/* To each relayd-http, for each configuration that it has or was sent. */
void
Parent::pass_anew(const BoundSocket &socket)
{
	for (ChildProcess *http : children_of(ChildKind::http)) {
		if (http->state < ChildProcess::State::greeted ||
		    http->retiring())
			continue;
		if (current.number <= http->staged_generation)
			pass_anew(socket, current, *http);
		if (pending && pending->number == http->staged_generation)
			pass_anew(socket, *pending, *http);
	}
}

void
Parent::pass_anew(const BoundSocket &socket,
    const ConfigGeneration &generation, ChildProcess &child)
{
	for (std::uint32_t i = 0; i < generation.listeners.size(); i++) {
		if (generation.listeners[i].get() == &socket)
			send_listener(child, generation, i);
	}
}

void
Parent::send_listener(ChildProcess &child, const ConfigGeneration &generation,
    std::uint32_t index)
{
	const BoundSocket &socket = *generation.listeners[index];
	Fd fd(fcntl(socket.fd.get(), F_DUPFD_CLOEXEC, 0));

	if (!fd.valid())
		log_warn("cannot pass a listener on");
	child.send(type_of(MessageType::listener),
	    write_listener({generation.number, index, socket.number, 0}),
	    std::move(fd));
}

/* A newer link may be on its way to it already. */
bool
Parent::unlinked(ChildProcess &child, std::string_view payload)
{
	std::optional<std::uint64_t> link = read_unlinked(payload);

	if (!link)
		return (false);
	if (*link == child.link) {
		child.wants_link = true;
		relink();
	}
	return (true);
}

/* With the relayd-smtp for what is new; without one, its successor does it. */
void
Parent::relink()
{
	ChildProcess *newest = nullptr;

	for (ChildProcess *smtp : children_of(ChildKind::smtp)) {
		if (smtp->state >= ChildProcess::State::greeted &&
		    smtp != successor && !smtp->retiring())
			newest = smtp;
	}
	if (newest == nullptr || stopping)
		return;
	for (ChildProcess *http : children_of(ChildKind::http)) {
		if (!http->wants_link)
			continue;
		if (Clock::now() - http->linked < relink_interval)
			relink_timer.arm(relink_interval);
		else
			link_peers(*http, *newest);
	}
}

void
Parent::ping_children()
{
	Clock::time_point now = Clock::now();
	bool counts = now - ping_due <= late_max;

	ping_due = now + ping_interval;
	ping_timer.arm(ping_interval);
	for (auto &child : children) {
		if (child->kind() != ChildKind::resolver && child->pid() != -1)
			ping(*child, counts);
	}
}

/* A stopped process takes no signal but SIGKILL. */
void
Parent::ping(ChildProcess &child, bool counts)
{
	auto log = [&child](const char *what) {
		LogRecord(LogLevel::warning,
		    std::string(child_name(child.kind())) + " " +
			std::to_string(child.pid()) + what)
		    .field("event", "child_hang")
		    .field("seconds",
			static_cast<std::int64_t>(child.watch.seconds()))
		    .write();
	};

	switch (child.watch.second(counts)) {
	case HangWatch::Step::none:
		break;
	case HangWatch::Step::ask:
		child.send(type_of(MessageType::ping), "");
		break;
	case HangWatch::Step::warn:
		log(" does not answer");
		break;
	case HangWatch::Step::end:
		log(" hangs and is ended");
		count_in(cell_of(
		    segment.parent().hangs, process_kind(child.kind())));
		child.kill(SIGKILL);
		break;
	}
}

bool
Parent::at_disk(ChildProcess &child, const Imsg &message, bool is_so)
{
	child.watch.at_disk(is_so);
	return (message.data.empty());
}
