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

#include <tls.h>

/*
 * A relayd-http that asks for much and reads little, or begins what it does
 * not finish; and a store that gives more than it was asked for.
 */

#include <memory>
#include <string>
#include <vector>

#include "catch.h"
#include "redis_client.h"
#include "smtp_world.h"

using namespace fixture;

namespace {

/* More domains than the ledger keeps, and long ones. */
constexpr std::size_t many = 100;

Submission
to_many(World &world)
{
	std::vector<std::string> to;

	for (std::size_t i = 0; i < many; i++)
		to.push_back("r@d" + std::to_string(1000 + i) + "." +
		    std::string(60, 'a') + "." + std::string(60, 'b') + "." +
		    std::string(60, 'c') + ".example");
	return (world.next(std::move(to)));
}

RequestId
large_entry(World &world)
{
	world.config.keys[0].max_recipients = recipients_limit;
	world.commit();
	Web &web = world.add_peer();
	Submission submission = to_many(world);
	REQUIRE(world.send(web, submission).outcome == Outcome::accepted);
	return (submission.request_id);
}

/* A relayd-http whose socket is read when the test says so. */
class Deaf {
public:
	explicit Deaf(World &its_world) : world(its_world)
	{
		int pair[2];

		REQUIRE(socketpair(AF_UNIX,
			    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
			    pair) == 0);
		world.engine.add_peer(Fd(pair[0]), 77);
		imsg = std::make_unique<ImsgSocket>(
		    Fd(pair[1]), ImsgSocket::Descriptors::refused);
	}
	void look_up(std::uint64_t id, const RequestId &request)
	{
		LedgerQuery query;

		query.id = id;
		query.request_id = request;
		query.proof = proof_of("secret of billing");
		imsg->compose(
		    type_of(MessageType::lookup), write_lookup(query));
	}
	/* Writes as long as somebody reads. */
	ImsgSocket::Io push()
	{
		ImsgSocket::Io io;
		std::size_t left;

		do {
			left = imsg->queued();
			io = imsg->flush();
			world.runner.settle();
		} while (io == ImsgSocket::Io::again && imsg->queued() < left);
		return (io);
	}
	/* All answers that come. */
	std::size_t listen()
	{
		std::size_t count = 0;
		Imsg message;

		while (imsg->read() == ImsgSocket::Io::ok) {
			while (imsg->next(message))
				count++;
			push();
		}
		return (count);
	}

	World &world;
	std::unique_ptr<ImsgSocket> imsg;
};

} /* namespace */

TEST_CASE("who reads is answered, however much it asked for at once")
{
	World world;
	RequestId request = large_entry(world);
	Web &web = *world.peers[0];
	constexpr std::uint64_t count = 1000;

	for (std::uint64_t id = 1; id <= count; id++)
		web.look_up(1000 + id, request, "secret of billing");
	world.runner.until([&] {
		return (web.closed || web.answers.size() == count);
	});
	REQUIRE_FALSE(web.closed);
	CHECK(web.answers[1001].entry.recipient_domains.size() ==
	    entry_domains_max);
	CHECK(web.answers[1001].entry.recipient_domain_count == many);
	CHECK(world.send(web).outcome == Outcome::accepted);
}

TEST_CASE("who does not read is not read from, and what it leaves counts")
{
	World world;
	world.config.max_memory = 1 << 19;
	RequestId request = large_entry(world);
	Web &honest = *world.peers[0];
	Deaf deaf(world);
	constexpr std::uint64_t count = 5000;

	for (std::uint64_t id = 1; id <= count; id++)
		deaf.look_up(id, request);
	CHECK(deaf.push() == ImsgSocket::Io::again);
	/* There is no memory but for what is there. */
	CHECK(world.send(honest).outcome == Outcome::overloaded);
	CHECK(world.look_up(honest, request).kind ==
	    LedgerAnswer::Kind::found);

	/* It was never closed, and nothing is missing. */
	CHECK(deaf.listen() == count);
	CHECK(world.send(honest).outcome == Outcome::accepted);
}

