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
 * A server without listeners: the tests hand it sockets, play the clients at
 * their other ends, and relayd-smtp.
 */

#ifndef REGRESS_UNIT_HTTP_SERVER_H
#define REGRESS_UNIT_HTTP_SERVER_H

#include <sys/types.h>
#include <sys/socket.h>

#include <fcntl.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "event_loop.h"
#include "imsg.h"
#include "log.h"
#include "messages.h"
#include "runner.h"
#include "server.h"
#include "socket_pair.h"

constexpr const char *test_secret = "0123456789abcdef0123456789abcdef";

/* The client's end of a connection. */
class Client {
public:
	explicit Client(Fd socket) : fd(std::move(socket))
	{
	}

	/* What the socket takes. */
	std::size_t send(std::string_view octets)
	{
		ssize_t n = ::send(
		    fd.get(), octets.data(), octets.size(), MSG_NOSIGNAL);

		return (n == -1 ? 0 : static_cast<std::size_t>(n));
	}
	/* Into received; ended is set at the end. */
	void receive()
	{
		char buffer[65536];
		ssize_t n;

		while ((n = recv(fd.get(), buffer, sizeof(buffer), 0)) > 0)
			received.append(buffer, static_cast<std::size_t>(n));
		ended = ended || n == 0 || (n == -1 && errno != EAGAIN);
	}
	/* "200 404": those of the answers that are there. */
	std::string statuses() const
	{
		std::string list;

		for (std::size_t at = received.find("HTTP/1.1 ");
		     at != std::string::npos;
		     at = received.find("HTTP/1.1 ", at + 1)) {
			if (!list.empty())
				list += ' ';
			list += received.substr(at + 9, 3);
		}
		return (list);
	}
	bool has(std::string_view text) const
	{
		return (received.find(text) != std::string::npos);
	}
	void end_sending()
	{
		shutdown(fd.get(), SHUT_WR);
	}
	void close()
	{
		fd.reset();
	}

	std::string received;
	bool ended = false;

private:
	Fd fd;
};

class TestServer : private ServerOwner {
public:
	TestServer() : segment(Segment::create(64)),
	      server(loop, *this, segment, 0, 1024), runner(loop)
	{
		using std::chrono::milliseconds;

		LogSettings quiet;
		quiet.to_stderr = true;
		quiet.level = LogLevel::error;
		log_configure(quiet);
		config.timeout_header = milliseconds(10000);
		config.timeout_request = milliseconds(10000);
		config.timeout_idle = milliseconds(10000);
		config.timeout_submission = milliseconds(10000);
		config.max_connections = 100;
		config.max_connections_per_address = 100;
		config.max_request = 1048576;
		config.max_memory = 4194304;
		config.max_recipients = 10;
		config.max_subject = 255;
		config.max_body = 65536;
		config.recipients = RecipientPolicy::any();
		HttpKey key;
		key.name = "test";
		key.digests.push_back(sha256(sha256(test_secret)));
		key.message_id_domain = "example.com";
		key.max_recipients = 10;
		config.keys.push_back(key);
	}

