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

/* The connection to Redis, against a server that follows a script. */

#include <deque>
#include <string>
#include <vector>

#include "catch.h"
#include "redis_client.h"
#include "redis_server.h"
#include "smtp_fixture.h"

using namespace fixture;
using std::chrono::milliseconds;

namespace {

/* The other end: says what it is told, after AUTH and SELECT. */
class Peer {
public:
	explicit Peer(Fd socket) : fd(std::move(socket))
	{
		event.set<&Peer::receive>(fd.get(), EV_READ, this);
		event.add();
		pump.set<&Peer::write_some>(fd.get(), EV_WRITE, this);
	}

	void say(std::string_view text)
	{
		outgoing += text;
		if (!pump.added())
			write_some();
	}
	void hang_up()
	{
		event.remove();
		pump.remove();
		fd.reset();
	}

	std::string taken;
	/* For each command, once something is said to it at all. */
	std::string reply_to_all;
	bool closed = false;

private:
	void receive()
	{
		char buffer[65536];
		ssize_t n = recv(fd.get(), buffer, sizeof(buffer), 0);

		if (n <= 0) {
			closed = true;
			hang_up();
			return;
		}
		std::string_view part(buffer, static_cast<std::size_t>(n));
		taken += part;
		if (reply_to_all.empty())
			return;
		std::string replies;
		for (char c : part)
			if (c == '*')
				replies += reply_to_all;
		say(replies);
	}

	void write_some()
	{
		ssize_t n = send(fd.get(), outgoing.data(), outgoing.size(),
		    MSG_NOSIGNAL);

		outgoing.erase(0, n > 0 ? static_cast<std::size_t>(n) : 0);
		if (outgoing.empty())
			pump.remove();
		else if (!pump.added())
			pump.add();
	}

	Fd fd;
	FdEvent event, pump;
	std::string outgoing;
};

class Desk final : public RedisWatcher {
public:
	explicit Desk(bool answers_setup = true)
	    : runner(loop), opener(loop, [this](std::uint32_t attempt) {
		      return (make(attempt));
	      }),
	      sets_up(answers_setup)
	{
		store.kind = StoreKind::redis;
		opener.take = [this](const ConnectResult &result, Fd fd) {
			client->connection(result, std::move(fd));
		};
	}

	RedisClient &start()
	{
		client = std::make_unique<RedisClient>(
		    loop, opener, *this, store, bounds);
		return (*client);
	}
	/* Its reply will be in replies, as text. */
	void ask(std::string_view word = "PING")
	{
		std::string_view command[] = {word};

		client->send(command, [this](const redisReply *reply) {
			if (reply == nullptr)
				replies.push_back("nothing");
			else if (reply->type == REDIS_REPLY_INTEGER)
				replies.push_back(
				    std::to_string(reply->integer));
			else
				replies.push_back(
				    std::string(reply->str, reply->len));
		});
	}
	void until_works(unsigned int times = 1)
	{
		runner.until([&] { return (works == times); });
	}
	Peer &peer()
	{
		return (*peers.back());
	}

	void redis_works() override
	{
		works++;
	}
	void redis_fails(const std::string &why) override
	{
		failures.push_back(why);
	}

	EventLoop loop;
	Runner runner;
	Opener opener;
	SmtpStore store;
	RedisBounds bounds;
	bool sets_up;
	std::string setup_replies = "+OK\r\n";
	std::vector<std::unique_ptr<Peer>> peers;
	std::unique_ptr<RedisClient> client;
	std::vector<std::string> replies, failures;
	std::vector<std::uint32_t> attempts;
	unsigned int works = 0;

private:
	Fd make(std::uint32_t attempt)
	{
		int pair[2];

		attempts.push_back(attempt);
		REQUIRE(socketpair(AF_UNIX,
			    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
			    pair) == 0);
		peers.push_back(std::make_unique<Peer>(Fd(pair[0])));
		if (sets_up)
			peers.back()->say(setup_replies);
		return (Fd(pair[1]));
	}
};

} /* namespace */

