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
#include <sys/resource.h>

#include <algorithm>

#include "captured_log.h"
#include "catch.h"
#include "child_process.h"
#include "event_loop.h"

namespace {

/* It hears nothing: the processes have no time to speak. */
class DeafOwner final : public ChildOwner {
public:
	bool child_message(ChildProcess &, Imsg &) override
	{
		return (true);
	}
	void child_died(ChildProcess &) override
	{
	}
};

/* While it lives, no descriptor can be had. */
class NoDescriptors {
public:
	NoDescriptors()
	{
		getrlimit(RLIMIT_NOFILE, &kept);
		struct rlimit none = kept;
		/* The usual three are there. */
		none.rlim_cur = 3;
		setrlimit(RLIMIT_NOFILE, &none);
	}
	~NoDescriptors()
	{
		setrlimit(RLIMIT_NOFILE, &kept);
	}

private:
	struct rlimit kept;
};

} /* namespace */

TEST_CASE("a child that cannot be started is tried ever less often")
{
	EventLoop loop;
	DeafOwner owner;
	CapturedLog log(log_as_text);
	ChildProcess child(loop, owner, ChildKind::http, 1, {});
	struct Stop {
		EventLoop &loop;
		void stop()
		{
			loop.stop();
		}
	} stop{loop};
	Timer end(&stop, calls<&Stop::stop>);

	{
		NoDescriptors none;
		child.start();
		/* After 10, 20, 40, 80 and 160 ms. */
		end.arm(std::chrono::milliseconds(400));
		loop.run();
	}
	std::string said = log.text();
	auto tries = std::count(said.begin(), said.end(), '\n');
	CHECK(tries >= 2);
	CHECK(tries <= 6);
}
