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
 * A change of the configuration: read and checked as a whole, staged by every
 * child, and then committed, by relayd-smtp first.  Until the first commit
 * the one in force is untouched, and whatever fails leaves it in force.  The
 * first configuration goes the same way.
 */

#include <sys/types.h>
#include <sys/socket.h>

#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "compat/compat.h"
#include "log.h"
#include "parent.h"

namespace {

/* A child that needs longer to take a configuration is stuck. */
constexpr std::chrono::seconds change_max{10};

void
log_config_message(ConfigMessage kind, const std::string &text)
{
	LogRecord(kind == ConfigMessage::error ? LogLevel::error
					       : LogLevel::warning,
	    text)
	    .field("event", "configuration")
	    .write();
}

/* A relayd-smtp that drains may still need connections, for which it asks
 * under the configuration in force. */
bool
takes_config(const ChildProcess &child)
{
	return (child.kind() == ChildKind::smtp ||
	    (child.kind() == ChildKind::http && !child.retiring()));
}

} /* namespace */

void
Parent::reload()
{
	service_notify("RELOADING=1");
	std::optional<Config> config =
	    parse_config(options.config, log_config_message);
	if (!config) {
		abandon_change("the file has errors");
		return;
	}
	std::optional<ListenerSet> listeners = bind_listeners(
	    config->listeners, current.listeners, log_config_message);
	if (!listeners) {
		abandon_change("a listener cannot be had");
		return;
	}
	if (config->address_table != current.config.address_table)
		log_warnx("the new size of limit address's table takes effect "
		    "at the next start");
	ConfigGeneration fresh;
	fresh.number = current.number + 1;
	fresh.config = std::move(*config);
	fresh.listeners = std::move(*listeners);
	begin_change(std::move(fresh));
}

void
Parent::begin_change(ConfigGeneration fresh)
{
	pending = std::move(fresh);
	pending->slots = current.slots;
	pending->key_slots = pending->slots.assign(pending->config.keys);
	change = Change::staging;
	change_timer.arm(change_max);
	if (!first && !is_same_store(make_smtp_store(pending->config.store),
		make_smtp_store(current.config.store)) &&
	    !begin_successor())
		return;
	for (auto &child : children) {
		if (takes_config(*child) &&
		    child->state >= ChildProcess::State::greeted)
			stage(*child);
	}
	advance();
}

/*
 * Another store has another relayd-smtp: until the change is committed it
 * knows no relayd-http, and the one that is there works on.
 */
bool
Parent::begin_successor()
{
	std::optional<std::uint32_t> slot = free_slot();

	if (!slot) {
		abandon_change("too many processes are still draining");
		return (false);
	}
	successor = &add_child(
	    ChildKind::smtp, *slot, &pending->config.store);
	return (true);
}

/* Before it all have died: what they left in a shared store is nobody's. */
std::uint64_t
Parent::first_alive_smtp()
{
	std::uint64_t oldest = UINT64_MAX;

	for (const ChildProcess *smtp : children_of(ChildKind::smtp)) {
		if (smtp->pid() != -1)
			oldest = std::min(oldest, smtp->instance());
	}
	return (oldest);
}

/* Sends the configuration that the child is to have next. */
void
Parent::stage(ChildProcess &child)
{
	const ConfigGeneration &next =
	    change == Change::staging ? *pending : current;

	if (child.kind() == ChildKind::smtp) {
		SmtpConfig config = make_smtp_config(next.config, next.number);
		config.daemon = daemon_number;
		config.instance = child.instance();
		config.first_alive = first_alive_smtp();
		child.may_ask_for(smtp_descriptors(next.config));
		child.send_config(next.number, write_smtp_config(config));
		return;
	}
	child.send_config(next.number,
	    write_http_config(make_http_config(next.config, next.number,
		next.key_slots)));
	for (std::uint32_t i = 0; i < next.listeners.size(); i++)
		send_listener(child, next, i);
}

void
Parent::commit(ChildProcess &child)
{
	child.send(type_of(MessageType::commit),
	    write_generation(Generation{child.staged_generation, false}));
}

/* Goes on as far as the children allow. */
void
Parent::advance()
{
	using State = ChildProcess::State;

	if (stopping)
		return;
	if (change == Change::staging) {
		for (auto &child : children) {
			if (!takes_config(*child))
				continue;
			/* Who is not up gets the newest when it is. */
			if (!first && child.get() != successor &&
			    child->state < State::greeted)
				continue;
			if (child->state != State::staged ||
			    child->staged_generation != pending->number)
				return;
		}
		commit_smtp();
	}
	if (change == Change::committing_smtp) {
		for (ChildProcess *smtp : children_of(ChildKind::smtp)) {
			if (smtp->state == State::staged)
				return;
		}
		commit_http();
	}
	if (change == Change::committing_http) {
		for (ChildProcess *http : children_of(ChildKind::http)) {
			if (!http->retiring() && http->state == State::staged)
				return;
		}
		finish_change();
	}
}

