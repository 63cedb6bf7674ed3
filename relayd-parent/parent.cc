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
#include <sys/wait.h>

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>

#include "compat/compat.h"
#include "ledger_place.h"
#include "log.h"
#include "parent.h"

namespace {

/* After timeout shutdown, for the answers to what is still in flight. */
constexpr std::chrono::seconds last_words_time{1};

bool
has_sendmail(const Config &config)
{
	return (std::any_of(config.relays.begin(), config.relays.end(),
	    [](const Relay &relay) {
		    return (relay.kind == RelayKind::sendmail);
	    }));
}

} /* namespace */

Parent::Parent(const ParentOptions &parent_options, Config config,
    ListenerSet listeners)
    : options(parent_options), segment(Segment::create(config.address_table)),
      meter(segment.parent_process(), segment), ticket_keys(time(nullptr)),
      change_timer(this, calls<&Parent::change_overdue>),
      shutdown_timer(this, calls<&Parent::shutdown_overdue>),
      syslog_timer(this, calls<&Parent::give_syslog>),
      rebind_timer(this, calls<&Parent::rebind_listeners>),
      relink_timer(this, calls<&Parent::relink>),
      ping_timer(this, calls<&Parent::ping_children>),
      ticket_timer(this, calls<&Parent::renew_ticket_keys>)
{
	ConfigGeneration fresh;

	set_to(segment.parent().started,
	    static_cast<std::uint64_t>(time(nullptr)));
	arc4random_buf(&daemon_number, sizeof(daemon_number));
	fresh.number = 1;
	fresh.config = std::move(config);
	fresh.listeners = std::move(listeners);
	pending = std::move(fresh);
	ticket_timer.arm(TicketKeyring::check_interval);
}

int
Parent::run()
{
	log_on_syslog_lost(&Parent::own_syslog_lost, this);
	confine();

	for (int number : {SIGPIPE, SIGUSR1, SIGUSR2})
		signal(number, SIG_IGN);
	SignalEvent child_signal(SIGCHLD, this, calls<&Parent::reap>);
	SignalEvent hangup_signal(SIGHUP, this, calls<&Parent::hangup>);
	SignalEvent term_signal(SIGTERM, this, calls<&Parent::terminate>);
	SignalEvent int_signal(SIGINT, this, calls<&Parent::terminate>);

	start_children();
	/* With -d there may be a debugger, in which a child stands still. */
	if (!options.debug)
		ping_children();
	begin_change(std::move(*pending));
	loop.run();
	log_info("terminating");
	return (0);
}

void
Parent::confine()
{
	std::string lacks;

	if (options.no_sandbox) {
		log_warnx("running without any sandbox (-X)");
		return;
	}
	if (sandbox_probe(lacks) == -1)
		fatal("this kernel cannot confine the children (Landlock is "
		    "needed; -X runs without a sandbox)");
	if (!lacks.empty())
		log_warnx("this kernel confines only in part: %s",
		    lacks.c_str());
	if (!sandbox_keeps_setgid() && has_sendmail(pending->config)) {
		log_warnx("the parent itself is not confined, so that a "
		    "set-gid sendmail keeps its group");
		return;
	}
	/*
	 * stdio: always.
	 * rpath: the configuration and what it names, at reload.
	 * inet: listeners, connections to relays.
	 * unix: the connection to syslogd.
	 * sendfd: all of these, for the children.
	 * proc exec id: children and the programs of a relay sendmail are
	 * started, ended and change their user.
	 */
	if (pledge("stdio rpath inet unix sendfd proc exec id", nullptr) == -1)
		fatal("pledge");
}

void
Parent::start_children()
{
	std::uint32_t slot = 0;

	connector.emplace(add_child(ChildKind::resolver, slot++));
	add_child(ChildKind::smtp, slot++, &pending->config.store);
	for (std::uint32_t i = 0; i < pending->config.prefork; i++)
		add_child(ChildKind::http, slot++);
}

