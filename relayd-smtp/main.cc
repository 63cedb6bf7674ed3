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
 * relayd-smtp: the one process that faces the mail server.  The parent
 * starts it, configures it, and opens its connections.
 */

#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "child.h"
#include "engine.h"
#include "event_loop.h"
#include "imsg.h"
#include "ledger_directory.h"
#include "log.h"
#include "messages.h"
#include "pathnames.h"
#include "smtp_config.h"
#include "sqlite_database.h"

namespace {

/* The largest configuration: 10,000 keys with 10,000 recipients a list. */
constexpr std::size_t config_max = 1024 * 1024 * 1024;

class Process final : private ChannelHandler, private Connector {
public:
	Process(const ChildOptions &child_options, std::string root_directory,
	    Fd parent_socket)
	    : options(child_options), root(std::move(root_directory)),
	      parent(loop, std::move(parent_socket),
		  ImsgSocket::Descriptors::received, *this),
	      engine(loop, *this),
	      config_assembler(config_max, 1),
	      ending(loop, this, calls<&Process::end_when_done>),
	      end_timer(this, calls<&Process::end_when_done>)
	{
		log_on_syslog_lost(
		    [](void *process) {
			    static_cast<Process *>(process)->syslog_lost();
		    },
		    this);
		parent.compose(type_of(MessageType::hello), write_hello());
	}

	void work()
	{
		loop.run();
		engine.farewell();
		parent.flush();
	}

private:
	enum class End { none, when_left, when_done };

	/* ChannelHandler */
	bool channel_message(Channel &, Imsg &message) override;
	/* Without its parent a child has nothing to live for. */
	void channel_closed(Channel &) override
	{
		loop.stop();
	}

	/* Connector */
	void connect(const ConnectRequest &request) override
	{
		parent.compose(
		    type_of(MessageType::connect), write_connect(request));
	}
	void run(std::uint64_t id, const RunRequest &request) override
	{
		parent.compose_blob(
		    type_of(MessageType::run), id, write_run(request));
	}
	void before_disk() override
	{
		if (!was_pinged)
			return;
		was_pinged = false;
		said_store = true;
		parent.compose(type_of(MessageType::store), "");
		parent.flush();
	}
	void finish(const RunFinish &how) override
	{
		parent.compose(
		    type_of(MessageType::finish), write_finish(how));
	}

	bool take_segment(Imsg &message);
	bool stage(std::string_view payload);
	bool commit(std::string_view payload);
	bool take_peer(Imsg &message);
	bool take_connection(Imsg &message);
	bool take_program(Imsg &message);
	bool take_exit(std::string_view payload);
	bool take_ping(std::string_view payload);
	bool take_syslog(Imsg &message);
	bool begin_end(End how);
	void end_when_done();
	void syslog_lost()
	{
		parent.compose(type_of(MessageType::syslog_lost), "");
	}

