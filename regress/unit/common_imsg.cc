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
#include <sys/socket.h>

#include <fcntl.h>
#include <unistd.h>

#include <cstring>
#include <string>
#include <tuple>
#include <vector>

#include "catch.h"
#include "imsg.h"
#include "no_descriptors.h"
#include "socket_pair.h"

namespace {

struct Pair {
	Pair()
	{
		std::tie(a, b) = make_socket_pair();
	}
	Fd a, b;
};

struct Received {
	std::uint32_t type;
	std::string data;
	bool with_fd;
	bool fd_valid;
};

std::vector<Received>
read_all(ImsgSocket &socket)
{
	std::vector<Received> list;
	Imsg message;

	while (socket.read() == ImsgSocket::Io::ok) {
		while (socket.next(message))
			list.push_back({message.type,
			    std::string(message.data), message.with_fd,
			    message.fd.valid()});
	}
	return (list);
}

std::string
raw_message(std::uint32_t type, std::uint32_t length, std::string_view data)
{
	std::uint32_t header[4] = {type, length, 0, 0};

	return (std::string(reinterpret_cast<char *>(header),
		    sizeof(header)) + std::string(data));
}

/* Makes a blob in steps that are no piece's. */
class Steps final : public BlobSource {
public:
	explicit Steps(std::string octets) : blob(std::move(octets))
	{
	}
	std::size_t size() const override
	{
		return (blob.size());
	}
	void fill(std::string &out, std::size_t target) override
	{
		while (made < blob.size() && out.size() < target) {
			std::string_view step = std::string_view(blob).substr(
			    made, 1 + made % 1000);
			out += step;
			made += step.size();
		}
	}

private:
	std::string blob;
	std::size_t made = 0;
};

} /* namespace */

TEST_CASE("messages arrive in order, many of them in one read")
{
	Pair pair;
	ImsgSocket out(std::move(pair.a), ImsgSocket::Descriptors::refused);
	ImsgSocket in(std::move(pair.b), ImsgSocket::Descriptors::refused);

	for (std::uint32_t i = 0; i < 100; i++)
		out.compose(i, std::string(i, 'x'));
	CHECK_FALSE(out.written(1));
	REQUIRE(out.flush() == ImsgSocket::Io::ok);
	CHECK(out.queued() == 0);

	REQUIRE(in.read() == ImsgSocket::Io::ok);
	Imsg message;
	for (std::uint32_t i = 0; i < 100; i++) {
		REQUIRE(in.next(message));
		CHECK(message.type == i);
		CHECK(message.data == std::string(i, 'x'));
	}
	CHECK_FALSE(in.next(message));
	CHECK_FALSE(in.bad());
}

TEST_CASE("a message that arrives octet by octet is still one message")
{
	Pair pair;
	ImsgSocket in(std::move(pair.b), ImsgSocket::Descriptors::refused);
	std::string raw = raw_message(7, 16 + 5, "hello");
	Imsg message;

	for (std::size_t i = 0; i < raw.size(); i++) {
		CHECK_FALSE(in.next(message));
		REQUIRE(write(pair.a.get(), &raw[i], 1) == 1);
		REQUIRE(in.read() == ImsgSocket::Io::ok);
	}
	REQUIRE(in.next(message));
	CHECK(message.type == 7);
	CHECK(message.data == "hello");
}

TEST_CASE("a length that cannot be is refused, and nothing after it is read")
{
	for (std::uint32_t length : {0U, 15U, 16385U, 0x7fffffffU}) {
		Pair pair;
		ImsgSocket in(std::move(pair.b),
		    ImsgSocket::Descriptors::refused);
		std::string raw = raw_message(1, length, "") +
		    raw_message(2, 16, "");
		REQUIRE(write(pair.a.get(), raw.data(), raw.size()) > 0);
		in.read();
		Imsg message;
		CHECK_FALSE(in.next(message));
		CHECK(in.bad());
		CHECK_FALSE(in.next(message));
	}
}