ChildProcess &
Parent::add_child(
    ChildKind kind, std::uint32_t slot, const Store *store)
{
	std::vector<std::string> argv;

	if (kind == ChildKind::resolver)
		argv.push_back("-R");
	if (options.debug)
		argv.push_back("-d");
	for (int i = 0; i < std::min(options.verbose, 3); i++)
		argv.push_back("-v");
	if (options.no_sandbox)
		argv.push_back("-X");
	argv.push_back("-n");
	argv.push_back(std::to_string(slot));
	if (store != nullptr && store->type == StoreKind::sqlite) {
		argv.push_back("-D");
		argv.push_back(directory_of(store->path));
	}
	children.push_back(std::make_unique<ChildProcess>(loop, *this, kind,
	    slot, std::move(argv)));
	children.back()->start();
	return (*children.back());
}

void
Parent::remove_child(const ChildProcess &child)
{
	if (&child == successor)
		successor = nullptr;
	children.remove_if([&child](const auto &other) {
		return (other.get() == &child);
	});
}

/* None while many a relayd-http drains: its successor has to wait. */
std::optional<std::uint32_t>
Parent::free_slot() const
{
	for (std::uint32_t slot = 0; slot < process_slots_max; slot++) {
		if (std::none_of(children.begin(), children.end(),
			[slot](const auto &child) {
				return (child->slot() == slot);
			}))
			return (slot);
	}
	return (std::nullopt);
}

void
Parent::reap()
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (sendmail.reaped(pid, status))
			continue;
		for (auto &child : children) {
			if (child->pid() == pid) {
				child->exited(status);
				break;
			}
		}
	}
}

void
Parent::hangup()
{
	if (stopping)
		return;
	if (change != Change::none)
		reload_again = true;
	else
		reload();
}

/* SIGTERM or SIGINT: relayd-http first, for it still needs relayd-smtp. */
void
Parent::terminate()
{
	if (stopping)
		return;
	stopping = true;
	log_info("shutting down");
	service_notify("STOPPING=1");
	change = Change::none;
	successor = nullptr;
	change_timer.disarm();
	shutdown_timer.arm(pending ? pending->config.timeout_shutdown :
				     current.config.timeout_shutdown);
	current.listeners.clear();
	pending.reset();
	children.remove_if(
	    [](const auto &child) { return (child->pid() == -1); });
	for (auto &child : children) {
		child->retire();
		if (child->kind() == ChildKind::http)
			child->send(type_of(MessageType::shutdown), "");
	}
	continue_shutdown();
}

void
Parent::continue_shutdown()
{
	if (!children_of(ChildKind::http).empty())
		return;
	if (!smtp_told) {
		smtp_told = true;
		for (auto &child : children) {
			if (child->kind() == ChildKind::smtp)
				child->send(
				    type_of(MessageType::shutdown), "");
			else
				child->kill(SIGKILL);
		}
	}
	if (children.empty())
		loop.stop();
}

void
Parent::shutdown_overdue()
{
	if (!last_words) {
		last_words = true;
		log_warnx("not everything finished within timeout shutdown");
		for (ChildProcess *http : children_of(ChildKind::http))
			http->send(type_of(MessageType::shutdown), "");
		shutdown_timer.arm(last_words_time);
		return;
	}
	for (auto &child : children)
		child->kill(SIGKILL);
	loop.stop();
}

void
Parent::own_syslog_lost(void *parent)
{
	static_cast<Parent *>(parent)->syslog_lost();
}

void
Parent::syslog_lost()
{
	if (!syslog_timer.armed())
		syslog_timer.arm(std::chrono::seconds(1));
}

/* syslogd was restarted: everybody gets a new descriptor to it. */
void
Parent::give_syslog()
{
	Fd own(compat_syslog_open());

	if (!own.valid()) {
		if (errno != ENOTSUP)
			syslog_timer.arm(std::chrono::seconds(1));
		return;
	}
	log_set_syslog(own.release());
	for (auto &child : children) {
		if (!child->wants_syslog)
			continue;
		/* It has yet to take what it was given before. */
		if (child->queued_fds() != 0) {
			syslog_lost();
			continue;
		}
		Fd fd(compat_syslog_open());
		if (!fd.valid()) {
			syslog_timer.arm(std::chrono::seconds(1));
			return;
		}
		child->wants_syslog = false;
		child->send(type_of(MessageType::syslog), "", std::move(fd));
	}
}
