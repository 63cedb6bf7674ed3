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

#include "catch.h"
#include "captured_log.h"
#include "messages.h"
#include "parent.h"

namespace {

/* A child that has no process, but has words put into its mouth. */
struct Said {
	Parent parent{ParentOptions(), Config(), ListenerSet()};
	EventLoop loop;
	ChildProcess child;

	explicit Said(ChildKind kind) : child(loop, parent, kind, 1, {})
	{
		child.state = ChildProcess::State::started;
	}
	/* Whether it may say that. */
	bool say(MessageType type, const std::string &payload)
	{
		Imsg message;

		message.type = type_of(type);
		message.data = payload;
		ChildOwner &owner = parent;
		return (owner.child_message(child, message));
	}
	bool staged(std::uint64_t number)
	{
		return (say(MessageType::staged,
		    write_generation(Generation{number, false})));
	}
};

} /* namespace */

TEST_CASE("a configuration is answered once")
{
	Said said(GENERATE(ChildKind::http, ChildKind::smtp));
	ChildProcess &child = said.child;

	CHECK_FALSE(said.staged(0));
	REQUIRE(said.say(MessageType::hello, write_hello()));
	std::uint64_t number = child.staged_generation;
	CHECK(said.staged(number));
	CHECK(child.state == ChildProcess::State::staged);
	/* Every time a commit would have been queued. */
	CHECK_FALSE(said.staged(number));
	CHECK_FALSE(said.staged(number + 1));

	/* Asked twice, it answers twice; the second time counts. */
	child.send_config(number, "");
	CHECK(child.state == ChildProcess::State::greeted);
	child.send_config(number, "");
	CHECK(said.staged(number));
	CHECK(child.state == ChildProcess::State::greeted);
	CHECK(said.staged(number));
	CHECK(child.state == ChildProcess::State::staged);
	CHECK_FALSE(said.staged(number));
}