	/* After changes to config. */
	void start()
	{
		server.use(std::make_shared<const ServingConfig>(config), {});
	}
	void attach_mail()
	{
		auto [ours, theirs] = make_socket_pair();

		mail = std::make_unique<ImsgSocket>(
		    std::move(ours), ImsgSocket::Descriptors::refused);
		server.mail().attach(std::move(theirs), ++instance);
	}
	Client connect(bool monitor = false, const char *from = "192.0.2.1")
	{
		ListenerUse use;

		use.monitor = monitor;
		return (connect_from(from, use));
	}
	Client connect_from(const char *peer, const ListenerUse &use)
	{
		return (Client(connect(use, peer)));
	}
	/* The client's end. */
	Fd connect(const ListenerUse &use, const char *peer = "192.0.2.1")
	{
		auto [ours, theirs] = make_socket_pair();

		if (send_room != 0)
			setsockopt(theirs.get(), SOL_SOCKET, SO_SNDBUF,
			    &send_room, sizeof(send_room));
		server.accepted(
		    std::move(theirs), *IpAddress::parse(peer), use);
		return (std::move(ours));
	}
	std::uint64_t counted(Counter counter)
	{
		return (cell_of(segment.statistics(0).counters, counter)
			    .load());
	}
	/*
	 * Whether it comes to be so, within two seconds of moved time.  done
	 * may take messages of relayd-smtp: while it does, it is asked again.
	 */
	bool until(const std::function<bool()> &done)
	{
		return (runner.reaches([&] {
			std::size_t before;

			do {
				before = mail_taken;
				if (done())
					return (true);
			} while (mail_taken != before);
			return (false);
		}, std::chrono::seconds(2)));
	}
	bool answered(Client &client, const std::string &statuses)
	{
		return (until([&] {
			client.receive();
			return (client.statuses() == statuses);
		}));
	}
	bool ended(Client &client)
	{
		return (until([&] {
			client.receive();
			return (client.ended);
		}));
	}
	void run_for(int ms)
	{
		runner.run_for(std::chrono::milliseconds(ms));
	}
	/* Whether it ends when so much has passed, and not before. */
	template <typename AnyClient> bool ends_after(AnyClient &client, int ms)
	{
		run_for(ms - 1);
		client.receive();
		if (client.ended)
			return (false);
		run_for(1);
		client.receive();
		return (client.ended);
	}
	/* Sends octets one by one, and stops 1 ms before so much has passed. */
	void dribble(
	    Client &client, std::string_view octets, int every, int ms)
	{
		for (; ms > every; ms -= every) {
			client.send(octets.substr(0, 1));
			octets.remove_prefix(1);
			run_for(every);
		}
		run_for(ms - 1);
	}
	std::size_t open_connections()
	{
		return (segment.process(0).connections);
	}
	void turn()
	{
		runner.turn();
	}

	/* The next message to relayd-smtp, when there is one. */
	std::optional<MessageType> mail_message()
	{
		Imsg message;

		if (mail->next(message) ||
		    (mail->read() == ImsgSocket::Io::ok &&
			mail->next(message))) {
			MessageType type =
			    static_cast<MessageType>(message.type);

			mail_data = std::string(message.data);
			mail_seen[type]++;
			mail_taken++;
			return (type);
		}
		return (std::nullopt);
	}
	/* A submission, or 0. */
	std::uint64_t take_submission()
	{
		std::uint64_t id = 0;

		until([&] {
			std::optional<MessageType> type = mail_message();
			std::string_view blob;

			if (type != MessageType::submit ||
			    assembler.add(mail_data, SIZE_MAX, id, blob,
				blob_storage) !=
				BlobAssembler::State::complete)
				return (false);
			submission = std::string(blob);
			return (true);
		});
		return (id);
	}
	void send_result(const SubmissionResult &result)
	{
		mail->compose_blob(type_of(MessageType::result), result.id,
		    write_result(result));
		mail->flush();
	}
	void accept(std::uint64_t id)
	{
		SubmissionResult result;

		result.id = id;
		result.outcome = Outcome::accepted;
		result.message_id = "<a@b>";
		result.code = 250;
		send_result(result);
	}

	EventLoop loop;
	Segment segment;
	HttpConfig config;
	Server server;
	fixture::Runner runner;
	int send_room = 0; /* SO_SNDBUF of connections; 0: the system's */
	std::unique_ptr<ImsgSocket> mail;
	std::string mail_data;
	std::map<MessageType, int> mail_seen; /* how many of them */
	std::vector<std::uint64_t> failed_listeners; /* their numbers */
	std::vector<std::uint64_t> lost_links;
	std::string submission;

private:
	void listener_failed(
	    std::uint32_t, std::uint64_t socket, int) override
	{
		failed_listeners.push_back(socket);
	}
	void mail_unlinked(std::uint64_t link) override
	{
		lost_links.push_back(link);
	}

	std::uint64_t instance = 0;
	std::size_t mail_taken = 0;
	BlobAssembler assembler{1 << 24, 100};
	std::string blob_storage;
};

inline std::string
post_request(const std::string &body, const std::string &fields = "",
    const std::string &secret = test_secret)
{
	return ("POST /v1/send HTTP/1.1\r\nHost: a\r\n"
		"Content-Type: application/json\r\nAuthorization: Bearer " +
	    secret + "\r\nContent-Length: " + std::to_string(body.size()) +
	    "\r\n" + fields + "\r\n" + body);
}

inline std::string
get_request(const std::string &path, const std::string &fields = "")
{
	return ("GET " + path + " HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n");
}

constexpr const char *good_message =
    "{\"to\":\"a@example.com\",\"subject\":\"s\",\"body\":\"b\"}";

#endif
