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
 * An engine between relayd-https that the test plays and mail servers that
 * follow scripts: everything of relayd-smtp but its main().
 */

#ifndef REGRESS_UNIT_SMTP_WORLD_H
#define REGRESS_UNIT_SMTP_WORLD_H

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine.h"
#include "imsg.h"
#include "smtp_fixture.h"

namespace fixture {

/* The parent: answers what the engine asks for with scripted servers. */
class Servers final : public Connector {
public:
	explicit Servers(EventLoop &loop)
	    : delivery(loop, this, calls<&Servers::deliver>)
	{
	}

	void connect(const ConnectRequest &request) override
	{
		requests.push_back(request);
		pending.push_back(request);
		if (!mute)
			delivery.schedule();
	}
	/* Programs: what was asked, and is answered by the test. */
	void run(std::uint64_t id, const RunRequest &request) override
	{
		runs.emplace_back(id, request);
	}
	void before_disk() override
	{
		disk_warnings++;
	}
	void finish(const RunFinish &how) override
	{
		finishes.push_back(how);
	}
	void deliver()
	{
		while (!pending.empty()) {
			ConnectRequest request = pending.front();
			pending.pop_front();
			answer(request);
		}
	}

	/* Per relay: errno of connecting, or 0 and what a server says. */
	std::map<std::uint32_t, int> errors;
	std::map<std::uint32_t, std::function<Script()>> scripts;
	std::vector<ConnectRequest> requests;
	std::vector<std::pair<std::uint64_t, RunRequest>> runs;
	std::vector<RunFinish> finishes;
	unsigned int disk_warnings = 0; /* before_disk() */
	std::vector<std::unique_ptr<Server>> servers;
	/* A store that is a server. */
	std::function<Fd()> store;
	std::uint32_t addresses = 1;
	bool mute = false;
	Engine *engine = nullptr;

	/* Messages that all servers together took. */
	std::vector<std::string> messages() const
	{
		std::vector<std::string> all;

		for (const auto &server : servers)
			all.insert(all.end(), server->messages.begin(),
			    server->messages.end());
		return (all);
	}
	std::size_t delivered() const
	{
		return (messages().size());
	}

private:
	void answer(const ConnectRequest &request)
	{
		ConnectResult result;
		Fd fd;

		result.id = request.id;
		result.target = request.target;
		result.addresses = addresses;
		if (request.target == ConnectTarget::store) {
			engine->connection(result, store());
			return;
		}
		result.error = errors[request.relay];
		if (result.error == 0) {
			auto &make = scripts[request.relay];
			servers.push_back(std::make_unique<Server>(
			    make ? make() : Script()));
			fd = servers.back()->take_client();
		}
		engine->connection(result, std::move(fd));
	}

	TurnEndTask delivery;
	std::deque<ConnectRequest> pending;
};

/* A relayd-http. */
class Web final : public ChannelHandler {
public:
	Web(EventLoop &loop, Fd socket)
	    : channel(std::make_unique<Channel>(loop, std::move(socket),
		  ImsgSocket::Descriptors::refused, *this))
	{
	}

	void submit(std::uint64_t id, Submission submission)
	{
		channel->compose_blob(type_of(MessageType::submit), id,
		    write_submission(std::move(submission)));
	}
	void cancel(std::uint64_t id)
	{
		channel->compose(
		    type_of(MessageType::cancel), write_cancel(id));
	}
	void look_up(std::uint64_t id, const RequestId &request,
	    std::string_view secret)
	{
		LedgerQuery query;

		query.id = id;
		query.request_id = request;
		query.proof = proof_of(secret);
		channel->compose(
		    type_of(MessageType::lookup), write_lookup(query));
	}
	void ask_ready(std::uint64_t id)
	{
		channel->compose(type_of(MessageType::ready_query),
		    write_ready_query(id));
	}
	void send(MessageType type, std::string_view payload)
	{
		channel->compose(type_of(type), payload);
	}
	void die()
	{
		channel.reset();
	}