void
Parent::commit_smtp()
{
	leaving.swap(current.listeners);
	std::erase_if(leaving, [this](const auto &socket) {
		const ListenerSet &kept = pending->listeners;
		return (std::find(kept.begin(), kept.end(), socket) !=
		    kept.end());
	});
	current = std::move(*pending);
	pending.reset();
	change = Change::committing_smtp;
	change_timer.arm(change_max);
	note_generation();
	log_configure(current.config.log.settings);
	for (std::uint32_t slot : current.slots.fresh()) {
		segment.key_bucket(slot) = 0;
		segment.lookup_bucket(slot) = 0;
	}
	connector->use(current.config, current.number);
	sendmail.use(current.config, current.number);
	for (ChildProcess *smtp : children_of(ChildKind::smtp)) {
		if (smtp->state == ChildProcess::State::staged)
			commit(*smtp);
	}
	if (successor != nullptr)
		succeed();
}

/*
 * The relayd-https take the newest link for what is new, and let go of the
 * one before it when that has answered all; then that relayd-smtp ends.
 */
void
Parent::succeed()
{
	for (ChildProcess *smtp : children_of(ChildKind::smtp)) {
		if (smtp == successor || smtp->retiring())
			continue;
		smtp->retire();
		smtp->send(type_of(MessageType::drain), "");
	}
	ChildProcess &next = *std::exchange(successor, nullptr);
	link_to_others(next);
	remove_ended();
}

/* Those that were in the pause before the next process when they retired. */
void
Parent::remove_ended()
{
	children.remove_if([](const auto &child) {
		return (child->retiring() && child->pid() == -1);
	});
}

void
Parent::commit_http()
{
	change = Change::committing_http;
	change_timer.arm(change_max);
	adjust_http();
	for (ChildProcess *http : children_of(ChildKind::http)) {
		if (!http->retiring() &&
		    http->state == ChildProcess::State::staged)
			commit(*http);
	}
}

/* prefork may have changed: the surplus drains, what lacks is started. */
void
Parent::adjust_http()
{
	std::uint32_t serving = 0;

	for (ChildProcess *http : children_of(ChildKind::http)) {
		if (http->retiring() || ++serving <= current.config.prefork)
			continue;
		http->retire();
		http->send(type_of(MessageType::drain), "");
	}
	remove_ended();
	for (; serving < current.config.prefork; serving++) {
		std::optional<std::uint32_t> slot = free_slot();
		if (!slot)
			break;
		add_child(ChildKind::http, *slot);
	}
}

/*
 * No relayd-http listens there any more, but a duplicate may still be on its
 * way to one that is starting, and would keep the port from who wants it
 * back: it is closed for everybody who has it.
 */
void
Parent::close_leaving()
{
	for (const auto &socket : leaving)
		shutdown(socket->fd.get(), SHUT_RDWR);
	leaving.clear();
}

void
Parent::finish_change()
{
	change = Change::none;
	change_timer.disarm();
	close_leaving();
	if (first)
		log_info("ready: %zu listener%s, %u relayd-http",
		    current.listeners.size(),
		    current.listeners.size() == 1 ? "" : "s",
		    current.config.prefork);
	else {
		note_reload(false);
		LogRecord(LogLevel::info, "configuration reloaded")
		    .field("event", "reload")
		    .field("result", "ok")
		    .field("generation",
			static_cast<std::int64_t>(current.number))
		    .write();
	}
	first = false;
	service_notify("READY=1\nSTATUS=serving");
	if (reload_again) {
		reload_again = false;
		reload();
	}
}

void
Parent::abandon_change(const std::string &why)
{
	note_reload(true);
	LogRecord(LogLevel::error, "configuration not reloaded: " + why +
	    "; the one in force stays")
	    .field("event", "reload")
	    .field("result", "failed")
	    .field("generation", static_cast<std::int64_t>(current.number))
	    .write();
	service_notify(
	    ("READY=1\nSTATUS=serving; last reload failed: " + why).c_str());
	change = Change::none;
	change_timer.disarm();
	pending.reset();
	if (successor != nullptr) {
		ChildProcess &unwanted = *std::exchange(successor, nullptr);
		unwanted.retire();
		unwanted.kill(SIGKILL);
		if (unwanted.pid() == -1)
			remove_child(unwanted);
	}
	/* Who staged it and has nothing else yet gets the one in force. */
	for (auto &child : children) {
		if (takes_config(*child) &&
		    child->state >= ChildProcess::State::greeted &&
		    child->staged_generation > current.number)
			stage(*child);
	}
	if (reload_again) {
		reload_again = false;
		reload();
	}
}

/* For GET /metrics. */
void
Parent::note_generation()
{
	set_to(segment.parent().generation, current.number);
	set_to(segment.parent().configured,
	    static_cast<std::uint64_t>(time(nullptr)));
}

void
Parent::note_reload(bool failed)
{
	ParentStatistics &told = segment.parent();

	count_in(failed ? told.reloads_failed : told.reloads);
	set_to(told.last_reload_failed, failed ? 1 : 0);
	set_to(told.last_reload, static_cast<std::uint64_t>(time(nullptr)));
}

/* Who has not answered is ended, and starts under what is then in force. */
void
Parent::change_overdue()
{
	/* Until it has staged, a process is ready under the one before. */
	ChildProcess::State awaited = change == Change::staging
	    ? ChildProcess::State::staged
	    : ChildProcess::State::ready;

	for (auto &child : children) {
		if (!takes_config(*child) || child->pid() == -1 ||
		    child->state == awaited)
			continue;
		log_warnx("%s %d takes no configuration",
		    child_name(child->kind()), static_cast<int>(child->pid()));
		child->kill(SIGKILL);
	}
	change_timer.arm(change_max);
}