TEST_CASE("AUTH and SELECT come first, and then what waited")
{
	Desk desk;

	desk.store.user = "mail";
	desk.store.password = Secret(std::string("open sesame"));
	desk.store.database = 12;
	desk.setup_replies = "+OK\r\n+OK\r\n";
	desk.start();
	desk.ask();
	desk.until_works();
	desk.runner.until([&] {
		return (desk.peer().taken.find("PING") != std::string::npos);
	});
	CHECK(desk.peer().taken ==
	    "*3\r\n$4\r\nAUTH\r\n$4\r\nmail\r\n$11\r\nopen sesame\r\n"
	    "*2\r\n$6\r\nSELECT\r\n$2\r\n12\r\n*1\r\n$4\r\nPING\r\n");
}

TEST_CASE("a reply may come in any pieces")
{
	Desk desk;

	desk.start();
	desk.until_works();
	for (const char *word : {"A", "B", "C", "D"})
		desk.ask(word);
	for (char c : std::string(
		 "+PONG\r\n:42\r\n$5\r\nab\r\nc\r\n-ERR no\r\n")) {
		desk.peer().say(std::string_view(&c, 1));
		desk.runner.settle();
	}
	CHECK(desk.replies ==
	    std::vector<std::string>{"PONG", "42", "ab\r\nc", "ERR no"});
	CHECK(desk.failures.empty());
}

TEST_CASE("100,000 commands go out together and are answered in order")
{
	Desk desk;
	constexpr std::size_t many = 100000;

	desk.start();
	desk.until_works();
	desk.peer().reply_to_all = "+PONG\r\n";
	for (std::size_t i = 0; i < many; i++)
		desk.ask();
	/* One more is one too many. */
	desk.ask();
	REQUIRE(desk.replies == std::vector<std::string>{"nothing"});
	desk.runner.until([&] { return (desk.replies.size() > many); });
	CHECK(std::count(desk.replies.begin(), desk.replies.end(), "PONG") ==
	    many);
	CHECK(desk.failures.empty());
}

TEST_CASE("octets that wait are bounded")
{
	Desk desk;

	desk.bounds.octets = 1000;
	desk.start();
	desk.until_works();
	for (int i = 0; i < 100; i++)
		desk.ask();
	CHECK(std::count(desk.replies.begin(), desk.replies.end(),
		  "nothing") == 100 - (1000 + 13) / 14);
}

TEST_CASE("what gets no reply in time fails, and the connection ends")
{
	Desk desk;

	desk.start();
	desk.until_works();
	desk.ask();
	desk.runner.run_for(milliseconds(500));
	desk.ask();
	desk.runner.run_for(milliseconds(1400));
	desk.peer().say("+PONG\r\n");
	/* Each has its own time. */
	desk.runner.run_for(milliseconds(599));
	CHECK(desk.replies == std::vector<std::string>{"PONG"});
	desk.runner.run_for(milliseconds(1));
	CHECK(desk.replies == std::vector<std::string>{"PONG", "nothing"});
	REQUIRE_FALSE(desk.failures.empty());
	CHECK(desk.failures[0] == "no reply in time");
	CHECK(desk.client->is_down());
	/* Known to be away: at once. */
	desk.ask();
	CHECK(desk.replies.size() == 3);
	desk.until_works(2);
	CHECK(desk.opener.was_failing);
	desk.ask();
	desk.peer().say("+PONG\r\n");
	desk.runner.until([&] { return (desk.replies.size() == 4); });
	CHECK(desk.replies.back() == "PONG");
}

TEST_CASE("very many fail some at a time, before the next connection")
{
	Desk desk;
	constexpr std::size_t many = 50000;
	unsigned int turns = 0;

	desk.bounds.pause_min = std::chrono::milliseconds(0);
	desk.start();
	desk.until_works();
	for (std::size_t i = 0; i < many; i++)
		desk.ask();
	desk.runner.until([&] { return (!desk.peer().taken.empty()); });
	desk.peer().hang_up();
	desk.runner.until([&] {
		turns += !desk.replies.empty() && desk.replies.size() < many;
		return (desk.replies.size() == many);
	});
	CHECK(turns >= 3);
	CHECK(desk.works == 1);
	CHECK(std::count(desk.replies.begin(), desk.replies.end(),
		  "nothing") == many);
	desk.until_works(2);
}