	std::map<std::uint64_t, SubmissionResult> results;
	std::map<std::uint64_t, LedgerAnswer> answers;
	std::map<std::uint64_t, bool> ready;
	std::map<std::uint64_t, LimitAnswer> taken;
	bool closed = false;

private:
	/* Results and entries are blobs. */
	std::string whole(const Imsg &message)
	{
		std::uint64_t id;
		std::string_view blob;
		std::string storage;
		auto state = assembler.add(message.data, SIZE_MAX, id, blob,
		    storage);

		REQUIRE(state == BlobAssembler::State::complete);
		return (std::string(blob));
	}

	bool channel_message(Channel &, Imsg &message) override
	{
		switch (static_cast<MessageType>(message.type)) {
		case MessageType::result: {
			auto result = read_result(whole(message));
			REQUIRE(result.has_value());
			REQUIRE(results.count(result->id) == 0);
			CHECK_FALSE(result->message.empty());
			results[result->id] = *result;
			return (true);
		}
		case MessageType::found: {
			auto answer = read_found(whole(message));
			REQUIRE(answer.has_value());
			answers[answer->id] = *answer;
			return (true);
		}
		case MessageType::ready: {
			auto answer = read_ready(message.data);
			REQUIRE(answer.has_value());
			ready[answer->id] = answer->ready;
			return (true);
		}
		case MessageType::taken: {
			auto answer = read_taken(message.data);
			REQUIRE(answer.has_value());
			REQUIRE(taken.count(answer->id) == 0);
			taken[answer->id] = *answer;
			return (true);
		}
		default:
			return (false);
		}
	}
	void channel_closed(Channel &) override
	{
		closed = true;
	}

	std::unique_ptr<Channel> channel;
	BlobAssembler assembler{1 << 20, 1};
};

class World {
public:
	explicit World(Runner::World world = Runner::World::closed)
	    : runner(loop, world), servers(loop), engine(loop, servers)
	{
		servers.engine = &engine;
		config = make_config();
	}

	/* With what is in config now. */
	void commit()
	{
		config.generation++;
		engine.configure(std::make_shared<const SmtpConfig>(config));
	}
	Web &add_peer()
	{
		int pair[2];

		REQUIRE(socketpair(AF_UNIX,
			    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
			    pair) == 0);
		engine.add_peer(Fd(pair[0]), peers.size() + 1);
		peers.push_back(std::make_unique<Web>(loop, Fd(pair[1])));
		return (*peers.back());
	}
	/* Sends one and waits for what becomes of it. */
	SubmissionResult send(Web &peer, Submission submission)
	{
		std::uint64_t id = ++last_id;

		peer.submit(id, std::move(submission));
		runner.until([&] {
			return (peer.results.count(id) != 0 || peer.closed);
		});
		return (peer.results[id]);
	}
	SubmissionResult send(Web &peer)
	{
		return (send(peer, next()));
	}
	/* A submission with an id of its own. */
	Submission next(std::vector<std::string> to = {"a@example.org"})
	{
		return (make_submission(++last_number, std::move(to)));
	}
	LedgerAnswer look_up(Web &peer, const RequestId &request,
	    std::string_view secret = "secret of billing")
	{
		std::uint64_t id = ++last_id;

		peer.look_up(id, request, secret);
		runner.until([&] { return (peer.answers.count(id) != 0); });
		return (peer.answers[id]);
	}
	bool ready(Web &peer)
	{
		std::uint64_t id = ++last_id;

		peer.ask_ready(id);
		runner.until([&] { return (peer.ready.count(id) != 0); },
		    std::chrono::seconds(8));
		return (peer.ready[id]);
	}

	EventLoop loop;
	Runner runner;
	SmtpConfig config;
	Servers servers;
	Engine engine;
	std::vector<std::unique_ptr<Web>> peers;
	std::uint64_t last_id = 0;
	unsigned int last_number = 0;
};

} /* namespace fixture */

#endif
