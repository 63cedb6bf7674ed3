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
 * The privileged parent: it owns the configuration, the listeners, the shared
 * segment and the children, tells these what to do, and hands them the
 * descriptors that they cannot make themselves.
 */

#ifndef RELAYD_PARENT_PARENT_H
#define RELAYD_PARENT_PARENT_H

#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "child_config.h"
#include "child_process.h"
#include "config.h"
#include "connector.h"
#include "listeners.h"
#include "sendmail.h"
#include "process_meter.h"
#include "segment.h"
#include "ticket_keys.h"

struct ParentOptions {
	ConfigOptions config;
	bool debug = false;      /* -d */
	bool no_sandbox = false; /* -X */
	int verbose = 0;         /* -v */
};

/* A configuration with all that belongs to it, in force or about to be. */
struct ConfigGeneration {
	std::uint64_t number = 0;
	Config config;
	ListenerSet listeners;
	KeySlots slots;
	std::vector<std::uint32_t> key_slots; /* of each key of config */
};

class Parent final : public ChildOwner {
public:
	Parent(const ParentOptions &parent_options, Config config,
	    ListenerSet listeners);

	/* Confine the parent, start the children, loop; returns the status. */
	int run();

private:
	/* How far a change of the configuration has come; parent_reload.cc. */
	enum class Change { none, staging, committing_smtp, committing_http };

	/* parent.cc */
	void confine();
	void start_children();
	/* store: of the configuration that a relayd-smtp starts with. */
	ChildProcess &add_child(ChildKind kind, std::uint32_t slot,
	    const Store *store = nullptr);
	void remove_child(const ChildProcess &child);
	std::optional<std::uint32_t> free_slot() const;
	void reap();
	void hangup();
	void terminate();
	void continue_shutdown();
	void shutdown_overdue();
	void give_syslog();
	void syslog_lost();
	static void own_syslog_lost(void *parent);

	/* parent_messages.cc */
	bool child_message(ChildProcess &child, Imsg &message) override;
	void child_died(ChildProcess &child) override;
	bool connect(ChildProcess &child, std::string_view payload);
	void send_ticket_keys(ChildProcess &child);
	void renew_ticket_keys();
	bool greeted(ChildProcess &child, std::string_view payload);
	bool take_usage(ChildProcess &child, std::string_view payload);
	bool staged(ChildProcess &child, std::string_view payload);
	bool committed(ChildProcess &child, std::string_view payload);
	void link_to_others(ChildProcess &child);
	void link_peers(ChildProcess &http, ChildProcess &smtp);
	std::vector<ChildProcess *> children_of(ChildKind kind);

	/* parent_mending.cc */
	bool listener_failed(ChildProcess &child, std::string_view payload);
	void distrust_listeners();
	void replace_soon(BoundSocket &socket);
	void rebind_listeners();
	void pass_anew(const BoundSocket &socket);
	static void pass_anew(const BoundSocket &socket,
	    const ConfigGeneration &generation, ChildProcess &child);
	static void send_listener(ChildProcess &child,
	    const ConfigGeneration &generation, std::uint32_t index);
	bool unlinked(ChildProcess &child, std::string_view payload);
	void relink();
	void ping_children();
	void ping(ChildProcess &child, bool counts);
	bool at_disk(ChildProcess &child, const Imsg &message, bool is_so);

	/* parent_reload.cc */
	void reload();
	void begin_change(ConfigGeneration fresh);
	bool begin_successor();
	void stage(ChildProcess &child);
	std::uint64_t first_alive_smtp();
	void commit(ChildProcess &child);
	void advance();
	void commit_smtp();
	void succeed();
	void remove_ended();
	void commit_http();
	void finish_change();
	void close_leaving();
	void abandon_change(const std::string &why);
	void change_overdue();
	void note_generation();
	void note_reload(bool failed);
	void adjust_http();

	ParentOptions options;
	EventLoop loop;
	Segment segment;
	ProcessMeter meter;
	ConfigGeneration current;
	std::optional<ConfigGeneration> pending; /* while staging */
	Change change = Change::none;
	bool reload_again = false; /* SIGHUP came during a change */
	bool first = true; /* the first configuration is under way */
	/* The relayd-smtp for another store, until the change is committed. */
	ChildProcess *successor = nullptr;
	/* Sockets that the change takes away. */
	ListenerSet leaving;
	Clock::time_point last_rebind;
	bool rebind_failed = false; /* the last time, and it was said */
	std::uint64_t last_link = 0; /* of those between children */
	/* What a store that is shared knows this daemon by. */
	std::uint64_t daemon_number;

	std::list<std::unique_ptr<ChildProcess>> children;
	std::optional<Connector> connector;
	Sendmail sendmail;
	TicketKeyring ticket_keys;

	bool stopping = false;
	bool smtp_told = false; /* to finish */
	bool last_words = false; /* relayd-http answers what is left */
	Timer change_timer;
	Timer shutdown_timer;
	Timer syslog_timer;
	Timer rebind_timer;
	Timer relink_timer;
	Timer ping_timer;
	Clock::time_point ping_due;
	Timer ticket_timer;
};

#endif