/* Where the octets were is looked at: they are the socket's still. */
TEST_CASE("what was read is cleared, wherever it has been")
{
	Pair pair;
	ImsgSocket in(std::move(pair.b), ImsgSocket::Descriptors::refused);
	const std::string secret(2000, 's');
	std::string early = raw_message(
	    1, imsg_max, std::string(imsg_payload_max, 'a'));
	std::string late = raw_message(2, 16 + 2000, secret);
	std::string octets = early + early + early + late;
	Imsg message;

	/* The last one comes in two parts: what is there of it moves. */
	octets.resize(octets.size() - 10);
	REQUIRE(write(pair.a.get(), octets.data(), octets.size()) ==
	    static_cast<ssize_t>(octets.size()));
	REQUIRE(in.read() == ImsgSocket::Io::ok);
	for (int i = 0; i < 3; i++)
		REQUIRE(in.next(message));
	const char *moved_from =
	    message.data.data() + message.data.size() + imsg_header_size;
	CHECK(std::string(moved_from, 1990) == std::string(1990, 's'));
	REQUIRE(write(pair.a.get(), late.data() + late.size() - 10, 10) == 10);
	REQUIRE(in.read() == ImsgSocket::Io::ok);
	REQUIRE(in.next(message));
	const char *taken = message.data.data();
	CHECK(message.data == secret);
	CHECK(taken != moved_from);

	in.clear_taken();
	CHECK(std::string(taken, 2000) == std::string(2000, '\0'));
	CHECK(std::string(moved_from, 1990) == std::string(1990, '\0'));
}

TEST_CASE("descriptors travel with their own message")
{
	Pair pair;
	ImsgSocket out(std::move(pair.a), ImsgSocket::Descriptors::refused);
	ImsgSocket in(std::move(pair.b), ImsgSocket::Descriptors::received);

	out.compose(1, "before");
	for (std::uint32_t i = 0; i < 5; i++) {
		out.compose(10 + i, "with", Fd(open("/dev/null", O_RDONLY)));
		out.compose(20 + i, "between");
	}
	REQUIRE(out.flush() == ImsgSocket::Io::ok);

	std::vector<Received> list = read_all(in);
	REQUIRE(list.size() == 11);
	for (const Received &message : list) {
		bool expected = message.type >= 10 && message.type < 20;
		CHECK(message.with_fd == expected);
		CHECK(message.fd_valid == expected);
	}
}

TEST_CASE("a received descriptor is close-on-exec and the sender's is closed")
{
	Pair pair;
	ImsgSocket out(std::move(pair.a), ImsgSocket::Descriptors::refused);
	ImsgSocket in(std::move(pair.b), ImsgSocket::Descriptors::received);
	int number = open("/dev/null", O_RDONLY);

	out.compose(1, "", Fd(number));
	REQUIRE(out.flush() == ImsgSocket::Io::ok);
	CHECK(fcntl(number, F_GETFD) == -1);
	REQUIRE(in.read() == ImsgSocket::Io::ok);
	Imsg message;
	REQUIRE(in.next(message));
	CHECK(fcntl(message.fd.get(), F_GETFD) == FD_CLOEXEC);
}

TEST_CASE("who refuses descriptors refuses the message that has one")
{
	Pair pair;
	ImsgSocket out(std::move(pair.a), ImsgSocket::Descriptors::refused);
	ImsgSocket in(std::move(pair.b), ImsgSocket::Descriptors::refused);

	out.compose(1, "", Fd(open("/dev/null", O_RDONLY)));
	REQUIRE(out.flush() == ImsgSocket::Io::ok);
	REQUIRE(in.read() == ImsgSocket::Io::ok);
	Imsg message;
	CHECK_FALSE(in.next(message));
	CHECK(in.bad());
}

TEST_CASE("an announced descriptor that did not come is said")
{
	Pair pair;
	ImsgSocket in(std::move(pair.b), ImsgSocket::Descriptors::received);
	std::string raw = raw_message(3, 16 | 1U << 31, "");

	REQUIRE(write(pair.a.get(), raw.data(), raw.size()) == 16);
	REQUIRE(in.read() == ImsgSocket::Io::ok);
	Imsg message;
	REQUIRE(in.next(message));
	CHECK(message.with_fd);
	CHECK_FALSE(message.fd.valid());
}