TEST_CASE("who did not read and is gone is forgotten")
{
	World world;
	RequestId request = large_entry(world);
	{
		Deaf deaf(world);
		for (std::uint64_t id = 1; id <= 5000; id++)
			deaf.look_up(id, request);
		deaf.push();
	}
	world.peers[0]->die();
	world.runner.run_for(std::chrono::milliseconds(10));
	CHECK_FALSE(world.engine.has_peers());
}

TEST_CASE("look-ups that wait for the store are no more than may be")
{
	World world;
	std::vector<Fd> stores;
	world.config.store.kind = StoreKind::redis;
	world.servers.store = [&] {
		int pair[2];
		REQUIRE(socketpair(AF_UNIX,
			    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
			    pair) == 0);
		stores.emplace_back(pair[0]); /* says nothing */
		return (Fd(pair[1]));
	};
	world.commit();
	Web &web = world.add_peer();
	for (std::uint64_t id = 1; id <= 256; id++)
		web.look_up(id, request_id(1), "secret of billing");
	/* Asked behind these, which are as many as may be asked. */
	web.ask_ready(1);
	world.runner.settle();
	CHECK(web.ready.empty());
	CHECK(web.answers.empty());
	world.runner.run_for(std::chrono::seconds(3));
	CHECK(web.answers.size() == 256);
	CHECK(web.ready.count(1) == 1);
	CHECK_FALSE(web.closed);
}

TEST_CASE("where descriptors ran out, idle connections make room")
{
	World world;
	world.commit();
	Web &web = world.add_peer();
	REQUIRE(world.send(web).outcome == Outcome::accepted);
	world.runner.settle();
	world.engine.peer_lost();
	world.runner.settle();
	REQUIRE(world.servers.servers.size() == 1);
	CHECK(world.servers.servers[0]->commands.ends_with("QUIT\n"));
	CHECK(world.servers.servers[0]->saw_end);
	CHECK(world.send(web).outcome == Outcome::accepted);
}

TEST_CASE("submissions that are begun and not finished are few")
{
	World world;
	world.commit();
	struct {
		std::uint64_t id = 0;
		std::uint32_t number = 0;
		std::uint32_t total = 2 * piece_octets_max;
	} head;
	for (std::uint64_t few : {16, 17}) {
		INFO(few);
		Web &web = world.add_peer();
		for (head.id = 1; head.id <= few; head.id++) {
			std::string piece(
			    reinterpret_cast<const char *>(&head),
			    sizeof(head));
			piece.append(piece_octets_max, 'x');
			web.send(MessageType::submit, piece);
		}
		world.runner.run_for(std::chrono::milliseconds(10));
		CHECK(web.closed == (few == 17));
	}
}

namespace {

class Watcher final : public RedisWatcher, public StoreConnector {
public:
	void redis_works() override
	{
	}
	void redis_fails(const std::string &) override
	{
		fails++;
	}
	void connect_store(std::uint64_t id, std::uint32_t, bool) override
	{
		asked = id;
	}

	int fails = 0;
	std::uint64_t asked = 0;
};

} /* namespace */

TEST_CASE("a store that announces a million elements is not believed")
{
	EventLoop loop;
	Runner runner(loop);
	Watcher watcher;
	RedisClient client(loop, watcher, watcher, SmtpStore());
	ConnectResult result;
	int pair[2];

	REQUIRE(socketpair(AF_UNIX,
		    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) == 0);
	Fd server(pair[0]);
	result.id = watcher.asked;
	result.target = ConnectTarget::store;
	result.addresses = 1;
	client.connection(result, Fd(pair[1]));
	runner.settle();
	for (std::string_view text : {"+OK\r\n", "*1000000\r\n"}) {
		CHECK(watcher.fails == 0);
		REQUIRE(write(server.get(), text.data(), text.size()) ==
		    static_cast<ssize_t>(text.size()));
		runner.settle();
	}
	CHECK(watcher.fails == 1);
}
