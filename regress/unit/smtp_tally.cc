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

/* What relayd-smtp counts for GET /metrics. */

#include <errno.h>

#include "captured_log.h"
#include "catch.h"
#include "smtp_world.h"

using namespace fixture;
using Replies = Script::Replies;
using std::chrono::milliseconds;

namespace {

/* A world whose engine counts in slot 3 of a segment. */
struct CountingWorld : World {
	CountingWorld() : segment(Segment::create(8)),
	      own(segment.statistics(3))
	{
		engine.use_segment(Segment(segment.descriptor(), segment.address_key()), 3);
	}

	RelayStatistics *cell(const char *name)
	{
		for (RelayStatistics &one : own.relays)
			if (one.tag == relay_tag(name))
				return (&one);
		return (nullptr);
	}
	std::uint64_t transitions(LedgerStatus status, const char *code)
	{
		return (own.transitions[static_cast<std::size_t>(status)]
				       [result_code_index(code)]);
	}
	std::uint64_t counted(Counter counter)
	{
		return (cell_of(own.counters, counter));
	}
	std::uint64_t gauge(Gauge which)
	{
		return (cell_of(own.gauges, which));
	}

	Segment segment;
	Statistics &own;
};

std::uint64_t
observed(const SharedHistogram &histogram)
{
	std::uint64_t count = 0;

	for (const SharedCounter &bucket : histogram.buckets)
		count += bucket;
	return (count);
}

} /* namespace */

TEST_CASE("submissions, phases and changes of the ledger are counted")
{
	CountingWorld world;
	world.config.relays[0].timeout_submission = milliseconds(100);
	world.commit();
	Web &peer = world.add_peer();

	CHECK(world.send(peer).outcome == Outcome::accepted);
	world.servers.scripts[0] = [] {
		return (Script(Replies{{".", "550 5.7.1 spam\r\n"}}));
	};
	world.servers.servers[0]->say(Server::hang_up);
	CHECK(world.send(peer).outcome == Outcome::rejected);
	world.servers.scripts[0] = [] { return (Script(Replies{{".", ""}})); };
	world.servers.servers.back()->say(Server::hang_up);
	CHECK(world.send(peer).outcome == Outcome::unknown);
	world.servers.servers.back()->say("250 2.0.0 done\r\n");
	world.runner.settle();
	CHECK(world.counted(Counter::smtp_late_replies) == 1);

	CHECK(cell_of(world.own.submissions, SmtpResult::ok) == 1);
	CHECK(cell_of(world.own.submissions, SmtpResult::error) == 1);
	CHECK(cell_of(world.own.submissions, SmtpResult::unknown) == 1);
	CHECK(observed(world.own.smtp_duration) == 3);
	for (const SharedHistogram &phase : world.own.smtp_phases)
		CHECK(observed(phase) == 3);
	using Status = LedgerStatus;
	CHECK(world.transitions(Status::received, "") == 3);
	CHECK(world.transitions(Status::smtp_submission_started, "") == 3);
	CHECK(world.transitions(Status::smtp_accepted, "") == 2);
	CHECK(world.transitions(Status::smtp_failed, "smtp_rejected") == 1);
	CHECK(world.transitions(Status::smtp_outcome_unknown,
		  "smtp_outcome_unknown") == 1);
	RelayStatistics *relay = world.cell("mx.example:25");
	REQUIRE(relay != nullptr);
	CHECK(cell_of(relay->results, SmtpResult::ok) == 1);
	CHECK(cell_of(relay->results, SmtpResult::error) == 1);
	CHECK(cell_of(relay->results, SmtpResult::unknown) == 1);
	CHECK(relay->connections_made == 3);
}