namespace {

void
send_with_fd(const Fd &socket, std::string_view octets)
{
	Fd fd(open("/dev/null", O_RDONLY));
	int number = fd.get();
	struct iovec piece = {
	    const_cast<char *>(octets.data()), octets.size()};
	alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
	struct msghdr message = {};

	message.msg_iov = &piece;
	message.msg_iovlen = 1;
	message.msg_control = control;
	message.msg_controllen = sizeof(control);
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&message);
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(int));
	std::memcpy(CMSG_DATA(cmsg), &number, sizeof(number));
	REQUIRE(sendmsg(socket.get(), &message, 0) ==
	    static_cast<ssize_t>(octets.size()));
}

} /* namespace */

TEST_CASE("a descriptor that was lost is not the next message's")
{
	Pair pair;
	ImsgSocket in(std::move(pair.b), ImsgSocket::Descriptors::received);
	std::string lost = raw_message(1, (16 + 4) | 1U << 31, "lost");
	std::string had = raw_message(2, (16 + 3) | 1U << 31, "had");

	/* Half of the first message, so that it is not taken at once. */
	send_with_fd(pair.a, lost.substr(0, 10));
	{
		NoDescriptors none;
		/* OpenBSD has no octets to give in this turn. */
		ImsgSocket::Io io = in.read();
		CHECK((io == ImsgSocket::Io::ok ||
		    io == ImsgSocket::Io::again));
	}
	REQUIRE(write(pair.a.get(), lost.data() + 10, lost.size() - 10) ==
	    static_cast<ssize_t>(lost.size() - 10));
	send_with_fd(pair.a, had);

	std::vector<Received> list = read_all(in);
	REQUIRE(list.size() == 2);
	CHECK(list[0].data == "lost");
	CHECK(list[0].with_fd);
	CHECK_FALSE(list[0].fd_valid);
	CHECK(list[1].data == "had");
	CHECK(list[1].with_fd);
	CHECK(list[1].fd_valid);
}

namespace {

/* Sends one through a full socket, with a message before and one behind it. */
void
check_blob(std::size_t size, bool has_source)
{
	Pair pair;
	ImsgSocket out(std::move(pair.a),
	    ImsgSocket::Descriptors::refused);
	ImsgSocket in(std::move(pair.b),
	    ImsgSocket::Descriptors::refused);
	BlobAssembler assembler(4000000, 4);
	std::string blob(size, '\0');
	for (std::size_t i = 0; i < size; i++)
		blob[i] = static_cast<char>(i * 7 + i / 251);

	out.compose(1, "before");
	std::uint64_t end = has_source
	    ? out.compose_source(2, 99, std::make_unique<Steps>(blob))
	    : out.compose_blob(2, 99, blob);
	out.compose(3, "after");
	bool complete = false;
	std::uint32_t last = 0;
	while (last != 3) {
		if (out.queued() > 0)
			REQUIRE(out.flush() !=
			    ImsgSocket::Io::failed);
		REQUIRE(in.read() == ImsgSocket::Io::ok);
		Imsg message;
		while (in.next(message)) {
			last = message.type;
			if (message.type != 2)
				continue;
			std::uint64_t id;
			std::string_view view;
			std::string storage;
			auto state = assembler.add(message.data,
			    SIZE_MAX, id, view, storage);
			REQUIRE(state !=
			    BlobAssembler::State::malformed);
			if (state == BlobAssembler::State::complete) {
				complete = true;
				CHECK(id == 99);
				CHECK(view == blob);
			}
		}
		REQUIRE_FALSE(in.bad());
	}
	CHECK(complete);
	CHECK(out.written(end));
	CHECK(assembler.held() == 0);
}

} /* namespace */

