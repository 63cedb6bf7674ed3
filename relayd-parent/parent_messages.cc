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

/* What the children say, and what follows from it. */

#include <sys/types.h>
#include <sys/socket.h>

#include <signal.h>
#include <time.h>

#include <algorithm>

#include "compat/compat.h"
#include "log.h"
#include "parent.h"

bool
Parent::child_message(ChildProcess &child, Imsg &message)
{
	bool resolving = child.kind() == ChildKind::resolver;
	bool submitting = child.kind() == ChildKind::smtp;

	/* Nothing is heard from a child before its version. */
	if ((child.state == ChildProcess::State::started) !=
	    (message.type == type_of(MessageType::hello)))
		return (false);
	switch (static_cast<MessageType>(message.type)) {
	case MessageType::hello:
		return (greeted(child, message.data));
	case MessageType::staged:
		return (!resolving && staged(child, message.data));
	case MessageType::committed:
		return (!resolving && committed(child, message.data));
	case MessageType::syslog_lost:
		child.wants_syslog = true;
		syslog_lost();
		return (message.data.empty());
	case MessageType::listener_failed:
		return (child.kind() == ChildKind::http &&
		    listener_failed(child, message.data));
	case MessageType::unlinked:
		return (child.kind() == ChildKind::http &&
		    unlinked(child, message.data));
	case MessageType::pong:
		return (!resolving && message.data.empty());
	case MessageType::store:
		return (submitting && at_disk(child, message, true));
	case MessageType::stored:
		return (submitting && at_disk(child, message, false));
	case MessageType::connect:
		return (submitting && connect(child, message.data));
	case MessageType::run:
		return (submitting && sendmail.run(child, message.data));
	case MessageType::finish:
		return (submitting && sendmail.finish(child, message.data));
	case MessageType::usage:
		return (resolving && take_usage(child, message.data));
	case MessageType::resolved:
		return (resolving && connector->resolver().resolved(message.data));
	default:
		return (false);
	}
}

bool
Parent::connect(ChildProcess &child, std::string_view payload)
{
	std::optional<ConnectRequest> request = read_connect(payload);

	if (request)
		connector->connect(child, *request);
	return (request.has_value());
}

void
Parent::send_ticket_keys(ChildProcess &child)
{
	child.send_secret(type_of(MessageType::ticket_keys),
	    ticket_keys.keys().keys.back().revision,
	    write_ticket_keys(ticket_keys.keys()));
}

void
Parent::renew_ticket_keys()
{
	std::time_t now = time(nullptr);

	ticket_timer.arm(TicketKeyring::check_interval);
	if (!ticket_keys.due(now))
		return;
	ticket_keys.rotate(now);
	for (ChildProcess *http : children_of(ChildKind::http)) {
		if (http->state >= ChildProcess::State::greeted)
			send_ticket_keys(*http);
	}
}

bool
Parent::greeted(ChildProcess &child, std::string_view payload)
{
	if (!read_hello(payload))
		fatalx("%s is of another version: the executables were "
		    "upgraded, restart the daemon", child_name(child.kind()));
	child.state = ChildProcess::State::greeted;
	segment.take_slot(child.slot(), process_kind(child.kind()));
	if (child.kind() == ChildKind::resolver) {
		child.became_ready();
		show_start(segment.statistics(child.slot()));
		connector->resolver().child_ready();
		return (true);
	}
	if (stopping || child.retiring()) {
		child.send(type_of(MessageType::shutdown), "");
		return (true);
	}
	child.send(type_of(MessageType::segment),
	    write_segment(segment.address_key()), segment.descriptor());
	if (child.kind() == ChildKind::http)
		send_ticket_keys(child);
	if (&child != successor)
		link_to_others(child);
	stage(child);
	return (true);
}

bool
Parent::take_usage(ChildProcess &child, std::string_view payload)
{
	std::optional<ProcessUsage> usage = read_usage(payload);

	if (usage)
		show_usage(segment.statistics(child.slot()), *usage);
	return (usage.has_value());
}

/* With those of the other kind that are there, and not about to go. */
void
Parent::link_to_others(ChildProcess &child)
{
	for (auto &other : children) {
		if (other->state < ChildProcess::State::greeted ||
		    other.get() == successor)
			continue;
		if (child.kind() == ChildKind::http &&
		    other->kind() == ChildKind::smtp && !other->retiring())
			link_peers(child, *other);
		if (child.kind() == ChildKind::smtp &&
		    other->kind() == ChildKind::http)
			link_peers(*other, child);
	}
}

/* A socketpair between the two, an end for each. */
void
Parent::link_peers(ChildProcess &http, ChildProcess &smtp)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
		pair) == -1) {
		log_warn("socketpair");
		http.wants_link = true;
		relink_timer.arm(std::chrono::seconds(1));
		return;
	}
	http.link = ++last_link;
	http.linked = Clock::now();
	http.wants_link = false;
	http.send(type_of(MessageType::peer),
	    write_peer(Peer{smtp.slot(), http.link}), Fd(pair[0]));
	smtp.send(type_of(MessageType::peer),
	    write_peer(Peer{http.slot(), http.link}), Fd(pair[1]));
}

bool
Parent::staged(ChildProcess &child, std::string_view payload)
{
	std::optional<Generation> generation = read_generation(payload);

	if (!generation || !child.answered_config())
		return (false);
	/* What was asked for meanwhile is what counts. */
	if (child.owes_answer() ||
	    generation->number != child.staged_generation)
		return (true);
	if (generation->failed) {
		if (change == Change::staging && !first)
			abandon_change(std::string(child_name(child.kind())) +
			    " cannot use it, its own message says why");
		else
			child.kill(SIGKILL);
		return (true);
	}
	child.state = ChildProcess::State::staged;
	if (stopping)
		return (true);
	if (change == Change::staging)
		advance();
	else
		commit(child);
	return (true);
}

bool
Parent::committed(ChildProcess &child, std::string_view payload)
{
	std::optional<Generation> generation = read_generation(payload);

	if (!generation)
		return (false);
	/* Of the one before, when another has been sent meanwhile: it serves. */
	if (generation->number == child.staged_generation &&
	    child.state != ChildProcess::State::staged)
		return (false);
	child.became_ready();
	advance();
	return (true);
}

void
Parent::child_died(ChildProcess &child)
{
	segment.clear_process(child.slot());
	if (child.kind() == ChildKind::http && child.broke_promise())
		distrust_listeners();
	connector->forget(child);
	sendmail.forget(child);
	if (&child == successor) {
		remove_child(child);
		abandon_change("the store cannot be used");
		return;
	}
	if (child.retiring()) {
		remove_child(child);
		if (stopping)
			continue_shutdown();
		else if (change == Change::none)
			adjust_http(); /* its slot may have been wanted */
		else
			advance();
		return;
	}
	count_in(cell_of(segment.parent().restarts,
	    process_kind(child.kind())));
	/* The process in its place would get the same, and end as well. */
	if (change == Change::staging && !first && child.died_of_config()) {
		abandon_change(std::string(child_name(child.kind())) +
		    " ended when it was given the file");
		return;
	}
	/* A change does not wait for who is not there. */
	advance();
}

/* All of them, those that drain too. */
std::vector<ChildProcess *>
Parent::children_of(ChildKind kind)
{
	std::vector<ChildProcess *> list;

	for (auto &child : children) {
		if (child->kind() == kind)
			list.push_back(child.get());
	}
	return (list);
}
