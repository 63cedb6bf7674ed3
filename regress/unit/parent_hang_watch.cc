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
#include "hang_watch.h"

using Step = HangWatch::Step;

namespace {

/* How many seconds that count it takes until it says this. */
unsigned int
seconds_until(HangWatch &watch, Step step)
{
	for (unsigned int i = 1; i < 1000; i++) {
		if (watch.second(true) == step)
			return (i);
	}
	return (0);
}

} /* namespace */

TEST_CASE("a child that answers is asked again and again")
{
	HangWatch watch;

	for (int i = 0; i < 100; i++) {
		CHECK(watch.second(true) == Step::ask);
		if (i % 3 == 0)
			CHECK(watch.second(true) == Step::none);
		watch.answered();
	}
}

TEST_CASE("a child that hangs is told of, and then ended, once")
{
	HangWatch watch;

	CHECK(watch.second(true) == Step::ask);
	CHECK(seconds_until(watch, Step::warn) == 10);
	CHECK(watch.seconds() == 10);
	CHECK(seconds_until(watch, Step::end) == 10);
	CHECK(watch.seconds() == 20);
	for (int i = 0; i < 1000; i++)
		CHECK(watch.second(true) == Step::none);
}

TEST_CASE("an answer that comes late is one")
{
	HangWatch watch;

	CHECK(watch.second(true) == Step::ask);
	for (int i = 0; i < 19; i++)
		CHECK(watch.second(true) != Step::end);
	watch.answered();
	CHECK(watch.second(true) == Step::ask);
	CHECK(seconds_until(watch, Step::end) == 20);
}

TEST_CASE("seconds in which the parent stood still count nothing, and reset "
    "nothing")
{
	HangWatch watch;

	CHECK(watch.second(false) == Step::ask);
	CHECK(seconds_until(watch, Step::warn) == 10);
	for (int i = 0; i < 1000; i++)
		CHECK(watch.second(false) == Step::none);
	CHECK(seconds_until(watch, Step::end) == 10);
}

TEST_CASE("who waits for the disk is told of, and has two minutes")
{
	HangWatch watch;

	CHECK(watch.second(true) == Step::ask);
	watch.at_disk(true);
	CHECK(seconds_until(watch, Step::warn) == 10);
	CHECK(seconds_until(watch, Step::end) == 110);

	HangWatch other;
	CHECK(other.second(true) == Step::ask);
	other.at_disk(true);
	other.at_disk(false);
	CHECK(seconds_until(other, Step::end) == 20);
}