TEST_CASE("a blob of any size comes back whole, through a full socket")
{
	for (std::size_t size : {std::size_t{0}, std::size_t{1},
		 piece_octets_max - 1, piece_octets_max, piece_octets_max + 1,
		 2 * piece_octets_max, std::size_t{3000001}}) {
		check_blob(size, false);
		check_blob(size, true);
	}
}

namespace {

std::string
piece(std::uint64_t id, std::uint32_t number, std::uint32_t total,
    std::size_t octets)
{
	std::string payload(16, '\0');

	std::memcpy(&payload[0], &id, 8);
	std::memcpy(&payload[8], &number, 4);
	std::memcpy(&payload[12], &total, 4);
	return (payload + std::string(octets, 'b'));
}

} /* namespace */

TEST_CASE("pieces that do not fit together are malformed")
{
	using State = BlobAssembler::State;
	constexpr std::size_t full = piece_octets_max;
	constexpr std::uint32_t two = full + 10;
	BlobAssembler assembler(1000000, 2);
	std::uint64_t id;
	std::string_view view;
	std::string storage;
	auto add = [&](const std::string &payload) {
		return (assembler.add(payload, SIZE_MAX, id, view, storage));
	};

	CHECK(add("short") == State::malformed);
	CHECK(add(piece(1, 1, two, 10)) == State::malformed); /* no first */
	CHECK(add(piece(1, 0, two, full - 1)) == State::malformed);
	CHECK(add(piece(1, 0, 5, 6)) == State::malformed);
	CHECK(add(piece(1, 4000000000U, two, full)) == State::malformed);

	REQUIRE(add(piece(1, 0, two, full)) == State::more);
	CHECK(assembler.held() == two);
	CHECK(add(piece(1, 0, two, full)) == State::malformed); /* again */
	CHECK(add(piece(1, 1, two + 1, 11)) == State::malformed);
	CHECK(add(piece(1, 1, two, 10)) == State::complete);
	CHECK(view.size() == two);
	CHECK(assembler.held() == 0);
}

TEST_CASE("a blob over the bound is refused once, and its pieces ignored")
{
	using State = BlobAssembler::State;
	constexpr std::size_t full = piece_octets_max;
	BlobAssembler assembler(2 * full, 2);
	std::uint64_t id;
	std::string_view view;
	std::string storage;

	constexpr std::uint32_t total = 2 * full + 1;
	CHECK(assembler.add(piece(5, 0, total, full), SIZE_MAX, id, view,
		  storage) == State::refused);
	CHECK(id == 5);
	CHECK(assembler.held() == 0);
	CHECK(assembler.add(piece(5, 1, total, full), SIZE_MAX, id, view,
		  storage) == State::more);
	CHECK(assembler.add(piece(5, 2, total, 1), SIZE_MAX, id, view,
		  storage) == State::more);
	/* The room that is left counts as well. */
	CHECK(assembler.add(piece(6, 0, 100, 100), 99, id, view, storage) ==
	    State::refused);
	CHECK(assembler.add(piece(7, 0, 100, 100), 100, id, view, storage) ==
	    State::complete);
}

TEST_CASE("more blobs at once than agreed are malformed; late ones drop")
{
	using State = BlobAssembler::State;
	constexpr std::uint32_t two = piece_octets_max + 10;
	BlobAssembler assembler(1000000, 2);
	std::uint64_t id;
	std::string_view view;
	std::string storage;
	auto first = [&](std::uint64_t n) {
		return (assembler.add(piece(n, 0, two, piece_octets_max),
		    SIZE_MAX, id, view, storage));
	};

	REQUIRE(first(1) == State::more);
	REQUIRE(first(2) == State::more);
	CHECK(first(3) == State::malformed);

	CHECK(assembler.drop_begun_before(Clock::time_point::min()).empty());
	CHECK(assembler.drop_begun_before(Clock::time_point::max()).size() ==
	    2);
	CHECK(assembler.drop_begun_before(Clock::time_point::max()).empty());
	CHECK(assembler.held() == 0);
	CHECK(assembler.add(piece(1, 1, two, 10), SIZE_MAX, id, view,
		  storage) == State::more);
}