TEST_CASE("nonsense, too much and too long end the connection")
{
	const std::pair<std::string, std::string> cases[] = {
	    {"HTTP/1.1 400 Bad Request\r\n\r\n",
		"Protocol error, got \"H\" as reply type byte"},
	    {"+PONG\r\n+PONG\r\n", "a reply to no command"},
	    {"", "Server closed the connection"},
	    {"$2000000\r\n" + std::string(1100000, 'x'),
		"a reply is too long"},
	    {"*1000000\r\n:1\r\n", "Out of memory"},
	};

	for (const auto &one : cases) {
		const std::string &said = one.first;
		const std::string &why = one.second;
		Desk desk;
		desk.start();
		desk.until_works();
		desk.ask();
		desk.runner.until(
		    [&] { return (!desk.peer().taken.empty()); });
		if (said.empty())
			desk.peer().hang_up();
		std::size_t sent = 0;
		desk.runner.until([&] {
			std::string_view part = std::string_view(said).substr(
			    sent, 10000);
			if (!part.empty() && desk.failures.empty()) {
				desk.peer().say(part);
				sent += part.size();
			}
			return (!desk.failures.empty());
		});
		CHECK(desk.failures[0] == why);
		CHECK(desk.replies.size() == 1);
		desk.until_works(2);
	}
}

TEST_CASE("a server that does not let us in is tried again, more slowly")
{
	Desk desk;

	desk.store.password = Secret(std::string("open sesame"));
	desk.setup_replies = "-WRONGPASS invalid\r\n";
	desk.start();
	desk.ask();
	desk.runner.settle();
	CHECK(desk.opener.asked == 1);
	for (int pause : {1, 2, 4, 8, 10, 10}) {
		unsigned int before = desk.opener.asked;
		desk.runner.run_for(
		    std::chrono::seconds(pause) - milliseconds(1));
		CHECK(desk.opener.asked == before);
		desk.runner.run_for(milliseconds(1));
		CHECK(desk.opener.asked == before + 1);
		CHECK(desk.failures.size() == before + 1);
	}
	CHECK(desk.replies == std::vector<std::string>{"nothing"});
	CHECK(desk.failures[0] == "WRONGPASS invalid");
	CHECK(desk.works == 0);

	/* What it repeats is for nobody's eyes. */
	desk.setup_replies =
	    "-ERR unknown command 'AUTH', with args: 'open sesame'\r\n";
	std::size_t before = desk.failures.size();
	desk.runner.run_for(desk.bounds.pause_max);
	REQUIRE(desk.failures.size() == before + 1);
	CHECK(desk.failures.back() == "ERR unknown command ");
	desk.setup_replies = "-ERR open sesame\r\n";
	before = desk.failures.size();
	desk.runner.run_for(desk.bounds.pause_max);
	REQUIRE(desk.failures.size() == before + 1);
	CHECK(desk.failures.back() == "it refuses the password");
	desk.setup_replies = "+OK\r\n+OK\r\n";
	desk.runner.run_for(desk.bounds.pause_max);
	CHECK(desk.works == 1);
}

TEST_CASE("every address is tried, and an idle end is no failure")
{
	Desk desk(false);

	desk.opener.addresses = 3;
	desk.bounds.pause_min = std::chrono::milliseconds(0);
	desk.start();
	desk.runner.until([&] { return (desk.peers.size() == 1); });
	desk.peer().hang_up();
	desk.runner.until([&] { return (!desk.failures.empty()); });

	Desk other;
	other.start();
	other.until_works();
	other.runner.run_for(other.bounds.pause_min);
	other.peer().hang_up();
	other.until_works(2);
	CHECK(other.failures.empty());

	Desk absent;
	absent.opener.addresses = 3;
	absent.opener.error = ECONNREFUSED;
	absent.start();
	absent.runner.until([&] { return (absent.failures.size() == 1); });
	CHECK(absent.opener.asked == 3);
	CHECK(absent.failures[0] == strerror(ECONNREFUSED));

	/* The configuration changed meanwhile: asked again once, at once. */
	Desk stale;
	stale.opener.error = ESTALE;
	stale.start();
	stale.runner.until([&] { return (stale.failures.size() == 1); });
	CHECK(stale.opener.asked == 2);
}

TEST_CASE("a parent that does not answer is not waited for")
{
	Desk desk;

	desk.opener.mute = true;
	desk.start();
	desk.ask();
	desk.runner.run_for(desk.bounds.reply_time - milliseconds(1));
	CHECK(desk.replies.empty());
	desk.runner.run_for(milliseconds(1));
	CHECK(desk.replies == std::vector<std::string>{"nothing"});
	CHECK(desk.client->is_down());
}