TEST_CASE("a relay keeps its counts wherever it stands, and over a death")
{
	Segment segment = Segment::create(8);
	Statistics &own = segment.statistics(3);
	auto accepted = [&](const char *name) {
		std::uint64_t sum = 0;
		for (RelayStatistics &cell : own.relays)
			if (cell.tag == relay_tag(name))
				sum += cell_of(cell.results, SmtpResult::ok);
		return (sum);
	};
	for (int life = 0; life < 2; life++) {
		World world;
		world.engine.use_segment(Segment(segment.descriptor(), segment.address_key()), 3);
		world.config.relays.push_back(make_relay("second.example"));
		world.commit();
		Web &peer = world.add_peer();
		CHECK(world.send(peer).relay == "mx.example");
		std::swap(world.config.relays[0], world.config.relays[1]);
		world.commit();
		CHECK(world.send(peer).relay == "second.example");
		CHECK(world.send(peer).relay == "second.example");
		segment.clear_process(3);
	}
	CHECK(accepted("mx.example:25") == 2);
	CHECK(accepted("second.example:25") == 4);
	CHECK(own.relays[2].tag == 0);

	/* Others take the places of those that are gone. */
	World world;
	world.engine.use_segment(Segment(segment.descriptor(), segment.address_key()), 3);
	world.config.relays.clear();
	for (char c = 'a'; c < 'a' + 7; c++)
		world.config.relays.push_back(
		    make_relay(std::string(1, c) + ".example"));
	world.config.relays.push_back(make_relay("second.example"));
	world.commit();
	CHECK(accepted("mx.example:25") == 0);
	CHECK(accepted("second.example:25") == 4);
	for (const RelayStatistics &cell : own.relays)
		CHECK(cell.tag != 0);
}

TEST_CASE("who hands over what is refused does not fill the log")
{
	CapturedLog log(log_as_text);
	CountingWorld world;
	world.config.log = log_as_text;
	world.commit();
	Web &peer = world.add_peer();
	world.engine.stop_taking();
	for (int i = 0; i < 200; i++)
		CHECK(world.send(peer).outcome == Outcome::shutting_down);
	CHECK(world.counted(Counter::log_left_out) == 150); /* of 200 */
}

TEST_CASE("a relay that is down shows, and each probe is counted")
{
	CountingWorld world;
	world.servers.errors[0] = ECONNREFUSED;
	world.commit();
	Web &peer = world.add_peer();
	CHECK(world.send(peer).outcome == Outcome::unavailable);
	CHECK(cell_of(world.own.submissions, SmtpResult::error) == 1);
	/* No server had its say. */
	CHECK(observed(world.own.smtp_duration) == 0);
	RelayStatistics *relay = world.cell("mx.example:25");
	REQUIRE(relay != nullptr);
	CHECK(relay->connections_failed == 1);
	CHECK(relay->probes == 0);
	world.runner.run_for(probe_interval);
	CHECK(relay->is_up == 0);
	CHECK(relay->probes == 1);
	world.servers.errors[0] = 0;
	/* The state is shown once a second, too. */
	world.runner.run_for(2 * probe_interval);
	CHECK(relay->is_up == 1);
	CHECK(relay->connections == 1);
	CHECK(relay->probes == 2);
	CHECK(relay->in_use == 0);
	CHECK(relay->connections_max == world.config.relays[0].connections);
}

TEST_CASE("what the store removed is counted")
{
	CountingWorld world;
	world.config.store.records = 2;
	world.commit();
	Web &peer = world.add_peer();
	for (int i = 0; i < 3; i++)
		CHECK(world.send(peer).outcome == Outcome::accepted);
	world.runner.run_for(std::chrono::seconds(1));
	CHECK(world.gauge(Gauge::store_records) == 2);
	CHECK(world.gauge(Gauge::store_works) == 1);
	CHECK(world.gauge(Gauge::submissions) == 0);
	CHECK(world.counted(Counter::store_evicted) == 1);
	CHECK(world.counted(Counter::store_expired) == 0);
}

TEST_CASE("a canceled message is no error")
{
	CountingWorld world;
	world.servers.mute = true;
	world.commit();
	Web &peer = world.add_peer();
	peer.submit(7, world.next());
	world.runner.settle();
	peer.cancel(7);
	world.runner.until([&] { return (peer.results.count(7) != 0); });
	CHECK(world.counted(Counter::smtp_canceled) == 1);
	CHECK(cell_of(world.own.submissions, SmtpResult::error) == 0);
}

TEST_CASE("what shared limits leave unanswered is counted")
{
	CountingWorld world;
	LimitQuestion question;

	world.config.store.kind = StoreKind::redis;
	world.config.limit_shared = true;
	world.config.keys[0].limit = RateLimit{1, 3600000000000, 9};
	world.servers.store = [] { return (Fd()); };
	world.commit();
	Web &peer = world.add_peer();
	question.client = *IpAddress::parse("192.0.2.1");
	question.proof = proof_of("secret of billing");
	for (question.id = 1; question.id <= 3; question.id++)
		peer.send(MessageType::take, write_take(question));
	world.runner.until([&] { return (peer.taken.size() == 3); });
	CHECK(peer.taken[1].kind == LimitAnswer::Kind::unavailable);
	world.runner.run_for(std::chrono::seconds(1));
	CHECK(world.counted(Counter::limits_unanswered) == 3);
}