	const ChildOptions &options;
	const std::string root; /* as others see it */
	EventLoop loop;
	Channel parent; /* when it closes, we are killed: it does so last */
	Engine engine;
	BlobAssembler config_assembler;
	std::shared_ptr<const SmtpConfig> staged;
	/* Since the last time that the parent heard of the disk. */
	bool was_pinged = true;
	bool said_store = false;
	End end = End::none;
	TurnEndTask ending;
	Timer end_timer;
};

bool
Process::channel_message(Channel &, Imsg &message)
{
	switch (static_cast<MessageType>(message.type)) {
	case MessageType::segment:
		return (take_segment(message));
	case MessageType::config:
		return (stage(message.data));
	case MessageType::commit:
		return (commit(message.data));
	case MessageType::peer:
		return (take_peer(message));
	case MessageType::connected:
		return (take_connection(message));
	case MessageType::running:
	case MessageType::output:
		return (take_program(message));
	case MessageType::exited:
		return (take_exit(message.data));
	case MessageType::ping:
		return (take_ping(message.data));
	case MessageType::syslog:
		return (take_syslog(message));
	case MessageType::drain:
		return (begin_end(End::when_left));
	case MessageType::shutdown:
		return (begin_end(End::when_done));
	default:
		return (false);
	}
}

bool
Process::take_segment(Imsg &message)
{
	auto address_key = read_segment(message.data);

	if (!address_key || !message.fd.valid())
		return (false);
	engine.use_segment(
	    Segment(std::move(message.fd), *address_key), options.slot);
	return (true);
}

bool
Process::stage(std::string_view payload)
{
	std::uint64_t id;
	std::string_view blob;
	std::string storage;
	Generation generation;

	switch (config_assembler.add(payload, SIZE_MAX, id, blob, storage)) {
	case BlobAssembler::State::more:
		return (true);
	case BlobAssembler::State::complete:
		break;
	default:
		return (false);
	}
	std::optional<SmtpConfig> config = read_smtp_config(blob);
	explicit_bzero(storage.data(), storage.size());
	parent.clear_taken();
	if (!config || config->generation != id) {
		log_warnx("the configuration cannot be read");
		return (false);
	}
	if (config->store.kind == StoreKind::sqlite)
		config->store.place = path_below(root, config->store.path);
	generation.number = config->generation;
	staged = std::make_shared<const SmtpConfig>(std::move(*config));
	parent.compose(
	    type_of(MessageType::staged), write_generation(generation));
	return (true);
}

bool
Process::commit(std::string_view payload)
{
	std::optional<Generation> generation = read_generation(payload);

	if (!generation || !staged || staged->generation != generation->number)
		return (false);
	engine.configure(std::move(staged));
	parent.compose(
	    type_of(MessageType::committed), write_generation(*generation));
	return (true);
}

bool
Process::take_peer(Imsg &message)
{
	std::optional<Peer> peer = read_peer(message.data);

	if (!peer)
		return (false);
	/* Out of descriptors: the other end closes, and who has it asks anew. */
	if (message.fd.valid())
		engine.add_peer(std::move(message.fd), peer->link);
	else
		engine.peer_lost();
	return (true);
}

bool
Process::take_connection(Imsg &message)
{
	std::optional<ConnectResult> result = read_connected(message.data);

	if (!result)
		return (false);
	engine.connection(*result, std::move(message.fd));
	return (true);
}

/* Its standard input, or what it writes. */
bool
Process::take_program(Imsg &message)
{
	std::optional<RunResult> result = read_run_result(message.data);

	if (!result)
		return (false);
	if (message.type == type_of(MessageType::running))
		engine.program_running(*result, std::move(message.fd));
	else
		engine.program_output(*result, std::move(message.fd));
	return (true);
}

bool
Process::take_exit(std::string_view payload)
{
	std::optional<RunStatus> status = read_exited(payload);

	if (status)
		engine.program_exited(*status);
	return (status.has_value());
}

bool
Process::take_ping(std::string_view payload)
{
	if (std::exchange(said_store, false))
		parent.compose(type_of(MessageType::stored), "");
	was_pinged = true;
	parent.compose(type_of(MessageType::pong), "");
	return (payload.empty());
}

bool
Process::take_syslog(Imsg &message)
{
	if (message.fd.valid())
		log_set_syslog(message.fd.release());
	return (true);
}

bool
Process::begin_end(End how)
{
	end = how;
	if (how == End::when_done)
		engine.stop_taking();
	ending.schedule();
	return (true);
}

/* Looked at now and then: what is in flight ends by its own time-outs. */
void
Process::end_when_done()
{
	if (engine.at_rest() && (end == End::when_done || !engine.has_peers()))
		loop.stop();
	else
		end_timer.arm(std::chrono::milliseconds(20));
}

/* What is unveiled of the file system; nothing: nullptr. */
const char *
visible_directory(
    const std::string &directory, const std::string &root, bool is_usable)
{
	if (!is_usable)
		return (nullptr);
	return (root == "/" ? directory.c_str() : "/");
}

} /* namespace */

int
main(int argc, char *argv[])
{
	ChildOptions options = child_start(argc, argv, "relayd-smtp");
	const std::string &directory = options.directory;
	bool has_directory = false;

	/* Without its directory the ledger fails, and mail does not. */
	if (!directory.empty()) {
		start_sqlite();
		has_directory =
		    prepare_ledger_directory(directory, smtp_user);
	}
	const std::string root = geteuid() != 0 ? "/"
	    : has_directory			? directory
						: path_chroot;
	child_drop(options, smtp_user, root.c_str(), "smtp engine");
	/*
	 * stdio: for everything on descriptors that are there.
	 * recvfd: connections to relays and relayd-https, from the parent.
	 */
	Process process(options, root, child_parent_socket());
	if (directory.empty())
		child_confine(options, "stdio recvfd");
	else
		/*
		 * rpath wpath cpath: the ledger's file and its log are
		 * opened, made, renamed when they are damaged.
		 * fattr: a new log gets the file's mode.
		 * flock: nobody else opens the file.
		 */
		child_confine(options,
		    "stdio recvfd rpath wpath cpath fattr flock",
		    visible_directory(directory, root, has_directory),
		    "rwc");
	process.work();
	return (0);
}
